"""What a company may say of a source in one TOML file, and the defaults beside the source's code that it changes."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from landfall.errors import Misconfigured

T = TypeVar("T")


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of such a file; what it does not know is refused."""


@dataclasses.dataclass(frozen=True)
class SettingsFile:
    """The settings of one source.

    :ivar title: the source's, for messages.
    :ivar variable: environment variable that names the company's file.
    :ivar defaults: the file that has all of them.
    """

    title: str
    variable: str
    defaults: Path

    def read(self, kind: type[T], path: str = "") -> T:
        """The defaults, and what the file at `path` changes of them: tables are merged, all else is replaced.

        :param path: "" for the defaults alone.
        :raises Misconfigured: the file cannot be read, or holds what there is not or cannot be; says where.
        """
        given = self._opened(Path(path)) if path else {}
        try:
            return msgspec.convert(_merged(self._opened(self.defaults), given), kind, str_keys=True)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at ")
            raise self.refused(place.strip("`$.") or "the file", reason) from None

    def refused(self, place: str, why: str) -> Misconfigured:
        """The error of a setting that cannot be. :param place: where it stands in the file."""
        where = os.environ.get(self.variable) or self.defaults.name
        return Misconfigured(
            f"{self.title}'s settings ({where}): {place}: {why}",
            todo=f"Correct it in the file that {self.variable} names; the default {self.defaults.name} shows how.",
        )

    def _opened(self, path: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise self.refused(str(path), f"it cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise self.refused(str(path), f"it is not TOML: {error}") from None


def _merged(default: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(default[name], value)
        for name, value in given.items()
        if isinstance(value, dict) and isinstance(default.get(name), dict)
    }
    return {**default, **given, **both}
