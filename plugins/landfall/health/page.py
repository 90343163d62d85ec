"""What the page in Airflow's web interface asks: routes that read, each for a user who may see the DAG.

Airflow mounts them without any guard of its own, so each has one.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity
from airflow.api_fastapi.core_api.security import (
    GetUserDep,
    get_user,
    requires_access_dag,
    requires_access_view,
)
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import FileResponse

from landfall.health.connected import look_at
from landfall.health.told import SourceHealth, order
from landfall.sources import names

FRESH = 5
"""Seconds for which an answer is given again: the api-server is one process for everybody."""
STATIC = Path(__file__).parent / "static"
_json = msgspec.json.Encoder(decimal_format="number").encode


class Shelf:
    """The last answer of each source, and the last one while its warehouse could be asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[float, SourceHealth]] = {}
        self._good: dict[str, SourceHealth] = {}

    def __call__(self, wanted: list[str]) -> list[SourceHealth]:
        """How these sources are doing; whoever comes while others look waits for what they find."""
        with self._lock:
            old = time.monotonic() - FRESH
            due = [name for name in wanted if self._answers.get(name, (0.0,))[0] <= old]
            for told in look_at(due):
                self._answers[told.source] = (time.monotonic(), self._kept(told))
            return order(self._answers[name][1] for name in wanted)

    def _kept(self, told: SourceHealth) -> SourceHealth:
        """Of a source whose warehouse is away: what was known last, with its time."""
        if told.state != "away":
            self._good[told.source] = msgspec.structs.replace(told, as_of=datetime.now(UTC))
            return told
        known = self._good.get(told.source)
        if known is None:
            return told
        return msgspec.structs.replace(known, state="away", health=None, alerts=told.alerts)


shelf = Shelf()
app = FastAPI(dependencies=[Depends(get_user)], docs_url=None, redoc_url=None, openapi_url=None)


@app.get("/api/sources", dependencies=[Depends(requires_access_view(AccessView.WEBSITE))])
def sources(user: GetUserDep) -> Response:
    """The sources whose DAGs the user may see, the worst first, without their tables and runs."""
    may = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    found = shelf([name for name in names() if name in may])
    less: dict[str, list[object]] = {"tables": [], "runs": [], "quarantine": [], "checks": []}
    return _answer([msgspec.structs.replace(told, **less) for told in found])


@app.get("/api/sources/{dag_id}", dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])
def one(dag_id: str) -> Response:
    """All of one source."""
    if dag_id not in names():
        raise HTTPException(404, "This DAG is not a source of Landfall.")
    return _answer(shelf([dag_id])[0])


@app.get("/static/health.js", dependencies=[Depends(requires_access_view(AccessView.WEBSITE))])
def module() -> Response:
    """The page's own code; browsers ask whether theirs is the newest."""
    return FileResponse(
        STATIC / "health.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


def _answer(told: object) -> Response:
    return Response(_json(told), media_type="application/json", headers={"Cache-Control": "no-store"})
