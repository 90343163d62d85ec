"""Stage one load: read its landing, make typed rows, bulk-load them, set rejected records aside."""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from landfall import ledger
from landfall.errors import ContractBroken, TooManyRejects
from landfall.landing import Landing
from landfall.privacy import KEEP, Privacy, Veil
from landfall.resources import Resource
from landfall.rows import Note, Row
from landfall.scope import Part, Reach, Scope
from landfall.stage.aside import SetAside
from landfall.stage.decoding import Decoding
from landfall.stage.known import Known
from landfall.stage.rows import RecordDecoder
from landfall.stage.shape import wire_type
from landfall.stage.shares import NONE, Portion, Shares
from landfall.warehouse import Warehouse
from landfall.warehouse.engine import MANY, Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import Reader, count_each

FAST_PATH_BYTES = 4 * 2**20
"""Compressed landing size from which loading a vectorised reader pays for its import."""
BLOCK_BYTES = 2 * 2**20
MOST_NAMES = 100
"""Undeclared fields that are named; a map of thousands of keys would be data, not drift."""


class Counts(msgspec.Struct):
    """What staging made of records, or of the elements of one of their lists.

    :ivar known: of records: those that came again as they are published, and are not staged.
    :ivar superseded: of a replay: what was read since knows better.
    """

    fetched: int = 0
    staged: int = 0
    known: int = 0
    quarantined: int = 0
    deduplicated: int = 0
    superseded: int = 0


class Staged(Counts):
    """What staging made of a landing, in records (not rows).

    :ivar lines: landed lines they were made of; as many as records, but for a resource that reshapes them.
    :ivar deletes: distinct keys that the vendor reported as deleted.
    :ivar notes: what the decoder changed or found odd without rejecting it.
    :ivar drift: dotted paths of fields the record does not declare.
    :ivar elements: the same of each child table's elements; those of rejected records are not counted.
    :ivar parts: those that are staged, each of them within its own limit; none where the load is judged as a whole.
    :ivar left_out: parts of which too much was rejected, and how much; nothing of them is counted but their lines.
    """

    lines: int = 0
    deletes: int = 0
    notes: list[Note] = []
    drift: list[str] = []
    elements: dict[str, Counts] = {}
    parts: dict[str, Portion] = {}
    left_out: dict[str, str] = {}

    def tables(self, parent: str) -> Iterator[tuple[str, Counts]]:
        """The counts of the parent table and of each child table, with its name."""
        yield parent, self
        yield from self.elements.items()


def stage(
    warehouse: Warehouse,
    source: str,
    resource: Resource,
    load_id: str,
    run_id: str,
    landing: Landing,
    reach: Reach,
    privacy: Privacy = KEEP,
    parts: Sequence[Part] = (),
    over: Mapping[str, str] = NONE,
) -> Staged:
    """Fill a load's stages from its landing; run again, it starts anew and comes to the same.

    :param parts: the accounts or years that were read, in the order of the landing; each may be left out by itself.
    :param over: those that are left out in any case, and why.
    :param reach: what the landing is all of. Where it is all of something, not every record of it may be rejected.
    :param privacy: what becomes of personal values in the stages and in quarantine.
    :raises ContractBroken: the landing holds another number of records than its manifest says.
    :raises TooManyRejects: more records were rejected than the resource allows; they are in quarantine.
    """
    family = Family(resource.table, source, load_id, resource.window)
    decoder = resource.decoder(resource.table.in_zone(landing.manifest.zone), load_id)
    veil = privacy.veil(resource.table)
    names = {"source": source, "resource": resource.name, "load_id": load_id, "run_id": run_id}
    shares = Shares(parts, resource, landing, over)
    aside = SetAside(warehouse, family, resource, names, decoder, veil, reach, shares)
    result = Staged(elements={child.table.name: Counts() for child in resource.table.children})
    decoding = Decoding(warehouse, family, decoder, veil, aside, result)
    blocks = _takes_blocks(warehouse, resource, landing) and not veil.personal
    with warehouse.stage(family, large=blocks or landing.manifest.records >= MANY) as stages:
        ledger.clear_quarantine(stages.books, source, load_id)
        known = Known(stages, family, decoder, veil)
        for number, batch in _batches(warehouse, stages, family, resource, landing, result, shares, blocks):
            for name, made in decoding.rows(known.others(enumerate(batch, start=number))).items():
                stages.rows(family.stages[name], made)
            aside.flush(stages)
        shares.leave_out(stages, family, result)
        deletes = deleted_keys(source, resource, landing, veil, shares.deletes(result.left_out))
        stages.rows(family.deletes, deletes if resource.deletes else ())
        # What a window holds outweighs what is said to have left it.
        dropped = stages.finish(deleted=reach.scope is not Scope.WINDOW)
        _count(stages.read(), family, result, dropped)
    result.drift = sorted(decoder.unknown)[:MOST_NAMES]
    result.notes = list(decoder.notes)
    _balance(source, resource, landing, reach.scope, result)
    return result


