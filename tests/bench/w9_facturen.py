"""W9: a table of 100,000 invoices loaded and merged, on PostgreSQL and, where there is one, on SQL Server.

    python -m tests.bench.w9_facturen ours URL LANDING_ROOT | rows URL LANDING_ROOT
    python -m tests.bench.w9_facturen to_sql URL FILE | to_sql_typed URL FILE

Beside it what users have today: `pandas.to_sql` into a staging table, with the types that it chooses or with declared
ones, and statements that merge it into the table. LANDFALL_TEST_MSSQL names the SQL Server, with a login that may
create databases; pandas goes there through pyodbc with fast_executemany and Microsoft's ODBC driver (the one that
mssql-python brings along), for which the system needs unixODBC.

`per_second` counts from the first row in memory to the merged table, without reading JSON: `rows` for ours, the frame
for pandas. `ours` is the whole of it, from the landing, with every check.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sandbox.postgres import PostgresServer
from tests.bench.measure import HOME, Sample, environment, ours, peak_rss_mb, run

LOAD_ID = "20260101T000000_000000"
PAGE = 1000


def landed(root: Path, file: Path, count: int) -> None:
    """Invent `count` invoices, as a plain file and as a landing; what is there already is used again."""
    from landfall.landing import LandingWriter
    from landfall.wire.pages import Page

    folder = root / "tree11" / "Facturen" / LOAD_ID
    if (folder / "manifest.json").exists() and file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        file.open("wb") as plain,
        LandingWriter(folder, source="tree11", resource="Facturen", load_id=LOAD_ID) as writer,
    ):
        for first in range(0, count, PAGE):
            raw = [json.dumps(_invoice(n)).encode() for n in range(first, min(first + PAGE, count))]
            plain.writelines(line + b"\n" for line in raw)
            writer.page(Page(raw, {}, 1, "GET /invoices"))  # type: ignore[arg-type]
        writer.commit(complete=True)


def _invoice(number: int) -> dict[str, Any]:
    day = f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return {
        "id": f"77777777-7777-4777-8777-{number:012}",
        "number": 20250000 + number,
        "status": ("PAID", "PENDING", "CANCELLED")[number % 3],
        "businessUser": {
            "id": f"33333333-3333-4333-8333-{number % 6000:012}",
            "fullName": f"Lid é {number % 6000}",
        },
        "totalAmount": number % 90_000 / 100,
        "currency": "EUR",
        "dueDate": day,
        "ledgerGroupId": None,
        "createdAt": f"{day}T02:00:11.{number % 1_000_000:06}Z",
    }


def load(url: str, root: str) -> None:
    """Stage, check and publish the landing."""
    from landfall import pipeline
    from landfall.landing import Landing
    from landfall.pipeline import Extraction, Pipeline
    from landfall.sources import source
    from landfall.warehouse import connect

    declared, warehouse = source("tree11"), connect(url)
    one = Pipeline(declared, declared.resource("Facturen"), warehouse, root, Path, "bench")
    pipeline.ensure_ledger(warehouse)
    landing = f"{root}/tree11/Facturen/{LOAD_ID}"
    extraction = Extraction(
        source="tree11",
        resource="Facturen",
        load_id=LOAD_ID,
        run_id="bench",
        landing=landing,
        mode="full",
        scope="everything",
        version=0,
        fetched=Landing(Path(landing)).manifest.records,
        deletes=0,
    )
    staged = one.load(extraction)
    one.check(extraction, staged)
    one.publish(extraction, staged)
    one.clean_up([LOAD_ID])


def rows(url: str, root: str) -> float:
    """Bulk load and merge rows that are in memory. :returns: seconds."""
    from landfall.landing import Landing
    from landfall.pipeline import ensure_ledger, ensure_source
    from landfall.sources import source
    from landfall.stage.rows import RecordDecoder
    from landfall.warehouse import connect
    from landfall.warehouse.removal import Family
    from landfall.warehouse.tables import count_rows

    declared, warehouse = source("tree11"), connect(url)
    resource = declared.resource("Facturen")
    assert resource.reshape
    decoder, family = RecordDecoder(resource.table), Family(resource.table, declared.name, LOAD_ID)
    lines = resource.reshape(Landing(Path(f"{root}/tree11/Facturen/{LOAD_ID}")).lines())
    made = [decoder.rows(line, number)[0][1] for number, line in enumerate(lines)]
    ensure_ledger(warehouse)
    ensure_source(warehouse, declared, resource)
    stage, target = family.stages["Facturen"], family.targets["Facturen"]
    began = time.perf_counter()
    warehouse.create_stage([stage])
    with warehouse.begin() as connection:
        warehouse.prepare_adoption(connection, family.pairs)
        warehouse.stage_rows(connection, stage, made)
        warehouse.analyze(connection, stage)
    with warehouse.begin() as connection:
        warehouse.lock(connection, "tree11.Facturen")
        if not warehouse.adopt(connection, family.pairs):
            warehouse.merge(connection, target, stage, resource.table.key, None, len(made))
    took = time.perf_counter() - began
    with warehouse.begin() as connection:
        assert count_rows(connection, target) == len(made)
    return took


def to_sql(url: str, file: str, *, typed: bool = False) -> float:
    """pandas into a staging table, then one statement into the table. :returns: seconds, of these two.

    :param typed: declare the staging table's types; pandas makes all texts as long as can be.
    """
    import pandas as pd

    engine = _users_engine(sa.make_url(url))
    with open(file, "rb") as lines:
        frame = pd.json_normalize([json.loads(line) for line in lines])
    frame.columns = [name.replace(".", "_") for name in frame.columns]
    for name in ("dueDate", "createdAt"):
        frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(None)
    kinds: dict[str, Any] = {name: sa.Unicode(255) for name in frame.columns}
    kinds |= {
        "number": sa.BigInteger(),
        "totalAmount": sa.Numeric(10, 2),
        "dueDate": sa.Date(),
        "createdAt": sa.DateTime(),
    }
    began = time.perf_counter()
    frame.to_sql("facturen_stage", engine, if_exists="replace", index=False, dtype=kinds if typed else None)
    stage = sa.Table("facturen_stage", sa.MetaData(), *(sa.Column(n, kinds[n]) for n in frame.columns))
    target = sa.Table(
        "facturen", sa.MetaData(), *(sa.Column(c.name, c.type, primary_key=c.name == "id") for c in stage.c)
    )
    target.create(engine)
    indexes = [sa.Index(f"ix_{name}", target.c[name]) for name in ("businessUser_id", "status", "createdAt")]
    with engine.begin() as connection:
        same = stage.c.id == target.c.id
        staged = {c.name: sa.cast(stage.c[c.name], c.type) for c in target.c}
        changes = {name: value for name, value in staged.items() if name != "id"}
        connection.execute(sa.update(target).where(same).values(changes))
        new = sa.select(*staged.values()).where(~sa.exists().where(same).correlate(stage))
        connection.execute(sa.insert(target).from_select(list(staged), new))
        for index in indexes:  # as our table has them
            index.create(connection)
    return time.perf_counter() - began


def to_sql_typed(url: str, file: str) -> float:
    """`to_sql` with declared types."""
    return to_sql(url, file, typed=True)


def _users_engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "mssql":
        return sa.create_engine(url.set(drivername="postgresql+psycopg"))
    from mssql_python_odbc import get_libs_dir

    driver = next(Path(get_libs_dir()).rglob("debian_ubuntu/*/lib/libmsodbcsql*"))
    url = url.set(drivername="mssql+pyodbc").update_query_dict({"driver": str(driver)})
    return sa.create_engine(url, fast_executemany=True)


@contextlib.contextmanager
def _sql_server() -> Iterator[Callable[[], contextlib.AbstractContextManager[str]] | None]:
    """What makes a fresh database on the server for each contestant; None where there is no server."""
    given = os.environ.get("LANDFALL_TEST_MSSQL")
    if not given:
        yield None
        return
    url = sa.make_url(given).set(drivername="mssql+mssqlpython")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    @contextlib.contextmanager
    def fresh() -> Iterator[str]:
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS landfall_bench")
            connection.exec_driver_sql("CREATE DATABASE landfall_bench")
        yield url.set(database="landfall_bench").render_as_string(hide_password=False)

    yield fresh


def measure(
    postgres: PostgresServer, count: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Each contestant as a process of its own, in turns, on each engine."""
    from tests.bench import database

    root, file = HOME / f"facturen_{count}", HOME / f"facturen_{count}.ndjson"
    tell(f"W9: inventing {count:,} invoices")
    landed(root, file, count)
    with _sql_server() as sql_server:
        if sql_server is None:
            tell("W9: no SQL Server; LANDFALL_TEST_MSSQL would name one")
        for number in range(1, rounds + 1):
            tell(f"W9: round {number}")
            for name, arguments in (
                ("bulk load and merge", ["rows", root]),
                ("pandas.to_sql and merge", ["to_sql", file]),
                ("pandas.to_sql with declared types and merge", ["to_sql_typed", file]),
                ("landing to published", ["ours", root]),
            ):
                with database.fresh(postgres, "bench_facturen") as dsn:
                    yield "W9", f"{name}, PostgreSQL", _rated(arguments, dsn, count)
                if sql_server:
                    with sql_server() as url:
                        yield "W9", f"{name}, SQL Server", _rated(arguments, url, count)


def _rated(arguments: list[Any], url: str, count: int) -> Sample:
    what, place = arguments
    sample = run(ours("w9_facturen", what, url, place), env=environment())
    sample.facts["per_second"] = round(count / sample.facts.pop("took"))
    return sample


def main() -> None:
    """Run one contestant."""
    what, *rest = sys.argv[1:]
    began = time.perf_counter()
    contestants: dict[str, Any] = {
        "ours": load,
        "rows": rows,
        "to_sql": to_sql,
        "to_sql_typed": to_sql_typed,
    }
    took = contestants[what](*rest)
    inner = round(time.perf_counter() - began, 2)
    print(json.dumps({"rss_mb": peak_rss_mb(), "inner": inner, "took": took or inner}))


if __name__ == "__main__":
    main()
