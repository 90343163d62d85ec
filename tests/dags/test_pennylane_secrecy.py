"""What a run writes down about a credential or a person: nothing."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from landfall.records import Json
from landfall.sources import source
from tests.driver import expected

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def personal(vendor: Any) -> set[str]:
    """Values that identify a person or an account, as the records mark them; long enough to be told from a word."""
    found: set[str] = set()
    for resource in source("pennylane").resources:
        if resource.name not in vendor.rows:
            continue
        tables = expected(resource.table, vendor.truth(resource.name))
        for table in resource.table.family():
            names = [c.name for c in table.columns if c.personal and c.type is not Json]
            for row in tables[table.name].values():
                found |= {str(row[n]) for n in names if row.get(n) and len(str(row[n])) >= 8}
    return found


def test_what_the_tasks_hand_on(full_run: Any, airflow: Any) -> None:
    values = personal(airflow.vendor)
    assert len(values) > 50
    told = json.dumps([*full_run.xcoms.values()], ensure_ascii=False)
    assert len(full_run.xcoms) >= 50
    assert [v for v in values | {airflow.vendor.token} if v in told] == []
    assert max(len(json.dumps(x)) for x in full_run.xcoms.values()) < 4000, "XComs are small"


def test_what_the_tasks_log(airflow: Any, capfd: Any, caplog: Any) -> None:
    """A load that goes well, one whose rows are refused, one that is checked and fails, and one that breaks."""
    vendor = airflow.vendor
    names = ["customers", "suppliers", "transactions", "ledger_entry_lines"]
    first, second = vendor.ids("customers")[:2]
    vendor.update(
        "customers", first, {"name": "Jeanne Exemple-Secret", "ledger_account": {"id": "no number"}}
    )
    vendor.update("customers", second, {"emails": ["jeanne.exemple@example.org"]})
    vendor.update("ledger_entry_lines", vendor.ids("ledger_entry_lines")[0], {"debit": "987654.32"})
    vendor.faults.add("invalid_json", path="/suppliers$")
    values = personal(vendor) | {vendor.token, "Jeanne Exemple-Secret", "jeanne.exemple@example.org"}
    run = airflow.run(tables=names, mode="full")
    assert run.tasks["ledger_entry_lines.check"] == "failed"
    assert run.result("customers.load")["quarantined"] == 1
    out, err = capfd.readouterr()
    told = out + err + caplog.text
    assert "customers" in told
    assert "landed" in told
    assert [v for v in values if v in told] == []
    assert json.loads(os.environ["AIRFLOW_CONN_PENNYLANE_WAREHOUSE"])["password"] not in told
