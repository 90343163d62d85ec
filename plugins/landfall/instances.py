"""The companies that a source is loaded for: one file names them, each is an instance with a DAG of its own.

The file is `include/instances.yaml`, or where `LANDFALL_INSTANCES` points; without it each source is loaded once.
`docs/instances.md` says what may stand in it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from landfall.errors import Misconfigured
from landfall.sql_files import sql_root

VARIABLE = "LANDFALL_INSTANCES"
_COMPANY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MINUTES = re.compile(r"\d+(,\d+)*")


class Instance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says of one company; empty: as the source has it.

    :ivar title: the company's name, for people.
    :ivar connection: id of the vendor's connection.
    :ivar schedule: cron expression of the regular runs, taken as it is.
    :ivar full_schedule: cron expression of the runs that load everything in full, taken as it is.
    :ivar timezone: IANA name in whose local time both are.
    """

    title: str = ""
    connection: str = ""
    schedule: str = ""
    full_schedule: str = ""
    timezone: str = ""


def instances_path() -> Path | None:
    """Where the file is; None where there is none and nothing says that there should be."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    path = sql_root().parent / "instances.yaml"
    return path if path.is_file() else None


@dataclass(frozen=True, eq=False)
class Told:
    """What the file says.

    :ivar companies: by source, its companies.
    :ivar wrong: errors of what cannot be, each by the name of what it costs: an instance, a source for all of its
        instances, or "" for all instances of all sources.
    """

    companies: dict[str, dict[str, Instance]] = field(default_factory=dict)
    wrong: dict[str, Misconfigured] = field(default_factory=dict)


_NOTHING = Told()


def instances() -> Told:
    """What the file says now; what cannot be costs itself alone. Raises nothing of ours."""
    path = instances_path()
    if path is None:
        return _NOTHING
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        todo = f"Restore it, or let {VARIABLE} name the file that lists the instances."
        return Told(wrong={"": Misconfigured(f"{path} cannot be read: {error.strerror}", todo=todo)})


def refused(where: str, why: str, todo: str) -> Misconfigured:
    """The error of an entry that cannot be. :param where: the instance, or the source."""
    return Misconfigured(f"{instances_path()}: {where}: {why}", todo=todo)


def spread(schedule: str, name: str) -> str:
    """The cron expression, later within its hour by a number of minutes that follows from the name alone.

    Where its minutes are no plain list it stays as it is.
    """
    minutes, _, rest = schedule.partition(" ")
    if not _MINUTES.fullmatch(minutes):
        return schedule
    offset = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 60
    moved = sorted((int(minute) + offset) % 60 for minute in minutes.split(","))
    return f"{','.join(map(str, moved))} {rest}"


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Told:
    """The file as it was at a moment, so that a process that lives long sees what was changed."""
    import yaml

    told = Told()
    try:
        sections = yaml.load(path.read_text(encoding="utf-8"), _loader())  # noqa: S506 - a SafeLoader
        for kind, companies in _mapping(
            sections or {}, "the file", "Name sources, each with its companies below."
        ).items():
            with _costing(str(kind), told):
                told.companies[str(kind)] = _section(str(kind), companies or {}, told)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "not UTF-8"
        told.wrong[""] = refused(f"the file{line}", f"it is no YAML: {why}", "Correct it there.")
    except Misconfigured as error:
        told.wrong[""] = error
    return told


def _section(kind: str, companies: Any, told: Told) -> dict[str, Instance]:
    found = {}
    for company, entry in _mapping(companies, kind, "Name the companies below it, one a line.").items():
        with _costing(f"{kind}_{company}", told):
            found[company] = _instance(f"{kind}_{company}", company, entry)
    return found


def _instance(where: str, company: Any, entry: Any) -> Instance:
    if not isinstance(company, str) or not _COMPANY.fullmatch(company):
        raise refused(
            where,
            "it is no name for an instance",
            "Use small letters, digits and single underscores, beginning with a letter, such as acme_sud; "
            "put words that YAML reads as yes or no into quotes.",
        )
    fields = ", ".join(Instance.__struct_fields__)
    for value in _mapping(entry or {}, where, f"Write {fields} below it, or nothing.").values():
        _once(value, where)
    try:
        return msgspec.convert(entry or {}, Instance)
    except msgspec.ValidationError as error:
        raise refused(where, str(error), f"Each value is a text; there are {fields}.") from None


@contextlib.contextmanager
def _costing(name: str, told: Told) -> Iterator[None]:
    """What is wrong in here is kept as what it costs."""
    try:
        yield
    except Misconfigured as error:
        told.wrong[name] = error


def _mapping(told: Any, where: str, todo: str) -> dict[Any, Any]:
    _once(told, where)
    if not isinstance(told, dict):
        raise refused(where, "it is no mapping", todo)
    return told


class _Twice(str):
    """What stands in place of the values of a name that has several; says which, and where."""

    __slots__ = ()


def _once(told: Any, where: str) -> None:
    if isinstance(told, _Twice):
        raise refused(where, str(told), "Take one of the two out.")


@functools.cache
def _loader() -> Any:
    """A safe loader that does not let the last of two values of one name win, as YAML's own does."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            found = super().construct_mapping(node, deep)
            seen: set[Any] = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if name in seen:
                    found[name] = _Twice(
                        f"{name} stands there twice, again in line {key.start_mark.line + 1}"
                    )
                seen.add(name)
            return found

    return Loader
