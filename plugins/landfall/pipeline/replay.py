"""What was set aside, landed again, and what has been read since: a replay works without a call to the vendor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from landfall import ledger
from landfall.errors import Misconfigured, RowRejected
from landfall.json_text import elements, members
from landfall.landing import Landing, LandingWriter
from landfall.pipeline.facts import Extraction
from landfall.privacy import Veil
from landfall.reads import Mode, Outcome, Request
from landfall.resources import Unshaped
from landfall.rows import Row
from landfall.scope import Scope, Window
from landfall.stage.load import Staged, deleted_keys, records
from landfall.stage.readable import HIDDEN, original, readable
from landfall.stage.replay import Entry, Place, entries

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline


def replay(pipeline: Pipeline) -> Extraction:
    """The extract step of a replay: land what is in quarantine."""

    def read(_: Request, landing: LandingWriter) -> Outcome:
        from landfall.wire.pages import Page

        found = list(_open(pipeline))
        items = [msgspec.Raw(msgspec.json.encode(entry)) for entry in found]
        landing.page(Page(items, {}, 1, Mode.REPLAY.value))
        with contextlib.suppress(Misconfigured):
            landing.manifest.zone = (
                _landing(pipeline, max(e.load_id for e in found)).manifest.zone if found else ""
            )
        return Outcome(Mode.REPLAY, Scope.NOTHING, changed=bool(items))

    request = pipeline.request(None, Mode.REPLAY)
    return pipeline.extract(request, read, dry_run=True)


def _open(pipeline: Pipeline) -> Iterator[Entry]:
    rows = ledger.quarantined(pipeline.warehouse.books, pipeline.source.name, pipeline.resource.name)
    hidden: dict[str, set[int]] = {}
    for row in rows:
        if row["kept"] == HIDDEN:
            hidden.setdefault(row["load_id"], set()).add(row["record_number"])
    found = {load_id: _landed(pipeline, load_id, numbers) for load_id, numbers in hidden.items()}
    for row in rows:
        raw, kept, shaped = row["raw"], row["kept"] or "text", row["reshaped"] is not False
        if kept == HIDDEN:
            line = found[row["load_id"]].get(row["record_number"])
            line = line and _element(pipeline, line, row["child_table"], row["element"])
            if line is not None:
                (raw, kept), shaped = readable(line), not isinstance(line, Unshaped)
        yield Entry(
            id=row["id"],
            load_id=row["load_id"],
            record_number=row["record_number"] or 0,
            quarantined_at=row["quarantined_at"],
            raw="" if kept == HIDDEN else raw,
            kept=kept,
            reshaped=shaped,
            child_table=row["child_table"],
            element=row["element"],
            key=row["record_key"],
        )


def _landed(pipeline: Pipeline, load_id: str, numbers: set[int]) -> dict[int, bytes]:
    """Records of a load by their number, as far as its landing is still there."""
    with contextlib.suppress(Misconfigured):
        return {
            n: line for n, line in enumerate(_records(pipeline, _landing(pipeline, load_id))) if n in numbers
        }
    return {}


def _landing(pipeline: Pipeline, load_id: str) -> Landing:
    return Landing(pipeline.folder(pipeline.uri(load_id)))


def _is_replay(landing: Landing) -> bool:
    return [page["request"] for page in landing.manifest.pages] == [Mode.REPLAY.value]


def _records(pipeline: Pipeline, landing: Landing) -> Iterator[bytes]:
    """The records of a load; of a replay as they first came."""
    if _is_replay(landing):
        return (original(entry.raw, entry.kept) for entry in entries(landing))
    return records(pipeline.resource, landing, Staged())


def _placed(
    pipeline: Pipeline, landing: Landing, load_id: str, published_at: datetime
) -> Iterator[tuple[Place, bytes]]:
    """The records of a load with their places; those of a replay are where they first were."""
    if _is_replay(landing):
        whole = (entry for entry in entries(landing) if entry.kept != HIDDEN and not entry.child_table)
        return ((entry.place, original(entry.raw, entry.kept)) for entry in whole)
    lines = enumerate(_records(pipeline, landing))
    return ((Place(published_at, load_id, number), line) for number, line in lines)


def _element(pipeline: Pipeline, line: bytes, table: str | None, place: int | None) -> bytes | None:
    """The element of a record; the record itself where no child table is named; None where it is not there."""
    if table is None:
        return line
    path = next(child.path for child in pipeline.resource.table.children if child.table.name == table)
    value: Any = line
    try:
        for name in path:
            value = members(value)[name]
        return bytes(elements(value)[place or 0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, IndexError):
        return None


def newer(pipeline: Pipeline, veil: Veil) -> Callable[[list[Row]], Callable[[Entry, Row, Row | None], bool]]:
    """What tells whether a load that was published since has read an entry's record, or missed it where it would be.

    A load that accounts for the whole table, or for the day on which the record stands, knows better whatever it held.
    Of the others the landing tells which records they read and which deletions were reported.
    """

    def given(keys: list[Row]) -> Callable[[Entry, Row, Row | None], bool]:
        books = pipeline.warehouse.books
        loads = ledger.published_loads(books, pipeline.source.name, pipeline.resource.name)
        wanted = set(keys)
        seen: dict[str, dict[Row, Place] | None] = {}

        def is_newer(entry: Entry, key: Row, row: Row | None) -> bool:
            for load in loads:
                load_id = load["load_id"]
                if load_id != entry.load_id:
                    if load["published_at"] <= entry.quarantined_at:
                        continue
                    if _accounts_for(pipeline, load, row):
                        return True
                if load_id not in seen:
                    seen[load_id] = _places(pipeline, veil, load, wanted)
                places = seen[load_id]
                if places is None:
                    why = f"the landing of load {load_id}, which tells whether its row is newer, is gone"
                    raise RowRejected(f"cannot be replayed: {why}")
                if key in places and places[key].after(entry.place):
                    return True
            return False

        return is_newer

    return given


def _accounts_for(pipeline: Pipeline, load: dict[str, Any], row: Row | None) -> bool:
    whole = Scope.EVERYTHING.value
    scope = load["scope"] or (
        pipeline.resource.scope(Scope.EVERYTHING).value if load["mode"] == Mode.FULL.value else ""
    )
    if scope == whole:
        return True
    table = pipeline.resource.table
    if scope != Scope.WINDOW.value or row is None:
        return False
    windows = msgspec.convert(load["windows"] or [], list[Window])
    values = dict(zip(table.names, row[1:], strict=False))
    return any(window.covers(table, values.__getitem__) for window in windows)


def _places(
    pipeline: Pipeline, veil: Veil, load: dict[str, Any], wanted: set[Row]
) -> dict[Row, Place] | None:
    """Where a load had the last record of each of these keys, or told of its deletion; None: its landing is gone."""
    table, load_id, published_at = pipeline.resource.table, load["load_id"], load["published_at"]
    decoder = pipeline.resource.decoder(table, load_id)
    found: dict[Row, Place] = {}
    try:
        landing = _landing(pipeline, load_id)
        for place, line in _placed(pipeline, landing, load_id, published_at):
            key = veil.key(decoder.readable(line, table.key))
            if key in wanted and (key not in found or place.after(found[key])):
                found[key] = place
        for key in deleted_keys(pipeline.source.name, pipeline.resource, landing, veil):
            if key in wanted:
                found.setdefault(key, Place(published_at, load_id, -1))
    except Misconfigured:
        return None
    return found
