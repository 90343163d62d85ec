"""`python -m sandbox.demo`: simulated vendors into a real warehouse with Airflow's own runner, in a minute or two.

For each source: a full load, some changes at the vendor, an incremental run, and a run that finds nothing to do. In the
end one of them goes into a lakehouse in a folder too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.live import Live
from rich.table import Table

from sandbox import Sandbox, lake, vendor_class
from sandbox.environment import (
    STATE,
    airflow_environment,
    clean_environment,
    connections,
    simulated,
    vendors_of,
)
from sandbox.postgres import EmbeddedPostgres
from sandbox.postgres_host import PostgresUnavailable
from sandbox.vendor import Vendor

CHANGES = 40
DATABASE = "warehouse"


class DemoFailed(RuntimeError):
    """A run of the demo did not succeed; the message says where to look."""


@dataclass
class Runner:
    """The process that runs DAGs, and the file that has Airflow's own words."""

    process: subprocess.Popen[str]
    log: Path

    def start(self, dag: str, variables: dict[str, str] | None = None, **conf: Any) -> None:
        """Begin a run; `finish` waits for it.

        :param variables: of the environment, set from this run on.
        """
        assert self.process.stdin
        asked = {"dag": dag, "conf": conf, "variables": variables or {}}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answers_within(self, seconds: float) -> bool:
        """Whether the run is finished, waiting up to `seconds` for it."""
        assert self.process.stdout
        return bool(select.select([self.process.stdout.fileno()], [], [], seconds)[0])

    def finish(self) -> dict[str, Any]:
        """Wait for the run. :raises DemoFailed: the process ended instead."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise DemoFailed(f"The runner ended. See {self.log}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def runner(environment: dict[str, str], log: Path) -> Iterator[Runner]:
    """Prepare Airflow's database and start the runner; it ends with the block."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        migrate = [sys.executable, "-m", "airflow", "db", "migrate"]
        if subprocess.run(migrate, env=environment, stdout=output, stderr=output).returncode:
            raise DemoFailed(f"Airflow's database could not be made. See {log}")
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.dag_runner"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches this program first
        )
        try:
            yield Runner(process, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Warehouse:
    """What a person would ask the warehouse, asked for them."""

    def __init__(self, dsn: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(
            dsn, autocommit=True, row_factory=namedtuple_row
        )

    def loads(self, source: str, since: str) -> list[Any]:
        """The loads of a source after load id `since`, in the order of their publishing, with their table's state."""
        if not self._has("landfall.sync_state"):
            return []
        query = """
            SELECT s.table_name, s.row_count, s.watermark, s.sync_type, l.inserted, l.updated, l.deleted,
                   l.unchanged, l.quarantined
            FROM landfall.loads l JOIN landfall.sync_state s USING (load_id)
            WHERE l.source = %s AND load_id > %s ORDER BY l.published_at"""
        return self._connection.execute(query, (source, since)).fetchall()

    def last_load(self, source: str) -> str:
        """The newest load id of a source; empty where there is none."""
        if not self._has("landfall.loads"):
            return ""
        query = "SELECT coalesce(max(load_id), '') AS load_id FROM landfall.loads WHERE source = %s"
        found = self._connection.execute(query, (source,)).fetchone()
        return str(found.load_id) if found else ""

    def rows(self, query: str) -> list[Any]:
        """The rows of any query."""
        return self._connection.execute(query.encode()).fetchall()

    def checks(self, source: str, since: int) -> tuple[dict[str, int], list[Any], int]:
        """Check results with an id above `since`: how many of each status, those not passed, the last id."""
        if not self._has("landfall.quality_log"):
            return {}, [], 0
        query = "SELECT * FROM landfall.quality_log WHERE source = %s AND id > %s ORDER BY id"
        rows = self._connection.execute(query, (source, since)).fetchall()
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.status] = counts.get(row.status, 0) + 1
        return counts, [r for r in rows if r.status != "PASS"], rows[-1].id if rows else since

    def _has(self, table: str) -> bool:
        found = self._connection.execute("SELECT to_regclass(%s) AS name", (table,)).fetchone()
        return found is not None and found.name is not None


def one_run(
    console: Console, run: Runner, warehouse: Warehouse, source: str, title: str, **conf: Any
) -> None:
    """Run a DAG and show each table as it is published.

    :raises DemoFailed: the run did not succeed.
    """
    before = warehouse.last_load(source)
    _, _, last_check = warehouse.checks(source, 0)
    run.start(source, **conf)
    with Live(console=console, refresh_per_second=4) as live:
        while not run.answers_within(0.25):
            live.update(_table(title, warehouse.loads(source, before), running=True))
        answer = run.finish()
        live.update(_table(title, warehouse.loads(source, before), running=False))
    if not console.is_terminal:
        console.print()
    counts, broken, _ = warehouse.checks(source, last_check)
    told = ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "none were due"
    console.print(f"  checks: {told}   time: {answer['seconds']} s   state: {answer['state']}")
    for row in broken:
        console.print(f"  {row.status} {row.table_name}: {row.check_name}: {row.details}")
    if answer["state"] != "success":
        raise DemoFailed(f"The run failed. Airflow's own words: {run.log}")


def _table(title: str, loads: list[Any], *, running: bool) -> Table:
    shown = Table(title=f"{title}{' …' if running else ''}", title_justify="left", title_style="bold")
    shown.add_column("table")
    for name in ("rows", "inserted", "updated", "deleted", "unchanged", "quarantined"):
        shown.add_column(name, justify="right")
    shown.add_column("read")
    shown.add_column("watermark")
    for row in loads:
        figures = (row.row_count, row.inserted, row.updated, row.deleted, row.unchanged, row.quarantined)
        shown.add_row(row.table_name, *(f"{n:,}" for n in figures), row.sync_type, (row.watermark or "")[:19])
    if not loads and not running:
        shown.add_row("nothing to do", *[""] * 8)
    return shown


def _rows(title: str, rows: list[Any]) -> Table:
    shown = Table(title=title, title_justify="left", title_style="bold")
    for name, value in zip(rows[0]._fields, rows[0], strict=True) if rows else ():
        shown.add_column(name, justify="left" if isinstance(value, str) else "right")
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    return shown


def show_source(
    console: Console, run: Runner, warehouse: Warehouse, source: str, vendors: Sequence[Vendor]
) -> None:
    """The story of one source."""
    one_run(console, run, warehouse, source, f"{source}: full load", mode="full")
    for heading, query in (highlight for vendor in vendors for highlight in vendor.highlights):
        console.print(_rows(heading, warehouse.rows(query)))
    made: Counter[str] = Counter()
    for vendor in vendors:
        made.update(vendor.changes(CHANGES))
        vendor.clock.advance(2 * 3600)
    console.print(
        f"\nAt the vendor, in two hours: {', '.join(f'{n} × {what}' for what, n in sorted(made.items()))}\n"
    )
    tables = [table for vendor in vendors for table in vendor.changing] or None
    again = {"mode": "incremental", "tables": tables}
    one_run(console, run, warehouse, source, f"{source}: what changed", **again)
    for vendor in vendors:
        vendor.clock.advance(2 * 3600)
    console.print("\nTwo hours later, nothing has changed.\n")
    one_run(console, run, warehouse, source, f"{source}: nothing changed", **again)
    console.print()


def demo(console: Console, state: Path, sources: Sequence[str], *, keep: bool) -> None:
    """Start everything, tell the story of each source, say how to look at the data, stop everything."""
    console.print("Starting PostgreSQL and the simulated vendors …")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(state / "postgres"))
        url = server.create_database(DATABASE)
        names = [vendor for source in sources for vendor in vendors_of(source)]
        vendors = {name: (kind := vendor_class(name))(**kind.demo) for name in names}
        boxes = {name: stack.enter_context(Sandbox(vendor)) for name, vendor in vendors.items()}
        environment = {
            **clean_environment(),
            **airflow_environment(state),
            **connections(url, {name: box.api_url for name, box in boxes.items()}),
        }
        console.print("Preparing Airflow (the first time takes half a minute) …\n")
        run = stack.enter_context(runner(environment, state / "logs" / "demo.log"))
        warehouse = Warehouse(server.dsn_of(DATABASE))
        for source in sources:
            show_source(console, run, warehouse, source, [vendors[name] for name in vendors_of(source)])
        if shown := next((source for source in lake.SHOWN if source in sources), None):
            show_lakehouse(console, run, warehouse, shown, state / "lakehouse", url)
        _how_to_connect(console, server, sources)
        if keep:
            console.print("\nThe warehouse is up until you press Enter or Ctrl-C.")
            with contextlib.suppress(EOFError):
                input()


