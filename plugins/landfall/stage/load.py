"""Stage one load: read its landing, make typed rows, bulk-load them, set rejected records aside."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from landfall import ledger
from landfall.errors import ContractBroken, Misconfigured, RowRejected, TooManyRejects
from landfall.landing import Landing
from landfall.privacy import KEEP, Privacy, Veil
from landfall.resources import Decoder, Resource
from landfall.scope import Reach, Scope, day_at
from landfall.stage.rows import RecordDecoder, Row, wire_type
from landfall.warehouse.engine import MANY, Warehouse
from landfall.warehouse.publish import deduplicate
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import count_rows

FAST_PATH_BYTES = 4 * 2**20
"""Compressed landing size from which loading a vectorised reader pays for its import."""
BLOCK_BYTES = 2 * 2**20
MOST_NAMES = 100
"""Undeclared fields that are named; a map of thousands of keys would be data, not drift."""
FEW = 20
"""Rejected records that do not fail a load by their share of it; one change that cannot be read is all of a small
incremental load."""


class Staged(msgspec.Struct):
    """What staging made of a landing, in records (not rows).

    :ivar lines: landed lines they were made of; as many as records, but for a resource that reshapes them.
    :ivar deletes: distinct keys that the vendor reported as deleted.
    :ivar drift: dotted paths of fields the record does not declare.
    """

    lines: int = 0
    fetched: int = 0
    staged: int = 0
    quarantined: int = 0
    deduplicated: int = 0
    deletes: int = 0
    nul_removed: int = 0
    drift: list[str] = []


def stage(
    warehouse: Warehouse,
    source: str,
    resource: Resource,
    load_id: str,
    run_id: str,
    landing: Landing,
    reach: Reach,
    privacy: Privacy = KEEP,
) -> Staged:
    """Fill a load's stages from its landing; run again, it starts anew and comes to the same.

    :param reach: what the landing is all of. Where it is all of something, not every record of it may be rejected.
    :param privacy: what becomes of personal values in the stages and in quarantine.
    :raises ContractBroken: the landing holds another number of records than its manifest says.
    :raises TooManyRejects: more records were rejected than the resource allows; they are in quarantine.
    """
    family = Family(resource.table, source, load_id, resource.window)
    warehouse.create_stage(family.all_stages)
    decoder = resource.decoder(resource.table, load_id)
    refuse_key = warehouse.refusal(family.rejects)
    days = _days(family, reach)
    refusals = {name: warehouse.refusal(table) for name, table in family.stages.items()}
    veil = privacy.veil(resource.table)
    result = Staged()
    rejects: list[dict[str, Any]] = []
    keys: list[Row] = []

    def reject(line: bytes, seq: int, error: RowRejected) -> None:
        key = veil.key(decoder.readable(line, resource.table.key))
        result.quarantined += 1
        keys.append((seq, *_storable(refuse_key, key), *days(decoder, line)))
        raw = _quarantined(line, seq, veil, resource)
        rejects.append(_quarantine_row(source, resource.name, load_id, run_id, raw, error, key))

    with warehouse.begin() as connection:
        ledger.clear_quarantine(connection, source, load_id)
        blocks = _takes_blocks(warehouse, resource, landing) and not veil.personal
        if blocks or landing.manifest.records >= MANY:
            warehouse.prepare_adoption(connection, family.pairs)
        for number, batch in _batches(warehouse, connection, family, resource, landing, result, blocks):
            rows = _decode(decoder, veil, refusals, batch, number, reject, resource.table.name)
            for name, made in rows.items():
                warehouse.stage_rows(connection, family.stages[name], made)
            if (
                rejects
            ):  # at once, since a change at the vendor's may have every record of a large load rejected
                ledger.set_aside(connection, rejects)
                warehouse.stage_rows(connection, family.rejects, keys)
                rejects.clear()
                keys.clear()
        deletes = _deletes(source, resource, landing, veil)
        warehouse.stage_rows(connection, family.deletes, deletes if resource.deletes else ())
        for table in family.all_stages:
            warehouse.analyze(connection, table)
        _tell_apart(warehouse, connection, source, family)
        result.deduplicated = deduplicate(connection, family)
        result.staged = count_rows(connection, family.stages[resource.table.name])
        result.deletes = count_rows(connection, family.deletes)
    result.drift = sorted(decoder.unknown)[:MOST_NAMES]
    result.nul_removed = decoder.nul_removed
    _balance(source, resource, landing, reach.scope, result)
    return result


def records(resource: Resource, landing: Landing, result: Staged) -> Iterator[bytes]:
    """The records of a landing: its lines, as the resource reshapes them, or what its parser makes of its files."""
    lines = _counted(landing.lines(), result)
    yield from resource.reshape(lines) if resource.reshape else lines
    for file in landing.manifest.files:
        assert resource.parse, f"{resource.name} lands files and needs a parser"
        with landing.open(file) as opened:
            yield from resource.parse(opened, file.facts)


def _counted(lines: Iterable[bytes], result: Staged) -> Iterator[bytes]:
    for line in lines:
        result.lines += 1
        yield line


def _batches(
    warehouse: Warehouse,
    connection: sa.Connection,
    family: Family,
    resource: Resource,
    landing: Landing,
    result: Staged,
    blocks: bool,
) -> Iterator[tuple[int, list[bytes]]]:
    """Batches of records still to be decoded one by one, with the number of their first; blocks that the fast path
    takes are staged on the way."""
    most = warehouse.batch_rows
    if blocks:
        from landfall.stage.blocks import stage_blocks

        landed = landing.blocks(BLOCK_BYTES)
        for number, count, lines in stage_blocks(warehouse, connection, family, landed):
            result.lines = result.fetched = number + count
            yield from ((number + at, lines[at : at + most]) for at in range(0, len(lines), most))
        return
    batch: list[bytes] = []
    size = 0
    for line in records(resource, landing, result):
        batch.append(line)
        size += len(line)
        result.fetched += 1
        if len(batch) == most or size >= warehouse.batch_bytes:
            yield result.fetched - len(batch), batch
            batch, size = [], 0
    if batch:
        yield result.fetched - len(batch), batch


def _takes_blocks(warehouse: Warehouse, resource: Resource, landing: Landing) -> bool:
    plain = resource.decoder is RecordDecoder and not resource.reshape and not landing.manifest.files
    return warehouse.copies_csv and plain and landing.size() >= FAST_PATH_BYTES


def _decode(
    decoder: Decoder,
    veil: Veil,
    refusals: dict[str, Callable[[Row], None] | None],
    batch: list[bytes],
    number: int,
    reject: Any,
    parent: str,
) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {parent: []}
    for seq, line in enumerate(batch, start=number):
        try:
            made = veil.rows(decoder.rows(line, seq))
            for name, row in made:
                if refuse := refusals[name]:
                    refuse(row)
        except RowRejected as error:
            reject(line, seq, error)
            continue
        for name, row in made:
            rows.setdefault(name, []).append(row)
    return rows


def _quarantined(line: bytes, seq: int, veil: Veil, resource: Resource) -> str:
    """A rejected record as quarantine may hold it. Only `RecordDecoder` reads fields where the columns say."""
    raw = veil.record(line) if resource.decoder is RecordDecoder or not veil.hides else None
    if raw is None:
        return f"Not kept here, for privacy: it is record {seq + 1} of what this load landed."
    return raw.decode("utf-8", "backslashreplace").replace("\x00", "\\u0000")


def _quarantine_row(
    source: str, resource: str, load_id: str, run_id: str, raw: str, error: RowRejected, key: Row
) -> dict[str, Any]:
    return {
        "source": source,
        "resource": resource,
        "load_id": load_id,
        "run_id": run_id,
        "reason": error.reason[:1000],
        "path": error.path[:400],
        "record_key": _written(key),
        "raw": raw,
        "quarantined_at": datetime.now(UTC),
    }


def _written(key: Row) -> str | None:
    """A rejected record's key as JSON, null for each part that could not be read; None where none could."""
    return None if set(key) == {None} else msgspec.json.encode(key).decode()[:400]


