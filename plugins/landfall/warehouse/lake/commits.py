"""One commit of a table: its rows, and what is known of the table from then on.

What must never be lost are `txn` actions of the table's log: they outlive the log's files. The record of the load is
the commit's own metadata, which lives as long as the log's files (30 days), and is copied to the ledger.

A commit passes only upon the version that its writer had read. A store's error tells nothing of whether it went in, so
each commit carries a mark of its own, and is looked for.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction

from landfall.errors import PublishConflict
from landfall.ledger import State
from landfall.warehouse.lake.layout import Lakehouse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MARK, RECORD = "landfall.commit", "landfall.run"
"""Keys of a commit's metadata: what tells it from all others, and the record of its load."""
LOAD, CLAIM, SPARK = "", "/claim", "/spark"
"""Ends of a table's app ids: the load that is published, the one that has begun to publish child tables, and the one
that Spark has published: its commits take one number only, so the others stand in the commit's record until `settle`
writes them."""
_FIELDS = {"version": "/version", "watermark": "/watermark", "last_sync_at": "/synced"}
_FIELDS |= {"last_full_at": "/full", "row_count": "/rows"}
_LAST_DAY = date.max.toordinal()
_DIGEST = 1 << 62
"""Added to a watermark that is a digest of 15 hexadecimal digits; no moment is that late."""
_IS_DIGEST = re.compile(r"[0-9a-f]{15}")
FORGOTTEN = 0
"""Instead of a watermark: a number can be replaced, and never be taken away."""

Write = Callable[[dict[str, Any]], object]
"""Writes to a table with these properties of the commit."""


