"""Good invoices broken by the thousand: rows that hold, or a rejection that names the place."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from landfall.errors import RowRejected
from landfall.sources.fullbay.flatten import Flattened, flatten
from landfall.sources.fullbay.invoice import content_hash, decode
from landfall.sources.fullbay.rules import Rules
from sandbox.fullbay.invoices import InvoiceMaker, encode
from tests.conformance.mutations import POISON, broken
from tests.sources.fullbay.invariants import check, total

REASONS = ("is missing", "has a wrong format", "line_", "sales_", "residual", "tax_", "quantity")


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def _outcome(raw: bytes, rules: Rules) -> Flattened | None:
    try:
        flattened = flatten(decode(raw), shop="s", rules=rules)
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
    for number in range(25):
        good = encode(maker.invoice(number))
        for _ in range(8):
            flattened = _outcome(broken(rng, good), rules)
            if flattened is None:
                rejected += 1
            else:
                published += 1
                lines = flattened.lines
                if rules.residual_lines == "all" and lines and lines[0]["so_subtotal"] is not None:
                    assert total(lines, "line_total_price") == lines[0]["so_subtotal"]
                    assert total(lines, "tax_amount") == (lines[0]["so_tax_total"] or 0)
    assert published + rejected == 200
    assert published > 75
    assert rejected > 25


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
def test_every_poison_in_every_sore_place(example: dict[str, Any], path: tuple[Any, ...]) -> None:
    invoice: Any = {"root": example}
    container = invoice
    for step in ("root", *path[:-1]) if path else ():
        container = container[step]
    for poison in POISON:
        container[path[-1] if path else "root"] = msgspec.Raw(poison)
        _outcome(encode(invoice["root"]), Rules())


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
