"""Labor lines: a correction's money and hours shared among the technicians of its complaint."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from landfall.sources.fullbay.arithmetic import (
    CENT,
    HUNDRED,
    NO_MONEY,
    NO_QUANTITY,
    ONE,
    UNIT4,
    ZERO,
    round2,
    round4,
    split,
)
from landfall.sources.fullbay.invoice import HOURS, MONEY, Measure, Node
from landfall.sources.fullbay.lines import MAX_DIGITS, Lines, Row, Scope

_PORTION = Measure(5, Decimal("1e-10"))


class Worker:
    """A technician assigned to a complaint, or the order's where none is.

    :ivar actual: hours worked on the complaint.
    """

    __slots__ = ("actual", "identity", "item", "name", "number", "portion", "source")

    def __init__(self, node: Node) -> None:
        self.source = "ASSIGNED"
        self.name = node.text("technician", 255)
        self.number = node.text("technicianNumber", 50)
        self.portion = node.number("portion", _PORTION)
        self.actual = node.number("actualHours", HOURS) or NO_QUANTITY
        self.item = node.text("quickBooksLaborItem", 255)
        self.identity = node.text("primaryKey") or self.number or self.name or ""
        if self.name is None:
            node.note("technician", "is missing")

    @classmethod
    def of_order(cls, order: Node) -> Worker:
        """Whoever the order names, for a complaint without technicians."""
        worker = cls.__new__(cls)
        worker.source = "SERVICE_ORDER"
        worker.name, worker.number = order.text("technician", 255), order.text("technicianNumber", 50)
        worker.portion, worker.actual, worker.item = HUNDRED, NO_QUANTITY, None
        worker.identity = worker.number or worker.name or ""
        if worker.name is None:
            order.note("technician", "is missing")
        return worker


class Crew:
    """The technicians of a complaint: those who share the labor, with their weights, and the others."""

    def __init__(self, complaint: Node, order: Node) -> None:
        assigned = [Worker(node) for node in complaint.children("AssignedTechnicians")]
        if assigned and round2(sum((w.portion or ZERO for w in assigned), ZERO)) != HUNDRED:
            complaint.note("AssignedTechnicians", "portions do not add up to 100")
        sharing = [w for w in assigned if w.portion and w.portion > 0]
        if sharing:
            self.weights = [w.portion or ZERO for w in sharing]
        else:
            sharing = assigned
            self.weights = [ONE] * len(assigned)
        self.others = [w for w in assigned if w not in sharing]
        self.assigned, self.sharing, self._order = assigned, sharing, order

    def workers(self) -> tuple[list[Worker], list[Decimal]]:
        """Who shares labor, and by which weights."""
        if self.sharing:
            return self.sharing, self.weights
        return [Worker.of_order(self._order)], [ONE]


class Work:
    """Labor to be shared: of a correction, or of a complaint that has none.

    :param columns: of the lines; what comes from the technician and the shares is added.
    """

    __slots__ = ("columns", "hours", "scope", "source", "total")

    def __init__(self, source: str, scope: Scope, total: Decimal, hours: Decimal, columns: Row) -> None:
        self.source, self.scope, self.total, self.hours, self.columns = source, scope, total, hours, columns


def complaint_columns(complaint: Node) -> Row:
    """Columns that all labor lines of a complaint have."""
    return {
        "line_item_type": "LABOR",
        "taxable": complaint.flag("laborTaxable") is not False,
        "sublet": complaint.flag("sublet"),
        "labor_rate_type": complaint.text("laborRate", 50),
        "quickbooks_account": complaint.text("quickBooksAccount", 255),
        "quickbooks_item": complaint.text("quickBooksItem", 255),
        "quickbooks_item_type": complaint.text("quickBooksItemType", 50),
    }


def correction_work(correction: Node, scope: Scope, columns: Row) -> Work | None:
    """The labor of a correction, None where there is neither money nor time in it."""
    total, hours = correction.number("laborTotal", MONEY), correction.number("laborHoursTotal", HOURS)
    if not total and not hours:
        return None
    row = scope.row
    columns = columns | {
        "taxable": correction.flag("taxable") is not False,
        "labor_rate_type": correction.text("laborRate", 50),
        "labor_description": row["actual_correction"]
        or row["recommended_correction"]
        or row["correction_title"],
    }
    return Work("CORRECTION_LABOR", scope, total or NO_MONEY, hours or NO_QUANTITY, columns)


def complaint_work(complaint: Node, scope: Scope, columns: Row) -> Work | None:
    """The labor of a complaint without corrections, None where there is neither money nor time in it."""
    total, hours = complaint.number("laborTotal", MONEY), complaint.number("laborHoursTotal", HOURS)
    if not total and not hours:
        return None
    return Work("COMPLAINT_LABOR", scope, total or NO_MONEY, hours or NO_QUANTITY, columns)


class LaborShares:
    """The labor of one complaint, shared.

    A technician's hours belong to the complaint: they are spread over its works by their billed hours, so that the
    sum is the technician's figure and not a multiple of it.
    """

    def __init__(self, crew: Crew, works: Sequence[Work]) -> None:
        self._workers, self._weights = crew.workers() if works else ([], [])
        billed = [abs(work.hours) for work in works]
        spread = [split(worker.actual, billed, UNIT4) for worker in self._workers]
        self._actual = {id(work): [hours[i] for hours in spread] for i, work in enumerate(works)}
        self._idle = [w for w in (crew.others if works else crew.assigned) if w.actual]

    def add(self, work: Work, lines: Lines, node: Node) -> None:
        """Add the lines of one work, one a technician."""
        prices = split(work.total, self._weights, CENT)
        hours = split(work.hours, self._weights, UNIT4)
        for worker, price, billed, actual in zip(
            self._workers, prices, hours, self._actual[id(work)], strict=True
        ):
            columns = _technician_columns(work.columns, worker)
            columns["labor_hours"], columns["actual_hours"] = billed, actual
            columns["unit_price"] = _unit_price(price, billed, node)
            columns["line_total_price"] = price
            lines.add(work.scope, work.source, worker.identity, columns)

    def add_idle(self, columns: Row, scope: Scope, lines: Lines) -> None:
        """Add a line of price 0 for each technician whose hours no other line carries."""
        for worker in self._idle:
            row = _technician_columns(columns, worker)
            row["labor_hours"], row["actual_hours"] = NO_QUANTITY, worker.actual
            row["line_total_price"] = NO_MONEY
            lines.add(scope, "COMPLAINT_LABOR", worker.identity, row)


def _technician_columns(columns: Row, worker: Worker) -> Row:
    row = columns.copy()
    row["assigned_technician"] = worker.name
    row["assigned_technician_number"] = worker.number
    row["technician_source"] = worker.source
    row["technician_portion"] = None if worker.portion is None else round4(worker.portion)
    if worker.item:
        row["quickbooks_item"] = worker.item
    return row


def _unit_price(price: Decimal, hours: Decimal, node: Node) -> Decimal | None:
    if not hours:
        return None
    unit_price = price / hours
    if unit_price.adjusted() >= MAX_DIGITS - 1:
        node.note("laborTotal", "gives a price an hour out of range")
        return None
    return round4(unit_price)
