"""Small invoices for one rule at a time."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def part(**fields: Any) -> Row:
    return {
        "primaryKey": "1",
        "description": "BOLT",
        "shopPartNumber": "B-1",
        "vendorPartNumber": "",
        "quantity": "1",
        "toBeReturnedQuantity": "0",
        "returnedQuantity": "0",
        "cost": "5.00",
        "sellingPrice": "10.00",
        "taxable": "No",
        "coreType": "",
        "sublet": "No",
        "partCategory": "",
    } | fields


def correction(*parts: Row, **fields: Any) -> Row:
    return {
        "primaryKey": "801",
        "title": "Fix it",
        "correctionPerformed": "Performed",
        "laborHoursTotal": 0,
        "laborTotal": 0,
        "taxable": "No",
        "Parts": list(parts),
    } | fields


def technician(portion: Any, hours: Any = 0, **fields: Any) -> Row:
    name = fields.pop("name", "Riley Anders")
    return {"primaryKey": "601", "technician": name, "portion": portion, "actualHours": hours} | fields


def complaint(*corrections: Row, technicians: Any = None, **fields: Any) -> Row:
    return {
        "primaryKey": 701,
        "authorized": "Yes",
        "laborTaxable": "No",
        "AssignedTechnicians": technicians or [],
        "Corrections": list(corrections),
    } | fields


def invoice(*complaints: Row, order: Row | None = None, **fields: Any) -> Row:
    service_order = {
        "primaryKey": "7001",
        "repairOrderNumber": "R1",
        "technician": "Jo Marsh",
        "technicianNumber": "T-1",
        "Customer": {"customerId": 1, "title": "Demo"},
        "Unit": {"customerUnitId": "9", "vin": "V"},
        "Complaints": list(complaints),
    } | (order or {})
    return {"primaryKey": "9001", "invoiceNumber": "N1", "ServiceOrder": service_order} | fields
