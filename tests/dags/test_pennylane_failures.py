"""Runs of Pennylane's DAG in which something fails: who is told what, and what stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from landfall.errors import VendorUnavailable
from landfall.landing import LandingWriter
from landfall.sources import source

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
DECLARED = source("pennylane")
TABLES = {r.name for r in DECLARED.resources}

Alerts = Callable[[], list[dict[str, Any]]]


def unchanged(airflow: Any) -> Callable[[], bool]:
    """Whether the published tables and the ledger are as they were when this was called."""
    before = airflow.contents(), airflow.states()
    return lambda: (airflow.contents(), airflow.states()) == before


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_a_wrong_token_is_one_failure_and_one_alert(
    airflow: Any, connect: Any, alerts: Alerts, mode: str
) -> None:
    connect(password="not-the-token")
    same = unchanged(airflow)
    run = airflow.run(mode=mode)
    assert run.state == "failed"
    assert run.with_state("failed") == {"plan", "wrap_up"}
    assert not run.tables("extract")
    assert len(airflow.requests()) == 1, "no second try"
    (told,) = alerts()
    assert (told["source"], told["resource"], told["title"]) == ("pennylane", "", "plan failed")
    assert "connection" in told["todo"].lower()
    assert "not-the-token" not in str(told)
    assert same()


def test_a_token_revoked_mid_run_stops_what_needs_it_and_nothing_else(airflow: Any, alerts: Alerts) -> None:
    def revoke() -> None:
        airflow.vendor.revoked = True

    both = {"customers", "products"}
    for name in both:  # a full read ends with a look at what changed meanwhile
        airflow.vendor.on_page(f"changelogs/{name}", 1, revoke)
    before = airflow.contents()
    run = airflow.run(tables=sorted(both), mode="full")
    (read,) = run.tables()
    (failed,) = both - {read}
    assert run.with_state("failed") == {f"{failed}.extract", "wrap_up"}
    assert Counter(r.status for r in airflow.vendor.stats.log)[401] == 1, "no second try"
    assert [told["resource"] for told in alerts()] == [failed]
    assert airflow.contents() == before
    assert airflow.stages() == []


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_a_missing_scope_fails_its_table_alone_and_is_mailed(
    airflow: Any, smtp: Any, set_connection: Any, capfd: Any, mode: str
) -> None:
    mailbox, port = smtp
    mail = {
        "from_email": "landfall@example.org",
        "to": "data@example.org",
        "disable_ssl": True,
        "disable_tls": True,
    }
    set_connection("landfall_smtp", "smtp", host="127.0.0.1", port=port, extra=mail)
    vendor = airflow.vendor
    vendor.scopes = vendor.scopes - {"products:readonly", "products:all"}
    vendor.insert("customers")
    before = airflow.contents()
    run = airflow.run(tables=["customers", "products"], mode=mode)
    assert (run.state, run.tables()) == ("failed", {"customers"})
    assert run.with_state("failed") == {"products.extract", "wrap_up"}
    assert airflow.requests().count("GET /products") <= 1
    told = capfd.readouterr().out
    assert "1 tables failed: products (extract); 1 are published" in told
    assert airflow.contents()["products"] == before["products"]
    (message,) = mailbox.messages
    assert message["subject"] == "[Landfall] pennylane.products: extract failed"
    text = message.get_body(("html",)).get_content()
    for part in ("pennylane", "products", "products:readonly", "What happened", "What to do", run.run_id):
        assert part in text
    assert "/dags/pennylane/runs/" in text
    assert "/tasks/products.extract" in text


def test_owners_that_cannot_be_read_do_not_hold_their_details_back(airflow: Any) -> None:
    vendor = airflow.vendor
    vendor.delete_entry(vendor.ids("ledger_entries")[3])
    vendor.faults.add("401", path="/ledger_entries$", times=None)
    run = airflow.run(tables=["ledger_entries", "ledger_entry_lines"], mode="incremental")
    assert run.with_state("failed") == {"ledger_entries.extract", "wrap_up"}
    assert run.tables() == {"ledger_entry_lines"}
    vendor.faults.clear()
    again = airflow.run(mode="incremental")
    assert again.state == "success"
    assert airflow.contents()["ledger_entries"][0] == len(vendor.ids("ledger_entries"))


@pytest.mark.parametrize("path", ["/me$", "/customers$"])
def test_a_long_retry_after_is_waited_for_without_a_worker(
    airflow: Any, connect: Any, caplog: Any, path: str, tmp_path: Any
) -> None:
    extra = {
        "rate_store": str(tmp_path),
        "requests_per_period": 10_000,
        "period_seconds": 0.1,
        "max_wait_seconds": 0.5,
    }
    connect(extra=extra)
    airflow.vendor.faults.add("429_seconds", path=path, seconds=1)
    run = airflow.run(tables=["customers"], mode="full")
    assert (run.state, run.tables()) == ("success", {"customers"})
    assert caplog.text.count("running trigger in line") == 1


def test_an_export_that_fails_for_good_fails_its_table_alone(airflow: Any, alerts: Alerts) -> None:
    """The vendor's failures use up the retries; the run still comes to its end."""
    airflow.vendor.configure({"failures": 1000})
    before = airflow.contents()
    run = airflow.test(tables=["analytical_ledger", "customers"], mode="full")
    assert (run.state, run.tables()) == ("failed", {"customers"})
    assert run.with_state("failed") == {"analytical_ledger.extract", "wrap_up"}
    assert run.with_state("upstream_failed") == {
        f"analytical_ledger.{s}" for s in ("load", "check", "publish")
    }
    asked = [r for r in airflow.requests() if r.startswith("POST")]
    years = len(airflow.vendor.truth("fiscal_years"))
    assert len(asked) == years * 4, "three retries, each with new exports"
    (told,) = alerts()
    assert (told["resource"], told["title"]) == ("analytical_ledger", "extract failed")
    assert "export" in told["happened"]
    assert airflow.contents()["analytical_ledger"] == before["analytical_ledger"]
    assert airflow.stages() == []


