"""What every test can ask for: databases on a real PostgreSQL server, and an Airflow of its own.

Airflow reads its settings when it is first imported, so they are set here, before any test module is. Nothing
here imports Airflow itself, which takes seconds that most tests do not need.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import itertools
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.environment import airflow_environment, clean_environment, connection
from sandbox.postgres import EmbeddedPostgres, PostgresServer
from tests.campaign import SIZE, figures
from tests.engines import ENGINES, LAKE
from tests.sql_server import SqlServer

_STATE = Path(tempfile.mkdtemp(prefix="landfall-tests-"))
_STATE.chmod(0o755)  # PostgreSQL's own account has to reach its directory when the tests run as root
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)
for _name in set(os.environ) - set(clean_environment()):
    del os.environ[_name]  # of another Airflow on this machine
os.environ.update(airflow_environment(_STATE))
gc.set_threshold(50_000, 20, 50)  # what Airflow and pandas have made need not be looked through at each test
_numbers = itertools.count(1)
if threading.current_thread() is threading.main_thread():
    # A shell that starts the tests in the background has them ignore these, and every program they start with them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def no_pause_before_asking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a vendor answers for good need not be waited for."""
    from landfall.wire.retry import RetryPolicy

    monkeypatch.setattr("landfall.wire.retry.HICCUP", RetryPolicy(attempts=3, first_wait=0.001))


@pytest.fixture(autouse=True)
def secrets_of_one_test() -> Iterator[None]:
    """Airflow's maskers compile all secrets they were ever told into one expression, anew with each."""
    yield
    for package in ("airflow", "airflow.sdk"):
        if masker := sys.modules.get(f"{package}._shared.secrets_masker.secrets_masker"):
            masker._secrets_masker().reset_masker()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests: our own, or the one LANDFALL_TEST_POSTGRES names by its URL."""
    if url := os.environ.get("LANDFALL_TEST_POSTGRES"):
        yield PostgresServer(url)
        return
    with EmbeddedPostgres(_STATE / "postgres", durable=False) as server:
        yield server


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was skipped, one line for all of a reason, and the figures of a campaign."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(each.longrepr[2].removeprefix("Skipped: ") for each in skipped)
    if reasons:
        told = "; ".join(f"{count}: {reason}" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"{len(skipped)} skipped ({told})")
    if SIZE:
        terminalreporter.section("campaign")
        reports = [r for end in ("passed", "failed") for r in terminalreporter.stats.get(end, [])]
        for line in figures(each for report in reports for each in report.user_properties):
            terminalreporter.write_line(line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `engines` run against each database a warehouse can be; marked `engines("lake")`, in a lake too."""
    marker = metafunc.definition.get_closest_marker("engines")
    if marker and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", [*ENGINES, *marker.args], indirect=True)


@pytest.fixture(scope="module")
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Makes an empty database of an engine, for a module's tests: the engine's name in, its address out."""
    with contextlib.ExitStack() as stack:

        def make(engine: str) -> str:
            server = request.getfixturevalue({**ENGINES, **LAKE}[engine])
            name = f"test_{os.getpid()}_{next(_numbers)}"
            address: str = server.create_database(name)
            stack.callback(server.drop_database, name)
            return address

        yield make


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Count something for the figures of `make campaign`."""
    return record_property


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, or of an empty lake, that only this test uses."""
    engine = getattr(request, "param", "postgresql")
    if engine == "mssql":
        yield request.getfixturevalue("mssql_database")
        return
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server = request.getfixturevalue({**ENGINES, **LAKE}[engine])
    yield server.create_database(name)
    server.drop_database(name)


class Lakes:
    """Makes lakes in folders, as a server makes databases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create_database(self, name: str) -> str:
        return f"delta+file://{self._folder / name}"

    def drop_database(self, name: str) -> None:
        shutil.rmtree(self._folder / name, ignore_errors=True)


@pytest.fixture(scope="session")
def lakes() -> Lakes:
    """Lakes in folders of their own."""
    return Lakes(_STATE / "lakes")


@pytest.fixture
def mssql_database(mssql: SqlServer) -> Iterator[str]:
    """The same on SQL Server, where to make one takes long: one database, emptied after each test."""
    yield mssql.shared_database
    mssql.empty(mssql.shared_database)


@pytest.fixture(scope="session")
def mssql() -> Iterator[SqlServer]:
    """The SQL Server that LANDFALL_TEST_MSSQL names: `mssql://user:password@host:port/master?TrustServerCertificate=yes`."""
    url = os.environ.get("LANDFALL_TEST_MSSQL")
    if not url:
        pytest.skip(
            "needs a SQL Server, named by LANDFALL_TEST_MSSQL (mssql://user:password@host:port/master)"
        )
    server = SqlServer(url)
    yield server
    server.close()


@pytest.fixture(scope="session")
def airflow_home() -> Path:
    """AIRFLOW_HOME of this test session."""
    return Path(os.environ["AIRFLOW_HOME"])


@pytest.fixture(scope="session")
def airflow_db(airflow_home: Path) -> Path:
    """Airflow with its metadata database made, which `dag.test()` and DagBag need. Takes seconds, once."""
    from airflow.utils.db import initdb

    initdb()
    return airflow_home


@pytest.fixture
def set_connection(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set an Airflow connection for this test: `set_connection("x_default", "x", host=..., password=...)`."""

    def set_(conn_id: str, conn_type: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", connection(conn_type, **fields))

    return set_
