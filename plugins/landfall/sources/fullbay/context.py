"""The columns that lines inherit: from the invoice and its order, from the complaint, from the correction."""

from __future__ import annotations

from datetime import tzinfo

from landfall.errors import RowRejected
from landfall.sources.fullbay.columns import LINE_COLUMNS
from landfall.sources.fullbay.fields import (
    DAY,
    FLAG,
    HOURS,
    ID,
    IDENTIFIER,
    MONEY,
    TEXT,
    TEXT10,
    TEXT20,
    TEXT50,
    TEXT100,
    TEXT255,
    Field,
    Fields,
)
from landfall.sources.fullbay.invoice import Node, is_empty
from landfall.sources.fullbay.lines import SEPARATOR, Row, Scope

SOURCE = "fullbay_api"
ID_WIDTH = 50
_BLANK_ROW: Row = dict.fromkeys(LINE_COLUMNS)
_MISSING = "is missing"

_INVOICE = Fields(
    Field("invoice_number", "invoiceNumber", TEXT50, _MISSING),
    Field("invoice_date", "invoiceDate", DAY),
    Field("due_date", "dueDate", DAY),
    Field("exported", "exported", FLAG),
    Field("shop_title", "shopTitle", TEXT255),
    Field("shop_email", "shopEmail", TEXT255),
    Field("shop_address", "shopPhysicalAddress", TEXT),
    Field("customer_billing_address", "customerBillingAddress", TEXT),
)
_ORDER_NUMBERS = Fields(
    Field("fullbay_service_order_id", "primaryKey", TEXT50, _MISSING),
    Field("repair_order_number", "repairOrderNumber", TEXT50, _MISSING),
)
_ORDER = Fields(
    Field("primary_technician", "technician", TEXT255),
    Field("primary_technician_number", "technicianNumber", TEXT50),
    Field("so_total_parts_cost", "partsCostTotal", MONEY),
    Field("so_total_parts_price", "partsTotal", MONEY),
    Field("so_total_labor_hours", "laborHoursTotal", HOURS),
    Field("so_total_labor_cost", "laborTotal", MONEY),
)
_CUSTOMER = Fields(
    Field("customer_id", "customerId", IDENTIFIER, _MISSING),
    Field("customer_title", "title", TEXT255, _MISSING),
    Field("customer_external_id", "externalId", TEXT50),
    Field("customer_main_phone", "mainPhone", TEXT50),
    Field("customer_secondary_phone", "secondaryPhone", TEXT50),
)
_UNIT = Fields(
    Field("unit_id", "customerUnitId", TEXT50),
    Field("unit_number", "number", TEXT50),
    Field("unit_type", "type", TEXT100),
    Field("unit_year", "year", TEXT10),
    Field("unit_make", "make", TEXT100),
    Field("unit_model", "model", TEXT100),
    Field("unit_vin", "vin", TEXT50),
    Field("unit_license_plate", "licensePlate", TEXT20),
)
_COMPLAINT = Fields(
    Field("fullbay_complaint_id", "primaryKey", IDENTIFIER),
    Field("complaint_type", "type", TEXT100),
    Field("complaint_subtype", "subType", TEXT100),
    Field("complaint_note", "note", TEXT),
    Field("complaint_cause", "cause", TEXT),
    Field("complaint_authorized", "authorized", FLAG),
)
_CORRECTION = Fields(
    Field("fullbay_correction_id", "primaryKey", IDENTIFIER),
    Field("correction_title", "title", TEXT255),
    Field("global_component", "globalComponent", TEXT255),
    Field("global_system", "globalSystem", TEXT255),
    Field("global_service", "globalService", TEXT255),
    Field("recommended_correction", "recommendedCorrection", TEXT),
    Field("actual_correction", "actualCorrection", TEXT),
    Field("correction_performed", "correctionPerformed", TEXT50),
)


def invoice_id(invoice: Node) -> str:
    """The invoice's `primaryKey` as text. :raises RowRejected: it is missing or no id."""
    issues = len(invoice.issues)
    key: str | None = invoice.read("primaryKey", ID)
    if len(invoice.issues) > issues or (key and (len(key) > ID_WIDTH or SEPARATOR in key)):
        raise RowRejected("has a wrong format: an id is expected", path="$.primaryKey")
    if key is None:
        raise RowRejected("is missing", path="$.primaryKey")
    return key


def service_order(invoice: Node) -> Node:
    """The invoice's order. :raises RowRejected: it is missing, empty or no object."""
    value = invoice.data.get("ServiceOrder")
    if not value:
        raise RowRejected("is missing", path="$.ServiceOrder")
    if not isinstance(value, dict):
        raise RowRejected("has a wrong format: an object is expected", path="$.ServiceOrder")
    return invoice.child("ServiceOrder")


def invoice_scope(invoice: Node, order: Node, shop: str, zone: tzinfo) -> Scope:
    """The columns that every line of the invoice repeats."""
    row = _BLANK_ROW.copy()
    row["shop_code"], row["ingestion_source"] = shop, SOURCE
    invoice.fill(row, _INVOICE)
    order.fill(row, _ORDER_NUMBERS)
    row["service_order_created"] = order.moment("created", zone)
    row["service_order_start_date"] = order.moment("startDateTime", zone)
    row["service_order_completion_date"] = order.moment("completionDateTime", zone)
    order.fill(row, _ORDER)
    _fill_customer(row, invoice, order)
    if is_empty(order.data.get("Unit")):
        order.note("Unit", "is missing")
    else:
        order.child("Unit").fill(row, _UNIT)
    return Scope(row)


def _fill_customer(row: Row, invoice: Node, order: Node) -> None:
    """The order's customer where there is one, else the invoice's; never a mix of the two."""
    holder = order if not is_empty(order.data.get("Customer")) else invoice
    if holder is invoice and is_empty(invoice.data.get("Customer")):
        invoice.note("Customer", "is missing")
        row["customer_title"] = invoice.read("customerTitle", TEXT255)
    else:
        holder.child("Customer").fill(row, _CUSTOMER)


def complaint_scope(complaint: Node, above: Scope) -> Scope:
    """The columns that every line of a complaint repeats."""
    row = above.row.copy()
    complaint.fill(row, _COMPLAINT)
    return Scope(row, _id_text(complaint))


def correction_scope(correction: Node, above: Scope) -> Scope:
    """The columns that every line of a correction repeats."""
    row = above.row.copy()
    correction.fill(row, _CORRECTION)
    performed = row["correction_performed"]
    if performed is not None and performed.lower() != "performed":
        correction.note("correctionPerformed", "is a value not known yet")
    return Scope(row, above.complaint, _id_text(correction))


def _id_text(node: Node) -> str:
    value = node.data.get("primaryKey")
    if value is None or value == "":
        node.note("primaryKey", "is missing")
        return ""
    return node.read("primaryKey", ID) or ""
