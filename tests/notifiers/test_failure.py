"""What a failed task tells, and when: by the context Airflow gives its callbacks, and by Airflow's own runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from landfall.errors import (
    BRONZE,
    FAMILIES,
    GOLD,
    SILVER,
    CheckFailed,
    FuseBlown,
    LandfallError,
    Misconfigured,
    PublishConflict,
    RateLimited,
    ReadMoved,
    RetryLater,
    StopAndTell,
    TooManyRejects,
    VendorUnavailable,
    WarehouseUnavailable,
    code_of,
)
from sandbox.environment import PROJECT, airflow_environment, clean_environment, connection

pytestmark = pytest.mark.airflow

DAG = """
from datetime import timedelta

from airflow.sdk import DAG, task, task_group

from landfall.errors import CheckFailed
from landfall.notifiers import on_failure

with DAG("harbour", default_args={"on_failure_callback": on_failure("harbour")}):

    @task(retries=1, retry_delay=timedelta(0))
    def check():
        raise CheckFailed("harbour.boats: 3 of 10 rows have no owner", todo="Mend the owners, then clear the task.")

    @task(retries=2, retry_delay=timedelta(0))
    def load(ti=None):
        if ti.try_number < 3:
            raise RuntimeError("only at first")

    @task_group
    def boats():
        check()

    @task_group
    def crews():
        load()

    boats()
    crews()
"""


def context(task_id: str, **more: Any) -> dict[str, Any]:
    """The context of a failure callback, as the DAG processor makes it; the task's own process adds `exception`."""
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    with DAG("pennylane"):
        task = EmptyOperator(task_id=task_id)
    ti = RuntimeTaskInstance.model_construct(
        id=uuid4(),
        task=task,
        task_id=task_id,
        dag_id="pennylane",
        run_id="manual__2026-03-01T06:00:00+00:00",
        try_number=4,
    )
    return {**ti.get_template_context(), **more}


def alert(task_id: str, source: str = "pennylane", **more: Any) -> Any:
    from landfall.notifiers.failure import failure_alert

    return failure_alert(source, context(task_id, **more))


def test_an_error_of_ours_is_told_in_full_with_the_link() -> None:
    error = CheckFailed(
        "pennylane.customers: 3 rows have no name", todo="Ask the bookkeeper, then clear the task."
    )
    told = alert("customers.check", exception=error)
    base = os.environ["AIRFLOW__API__BASE_URL"]
    run = "manual__2026-03-01T06%3A00%3A00%2B00%3A00"
    assert told.subject == "pennylane.customers: check failed"
    assert (told.source, told.resource, told.severity) == ("pennylane", "customers", "error")
    assert told.happened == "pennylane.customers: 3 rows have no name"
    assert told.todo == "Ask the bookkeeper, then clear the task."
    assert told.link == f"{base}/dags/pennylane/runs/{run}/tasks/customers.check?try_number=4"
    assert told.run_id == "manual__2026-03-01T06:00:00+00:00"


def test_a_task_of_the_whole_source_has_no_resource() -> None:
    told = alert("plan", exception=Misconfigured("connection x is missing"))
    assert (told.resource, told.subject) == ("", "pennylane: plan failed")
    assert told.todo.startswith("Correct what is named")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("IBAN FR76 3000 of Jeanne Exemple"),
        json.JSONDecodeError("IBAN FR76 3000", "Jeanne Exemple", 0),
        KeyError("Jeanne Exemple: FR76"),
    ],
)
def test_the_text_of_any_other_exception_stays_in_the_log(error: Exception) -> None:
    error.__cause__ = LandfallError("FR76 3000")
    told = alert("customers.load", exception=error)
    assert type(error).__qualname__ in told.happened
    assert "the log has the details" in told.happened
    assert "FR76" not in repr(told)
    assert "Jeanne" not in repr(told)


@pytest.mark.parametrize(
    "error", [VendorUnavailable("x: 503"), RateLimited("x: 429", retry_after=9), ReadMoved("x")]
)
def test_used_up_retries_are_not_announced_again(error: LandfallError) -> None:
    told = alert("customers.extract", exception=error)
    assert told.happened == error.message
    assert "clear customers.extract" in told.todo
    assert "by itself" not in told.todo
    assert "continues when" not in told.todo


