"""Whose data a credential opens: kept at the first load, and another's is never mixed in without consent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from landfall import ledger
from landfall.errors import Misconfigured
from landfall.identity import Identity
from landfall.pipeline import prove_identity
from landfall.records import Record
from tests.driver import Lab

ACME, OTHER = Identity("17", "Acme SAS"), Identity("18", "Other SARL")
Told = Identity | Mapping[str, Identity | None] | None
engines = pytest.mark.engines


class Thing(Record, table="things", key="id"):
    """Things."""

    id: int


class Hook:
    """A hook that tells what it is given."""

    conn_type = "vendor"
    conn_name_attr = "vendor_conn_id"

    def __init__(self, told: Told) -> None:
        self.vendor_conn_id = "vendor_default"
        self.told = told

    @property
    def accounts(self) -> dict[str, Hook]:
        return dict.fromkeys(self.told, self) if isinstance(self.told, Mapping) else {"": self}

    def identity(self) -> Told:
        return self.told


@pytest.fixture
def lab(database: str, tmp_path: Path) -> Lab:
    return Lab(database, tmp_path, Thing)


def prove(
    lab: Lab, told: Told, *, accept: bool = False, keep: bool = True
) -> dict[tuple[str, str], Identity]:
    """:returns: what the ledger keeps afterwards."""
    prove_identity(lab.warehouse, lab.source, Hook(told), accept=accept, keep=keep)
    return kept(lab)


def kept(lab: Lab) -> dict[tuple[str, str], Identity]:
    return ledger.identities_of(lab.warehouse.books, "lab")


@engines
def test_another_is_refused_by_both_names_until_consent(lab: Lab) -> None:
    assert prove(lab, ACME) == {("vendor", ""): ACME}
    lab.load([{"id": 1}], watermark="2026-01-01T00:00:00+00:00")
    with pytest.raises(Misconfigured) as refused:
        prove(lab, OTHER)
    for part in ("Acme SAS (17)", "Other SARL (18)", "vendor_default", "accept_identity=true"):
        assert part in str(refused.value)
    assert kept(lab) == {("vendor", ""): ACME}
    assert lab.state().watermark == "2026-01-01T00:00:00+00:00"
    assert prove(lab, OTHER, accept=True) == {("vendor", ""): OTHER}
    assert prove(lab, OTHER) == {("vendor", ""): OTHER}
    with pytest.raises(Misconfigured):
        prove(lab, ACME)


@engines
def test_after_consent_everything_is_read_in_full(lab: Lab) -> None:
    prove(lab, ACME)
    lab.load([{"id": 1}], watermark="2026-01-01T00:00:00+00:00")
    version = lab.state().version
    prove(lab, OTHER, accept=True)
    assert lab.state().watermark is None, "one company's watermark says nothing about another"
    assert lab.state().version == version


def test_a_dry_run_is_refused_too_and_keeps_nothing(lab: Lab) -> None:
    assert prove(lab, ACME, keep=False) == {}
    prove(lab, ACME)
    lab.load([{"id": 1}])
    with pytest.raises(Misconfigured):
        prove(lab, OTHER, keep=False)
    assert prove(lab, OTHER, accept=True, keep=False) == {("vendor", ""): ACME}


def test_before_anything_was_published_another_needs_no_consent(lab: Lab) -> None:
    prove(lab, OTHER)
    assert prove(lab, ACME) == {("vendor", ""): ACME}


def test_a_new_name_of_the_same_is_no_other(lab: Lab) -> None:
    prove(lab, ACME)
    lab.load([{"id": 1}])
    prove(lab, Identity("17", "Acme Holding"))


def test_nothing_is_claimed_of_an_api_that_tells_nothing(lab: Lab) -> None:
    assert prove(lab, None) == {}
    prove(lab, ACME)
    lab.load([{"id": 1}])
    assert prove(lab, None) == {("vendor", ""): ACME}


def test_each_account_is_held_to_its_own(lab: Lab) -> None:
    prove(lab, {"north": ACME, "south": None})
    lab.load([{"id": 1}])
    assert prove(lab, {"north": ACME, "east": OTHER}).keys() == {("vendor", "north"), ("vendor", "east")}
    with pytest.raises(Misconfigured, match="of north"):
        prove(lab, {"north": OTHER})


def test_one_account_of_another_costs_that_account_alone(lab: Lab) -> None:
    prove(lab, {"north": ACME, "east": OTHER, "south": None})
    lab.load([{"id": 1}])
    for told in ({"north": OTHER, "east": OTHER}, {"north": OTHER, "south": None}):
        refused = prove_identity(lab.warehouse, lab.source, Hook(told))
        assert refused.keys() == {"north"}
        assert "of north of Other SARL (18)" in str(refused["north"])
        assert "accept_identity=true" in refused["north"].todo
    assert kept(lab)["vendor", "north"] == ACME


def test_consent_for_an_account_forgets_how_far_that_account_was_read(lab: Lab) -> None:
    prove(lab, {"north": ACME, "east": OTHER})
    lab.load([{"id": 1}], watermark="2026-01-01T00:00:00+00:00")
    for name in ("north", "east"):
        row = {"source": "lab", "table_name": ledger.part_name("things", name), "version": 1}
        lab.warehouse.books.put(
            ledger.sync_state, [row | {"watermark": "2026-01-01", "updated_at": datetime.now(UTC)}]
        )
    prove(lab, {"north": OTHER, "east": OTHER}, accept=True)
    states = lab.warehouse.states("lab", ())
    assert {n: s.watermark for n, s in states.items() if "/" in n} == {
        "things/north": None,
        "things/east": "2026-01-01",
    }
