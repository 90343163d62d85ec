"""Two ways into the stage, one result: what the fast path takes is what the exact path makes of it, to the row."""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import DataError

from landfall.errors import RowRejected
from landfall.pipeline import ensure_source
from landfall.records import Json, Record, column, parent, position, spec
from landfall.scope import Scope
from landfall.stage import load
from landfall.stage.blocks import BlockEncoder, Refused
from landfall.stage.rows import RecordDecoder
from landfall.warehouse.removal import Family
from tests.driver import Lab, expected, text

EXAMPLES = int(os.environ.get("LANDFALL_EXAMPLES", "250"))
"""Of each property; more at night."""


class Tag(Record, table="tags", key=("id", "position")):
    """A list of plain texts."""

    id: int = parent()
    position: int = position()
    tag: str = column(".")


class Line(Record, table="lines", key=("id", "position")):
    """A list of objects."""

    id: int = parent()
    position: int = position()
    net: Decimal | None = column("net.amount")
    qty: int | None = column()
    label: str | None = column()


class Doc(Record, table="docs", key="id", ignored=("url", "customer.url")):
    """Every type and every nesting the fast path knows."""

    id: int = column()
    name: str | None = column(index=True)
    code: str | None = column(length=5)
    amount: Decimal | None = column()
    price: Decimal | None = column(precision=(10, 2))
    day: date | None = column()
    at: datetime | None = column()
    flag: bool | None = column()
    customer_id: int | None = column("customer.id")
    deep: str | None = column("a.b.c")
    tags: list[Tag] = column()
    lines: list[Line] = column("line_set.lines")


class Free(Doc, table="frees", key="id"):
    """The same with a column that keeps its JSON, which the fast path leaves to the exact one."""

    id: int = column()
    free: Json | None = column()


class Wide(Doc, table="wides", key="id"):
    """The same with an amount of more digits than Arrow has, which it would hand on to be rounded."""

    id: int = column()
    wide: Decimal | None = column(precision=(39, 2))


def document(number: int) -> dict[str, Any]:
    """A plain record."""
    return {
        "id": number,
        "name": f'document {number} "é", with a comma; and\na line\r\n\\. \\N',
        "code": "ab",
        "amount": f"{number}.1234567890123456789",
        "price": "12345678.90",
        "day": "2024-02-29",
        "at": "2024-03-31T02:30:00.123456+02:00",
        "flag": number % 2 == 0,
        "customer": {"id": -(2**63), "url": "https://example.org"},
        "a": {"b": {"c": ""}},
        "tags": ["x", "", "NULL"],
        "line_set": {"lines": [{"net": {"amount": "-0.10"}, "qty": 2**63 - 1, "label": None}, {}]},
        "url": {"anything": [{"x": 1}]},
    }


# --- what the fast path takes, the exact path takes, with the same rows ---------------------------------------------


