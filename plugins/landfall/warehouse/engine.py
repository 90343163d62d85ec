"""The words that the pipeline speaks to a warehouse in."""

from __future__ import annotations

import msgspec


class Figures(msgspec.Struct):
    """What a load brought for one table, and what publishing did to it, in rows.

    fetched = inserted + updated + unchanged + deduplicated + quarantined + superseded.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    fetched: int = 0
    deduplicated: int = 0
    quarantined: int = 0
    superseded: int = 0
