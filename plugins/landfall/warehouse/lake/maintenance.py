"""What a lake needs once a week: small files made one, files that nobody reads any more deleted, old stages dropped.

On OneLake only the first is done, since files are deleted there by a batch, which it refuses: vacuum from Fabric, where
a lakehouse's tables have it in their menu.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from landfall.warehouse.lake.changes import WRITER
from landfall.warehouse.lake.commits import hooks
from landfall.warehouse.lake.layout import Lakehouse

KEPT_HOURS = 7 * 24
"""For how long a file that a commit replaced stays; a reader that takes longer fails."""


class Kept(msgspec.Struct):
    """What the upkeep of a table did, in files."""

    compacted: int = 0
    made: int = 0
    deleted: int = 0


def keep(
    house: Lakehouse, schema: str, tables: Iterable[str], kept_hours: int = KEPT_HOURS
) -> dict[str, Kept]:
    """Compact and vacuum tables. A table that is published meanwhile is left for the next time.

    :param kept_hours: for how long replaced files stay.
    :returns: what was done, by table; tables that are not there are left out.
    """
    done: dict[str, Kept] = {}
    for name in tables:
        try:
            table = DeltaTable(house.table(schema, name), storage_options=house.options)
        except TableNotFoundError:
            continue
        done[name] = _compact(house, table)
        if house.bulk_deletes:
            # deltalake refuses less than the table's own retention, for the sake of readers that this page thinks of.
            gone = table.vacuum(kept_hours, dry_run=False, enforce_retention_duration=False)
            done[name].deleted = len(gone)
    return done


def _compact(house: Lakehouse, table: DeltaTable) -> Kept:
    try:
        made = table.optimize.compact(
            writer_properties=WRITER,
            commit_properties=CommitProperties(max_commit_retries=0),
            post_commithook_properties=hooks(house),
        )
    except CommitFailedError:
        return Kept()
    return Kept(made["numFilesRemoved"], made["numFilesAdded"])
