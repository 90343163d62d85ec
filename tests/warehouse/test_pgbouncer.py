"""Behind Debian's pgbouncer: a load in transaction pooling, where each transaction may be another session's."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from landfall import setup
from landfall.errors import LandfallError, Misconfigured, RateLimited, WarehouseRefused, WarehouseUnavailable
from landfall.resources import Replace
from landfall.sources import source
from landfall.stage import load as stage_load
from landfall.warehouse import Warehouse
from landfall.wire.budget import Budget
from sandbox.postgres import PostgresServer
from sandbox.postgres_host import identity, server_account
from tests.driver import Lab, open_warehouse
from tests.warehouse.test_session import RECORDS, TRUE, Odd

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
SESSIONS = 3
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs pgbouncer (Debian: apt-get install pgbouncer)")


class Pooler:
    """A pgbouncer in front of the tests' server, for one pool mode."""

    def __init__(self, server: PostgresServer, folder: Path, mode: str, *settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        at = sa.make_url(server.url_of("postgres"))
        users = folder / "users.txt"
        users.write_text(f'"{at.username}" "{at.password}"\n')
        config = folder / "pgbouncer.ini"
        lines = [
            "[databases]",
            f"* = host=127.0.0.1 port={at.port}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {self.port}",
            "unix_socket_dir =",
            "auth_type = plain",
            f"auth_file = {users}",
            f"pool_mode = {mode}",
            f"default_pool_size = {SESSIONS + 2}",
            "server_round_robin = 1",
            *settings,
        ]
        config.write_text("\n".join(lines) + "\n")
        for path in (folder, users, config):
            path.chmod(0o755)  # it refuses to run as root, and runs as PostgreSQL's account then
        self._process = subprocess.Popen(
            [str(PROGRAM), "-q", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **identity(server_account()),
        )  # fmt: skip
        self._answers()

    def _answers(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("pgbouncer did not start")

    def url(self, database: str) -> str:
        """The same database, by way of the pooler."""
        return sa.make_url(database).set(port=self.port).render_as_string(hide_password=False)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture
def pooler(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[Pooler]:
    if postgres.url_of("postgres").find("127.0.0.1") < 0:
        pytest.skip("needs the tests' own server")
    with tempfile.TemporaryDirectory(prefix="landfall-pooler-") as folder:
        made = Pooler(postgres, Path(folder), *getattr(request, "param", ("transaction",)))
        yield made
        made.close()


def plain(url: str) -> str:
    """The address as others than SQLAlchemy take it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def spoil(url: str) -> set[int]:
    """Leave every session of the pool with settings of another client, as transaction pooling does.

    :returns: the sessions' processes.
    """
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(psycopg.connect(plain(url), prepare_threshold=None)) for _ in range(SESSIONS)
        ]
        for client in clients:  # all in transactions at once, so that each has a session of its own
            client.execute("SET DateStyle TO German")
            client.execute("SET IntervalStyle TO sql_standard")
            client.execute("SET search_path TO nowhere")
            client.execute("SET TimeZone TO 'Pacific/Kiritimati'")
            client.execute("SET extra_float_digits TO -15")
            client.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            client.execute("SET default_transaction_isolation TO serializable")
        pids = {client.execute("SELECT pg_backend_pid()").fetchone()[0] for client in clients}  # type: ignore[index]
        for client in clients:
            client.commit()
    return pids


def sessions(warehouse: Warehouse, times: int = 12) -> set[int]:
    found = set()
    for _ in range(times):
        with warehouse.begin() as connection:
            found.add(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    return found


@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["fast path", "exact path"])
def test_a_load_behind_transaction_pooling_is_true(
    pooler: Pooler, database: str, least_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_load, "FAST_PATH_BYTES", least_bytes)
    url = pooler.url(database)
    spoiled = spoil(url)
    lab = Lab(url, tmp_path, Odd, write=Replace())
    assert len(sessions(lab.warehouse) & spoiled) > 1, "one transaction after another is another session's"
    for _ in range(4):
        lab.load(RECORDS)
        (row,) = lab.query(f"SELECT {', '.join(TRUE)} FROM lab.odd WHERE id = 7")
        assert dict(zip(TRUE, row, strict=True)) == TRUE
    assert lab.load([*RECORDS[:30], {**RECORDS[30], "text": None}, *RECORDS[31:]]).updated == 1


def test_a_source_is_set_up_behind_transaction_pooling(pooler: Pooler, database: str) -> None:
    warehouse = open_warehouse(pooler.url(database))
    spoil(pooler.url(database))
    for _ in range(3):
        setup.set_up(warehouse, source("fullbay"))


def test_a_request_budget_behind_transaction_pooling_is_kept(pooler: Pooler, database: str) -> None:
    """Its log has moments without a zone, which mean another moment in each zone that a session is set to."""
    url = plain(pooler.url(database))
    spoil(url)
    with contextlib.ExitStack() as stack:
        one, other = (
            stack.enter_context(contextlib.closing(Budget("one", requests=9, period=100.0, store=url)))
            for _ in range(2)
        )
        for budget in (one, other, one) * 3:
            budget.acquire(0)
        for budget in (one, other, one):
            with pytest.raises(RateLimited) as refused:
                budget.acquire(0)
            assert 0 < refused.value.retry_after < 103
        other.freeze(1000)
        with pytest.raises(RateLimited) as refused:
            one.acquire(0)
        assert 900 < refused.value.retry_after <= 1000.1


@pytest.mark.parametrize("pooler", [("statement",)], indirect=True)
def test_statement_pooling_is_refused_by_name(pooler: Pooler, database: str) -> None:
    with pytest.raises(WarehouseRefused, match="statement pooling") as raised:
        setup.prove(open_warehouse(pooler.url(database)), source("fullbay"))
    assert "pool_mode" in raised.value.todo


def failed(url: str, **query: Any) -> LandfallError:
    with pytest.raises(LandfallError) as raised:
        setup.prove(open_warehouse(sa.make_url(url).update_query_dict(query)), source("fullbay"))  # type: ignore[arg-type]
    return raised.value


def test_options_that_a_pooler_does_not_know_are_told(pooler: Pooler, database: str) -> None:
    error = failed(pooler.url(database), options="-c geqo=off")
    assert isinstance(error, WarehouseRefused)
    assert "a pooler may know no `options`" in error.todo


@pytest.mark.parametrize("pooler", [("transaction", "ignore_startup_parameters = options")], indirect=True)
def test_options_that_a_pooler_drops_are_refused_by_name(pooler: Pooler, database: str) -> None:
    error = failed(pooler.url(database), options="-c geqo=off")
    assert isinstance(error, Misconfigured)
    assert "the extra's options do not reach the server: geqo" in error.message


def test_a_pooler_whose_server_is_gone_is_tried_again(pooler: Pooler, database: str) -> None:
    url = pooler.url(database)
    missing = failed(sa.make_url(url).set(database="nowhere").render_as_string(hide_password=False))
    assert isinstance(missing, WarehouseRefused), missing
    wrong = failed(sa.make_url(url).set(password="wrong").render_as_string(hide_password=False))
    assert isinstance(wrong, WarehouseRefused), wrong
    pooler.close()
    assert isinstance(failed(url), WarehouseUnavailable)
