"""ProHandel: a retailer's articles, stock, receipts, orders and customers, raw and as reports read them.

The API has pages, stamps and perhaps a filter on them, but neither counts nor tombstones: what changed is sifted from
lists, and what vanished is found by full reads.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from landfall.checks import Check, Freshness, Sql, Volume
from landfall.reads import Sift
from landfall.records import Record
from landfall.resources import Resource, Source, Upsert
from landfall.sources.prohandel import records
from landfall.sources.prohandel.decoder import OrderDecoder
from landfall.sources.prohandel.layers import RAW, TABLES
from landfall.sources.prohandel.tables import MODELS, VIEWS

NAME = "prohandel"
COMMON = (Volume(), Freshness(within=timedelta(hours=3)))


def _listed(name: str, record: type[Record], *checks: Check, **declared: Any) -> Resource:
    """A list of the API."""
    read = declared.pop("read", Sift())
    told: dict[str, Any] = {
        "read": read,
        "write": Upsert(),
        "checks": (*COMMON, *checks),
        "flag": "is_deleted",
    }
    return Resource(name, record, **told, **declared)


SOURCE = Source(
    name=NAME,
    title="ProHandel",
    layers=(RAW, TABLES),
    models=MODELS,
    views=VIEWS,
    hook="landfall.hooks.prohandel:ProHandelHook",
    resources=(
        _listed("branch", records.Branch),
        _listed("staff", records.Staff),
        _listed("country", records.Country),
        _listed("currency", records.Currency),
        _listed("label", records.Label),
        _listed("season", records.Season),
        _listed("size", records.Size),
        _listed("category", records.Category),
        _listed("supplier", records.Supplier),
        _listed("article", records.Article, Sql("price_below_cost.sql", "warning")),
        _listed("articlesize", records.ArticleSize, Sql("stock_below_zero.sql", "warning")),
        _listed("inventory", records.Inventory),
        _listed("customer", records.Customer, read=Sift(empty=("customercard", "shop"))),
        _listed(
            "sale",
            records.Sale,
            Sql("sold_in_the_future.sql", "warning"),
            Sql("receipts_agree.sql", "warning"),
        ),
        _listed("invoice", records.Invoice),
        _listed("payment", records.Payment),
        _listed("voucher", records.Voucher),
        _listed("credit", records.Credit),
        _listed("order", records.Order, read=Sift(stamp="", column="row_hash"), decoder=OrderDecoder),
    ),
)