@pytest.fixture(scope="module")
def lab(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    name = f"paths_{os.getpid()}"
    yield Lab(postgres.create_database(name), tmp_path_factory.mktemp("paths"), Doc)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def both(lab: Lab) -> Callable[[bytes], bool]:
    """Stage a block twice; whether the fast path took it. Fails where the two differ."""
    ensure_source(lab.warehouse, lab.source)
    fast, exact = (Family(lab.resource.table, "lab", load_id) for load_id in ("fast", "exact"))
    lab.warehouse.create_stage([*fast.all_stages, *exact.all_stages])
    encoder = BlockEncoder(lab.resource.table)
    assert encoder.usable

    def compare(block: bytes) -> bool:
        try:
            batches = encoder.batches(block, 0, block.count(b"\n"))
        except (Refused, pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return False
        with lab.warehouse.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
            try:
                for name, batch in batches.items():
                    columns, data = lab.warehouse.prepare_block(fast.stages[name], batch)
                    lab.warehouse.stage_csv(connection, fast.stages[name], data, columns)
            except DataError:
                return False
            decoder = RecordDecoder(lab.resource.table)
            made: dict[str, list[Any]] = {t.name: [] for t in lab.resource.table.family()}
            for seq, line in enumerate(block.split(b"\n")[:-1]):
                try:
                    rows = decoder.rows(line, seq)
                except RowRejected as error:
                    pytest.fail(f"the fast path took what the exact path rejects: {error} in {line!r}")
                for name, row in rows:
                    made[name].append(row)
            # U+0000 may have been in what is not kept; kept, the rows would differ.
            assert not decoder.unknown
            for name, rows in made.items():
                lab.warehouse.stage_rows(connection, exact.stages[name], rows)
            for name in made:
                here, there = (
                    sa.select(sa.cast(f.stages[name].table_valued(), sa.Text)) for f in (fast, exact)
                )
                only = [
                    connection.execute(sa.except_all(a, b)).all() for a, b in ((here, there), (there, here))
                ]
                assert only == [[], []], f"{name}: only fast, only exact: {only}"
            connection.rollback()
        return True

    return compare


NUMBERS = ["0", "-0", "007", "1.10", "-1.5", "+1", ".5", "5.", "1e5", "1E-3", "1,234.50", "1_000", " 1", "1 ",
    "", "NaN",
           "Infinity", "0x10", "１２", "9" * 20, "9" * 21, "9" * 60, "0." + "1" * 20, "0." + "1" * 21, "123456789.00",
           "0.001", "1\n", 1, 1.5, 0.1, -0.0, Decimal("34.70000000000000284"), Decimal("1E+400")]  # fmt: skip
DATES = ["2024-02-29", "2023-02-29", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2024-1-1", "20240101",
         "2024-01-01T00:00:00Z", " 2024-01-01", "01/02/2024", "", "2024-W01-1", 20240101]  # fmt: skip
TIMES = ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.123456789Z", "2024-01-01 00:00:00Z",
         "2024-01-01T00:00Z", "2024-01-01T00Z", "2024-01-01T24:00:00Z", "2024-01-01T23:59:60Z", "2024-01-01T00:00:00",
         "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+01", "2024-01-01T00:00:00+23:59", "2024-01-01t00:00:00z",
         "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-12:00", "2024-01-01", "",
         "2024-01-01T00:00:00-00:00", "2024-02-30T00:00:00Z", 1704067200]  # fmt: skip
TEXTS = [
    "",
    "NULL",
    "\\N",
    "\\.",
    "a\n\\.\nb",
    '"',
    '""',
    "'",
    "\t",
    "\r",
    "\x7f",
    "é",
    "😀",
    "\u2028",
    "a" * 6,
    "\ufeff",
    " ",
]
WHOLE = [0, -1, 2**63 - 1, -(2**63), 2**63, 2**64, 1.0, 1.5, "1", True, 10**30]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    "",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    "\u0000",
    "x\u0000y",
    *TEXTS,
    *WHOLE,
]
PATHS: list[tuple[str, list[Any]]] = [
    ("id", WHOLE), ("name", TEXTS), ("name", ["y" * 255, "y" * 256]), ("code", ["12345", "123456", "éé", "😀😀😀😀😀"]),
    ("amount", NUMBERS), ("price", NUMBERS), ("day", DATES), ("at", TIMES), ("flag", ["true", 1, 0, None]),
    ("customer", ODD), ("customer.id", WHOLE), ("a", ODD), ("a.b", ODD), ("a.b.c", TEXTS), ("tags", [TEXTS,
    ["a", None]]),
    ("tags", ODD), ("line_set", ODD), ("line_set.lines", [[{}], [{}, None], [{"qty": 1}] * 3, [{"net": None}]]),
    ("line_set.lines", ODD), ("url", ODD), ("new_field", ODD), ("customer.new", ODD), ("", ODD),
]  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """A plain record with up to two of its values replaced, left out, or written twice."""
    record = document(draw(st.integers(0, 9)))
    for path, values in draw(st.lists(st.sampled_from(PATHS), max_size=2)):
        value = draw(st.sampled_from(values) | (st.text(max_size=8) if values is TEXTS else st.nothing()))
        put(record, path, value, drop=draw(st.integers(0, 9)) == 0)
    line = text(record)
    layout = draw(st.integers(0, 19))
    if layout == 0:
        line = b'{"id":5,' + line[1:]
    elif layout == 1:
        line = json.dumps(json.loads(line), ensure_ascii=True, separators=(", \r", " : ")).encode()
    return line


def put(record: dict[str, Any], path: str, value: Any, *, drop: bool = False) -> None:
    *above, last = path.split(".")
    for name in above:
        inner = record.get(name)
        record[name] = record = dict(inner) if isinstance(inner, dict) else {}
    record[last] = value
    if drop:
        del record[last]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(records(), min_size=1, max_size=3))
def test_the_paths_agree(both: Callable[[bytes], bool], lines: list[bytes]) -> None:
    both(b"".join(line + b"\n" for line in lines))


def test_the_paths_agree_on_every_single_oddity(both: Callable[[bytes], bool]) -> None:
    taken = 0
    for path, values in PATHS:
        for value in values:
            record = document(1)
            put(record, path, value)
            taken += both(text(record) + b"\n")
    assert taken > 60


def test_the_fast_path_takes_plain_records(both: Callable[[bytes], bool]) -> None:
    assert both(b"".join(text(document(i)) + b"\n" for i in range(2000)))
    assert both(text({"id": 1}) + b"\n")
    assert both(text(dict.fromkeys(document(1)) | {"id": 1}) + b"\n")


