"""Before the checks of the whole: records that break a rule about a single record are set aside, as rejects are.

Run again, it finds what it left; on a stage that was made anew it sets the same records aside again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from landfall import checks
from landfall.errors import RowRejected
from landfall.landing import Landing
from landfall.pipeline.facts import Extraction
from landfall.reads import Mode
from landfall.stage.aside import SetAside
from landfall.stage.load import Staged, records
from landfall.stage.replay import reject_again
from landfall.stage.shares import too_many
from landfall.warehouse.engine import Staging
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import RULE, SEQ, Reader, count_each, count_rows, outcomes_table

if TYPE_CHECKING:
    from landfall.pipeline import Pipeline

AT_A_TIME = 500
"""Records in one statement; SQL Server takes 2,100 parameters."""


def set_aside(
    pipeline: Pipeline, extraction: Extraction, staged: Staged
) -> tuple[Staged, list[checks.Result]]:
    """Run the resource's rejecting checks on the staged rows, one after the other.

    The rows they name leave the stage with their child rows; their records go to quarantine, the rule as reason.

    :returns: the figures with what was set aside, and a result for each rule.
    """
    rules = _rules(pipeline)
    family = pipeline.family(extraction.load_id)
    results = []
    for rule in rules:
        schemas = pipeline.source.schemas
        with pipeline.warehouse.restage(family, outcomes_table(family.spec, extraction.load_id)) as stage:
            if found := rule.broken(stage.read(), pipeline.source.kind, family.spec, family.stages, schemas):
                leave = _leave if extraction.mode == Mode.REPLAY else _quarantine
                leave(pipeline, stage, family, extraction, rule, found)
                staged = _fewer(staged, family, _unstage(stage, family, found))
            results.append(_result(stage.read(), pipeline.source.kind, family, rule))
    return staged, results


@dataclasses.dataclass(frozen=True)
class Broken:
    """The parts of which too much is set aside, what rules name among it.

    :ivar told: how much, by the part's name.
    :ivar records: the numbers of the records that rules name, by rule.
    """

    told: dict[str, str]
    records: dict[str, set[int]]

    def keep(self, pipeline: Pipeline, extraction: Extraction) -> None:
        """Put what the rules name into quarantine, of parts that are not staged any more."""
        with pipeline.warehouse.restage(pipeline.family(extraction.load_id)) as stage:
            for rule in _rules(pipeline):
                if found := self.records.get(rule.name):
                    _aside(pipeline, extraction, rule, found).enter(stage)


def over_by_rules(pipeline: Pipeline, extraction: Extraction, staged: Staged) -> Broken | None:
    """Ask the rules of a load of several parts; None where no part is over its limit, or all are.

    :param staged: as the stage was filled; what rules name leaves the stage.
    """
    rules, resource = _rules(pipeline), pipeline.resource
    if not rules or not staged.parts:
        return None
    set_aside(pipeline, extraction, staged)
    rejects = pipeline.family(extraction.load_id).rejects
    with pipeline.warehouse.reading() as reader:
        named = reader.execute(sa.select(rejects.c[SEQ], rejects.c[RULE]).where(rejects.c[RULE].is_not(None)))
        found = [(int(seq), str(rule)) for seq, rule in map(tuple, named)]
    told, records = {}, dict[str, set[int]]()
    for name, part in staged.parts.items():
        mine = [(n, rule) for n, rule in found if part.first <= n < part.first + part.fetched]
        if over := too_many(resource, resource.table.name, part.rejected + len(mine), part.fetched):
            told[name] = over
            for number, rule in mine:
                records.setdefault(rule, set()).add(number)
    return Broken(told, records) if told and len(told) < len(staged.parts) else None


def _rules(pipeline: Pipeline) -> list[checks.Sql]:
    return [
        each
        for each in pipeline.resource.checks
        if isinstance(each, checks.Sql) and each.severity == "rejecting"
    ]


def as_it_stands(reader: Reader, family: Family, staged: Staged) -> Staged | None:
    """The figures with what rules have set aside since; None where the stage is no longer what was staged.

    :param staged: as the stage was filled.
    """
    beside = {family.deletes: staged.deletes} | ({} if family.known is None else {family.known: staged.known})
    by_rule, *others = count_each(reader, _by_rule(family).subquery(), *beside, *family.stages.values())
    left = dict(zip(family.stages, others[len(beside) :], strict=True))
    gone = {name: found.staged - left[name] for name, found in staged.tables(family.spec.name)}
    whole = gone[family.spec.name] == by_rule and (by_rule or not any(gone.values()))
    if not whole or others[: len(beside)] != list(beside.values()):
        return None
    return _fewer(staged, family, gone)


def _fewer(staged: Staged, family: Family, gone: dict[str, int]) -> Staged:
    """The figures after so many rows of each table left the stage; elements of rejected records are not counted."""
    own = gone[family.spec.name]
    elements = {
        name: msgspec.structs.replace(
            found, fetched=found.fetched - gone[name], staged=found.staged - gone[name]
        )
        for name, found in staged.elements.items()
    }
    return msgspec.structs.replace(
        staged, staged=staged.staged - own, quarantined=staged.quarantined + own, elements=elements
    )


def _by_rule(family: Family) -> sa.Select[Any]:
    return sa.select(family.rejects.c[SEQ]).where(family.rejects.c[RULE].is_not(None))


def _quarantine(
    pipeline: Pipeline,
    stage: Staging,
    family: Family,
    extraction: Extraction,
    rule: checks.Sql,
    found: list[int],
) -> None:
    _aside(pipeline, extraction, rule, found).flush(stage)


def _aside(pipeline: Pipeline, extraction: Extraction, rule: checks.Sql, found: Iterable[int]) -> SetAside:
    family, resource = pipeline.family(extraction.load_id), pipeline.resource
    veil = pipeline.privacy.veil(family.spec)
    names = {
        "source": pipeline.source.name,
        "resource": resource.name,
        "load_id": extraction.load_id,
        "run_id": pipeline.run_id,
    }
    decoder = resource.decoder(family.spec, extraction.load_id)
    aside = SetAside(pipeline.warehouse, family, resource, names, decoder, veil, extraction.reach)
    error, wanted = RowRejected(rule.rule(pipeline.source.kind)), frozenset(found)
    landing = Landing(pipeline.folder(extraction.landing))
    for number, line in enumerate(records(resource, landing, Staged())):
        if number in wanted:
            aside.record(line, number, error, rule.name)
    return aside


def _leave(
    pipeline: Pipeline,
    stage: Staging,
    family: Family,
    extraction: Extraction,
    rule: checks.Sql,
    found: list[int],
) -> None:
    """The same of a replay, whose records are in quarantine already."""
    reason, reader = rule.rule(pipeline.source.kind), stage.read()
    days = (None,) * (len(family.rejects.columns) - len(family.spec.key) - 2)
    for at in range(0, len(found), AT_A_TIME):
        some = found[at : at + AT_A_TIME]
        reject_again(stage, pipeline.resource, extraction.load_id, some, reason)
        broken = sa.select(*(family.stage.c[name] for name in (SEQ, *family.spec.key)))
        rows = reader.execute(broken.where(family.stage.c[SEQ].in_(some))).all()
        stage.rows(family.rejects, [(*row, *days, rule.name) for row in rows])


def _unstage(stage: Staging, family: Family, found: list[int]) -> dict[str, int]:
    """Take records out of the stage, with their children. :returns: rows that left, by table."""
    gone = dict.fromkeys(family.stages, 0)
    for at in range(0, len(found), AT_A_TIME):
        some = found[at : at + AT_A_TIME]
        for name, rows in stage.unstage(lambda each: each.c[SEQ].in_(some)).items():  # noqa: B023 - called at once
            gone[name] += rows
    return gone


def _result(reader: Reader, source: str, family: Family, rule: checks.Sql) -> checks.Result:
    mine = family.rejects.c[RULE] == rule.name
    count = count_rows(reader, _by_rule(family).where(mine).subquery())
    details = rule.rule(source)
    if count:
        first = ", ".join(_shown(reader, family, mine))
        details = f"{details}: {count} that break it are set aside" + (f", first {first}" if first else "")
    return checks.Result(rule.name, rule.severity, not count, count, 0, details, rule.todo(source))


def _shown(reader: Reader, family: Family, mine: sa.ColumnElement[bool]) -> Iterator[str]:
    """The first values of the first column of the key that is not personal."""
    plain = [name for name in family.spec.key if not family.spec.column(name).personal]
    for name in plain[:1]:
        first = sa.select(family.rejects.c[name]).where(mine).order_by(family.rejects.c[SEQ])
        yield from map(str, reader.scalars(first.limit(checks.SAMPLE)))
