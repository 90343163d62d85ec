"""Small tables that follow from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from landfall.models import Tables
from landfall.sources.prohandel.settings import settings


def codes(tables: Tables) -> Iterator[dict[str, Any]]:
    """What the settings say of codes."""
    told = settings()
    yield from ({"kind": "tax", "number": n, "rate": rate} for n, rate in sorted(told.tax_rates.items()))
    for kind, words in (("payment_option", told.payment_options), ("sale_type", told.sale_types)):
        yield from ({"kind": kind, "number": n, "label": word} for n, word in sorted(words.items()))
    yield from ({"kind": "active_voucher", "number": n} for n in sorted(set(told.vouchers.active_status)))


def thresholds(tables: Tables) -> Iterator[dict[str, Any]]:
    """Thresholds of each article that has others than all, and those of all."""
    stock = settings().stock
    asked = tables.rows("article", "number", "category_number", distinct=True) if stock.categories else ()
    of = {number: category for number, category in asked if number is not None}
    own = {number for number, category in of.items() if category in stock.categories} | stock.articles.keys()
    found = {0: stock.of(0, None)} | {number: stock.of(number, of.get(number)) for number in own}
    for number, levels in sorted(found.items()):
        yield {"article_number": number, **{name: getattr(levels, name) for name in levels.__struct_fields__}}
