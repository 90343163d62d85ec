"""A part of which too much is rejected, an account or a year, is left out; the others are published."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pytest

from landfall import ledger
from landfall.checks import Sql
from landfall.errors import TooManyRejects
from landfall.landing import LandingWriter
from landfall.pipeline import Extraction, Published
from landfall.reads import Mode, Outcome, Request
from landfall.reads.parts import in_parts
from landfall.records import Record, column, parent, position
from landfall.resources import Upsert
from landfall.scope import Scope, Window
from landfall.wire.download import Downloaded
from landfall.wire.pages import Page
from tests.driver import Lab, run_on

pytestmark = pytest.mark.engines("lake")
FEW = 20
"""Rejects that any part may have."""


class Line(Record, table="sale_lines", key=("sale_id", "position")):
    """What was sold."""

    sale_id: int = parent()
    position: int = position()
    amount: int = column()


class Sale(Record, table="sales", key="id"):
    """A sale of one of several shops."""

    id: int = column()
    shop: str = column(length=10)
    amount: int = column()
    lines: list[Line] = column()


def sale(number: int, shop: str, amount: Any = 1, *lines: Any) -> dict[str, Any]:
    return {
        "id": number,
        "shop": shop,
        "amount": amount,
        "lines": [{"amount": each} for each in lines or (1,)],
    }


def sales(first: int, shop: str, *, good: int, bad: int = 0, amount: int = 1) -> list[dict[str, Any]]:
    made = [sale(first + n, shop, amount) for n in range(good)]
    return made + [sale(first + good + n, shop, "much") for n in range(bad)]


class OwnSale(Record, table="own_sales", key=("shop", "id")):
    """A sale whose number only its shop knows it by."""

    shop: str = column(length=10)
    id: int = column()
    amount: int = column()


class Shops(Lab):
    """Each shop is read by itself, with all that it has."""

    def __init__(self, url: str, folder: Path, record: type[Record] = Sale, **options: Any) -> None:
        super().__init__(url, folder, record, write=Upsert(), **options)

    def extract_shops(
        self,
        found: Mapping[str, list[Any]],
        deletes: Mapping[str, Iterable[int]] = {},
        watermark: str | None = None,
    ) -> Extraction:
        def read(name: str, _: Request, landing: LandingWriter) -> Outcome:
            lines = [
                msgspec.Raw(each if isinstance(each, bytes) else msgspec.json.encode(each))
                for each in found[name]
            ]
            landing.page(Page(lines[:7], {}, 1, "GET /sales"))
            with landing.section(name):
                landing.page(Page(lines[7:], {}, 2, "GET /sales"))
                landing.deletes([(key,) for key in deletes.get(name, ())])
            return Outcome(Mode.FULL, Scope.EVERYTHING, watermark)

        reads = {name: functools.partial(read, name) for name in found}
        request = self.pipeline.request(None, Mode.FULL)
        return self.pipeline.extract(request, lambda asked, landing: in_parts(asked, landing, "shop", reads))

    def load_shops(self, *args: Any, **more: Any) -> Published:
        extraction = self.extract_shops(*args, **more)
        self.steps = {"extract": extraction}
        return run_on(self.pipeline, extraction, self.steps)

    def by_shop(self) -> dict[str, set[tuple[int, int]]]:
        """(id, amount) of the published rows of each shop."""
        made: dict[str, set[tuple[int, int]]] = {}
        for (key,), row in self.rows().items():
            made.setdefault(row["shop"], set()).add((key, row["amount"]))
        return made

    def part(self, name: str) -> ledger.State:
        return self.pipeline.state(name)


@pytest.fixture
def shops(database: str, tmp_path: Path) -> Shops:
    return Shops(database, tmp_path)


def of(first: int, count: int, amount: int = 1) -> set[tuple[int, int]]:
    return {(first + n, amount) for n in range(count)}


def test_the_others_are_published_and_it_is_as_it_was(shops: Shops) -> None:
    first = {name: sales(at, name, good=30) for name, at in (("north", 0), ("south", 100), ("west", 200))}
    shops.load_shops(first, watermark="2026-03-01")
    before = shops.part("south")
    made = shops.load_shops(
        {
            "north": sales(0, "north", good=29, amount=2),
            "south": sales(100, "south", good=9, bad=FEW + 1, amount=2),
            "west": sales(200, "west", good=25, bad=3, amount=2),
        },
        watermark="2026-03-02",
    )
    assert shops.by_shop() == {
        "north": of(0, 29, 2),
        "south": of(100, 30),
        "west": of(200, 25, 2) | {(n, 1) for n in range(225, 228)},
    }
    assert {key[0] for key in shops.rows("sale_lines")} == {key[0] for key in shops.rows()}
    assert (made.fetched, made.updated, made.quarantined, made.deleted) == (57, 54, 3, 3)
    assert shops.steps["load"].left_out == {
        "south": f"{FEW + 1} of 30 records of sales were rejected (limit 5%)"
    }
    assert shops.part("south") == before
    assert [shops.part(name).watermark for name in ("north", "south", "west")] == [
        "2026-03-02",
        "2026-03-01",
        "2026-03-02",
    ]
    assert shops.state().watermark == "2026-03-01", "the table is as far as its last part"
    assert len(shops.quarantined()) == FEW + 1 + 3, "what was set aside of it can be looked at"
    shops.load_shops({n: sales(at, n, good=30, amount=3) for n, at in (("north", 0), ("south", 100))})
    assert shops.by_shop()["south"] == of(100, 30, 3)


def test_the_first_and_the_last_can_be_left_out_and_a_rerun_comes_to_the_same(shops: Shops) -> None:
    extraction = shops.extract_shops(
        {
            "a": sales(0, "a", good=3, bad=FEW + 1),
            "b": sales(100, "b", good=4),
            "c": sales(200, "c", good=5, bad=FEW + 2),
        }
    )
    staged = shops.pipeline.load(extraction)
    assert shops.pipeline.load(extraction) == staged
    assert set(staged.left_out) == {"a", "c"}
    assert (staged.lines, staged.fetched, staged.staged) == (3 + 4 + 5 + 2 * FEW + 3, 4, 4)
    shops.pipeline.check(extraction, staged)
    shops.pipeline.clean_up([extraction.load_id])
    made = shops.pipeline.publish(extraction, staged)
    assert shops.pipeline.publish(extraction, staged) == made
    assert shops.by_shop() == {"b": of(100, 4)}
    assert len(shops.quarantined()) == 2 * FEW + 3
    assert not shops.part("a").version
    assert shops.part("b").version == 1


def test_where_it_is_true_of_all_the_load_fails(shops: Shops) -> None:
    with pytest.raises(TooManyRejects):
        shops.load_shops({name: sales(at, name, good=1, bad=FEW + 1) for name, at in (("a", 0), ("b", 100))})
    with pytest.raises(TooManyRejects):
        shops.load_shops({"a": sales(0, "a", good=1, bad=FEW + 1)})


def test_few_rejects_of_each_stop_nobody(shops: Shops) -> None:
    found = {name: sales(at, name, good=9, bad=FEW - 5) for name, at in (("a", 0), ("b", 100), ("c", 200))}
    made = shops.load_shops(found)
    assert (made.inserted, made.quarantined) == (27, 3 * (FEW - 5))


def test_of_its_elements_too_many_may_be_odd(shops: Shops) -> None:
    odd = [sale(100 + n, "south", 1, 5, "much") for n in range(FEW + 1)]
    made = shops.load_shops({"north": [sale(1, "north", 1, 2, 3)], "south": odd})
    assert shops.by_shop() == {"north": {(1, 1)}}
    assert {row["amount"] for row in shops.rows("sale_lines").values()} == {2, 3}
    assert made.tables["sale_lines"].fetched == 2
    assert shops.steps["load"].left_out == {
        "south": f"{FEW + 1} of {2 * FEW + 2} records of sale_lines were rejected (limit 5%)"
    }


def test_what_it_reports_as_deleted_stays(shops: Shops) -> None:
    shops.load_shops({"a": sales(0, "a", good=3), "b": sales(100, "b", good=3)})
    shops.load_shops(
        {"a": sales(0, "a", good=3, bad=FEW + 1), "b": sales(100, "b", good=2)},
        deletes={"a": [2], "b": [102]},
    )
    assert shops.by_shop() == {"a": of(0, 3), "b": of(100, 2)}


@pytest.fixture
def ruled(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shops:
    """Shops whose sales have to be above nothing."""
    rule = "-- rule: a sale is of something\n-- severity: rejecting\n-- why: it is none\n-- todo: Mend it.\n"
    folder = tmp_path / "sql" / "lab" / "checks"
    folder.mkdir(parents=True)
    query = "SELECT id FROM lab.sales WHERE amount <= 0\n"
    (folder / "something.sql").write_text(rule + query, encoding="utf-8")
    monkeypatch.setenv("LANDFALL_SQL", str(tmp_path / "sql"))
    return Shops(database, tmp_path, checks=(Sql("something.sql", severity="rejecting"),))


def test_what_a_rule_sets_aside_counts_for_the_part_it_came_with(ruled: Shops) -> None:
    ruled.load_shops({"north": sales(0, "north", good=60), "south": sales(100, "south", good=30)})
    before = ruled.part("south")
    none = [sale(115 + n, "south", 0) for n in range(FEW - 4)]
    found = {
        "north": [*sales(0, "north", good=50, amount=2), *(sale(50 + n, "north", 0) for n in range(FEW))],
        "south": sales(100, "south", good=10, bad=5, amount=2) + none,
    }
    extraction = ruled.extract_shops(found)
    staged = ruled.pipeline.load(extraction)
    assert staged.left_out == {"south": f"{FEW + 1} of {FEW + 11} records of sales were rejected (limit 5%)"}
    (rule,) = (r for r in ruled.pipeline.check(extraction, staged) if r.severity == "rejecting")
    assert rule.value == FEW
    made = ruled.pipeline.publish(extraction, staged)
    assert ruled.pipeline.publish(extraction, staged) == made
    assert (made.fetched, made.updated, made.quarantined) == (50 + FEW, 50, FEW)
    assert ruled.by_shop() == {"north": of(0, 50, 2) | of(50, 10), "south": of(100, 30)}
    assert ruled.part("south") == before
    reasons = Counter(reason for reason, *_ in ruled.quarantined())
    assert reasons["a sale is of something"] == FEW + FEW - 4, "what it named of the other can be looked at"
    assert len(ruled.quarantined()) == 2 * FEW + 1


def test_where_a_rule_names_too_many_of_every_part_the_load_fails(ruled: Shops) -> None:
    none = {name: [sale(at + n, name, 0) for n in range(FEW + 1)] for name, at in (("a", 0), ("b", 100))}
    extraction = ruled.extract_shops(none)
    staged = ruled.pipeline.load(extraction)
    with pytest.raises(TooManyRejects):
        ruled.pipeline.check(extraction, staged)


def test_a_record_without_a_readable_key_holds_back_nothing_of_another_part(
    database: str, tmp_path: Path
) -> None:
    """Where the part is one of the key's columns, the record is of the part that it came with."""
    shops = Shops(database, tmp_path, OwnSale)

    def sold(shop: str, *ids: int) -> list[dict[str, Any]]:
        return [{"shop": shop, "id": each, "amount": 1} for each in ids]

    shops.load_shops({name: sold(name, 1, 2, 3) for name in ("a", "b", "c")})
    none = b'{"id": 1e999, "amount": 1}'
    left_out = [*sold("c", 1), *[none] * (FEW + 1)]
    extraction = shops.extract_shops({"a": sold("a", 1), "b": [*sold("b", 1), none], "c": left_out})
    staged = shops.pipeline.load(extraction)
    assert set(staged.left_out) == {"c"}
    (told,) = (r for r in shops.pipeline.check(extraction, staged) if r.check == "deletions held back")
    assert told.value == 2, "those of b"
    shops.pipeline.publish(extraction, staged)
    left = sorted(key for key in shops.rows())
    assert left == [("a", 1), *(("b", n) for n in (1, 2, 3)), *(("c", n) for n in (1, 2, 3))]


