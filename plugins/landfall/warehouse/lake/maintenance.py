"""What a lake needs once a week: small files made one, files that nobody reads any more deleted, old stages dropped.

On OneLake only the first is done, since files are deleted there by a batch, which it refuses: vacuum from Fabric, where
a lakehouse's tables have it in their menu.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

import msgspec
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from landfall import ledger
from landfall.errors import PublishConflict
from landfall.warehouse.lake.changes import WRITER, sweep
from landfall.warehouse.lake.commits import commit, hooks
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.snapshot import Snapshot
from landfall.warehouse.lake.words import Name

KEPT_HOURS = 7 * 24
"""For how long a file that a commit replaced stays; a reader that takes longer fails."""

WEEK = 7 * 24 * 3600


class Kept(msgspec.Struct):
    """What the upkeep of a table did, in files."""

    compacted: int = 0
    made: int = 0
    deleted: int = 0


def weekly(
    house: Lakehouse, source: str, tables: Iterable[Name], now: float | None = None
) -> dict[str, Kept] | None:
    """Tidy a source's tables and the ledger's, if that was a week ago.

    The log of the ledger's loads keeps when it was; the first time begins the first week.

    :param tables: schema and name of each.
    :param now: seconds since 1970, for tests.
    :returns: what was done, by schema.table; None where it was not due.
    """
    moment = int(time.time() if now is None else now)
    mark = f"landfall/{source}/kept"
    loads = Snapshot(house).there(ledger.loads)
    last = loads.transaction_version(mark)
    if last is not None and moment - last < WEEK:
        return None
    done: dict[str, Kept] = {}
    if last is not None:
        sweep()
        for schema, name in (*tables, *((ledger.SCHEMA, table.name) for table in ledger.TABLES)):
            done |= {f"{schema}.{name}": kept for kept in keep(house, schema, [name]).values()}
    with suppress(PublishConflict):  # somebody wrote to the ledger just then; the next run does it once more
        commit(house, Snapshot(house).there(ledger.loads), [Transaction(mark, moment)], {"kept": source})
    return done if last is not None else None


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