def test_what_arrow_has_not_is_left_to_the_exact_path() -> None:
    assert not BlockEncoder(spec(Free)).usable
    assert not BlockEncoder(spec(Wide)).usable


def test_a_block_gives_back_its_memory_without_the_garbage_collector() -> None:
    encoder = BlockEncoder(spec(Doc))
    block = b"".join(text(document(i)) + b"\n" for i in range(2000))
    gc.collect()
    gc.disable()  # it counts Python's objects, and a block of any size has few
    try:
        before = pa.total_allocated_bytes()
        assert encoder.batches(block, 0, 2000)
        assert pa.total_allocated_bytes() == before
    finally:
        gc.enable()


# --- a landing of many blocks, some with a bad record -----------------------------------------------------------------


def test_a_block_with_a_bad_record_loses_that_record_alone(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(database, tmp_path, Doc)
    made = [text(document(i)) for i in range(1000)]
    for number in (0, 17, 400, 401, 999):
        made[number] = text(document(number) | {"flag": "no"})
    made[500] = text(document(500) | {"added": 1})
    made[501] = json.dumps(document(501), separators=(",\r", ":")).encode()
    made.append(text(document(3) | {"name": "came later", "tags": []}))
    monkeypatch.setattr(load, "FAST_PATH_BYTES", 0)
    monkeypatch.setattr(load, "BLOCK_BYTES", 4096)
    fast = lab.load(made)
    assert (fast.fetched, fast.inserted, fast.quarantined, fast.deduplicated) == (1001, 995, 5, 1)
    assert lab.rows()[(3,)]["name"] == "came later"
    assert not [key for key in lab.rows("tags") if key[0] == 3]
    assert lab.rows()[(500,)]["_extra"] == {"added": 1}
    monkeypatch.undo()
    again = lab.load(made)
    assert (again.inserted, again.updated, again.deleted, again.unchanged) == (0, 0, 0, 995)
    assert all(not (f.inserted or f.updated or f.deleted) for f in again.tables.values())


# --- mutations by the thousand: published + quarantined = received ------------------------------------------------


def mutants(seed: int, count: int) -> list[bytes]:
    """Records of which most are broken in one to three places."""
    choose = random.Random(seed)
    made = []
    for number in range(count):
        record = {**document(number), "free": choose.choice([None, {"k": [1, 2]}, "text", 5])}
        for _ in range(choose.choice([0, 1, 1, 2, 3])):
            path, values = choose.choice([*PATHS, ("free", ODD)])
            if path != "id":
                put(record, path, choose.choice(choose.choice([values, ODD])), drop=choose.random() < 0.1)
        made.append(text(record))
    return made


BODIES = r"""
"name": "\ud800"
"name": "\udc00\ud800"
"free": "\ud800"
"free": {"\ud800": 1}
"new": "\udfff"
"new": {"\udfff": 1}
"\ud800": 1
"name": "\u0000"
"name": "\\u0000"
"free": "\u0000"
"free": "\\\\u0000"
"free": "\\\u0000"
"new\u0000": "\u0000"
"amount": NaN
"amount": 1e400
"free": 1e400
"new": -1e999
"free": 123456789012345678901234567890.000000001
"id": 1, "id": null
"name": "a", "name": 5
"name": 5, "name": "a"
"": 1
" ": 1
"a.b": 1
"😀 «ключ» 键": {"値": 1}
"Id": 5, "ID": 6, "NAME": "not the name"
"_extra": 1, "_seq": 2, "_deleted_at": 3
"Robert'); DROP TABLE docs;--": 1
"%s": "%(x)s", "name": ":x %s {} $1"
"free": [1, 2
"free": 01
"free": .5
"free": 1.
"free": [1,]
"free": tru
"free": "\x"
"new": "\q"
"name": "\u12"
"""
"""What follows the id in records that some loader has choked on."""


def monsters(first: int) -> list[bytes]:
    """Such records, each with an id of its own, and things that are no records."""
    long, deep = "x" * 2**20, {n: "[" * n + "]" * n for n in (200, 5000)}
    bodies = [
        *BODIES.strip().split("\n"),
        *(f'"{name}": "{long}"' for name in ("name", "deep", "free", "new", long)),
        f'"a": {{"b": {{"c": "{long}"}}}}',
        *(f'"{name}": {nested}' for name in ("free", "new", "url") for nested in deep.values()),
        '"new": ' + '{"a":' * 300 + "1" + "}" * 300,
        ", ".join(f'"column_{i}": {i}' for i in range(5000)),
        f'"{"k" * 64}a": 1, "{"k" * 64}b": 2',
        '"tags": ' + json.dumps(["t"] * 5000),
        '"free": "\x01"',
        '"name": "\x1f"',
        f'"at": "{"9" * 400}"',
    ]
    made = [f'{{"id": {first + i}, {body}}}'.encode() for i, body in enumerate(bodies)]
    made += [b"{}", b"[]", b"null", b"5", b'{"id": ', b"", b" ", b'{"id": 1}{"id": 2}', b"\xff\xfe"]
    return [
        *made,
        b'{"id": 777777, "name": "\xff"}',
        b'{"id": 777778, "free": "\xff"}',
        b'{"id": 777779, "new": "\xc3"}',
    ]


@pytest.mark.parametrize("seed", range(int(os.environ.get("LANDFALL_SEEDS", "2"))))
def test_published_and_quarantined_are_what_was_received(database: str, tmp_path: Path, seed: int) -> None:
    lab = Lab(database, tmp_path, Free, most_rejected=1.0)
    made = [*mutants(seed, 2500), *monsters(100_000)]
    random.Random(seed).shuffle(made)
    result = lab.load(made, scope=Scope.NOTHING)
    assert result.fetched == len(made)
    assert result.inserted > 500
    assert result.quarantined > 500
    quarantined = lab.query("SELECT count(*), count(child_table) FROM landfall.quarantine")
    odd = sum(figures.quarantined for name, figures in result.tables.items() if name != "frees")
    assert quarantined == [(result.quarantined + odd, odd)]
    assert odd > 20
    assert result.inserted + result.quarantined + result.deduplicated == len(made)
    rows = lab.rows()
    assert len(rows) == result.inserted
    sent = dict(_readable(made))
    checked = rows.keys() & {(key,) for key in sent}
    assert len(checked) > 500
    for key in checked:
        wanted = expected(lab.resource.table, [sent[key[0]]])["frees"][key]
        wrong = {c: (rows[key][c], v) for c, v in wanted.items() if c != "free" and rows[key][c] != v}
        assert not wrong, key


def _readable(lines: list[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Records by id as Python's own JSON parser reads them,
    with what it and its calendar read otherwise put right."""
    for line in lines:
        try:
            record = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict) and isinstance(record.get("id"), int) and record["id"] < 700_000:
            if isinstance(at := record.get("at"), str):
                record["at"] = at.upper().replace("-00:00", "+00:00").replace(".123456789Z", ".123457Z")
            yield record["id"], _without_nul(record)


def _without_nul(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nul(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nul(v) for v in value]
    return value.replace("\0", "") if isinstance(value, str) else value


# --- what staging costs before its first row ------------------------------------------------------------------------


def _modules_after(database: str, folder: Path, size: int, threshold: int) -> set[str]:
    program = f"""
import sys
from pathlib import Path
import msgspec
from landfall import pipeline
from landfall.landing import LandingWriter
from landfall.pipeline import Pipeline
from landfall.reads import Mode, Outcome
from landfall.records import Record, column
from landfall.resources import Replace, Resource, Source
from landfall.stage import load
from landfall.warehouse import connect
from landfall.scope import Scope
from landfall.wire.pages import Page

load.FAST_PATH_BYTES = {threshold}

class Doc(Record, table="docs", key="id"):
    "Docs."
    id: int
    name: str | None

warehouse = connect({database!r})
pipeline.ensure_ledger(warehouse)
resource = Resource("docs", Doc, read=None, write=Replace())
one = Pipeline(Source("lab", "Lab", "", (resource,)), resource, warehouse, {str(folder)!r}, Path, "run")

def read(request, landing):
    landing.page(Page([msgspec.Raw(b'{{"id":%d,"name":"x"}}' % i) for i in range({size})], {{}}, 1, "GET"))
    return Outcome(Mode.FULL, Scope.EVERYTHING)

extraction = one.extract(one.request(None, Mode.FULL), read)
staged = one.load(extraction)
one.check(extraction, staged)
assert one.publish(extraction, staged).inserted == {size}
print("|".join(sys.modules))
"""
    paths = os.pathsep.join(str(p) for p in (Path(load.__file__).parents[2], Path(__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    return {name.partition(".")[0] for name in done.stdout.strip().split("|")}


def test_a_small_load_imports_neither_arrow_nor_airflow(database: str, tmp_path: Path) -> None:
    found = _modules_after(database, tmp_path, 10, 2**40)
    assert found & {"pyarrow", "pandas", "numpy", "airflow"} == set()
    assert "psycopg" in found


def test_the_fast_path_does_not_import_pandas(database: str, tmp_path: Path) -> None:
    found = _modules_after(database, tmp_path, 5000, 0)
    assert "pyarrow" in found
    assert found & {"pandas", "airflow"} == set()
