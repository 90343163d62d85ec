"""A token of another company, pasted by mistake, under Airflow's own runner."""

from __future__ import annotations

from typing import Any

import pytest

from landfall.identity import Identity

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the vendor's token open another company's data."""
    from landfall.hooks.pennylane import PennylaneHook

    def is_(key: str, name: str) -> None:
        monkeypatch.setattr(PennylaneHook, "identity", lambda self: Identity(key, name), raising=False)

    return is_


def test_another_company_is_refused_until_somebody_consents(airflow: Any, company: Any, alerts: Any) -> None:
    company("1", "Acme SAS")
    assert airflow.run(accept_identity=True).state == "success", "the fixture's tables are the sandbox's own"
    before = airflow.contents(), airflow.states()
    company("2", "Other SARL")
    for conf in (
        {},
        {"mode": "full"},
        {"dry_run": True},
        {"tables": ["customer_invoices"], "start_date": "2026-01-01"},
    ):
        run = airflow.run(**conf)
        assert run.with_state("failed") == {"plan", "wrap_up"}
        assert all(name in alerts()[-1]["happened"] for name in ("Acme SAS (1)", "Other SARL (2)"))
        assert "accept_identity" in alerts()[-1]["todo"]
    assert (airflow.contents(), airflow.states()) == before
    airflow.vendor.stats.reset()
    assert airflow.run(accept_identity=True, tables=["products"]).state == "success"
    assert "GET /products" in airflow.requests(), "read in full, although nothing changed"
    assert airflow.run().state == "success"


def test_the_first_load_keeps_it(empty: Any, company: Any) -> None:
    company("1", "Acme SAS")
    assert empty.run(tables=["products"], dry_run=True).state == "success"
    assert empty.query("SELECT count(*) FROM landfall.identities") == [(0,)]
    assert empty.run(tables=["products"]).state == "success"
    assert empty.query("SELECT source, hook, account, identity_key, label FROM landfall.identities") == [
        ("pennylane", "pennylane", "", "1", "Acme SAS")
    ]