def load_number(load_id: str) -> int:
    """A load id as the version of a `txn`: it sorts by time too, and leads back to the id."""
    moment, _, digits = load_id.partition("_")
    began = datetime.strptime(moment, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return int((began - EPOCH).total_seconds()) << 24 | int(digits, 16)


def load_id(number: int) -> str:
    """The load id of a number."""
    return f"{EPOCH + timedelta(seconds=number >> 24):%Y%m%dT%H%M%S}_{number & 0xFFFFFF:06x}"


def app_id(source: str, table: str, end: str = LOAD) -> str:
    """Under which a table's log keeps a number; that of a part, `table/part`, is in its table's."""
    return f"landfall/{source}.{table.replace('/', '#')}{end}"


def state_of(found: DeltaTable | None, source: str, table: str) -> State:
    """What a table's own log says of it."""
    if found is None:
        return State()
    if row := _rows_ahead(found, source, table).get(table):
        return msgspec.convert({n: row.get(n) for n in State.__struct_fields__}, State)
    numbers = {name: found.transaction_version(app_id(source, table, end)) for name, end in _FIELDS.items()}
    if numbers["version"] is None:
        return State()
    load = found.transaction_version(app_id(source, table))
    return State(
        version=numbers["version"],
        row_count=numbers["row_count"],
        load_id=None if load is None else load_id(load),
        watermark=_text(numbers["watermark"]),
        last_sync_at=_moment(numbers["last_sync_at"]),
        last_full_at=_moment(numbers["last_full_at"]),
    )


def transactions(source: str, table: str, state: State) -> list[Transaction]:
    """The `txn` actions that say `state` of a table."""
    numbers = {
        LOAD: None if state.load_id is None else load_number(state.load_id),
        _FIELDS["version"]: state.version,
        _FIELDS["watermark"]: FORGOTTEN if state.watermark is None else _number(state.watermark),
        _FIELDS["last_sync_at"]: _microseconds(state.last_sync_at),
        _FIELDS["last_full_at"]: _microseconds(state.last_full_at),
        _FIELDS["row_count"]: state.row_count,
    }
    return [Transaction(app_id(source, table, end), n) for end, n in numbers.items() if n is not None]


def settle(house: Lakehouse, found: DeltaTable, source: str, table: str) -> None:
    """Write the numbers that Spark's last commit has in its record alone, and whoever died then left out."""
    if rows := _rows_ahead(found, source, table):
        told: list[Transaction] = []
        for name in rows:
            told += transactions(source, name, state_of(found, source, name))
        with contextlib.suppress(PublishConflict):  # then somebody else has looked at the table too
            commit(house, found, told, {"settled": table})


def record_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a load that an entry of a table's history holds; an empty one where it holds none."""
    found: dict[str, Any] = msgspec.json.decode(_noted(entry).get(RECORD) or "{}")
    return found


def _noted(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a commit says of itself; Spark keeps one text, deltalake keys."""
    text = entry.get("userMetadata")
    if not isinstance(text, str) or MARK not in text:
        return entry
    noted: dict[str, Any] = msgspec.json.decode(text)
    return noted


def _rows_ahead(found: DeltaTable, source: str, table: str) -> dict[str, dict[str, Any]]:
    """Rows of `sync_state`, by table or part, that Spark's last commit has in its record and no number says yet."""
    table = table.partition("/")[0]
    ahead = found.transaction_version(app_id(source, table, SPARK))
    if ahead is None or ahead <= (found.transaction_version(app_id(source, table)) or 0):
        return {}
    for entry in found.history():
        record = record_of(entry)
        if record.get("load", {}).get("load_id") == load_id(ahead):
            return {row["table_name"]: row for row in (record["sync_state"], *record["parts"])}
    return {}


def advanced(state: State, values: Mapping[str, Any]) -> State:
    """The state after one more publish that sets these columns of `sync_state`."""
    mine = {name: values[name] for name in State.__struct_fields__ if name in values}
    return msgspec.structs.replace(state, version=state.version + 1, **mine)


def state_row(source: str, table: str, state: State, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row of `sync_state` that says it."""
    return {"source": source, "table_name": table, **values, **msgspec.structs.asdict(state)}


def commit(
    house: Lakehouse,
    table: DeltaTable,
    txns: list[Transaction],
    record: Mapping[str, Any],
    write: Write | None = None,
) -> DeltaTable:
    """Commit once, upon the version that `table` holds, and be sure of it.

    :param record: of the load; goes into the commit's metadata as JSON.
    :param write: writes rows with the properties it is given; None commits no rows.
    :returns: the table as the commit left it.
    :raises PublishConflict: somebody else has committed since.
    """
    base, uri, mark = table.version(), table.table_uri, secrets.token_hex(8)
    properties = CommitProperties(
        custom_metadata={MARK: mark, RECORD: msgspec.json.encode(record).decode()},
        app_transactions=txns,
        max_commit_retries=0,
    )
    given = {"commit_properties": properties, "post_commithook_properties": hooks(house)}
    try:
        (write or _nothing(table))(given)
    except Exception as error:
        found = DeltaTable(uri, storage_options=house.options)
        if found.version() == base:
            raise
        if not any(_noted(entry).get(MARK) == mark for entry in found.history(found.version() - base)):
            raise PublishConflict(
                f"{uri.rstrip('/').rpartition('/')[2]} was changed by another run meanwhile"
            ) from error
    return DeltaTable(uri, version=base + 1, storage_options=house.options)


def hooks(house: Lakehouse) -> PostCommitHookProperties:
    """What is done after a commit: on OneLake no cleaning of the log, which fails there although the commit went in."""
    return PostCommitHookProperties(cleanup_expired_logs=None if house.bulk_deletes else False)


def _nothing(table: DeltaTable) -> Write:
    return lambda given: table.create_write_transaction(
        [], "append", Schema.from_arrow(table.schema().to_arrow()), **given
    )


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def _moment(number: int | None) -> datetime | None:
    return None if number is None else EPOCH + number * MICROSECOND


def _number(watermark: str) -> int:
    """A watermark as a number: that of a day is small, a moment is in microseconds, a digest beyond them."""
    if _IS_DIGEST.fullmatch(watermark):
        return _DIGEST | int(watermark, 16)
    if len(watermark) == len("2026-03-02"):
        return date.fromisoformat(watermark).toordinal()
    number = _microseconds(datetime.fromisoformat(watermark))
    assert number is not None
    assert number > _LAST_DAY, "a watermark of the first seconds of 1970"
    return number


def _text(number: int | None) -> str | None:
    if not number:
        return None
    if number & _DIGEST:
        return f"{number ^ _DIGEST:015x}"
    return date.fromordinal(number).isoformat() if number <= _LAST_DAY else str(_moment(number).isoformat())  # type: ignore[union-attr]
