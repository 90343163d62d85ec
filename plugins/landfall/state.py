"""What is known of a table before a load."""

from __future__ import annotations

from datetime import datetime

import msgspec


class State(msgspec.Struct, frozen=True):
    """What the ledger knows of one table before a load. Version 0: it was never published."""

    watermark: str | None = None
    version: int = 0
    load_id: str | None = None
    last_sync_at: datetime | None = None
    last_full_at: datetime | None = None
    row_count: int | None = None
