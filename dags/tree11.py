"""# Tree11

A gym: members, plans, lessons and who was there, takings, invoices and payouts from Gymly, personal training from a
Google Sheet, into the Dutch tables of schema `tree11` of the warehouse.

**Schedule** (Europe/Amsterdam): every three hours from 06:00 to 21:00 all tables but two; Abonnementen on Mondays at
07:00; AbonnementStatistieken only when it is named in `tables`. What is dated is read again for the last seven days,
Omzet from thirty days before this month, and after an outage from where it began. `start_date` and `end_date` read any
range, in weeks, and leave every other day alone.

**Connections**: `gymly_default` (type Gymly: API key, or a user's login; business and location),
`google_sheets_default` (type Google Sheets: a service account's key; the spreadsheet is shared with that account) and
`tree11_warehouse` or `landfall_warehouse`.

**Tasks**: `plan` proves Gymly's credential and the location; for each table extract → load → check → publish; `wrap_up`
checks references between tables and names the tables that failed.

**When a task fails** its log and the alert say what to do. Any task can be cleared and run again: `load`, `check` and
`publish` work from what was landed, without calling Gymly or Google.

| symptom | what to do |
|---|---|
| `plan` fails with AuthenticationFailed | put the new API key or password into `gymly_default`, clear `plan` |
| PersonalTraining: Misconfigured | the message says what is wrong with the sheet, its sharing or its header row |
| FuseBlown | if the vendor agrees that so many rows of these days are gone, run the table with `allow_shrink` |
| Lessen: activity-events answered 500 | lower *Days per request* in the connection |
| rows in quarantine | `SELECT resource, reason, path, count(*) FROM landfall.quarantine GROUP BY 1, 2, 3;` |

How far each table is: `SELECT * FROM tree11.sync_state ORDER BY updated_at DESC;`
"""

from __future__ import annotations

from datetime import date

from airflow.sdk import DAG  # Airflow only reads files that say "airflow" and "dag"

from landfall.dag import source_dags

dag: DAG
dag, *instances = source_dags(
    "tree11",
    schedule="0 6-22/3 * * *",
    full_schedule="0 7 * * 1",
    timezone="Europe/Amsterdam",
    start=date(2026, 1, 1),
    doc_md=__doc__ or "",
    tags=["gym"],
)
