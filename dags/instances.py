"""Makes no DAG: it tells, as an import error, which entries of `include/instances.yaml` cannot be (docs/instances.md).

A file of its own, since Airflow takes all DAGs of a file with an import error away: a wrong entry costs its company,
and neither its source nor the other companies. Airflow only reads files that say "airflow" and "dag".
"""

from __future__ import annotations

from landfall.dag import prove_instances

prove_instances()