def _storable(refuse: Callable[[Row], None] | None, key: Row) -> Row:
    """The parts of a key that this engine can hold; no row of a table has any other."""

    def kept(at: int) -> Any:
        alone = [None] * (1 + len(key))
        alone[1 + at] = key[at]
        try:
            if refuse:
                refuse(tuple(alone))
        except RowRejected:
            return None
        return key[at]

    return tuple(map(kept, range(len(key))))


def _days(family: Family, reach: Reach) -> Callable[[Decoder, bytes], Row]:
    """What tells the day on which a rejected record stands, for a table that is read by day."""
    if not family.window:
        return lambda _decoder, _line: ()
    zone = reach.windows[0].zone if reach.windows else "UTC"
    return lambda decoder, line: day_at(decoder.readable(line, (family.window,))[0], zone)


def _tell_apart(warehouse: Warehouse, connection: sa.Connection, source: str, family: Family) -> None:
    """:raises Misconfigured: keys of different records are one and the same to this database."""
    stage = family.stages[family.spec.name]
    if alike := warehouse.indistinct(connection, stage, family.spec.key):
        raise Misconfigured(
            f"{source}.{family.spec.name}: {alike} keys differ only in what the database's collation ignores, such as "
            "upper and lower case; nothing was published",
            todo="Keep the warehouse in a database with a case-sensitive collation (Latin1_General_100_CS_AS_SC), or "
            "write these keys alike at the source.",
        )


def _distinct(keys: Iterable[Row]) -> Iterator[Row]:
    return iter(dict.fromkeys(keys))


def _deletes(source: str, resource: Resource, landing: Landing, veil: Veil) -> list[Row]:
    table = resource.table
    kinds = types.GenericAlias(tuple, tuple(wire_type(table.column(name)) for name in table.key))
    try:
        deletes = [msgspec.convert(key, kinds, strict=False) for key in landing.deletes()]
    except msgspec.ValidationError:
        raise ContractBroken(
            f"{source}.{resource.name}: a reported deletion is no key of {table.name}",
            todo="Nothing was changed. Compare the key in the record with the ids in the vendor's changelog.",
        ) from None
    _as_landed(f"{source}.{resource.name}", "deletes", len(deletes), landing.manifest.deletes)
    return list(_distinct(map(veil.key, deletes)))


def _as_landed(name: str, what: str, found: int, landed: int) -> None:
    if found != landed:
        raise ContractBroken(
            f"{name}: landing holds {found} {what}, its manifest says {landed}",
            todo="Nothing was changed. Clear the extract task; if it happens again, check the landing storage.",
        )


def _balance(source: str, resource: Resource, landing: Landing, scope: Scope, result: Staged) -> None:
    if not landing.manifest.files:
        _as_landed(f"{source}.{resource.name}", "records", result.lines, landing.manifest.records)
    if result.fetched != result.staged + result.quarantined + result.deduplicated:
        raise AssertionError(
            f"{source}.{resource.name}: records were lost between landing and stage: {result}"
        )
    nothing_left = scope is not Scope.NOTHING and result.quarantined and not result.staged
    if result.quarantined > max(FEW, resource.most_rejected * result.fetched) or nothing_left:
        raise TooManyRejects(
            f"{source}.{resource.name}: {result.quarantined} of {result.fetched} records were rejected "
            f"(limit {resource.most_rejected:.0%}); nothing was published"
        )
