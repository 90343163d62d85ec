"""What holds for every invoice whose totals add up, and what for any two ways of writing one."""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.invoice import content_hash, decode
from landfall.sources.fullbay.rules import Rules
from sandbox.fullbay.invoices import InvoiceMaker, encode
from tests.sources.fullbay.build import complaint, correction, invoice, part, technician
from tests.sources.fullbay.invariants import check, component, total

HOURS = st.decimals(0, 40, places=2)
MONEY = st.decimals(-500, 5000, places=2)
SHAPES = st.tuples(st.integers(0, 4), st.integers(0, 6))
MADE = st.builds(
    lambda seed, number, shape: decode(
        encode(InvoiceMaker(seed, complaints=(0, shape[0]), parts=(0, shape[1])).invoice(number))
    ),
    st.integers(0, 50),
    st.integers(0, 10**6),
    SHAPES,
)
RULES = st.builds(
    Rules,
    classification=st.sampled_from(["words", "seed"]),
    residual_lines=st.sampled_from(["rounding", "all", "off"]),
)


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(element, rng) for element in value] if isinstance(value, list) else value


@given(MADE, RULES)
@settings(max_examples=150)
def test_lines_reconcile_with_every_total_of_the_invoice(data: dict[str, Any], rules: Rules) -> None:
    flattened = flatten(data, shop="s", rules=rules)
    check(flattened)
    assert flattened.status == "RECONCILED"
    assert all(not row["residual"] for row in flattened.reconciliation)
    assert not [row for row in flattened.lines if row["line_source"] == "RESIDUAL"]
    order = data["ServiceOrder"]
    lines = flattened.lines
    assert total(lines, "line_total_price") == _number(data["subTotal"])
    assert total(lines, "tax_amount") == _number(data["taxTotal"])
    assert total(lines, "sales_total") == _number(data["total"])
    assert total(lines, "labor_hours") == _number(data["laborHoursTotal"])
    assert total(lines, "actual_hours") == _number(order["actualHoursTotal"])


def _number(value: Any) -> D:
    return D(str(value).replace("$", "").replace(",", ""))


@given(MADE, RULES, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_neither_key_order_nor_a_second_time_changes_anything(
    data: dict[str, Any], rules: Rules, rng: random.Random
) -> None:
    first = flatten(data, shop="s", rules=rules)
    other = shuffled(data, rng)
    assert flatten(data, shop="s", rules=rules) == first
    assert flatten(other, shop="s", rules=rules) == first
    assert content_hash(other) == content_hash(data)


@given(MADE)
@settings(max_examples=60)
def test_a_number_means_the_same_as_text(data: dict[str, Any]) -> None:
    def as_text(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_text(v) for key, v in value.items()}
        if isinstance(value, list):
            return [as_text(v) for v in value]
        return str(value) if isinstance(value, (int, D)) else value

    assert flatten(as_text(data), shop="s").lines == flatten(data, shop="s").lines


@given(
    prices=st.lists(
        st.tuples(st.decimals(0, 900, places=3), st.decimals(0, 20, places=2), st.booleans()), max_size=6
    ),
    works=st.lists(st.tuples(MONEY, HOURS), max_size=4),
    crew=st.lists(st.tuples(st.integers(0, 100), HOURS), max_size=4),
    tax=st.decimals(-90, 90, places=2),
    drift=st.decimals("-0.20", "0.20", places=2),
)
def test_any_amounts_add_up_with_all_residuals_posted(
    prices: list[tuple[D, D, bool]], works: list[tuple[D, D]], crew: list[tuple[int, D]], tax: D, drift: D
) -> None:
    parts = [
        part(shopPartNumber=f"P{i}", sellingPrice=str(p), quantity=str(q), taxable="Yes" if t else "No")
        for i, (p, q, t) in enumerate(prices)
    ]
    corrections = [
        correction(primaryKey=str(i), laborTotal=m, laborHoursTotal=h) for i, (m, h) in enumerate(works)
    ]
    technicians = [technician(p, h, primaryKey=str(i), name=f"T{i}") for i, (p, h) in enumerate(crew)]
    labor = sum((m for m, _ in works), D(0))
    data = invoice(
        complaint(correction(*parts, primaryKey="9"), *corrections, technicians=technicians),
        partsTotal=drift, laborTotal=labor, subTotal=str(labor + drift), taxTotal=tax,
        laborHoursTotal=sum((h for _, h in works), D(0)), order={"actualHoursTotal": sum((h for _, h in crew), D(0))},
    )  # fmt: skip
    flattened = flatten(data, shop="s", rules=Rules(residual_lines="all"))
    check(flattened)
    assert total(flattened.lines, "line_total_price") == labor + drift
    assert total(flattened.lines, "tax_amount") == tax
    for name in ("labor_hours", "actual_hours"):
        assert not component(flattened, name)["residual"]
