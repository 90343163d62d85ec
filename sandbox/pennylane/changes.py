"""A working day at the company: what changes, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.pennylane.declared import CHANGELOGS

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor

REMOVABLE = ("transactions", "products")
"""Collections no other row refers to."""


def one_change(vendor: PennylaneVendor) -> str:
    """Make one plausible change; documents are booked, and an entry goes with its lines.

    :returns: the kind of change.
    """
    kinds = list(_KINDS)
    weights = [weight for weight, _ in _KINDS.values()]
    kind: str = vendor.random.choices(kinds, weights)[0]
    if not _KINDS[kind][1](vendor):
        kind = "insert_customer"
        vendor.insert("customers")
    return kind


def _insert_customer_invoice(vendor: PennylaneVendor) -> bool:
    vendor.books.customer_invoice(vendor.clock.now())
    return True


def _insert_supplier_invoice(vendor: PennylaneVendor) -> bool:
    vendor.books.supplier_invoice(vendor.clock.now())
    return True


def _insert_transaction(vendor: PennylaneVendor) -> bool:
    vendor.books.transaction(vendor.clock.now())
    return True


def _insert_entry(vendor: PennylaneVendor) -> bool:
    vendor.books.miscellaneous(vendor.clock.now(), draft=vendor.random.random() < 0.1)
    return True


def _insert_other(vendor: PennylaneVendor) -> bool:
    vendor.insert(vendor.random.choice(("customers", "customers", "suppliers", "products")))
    return True


def _pay(vendor: PennylaneVendor) -> bool:
    if not vendor.books.owed or not vendor.books.bank_accounts:
        return False
    vendor.books.payment(vendor.books.owed.pop(0))
    return True


def _some_row(vendor: PennylaneVendor, resources: tuple[str, ...]) -> tuple[str, int] | None:
    resource = vendor.random.choice(resources)
    ids = vendor.rows[resource].ids
    return (resource, vendor.random.choice(ids)) if ids else None


def _update(vendor: PennylaneVendor) -> bool:
    found = _some_row(vendor, CHANGELOGS)
    if found:
        vendor.update(*found)
    return found is not None


def _touch(vendor: PennylaneVendor) -> bool:
    found = _some_row(vendor, CHANGELOGS)
    if found:
        vendor.touch(*found)
    return found is not None


def _delete(vendor: PennylaneVendor) -> bool:
    found = _some_row(vendor, REMOVABLE)
    if found:
        vendor.delete(*found)
    return found is not None


def _delete_entry(vendor: PennylaneVendor) -> bool:
    spare = [row_id for row_id in vendor.books.spare if row_id in vendor.rows["ledger_entries"]]
    if spare:
        vendor.delete_entry(vendor.random.choice(spare))
    return bool(spare)


def _recreate(vendor: PennylaneVendor) -> bool:
    resource = vendor.random.choice(REMOVABLE)
    rows = vendor.rows[resource]
    gone = [row_id for row_id in rows.deleted if row_id not in rows]
    if gone:
        vendor.recreate(resource, vendor.random.choice(gone))
    return bool(gone)


_KINDS: dict[str, tuple[int, Callable[[PennylaneVendor], bool]]] = {
    "insert_customer_invoice": (22, _insert_customer_invoice),
    "insert_supplier_invoice": (10, _insert_supplier_invoice),
    "insert_transaction": (12, _insert_transaction),
    "insert_entry": (6, _insert_entry),
    "insert_other": (6, _insert_other),
    "pay": (8, _pay),
    "update": (20, _update),
    "touch": (3, _touch),
    "delete": (6, _delete),
    "delete_entry": (5, _delete_entry),
    "recreate": (2, _recreate),
}
"""Weight and action by kind. An action answers False where there is nothing to act on."""
