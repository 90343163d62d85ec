"""The base of every hook: Airflow's, or as much of it as a hook uses where Airflow is not installed.

Without Airflow a connection is what the variable `AIRFLOW_CONN_<ID>` holds, as JSON in the form that Airflow has.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException as ConnectionMissing
else:
    try:
        from airflow.sdk import BaseHook
        from airflow.sdk.exceptions import AirflowNotFoundException as ConnectionMissing
    except ModuleNotFoundError:

        class ConnectionMissing(Exception):
            """There is no such connection."""

        class BaseHook:
            """As much of Airflow's base class as hooks use."""

            def __init__(self) -> None:
                self.log = logging.getLogger(type(self).__module__)

            @classmethod
            def get_connection(cls, conn_id: str) -> Given:
                """The connection. :raises ConnectionMissing: there is none."""
                told = os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}")
                if told is None:
                    raise ConnectionMissing(f"The conn_id `{conn_id}` isn't defined")
                return Given(conn_id, **json.loads(told))


@dataclass
class Given:
    """A connection, with the fields that Airflow's has."""

    conn_id: str
    conn_type: str = ""
    description: str = ""
    host: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    port: int | None = None
    extra: Any = field(default=None, repr=False)

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra, read."""
        told = json.loads(self.extra) if isinstance(self.extra, str) and self.extra else self.extra
        return dict(told or {})


__all__ = ["BaseHook", "ConnectionMissing"]