def show_lakehouse(
    console: Console, run: Runner, warehouse: Warehouse, name: str, folder: Path, url: sa.URL | str
) -> None:
    """The same DAG with another connection: into Delta tables in a folder, compared with PostgreSQL's.

    :raises DemoFailed: a run did not succeed, or a row differs.
    """
    if nightly := lake.nightly(name):
        title = f"{name}: what else changed, which is read at night"
        one_run(console, run, warehouse, name, title, mode="full", tables=nightly)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    console.print(
        f"\n{name} into a lakehouse, which is a folder here: only the warehouse's connection is another.\n"
    )
    run.start(name, lake.given(folder, name), mode="full")
    answer = run.finish()
    if answer["state"] != "success":
        raise DemoFailed(f"The run failed. Airflow's own words: {run.log}")
    compared = lake.compared(url, folder, name)
    shown = Table(title=f"{name}: the lakehouse beside PostgreSQL", title_justify="left", title_style="bold")
    shown.add_column("table")
    for heading in ("rows", "different"):
        shown.add_column(heading, justify="right")
    for row in compared:
        shown.add_row(row.table, f"{row.rows:,}", f"{row.different:,}")
    console.print(shown)
    views, time = lake.views_there(folder, name), f"time: {answer['seconds']} s"
    console.print(f"  views that are tables there: {views}   {time}   state: {answer['state']}\n")
    if unequal := [row.table for row in compared if row.different]:
        raise DemoFailed(f"The lakehouse holds other rows than PostgreSQL in {', '.join(unequal)}.")
    console.print("[bold]Open the lakehouse[/bold] (it stays until the next demo)")
    for program, how in lake.how_to_open(folder, name):
        console.print(f"  {program:<10} {how}", highlight=False, soft_wrap=True)
    console.print()


