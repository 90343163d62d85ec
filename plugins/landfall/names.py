"""Names in the warehouse: which may be declared, and how others are made of them so that no two are ever alike.

What Landfall makes of declared names has a dot or a tilde in it where it could be read in two ways, and a declared name
has neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from landfall.errors import Misconfigured

MAX_IDENTIFIER = 63
"""Bytes of a name on PostgreSQL, which cuts longer ones without a word; SQL Server takes 128 characters."""

OURS = frozenset({"_seq", "_extra", "_deleted_at", "_day_start", "_day_end", "_rule"})
"""Columns that Landfall adds to a table or to its stage."""
POSTGRES_OWN = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Columns that every table of PostgreSQL has (PostgreSQL docs, "System Columns")."""
VIEWS = frozenset({"sync_state"})
"""Views that the schema of every source has."""
PREFIXES = ("ix_", "pk_")
"""What names of indexes and keys begin with, which share the tables' names on PostgreSQL."""
SCHEMAS = frozenset({"landfall", "landfall_stage", "public", "information_schema", "dbo", "sys", "guest"})


def check_column(record: str, name: str) -> None:
    """:raises Misconfigured: no column of a table may be called so."""
    if name.lower() in OURS:
        raise _refused(f"{record}.{name}", "Landfall adds a column of that name")
    if name.lower() in POSTGRES_OWN:
        raise _refused(f"{record}.{name}", "every table of PostgreSQL has a system column of that name")
    _check(f"{record}.{name}", name)


def check_table(record: str, name: str) -> None:
    """:raises Misconfigured: no table may be called so."""
    if name.lower() in VIEWS:
        raise _refused(f"{record}: table {name}", "every source has a view of that name")
    if name.lower().startswith(PREFIXES):
        raise _refused(f"{record}: table {name}", "names of indexes and keys begin so")
    _check(f"{record}: table {name}", name)


def check_schema(name: str) -> None:
    """:raises Misconfigured: no source may be called so, which is the name of its schema."""
    if name.lower() in SCHEMAS or name.lower().startswith("pg_"):
        raise _refused(f"source {name}", "the database, or Landfall, has a schema of that name")
    _check(f"source {name}", name)


def check_distinct(where: str, names: Iterable[str]) -> None:
    """:raises Misconfigured: two names differ in nothing that every engine tells apart."""
    seen: dict[str, str] = {}
    for name in names:
        if (first := seen.get(name.lower())) is not None:
            raise _refused(
                f"{where}: {name}", f"there is {first} already, and not every engine tells case apart"
            )
        seen[name.lower()] = name


def made(name: str) -> str:
    """`name`, or where it is too long its beginning with a hash of all of it; so much longer names stay apart."""
    encoded = name.encode()
    if len(encoded) <= MAX_IDENTIFIER:
        return name
    digest = hashlib.sha256(encoded).hexdigest()[:16]
    return f"{encoded[: MAX_IDENTIFIER - 17].decode(errors='ignore')}~{digest}"


def key_of(table: str) -> str:
    """The name of a table's primary key."""
    return made(f"pk_{table}")


def index_of(table: str, column: str) -> str:
    """The name of the index on a column: `a_b` and `c` make another one than `a` and `b_c`."""
    return made(f"ix_{table}{'.' if '_' in table else '_'}{column}")


def stage_of(load_id: str, table: str, part: str = "") -> str:
    """The name of a table's stage for one load, or of a part beside it, such as its deletes."""
    return made(f"{load_id}_{table}.{part}" if part else f"{load_id}_{table}")


def _check(what: str, name: str) -> None:
    if not name or not name.isprintable() or any(sign in name for sign in '.~"[]'):
        raise _refused(what, "a name is of letters, digits and underscores")
    if len(name.encode()) > MAX_IDENTIFIER:
        raise _refused(what, f"it is longer than {MAX_IDENTIFIER} bytes, which PostgreSQL would cut")


def _refused(what: str, why: str) -> Misconfigured:
    return Misconfigured(
        f"{what} cannot be the name: {why}", todo="Declare another name; `at` names the vendor's field."
    )
