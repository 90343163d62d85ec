"""The end of a run: references between the published tables, the stages, and the verdict."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from landfall.errors import LandfallError, TablesFailed
from landfall.notifiers.alert import Alert
from landfall.operators import audit
from landfall.operators.base import PLAN, LandfallOperator
from landfall.operators.plan import STEPS
from landfall.pipeline import Extraction


class WrapUpOperator(LandfallOperator):
    """Checks the references between what was published, ends the run's rows in `landfall.runs`, and fails if a table
    failed, naming it.

    :raises TablesFailed: some tables failed; the others are published.
    """

    def execute(self, context: Any) -> dict[str, Any]:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[context["run_id"]])[context["run_id"]]
        if states.get(PLAN) != "success":
            self._end_unplanned(context)
            raise TablesFailed(
                f"{self.source}: the plan failed, so nothing was read", todo="See the task plan."
            )
        planned = ti.xcom_pull(task_ids=PLAN) or {}
        outcomes: dict[str, tuple[str, str | None]] = dict.fromkeys(
            planned.get("unchanged", ()), ("unchanged", None)
        )
        failed, published = [], []
        for resource in self.declared.resources:
            broken = [s for s in STEPS if states.get(f"{resource.name}.{s}") == "failed"]
            if broken:
                failed.append(f"{resource.name} ({broken[0]})")
                outcomes[resource.name] = ("error", f"{broken[0]} failed; its log says why and what to do")
            elif states.get(f"{resource.name}.publish") == "success":
                published.append(resource.name)
                lacking = self._lacking(context, resource.name)
                failed += lacking
                outcomes[resource.name] = ("error", "; ".join(lacking)) if lacking else ("success", None)
            elif resource.name in planned.get("tables", ()):
                quiet = states.get(f"{resource.name}.extract") == "success"
                outcomes[resource.name] = ("unchanged" if quiet else "skipped", None)
        verdict = TablesFailed(
            f"{self.source}: {len(failed)} tables failed: {', '.join(failed)}; {len(published)} are published",
            todo="Each failed task says what to do; clear it to run it again.",
        )
        audit.end(self, context, outcomes, str(verdict) if failed else None)
        warnings = 0 if context["params"].get("dry_run") else self._references(context, published)
        if failed:
            raise verdict
        return {"published": published, "reference_warnings": warnings}

    def _lacking(self, context: Any, resource: str) -> list[str]:
        """The parts of a published table that were not read; an alert for each, since no task of their own failed."""
        from landfall.notifiers.channels import send

        pulled = context["ti"].xcom_pull(task_ids=f"{resource}.extract")
        extraction = msgspec.convert(pulled, Extraction)
        for part in extraction.failed:
            send(
                Alert(
                    source=self.source,
                    resource=resource,
                    title=f"{part.name} was not read",
                    happened=f"{part.error}. The others are published; its rows are as they were.",
                    todo=part.todo or "Look into the log of the extract task.",
                    link=context["ti"].log_url,
                    run_id=context["run_id"],
                )
            )
        return [
            f"{resource}: {part.name} was not read: {part.error} → {part.todo}" for part in extraction.failed
        ]

    def _end_unplanned(self, context: Any) -> None:
        """Note that the plan failed, unless what made it fail keeps that from being noted too."""
        try:
            audit.end(
                self, context, {}, "the plan failed, so nothing was read; its log says why and what to do"
            )
        except (LandfallError, sa.exc.SQLAlchemyError) as error:
            self.log.error("%s: no note in landfall.runs: %s", self.source, type(error).__name__)

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
