"""ConnectWise PSA: an IT service company's time, agreements, expenses, products and invoices, in layers.

Bronze keeps each record as it came, silver has it typed, both published together; gold is made of silver. The API has
no changelog and no tombstones, but for companies: what vanished is found by counting, and by a sweep of ids.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from landfall.checks import Freshness, Volume
from landfall.lazily import sa, warehouse_tables
from landfall.reads import FullList, Request, Since, Stored
from landfall.records import Record, spec
from landfall.resources import Replace, Resource, Source, Upsert
from landfall.sources.connectwise import records
from landfall.sources.connectwise.decoder import SilverDecoder
from landfall.sources.connectwise.gold import MODELS, VIEWS
from landfall.sources.connectwise.layers import BRONZE, GOLD, SILVER
from landfall.sources.connectwise.settings import settings

NAME = "connectwise"
COMMON = (Volume(), Freshness(within=timedelta(hours=30)))
SEED_FIELDS = {
    "companies": ("dateAcquired",),
    "agreements": ("startDate", "endDate"),
    "time_entries": ("dateEntered",),
    "expenses": ("date",),
    "products": ("purchaseDate", "cancelledDate"),
    "invoices": ("date",),
}
"""What the strategy `seed_fields` reads by."""


def _resource(name: str, record: type[Record], **declared: Any) -> Resource:
    """An entity, with what all have: both layers from one record, and bronze to make silver of again."""
    bronze = next(child.table for child in spec(record).children if child.path == ("bronze",))  # type: ignore[arg-type]

    def select(request: Request) -> sa.Select[Any]:
        kept = warehouse_tables.target_table(bronze, NAME)
        return sa.select(kept.c.raw).order_by(kept.c.id)

    stored = Stored(select, lambda row: str(row[0]).encode())
    return Resource(name, record, checks=COMMON, decoder=SilverDecoder, stored=stored, **declared)


def _changing(name: str, record: type[Record]) -> Resource:
    """An entity that is read by its stamp, or as the company's settings say."""
    seed = settings().strategy.get(name) == "seed_fields"
    read = Since(
        "_info.lastUpdated",
        "lastUpdated",
        lookback=timedelta(days=settings().lookback_days[name]),
        fields=SEED_FIELDS[name] if seed else (),
    )
    return _resource(name, record, read=read, write=Upsert())


def _whole(name: str, record: type[Record]) -> Resource:
    """A list that is read whole in each run."""
    return _resource(name, record, read=FullList(incremental=True), write=Replace())


SOURCE = Source(
    name=NAME,
    title="ConnectWise PSA",
    layers=(BRONZE, SILVER, GOLD),
    models=MODELS,
    views=VIEWS,
    hook="landfall.hooks.connectwise:ConnectWiseHook",
    resources=(
        _changing("companies", records.Company),
        _changing("members", records.Member),
        _changing("agreements", records.Agreement),
        _changing("time_entries", records.TimeEntry),
        _changing("expenses", records.ExpenseEntry),
        _changing("products", records.ProductItem),
        _changing("invoices", records.Invoice),
        _whole("unposted_invoices", records.UnpostedInvoice),
        _whole("agreement_types", records.AgreementType),
        _whole("work_types", records.WorkType),
        _whole("work_roles", records.WorkRole),
        _whole("departments", records.Department),
    ),
)
