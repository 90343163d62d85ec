"""Holding the lines against the vendor's totals: what differs is recorded, and never hidden in another line."""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter

import msgspec

from landfall.sources.fullbay.arithmetic import NO_MONEY, NO_QUANTITY, round2
from landfall.sources.fullbay.columns import RECONCILIATION_COLUMNS
from landfall.sources.fullbay.fields import HOURS, MONEY, Measure
from landfall.sources.fullbay.invoice import Node
from landfall.sources.fullbay.lines import Lines, Row, Scope
from landfall.sources.fullbay.rules import ResidualLines

RECONCILED, ROUNDED, UNRECONCILED = "RECONCILED", "ROUNDED", "UNRECONCILED"
ROUNDING = Decimal("0.05")
RATE = Measure(3)
AS_SENT = Measure(14)

COMPONENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "parts": ("PART", ("CORRECTION_PART",)),
    "labor": ("LABOR", ("CORRECTION_LABOR", "COMPLAINT_LABOR")),
    "supplies": ("SUPPLY", ("SHOP_SUPPLIES",)),
    "misc": ("MISC", ("MISC_CHARGE", "DISCOUNT")),
    "service_call": ("MISC", ("SERVICE_CALL",)),
    "mileage": ("MISC", ("MILEAGE",)),
    "sublet": ("LABOR", ("SUBLET_LABOR",)),
}
"""Per component: the type of its residual line, and the sources of its lines."""


class Totals(msgspec.Struct, frozen=True):
    """The vendor's totals of an invoice; None where it gives none.

    :ivar rounding: what rounding to cents leaves of a subtotal that is, as sent, the sum of its components as sent;
        None where it is not their sum.
    """

    parts: Decimal | None
    labor: Decimal | None
    supplies: Decimal | None
    misc: Decimal | None
    service_call: Decimal | None
    mileage: Decimal | None
    sublet: Decimal | None
    subtotal: Decimal | None
    tax: Decimal | None
    tax_rate: Decimal | None
    total: Decimal | None
    labor_hours: Decimal | None
    actual_hours: Decimal | None
    rounding: Decimal | None

    @classmethod
    def of(cls, invoice: Node, order: Node) -> Totals:
        """Read them."""
        tax, rate = invoice.read("taxTotal", MONEY), invoice.read("taxRate", RATE)
        if tax is None or rate is None:
            information = invoice.child("TaxInformation")
            tax = information.read("taxTotal", MONEY) if tax is None else tax
            rate = information.read("taxRate", RATE) if rate is None else rate
        totals = cls(
            parts=invoice.read("partsTotal", MONEY),
            labor=invoice.read("laborTotal", MONEY),
            supplies=invoice.read("suppliesTotal", MONEY),
            misc=invoice.read("miscChargeTotal", MONEY),
            service_call=invoice.read("serviceCallTotal", MONEY),
            mileage=invoice.read("mileageTotal", MONEY),
            sublet=invoice.read("subletLaborTotal", MONEY),
            subtotal=invoice.read("subTotal", MONEY),
            tax=tax,
            tax_rate=rate,
            total=invoice.read("total", MONEY),
            labor_hours=invoice.read("laborHoursTotal", HOURS),
            actual_hours=order.read("actualHoursTotal", HOURS),
            rounding=_rounding(invoice),
        )
        subtotal, total = totals.subtotal, totals.total
        if subtotal is not None and total is not None and total != subtotal + (tax or NO_MONEY):
            sent = [_sent(invoice, name) for name in ("total", "subTotal", "taxTotal")]
            if sent[0] != sent[1] + sent[2]:
                invoice.note("total", "is not subTotal + taxTotal")
        return totals


_FIELDS = ("partsTotal", "laborTotal", "suppliesTotal", "miscChargeTotal", "serviceCallTotal", "mileageTotal")


def _sent(invoice: Node, name: str) -> Decimal:
    """A total as it was sent; 0 where there is none, or none that can be read, which is noted elsewhere."""
    try:
        return AS_SENT.read(invoice.data.get(name)) or NO_MONEY
    except ValueError:
        return NO_MONEY


def _rounding(invoice: Node) -> Decimal | None:
    subtotal = _sent(invoice, "subTotal")
    for names in (_FIELDS, (*_FIELDS, "subletLaborTotal")):
        components = [_sent(invoice, name) for name in names]
        if sum(components, NO_MONEY) == subtotal:
            return round2(subtotal) - sum(map(round2, components), NO_MONEY)
    return None


