"""Runs when invoices or customers have changed, and says what came."""

from __future__ import annotations

from airflow.sdk import dag, task

from landfall.assets import table

INVOICES, CUSTOMERS = table("pennylane", "customer_invoices"), table("pennylane", "customers")


@dag(schedule=(INVOICES | CUSTOMERS), catchup=False)
def late_payers() -> None:
    @task
    def look(triggering_asset_events: object = None) -> dict[str, int]:
        """Changed rows by table; this is where your own work goes."""
        changed: dict[str, int] = {}
        for asset, events in triggering_asset_events.items():  # type: ignore[attr-defined]
            for event in events:
                told = sum(event.extra[what] for what in ("inserted", "updated", "deleted"))
                changed[asset.name] = changed.get(asset.name, 0) + told
        return changed

    look()


late_payers()