def records(
    resource: Resource, landing: Landing, result: Staged, shares: Shares | None = None
) -> Iterator[bytes]:
    """The records of a landing: its lines, as the resource reshapes them, or what its parser makes of its files."""
    lines = _counted(landing.lines(), result)
    yield from resource.reshape(lines) if resource.reshape else lines
    for file in landing.manifest.files:
        assert resource.parse, f"{resource.name} lands files and needs a parser"
        if shares:
            shares.file(result.fetched)
        with landing.open(file) as opened:
            yield from resource.parse(opened, file.facts)


def _counted(lines: Iterable[bytes], result: Staged) -> Iterator[bytes]:
    for line in lines:
        result.lines += 1
        yield line


def _batches(
    warehouse: Warehouse,
    stages: Staging,
    family: Family,
    resource: Resource,
    landing: Landing,
    result: Staged,
    shares: Shares,
    blocks: bool,
) -> Iterator[tuple[int, list[bytes]]]:
    """Batches of records still to be decoded one by one, with the number of their first; blocks that the fast path
    takes are staged on the way."""
    most = warehouse.batch_rows
    if blocks:
        from landfall.stage.blocks import stage_blocks

        landed = landing.blocks(BLOCK_BYTES)
        for number, count, lines, elements in stage_blocks(stages, family, landed, landing.manifest.zone):
            result.lines = result.fetched = number + count
            for name, found in elements.items():
                result.elements[name].fetched += found
            yield from ((number + at, lines[at : at + most]) for at in range(0, len(lines), most))
        return
    batch: list[bytes] = []
    size = 0
    for line in records(resource, landing, result, shares):
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
    return warehouse.takes_blocks and plain and landing.size() >= FAST_PATH_BYTES


def _count(reader: Reader, family: Family, result: Staged, dropped: dict[str, int]) -> None:
    """Count what the stages hold."""
    known = () if family.known is None else (family.known,)
    result.deletes, *others = count_each(reader, family.deletes, *known, *family.stages.values())
    result.known = others[0] if known else 0
    staged = dict(zip(family.stages, others[len(known) :], strict=True))
    for name, found in result.tables(family.spec.name):
        found.deduplicated += dropped.get(name, 0)
        found.staged = staged[name]


def _distinct(keys: Iterable[Row]) -> Iterator[Row]:
    return iter(dict.fromkeys(keys))


def deleted_keys(
    source: str, resource: Resource, landing: Landing, veil: Veil, wanted: Iterable[bool] | None = None
) -> list[Row]:
    """The keys that a load landed as deleted.

    :param wanted: of each landed key, whether it counts; None for all.
    :raises ContractBroken: one is no key of the table.
    """
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
    counted = deletes if wanted is None else itertools.compress(deletes, wanted)
    return list(_distinct(map(veil.key, counted)))


def _as_landed(name: str, what: str, found: int, landed: int) -> None:
    if found != landed:
        raise ContractBroken(
            f"{name}: landing holds {found} {what}, its manifest says {landed}",
            todo="Nothing was changed. Clear the extract task; if it happens again, check the landing storage.",
        )


def _balance(source: str, resource: Resource, landing: Landing, scope: Scope, result: Staged) -> None:
    if not landing.manifest.files:
        _as_landed(f"{source}.{resource.name}", "records", result.lines, landing.manifest.records)
    for name, found in result.tables(resource.table.name):
        if found.fetched != found.staged + found.known + found.quarantined + found.deduplicated:
            raise AssertionError(
                f"{source}.{resource.name}: records of {name} were lost between landing and stage: {result}"
            )
    refuse_too_many(source, resource, scope, result)


def refuse_too_many(source: str, resource: Resource, scope: Scope, result: Staged) -> None:
    """:raises TooManyRejects: more records, or elements of a list, are in quarantine than the resource allows."""
    for name, found in result.tables(resource.table.name):
        nothing_left = found is result and scope is not Scope.NOTHING and not (found.staged or found.known)
        most = 0 if nothing_left else resource.most(found.fetched, len(result.parts))
        if found.quarantined > most:
            raise TooManyRejects(
                f"{source}.{resource.name}: {found.quarantined} of {found.fetched} records of {name} were rejected "
                f"(limit {resource.most_rejected:.0%}); nothing was published"
            )