def sublet_due(totals: Totals, lines: Lines) -> bool:
    """Whether sublet labor is billed beside the other components, and not inside `laborTotal`."""
    if not totals.sublet or totals.subtotal is None:
        return False
    others = NO_MONEY
    for name, (_, sources) in COMPONENTS.items():
        if name != "sublet":
            total = getattr(totals, name)
            others += lines.price(*sources) if total is None else total
    return totals.subtotal - others == totals.sublet


class Reconciler:
    """Builds the reconciliation rows of one invoice, and its status.

    :param scope: of the invoice, for residual lines.
    """

    def __init__(self, lines: Lines, scope: Scope, mode: ResidualLines) -> None:
        self._lines, self._scope, self._mode = lines, scope, mode
        self.status = RECONCILED
        self.rows: list[Row] = []
        self._blank: Row = dict.fromkeys(RECONCILIATION_COLUMNS)
        for column in ("shop_code", "fullbay_invoice_id"):
            self._blank[column] = scope.row[column]

    def components(self, totals: Totals, basis: str | None, *, sublet: bool) -> None:
        """Judge each component and the subtotal; add the residual lines that the rules ask for."""
        for name, (kind, sources) in COMPONENTS.items():
            if name == "sublet" and not sublet:
                continue
            row = self._row(name, getattr(totals, name), self._lines.price(*sources))
            if name == "parts":
                row["parts_basis"] = basis
            self._judge(row, kind)
        row = self._row("subtotal", totals.subtotal, self._lines.price())
        self._judge(row, "MISC", hidden=row["residual"] != totals.rounding)

    def tax(self, totals: Totals, unplaced: Decimal, flag: str | None, variance: Decimal | None) -> None:
        """Record tax, total and hours, after the tax was allocated."""
        rows = self._lines.rows
        if unplaced:
            self.status = UNRECONCILED
            if self._mode == "all":
                self._add_line("tax", "MISC", NO_MONEY)
                rows[-1]["tax_amount"] = rows[-1]["sales_total"] = unplaced
        placed = sum(map(itemgetter("tax_amount"), rows), NO_MONEY)
        tax = self._row("tax", totals.tax, placed - unplaced if self._mode == "all" else placed)
        tax["tax_variance"], tax["flags"] = variance, flag
        self._row("total", totals.total, sum(map(itemgetter("sales_total"), rows), NO_MONEY))
        self._row("labor_hours", totals.labor_hours, self._lines.labor_hours or NO_QUANTITY)
        self._row("actual_hours", totals.actual_hours, self._lines.actual_hours or NO_QUANTITY)

    def finish(self) -> list[Row]:
        """All rows, with the invoice's status on each."""
        for row in self.rows:
            row["status"] = self.status
        return self.rows

    def _row(self, component: str, vendor_total: Decimal | None, line_total: Decimal) -> Row:
        row = self._blank.copy()
        row["component"] = component
        row["vendor_total"], row["line_total"] = vendor_total, line_total
        if vendor_total is not None:
            row["residual"] = vendor_total - line_total
        self.rows.append(row)
        return row

    def _judge(self, row: Row, kind: str, *, hidden: bool = False) -> None:
        """Post the residual of `row`, if it is due, and let it weigh on the status.

        :param hidden: the components agree but the subtotal is not their sum: no rounding explains that.
        """
        residual = row["residual"]
        if not residual:
            return
        small = abs(residual) <= ROUNDING and not hidden
        posted = self._mode == "all" or (self._mode == "rounding" and small)
        if posted:
            self._add_line(row["component"], kind, residual)
        if not (small and posted):
            self.status = UNRECONCILED
        elif self.status == RECONCILED:
            self.status = ROUNDED

    def _add_line(self, component: str, kind: str, amount: Decimal) -> None:
        row = self._scope.row.copy()
        row["line_item_type"] = kind
        if kind == "LABOR":
            row["labor_hours"], row["labor_description"] = NO_QUANTITY, f"Residual: {component}"
        else:
            row["part_description"] = f"Residual: {component}"
        row["line_total_price"] = amount
        row["taxable"] = False
        self._lines.add(self._scope, "RESIDUAL", component, row)
