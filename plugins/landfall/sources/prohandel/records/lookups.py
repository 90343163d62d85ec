"""Countries and currencies."""

from __future__ import annotations

from decimal import Decimal

from landfall.records import column
from landfall.sources.prohandel.layers import RAW
from landfall.sources.prohandel.records.common import FORBIDDEN, RATE, Changing


class Country(Changing, table="country", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Countries."""

    id: str
    number: str | None = column(loose=True)
    country_name: str | None = column("countryName", loose=True)
    iso_alpha2: str | None = column("isoAlpha2", loose=True)
    iso_alpha3: str | None = column("isoAlpha3", loose=True)
    is_eu: bool | None = column("isEU")
    domain: str | None = column(loose=True)
    currency_number: str | None = column("currencyNumber", loose=True)
    search_term: str | None = column("searchTerm", loose=True)


class Currency(Changing, table="currency", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Currencies with their rate."""

    id: str
    number: str | None = column(loose=True)
    iso_alpha3: str | None = column("isoAlpha3", loose=True)
    course: Decimal | None = column(precision=RATE)
    unit: int | None = column(loose=True)
