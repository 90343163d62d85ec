"""Labor lines: a correction's money and hours shared among the technicians of its complaint."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

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
from landfall.sources.fullbay.fields import FLAG, HOURS, ID, MONEY, TEXT50, TEXT255, Field, Fields, Measure
from landfall.sources.fullbay.invoice import Node
from landfall.sources.fullbay.lines import MAX_DIGITS, Lines, Row, Scope

_PORTION = Measure(5, Decimal("1e-10"))


_TECHNICIAN = Fields(
    Field("name", "technician", TEXT255),
    Field("number", "technicianNumber", TEXT50),
    Field("portion", "portion", _PORTION),
    Field("actual", "actualHours", HOURS),
    Field("item", "quickBooksLaborItem", TEXT255),
    Field("key", "primaryKey", ID),
)

_LABOR = Fields(
    Field("taxable", "laborTaxable", FLAG),
    Field("sublet", "sublet", FLAG),
    Field("labor_rate_type", "laborRate", TEXT50),
    Field("quickbooks_account", "quickBooksAccount", TEXT255),
    Field("quickbooks_item", "quickBooksItem", TEXT255),
    Field("quickbooks_item_type", "quickBooksItemType", TEXT50),
)


class Worker:
    """A technician assigned to a complaint, or the order's where none is.

    :ivar actual: hours worked on the complaint.
    """

    __slots__ = ("actual", "identity", "item", "name", "number", "portion", "source")

    def __init__(self, node: Node) -> None:
        self.source = "ASSIGNED"
        found: Row = {}
        node.fill(found, _TECHNICIAN)
        self.name, self.number = found["name"], found["number"]
        self.portion, self.item = found["portion"], found["item"]
        self.actual = found["actual"] or NO_QUANTITY
        self.identity = found["key"] or self.number or self.name or ""
        if self.name is None:
            node.note("technician", "is missing")

    @classmethod
    def of_order(cls, order: Node) -> Worker:
        """Whoever the order names, for a complaint without technicians."""
        worker = cls.__new__(cls)
        worker.source = "SERVICE_ORDER"
        worker.name, worker.number = order.read("technician", TEXT255), order.read("technicianNumber", TEXT50)
        worker.portion, worker.actual, worker.item = HUNDRED, NO_QUANTITY, None
        worker.identity = worker.number or worker.name or ""
        if worker.name is None:
            order.note("technician", "is missing")
        return worker

    def sign(self, row: Row) -> None:
        """Set the columns that say who did the work of `row`."""
        row["assigned_technician"] = self.name
        row["assigned_technician_number"] = self.number
        row["technician_source"] = self.source
        row["technician_portion"] = None if self.portion is None else round4(self.portion)
        if self.item:
            row["quickbooks_item"] = self.item


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
        self.others = [] if len(sharing) == len(assigned) else [w for w in assigned if w not in sharing]
        self.assigned, self.sharing, self._order = assigned, sharing, order

    def workers(self) -> tuple[list[Worker], list[Decimal]]:
        """Who shares labor, and by which weights."""
        if self.sharing:
            return self.sharing, self.weights
        return [Worker.of_order(self._order)], [ONE]


class Work(msgspec.Struct, eq=False):
    """Labor to be shared: of a correction, or of a complaint that has none.

    :ivar row: what its lines have in common; what comes from the technician and the shares is added.
    """

    source: str
    scope: Scope
    total: Decimal
    hours: Decimal
    row: Row


def complaint_columns(complaint: Node) -> Row:
    """Columns that all labor lines of a complaint have."""
    columns: Row = {"line_item_type": "LABOR"}
    complaint.fill(columns, _LABOR)
    columns["taxable"] = columns["taxable"] is not False
    return columns


def correction_work(correction: Node, scope: Scope, columns: Row) -> Work | None:
    """The labor of a correction, None where there is neither money nor time in it."""
    total, hours = correction.read("laborTotal", MONEY), correction.read("laborHoursTotal", HOURS)
    if not total and not hours:
        return None
    row = scope.row | columns
    row["taxable"] = correction.read("taxable", FLAG) is not False
    row["labor_rate_type"] = correction.read("laborRate", TEXT50)
    row["labor_description"] = (
        row["actual_correction"] or row["recommended_correction"] or row["correction_title"]
    )
    return Work("CORRECTION_LABOR", scope, total or NO_MONEY, hours or NO_QUANTITY, row)


def complaint_work(complaint: Node, scope: Scope, columns: Row) -> Work | None:
    """The labor of a complaint without corrections, None where there is neither money nor time in it."""
    total, hours = complaint.read("laborTotal", MONEY), complaint.read("laborHoursTotal", HOURS)
    if not total and not hours:
        return None
    row = scope.row | columns
    return Work("COMPLAINT_LABOR", scope, total or NO_MONEY, hours or NO_QUANTITY, row)


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
            row = work.row.copy()
            worker.sign(row)
            row["labor_hours"], row["actual_hours"] = billed, actual
            row["unit_price"] = _unit_price(price, billed, node)
            row["line_total_price"] = price
            lines.add(work.scope, work.source, worker.identity, row)

    def add_idle(self, columns: Row, scope: Scope, lines: Lines) -> None:
        """Add a line of price 0 for each technician whose hours no other line carries."""
        for worker in self._idle:
            row = scope.row | columns
            worker.sign(row)
            row["labor_hours"], row["actual_hours"] = NO_QUANTITY, worker.actual
            row["line_total_price"] = NO_MONEY
            lines.add(scope, "COMPLAINT_LABOR", worker.identity, row)


def _unit_price(price: Decimal, hours: Decimal, node: Node) -> Decimal | None:
    if not hours:
        return None
    unit_price = price / hours
    if unit_price.adjusted() >= MAX_DIGITS - 1:
        node.note("laborTotal", "gives a price an hour out of range")
        return None
    return round4(unit_price)
