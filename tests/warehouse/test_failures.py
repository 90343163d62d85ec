"""What becomes of a database's error: ours, with what to do, and nothing of a row, a statement or a parameter."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from landfall.errors import (
    LandfallError,
    RetryLater,
    StopAndTell,
    WarehouseBusy,
    WarehouseRefused,
    WarehouseUnavailable,
)
from landfall.records import Record
from landfall.warehouse import Warehouse
from landfall.warehouse.sql import failures
from tests.driver import Lab, open_warehouse

SECRET = "Jeanne-Secret-17"


class Letter(Record, table="letters", key="id"):
    """Letters."""

    id: int
    text: str


def raised_by(warehouse: Warehouse, *statements: str, **values: Any) -> LandfallError:
    """What a transaction of these statements ends in."""

    def work() -> None:
        with warehouse.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement), values)

    with pytest.raises(LandfallError) as raised:
        work()
    assert_tells_nothing(raised.value)
    return raised.value


def assert_tells_nothing(error: BaseException) -> None:
    """Neither the message, nor a traceback as Python or Airflow's log prints it, nor the chain holds a value."""
    told = "".join(traceback.format_exception(error))
    told += str(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)(
            (type(error), error, error.__traceback__)
        )
    )
    for word in (SECRET, "DETAIL", "CONTEXT", "INSERT INTO", "psycopg.errors", "[parameters"):
        assert word not in told
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.fixture
def warehouse(database: str) -> Warehouse:
    made = open_warehouse(database)
    with made.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE public.people (name TEXT PRIMARY KEY, age SMALLINT CHECK (age >= 0), note VARCHAR(5))"
        )
        connection.exec_driver_sql("INSERT INTO public.people VALUES ('a', 1)")
    return made


INSERT = "INSERT INTO public.people VALUES (:name, CAST(:age AS numeric), :note)"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"name": "a"},
            r"a constraint of the table refused a row: public\.people, people_pkey \(SQLSTATE 23505\)",
        ),
        ({"age": -1}, r"refused a row: public\.people, people_age_check \(SQLSTATE 23514\)"),
        ({"age": 99_999}, r"a number or a moment is out of the column's range.*22003"),
        ({"note": SECRET}, r"a text is longer than its column.*22001"),
        ({"name": "".join(map(chr, range(256, 9000)))}, r"too long for an index.*54000"),
    ],
)
def test_what_a_table_refuses_is_told_by_its_names(
    warehouse: Warehouse, values: dict[str, Any], told: str
) -> None:
    error = raised_by(warehouse, INSERT, **{"name": SECRET, "age": 1, "note": None, **values})
    assert isinstance(error, WarehouseRefused)
    assert isinstance(error, StopAndTell)
    assert re.search(told, error.message)
    assert error.todo


def test_a_missing_name_is_told(warehouse: Warehouse) -> None:
    error = raised_by(warehouse, "SELECT nothing FROM public.people WHERE name = :name", name=SECRET)
    assert 'column "nothing" does not exist (SQLSTATE 42703)' in error.message


def test_copied_rows_are_told_by_nobody(database: str, tmp_path: Path) -> None:
    """The driver's COPY has no SQLAlchemy before it, and its CONTEXT is the line."""
    lab = Lab(database, tmp_path, Letter)
    lab.load([])
    stage = sa.Table("letters", sa.MetaData(), sa.Column("id", sa.BigInteger()), schema="lab")

    def copy() -> None:
        with lab.warehouse.begin() as connection:
            lab.warehouse.stage_csv(connection, stage, f"{SECRET}\n".encode(), ["id"])

    with pytest.raises(WarehouseRefused, match="it refused a value") as raised:
        copy()
    assert_tells_nothing(raised.value)


def test_a_statement_that_takes_too_long_is_tried_again(warehouse: Warehouse) -> None:
    error = raised_by(warehouse, "SET LOCAL statement_timeout = 20", "SELECT pg_sleep(5)")
    assert isinstance(error, WarehouseUnavailable)
    assert "57014" in error.message


def test_a_lock_that_is_not_given_up_is_waited_for_and_told(warehouse: Warehouse, database: str) -> None:
    with open_warehouse(database).begin() as other:
        other.exec_driver_sql("LOCK TABLE public.people")
        error = raised_by(warehouse, "SET LOCAL lock_timeout = 20", "SELECT * FROM public.people")
    assert isinstance(error, WarehouseBusy)
    assert isinstance(error, RetryLater)


def wait(warehouse: Warehouse) -> None:
    with warehouse.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 20")
        warehouse.lock(connection, "lab.people")