def test_a_file_can_be_left_out(database: str, tmp_path: Path) -> None:
    lab = Shops(database, tmp_path, parse=lambda opened, _: iter(opened.read().splitlines()))
    files = {
        "a": sales(0, "a", good=2),
        "b": sales(100, "b", good=1, bad=FEW + 1),
        "c": sales(200, "c", good=3),
    }

    def read(name: str, _: Request, landing: LandingWriter) -> Outcome:
        content = b"\n".join(map(msgspec.json.encode, files[name]))

        def fetch(target: BinaryIO) -> Downloaded:
            return Downloaded(target.write(content), "", "", "")

        landing.file(name, fetch)
        return Outcome(Mode.FULL, Scope.EVERYTHING)

    reads = {name: functools.partial(read, name) for name in files}
    extraction = lab.pipeline.extract(
        lab.pipeline.request(None, Mode.FULL),
        lambda asked, landing: in_parts(asked, landing, "shop", reads, whole=True),
    )
    assert extraction.reach.scope is Scope.EVERYTHING
    run_on(lab.pipeline, extraction, lab.steps)
    left_out = lab.steps["load"].left_out
    assert set(left_out) == {"b"}
    (failed,) = extraction.without(left_out).failed
    assert failed.failure.startswith("b was left out: 21 of 22 records of sales were rejected")
    assert lab.by_shop() == {"a": of(0, 2), "c": of(200, 3)}
    assert not lab.part("b").version


def test_windows_of_a_part_that_is_left_out_are_not_accounted_for() -> None:
    windows = tuple(Window("day", n, n + 1, owner=("shop", name)) for name in "ab" for n in (1, 2))
    parts = [{"name": name, "column": "shop", "records": 5, "watermark": "9"} for name in "ab"]
    told = {
        "source": "s",
        "resource": "r",
        "load_id": "l",
        "run_id": "",
        "landing": "",
        "mode": "incremental",
    }
    plain = told | {"scope": "window", "version": 1, "fetched": 10, "deletes": 0, "watermark": "9"}
    read = msgspec.convert(
        plain | {"windows": msgspec.to_builtins(windows), "parts": parts}, Extraction, strict=False
    )
    left = read.without({"a": "too much"})
    assert {each.owner[1] for each in left.windows if each.owner} == {"b"}
    assert (left.watermark, [p.watermark for p in left.parts]) == (None, [None, "9"])
    assert left.failed[0].failure.startswith("a was left out: too much → Its rows")
    assert read.without({}) is read
    assert read.without({"a": "x", "b": "y"}).reach.scope is Scope.NOTHING
