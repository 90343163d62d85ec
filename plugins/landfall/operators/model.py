"""A model: one task that makes its table of other tables of the warehouse."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk.exceptions import AirflowSkipException

from landfall import assets
from landfall.operators.base import PLAN
from landfall.operators.lineage import LineageOperator


class ModelOperator(LineageOperator):
    """Stages, checks and publishes a model; returns the figures. Skipped where nothing that it reads has moved.

    Reads the run parameter `allow_shrink` (consent to removing more rows than the fuse allows).
    """

    def execute(self, context: Any) -> dict[str, Any]:
        if context["ti"].xcom_pull(task_ids=PLAN) is None:
            raise AirflowSkipException("the plan failed, so nothing was read")
        allowed = bool(context["params"].get("allow_shrink"))
        result = self.pipeline(self.resource, context).build(allow_shrink=allowed)
        if result is None:
            raise AirflowSkipException("nothing that it reads has moved")
        self.log.info(
            "%s.%s: %s inserted, %s updated, %s unchanged, %s deleted; %s rows",
            self.source,
            self.resource,
            result.inserted,
            result.updated,
            result.unchanged,
            result.deleted,
            result.rows,
        )
        assets.tell(self, context, result)
        self.keep_lineage(result)
        plain: dict[str, Any] = msgspec.to_builtins(result)
        return plain
