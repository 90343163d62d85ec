"""# ProHandel

A retailer's articles, stock, receipts, orders and customers: as the vendor has them in schema `prohandel_raw`, as
reports read them in `prohandel`.

**Schedule** (Europe/Berlin): every hour what changed, every night at 02:30 everything. An hourly run asks for what
changed since the last one where the connection names the parameter for that; an answer that does not prove itself, or
no parameter, means that the list is read whole and compared. What vanished at the vendor is removed at night, where two
complete reads in a row lack it.

**Connections**: `prohandel_default` (type ProHandel: API key, secret, time zone, changed-since parameter) and
`prohandel_warehouse` or `landfall_warehouse`. The file that `LANDFALL_PROHANDEL` names changes settings.

**Tasks**: `plan` logs in and looks at the first page of each list for news; for each table extract → load → check →
publish; then one task for each table of `prohandel`, skipped while nothing that it reads has moved; `wrap_up` names the
tables that failed.

**When a task fails** its log and the alert say what to do. Any task can be cleared and run again: `load`, `check` and
`publish` work from what was landed, without calling ProHandel.

| symptom | what to do |
|---|---|
| `plan` fails with AuthenticationFailed | put the new key and secret into `prohandel_default`, clear `plan` |
| serverUrl is no https address | ask ProHandel's support for the tenant's address |
| FuseBlown | if so many rows are really gone, run the table with `mode` full and `allow_shrink` |
| hourly runs read whole lists | press Test in the connection: it names the lists to which the parameter applies |
| rows in quarantine | `SELECT resource, reason, path, count(*) FROM landfall.quarantine GROUP BY 1, 2, 3;` |

How far each table is: `SELECT * FROM prohandel.sync_state ORDER BY updated_at DESC;`
"""

from __future__ import annotations

from datetime import date

from airflow.sdk import DAG  # Airflow only reads files that say "airflow" and "dag"

from landfall.dag import source_dags

dag: DAG
dag, *instances = source_dags(
    "prohandel",
    schedule="0 * * * *",
    full_schedule="30 2 * * *",
    timezone="Europe/Berlin",
    start=date(2026, 1, 1),
    doc_md=__doc__ or "",
    tags=["retail"],
)
