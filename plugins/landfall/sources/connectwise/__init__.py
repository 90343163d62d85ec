"""ConnectWise PSA: an IT service company's time, agreements, expenses, products and invoices, in three layers.

Bronze keeps each record as it came, silver has it typed, both published together; gold is a star of facts and
dimensions made of silver. The API has no changelog and no tombstones, but for companies: what vanished is found by
counting, and by a sweep of ids.
"""

from __future__ import annotations

from datetime import timedelta

from landfall.checks import Freshness, Volume
from landfall.reads import FullList, Since
from landfall.records import Record
from landfall.resources import Replace, Resource, Source, Upsert
from landfall.sources.connectwise import records
from landfall.sources.connectwise.decoder import SilverDecoder

COMMON = (Volume(), Freshness(within=timedelta(hours=30)))


def _changing(name: str, record: type[Record], lookback: int) -> Resource:
    """An entity that is read by its stamp. :param lookback: days that a run reads again at least."""
    read = Since("_info.lastUpdated", lookback=timedelta(days=lookback))
    return Resource(name, record, read=read, write=Upsert(), checks=COMMON, decoder=SilverDecoder)


def _whole(name: str, record: type[Record]) -> Resource:
    """A list that is read whole in each run."""
    return Resource(
        name,
        record,
        read=FullList(incremental=True),
        write=Replace(),
        checks=COMMON,
        decoder=SilverDecoder,
    )


SOURCE = Source(
    name="connectwise",
    title="ConnectWise PSA",
    hook="landfall.hooks.connectwise:ConnectWiseHook",
    resources=(
        _changing("companies", records.Company, lookback=30),
        _changing("members", records.Member, lookback=30),
        _changing("agreements", records.Agreement, lookback=90),
        _changing("time_entries", records.TimeEntry, lookback=30),
        _changing("expenses", records.ExpenseEntry, lookback=30),
        _changing("products", records.ProductItem, lookback=180),
        _changing("invoices", records.Invoice, lookback=60),
        _whole("unposted_invoices", records.UnpostedInvoice),
        _whole("agreement_types", records.AgreementType),
        _whole("work_types", records.WorkType),
        _whole("work_roles", records.WorkRole),
        _whole("departments", records.Department),
    ),
)
