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
