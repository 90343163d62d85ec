"""The columns that lines inherit: from the invoice and its order, from the complaint, from the correction."""

from __future__ import annotations

from datetime import tzinfo

from landfall.errors import RowRejected
from landfall.sources.fullbay.columns import LINE_COLUMNS
from landfall.sources.fullbay.invoice import HOURS, MONEY, Node, is_empty
from landfall.sources.fullbay.lines import SEPARATOR, Row, Scope

SOURCE = "fullbay_api"
ID_WIDTH = 50
_BLANK_ROW: Row = dict.fromkeys(LINE_COLUMNS)


def invoice_id(invoice: Node) -> str:
    """The invoice's `primaryKey` as text. :raises RowRejected: it is missing or no id."""
    issues = len(invoice.issues)
    key = invoice.text("primaryKey")
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
    row |= {
        "shop_code": shop,
        "invoice_number": _required(invoice, "invoiceNumber", 50),
        "invoice_date": invoice.day("invoiceDate"),
        "due_date": invoice.day("dueDate"),
        "exported": invoice.flag("exported"),
        "shop_title": invoice.text("shopTitle", 255),
        "shop_email": invoice.text("shopEmail", 255),
        "shop_address": invoice.text("shopPhysicalAddress"),
        "customer_billing_address": invoice.text("customerBillingAddress"),
        "fullbay_service_order_id": _required(order, "primaryKey", 50),
        "repair_order_number": _required(order, "repairOrderNumber", 50),
        "service_order_created": order.moment("created", zone),
        "service_order_start_date": order.moment("startDateTime", zone),
        "service_order_completion_date": order.moment("completionDateTime", zone),
        "primary_technician": order.text("technician", 255),
        "primary_technician_number": order.text("technicianNumber", 50),
        "so_total_parts_cost": order.number("partsCostTotal", MONEY),
        "so_total_parts_price": order.number("partsTotal", MONEY),
        "so_total_labor_hours": order.number("laborHoursTotal", HOURS),
        "so_total_labor_cost": order.number("laborTotal", MONEY),
        "ingestion_source": SOURCE,
    }
    row |= _customer(invoice, order)
    row |= _unit(order)
    return Scope(row)


def _required(node: Node, key: str, width: int) -> str | None:
    text = node.text(key, width)
    if text is None:
        node.note(key, "is missing")
    return text


def _customer(invoice: Node, order: Node) -> Row:
    """The order's customer where there is one, else the invoice's; never a mix of the two."""
    holder = order if not is_empty(order.data.get("Customer")) else invoice
    if is_empty(holder.data.get("Customer")):
        invoice.note("Customer", "is missing")
        return {"customer_title": invoice.text("customerTitle", 255)}
    customer = holder.child("Customer")
    number = customer.identifier("customerId")
    if number is None:
        customer.note("customerId", "is missing")
    return {
        "customer_id": number,
        "customer_title": _required(customer, "title", 255),
        "customer_external_id": customer.text("externalId", 50),
        "customer_main_phone": customer.text("mainPhone", 50),
        "customer_secondary_phone": customer.text("secondaryPhone", 50),
    }


def _unit(order: Node) -> Row:
    if is_empty(order.data.get("Unit")):
        order.note("Unit", "is missing")
        return {}
    unit = order.child("Unit")
    return {
        "unit_id": unit.text("customerUnitId", 50),
        "unit_number": unit.text("number", 50),
        "unit_type": unit.text("type", 100),
        "unit_year": unit.text("year", 10),
        "unit_make": unit.text("make", 100),
        "unit_model": unit.text("model", 100),
        "unit_vin": unit.text("vin", 50),
        "unit_license_plate": unit.text("licensePlate", 20),
    }


def complaint_scope(complaint: Node, above: Scope) -> Scope:
    """The columns that every line of a complaint repeats."""
    row = above.row.copy()
    row["fullbay_complaint_id"] = complaint.identifier("primaryKey")
    row["complaint_type"] = complaint.text("type", 100)
    row["complaint_subtype"] = complaint.text("subType", 100)
    row["complaint_note"] = complaint.text("note")
    row["complaint_cause"] = complaint.text("cause")
    row["complaint_authorized"] = complaint.flag("authorized")
    return Scope(row, _id_text(complaint))


def correction_scope(correction: Node, above: Scope) -> Scope:
    """The columns that every line of a correction repeats."""
    row = above.row.copy()
    row["fullbay_correction_id"] = correction.identifier("primaryKey")
    row["correction_title"] = correction.text("title", 255)
    row["global_component"] = correction.text("globalComponent", 255)
    row["global_system"] = correction.text("globalSystem", 255)
    row["global_service"] = correction.text("globalService", 255)
    row["recommended_correction"] = correction.text("recommendedCorrection")
    row["actual_correction"] = correction.text("actualCorrection")
    row["correction_performed"] = performed = correction.text("correctionPerformed", 50)
    if performed is not None and performed.lower() != "performed":
        correction.note("correctionPerformed", "is a value not known yet")
    return Scope(row, above.complaint, _id_text(correction))


def _id_text(node: Node) -> str:
    value = node.data.get("primaryKey")
    if value is None or value == "":
        node.note("primaryKey", "is missing")
        return ""
    return node.text("primaryKey") or ""
