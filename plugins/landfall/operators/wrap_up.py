"""The end of a run: references between the published tables, the stages, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall.errors import LandfallError, TablesFailed
from landfall.notifiers.alert import Alert
from landfall.operators import audit
from landfall.operators.audit import Outcomes
from landfall.operators.base import PLAN, LandfallOperator
from landfall.operators.plan import STEPS
from landfall.pipeline import Extraction
from landfall.sql import views


class WrapUpOperator(LandfallOperator):
    """Checks the references between what was published, ends the run's rows in `landfall.runs`, and fails, naming them,
    unless every table that was planned is published or had no changes.

    :raises TablesFailed: some tables are neither; the others are published.
    """

    def execute(self, context: Any) -> dict[str, Any]:
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[context["run_id"]])[context["run_id"]]
        planned = ti.xcom_pull(task_ids=PLAN) if states.get(PLAN) == "success" else None
        if planned is None:
            self._end_unplanned(context)
            raise TablesFailed(
                f"{self.source}: the plan failed, so nothing was read", todo="See the task plan."
            )
        outcomes: Outcomes = dict.fromkeys(planned["unchanged"], ("unchanged", None))
        failed: list[str] = []
        published: list[str] = []
        due = {*planned["tables"], *planned["models"]}
        for resource in (*self.declared.resources, *self.declared.models):
            steps = {step: states.get(f"{resource.name}.{step}") for step in STEPS}
            if resource.name not in due and "failed" not in steps.values():
                continue
            if resource in self.declared.models:
                steps = {"publish": steps["publish"]}
            status, why = self._outcome(ti, resource.name, steps)
            if why:
                failed.append(f"{resource.name} ({why.split()[0]})")
            elif status == "success":
                published.append(resource.name)
                lacking = self._lacking(context, resource.name)
                failed += lacking
                status, why = ("error", "; ".join(lacking)) if lacking else (status, None)
            outcomes[resource.name] = (status, why)
        verdict = TablesFailed(
            f"{self.source}: {len(failed)} tables failed: {', '.join(failed)}; {len(published)} are published",
            todo="Each failed task says what to do; clear it to run it again.",
        )
        audit.end(self, context, outcomes, str(verdict) if failed else None)
        warnings = 0
        if not context["params"].get("dry_run"):
            warnings = self._references(context, published)
            self._conclude(ti, context["run_id"])
        if failed:
            raise verdict
        return {"published": published, "reference_warnings": warnings}

    def _conclude(self, ti: Any, run_id: str) -> None:
        """What reads the tables and does not follow them by itself is made anew.

        :raises LandfallError: it was not; the tables are published all the same. An alert tells it.
        """
        from landfall.notifiers.channels import send

        try:
            made = self.warehouse().conclude(views(self.declared))
        except LandfallError as error:
            happened = f"{error.message}. The tables are published; their views show what was before."
            send(
                Alert(
                    source=self.source,
                    resource="views",
                    title="The views were not made anew",
                    happened=happened,
                    todo=error.todo or "The next run makes them anew; see the log of wrap_up.",
                    link=ti.log_url,
                    run_id=run_id,
                )
            )
            raise
        if made:
            self.log.info("%s: made anew: %s", self.source, ", ".join(made))

    def _lacking(self, context: Any, resource: str) -> list[str]:
        """The parts of a published table that are not; an alert for each, since no task of their own failed."""
        from landfall.notifiers.channels import send

        pulled = context["ti"].xcom_pull(task_ids=f"{resource}.extract")
        if pulled is None:  # a model reads no parts
            return []
        staged = context["ti"].xcom_pull(task_ids=f"{resource}.load") or {}
        extraction = msgspec.convert(pulled, Extraction).without(staged.get("left_out", {}))
        for part in extraction.failed:
            send(
                Alert(
                    source=self.source,
                    resource=resource,
                    title=part.verdict,
                    happened=f"{part.error}. The others are published; its rows are as they were.",
                    todo=part.todo or "Look into the log of the extract task.",
                    link=context["ti"].log_url,
                    run_id=context["run_id"],
                )
            )
        return [f"{resource}: {part.failure}" for part in extraction.failed]

    def _outcome(self, ti: Any, name: str, steps: dict[str, str | None]) -> tuple[str, str | None]:
        """Status and error of a planned table. A task that a person marked as a success has no result to show."""
        published = ti.xcom_pull(task_ids=f"{name}.publish") if steps["publish"] == "success" else None
        if published:
            return "overtaken" if published.get("overtaken") else "success", None
        extracted = ti.xcom_pull(task_ids=f"{name}.extract") if steps.get("extract") == "success" else None
        if extracted and not extracted["changed"]:
            return "unchanged", None
        if steps == {"publish": "skipped"}:  # a model of which nothing has moved
            return "unchanged", None
        for step, state in steps.items():
            if state == "failed":
                return "error", f"{step} failed; its log says why and what to do"
        step = next((step for step, state in steps.items() if state != "success"), "publish")
        return "error", f"{step} did not run to its end ({steps[step]}); clear it to run it again"

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
            warnings += sum(not found.passed for found in self.pipeline(name, context).check_references())
        return warnings


class DropStagesOperator(LandfallOperator):
    """Drops the stages of the run's loads, whatever became of them; and tidies a lake, once a week."""

    def execute(self, context: Any) -> int:
        tasks = [f"{r.name}.extract" for r in self.declared.resources]
        pulled = [p for p in context["ti"].xcom_pull(task_ids=tasks) if p]
        if not pulled:  # the plan may have failed for want of a warehouse
            return 0
        warehouse = self.warehouse()
        dropped = warehouse.drop_stages(p["load_id"] for p in pulled)
        if not context["params"].get("dry_run"):
            done = warehouse.upkeep(self.source, self._own())
            for name, kept in (done or {}).items():
                self.log.info("tidied %s: %s", name, kept)
        return dropped

    def _own(self) -> Iterator[tuple[str, str]]:
        """Schema and name of the source's tables and views."""
        declared = self.declared
        for table in declared.tables:
            yield declared.schemas[declared.schema_of(table)], table.name
        for view in views(declared):
            yield view.schema, view.name
