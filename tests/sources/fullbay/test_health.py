from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import msgspec
import pytest

from landfall.sources.fullbay.health import Figures, alerts, health

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def figures(hours: float | None = 1, *, total: int = 100, errors: int = 0, quality: str = "100") -> Figures:
    last = None if hours is None else NOW - timedelta(hours=hours)
    return Figures(
        total=total, processed=total - errors, errors=errors, quality=D(quality), last_success=last
    )


def test_the_four_parts_weigh_forty_thirty_twenty_ten() -> None:
    found = health(figures(13, errors=5, quality="96"), NOW)
    assert (found.overall_score, found.status) == (D("91.8"), "EXCELLENT")
    assert found.factors == {
        "processing_success": 95,
        "data_quality": 96,
        "recent_activity": 80,
        "error_rate": 90,
    }


def test_without_rows_processing_and_errors_are_fine_and_freshness_is_not() -> None:
    found = health(figures(None, total=0), NOW)
    assert found.factors == {
        "processing_success": 100,
        "data_quality": 100,
        "recent_activity": 0,
        "error_rate": 100,
    }
    assert (found.overall_score, found.status) == (D("80.0"), "GOOD")


@pytest.mark.parametrize(
    ("hours", "score"),
    [(12, 100), (12.1, 80), (24, 80), (24.1, 50), (48, 50), (48.1, 0), (None, 0), (-1, 100)],
)
def test_freshness_falls_in_steps(hours: float | None, score: int) -> None:
    assert health(figures(hours), NOW).factors["recent_activity"] == score


@pytest.mark.parametrize(
    ("quality", "status"),
    [("100", "EXCELLENT"), ("66.7", "EXCELLENT"), ("66.6", "EXCELLENT"), ("66.4", "GOOD"), ("0", "WARNING")],
)
def test_the_status_follows_the_score(quality: str, status: str) -> None:
    assert health(figures(quality=quality), NOW).status == status
    assert health(figures(None, errors=100, quality=quality), NOW).status == "CRITICAL"


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (figures(), []),
        (figures(48, errors=5, quality="90"), ["Delayed ingestion"]),
        (figures(24), []),
        (figures(24.1), ["Delayed ingestion"]),
        (figures(48.1), ["No ingestion"]),
        (figures(None), ["No ingestion"]),
        (figures(errors=6, quality="89.99"), ["High error rate", "Low data quality"]),
    ],
)
def test_a_figure_on_its_limit_is_no_alert(found: Figures, kinds: list[str]) -> None:
    assert [text.split(":")[0] for text in alerts(found, NOW)] == kinds


def test_each_of_several_shops_has_alerts_of_its_own() -> None:
    read = {"a": 24, "b": 24.1, "c": 48, "d": 48.1}
    shops = {name: NOW - timedelta(hours=hours) for name, hours in read.items()} | {"e": None}
    found = alerts(msgspec.structs.replace(figures(), shops=shops), NOW)
    assert found == [
        "Delayed ingestion of b: it was read last 24 hours ago",
        "Delayed ingestion of c: it was read last 48 hours ago",
        "No ingestion of d: it was read last 48 hours ago",
        "No ingestion of e: it was never read",
    ]