def test_a_year_that_fails_is_named_and_the_others_are_published(airflow: Any, alerts: Alerts) -> None:
    vendor = airflow.vendor
    line = next(row for row in vendor.truth("ledger_entry_lines") if row["date"])
    vendor.update("ledger_entry_lines", line["id"], {"debit": "987654.32"})
    run = airflow.run(tables=["fec"], mode="full")
    assert (run.state, run.tables()) == ("failed", {"fec"})
    assert run.with_state("failed") == {"wrap_up"}
    assert any(line["date"][:4] in told["title"] for told in alerts())


def test_a_token_that_dies_while_an_export_is_awaited_fails_at_once(airflow: Any, alerts: Alerts) -> None:
    airflow.vendor.faults.add("401", path="/exports/fecs/", times=None)
    same = unchanged(airflow)
    run = airflow.test(tables=["fec"], mode="full")
    assert run.with_state("failed") == {"fec.extract", "wrap_up"}
    years = len(airflow.vendor.truth("fiscal_years"))
    assert len([r for r in airflow.requests() if r.startswith("POST")]) == years, "no retry"
    assert "Renew the credential" in alerts()[0]["todo"]
    assert same()


def test_an_export_that_fails_once_is_asked_for_again(airflow: Any, alerts: Alerts) -> None:
    airflow.vendor.configure({"failures": 1})
    run = airflow.run(tables=["fec"], mode="full")
    assert (run.state, run.tables(), alerts()) == ("success", {"fec"}, [])
    asked = [r for r in airflow.requests() if r.startswith("POST")]
    assert len(asked) == len(airflow.vendor.truth("fiscal_years")) + 1, "that one alone"


def test_files_that_are_all_landed_are_not_asked_for_again(
    airflow: Any, alerts: Alerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is gone before the manifest is written."""
    commit, times = LandingWriter.commit, iter([True])

    def once(self: LandingWriter, *, complete: bool) -> Any:
        if next(times, False):
            raise VendorUnavailable("the worker is gone")
        return commit(self, complete=complete)

    monkeypatch.setattr(LandingWriter, "commit", once)
    run = airflow.run(tables=["fec"], mode="full")
    assert (run.state, run.tables(), alerts()) == ("success", {"fec"}, [])
    asked = [r for r in airflow.requests() if r.startswith("POST")]
    assert len(asked) == len(airflow.vendor.truth("fiscal_years"))


def test_an_export_that_never_comes_is_given_up(airflow: Any, alerts: Alerts) -> None:
    airflow.vendor.configure({"delay": 600.0})
    dag = airflow.dag()
    dag.get_task("fec.extract").export_patience = timedelta(seconds=0.3)
    same = unchanged(airflow)
    run = airflow.run(dag=dag, tables=["fec"], mode="full")
    assert run.with_state("failed") == {"fec.extract", "wrap_up"}
    assert "not ready in time" in alerts()[0]["happened"]
    assert same()


def test_a_refused_check_leaves_table_and_watermark_as_they_were(airflow: Any, alerts: Alerts) -> None:
    vendor = airflow.vendor
    line = vendor.ids("ledger_entry_lines")[0]
    vendor.update("ledger_entry_lines", line, {"debit": "987654.32"})
    before, states = airflow.contents(), airflow.states()
    run = airflow.run(mode="incremental")
    assert run.with_state("failed") == {"ledger_entry_lines.check", "wrap_up"}
    assert airflow.contents()["ledger_entry_lines"] == before["ledger_entry_lines"]
    assert airflow.states()["ledger_entry_lines"] == states["ledger_entry_lines"]
    (told,) = alerts()
    assert "entries_balance" in told["happened"]
    assert told["todo"]
    assert airflow.stages() == []


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        ({"tables": ["bank_accounts"], "start_date": "2026-01-01"}, "bank_accounts cannot be read by date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date is before start_date"),
        ({"dryrun": True}, "there is no parameter 'dryrun'"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused_by_name(
    airflow: Any, alerts: Alerts, conf: dict[str, Any], said: str
) -> None:
    same = unchanged(airflow)
    run = airflow.run(**conf)
    assert run.with_state("failed") == {"plan", "wrap_up"}
    (told,) = alerts()
    assert said in told["happened"]
    assert told["todo"]
    assert airflow.requests() == []
    assert same()


@pytest.mark.parametrize(
    "conf",
    [
        {"tables": ["Customers"]},
        {"tables": "customers"},
        {"mode": "Full"},
        {"start_date": "01/02/2026"},
        {"start_date": "2026-13-01"},
        {"dry_run": "yes"},
        {"allow_shrink": None},
    ],
)
def test_a_wrong_value_is_refused_before_the_run_begins(airflow: Any, conf: dict[str, Any]) -> None:
    """As the web UI, the REST API and the command line do it: by the parameters' own schema."""
    from airflow.sdk.exceptions import ParamValidationError

    dag = airflow.dag()
    (name,) = conf
    with pytest.raises((ParamValidationError, ValueError), match=name):
        dag.params.update(conf)
    assert airflow.requests() == []


def test_without_a_warehouse_nothing_begins(airflow: Any, alerts: Alerts, monkeypatch: Any) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_PENNYLANE_WAREHOUSE")
    run = airflow.run()
    assert run.with_state("failed") == {"plan", "wrap_up"}
    (told,) = alerts()
    assert "pennylane_warehouse or landfall_warehouse" in told["todo"]
    assert airflow.requests() == []