def test_the_lock_of_a_table_is_waited_for_and_told(warehouse: Warehouse, database: str) -> None:
    with open_warehouse(database).begin() as other:
        warehouse.lock(other, "lab.people")
        with pytest.raises(WarehouseBusy, match=r"another run has been at lab\.people") as raised:
            wait(warehouse)
    assert_tells_nothing(raised.value)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", WarehouseBusy),
        ("40P01", WarehouseBusy),
        ("53100", WarehouseUnavailable),
        ("53300", WarehouseUnavailable),
        ("57P03", WarehouseUnavailable),
        ("25006", WarehouseUnavailable),
        ("28P01", WarehouseRefused),
        ("42501", WarehouseRefused),
        ("22P05", WarehouseRefused),
        ("XX001", WarehouseRefused),
    ],
)
def test_each_state_says_whether_to_try_again(
    warehouse: Warehouse, state: str, kind: type[LandfallError]
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION '{SECRET}' USING ERRCODE = '{state}', DETAIL = '{SECRET}'; END $$"
    with pytest.raises(kind) as raised, warehouse.begin() as connection:
        connection.exec_driver_sql(raising)
    if state != "42501":  # its message is the server's own, of names alone
        assert_tells_nothing(raised.value)
    assert state in raised.value.message


@pytest.fixture
def told_of(database: str) -> Callable[..., LandfallError]:
    """What becomes of an address with one thing wrong with it."""

    def ask(**wrong: Any) -> LandfallError:
        url = sa.make_url(database).set(**wrong)
        with pytest.raises(LandfallError) as raised, open_warehouse(url).begin():  # type: ignore[arg-type]
            pass
        assert_tells_nothing(raised.value)
        return raised.value

    return ask


def test_a_wrong_password_and_a_wrong_name_are_for_a_person(told_of: Callable[..., LandfallError]) -> None:
    wrong = told_of(password=SECRET)
    assert isinstance(wrong, WarehouseRefused)
    assert "does not accept the login" in wrong.message
    missing = told_of(database="nowhere")
    assert isinstance(missing, WarehouseRefused)
    assert "(host 127.0.0.1, database nowhere): it has no such database" in missing.message


def test_a_server_that_cannot_be_reached_is_tried_again(told_of: Callable[..., LandfallError]) -> None:
    for wrong in ({"port": 1}, {"host": "nowhere.invalid"}):
        error = told_of(**wrong)
        assert isinstance(error, WarehouseUnavailable), error
        assert "it cannot be reached" in error.message


def test_a_connection_that_is_cut_is_tried_again(warehouse: Warehouse) -> None:
    error = raised_by(warehouse, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert isinstance(error, WarehouseUnavailable)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Login failed for user 'loader'.", WarehouseRefused),
        ('Cannot open database "gym" requested by the login. The login failed.', WarehouseRefused),
        ("CREATE TABLE permission denied in database 'gym'.", WarehouseRefused),
        ("The INSERT permission was denied on the object 'Leden'", WarehouseRefused),
        (
            "Could not allocate space for object 'x' in database 'gym' because the 'PRIMARY' filegroup is full.",
            WarehouseUnavailable,
        ),
        ("The transaction log for database 'gym' is full due to 'LOG_BACKUP'.", WarehouseUnavailable),
        ('Failed to update database "gym" because the database is read-only.', WarehouseUnavailable),
        ("Lock request time out period exceeded.", WarehouseBusy),
        ("Transaction (Process ID 52) was deadlocked on lock resources with another process", WarehouseBusy),
        ("Snapshot isolation transaction aborted due to update conflict.", WarehouseBusy),
        (
            "Operation failed. The index entry of length 1800 bytes exceeds the maximum length",
            WarehouseRefused,
        ),
        ("Arithmetic overflow error converting numeric to data type numeric.", WarehouseRefused),
        (
            f"String or binary data would be truncated in table 'x'. Truncated value: '{SECRET}'.",
            WarehouseRefused,
        ),
        (
            f"Violation of PRIMARY KEY constraint 'pk'. The duplicate key value is ({SECRET}).",
            WarehouseRefused,
        ),
        ("Invalid object name 'tree11.Leden'.", WarehouseRefused),
        ("TCP Provider: Timeout error [258].", WarehouseUnavailable),
    ],
)
def test_sql_servers_errors_are_told_apart_by_their_words(words: str, kind: type[LandfallError]) -> None:
    from mssql_python.exceptions import OperationalError

    error = failures.failure(
        "there", sa.exc.DBAPIError("INSERT", {}, OperationalError("General error", words))
    )
    assert type(error) is kind
    assert words not in str(error)
    assert SECRET not in str(error)
