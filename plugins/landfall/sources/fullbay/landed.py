"""The form in which invoices lie in landing: as the vendor sent them, with the shop they are of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,50}$")]
"""What tells the shops apart, as the connection may name it."""


class Landed(msgspec.Struct, omit_defaults=True):
    """One landed record.

    :ivar time_zone: the shop's, in which the invoice's times are.
    :ivar content_hash, ingestion_timestamp, last_seen_at: of an invoice that is stored already and is flattened again.
    """

    shop_code: Code
    time_zone: Annotated[str, msgspec.Meta(max_length=64)]
    invoice: msgspec.Raw
    content_hash: str = ""
    ingestion_timestamp: datetime | None = None
    last_seen_at: datetime | None = None
