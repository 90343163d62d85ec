"""What a field means does not depend on what was read before it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from landfall.sources.fullbay.fields import FLAG, MONEY, PRICE, TEXT50, Field, Fields
from landfall.sources.fullbay.invoice import Issue, Node


def test_a_remembered_text_answers_for_no_number() -> None:
    assert [str(PRICE[value]) for value in ("1", "1.00", 1, D("1.00"), D("1.0"))] == [
        *("1", "1.00", "1", "1.00", "1.0")
    ]
    assert FLAG["1"] is True
    with pytest.raises(ValueError, match="not a number"):
        PRICE[True]
    with pytest.raises(ValueError, match="neither"):
        FLAG[D(1)]


def test_many_texts_do_not_pile_up() -> None:
    for number in range(10_000):
        assert MONEY[str(number)] == number
        assert TEXT50[f" {number} "] == str(number)
    assert len(MONEY) < 5_000
    assert len(TEXT50) < 5_000


def test_notes_come_in_the_order_of_the_fields() -> None:
    fields = Fields(
        Field("name", "title", TEXT50, "is missing"),
        Field("price", "total", MONEY),
        Field("paid", "exported", FLAG, "is missing"),
    )
    issues: list[Issue] = []
    row: dict[str, object] = {"price": 1}
    Node({"title": " ", "total": [3]}, "$", issues).fill(row, fields)
    assert row == {"name": None, "price": None, "paid": None}
    assert [(issue.path, issue.text) for issue in issues] == [
        ("$.title", "is missing"),
        ("$.total", "is not a number"),
        ("$.exported", "is missing"),
    ]