def test_a_conflict_keeps_its_own_advice() -> None:
    assert alert("customers.publish", exception=PublishConflict("x")).todo == PublishConflict.todo


def test_a_lost_worker_leaves_no_exception() -> None:
    told = alert("customers.load")
    assert told.happened.startswith("The worker was lost")
    assert told.link


@pytest.mark.parametrize(
    ("source", "task_id", "error", "code"),
    [
        ("connectwise", "plan", Misconfigured("x"), "1001"),
        ("connectwise", "time_entries.extract", VendorUnavailable("x"), "2001"),
        ("connectwise", "time_entries.load", TooManyRejects("x"), "3003"),
        ("connectwise", "time_entries.publish", FuseBlown("x"), "4002"),
        ("connectwise", "fact_timeentry.publish", CheckFailed("x"), "5001"),
        ("connectwise", "fact_timeentry.publish", WarehouseUnavailable("x"), "6001"),
        ("pennylane", "customers.check", CheckFailed("x"), "4001"),
        ("pennylane", "customers.check", ValueError("x"), "6006"),
        ("pennylane", "customers.check", None, "6005"),
    ],
)
def test_a_code_tells_the_family(source: str, task_id: str, error: Exception | None, code: str) -> None:
    assert alert(task_id, source=source, exception=error).code == code


def test_every_error_has_a_code_of_its_own_that_is_documented() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text()
    kinds = [k for base in (RetryLater, StopAndTell) for k in base.__subclasses__()]
    codes = [code_of(kind.__new__(kind), layer) for kind in kinds for layer in (BRONZE, SILVER, GOLD)]
    assert len({code_of(kind.__new__(kind)) for kind in kinds}) == len(kinds)
    for code in {*codes, code_of(None), code_of(ValueError())}:
        line = next(line for line in page.splitlines() if line.startswith("|") and code in line.split("|")[1])
        assert FAMILIES[int(code[0])] in line


def test_the_callback_sends(set_connection: Any, endpoint: Any) -> None:
    from landfall.notifiers import on_failure

    set_connection("landfall_webhook", "http", host=f"{endpoint.url}/in")
    (callback,) = on_failure("pennylane")
    callback(context("customers.load", exception=ValueError("FR76")))
    ((_, _, body),) = endpoint.requests
    assert json.loads(body)["title"] == "load failed"
    assert b"FR76" not in body


def test_parsing_a_dag_file_imports_no_channel() -> None:
    code = (
        "import sys\n"
        "from landfall.notifiers import on_failure\n"
        "on_failure('pennylane')\n"
        "clients = 'landfall.notifiers.channels', 'slack_sdk', 'airflow.providers.smtp.hooks.smtp'\n"
        "print([name for name in clients if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_airflow_alerts_once_when_the_last_try_has_failed(tmp_path: Path, endpoint: Any, smtp: Any) -> None:
    """`check` fails twice and is alerted once; `load` fails twice, then succeeds, and is not."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "harbour.py").write_text(DAG)
    mailbox, port = smtp
    mail = {
        "from_email": "landfall@example.org",
        "to": "data@example.org",
        "disable_ssl": True,
        "disable_tls": True,
    }
    environment = {
        **clean_environment(),
        **airflow_environment(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW_CONN_LANDFALL_WEBHOOK": connection("http", host=f"{endpoint.url}/in"),
        "AIRFLOW_CONN_LANDFALL_SMTP": connection("smtp", host="127.0.0.1", port=port, extra=mail),
    }
    run = (
        "import sys; from airflow.utils.db import initdb; initdb(); from airflow.__main__ import main; "
        "sys.argv = ['airflow', 'dags', 'test', 'harbour']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", run], env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 1, done.stderr[-3000:]
    ((_, _, body),) = endpoint.requests
    told = json.loads(body)
    assert (told["source"], told["resource"], told["title"]) == ("harbour", "boats", "check failed")
    assert told["happened"] == "harbour.boats: 3 of 10 rows have no owner"
    assert told["todo"] == "Mend the owners, then clear the task."
    assert told["link"].endswith("/tasks/boats.check?try_number=2")
    (message,) = mailbox.messages
    assert message["subject"] == "[Landfall] harbour.boats: check failed"
