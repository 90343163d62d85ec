"""The end of a run: references between the published tables, the stages, and the verdict."""

from __future__ import annotations

from typing import Any

from landfall.errors import TablesFailed
from landfall.operators.base import PLAN, LandfallOperator
from landfall.operators.plan import STEPS


class WrapUpOperator(LandfallOperator):
    """Checks the references between what was published, and fails if a table of the run failed, naming it.

    :raises TablesFailed: some tables failed; the others are published.
    """

    def execute(self, context: Any) -> dict[str, Any]:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[context["run_id"]])[context["run_id"]]
        if states.get(PLAN) != "success":
            raise TablesFailed(
                f"{self.source}: the plan failed, so nothing was read", todo="See the task plan."
            )
        failed, published = [], []
        for resource in self.declared.resources:
            broken = [s for s in STEPS if states.get(f"{resource.name}.{s}") == "failed"]
            if broken:
                failed.append(f"{resource.name} ({broken[0]})")
            elif states.get(f"{resource.name}.publish") == "success":
                published.append(resource.name)
        warnings = 0 if context["params"].get("dry_run") else self._references(context, published)
        if failed:
            raise TablesFailed(
                f"{self.source}: {len(failed)} tables failed: {', '.join(failed)}; {len(published)} are published",
                todo="Each failed task says what to do; clear it to run it again.",
            )
        return {"published": published, "reference_warnings": warnings}

    def _references(self, context: Any, published: list[str]) -> int:
        warnings = 0
        for name in published:
            for result in self.pipeline(name, context).check_references():
                if not result.passed:
                    warnings += 1
                    self.log.warning("%s.%s: %s", self.source, name, result.details)
        return warnings


class DropStagesOperator(LandfallOperator):
    """Drops the stages of the run's loads, whatever became of them."""

    def execute(self, context: Any) -> int:
        tasks = [f"{r.name}.extract" for r in self.declared.resources]
        pulled = [p for p in context["ti"].xcom_pull(task_ids=tasks) if p]
        return self.warehouse().drop_stages(p["load_id"] for p in pulled) if pulled else 0
