"""Privacy policies under Airflow's own runner: nothing personal in the warehouse, the logs and what tasks hand on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from landfall.errors import Misconfigured
from landfall.privacy import MASK
from landfall.sources import source
from tests.dags.test_fullbay_runs import Shop, shop, vendor  # noqa: F401 - fixtures
from tests.driver import expected

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

KEY = "a key that only this test knows, and long enough"
TABLES = (
    "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
)
PLANTED = {
    "name": "Jeanne Exemple-Planted",
    "phone": "+33 6 99 88 77 66",
    "emails": ["jeanne.planted@example.org"],
    "notes": "prefers to be called in the planted evening",
}


def dump(query: Callable[[str], list[Any]]) -> str:
    """All rows of a database's tables as text."""
    return "\n".join(row for (name,) in query(TABLES) for (row,) in query(f"SELECT t::text FROM {name} t"))


def with_policy(airflow: Any, policy: str) -> Any:
    dag = airflow.dag()
    for task in dag.tasks:
        task.privacy = policy
    return dag


@pytest.mark.parametrize("policy", ["mask", "hash"])
def test_books_without_persons(
    empty: Any, policy: str, set_connection: Callable[..., None], capfd: Any, caplog: Any
) -> None:
    """A first load of everything, with a record that is rejected and a field that nobody declared."""
    set_connection("landfall_privacy", "generic", password=KEY)
    made = empty.vendor
    first, second = made.ids("customers")[:2]
    made.update("customers", first, PLANTED | {"met_by": "Undeclared Planted"})
    made.update("customers", second, {"name": "Rejected Planted", "ledger_account": {"id": "no number"}})
    values = persons(made) | {"Undeclared Planted", "Rejected Planted", *PLANTED["emails"]}
    assert len(values) > 50
    run = empty.run(dag=with_policy(empty, policy), tables=[*TABLES_OF_PERSONS], mode="full")
    assert run.state == "success", run.tasks
    assert run.result("customers.load")["quarantined"] == 1
    out, err = capfd.readouterr()
    told = dump(empty.query) + out + err + caplog.text + json.dumps([*run.xcoms.values()], ensure_ascii=False)
    assert [v for v in {*values, KEY} if v in told] == []
    rows, named = empty.query("SELECT count(*), count(DISTINCT name) FROM pennylane.customers")[0]
    assert rows == len(made.ids("customers")) - 1
    assert named == 1 if policy == "mask" else named > 1
    again = empty.run(dag=with_policy(empty, policy), tables=["customers"], mode="full")
    assert again.result("customers.publish")["updated"] == 0, "a hash is the same in every run"
    kept = empty.run(tables=["customers"], mode="full")
    assert kept.result("customers.publish")["updated"] == rows, "another policy takes effect with a full load"
    assert empty.query("SELECT name FROM pennylane.customers WHERE name = :name", name=PLANTED["name"])


TABLES_OF_PERSONS = ("customers", "suppliers", "transactions")


def persons(made: Any) -> set[str]:
    """Personal values of these tables, long enough to be told from a word."""
    found: set[str] = set()
    for name in TABLES_OF_PERSONS:
        table = source("pennylane").resource(name).table
        rows = expected(table, made.truth(name))
        for one in table.family():
            columns = [c.name for c in one.columns if c.personal]
            found |= {
                str(r[c])
                for r in rows[one.name].values()
                for c in columns
                if r.get(c) and len(str(r[c])) >= 8
            }
    return found


def test_hash_without_a_key_stops_at_the_plan(airflow: Any) -> None:
    run = airflow.run(dag=with_policy(airflow, "hash"), tables=["customers"])
    assert run.tasks["plan"] == "failed"
    (told,) = airflow.query("SELECT error FROM landfall.runs WHERE run_id = :run", run=run.run_id)
    assert "landfall_privacy" in told[0]


def test_the_dag_file_chooses_the_policy_for_every_task(airflow_db: Any) -> None:
    from landfall.dag import source_dag
    from landfall.operators.base import LandfallOperator

    options: dict[str, Any] = {
        "schedule": "0 5 * * *",
        "full_schedule": "0 3 * * *",
        "timezone": "Europe/Paris",
        "doc_md": "x",
        "start": date(2026, 1, 1),
    }
    dag = source_dag("pennylane", privacy="hash", **options)
    tasks = [task for task in dag.tasks if isinstance(task, LandfallOperator)]
    assert len(tasks) > 50
    assert {task.privacy for task in tasks} == {"hash"}
    with pytest.raises(Misconfigured, match="keep, mask, hash"):
        source_dag("pennylane", privacy="blur", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["mask", "hash"])
def test_invoices_without_persons(
    shop: Shop,  # noqa: F811
    policy: str,
    set_connection: Callable[..., None],
    capfd: Any,
    caplog: Any,
) -> None:
    set_connection("fullbay_privacy", "generic", password=KEY)
    before = shop.run()
    assert before.state == "success"
    values = {
        v
        for row in shop.query(
            "SELECT customer_title, customer_main_phone, unit_vin, unit_license_plate, assigned_technician, "
            "primary_technician FROM fullbay.fullbay_line_items"
        )
        for v in row
        if v
    }
    values.add("Jo Marsh")  # who wrote the order: in the invoice, in no column of ours
    assert len(values) > 20
    lines = shop.query("SELECT count(*), sum(line_total_price) FROM fullbay.fullbay_line_items")
    shop.vendor.insert_broken("no_order")
    capfd.readouterr()
    caplog.clear()
    shop.privacy = policy
    run = shop.run(mode="full")
    assert run.state == "success", run.tasks
    out, err = capfd.readouterr()
    told = dump(shop.query) + out + err + caplog.text + json.dumps([*run.xcoms.values()])
    assert [v for v in values if v in told] == []
    assert shop.query("SELECT count(*), sum(line_total_price) FROM fullbay.fullbay_line_items") == lines
    notes = {note for (note,) in shop.query("SELECT complaint_note FROM fullbay.fullbay_line_items")} - {None}
    assert notes == {MASK} if policy == "mask" else {len(note) for note in notes} == {32}
    assert shop.query("SELECT count(*) FROM fullbay.fullbay_raw_data WHERE raw_json_data IS NOT NULL") == [
        (0,)
    ]
    named = shop.query("SELECT count(DISTINCT assigned_technician) FROM fullbay.fullbay_line_items")[0][0]
    assert named == 1 if policy == "mask" else named > 1
    refused = shop.run(reprocess="all")
    assert refused.tasks["plan"] == "failed"
    assert (
        "asks the vendor again"
        in shop.query(f"SELECT error FROM landfall.runs WHERE run_id = '{refused.run_id}'")[0][0]
    )
