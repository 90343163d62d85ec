"""The companies that a source is loaded for: one file names them, each is an instance with a DAG of its own.

The file is `include/instances.yaml`, or where `LANDFALL_INSTANCES` points; without it each source is loaded once.
`docs/instances.md` says what may stand in it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
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


def instances() -> dict[str, dict[str, Instance]]:
    """By source, its companies.

    :raises Misconfigured: the file cannot be read, or says what cannot be; names file, instance and what to do.
    """
    path = instances_path()
    if path is None:
        return {}
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be read: {error.strerror}",
            todo=f"Restore it, or let {VARIABLE} name the file that lists the instances.",
        ) from None


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
def _read(path: Path, changed: int) -> dict[str, dict[str, Instance]]:
    """The file as it was at a moment, so that a process that lives long sees what was changed."""
    import yaml

    try:
        told = yaml.load(path.read_text(encoding="utf-8"), _loader())  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "not UTF-8"
        raise refused(f"the file{line}", f"it is no YAML: {why}", "Correct it there.") from None
    sections = _mapping(told or {}, "the file", "name sources, each with its companies below")
    return {str(kind): _section(str(kind), companies or {}) for kind, companies in sections.items()}


def _section(kind: str, told: Any) -> dict[str, Instance]:
    found = {}
    for company, entry in _mapping(told, kind, "name the companies below it, one a line").items():
        where = f"{kind}_{company}"
        if not isinstance(company, str) or not _COMPANY.fullmatch(company):
            raise refused(
                where,
                "it is no name for an instance",
                "Use small letters, digits and single underscores, beginning with a letter, such as acme_sud; "
                "put words that YAML reads as yes or no into quotes.",
            )
        _mapping(entry or {}, where, f"write {', '.join(Instance.__struct_fields__)} below it, or nothing")
        try:
            found[company] = msgspec.convert(entry or {}, Instance)
        except msgspec.ValidationError as error:
            raise refused(
                where, str(error), f"Each value is a text; there are {', '.join(Instance.__struct_fields__)}."
            ) from None
    return found


def _mapping(told: Any, where: str, todo: str) -> dict[Any, Any]:
    if not isinstance(told, dict):
        raise refused(where, "it is no mapping", f"{todo[0].upper()}{todo[1:]}.")
    return told


@functools.cache
def _loader() -> Any:
    """A safe loader that refuses what YAML's own lets pass: a name that stands there twice."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[Any] = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if name in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"{name} stands there twice", problem_mark=key.start_mark
                    )
                seen.add(name)
            return super().construct_mapping(node, deep)

    return Loader
