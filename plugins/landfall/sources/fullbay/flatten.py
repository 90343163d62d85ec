"""Flattening: one Fullbay invoice in, reporting lines out, whose sums are the invoice's totals to the cent.

The order of the lines: for each complaint its corrections (part groups, then labor), then labor that belongs to no
correction, service call and mileage; then shop supplies, misc charges, sublet labor and residuals of the invoice.
Nothing here depends on a clock, a database or Airflow: the same invoice gives the same rows.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from decimal import localcontext

import msgspec

from landfall.sources.fullbay.arithmetic import CONTEXT, round4
from landfall.sources.fullbay.charges import (
    beyond_complaints,
    complaint_charges,
    misc_charges,
    shop_supplies,
    sublet_labor,
)
from landfall.sources.fullbay.context import (
    complaint_scope,
    correction_scope,
    invoice_id,
    invoice_scope,
    service_order,
)
from landfall.sources.fullbay.invoice import Invoice, Issue, Node, as_object
from landfall.sources.fullbay.labor import (
    Crew,
    LaborShares,
    Work,
    complaint_columns,
    complaint_work,
    correction_work,
)
from landfall.sources.fullbay.lines import QUANTITY_DIGITS, Lines, Row, Scope, reject_overflow
from landfall.sources.fullbay.parts import part_lines
from landfall.sources.fullbay.reconcile import Reconciler, Totals, sublet_due
from landfall.sources.fullbay.rules import Classification, Rules
from landfall.sources.fullbay.tax import allocate_tax, tax_variance

_RULES = Rules()
_AMOUNTS = ("line_total_price", "line_total_cost", "sales_total")
_QUANTITIES = ("quantity", "returned_quantity", "to_be_returned_quantity")


class Flattened(msgspec.Struct, frozen=True):
    """What one invoice becomes.

    :ivar lines: rows with the keys of `LineItem`, in order.
    :ivar reconciliation: rows with the keys of `Reconciliation`, one a component.
    :ivar issues: what was missing or could not be read; none of it stops the invoice.
    """

    lines: list[Row]
    reconciliation: list[Row]
    issues: list[Issue]

    @property
    def status(self) -> str:
        """RECONCILED, ROUNDED or UNRECONCILED."""
        return str(self.reconciliation[0]["status"])


def flatten(invoice: Invoice, *, shop: str, zone: tzinfo = UTC, rules: Rules | None = None) -> Flattened:
    """Flatten one invoice of `getInvoices.php`.

    :param invoice: as the API gave it, numbers as text, int, float or Decimal; it is not changed.
    :param shop: code of the shop whose key read it.
    :param zone: the shop's time zone; the API's times have none.
    :raises RowRejected: no lines can be made: `primaryKey` or `ServiceOrder` is missing or has a wrong format, or an
        amount has more digits than the tables take.
    """
    with localcontext(CONTEXT):
        return _flatten(as_object(invoice), shop, zone, rules or _RULES)


def _flatten(data: Invoice, shop: str, zone: tzinfo, rules: Rules) -> Flattened:
    issues: list[Issue] = []
    invoice = Node(data, "$", issues)
    key = invoice_id(invoice)
    order = service_order(invoice)
    totals = Totals.of(invoice, order)
    scope = invoice_scope(invoice, order, shop, zone)
    scope.row.update(
        fullbay_invoice_id=key,
        so_subtotal=totals.subtotal,
        so_tax_total=totals.tax,
        so_total_amount=totals.total,
        tax_rate=None if totals.tax_rate is None else round4(totals.tax_rate),
    )
    lines = Lines(shop, key)
    bases = _complaints(order, scope, lines, rules.classification)
    shop_supplies(totals.supplies, scope, lines)
    misc_charges(order, totals.misc, scope, lines)
    beyond_complaints("SERVICE_CALL", totals.service_call, scope, lines)
    beyond_complaints("MILEAGE", totals.mileage, scope, lines)
    sublet = sublet_due(totals, lines)
    if sublet and totals.sublet is not None:
        sublet_labor(totals.sublet, scope, lines)
    return _reconciled(totals, lines, scope, rules, _basis(bases), issues, sublet=sublet)


def _reconciled(
    totals: Totals,
    lines: Lines,
    scope: Scope,
    rules: Rules,
    basis: str | None,
    issues: list[Issue],
    *,
    sublet: bool,
) -> Flattened:
    reconciler = Reconciler(lines, scope, rules.residual_lines)
    reconciler.components(totals, basis, sublet=sublet)
    unplaced, flag = allocate_tax(lines.rows, totals.tax)
    variance = tax_variance(lines.rows, totals.tax, totals.tax_rate)
    reconciler.tax(totals, unplaced, flag, variance)
    reconciliation = reconciler.finish()
    reject_overflow(lines.rows, _AMOUNTS, "$.ServiceOrder.Complaints")
    reject_overflow(lines.rows, _QUANTITIES, "$.ServiceOrder.Complaints", QUANTITY_DIGITS)
    reject_overflow(reconciliation, ("line_total", "residual", "tax_variance"), "$")
    return Flattened(lines.rows, reconciliation, issues)


def _complaints(order: Node, scope: Scope, lines: Lines, mode: Classification) -> list[tuple[str, str]]:
    """Add the lines of all complaints. :returns: correction id and basis, for each correction with parts."""
    complaints = order.children("Complaints")
    if not complaints:
        order.note("Complaints", "is missing")
    bases: list[tuple[str, str]] = []
    for complaint in complaints:
        bases += _complaint(complaint, order, scope, lines, mode)
    return bases


def _complaint(
    complaint: Node, order: Node, above: Scope, lines: Lines, mode: Classification
) -> list[tuple[str, str]]:
    scope = complaint_scope(complaint, above)
    columns = complaint_columns(complaint)
    corrections = complaint.children("Corrections")
    places = [correction_scope(correction, scope) for correction in corrections]
    works = [correction_work(c, place, columns) for c, place in zip(corrections, places, strict=True)]
    if not corrections:
        complaint.note("Corrections", "is missing")
    own_work = None if corrections else complaint_work(complaint, scope, columns)
    due: list[Work] = [work for work in (*works, own_work) if work is not None]
    shares = LaborShares(Crew(complaint, order), due)
    bases = []
    for correction, place, work in zip(corrections, places, works, strict=True):
        if basis := part_lines(correction, place, lines, mode):
            bases.append((place.correction, basis))
        if work:
            shares.add(work, lines, correction)
    if own_work:
        shares.add(own_work, lines, complaint)
    shares.add_idle(columns, scope, lines)
    complaint_charges(complaint, scope, lines)
    return bases


def _basis(bases: list[tuple[str, str]]) -> str | None:
    """The basis all corrections share, else the basis of each."""
    if len({basis for _, basis in bases}) <= 1:
        return bases[0][1] if bases else None
    return ",".join(f"{correction or '?'}={basis}" for correction, basis in bases)
