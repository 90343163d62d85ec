"""Pennylane: accounting, from the Company API v2 into thirteen tables.

Facts from the vendor's documentation: changelogs reach back four weeks; ledger entries, ledger accounts, bank accounts
and fiscal years have none; the FEC and the analytical general ledger are files made on demand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO

from landfall.checks import Freshness, Sql, Volume
from landfall.reads import Changelog, Export, FullList, Through
from landfall.resources import Replace, Resource, Source, Upsert
from landfall.scope import Fuse
from landfall.sources.pennylane import records
from landfall.sources.pennylane.analytical_ledger import parse as parse_analytical_ledger
from landfall.sources.pennylane.analytical_ledger import prove as prove_analytical_ledger
from landfall.sources.pennylane.fec import parse as parse_fec
from landfall.sources.pennylane.fec import prove as prove_fec

COMMON = (Volume(), Freshness(within=timedelta(hours=8)))
NIGHTLY = (Volume(), Freshness(within=timedelta(hours=30)))


def _years(kind: str, prove: Callable[[BinaryIO, dict[str, Any]], str]) -> Export:
    """One file a fiscal year, each of which stands for itself."""
    return Export(
        kind, periods="fiscal_years", start="start", finish="finish", column="period_start", prove=prove
    )


SOURCE = Source(
    name="pennylane",
    title="Pennylane",
    hook="landfall.hooks.pennylane:PennylaneHook",
    resources=(
        Resource("fiscal_years", records.FiscalYear, read=FullList(), write=Replace(), checks=NIGHTLY),
        Resource("ledger_accounts", records.LedgerAccount, read=FullList(), write=Replace(), checks=NIGHTLY),
        Resource("bank_accounts", records.BankAccount, read=FullList(), write=Replace(), checks=NIGHTLY),
        Resource("customers", records.Customer, read=Changelog(), write=Upsert(), checks=COMMON),
        Resource("suppliers", records.Supplier, read=Changelog(), write=Upsert(), checks=COMMON),
        Resource("products", records.Product, read=Changelog(), write=Upsert(), checks=COMMON),
        Resource(
            "customer_invoices",
            records.CustomerInvoice,
            read=Changelog(dates="date"),
            write=Upsert(),
            checks=(*COMMON, Sql("customer_invoice_totals.sql", severity="warning")),
        ),
        Resource(
            "supplier_invoices",
            records.SupplierInvoice,
            read=Changelog(dates="date"),
            write=Upsert(),
            checks=(*COMMON, Sql("supplier_invoice_totals.sql", severity="warning")),
        ),
        Resource(
            "transactions", records.Transaction, read=Changelog(dates="date"), write=Upsert(), checks=COMMON
        ),
        Resource(
            "ledger_entries",
            records.LedgerEntry,
            read=Changelog(
                dates="date",
                through=Through("ledger_entry_lines", reference="ledger_entry.id", column="ledger_entry_id"),
            ),
            write=Upsert(),
            checks=COMMON,
        ),
        Resource(
            "ledger_entry_lines",
            records.LedgerEntryLine,
            read=Changelog(dates="date"),
            write=Upsert(),
            checks=(*COMMON, Sql("entries_balance.sql")),
        ),
        Resource(
            "fec",
            records.FecLine,
            read=_years("fec", prove_fec),
            write=Replace(),
            parse=parse_fec,
            checks=(*NIGHTLY, Sql("fec_balances.sql"), Sql("fec_period.sql", severity="warning")),
        ),
        Resource(
            "analytical_ledger",
            records.AnalyticalLedgerLine,
            read=_years("analytical_ledger", prove_analytical_ledger),
            write=Replace(),
            parse=parse_analytical_ledger,
            fuse=Fuse(net=True),
            checks=NIGHTLY,
        ),
    ),
)
