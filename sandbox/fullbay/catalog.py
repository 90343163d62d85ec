"""Who and what the invented invoices are about. No name, address or number belongs to anyone."""

from __future__ import annotations

from typing import Any, NamedTuple

Row = dict[str, Any]


class Item(NamedTuple):
    """A part in the shop's catalogue."""

    description: str
    number: str
    category: str
    cents: int
    core: str = ""
    quarters: bool = False


PARTS = (
    Item("FILTER, OIL", "LF-9080", "FILTERS", 3117),
    Item("FILTER, FUEL", "FF-5507", "FILTERS", 4280),
    Item("OIL 15W-40 BULK", "1540", "FLUIDS", 649, quarters=True),
    Item("COOLANT, EXTENDED LIFE", "ELC-50", "", 1875, quarters=True),
    Item("GREASE TUBE", "GR-14", "SHOP SUPPLIES", 895),
    Item("SENSOR, OIL PRESSURE", "SN-204", "SENSORS", 14500),
    Item("BRAKE SHOE KIT", "BS-4707", "BRAKES", 18950, core="Dirty"),
    Item("ALTERNATOR", "ALT-28SI", "ELECTRICAL", 41200, core="Dirty"),
    Item("WATER PUMP", "WP-1188", "COOLING", 32675, core="Dirty"),
    Item("HOSE, COOLANT", "HC-075", "", 2290),
    Item("INBOUND FREIGHT", "FREIGHT", "", 1800),
    Item("LIGHT, MARKER", "", "ELECTRICAL", 1250),
    Item("CABLE TIE", "", "", 35),
    Item("WINDSHIELD WASHER FLUID", "WW-1", "FLUIDS", 425),
    Item("WHEEL SEAL", "WS-47697", "", 5240),
    Item("DÜSE, EINSPRITZ", "DE-3", "", 2799),
)
TECHNICIANS = (
    ("Riley Anders", "T-11"),
    ("Sam Okoro", "T-14"),
    ("Alex Quill", "T-17"),
    ("Robin Vale", ""),
    ("Chris Moor", "T-23"),
)
TASKS = (
    ("Engine", "Lubrication", "PM Service", "Replace oil and filters"),
    ("Engine", "Sensors", "Replace", "Replace pressure sensor"),
    ("Chassis", "General", "Inspect", "Annual inspection"),
    ("Brakes", "Foundation", "Replace", "Replace brake shoes"),
    ("Cooling", "Pump", "Replace", "Replace water pump"),
    ("Electrical", "Lighting", "Repair", "Repair marker lights"),
)
COMPANIES = (
    "Northfield Haulage",
    "Quarry Lane Freight",
    "Ridge Dairy",
    "Harbor Ready-Mix",
    "Pine Hill Grain",
)
STREETS = ("Quarry Rd", "Depot St", "Mill Ln", "Harbor Ave")


def address(title: str, number: int) -> Row:
    """An address as the API nests it."""
    return {
        "title": title,
        "line1": f"{100 + number} {STREETS[number % 4]}",
        "line2": "",
        "city": "Ridgeton",
        "state": "MI",
        "country": "US",
        "postalCode": "49001",
    }


def customer(number: int) -> Row:
    """Customer `number`, always the same."""
    return {
        "customerId": 500_200 + number,
        "title": f"{COMPANIES[number % len(COMPANIES)]} {number} (demo)",
        "externalId": f"C{number:04d}" if number % 3 else None,
        "mainPhone": f"555010{number % 10000:04d}",
        "secondaryPhone": "",
    }


def unit(number: int) -> Row:
    """Truck `number`, always the same."""
    return {
        "customerUnitId": str(330_000 + number),
        "number": f"U-{number}",
        "nickname": "",
        "type": "Tractor" if number % 3 else "Trailer",
        "subType": None,
        "year": str(2008 + number % 16),
        "make": "Examplemake" if number % 2 else "Samplebuilt",
        "model": f"Longhaul {100 * (1 + number % 9)}",
        "vin": f"1XDEMO{number:07d}A001"[:17],
        "licensePlate": f"DEMO{number % 1000}",
    }
