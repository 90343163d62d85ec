"""What checks look at is what a publish makes: for any reach of a load, any rejects, partial keys and odd elements."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landfall import checks
from landfall.errors import TooManyRejects
from landfall.records import Record, column, parent
from landfall.resources import ReplaceWindow, Upsert, Write
from landfall.scope import Scope, Window
from tests.driver import Lab, published

FIRST = date(2024, 2, 5)


class Mark(Record, table="marks", key=("lesson", "member", "kind")):
    """Marks of a seat."""

    lesson: str = parent(length=9)
    member: str = parent(length=9)
    kind: str = column(length=9)
    points: int


class Seat(Record, table="seats", key=("lesson", "member")):
    """Who takes part in a lesson."""

    lesson: str = column(length=9)
    member: str = column(length=9)
    day: date | None = column(index=True)
    note: int | None = column()
    marks: list[Mark] = column()


class Seen:
    """A check that keeps what it was shown."""

    name = "seen"
    severity: checks.Severity = "warning"

    def run(self, candidate: checks.Candidate) -> checks.Result:
        def rows(name: str) -> list[tuple[Any, ...]]:
            return sorted((tuple(row) for row in candidate.reader.execute(candidate.tables[name])), key=repr)

        self.tables = {name: rows(name) for name in candidate.tables}
        self.rows = candidate.rows
        return checks.Result(self.name, self.severity, passed=True)


def one_of(good: str, bad: Any) -> Any:
    return st.sampled_from([*good] * 3 + [bad])


MARKS = st.lists(
    st.fixed_dictionaries({"kind": one_of("pq", None), "points": st.sampled_from([1, 2, "?"])}),
    max_size=3,
    unique_by=lambda mark: mark["kind"],
)
DAYS = [str(FIRST + timedelta(days=n)) for n in range(4)]
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "lesson": one_of("ab", None),
            "member": one_of("xyz", 7),
            "day": st.sampled_from([*DAYS, *DAYS, None, "?"]),
            "note": st.sampled_from([1, 2, 3, "?"]),
            "marks": MARKS,
        }
    ),
    min_size=1,
    max_size=6,
)
REACH = st.one_of(
    st.just({"scope": Scope.EVERYTHING}),
    st.builds(lambda inferred: {"scope": Scope.NOTHING, "inferred_deletes": inferred}, st.booleans()),
    st.builds(
        lambda days, inferred: {
            "scope": Scope.WINDOW,
            "windows": tuple(
                Window("day", day, str(date.fromisoformat(day) + timedelta(days=1))) for day in days
            ),
            "inferred_deletes": inferred,
        },
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=2, unique=True).map(sorted),
        st.booleans(),
    ),
)
DELETES = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=3, unique=True)
EVERY = [
    {"lesson": a, "member": m, "day": DAYS[n], "note": n, "marks": [{"kind": k, "points": n} for k in "pq"]}
    for a in "ab"
    for n, m in enumerate("xyz")
]


@pytest.mark.engines
@pytest.mark.parametrize(
    "write",
    [ReplaceWindow("day"), Upsert(deletes="soft"), Upsert(deletes="soft", keep_children=False)],
    ids=["hard", "soft", "soft without children"],
)
def test_the_candidate_is_what_is_published(write: Write, database: str, tmp_path: Path) -> None:
    seen = Seen()
    lab = Lab(database, tmp_path, Seat, write=write, checks=(seen,), most_rejected=0.99)

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(RECORDS, DELETES, REACH)
    def each(records: list[dict[str, Any]], deletes: list[tuple[str, str]], reach: dict[str, Any]) -> None:
        lab.load(EVERY, scope=Scope.NOTHING)
        try:
            extraction, staged = lab.stage(records, deletes=deletes, **reach)
        except TooManyRejects:
            return
        lab.pipeline.check(extraction, staged)
        result = lab.pipeline.publish(extraction, staged, allow_shrink=True)
        lab.pipeline.clean_up([extraction.load_id])
        family = published(lab.warehouse, "lab", lab.resource.table)
        for table in lab.resource.table.family():
            held = [
                (*(row[name] for name in table.names), row.get("_extra"))
                for row in family[table.name].values()
            ]
            assert seen.tables[table.name] == sorted(held, key=repr)
        assert seen.rows == result.rows == len(family["seats"])

    each()
