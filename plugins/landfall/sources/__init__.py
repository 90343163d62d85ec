"""What each vendor is: its declaration, its records, and the business rules it needs."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

from landfall.errors import Misconfigured
from landfall.instances import Instance, Told, instances, refused
from landfall.resources import Source


def source(name: str) -> Source:
    """The source of this name: as `landfall.sources.<name>` declares it, or an instance of one (`landfall.instances`).

    :raises Misconfigured: there is no such source, or what the file of instances says of it cannot be.
    """
    found = _resolved(instances())
    if name in found.sources:
        return found.sources[name]
    try:
        return _declared(name)
    except ModuleNotFoundError as error:
        if error.name != f"landfall.sources.{name}":
            raise
    for costing, refusal in found.wrong.items():
        if costing in ("", name) or name.startswith(f"{costing}_"):
            raise refusal
    raise Misconfigured(f"there is no source {name!r}", todo=f"Choose from: {', '.join(names())}.")


def kinds() -> list[str]:
    """The names of the sources that are declared."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if _declares(m.name))


def names() -> list[str]:
    """The names of all sources, their instances among them."""
    return [name for kind in kinds() for name in (kind, *instances_of(kind))]


def instances_of(kind: str) -> dict[str, Instance]:
    """The instances of a source by name, as the file has them; those that cannot be are `refusals`."""
    return _resolved(instances()).told.get(kind, {})


def refusals() -> dict[str, Misconfigured]:
    """What cannot be of the file of instances, by the name of what it costs.

    That is an instance, a source for all of its instances, or "" for all instances of all sources.
    """
    return _resolved(instances()).wrong


def choices() -> list[str]:
    """What a command may be asked for: all names, and those that the file of instances has wrong, to be told so."""
    return [*names(), *filter(None, refusals())]


def sources() -> Iterator[Source]:
    """All sources."""
    return (source(name) for name in names())


@dataclass(frozen=True)
class _Resolved:
    """The file of instances against what is declared: instances by name, what the file says of each, by source too."""

    sources: dict[str, Source]
    told: dict[str, dict[str, Instance]]
    wrong: dict[str, Misconfigured]


@functools.lru_cache(maxsize=4)
def _resolved(file: Told) -> _Resolved:
    found = _Resolved({}, {}, dict(file.wrong))
    if not file.companies:
        return found
    declared = kinds()
    for kind, companies in file.companies.items():
        if kind not in declared:
            todo = f"Choose from: {', '.join(declared)}."
            found.wrong[kind] = refused(kind, "there is no such source", todo)
            continue
        for company, told in companies.items():
            name = f"{kind}_{company}"
            try:
                made = _declared(kind).instance(company, title=told.title, connection=told.connection)
            except Misconfigured as error:
                found.wrong[name] = refused(name, error.message, error.todo)
                continue
            if name in declared or name in found.sources:
                todo = "Call the company otherwise."
                found.wrong[name] = refused(name, "there is a source of that name", todo)
                continue
            found.sources[name] = made
            found.told.setdefault(kind, {})[name] = told
    return found


def _declared(name: str) -> Source:
    declared: Source = importlib.import_module(f"landfall.sources.{name}").SOURCE
    return declared


def _declares(name: str) -> bool:
    return hasattr(importlib.import_module(f"landfall.sources.{name}"), "SOURCE")
