"""The export trigger against real exports of the simulator."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import date
from importlib import import_module
from typing import Any

import pytest

from landfall.hooks.pennylane import PennylaneHook
from landfall.triggers.export_poll import ExportPollTrigger
from sandbox.pennylane import PennylaneVendor
from sandbox.server import Sandbox

pytestmark = pytest.mark.airflow
HOOK = "landfall.hooks.pennylane:PennylaneHook"
QUARTER = date(2026, 1, 1), date(2026, 3, 31)


@pytest.fixture
def vendor(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with Sandbox(PennylaneVendor(scale=0.05, export_delay=0.5)) as box:
        extra = {"rate_store": str(tmp_path)}
        connection = {"conn_type": "pennylane", "host": box.url, "password": box.app.token, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_PENNYLANE_DEFAULT", json.dumps(connection))
        yield box.app


def fire(trigger: ExportPollTrigger) -> dict[str, Any]:
    """The first event, of the trigger as it comes out of Airflow's database."""
    path, kwargs = trigger.serialize()
    module, _, name = path.rpartition(".")
    restored = getattr(import_module(module), name)(**json.loads(json.dumps(kwargs)))

    async def first() -> dict[str, Any]:
        async for event in restored.run():
            return event.payload
        raise AssertionError("no event")

    return asyncio.run(first())


def trigger(jobs: list[int | str], seconds: float = 10, **more: Any) -> ExportPollTrigger:
    given = {
        "hook": HOOK,
        "conn_id": "pennylane_default",
        "kind": "fec",
        "poll_seconds": 0.1,
        "settle_seconds": 0,
        **more,
    }
    return ExportPollTrigger(job_ids=jobs, until=time.time() + seconds, **given)


def test_it_fires_when_all_jobs_are_ready(vendor: PennylaneVendor) -> None:
    hook = PennylaneHook()
    jobs = [hook.create_export("fec", *QUARTER), hook.create_export("fec", *QUARTER)]
    event = fire(trigger(jobs))
    assert event == {"status": "ready", "kind": "fec", "job_ids": jobs}
    assert all(hook.export_status("fec", job).status == "ready" for job in jobs)
    polls = [
        path
        for path, count in vendor.stats.paths.items()
        if path.startswith("GET /api/external/v2/exports/fecs/") and count > 1
    ]
    assert polls


def test_it_waits_out_passing_faults(vendor: PennylaneVendor) -> None:
    jobs = [PennylaneHook().create_export("fec", *QUARTER)]
    vendor.faults.add("429_seconds", path="/exports/")
    vendor.faults.add("503", path="/exports/")
    assert fire(trigger(jobs))["status"] == "ready"


def test_a_failed_job_is_an_error(vendor: PennylaneVendor) -> None:
    vendor.configure({"failures": 1})
    jobs = [PennylaneHook().create_export("fec", *QUARTER)]
    event = fire(trigger(jobs))
    assert event["status"] == "error"
    assert event["error"] == "VendorUnavailable"
    assert str(jobs[0]) in event["message"]


def test_a_job_that_fails_leaves_the_others_alone(vendor: PennylaneVendor) -> None:
    hook = PennylaneHook()
    vendor.configure({"failures": 1})
    broken, whole = (hook.create_export("fec", *QUARTER) for _ in range(2))
    event = fire(trigger([broken, 9999, whole]))
    assert event["status"] == "ready"
    assert event["failed"].keys() == {str(broken), "9999"}
    assert event["failed"][str(broken)]["error"] == "VendorUnavailable"


def test_it_gives_up_at_its_moment(vendor: PennylaneVendor) -> None:
    vendor.configure({"delay": 60.0})
    jobs = [PennylaneHook().create_export("fec", *QUARTER)]
    started = time.time()
    assert fire(trigger(jobs, 0.5))["status"] == "timeout"
    assert time.time() - started < 3


def test_an_error_for_the_operator_is_told(vendor: PennylaneVendor) -> None:
    vendor.revoked = True
    event = fire(trigger([1]))
    assert (event["status"], event["error"]) == ("error", "AuthenticationFailed")
    assert "Renew the credential" in event["todo"]


def test_an_answer_that_is_none_is_told_as_that(vendor: PennylaneVendor) -> None:
    event = fire(trigger([9999]))
    assert (event["status"], event["error"]) == ("error", "ContractBroken")


def test_a_wait_longer_than_the_deadline_does_not_keep_it(vendor: PennylaneVendor) -> None:
    vendor.faults.add("429_day", path="/exports/", times=None)
    assert fire(trigger([1], 1))["status"] == "timeout"


def test_nothing_secret_is_serialized(vendor: PennylaneVendor) -> None:
    _, kwargs = trigger([1]).serialize()
    assert kwargs.keys() == {"hook", "conn_id", "kind", "job_ids", "poll_seconds", "until", "settle_seconds"}
    assert vendor.token not in json.dumps(kwargs)


def test_no_event_comes_before_the_scheduler_has_read_the_deferral(vendor: PennylaneVendor) -> None:
    vendor.configure({"delay": 0.0})
    jobs = [PennylaneHook().create_export("fec", *QUARTER)]
    for asked in (jobs, [9999]):
        started = time.monotonic()
        fire(trigger(asked, settle_seconds=0.6))
        assert time.monotonic() - started >= 0.6


def test_the_event_loop_stays_free(vendor: PennylaneVendor) -> None:
    vendor.configure({"delay": 1.0})
    jobs = [PennylaneHook().create_export("fec", *QUARTER)]

    async def beside() -> float:
        events = trigger(jobs).run()
        waiting = asyncio.ensure_future(anext(events))
        longest = 0.0
        while not waiting.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
        return longest

    assert asyncio.run(beside()) < 0.5
