"""Good invoices broken by the thousand: rows that hold, or a rejection that names the place."""

from __future__ import annotations

import copy
import random
from decimal import Decimal
from typing import Any

import pytest

from landfall.errors import RowRejected
from landfall.sources.fullbay.flatten import Flattened, flatten
from landfall.sources.fullbay.invoice import content_hash, decode
from landfall.sources.fullbay.rules import Rules
from sandbox.fullbay.invoices import InvoiceMaker, encode
from tests.sources.fullbay.invariants import check, total

POISON: tuple[Any, ...] = (
    None,
    [],
    {},
    "",
    "   ",
    "abc",
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "0",
    "-0",
    "-1",
    "1,5",
    "1,234.5",
    "$12",
    "1_0",
    True,
    False,
    0,
    -1,
    10**12,
    -(10**14),
    10**30,
    10**5000,
    1.5,
    0.1 + 0.2,
    float("nan"),
    float("inf"),
    1e300,
    99999999999999.99,
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("1e9999"),
    Decimal("0.00001"),
    Decimal("-33.333333333333333333333333333"),
    "x" * 6000,
    "a\x00b",
    "\ud800",
    "\x1f",
    "é" * 300,
    [None],
    [1],
    [[]],
    [{}],
    {"a": 1},
    {"0": {"primaryKey": 1}},
    "0000-00-00",
    "2025-02-30",
    "0001-01-01 00:00:00",
    "9999-12-31T23:59:59-12:00",
    b"bytes",
    "٣",
    "Yes",
    "No",
    2**63,
    "9223372036854775808",
)
REASONS = ("is missing", "has a wrong format", "line_", "sales_", "residual", "tax_", "quantity")


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of an invoice."""
    found, todo = [], [node]
    while todo:
        at = todo.pop()
        members = at.items() if isinstance(at, dict) else enumerate(at)
        for key, value in members:
            found.append((at, key))
            if isinstance(value, (dict, list)):
                todo.append(value)
    return found


def mutate(rng: random.Random, invoice: dict[str, Any]) -> dict[str, Any]:
    """A copy with one to six things broken, the top level more often than its share."""
    invoice = copy.deepcopy(invoice)
    for _ in range(rng.randint(1, 6)):
        places = _places(invoice)
        if not places:
            break
        container, key = rng.choice(places[:60] if rng.random() < 0.4 else places)
        value = container[key]
        match rng.randrange(8):
            case 0:
                del container[key]
            case 1 if isinstance(container, list):
                container.append(value)
            case 2 if isinstance(value, list):
                container[key] = {str(i): element for i, element in enumerate(value)}
            case 3:
                container[key] = f"{value:.40}" if isinstance(value, str) else "12"
            case 4:
                container[key] = [value]
            case 5 if rng.random() < 0.1:
                container[key] = _deep(5000)
            case _:
                container[key] = rng.choice(POISON)
    return invoice


def _outcome(invoice: Any, rules: Rules) -> Flattened | None:
    try:
        flattened = flatten(invoice, shop="s", rules=rules)
    except RowRejected as error:
        rejected = error
    else:
        check(flattened)
        return flattened
    assert rejected.path.startswith("$")
    assert rejected.reason.startswith(REASONS)
    assert len(rejected.reason) < 80
    return None


@pytest.mark.parametrize("block", range(8))
def test_broken_invoices_give_rows_that_hold_or_a_named_rejection(block: int) -> None:
    rng = random.Random(block)
    maker = InvoiceMaker(block)
    rules = Rules(residual_lines=("rounding", "all", "off")[block % 3])
    published = rejected = 0
    for number in range(50):
        good = decode(encode(maker.invoice(number)))
        for _ in range(8):
            flattened = _outcome(mutate(rng, good), rules)
            if flattened is None:
                rejected += 1
            else:
                published += 1
                lines = flattened.lines
                if rules.residual_lines == "all" and lines and lines[0]["so_subtotal"] is not None:
                    assert total(lines, "line_total_price") == lines[0]["so_subtotal"]
                    assert total(lines, "tax_amount") == (lines[0]["so_tax_total"] or 0)
    assert published + rejected == 400
    assert published > 300
    assert rejected > 5


@pytest.mark.parametrize("poison", POISON, ids=[f"poison{i}" for i in range(len(POISON))])
@pytest.mark.parametrize(
    "path",
    [
        (),
        ("primaryKey",),
        ("ServiceOrder",),
        ("ServiceOrder", "Complaints"),
        ("ServiceOrder", "Complaints", 0),
        ("ServiceOrder", "Complaints", 0, "Corrections"),
        ("ServiceOrder", "Complaints", 0, "Corrections", 0, "Parts", 0),
        ("ServiceOrder", "Complaints", 0, "Corrections", 0, "laborTotal"),
        ("ServiceOrder", "Complaints", 0, "Corrections", 0, "laborHoursTotal"),
        ("ServiceOrder", "Complaints", 0, "AssignedTechnicians", 0, "portion"),
        ("ServiceOrder", "Complaints", 0, "Corrections", 0, "Parts", 0, "quantity"),
        ("ServiceOrder", "Complaints", 0, "Corrections", 0, "Parts", 0, "sellingPrice"),
        ("ServiceOrder", "MiscCharges", 0, "amount"),
        ("TaxInformation",),
        ("taxTotal",),
        ("taxRate",),
        ("subTotal",),
        ("partsTotal",),
    ],
    ids=lambda path: ".".join(map(str, path)) or "$",
)
def test_every_poison_in_every_sore_place(
    example: dict[str, Any], path: tuple[Any, ...], poison: Any
) -> None:
    invoice: Any = {"root": example}
    container = invoice
    for step in ("root", *path[:-1]) if path else ():
        container = container[step]
    container[path[-1] if path else "root"] = poison
    _outcome(invoice["root"], Rules())


@pytest.mark.parametrize("value", [None, [], "x", 1, _deep(10)])
def test_what_is_no_object_is_rejected(value: Any) -> None:
    with pytest.raises(RowRejected, match="an object is expected"):
        flatten(value, shop="s")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"a":1',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a":1e99999999999999999999}',
    ],
)
def test_what_is_no_json_object_is_rejected(raw: bytes) -> None:
    with pytest.raises(RowRejected, match="wrong format"):
        decode(raw)


def test_a_content_hash_of_what_is_nested_too_deeply_is_rejected(example: dict[str, Any]) -> None:
    with pytest.raises(RowRejected):
        content_hash(example | {"deep": _deep(100_000)})
