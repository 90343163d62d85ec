"""What Fivetran hands over (secrets, payload, configuration), as the connections that hooks read.

A setting is called as the connection's form calls it, in any spelling: `apiKey`, `api_key` and `API key` are one. What
is not in the form of the source's own connection may be `connection_<id>`: another connection, as JSON in the form in
which Airflow has it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from landfall.errors import Misconfigured
from landfall.fivetran.shape import destination_name
from landfall.get_provider_info import CONNECTION_TYPES
from landfall.resources import Source
from landfall.spelling import nearest

FIELDS = ("host", "login", "password", "schema", "port")
OWN = ("tables", "full_every_hours", "privacy", "soft_delete")
"""What the connector itself reads."""
OTHER = "connection_"


def merged(*given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings by their names, from several places; blank ones say nothing.

    :raises Misconfigured: two places say different things.
    """
    found: dict[str, Any] = {}
    for settings in given:
        for name, value in (settings or {}).items():
            key = name if name.startswith(OTHER) else destination_name(name)
            if value is None or value == "":
                continue
            if found.setdefault(key, value) != value:
                raise Misconfigured(
                    f"the setting {name} is given twice, with two values", todo="Take one of them out."
                )
    return found


def connections(source: Source, settings: Mapping[str, Any]) -> dict[str, str]:
    """The variables `AIRFLOW_CONN_<ID>` of a source's connections.

    :raises Misconfigured: a setting has no place; the message names it.
    """
    form = _form(source)
    kind = form["connection-type"]
    own: dict[str, Any] = {"conn_type": kind, "extra": {}}
    found: dict[str, str] = {}
    for name, value in settings.items():
        if name.startswith(OTHER):
            found[f"AIRFLOW_CONN_{name.removeprefix(OTHER).upper()}"] = _json(name, value)
        elif name not in OWN:
            field = _field(form, name)
            (own if field in FIELDS else own["extra"])[field] = value
    found.setdefault(f"AIRFLOW_CONN_{kind.upper()}_DEFAULT", json.dumps(own))
    return found


@contextlib.contextmanager
def connected(source: Source, settings: Mapping[str, Any]) -> Iterator[None]:
    """Let hooks find their connections, as long as it lasts."""
    variables = connections(source, settings)
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _form(source: Source) -> dict[str, Any]:
    """The form of the connection that the source's own hook reads."""
    return next(form for form in CONNECTION_TYPES if form["hook-class-name"] == source.hook.replace(":", "."))


def names_of(source: Source) -> list[str]:
    """The settings of a source's own connection, as its form calls them, and those of the connector."""
    form = _form(source)
    told = form["ui-field-behaviour"]
    fields = [field for field in FIELDS if field not in told.get("hidden-fields", ())]
    named = [_label(told.get("relabeling", {}).get(field, field)) for field in fields]
    return [*named, *form["conn-fields"], *OWN]


def _label(label: str) -> str:
    return destination_name(re.sub(r"\(.*?\)", "", label))


def _field(form: Mapping[str, Any], name: str) -> str:
    """The connection's field, or the name in its extra, that a setting means."""
    labels = form["ui-field-behaviour"].get("relabeling", {})
    known = {field: field for field in (*FIELDS, *form["conn-fields"])}
    for field, label in labels.items():
        known[_label(label)] = field
    known = {destination_name(name): field for name, field in known.items()}
    if name not in known:
        meant = nearest(name, [*known, *OWN]) or f"It may be: {', '.join([*known, *OWN])}."
        raise Misconfigured(f"{name} is no setting of this connector", todo=meant)
    return known[name]


def _json(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    with contextlib.suppress(ValueError):
        if isinstance(json.loads(text), dict):
            return text
    raise Misconfigured(f"the setting {name} is no JSON object", todo="Write it as docs/fivetran.md shows.")
