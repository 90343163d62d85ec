"""A token of another company, pasted by mistake, under Airflow's own runner."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@pytest.fixture
def company(airflow: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the vendor's token open another company's data."""

    def is_(key: int, name: str) -> None:
        monkeypatch.setattr(airflow.vendor, "company", {"id": key, "name": name})

    return is_


def test_another_company_is_refused_until_somebody_consents(airflow: Any, company: Any, alerts: Any) -> None:
    before = airflow.contents(), airflow.states()
    company(2, "Other SARL")
    for conf in (
        {},
        {"mode": "full"},
        {"dry_run": True},
        {"tables": ["customer_invoices"], "start_date": "2026-01-01"},
    ):
        run = airflow.run(**conf)
        assert run.with_state("failed") == {"plan", "wrap_up"}
        assert all(name in alerts()[-1]["happened"] for name in ("Démo & Fils SAS (4242)", "Other SARL (2)"))
        assert "accept_identity" in alerts()[-1]["todo"]
    assert (airflow.contents(), airflow.states()) == before
    airflow.vendor.stats.reset()
    assert airflow.run(accept_identity=True, tables=["products"]).state == "success"
    assert "GET /products" in airflow.requests(), "read in full, although nothing changed"
    assert airflow.run(tables=["products", "customers"]).state == "success"


def test_the_first_load_keeps_it(empty: Any, company: Any) -> None:
    company(1, "Acme SAS")
    assert empty.run(tables=["products"], dry_run=True).state == "success"
    assert empty.query("SELECT count(*) FROM landfall.identities") == [(0,)]
    assert empty.run(tables=["products"]).state == "success"
    assert empty.query("SELECT source, hook, account, identity_key, label FROM landfall.identities") == [
        ("pennylane", "pennylane", "", "1", "Acme SAS")
    ]


def test_a_token_that_was_swapped_after_the_plan_reads_nothing(airflow: Any, company: Any) -> None:
    run = airflow.run(tables=["customers"], mode="full")
    before = airflow.contents()
    company(2, "Other SARL")
    airflow.vendor.delete("customers", airflow.vendor.ids("customers")[0])
    again = airflow.clear(run, "customers.extract")
    assert again.with_state("failed") == {"customers.extract", "wrap_up"}
    assert airflow.contents() == before
