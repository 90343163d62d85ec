"""A vendor that does as it likes, syncs that crash and are retried, in any order: the tables always equal a true state.

Hypothesis plays the vendor, the scheduler and the crashes. What it finds it makes small; found sequences belong into
`tests/test_pipeline.py` as tests with a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from landfall.errors import FuseBlown, PublishConflict
from landfall.reads import Mode
from tests.campaign import SIZE, share
from tests.driver import Company, assert_same, company
from tests.faults.victim import run

PARTS = 4
"""That run side by side where there are several workers."""
STEPS = 50
"""Of an example at most: some end early."""
EXAMPLES = -(-share("model steps", 900) // (PARTS * 45))
"""Of each part."""
OPEN = ("transactions", "products")
"""Collections whose rows come and go one by one; entries and their lines come and go together."""
SYNCED = ("transactions", "products", "ledger_entries", "ledger_entry_lines")

numbers = st.integers(0, 10**6)
open_resources = st.sampled_from(OPEN)
synced = st.sampled_from(SYNCED)
modes = st.sampled_from([Mode.INCREMENTAL, Mode.INCREMENTAL, Mode.INCREMENTAL, Mode.FULL])


class Crash(BaseException):
    """The process is gone; nothing catches it on the way."""


class Loader(RuleBasedStateMachine):
    """The vendor's rows, the published tables, and loads that were left unfinished."""

    penny: Company
    steps: int = 0

    @invariant()
    def count(self) -> None:
        type(self).steps += 1

    @initialize()
    def start(self) -> None:
        self.vendor = self.penny.vendor
        self.vendor.reset()
        self.vendor.clock.set(datetime.now(UTC))
        self.unfinished: dict[str, tuple[dict[str, Any], Any]] = {}
        self.shown: dict[str, Any] = {}
        for name in SYNCED:
            self.penny.sync(name, allow_shrink=True)
            self.shown[name] = self.penny.truth(name)
            assert_same(self.penny.published(name), self.shown[name])

    # the vendor

    def _some(self, resource: str, number: int) -> int | None:
        ids = self.vendor.ids(resource)
        return ids[number % len(ids)] if ids else None

    @rule(resource=open_resources)
    def insert(self, resource: str) -> None:
        self.vendor.insert(resource)

    @rule(resource=open_resources, number=numbers)
    def update(self, resource: str, number: int) -> None:
        if row := self._some(resource, number):
            self.vendor.update(resource, row)

    @rule(resource=open_resources, number=numbers)
    def touch(self, resource: str, number: int) -> None:
        if row := self._some(resource, number):
            self.vendor.touch(resource, row)

    @rule(resource=open_resources, number=numbers)
    def delete(self, resource: str, number: int) -> None:
        if row := self._some(resource, number):
            self.vendor.delete(resource, row)

    @rule(resource=open_resources, number=numbers)
    def recreate(self, resource: str, number: int) -> None:
        rows = self.vendor.rows[resource]
        gone = [row for row in rows.deleted if row not in rows]
        if gone:
            self.vendor.recreate(resource, gone[number % len(gone)])

    @rule(number=numbers, minutes=st.integers(0, 9))
    def change_that_is_filed_late(self, number: int, minutes: int) -> None:
        if row := self._some("products", number):
            self.vendor.rows["products"].put(
                self.vendor.rows["products"].get(row) | {"label": f"late {number}"}
            )
            late = self.vendor.clock.now() - timedelta(minutes=minutes)
            self.vendor.emit("products", row, processed_at=late)

    @rule()
    def book(self) -> None:
        self.vendor.books.miscellaneous(self.vendor.clock.now(), draft=False)

    @rule(number=numbers)
    def unbook(self, number: int) -> None:
        spare = [e for e in self.vendor.books.spare if e in self.vendor.rows["ledger_entries"]]
        spare = [e for e in spare if self.vendor.lines_of.get(e)]
        if spare:
            self.vendor.delete_entry(spare[number % len(spare)])

    @rule(hours=st.sampled_from([0.01, 0.2, 1, 30]))
    def time_passes(self, hours: float) -> None:
        self.vendor.clock.advance(hours * 3600)

    @rule()
    def a_month_passes(self) -> None:
        self.vendor.clock.advance(days=29)

    # the loader

    @rule(resource=synced, mode=modes, planned=st.booleans())
    def sync(self, resource: str, mode: Mode, planned: bool) -> None:
        told = self.penny.plan(resource) if planned and mode is Mode.INCREMENTAL else None
        self.penny.sync(resource, mode, told=told, allow_shrink=True)
        self.shown[resource] = self.penny.truth(resource)
        self._shows(resource)

    @rule(resource=synced, mode=modes, statement=st.integers(1, 120))
    def crash(self, resource: str, mode: Mode, statement: int) -> None:
        before, now = self.shown[resource], self.penny.truth(resource)
        kept: dict[str, Any] = {}
        died = self._run(resource, mode, kept, statement)
        rows = self.penny.published(resource)
        assert rows in (before, now)
        self.shown[resource] = rows
        if died and "extract" in kept:
            self.unfinished[resource] = (kept, now)

    @precondition(lambda self: self.unfinished)
    @rule(number=numbers, statement=st.sampled_from([0, 0, 5, 20, 40]))
    def retry(self, number: int, statement: int) -> None:
        """The failed task again, with what the tasks before it had returned; perhaps it dies again."""
        resource = sorted(self.unfinished)[number % len(self.unfinished)]
        kept, then = self.unfinished[resource]
        try:
            died = self._run(resource, Mode.INCREMENTAL, kept, statement)
        except PublishConflict:
            del self.unfinished[resource]
            self._shows(resource)
            return
        rows = self.penny.published(resource)
        assert rows in (self.shown[resource], then)
        if not died:
            del self.unfinished[resource]
            if self.penny.state(resource).load_id == kept["extract"].load_id:
                assert_same(rows, then)
        self.shown[resource] = rows

    def _run(self, resource: str, mode: Mode, kept: dict[str, Any], statement: int) -> bool:
        """Run what is left of a load; die at an SQL statement. :returns: whether it died, or stopped to ask for
        consent since the last row had gone."""
        one, seen = self.penny.pipeline(resource), 0

        def count(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                raise Crash

        sa.event.listen(one.warehouse.engine, "before_cursor_execute", count)
        try:
            run(one, self.penny.hook, mode, kept)
        except (Crash, FuseBlown):
            return True
        finally:
            sa.event.remove(one.warehouse.engine, "before_cursor_execute", count)
        return False

    def _shows(self, resource: str) -> None:
        assert_same(self.penny.published(resource), self.shown[resource])

    def teardown(self) -> None:
        for name in SYNCED if hasattr(self, "shown") else ():
            self._shows(name)
            state = self.penny.state(name)
            assert state.row_count == len(self.shown[name][name])
        broken = "fetched <> inserted + updated + unchanged + deduplicated + quarantined"
        assert self.penny.query(f"SELECT count(*) FROM landfall.loads WHERE {broken}") == [(0,)]


@pytest.fixture
def penny(database: str, tmp_path: Any) -> Iterator[Company]:
    with company(database, tmp_path, page_size=10, scale=0.01) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_tables_always_equal_a_true_state(
    penny: Company, part: int, count: Callable[[str, int], None]
) -> None:
    machine = type("PennyLoader", (Loader,), {"penny": penny})
    if not SIZE:
        machine = seed(part)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    count("model steps", machine.steps)
