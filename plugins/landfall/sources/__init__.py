"""What each vendor is: its declaration, its records, and the business rules it needs."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator

from landfall.errors import Misconfigured
from landfall.instances import Instance, instances, refused
from landfall.resources import Source


@functools.cache
def source(name: str) -> Source:
    """The source of this name: as `landfall.sources.<name>` declares it, or an instance of one (`landfall.instances`).

    :raises Misconfigured: there is no such source, or the file of instances says what cannot be.
    """
    try:
        return _declared(name)
    except ModuleNotFoundError as error:
        if error.name != f"landfall.sources.{name}":
            raise
    for kind, companies in instances().items():
        company = name.removeprefix(f"{kind}_")
        if name != company and company in companies:
            return _instance(kind, company, companies[company])
    raise Misconfigured(f"there is no source {name!r}", todo=f"Choose from: {', '.join(names())}.")


def kinds() -> list[str]:
    """The names of the sources that are declared."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if _declares(m.name))


def names() -> list[str]:
    """The names of all sources, their instances among them."""
    return [name for kind in kinds() for name in (kind, *instances_of(kind))]


def instances_of(kind: str) -> dict[str, Instance]:
    """The instances of a source by name, as the file has them.

    :raises Misconfigured: the file says what cannot be.
    """
    there = instances()
    if not there:
        return {}
    for unknown in there.keys() - {*kinds()}:
        raise refused(unknown, "there is no such source", f"Choose from: {', '.join(kinds())}.")
    found = {}
    for company, told in there.get(kind, {}).items():
        made = _instance(kind, company, told)
        if made.name in kinds():
            raise refused(made.name, "there is a source of that name", "Call the company otherwise.")
        found[made.name] = told
    return found


def sources() -> Iterator[Source]:
    """All sources."""
    return (source(name) for name in names())


@functools.cache
def _instance(kind: str, company: str, told: Instance) -> Source:
    try:
        return _declared(kind).instance(company, title=told.title, connection=told.connection)
    except Misconfigured as error:
        raise refused(f"{kind}_{company}", error.message, error.todo) from None


def _declared(name: str) -> Source:
    declared: Source = importlib.import_module(f"landfall.sources.{name}").SOURCE
    return declared


def _declares(name: str) -> bool:
    return hasattr(importlib.import_module(f"landfall.sources.{name}"), "SOURCE")
