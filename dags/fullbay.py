"""# Fullbay

Repair-order invoices of truck repair shops into schema `fullbay` of the warehouse: every invoice as it came, and the
lines it becomes, whose sums are the invoice's totals to the cent. One run reads any number of shops.

**Schedule** (America/New_York): daily at 05:00 the last 14 days, because an invoice may change after its date and
Fullbay lists no changes; on the first of a month at 03:00 the last year.

**Connections**: `fullbay_default` (type Fullbay: API key, egress IP, time zone, shop code; further shops in "More
shops") and `fullbay_warehouse` or `landfall_warehouse` (type Postgres or Microsoft SQL Server). With `landfall_aws`
(type Amazon Web Services) each run's figures go to CloudWatch.

**Tasks**: `plan` proves each shop's key; `invoices` reads in windows of seven days, flattens, checks and publishes;
`report` writes `fullbay.ingestion_metadata`, judges the source's health and raises alerts.

**When a task fails** its log and the alert say what to do. Any task can be cleared and run again: `load`, `check` and
`publish` work from what was landed, without calling the API.

| symptom | what to do |
|---|---|
| `plan`: AuthenticationFailed | check API key, egress IP and second time zone in the connection, clear `plan` |
| ReadMoved, again and again | somebody works through old invoices; the next run succeeds |
| alert "High error rate" | `SELECT error_category, count(*) FROM fullbay.v_processing_errors GROUP BY 1;` |
| an invoice is UNRECONCILED | `SELECT * FROM fullbay.fullbay_invoice_reconciliation WHERE fullbay_invoice_id = '…';` |
| rules of flattening changed | run with `reprocess` = all: flattens what is stored, without the API |

How it is doing: `python -m landfall.sources.fullbay.dashboard`.
"""

from __future__ import annotations

from datetime import date

from airflow.sdk import DAG, TriggerRule  # Airflow only reads files that say "airflow" and "dag"

from landfall.dag import source_dags
from landfall.operators.report_ingestion import NoteBeginning, ReportIngestionOperator

dag: DAG
dag, *instances = source_dags(
    "fullbay",
    schedule="0 5 * * *",
    full_schedule="0 3 1 * *",
    timezone="America/New_York",
    start=date(2026, 1, 1),
    doc_md=__doc__ or "",
    tags=["repair", "invoices"],
)
dag.get_task("plan").on_execute_callback = [NoteBeginning("fullbay")]
with dag:
    report = ReportIngestionOperator(task_id="report", source="fullbay", trigger_rule=TriggerRule.ALL_DONE)
    dag.get_task("invoices.publish") >> report
