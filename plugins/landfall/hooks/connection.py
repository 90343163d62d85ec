"""Reading an Airflow connection into the settings every hook's client needs."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol, TypeVar

from landfall.errors import Misconfigured
from landfall.get_provider_info import CONNECTION_TYPES
from landfall.spelling import nearest
from landfall.wire.budget import Budget
from landfall.wire.client import Timeouts


class ConnectionLike(Protocol):
    """The fields of an Airflow connection that hooks read."""

    conn_id: str
    host: str | None
    schema: str | None
    port: int | None
    password: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]: ...


C = TypeVar("C", bound=ConnectionLike)


def understood(connection: C, conn_type: str) -> C:
    """The connection itself, if its extra says nothing but what the form of its type has; blank fields say nothing.

    :param conn_type: the hook's, one of `landfall.get_provider_info.CONNECTION_TYPES`.
    :raises Misconfigured: a name that no one reads, which would else be dropped without a word.
    """
    (form,) = (each for each in CONNECTION_TYPES if each["connection-type"] == conn_type)
    known = list(form["conn-fields"])
    for name, value in connection.extra_dejson.items():
        if name not in known and value not in (None, ""):
            meant = nearest(name, known) or f"It may have: {', '.join(known)}."
            raise Misconfigured(
                f"Connection {connection.conn_id}: the extra's {name} is no setting of a {conn_type} connection",
                todo=f"{meant} Else take it out of the extra.",
            )
    return connection


def base_url(connection: ConnectionLike, default: str) -> str:
    """The API's address: `base_url` in the extra, else host (with or without scheme, port, path), else
    `default`.

    An address without a path gets the path of `default`.
    """
    given = str(connection.extra_dejson.get("base_url") or connection.host or "").strip()
    if not given:
        return default
    if "://" not in given:
        given = f"{connection.schema or 'https'}://{given}"
    if connection.port and given.count(":") == 1:
        scheme, _, rest = given.partition("://")
        host, slash, path = rest.partition("/")
        given = f"{scheme}://{host}:{connection.port}{slash}{path}"
    scheme, _, rest = given.rstrip("/").partition("://")
    if "/" not in rest:
        given = f"{scheme}://{rest}/" + default.split("/", 3)[3]
    return given.rstrip("/")


def number(connection: ConnectionLike, name: str, default: float) -> float:
    """A number above 0 from the extra.

    :raises Misconfigured: it is something else.
    """
    value = connection.extra_dejson.get(name)
    if value is None or value == "":
        return default
    try:
        parsed = float(value)
    except (TypeError, ValueError):
        parsed = 0.0
    if not 0 < parsed < float("inf"):
        raise Misconfigured(
            f"Connection {connection.conn_id}: {name} is not a number above 0",
            todo=f"Correct {name} in the extra.",
        )
    return parsed


def secret(connection: ConnectionLike) -> str:
    """The password field, without the white space that copying leaves around it.

    :raises Misconfigured: it is empty, or holds characters no HTTP header can carry.
    """
    value = (connection.password or "").strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        state = "malformed" if value else "empty"
        raise Misconfigured(
            f"Connection {connection.conn_id}: the password is {state}",
            todo="Put the API token into the password field.",
        )
    return value


def budget(connection: ConnectionLike, credential: str, *, requests: int, period: float) -> Budget:
    """The shared budget; the extra's `requests_per_period`, `period_seconds` and `rate_store` come first."""
    store = connection.extra_dejson.get("rate_store") or None
    return Budget(
        credential,
        requests=int(max(1, number(connection, "requests_per_period", requests))),
        period=number(connection, "period_seconds", period),
        store=str(store) if store else None,
    )


def fingerprint(connection: ConnectionLike) -> str:
    """Tells this credential and its settings from any others, without giving them away."""
    parts = [
        connection.conn_id,
        connection.host or "",
        connection.password or "",
        json.dumps(connection.extra_dejson, sort_keys=True, default=str),
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def timeouts(connection: ConnectionLike, default: Timeouts) -> Timeouts:
    """`connect_timeout`, `read_timeout` and `total_timeout` in the extra, in seconds."""
    return Timeouts(
        connect=number(connection, "connect_timeout", default.connect),
        read=number(connection, "read_timeout", default.read),
        total=number(connection, "total_timeout", default.total),
    )
