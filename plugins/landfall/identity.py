"""Whose data a credential opens: two companies never share a table because somebody pasted another token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """Whose data a credential opens, as the vendor's API tells it.

    Every hook tells it by its method `identity()`: an `Identity`, a mapping of them by account where one connection has
    several accounts (the hook's `accounts`), or None where the API tells nothing; then nothing is claimed. It asks the
    vendor in a request or two, and raises what any other call raises.

    :param key: the vendor's own id of the company, location or document; two keys that differ are two owners.
    :param label: what a person knows it by, such as its name; shown beside the key, never compared.
    """

    key: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.key})" if self.label else self.key


def told_by(api: Any) -> dict[str, Identity]:
    """What a hook tells of whose data it opens, by account; the account of a hook that has only one is ''."""
    told: Identity | Mapping[str, Identity | None] | None = api.identity()
    found = told if isinstance(told, Mapping) else {"": told}
    return {account: identity for account, identity in found.items() if identity is not None}
