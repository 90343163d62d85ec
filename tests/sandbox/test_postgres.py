"""The embedded server for real: it starts, keeps its data, refuses strangers and never outlives its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from sandbox.postgres import EmbeddedPostgres, PostgresServer
from sandbox.postgres_host import PostgresUnavailable

OWNER = """
import sys, time
from sandbox.postgres import EmbeddedPostgres
with EmbeddedPostgres(sys.argv[1], durable=False) as server:
    print(server.dsn, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        yield Path(scratch) / "pg"
        # A server whose owner was killed refuses connections before it has written its last file.
        deadline = time.monotonic() + 30
        while (Path(scratch) / "pg" / "cluster" / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)


@pytest.fixture
def owner(directory: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Start another process that runs a server in `directory`; returns it and the server's address."""
    started: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        started.append(process)
        assert process.stdout
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def answers(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def ends(dsn: str) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not answers(dsn):
            return True
        time.sleep(0.05)
    return False


def test_data_and_password_outlive_a_restart(directory: Path) -> None:
    with EmbeddedPostgres(directory, durable=False) as server:
        password = server.password
        url = server.create_database("warehouse")
        with create_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE t AS SELECT 42 AS answer"))
    with EmbeddedPostgres(directory, durable=False) as server:
        assert server.password == password
        with create_engine(server.url_of("warehouse")).connect() as connection:
            assert connection.execute(text("SELECT answer FROM t")).scalar_one() == 42
    assert not answers(server.dsn)


def test_the_first_start_is_quick(directory: Path) -> None:
    began = time.monotonic()
    with EmbeddedPostgres(directory):
        assert time.monotonic() - began < 10  # 0.5 s on an idle machine; a test machine may be busy


def test_only_the_password_opens_it(postgres: PostgresServer) -> None:
    wrong = make_url(postgres.url).set(drivername="postgresql", password="guessed")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(wrong.render_as_string(hide_password=False))


def test_it_listens_on_this_machine_only_and_is_durable_unless_told(directory: Path) -> None:
    with EmbeddedPostgres(directory) as server, psycopg.connect(server.dsn) as connection:
        settings = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories'),"
            " current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
    assert settings == ("127.0.0.1", "", "on", "on")


def test_text_is_utf8_and_case_works_beyond_ascii(database: str) -> None:
    with create_engine(database).connect() as connection:
        answer = connection.execute(text("SELECT lower('ÉLAN'), current_setting('server_encoding')")).one()
    assert answer == ("élan", "UTF8")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_server_ends_with_its_owner(
    owner: Callable[[], tuple[subprocess.Popen[str], str]], sign: signal.Signals
) -> None:
    process, dsn = owner()
    assert answers(dsn)
    process.send_signal(sign)
    process.wait(10)
    assert ends(dsn)


def test_a_second_owner_is_refused_by_name(
    owner: Callable[[], tuple[subprocess.Popen[str], str]], directory: Path
) -> None:
    process, dsn = owner()
    with pytest.raises(PostgresUnavailable, match=f"in use by process {process.pid}"):
        EmbeddedPostgres(directory).start()
    assert answers(dsn)


def test_a_server_left_behind_is_replaced(
    owner: Callable[[], tuple[subprocess.Popen[str], str]], directory: Path
) -> None:
    process, stale = owner()
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    for child in children.stdout.split():
        os.kill(int(child), signal.SIGKILL)  # the watchdog: now nothing ends the server
    process.kill()
    process.wait(10)
    assert answers(stale)
    with EmbeddedPostgres(directory, durable=False) as server:
        assert answers(server.dsn)
        assert not answers(stale)


def test_a_taken_port_is_named(directory: Path, postgres: PostgresServer) -> None:
    taken = make_url(postgres.url).port
    with pytest.raises(PostgresUnavailable, match=f"did not start on port {taken}"):
        EmbeddedPostgres(directory, port=taken, durable=False).start()


def test_a_directory_its_account_cannot_enter_works_too(directory: Path) -> None:
    directory.parent.chmod(0o700)
    with EmbeddedPostgres(directory / "deep", durable=False) as server:
        assert answers(server.dsn)
        real = server.directory.resolve()
    if real != (directory / "deep").absolute():  # as root only: the data are elsewhere, tidy them up
        subprocess.run(["rm", "-rf", str(real)], check=True)


def test_databases_are_apart_and_dropping_ends_connections(postgres: PostgresServer) -> None:
    first, second = postgres.create_database("apart_1"), postgres.create_database("apart_2")
    with create_engine(first).begin() as connection:
        connection.execute(text("CREATE TABLE t (id int)"))
    copy = postgres.create_database("apart_3", template="apart_2")
    for url in (second, copy):
        with create_engine(url).connect() as connection:
            assert connection.execute(text("SELECT to_regclass('t')")).scalar_one() is None
    lingering = psycopg.connect(make_url(first).set(drivername="postgresql").render_as_string(False))
    for name in ("apart_1", "apart_2", "apart_3", "apart_3"):
        postgres.drop_database(name)
    with pytest.raises(psycopg.OperationalError):
        lingering.execute("SELECT 1")


def test_creating_a_database_twice_keeps_its_content(postgres: PostgresServer, database: str) -> None:
    with create_engine(database).begin() as connection:
        connection.execute(text("CREATE TABLE kept (id int)"))
    again = postgres.create_database(make_url(database).database or "")
    with create_engine(again).connect() as connection:
        assert connection.execute(text("SELECT to_regclass('kept')")).scalar_one() == "kept"
