"""What the SQL files define as views, a lake keeps as tables, since not all that reads Delta knows views.

Each is made by the same text, in one commit, when what it reads has moved: the commit notes from which versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from landfall.errors import PublishConflict
from landfall.warehouse.lake.changes import WRITER
from landfall.warehouse.lake.commits import RECORD, commit
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.schema import MOMENT, PROPERTIES
from landfall.warehouse.lake.snapshot import Snapshot, recast
from landfall.warehouse.lake.words import MOST_DIGITS, Name, adapted, literal

if TYPE_CHECKING:
    from landfall.sql import View

ATTEMPTS = 3
LOOKED_BACK = 20
"""Commits of a view's table that are searched for the note of the last renewal; upkeep makes commits too."""


def renew(house: Lakehouse, views: Iterable[View]) -> list[str]:
    """Make those views anew of which something has moved.

    :returns: their names.
    :raises PublishConflict: others kept making the same view.
    """
    return [view.name for view in views if _again(house, view)]


def _again(house: Lakehouse, view: View) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _renew(house, view)
        except PublishConflict:
            if attempt == ATTEMPTS:
                raise
    return False


def _renew(house: Lakehouse, view: View) -> bool:
    """:returns: whether it was due."""
    from sqlglot import exp

    snapshot = Snapshot(house)
    query = view.query.copy()
    day = datetime.now(UTC).date()
    for today in list(query.find_all(exp.CurrentDate)):
        today.replace(exp.maybe_parse(literal(day), dialect="postgres"))
    text, used = adapted(query)
    made_of = {
        "inputs": dict(sorted(_versions(snapshot, used))),
        "text": hashlib.sha256(text.encode()).hexdigest(),
    }
    there = snapshot.table(view.schema, view.name)
    if there is not None and _noted(there) == made_of:
        return False
    rows = snapshot.stream_of(text, used)
    schema = pa.schema([pa.field(field.name, _plain(field.type)) for field in rows.schema])
    there = there or DeltaTable.create(
        house.table(view.schema, view.name),
        schema,
        mode="ignore",
        name=view.name,
        description=view.doc or None,
        configuration=PROPERTIES,
        storage_options=house.options,
    )

    def write(given: dict[str, Any]) -> None:
        write_deltalake(
            there,
            recast(rows, schema),
            mode="overwrite",
            schema_mode="overwrite",
            writer_properties=WRITER,
            **given,
        )

    commit(house, there, [], {"view": made_of}, write)
    return True


def _versions(snapshot: Snapshot, used: set[Name]) -> Iterator[tuple[str, str]]:
    """What is read and in which version; a table that was dropped and made again is another."""
    for schema, name in used:
        found = snapshot.known(schema, name)
        yield f"{schema}.{name}", f"{found.metadata().id}/{found.version()}"


def _noted(there: DeltaTable) -> Any:
    for entry in there.history(LOOKED_BACK):
        record = msgspec.json.decode(entry.get(RECORD) or "{}")
        if "view" in record:
            return record["view"]
    return None


def _plain(kind: pa.DataType) -> pa.DataType:
    """A type that all engines read, for one of the engine's own."""
    if pa.types.is_timestamp(kind):
        return MOMENT
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_decimal(kind):
        return pa.decimal128(min(kind.precision, MOST_DIGITS), kind.scale)
    if pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_floating(kind):
        return kind
    return pa.string()
