"""Fabric's jobs against the stand-in: started once, looked at, and told by their state alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from landfall.errors import (
    AuthenticationFailed,
    ContractBroken,
    LandfallError,
    Misconfigured,
    VendorUnavailable,
)
from landfall.hooks.fabric import FabricHook
from sandbox.fabric import ITEM, SECRET, WORKSPACE, Fabric

pytestmark = pytest.mark.airflow


@pytest.fixture
def fabric(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fabric]:
    with Fabric() as running:
        monkeypatch.setenv("AIRFLOW_CONN_FABRIC_DEFAULT", json.dumps(running.connection))
        yield running


def given(fabric: Fabric, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Another connection."""
    connection = {**fabric.connection, **changed}
    monkeypatch.setenv("AIRFLOW_CONN_FABRIC_DEFAULT", json.dumps(connection))


def test_a_notebook_is_started_with_its_parameters_and_looked_at(fabric: Fabric) -> None:
    hook = FabricHook()
    job = hook.run(WORKSPACE, ITEM, parameters={"mode": "full", "days": 7, "quick": True, "share": 0.5})
    ((job_type, body),) = fabric.started
    assert job_type == "RunNotebook"
    assert body["executionData"]["parameters"] == {
        "mode": {"value": "full", "type": "string"},
        "days": {"value": 7, "type": "int"},
        "quick": {"value": True, "type": "bool"},
        "share": {"value": 0.5, "type": "float"},
    }
    assert [hook.status(job).state for _ in range(4)] == [
        "NotStarted",
        "InProgress",
        "Completed",
        "Completed",
    ]
    assert fabric.logins == 1
    hook.cancel(job)
    assert fabric.cancelled == [job.id]
    hook.close()


def test_a_spark_job_takes_what_fabric_documents(fabric: Fabric) -> None:
    FabricHook().run(WORKSPACE, ITEM, "sparkjob", execution={"commandLineArguments": "--full"})
    assert fabric.started == [("sparkjob", {"executionData": {"commandLineArguments": "--full"}})]


def test_why_a_job_failed_is_told_by_its_code(fabric: Fabric) -> None:
    fabric.states = ["Failed"]
    hook = FabricHook()
    status = hook.status(hook.run(WORKSPACE, ITEM))
    assert (status.state, status.reason) == ("Failed", "SystemError")
    assert "Jane" not in repr(status)


def test_a_token_that_ends_is_renewed(fabric: Fabric) -> None:
    hook = FabricHook()
    job = hook.run(WORKSPACE, ITEM)
    fabric.tokens.clear()
    assert hook.status(job).state == "NotStarted"
    assert fabric.logins == 2


def test_a_job_is_never_started_twice(fabric: Fabric) -> None:
    fabric.answers = [500]
    with pytest.raises(VendorUnavailable):
        FabricHook().run(WORKSPACE, ITEM)
    fabric.answers = [430]
    FabricHook().run(WORKSPACE, ITEM)
    assert len(fabric.started) == 1, "430: nothing was started, so it is asked again"


def test_a_look_is_repeated(fabric: Fabric) -> None:
    hook = FabricHook()
    job = hook.run(WORKSPACE, ITEM)
    fabric.answers = [503, 429]
    assert hook.status(job).state == "NotStarted"


@pytest.mark.parametrize(
    ("workspace", "item", "parameters", "says"),
    [
        ("../..", ITEM, {}, "workspace is no id"),
        (WORKSPACE, "gold", {}, "item is no id"),
        (WORKSPACE, ITEM, {"layers": ["gold"]}, "layers is a list"),
    ],
)
def test_what_fabric_would_not_take_is_refused(
    fabric: Fabric, workspace: str, item: str, parameters: dict[str, Any], says: str
) -> None:
    with pytest.raises(Misconfigured, match=says):
        FabricHook().run(workspace, item, parameters=parameters)
    assert not fabric.started


def test_an_unknown_state_is_no_state(fabric: Fabric) -> None:
    fabric.states = ["Sleeping"]
    hook = FabricHook()
    job = hook.run(WORKSPACE, ITEM)
    with pytest.raises(ContractBroken, match="no state"):
        hook.status(job)


def test_the_connection_is_tested(fabric: Fabric, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FabricHook().test_connection() == (True, "The service principal sees 1 workspaces: Company.")
    given(fabric, monkeypatch, password="wrong")
    passed, said = FabricHook().test_connection()
    assert not passed
    assert "refused the service principal with 401" in said
    assert SECRET not in said
    assert "wrong" not in said


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"login": ""}, "no client id"),
        ({"extra": {}}, "no tenant_id"),
        ({"extra": {"tenant_id": "a/../b"}}, "is no tenant"),
        ({"extra": {"tenant_id": "a", "tenant": "b"}}, "tenant"),
        ({"password": ""}, "password is empty"),
    ],
)
def test_a_connection_that_cannot_be_is_named(
    fabric: Fabric, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], says: str
) -> None:
    given(fabric, monkeypatch, **changed)
    with pytest.raises(LandfallError, match=says) as told:
        FabricHook().run(WORKSPACE, ITEM)
    assert not isinstance(told.value, AuthenticationFailed)
