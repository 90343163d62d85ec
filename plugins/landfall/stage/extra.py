"""What a vendor added: the fields of a record that it does not declare, kept as they came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from landfall.stage.shape import Node
from landfall.stage.values import checked_json


class Extra:
    """The undeclared fields of one object, with their JSON text as it came."""

    def __init__(self, node: Node, members: dict[str, msgspec.Raw]) -> None:
        self.fields: dict[str, msgspec.Raw | Extra] = {}
        self._lists: dict[str, list[Extra]] = {}
        for name, raw in members.items():
            if name in node.nodes:
                if (inner := _object(raw)) is not None:
                    below = Extra(node.nodes[name], inner)
                    if below.fields or below._lists:
                        self.fields[name] = below
            elif name in node.lists:
                self._lists[name] = [Extra(node.lists[name], _object(e) or {}) for e in _list(raw)]
            elif name not in node.columns and name not in node.ignored:
                self.fields[name] = raw

    def text(self) -> str | None:
        """The extra fields as JSON text, None where there are none."""
        flat = self._flat()
        return checked_json(msgspec.json.encode(flat), "$") if flat else None

    def _flat(self) -> dict[str, Any]:
        inner = {k: v._flat() if isinstance(v, Extra) else v for k, v in self.fields.items()}
        return {k: v for k, v in inner.items() if not isinstance(v, dict) or v}

    def elements(self, path: tuple[str, ...]) -> list[Extra] | None:
        """The extras of each element of the list at `path`."""
        level: Any = self
        for name in path[:-1]:
            level = level.fields.get(name)
            if not isinstance(level, Extra):
                return None
        return level._lists.get(path[-1])

    def names(self, prefix: str = "") -> Iterator[str]:
        """Dotted paths of the extra fields, list elements marked []."""
        for name, value in self.fields.items():
            if isinstance(value, Extra):
                yield from value.names(f"{prefix}{name}.")
            else:
                yield prefix + name
        for name, elements in self._lists.items():
            for element in elements:
                yield from element.names(f"{prefix}{name}[].")


def _object(raw: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    return msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if bytes(raw)[:1] == b"{" else None


def _list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    return msgspec.json.decode(raw, type=list[msgspec.Raw]) if bytes(raw)[:1] == b"[" else []
