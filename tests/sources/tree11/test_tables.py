"""Every table of Tree11 equals the vendors: on a first load, on the next one, and after what happens at a gym."""

from __future__ import annotations

import pytest

from tests.sources.tree11.gym import TABLES, Gym

pytestmark = [pytest.mark.airflow, pytest.mark.engines]


@pytest.mark.parametrize("name", TABLES)
def test_a_first_load_equals_the_vendor_and_a_second_changes_nothing(gym: Gym, name: str) -> None:
    first = gym.load(name)
    gym.assert_true(name)
    assert first.inserted > 0
    assert first.quarantined == 0
    before = gym.contents()
    again = gym.load(name)
    assert (again.inserted, again.updated, again.deleted) == (0, 0, 0)
    assert again.unchanged == first.inserted
    assert gym.contents() == before


def test_a_members_plan_that_the_plans_do_not_hold_is_warned_of(gym: Gym) -> None:
    """AbonnementId is a reference of a child table."""
    gym.load("Abonnementen")
    gym.load("Leden")
    named = "ActieveAbonnementen.AbonnementId in Abonnementen"
    plans = {row["AbonnementId"] for row in gym.rows("ActieveAbonnementen").values()}
    known = {key for (key,) in gym.query('SELECT "AbonnementId" FROM tree11."Abonnementen"')}
    assert looked_up(gym)[named] == len(plans - known)
    gym.query('DELETE FROM tree11."Abonnementen"')
    assert looked_up(gym)[named] == len(plans) > len(plans - known)


def looked_up(gym: Gym) -> dict[str, int]:
    return {result.check: int(result.value) for result in gym.pipeline("Leden").check_references()}
