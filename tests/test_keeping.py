"""For how long landings and logs are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from landfall.errors import Misconfigured
from landfall.operators.plan import keep_for


@pytest.mark.parametrize(("given", "days"), [(None, 30), ("7", 7), ("1", 1)])
def test_what_is_set_counts(given: str | None, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANDFALL_KEEP_DAYS", raising=False)
    if given:
        monkeypatch.setenv("LANDFALL_KEEP_DAYS", given)
    assert keep_for() == timedelta(days=days)


@pytest.mark.parametrize("given", ["", "a month", "0", "-1", "1.5", "9" * 9])
def test_what_is_no_number_of_days_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDFALL_KEEP_DAYS", given)
    with pytest.raises(Misconfigured, match="whole number"):
        keep_for()
