"""Landfall in Airflow's web interface: a page of its own, a tab on each DAG, a strip on the home page.

Every process of Airflow imports this file, so it brings nothing that only the api-server needs.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

PREFIX = "/landfall"
MODULE = (
    f"{urlsplit(conf.get('api', 'base_url', fallback='/') or '/').path.rstrip('/')}{PREFIX}/static/health.js"
)


class LandfallPlugin(AirflowPlugin):
    """What Airflow is told of the page; each place loads the same module under an address of its own."""

    name = "landfall"
    react_apps: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "Landfall",
            "bundle_url": f"{MODULE}?nav",
            "destination": "nav",
            "url_route": "landfall",
            "nav_top_level": True,
        },
        {
            "name": "Landfall health",
            "bundle_url": f"{MODULE}?dag",
            "destination": "dag",
            "url_route": "landfall-health",
        },
        {
            "name": "Landfall at a glance",
            "bundle_url": f"{MODULE}?home",
            "destination": "dashboard",
            "url_route": "landfall-strip",
        },
    ]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The routes; Airflow asks for them in the api-server alone."""
        from landfall.health.page import app

        return [{"app": app, "url_prefix": PREFIX, "name": "Landfall"}]
