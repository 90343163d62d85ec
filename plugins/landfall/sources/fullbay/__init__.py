"""Fullbay: truck repair shops. Repair-order invoices become reporting lines that add up to the cent.

Which date the API's range filters by is not documented, and there is no list of what changed: every run reads the last
two weeks again, and an invoice that is no longer listed keeps its rows (`last_seen_at` tells), unless the operator opts
in to its deletion.
"""

from __future__ import annotations

from datetime import timedelta

from landfall.checks import Freshness
from landfall.reads import Accounts, Stored
from landfall.records import spec
from landfall.resources import Resource, Source, Upsert
from landfall.sources.fullbay.decoder import InvoiceDecoder
from landfall.sources.fullbay.records import IngestionRun, RawInvoice
from landfall.sources.fullbay.stored import landed_again, stored_invoices
from landfall.sources.fullbay.window import InvoiceWindow

SOURCE = Source(
    name="fullbay",
    single=True,
    title="Fullbay",
    hook="landfall.hooks.fullbay:FullbayHook",
    resources=(
        Resource(
            "invoices",
            RawInvoice,
            read=Accounts(
                InvoiceWindow(
                    overlap=timedelta(days=14),
                    history=timedelta(days=366),
                    chunk=timedelta(days=7),
                    pages=lambda shop, first, last: shop.tagged(first, last),
                ),
                column="shop_code",
            ),
            write=Upsert(deletes="soft", keep_children=False),
            decoder=InvoiceDecoder,
            load="landfall.operators.flatten_invoices:FlattenInvoicesOperator",
            stored=Stored(stored_invoices, landed_again),
            checks=(Freshness(within=timedelta(hours=30)),),
        ),
    ),
    reports=(spec(IngestionRun),),
    judged="landfall.sources.fullbay.monitoring:judge",
)
