"""# Pennylane

Accounting data from Pennylane's Company API v2 into schema `pennylane` of the warehouse: thirteen tables and the
child tables of their lists.

**Schedule** (Europe/Paris): every 2 hours what changed, at 03:00 everything. A table that was never loaded, or whose
changelog no longer reaches back (28 days), is loaded in full by itself.

**Connections**: `pennylane_default` (type Pennylane; the token is the password) and `pennylane_warehouse` or
`landfall_warehouse` (type Postgres or Microsoft SQL Server).

**Tasks**: `plan` proves the token and looks what changed; for each table extract → load → check → publish; `wrap_up`
checks references between tables and names the tables that failed.

**When a task fails** its log and the alert say what to do. Any task can be cleared and run again: `load`, `check` and
`publish` work from what was landed, without calling the API.

| symptom | what to do |
|---|---|
| `plan` fails with AuthenticationFailed | put a new token into the connection, clear `plan` |
| one table fails with ScopeMissing | give the token the scope that the message names, clear its `extract` |
| FuseBlown | compare with Pennylane; if the rows are really gone, run the table with `allow_shrink` |
| CheckFailed | the message names the entries; nothing was published, the next run tries again by itself |
| TooManyRejects | `SELECT reason, path, count(*) FROM landfall.quarantine GROUP BY 1, 2;` |

How far each table is: `SELECT table_name, last_sync_at, records_synced, sync_type, updated_at FROM
pennylane.sync_state ORDER BY updated_at DESC;`
"""

from __future__ import annotations

from datetime import date

from airflow.sdk import DAG  # Airflow only reads files that say "airflow" and "dag"

from landfall.dag import source_dags

dag: DAG
dag, *instances = source_dags(
    "pennylane",
    schedule="0 */2 * * *",
    full_schedule="0 3 * * *",
    timezone="Europe/Paris",
    start=date(2026, 1, 1),
    doc_md=__doc__ or "",
    tags=["accounting"],
)
