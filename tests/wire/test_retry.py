"""How long a request is waited for before it is sent again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from landfall.errors import RateLimited
from landfall.wire.retry import RetryPolicy


@pytest.mark.parametrize(("named", "waited"), [(2.0, 2.0), (0.01, 0.25)])
def test_a_refusal_for_speed_is_waited_out_with_a_floor_even_without_a_budget(
    named: float, waited: float
) -> None:
    error = RateLimited("slow down", retry_after=named)
    state = SimpleNamespace(outcome=SimpleNamespace(exception=lambda: error))
    assert RetryPolicy(first_wait=0.5).arguments(lambda _: True)["wait"](state) == waited
