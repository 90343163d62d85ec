"""Orders: what tells that one has changed, of which the vendor keeps no stamp."""

from __future__ import annotations

from typing import Any

import msgspec

from landfall.json_text import NOT_JSON
from landfall.local_time import wall
from landfall.reads.sift import digest
from landfall.stage.elements import Accept, OddElement
from landfall.stage.rows import RecordDecoder, Rows


class OrderDecoder(RecordDecoder):
    """Rows of an order with its digest; without a stamp of its own, the latest of its positions'."""

    def rows(self, line: bytes, seq: int) -> Rows:
        return super().rows(_told(line), seq)

    def apart(self, line: bytes, seq: int, accept: Accept) -> tuple[Rows, list[OddElement]]:
        return super().apart(_told(line), seq, accept)


def _told(line: bytes) -> bytes:
    """The order with what it does not say itself; as it came where it cannot be read."""
    try:
        order: dict[str, Any] = dict(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
        if "lastChange" not in order:
            positions = msgspec.json.decode(order.get("positions") or b"null")
            listed = positions if isinstance(positions, list) else []
            stamps = [one.get("lastChange") for one in listed if isinstance(one, dict)]
            order["lastChange"] = max((s for s in stamps if isinstance(s, str)), default=None)
        created = msgspec.json.decode(order.get("created") or b"null")
        shown = wall(created)
        own = {"_digest": digest(line), "_day": shown.date() if shown else None}
        return msgspec.json.encode(order | own)
    except NOT_JSON:
        return line
