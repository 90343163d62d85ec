"""A job in Fabric from the operator through the trigger to the task's end, in each state that a job can have."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from landfall.errors import VendorUnavailable
from landfall.operators.fabric import FabricJobOperator
from sandbox.fabric import ITEM, WORKSPACE, Fabric

pytestmark = pytest.mark.airflow


@pytest.fixture
def fabric(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fabric]:
    with Fabric() as running:
        monkeypatch.setenv("AIRFLOW_CONN_FABRIC_DEFAULT", json.dumps(running.connection))
        yield running


def ended(**options: Any) -> str:
    """What the task returns, with its trigger as it comes out of Airflow's database."""
    given: dict[str, Any] = {"most_seconds": 0.01, "settle_seconds": 0, **options}
    operator = FabricJobOperator(task_id="gold", workspace=WORKSPACE, item=ITEM, **given)
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({})
    path, kwargs = deferred.value.trigger.serialize()
    module, _, name = path.rpartition(".")
    trigger = getattr(import_module(module), name)(**json.loads(json.dumps(kwargs)))

    async def first() -> Any:
        async for event in trigger.run():
            return event.payload
        raise AssertionError("no event")

    return operator.resume({}, json.loads(json.dumps(asyncio.run(first()))), **(deferred.value.kwargs or {}))


def test_a_job_that_completes_ends_the_task(fabric: Fabric) -> None:
    fabric.answers = [200, 503, 429]
    job_id = ended(parameters={"mode": "full"})
    assert job_id in fabric.looks
    assert len(fabric.started) == 1


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [
        ("Failed", VendorUnavailable, r"failed \(SystemError\)"),
        ("Cancelled", AirflowFailException, "was cancelled"),
        ("Deduped", VendorUnavailable, "another of this item"),
    ],
)
def test_a_job_that_does_not_fails_it(fabric: Fabric, state: str, error: type[Exception], says: str) -> None:
    fabric.states = ["InProgress", state]
    with pytest.raises(error, match=says) as told:
        ended()
    assert "Jane" not in str(told.value)


def test_a_job_that_takes_too_long_is_not_waited_for(fabric: Fabric) -> None:
    fabric.states = ["InProgress"]
    with pytest.raises(VendorUnavailable, match="not over in time"):
        ended(patience=timedelta(seconds=0.05))


def test_a_login_that_is_refused_meanwhile_stops_it(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> None:
    fabric.states = ["InProgress"]
    fabric.answers = [200, 403]
    with pytest.raises(AirflowFailException, match="403"):
        ended()


def test_what_cannot_be_started_fails_for_good(fabric: Fabric) -> None:
    operator = FabricJobOperator(task_id="gold", workspace="company", item=ITEM)
    with pytest.raises(AirflowFailException, match="workspace is no id"):
        operator.execute({})


def test_fabric_says_when_to_look_again(fabric: Fabric) -> None:
    fabric.retry_after = "1"
    fabric.states = ["Completed"]
    began = time.monotonic()
    ended(most_seconds=30.0)
    assert time.monotonic() - began >= 1
