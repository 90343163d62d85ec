"""The settings file: what it says reaches the tables, and what it cannot say is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from landfall.errors import Misconfigured
from landfall.sources.prohandel.settings import read


def given(tmp_path: Path, text: str) -> str:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return str(path)


def test_what_differs_is_merged_with_the_rest(tmp_path: Path) -> None:
    found = read(
        given(
            tmp_path,
            "[tax_rates]\n1 = 19\n2 = 7.7\n[stock.categories.120]\nreorder_point = 2\n"
            "[stock.articles.7]\nmax_stock_level = 40",
        )
    )
    assert found.tax_rates == {1: 19, 2: 7.7}
    assert found.sale_types == {0: "sale", 1: "return"}
    assert found.stock.of(7, 120).reorder_point == 2
    assert found.stock.of(7, 120).max_stock_level == 40
    assert found.stock.of(8, 1).reorder_point == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[stok]\n", "stok"),
        ("[stock]\nreorderpoint = 3", "reorderpoint"),
        ("[stock]\nreorder_point = -1", "stock.reorder_point"),
        ("[stock]\nreorder_point = 10\nmax_stock_level = 5", "above the maximum"),
        ("[stock.articles.x]\nreorder_point = 1", "articles"),
        ("[tax_rates]\n1 = 190", "tax_rates"),
        ("[payment_options]\ncash = 'x'", "payment_options"),
        ("[sale_types]\n0 = 5", "sale_types"),
        ("vouchers = 3", "vouchers"),
        ("[", "is not TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        read(given(tmp_path, text))


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read("/nowhere/settings.toml")
