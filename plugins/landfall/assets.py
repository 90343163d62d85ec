"""The published tables as Airflow's assets: a DAG that is scheduled on one runs when that table has changed."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from landfall.pipeline.facts import Published


def table(source: str, name: str) -> Asset:
    """The asset of a published table.

    :param source: the source, or the instance, as its DAG is called.
    :param name: the table's name.
    """
    asset = Asset(name=f"{source}.{name}")
    # Given to the constructor, a scheme makes Airflow import every provider, to ask each whether the scheme is its own:
    # half a second of each process that reads a DAG file.
    object.__setattr__(asset, "uri", f"landfall://{source}/{name}")
    return asset


def tell(task: Any, context: Any, result: Published) -> None:
    """Let the event of a publish task say what changed; without a change, or in a dry run, there is none.

    :param task: the task that runs, which is Airflow's copy of the DAG's: what it has as outlets when it ends is told.
    """
    if result.dry_run or result.overtaken or not changes(result):
        task.outlets = []
        return
    for asset in task.outlets:
        context["outlet_events"][asset].extra = {
            "rows": result.rows,
            "inserted": result.inserted,
            "updated": result.updated,
            "deleted": result.deleted,
            "watermark": result.watermark,
            "load_id": result.load_id,
        }


def changes(result: Published) -> int:
    """Rows that a publish changed, those of child tables too."""
    own = result.inserted + result.updated + result.deleted
    return own + sum(each.inserted + each.updated + each.deleted for each in result.tables.values())
