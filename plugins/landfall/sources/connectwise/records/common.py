"""What the records of every entity share."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.records import Record, column, loaded, parent

MONEY = (19, 4)
HOURS = (12, 4)


class Bronze(Record):
    """An entity's records as they came. Silver and gold can be made again from them, without a request."""

    id: int = parent()
    lastUpdated: datetime | None = column(index=True)
    raw: str = column(doc="The JSON as it was landed", personal=True)
    etlTimestamp: datetime = loaded("When the row was last written")
    etlEntity: str


class CustomField(Record):
    """An entity's custom fields, one row a field, whether it has a value or not."""

    entityId: int = parent()
    fieldId: int = column("id")
    entity: str
    caption: str | None
    type: str | None = column(doc="Text, Number, Date, Checkbox …")
    entryMethod: str | None
    numberOfDecimals: int | None
    connectWiseId: str | None
    valueText: str | None
    valueNumber: Decimal | None = column(precision=(38, 10))
    valueDate: date | None
    valueBool: bool | None
