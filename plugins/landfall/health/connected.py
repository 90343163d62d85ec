"""The health of sources by Airflow's connections, as the command and the page ask for it.

The one module of this package that needs Airflow.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from importlib import import_module

import msgspec
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from landfall.errors import LandfallError
from landfall.health.look import look, trouble
from landfall.health.score import Alert, judge
from landfall.health.told import SourceHealth, order, state_of
from landfall.operators.base import warehouse_of
from landfall.resources import Source
from landfall.sources import source


def look_at(names: Iterable[str], now: datetime | None = None) -> list[SourceHealth]:
    """How these sources are doing, the worst first. A warehouse that is away is asked once."""
    away: dict[int, LandfallError] = {}
    return order(_one(source(name), now, away) for name in names)


def _one(declared: Source, now: datetime | None, away: dict[int, LandfallError]) -> SourceHealth:
    try:
        warehouse = warehouse_of(declared.name)
    except LandfallError as error:
        return trouble(declared, error)
    if known := away.get(id(warehouse)):
        return trouble(declared, known)
    told = look(warehouse, declared, now)
    if told.state == "away":
        away[id(warehouse)] = LandfallError(told.alerts[0].happened, todo=told.alerts[0].todo)
        return told
    return with_alerts(told, [*missing(declared)])


def with_alerts(told: SourceHealth, more: list[Alert]) -> SourceHealth:
    """The same with alerts that are not the ledger's to know."""
    if not more:
        return told
    alerts = [*more, *told.alerts]
    health = told.health and judge(told.health.factors, [alert.severity for alert in alerts])
    return msgspec.structs.replace(told, alerts=alerts, health=health, state=state_of(alerts))


def missing(declared: Source) -> list[Alert]:
    """An alert for each connection that the source's hooks need and that does not exist."""
    found = []
    for conn_id in connections(declared):
        try:
            BaseHook.get_connection(conn_id)
        except AirflowNotFoundException:
            found.append(
                Alert(
                    kind="connection_missing",
                    severity="error",
                    happened=f"there is no connection {conn_id}",
                    todo=f"Add it (Admin → Connections); docs/sources/{declared.kind}.md says what it needs.",
                )
            )
    return found


def connections(declared: Source) -> list[str]:
    """Ids of the connections by which a source's hooks read."""
    hooks = [declared.hook, *(resource.hook for resource in declared.resources if resource.hook)]
    found = []
    for path in dict.fromkeys(hooks):
        module, _, name = path.partition(":")
        found.append(declared.conn_id(getattr(import_module(module), name).default_conn_name))
    return found