def _how_to_connect(console: Console, server: EmbeddedPostgres, sources: Sequence[str]) -> None:
    console.print("[bold]Look at the data[/bold] (while the demo runs; `make up` has a warehouse that stays)")
    console.print(f"  psql       psql '{server.dsn_of(DATABASE)}'", highlight=False, soft_wrap=True)
    console.print(
        f"  Power BI   Get data → PostgreSQL: server 127.0.0.1:{server.port}, database {DATABASE}, "
        f"user postgres, password {server.password}",
        highlight=False,
        soft_wrap=True,
    )
    for name in sources:
        console.print(
            f"  how far    SELECT * FROM {name}.sync_state ORDER BY updated_at DESC;",  # noqa: S608 - for the reader
            highlight=False,
            soft_wrap=True,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run the demo; 0 when every run succeeded."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__.splitlines()[0])
    parser.add_argument(
        "sources", nargs="*", choices=[*simulated(), []], help="default: all that are simulated"
    )
    parser.add_argument("--state", type=Path, default=STATE / "demo", help="directory for all state")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 132)
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.default_int_handler)
    try:
        demo(console, options.state, options.sources or simulated(), keep=sys.stdin.isatty())
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 130
    except (DemoFailed, PostgresUnavailable) as error:
        console.print(f"\n[red]{error}[/red]")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
