"""# ConnectWise PSA

An IT service company's time, agreements, companies, expenses, products, invoices and members: as they came in schema
`bronze`, typed in `silver`, and as a star of facts and dimensions in `gold` of the warehouse.

**Schedule** (UTC): every day at 05:00 what changed, on Sundays at 03:00 everything. An incremental run reads by
`lastUpdated`, each table some days back at least (`lookback_days` reads others), counts, and where the vendor's count
differs compares ids: what vanished is deleted, what came back is fetched. The small lists are read whole.

**Connections**: `connectwise_default` (type ConnectWise PSA: company and public key, private key, client id, address)
and `connectwise_warehouse` or `landfall_warehouse`. The file that `LANDFALL_CONNECTWISE` names changes settings.

**Tasks**: `plan` proves the keys and looks by counts whether anything changed; for each table extract → load → check →
publish; then one task for each table of gold, skipped while nothing that it reads has moved; `wrap_up` names the tables
that failed.

**When a task fails** its log and the alert say what to do. Any task can be cleared and run again: `load`, `check` and
`publish` work from what was landed, without calling ConnectWise. `layers` without `bronze` makes the others of bronze.

| symptom | what to do |
|---|---|
| `plan` fails with AuthenticationFailed | put the new keys into `connectwise_default`, clear `plan` |
| ScopeMissing | let the API member's security role inquire what the message names |
| FuseBlown | if so many rows are really gone, run the table with `allow_shrink`; a role that was narrowed hides rows |
| a condition is refused (400) | set `moment_format` in the connection, as the message says |
| rows in quarantine | `SELECT resource, reason, path, count(*) FROM landfall.quarantine GROUP BY 1, 2, 3;` |

How far each table is: `SELECT * FROM connectwise.sync_state ORDER BY updated_at DESC;`
"""

from __future__ import annotations

from datetime import date

from airflow.sdk import DAG  # Airflow only reads files that say "airflow" and "dag"

from landfall.dag import source_dags

dag: DAG
dag, *instances = source_dags(
    "connectwise",
    schedule="0 5 * * *",
    full_schedule="0 3 * * 0",
    timezone="UTC",
    start=date(2026, 1, 1),
    doc_md=__doc__ or "",
    tags=["services"],
)
