"""`python -m landfall.sources.fullbay.dashboard`: how the Fullbay source is doing, for a terminal or a monitor.

Reads the warehouse by the same Airflow connections as the DAG, or by `--url`. Ends with 1 when an alert fires, the
health is critical, or nothing can be found out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from landfall.health.look import CONNECTIONS
from landfall.sources.fullbay.monitoring import Row, snapshot
from landfall.warehouse import Warehouse, connect

_ISSUES = (
    "missing_invoice_numbers",
    "missing_customer_info",
    "missing_unit_info",
    "zero_prices",
    "missing_labor_hours",
    "missing_part_numbers",
)
_json = msgspec.json.Encoder(decimal_format="number").encode


def text(told: Row) -> str:
    """The whole dashboard as text."""
    return "\n".join(
        [health_line(told), "", *_statistics(told), *_quality(told), *_activity(told), *_alerts(told)]
    )


def health_line(told: Row) -> str:
    """The score, what it is called, and its parts."""
    score = told["health_score"]
    parts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in score["factors"].items())
    return f"Health: {score['overall_score']} {score['status']} ({parts})"


def _statistics(told: Row) -> Iterator[str]:
    stats = told["ingestion_stats"]
    yield "Ingestion statistics"
    for name, value in stats.items():
        if name not in ("line_item_breakdown", "shops"):
            yield f"  {name.replace('_', ' '):<24} {_shown(value)}"
    if stats["shops"]:
        yield "\nShops, and when each was read last"
        yield from (f"  {shop:<24} {_shown(read)}" for shop, read in stats["shops"].items())
    yield "\nLine item breakdown"
    for kind, row in stats["line_item_breakdown"].items():
        yield f"  {kind:<10} {row['count']:>10,} lines {row['total_value']:>18,}"


def _quality(told: Row) -> Iterator[str]:
    quality = told["data_quality"]
    score, checked = quality["overall_quality_score"], quality["total_items_checked"]
    yield f"\nData quality: {score} % of {checked:,} lines without an issue"
    for name in _ISSUES:
        if quality[name]:
            yield f"  {name.replace('_', ' '):<24} {quality[name]:,}"


def _activity(told: Row) -> Iterator[str]:
    yield "\nRecent activity"
    yield f"  {'date':<12}{'invoices':>10}{'line items':>12}{'value':>18}"
    for row in told["recent_activity"]["activity"]:
        figures = f"{row['invoices_processed']:>10,}{row['line_items_created']:>12,}{row['total_value_processed']:>18,}"
        yield f"  {row['activity_date']!s:<12}{figures}"


def _alerts(told: Row) -> Iterator[str]:
    yield "\nAlerts"
    yield from (f"  {alert}" for alert in told["alerts"] or ["none"])


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M %Z}"
    return "–" if value is None else f"{value:,}"


def _warehouse(url: str) -> Warehouse:
    if url:
        return connect(url)
    from landfall.operators.base import warehouse_of

    return warehouse_of("fullbay")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and show the dashboard. :returns: the exit code."""
    parser = argparse.ArgumentParser(prog="python -m landfall.sources.fullbay.dashboard", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything as JSON")
    form.add_argument("--health-only", action="store_true", help="the health line only")
    parser.add_argument(
        "--url", default="", help="SQLAlchemy URL of the warehouse, in place of Airflow's connection"
    )
    options = parser.parse_args(arguments)
    try:
        with CONNECTIONS, _warehouse(options.url).watching(seconds=60) as watch:
            told = snapshot(watch, datetime.now(UTC))
    except Exception as error:  # whatever it is, a monitor needs an answer; the text may hold an address
        answer = {"error": f"{type(error).__name__}: the figures cannot be read"}
        sys.stdout.write(
            _json(answer).decode() + "\n" if options.json else f"Health: 0 ERROR ({answer['error']})\n"
        )
        return 1
    if options.json:
        shown = {name: value for name, value in told.items() if name != "alerts"}
        sys.stdout.write(_json(shown).decode() + "\n")
    else:
        sys.stdout.write((health_line(told) if options.health_only else text(told)) + "\n")
    return 1 if told["alerts"] or told["health_score"]["status"] == "CRITICAL" else 0


if __name__ == "__main__":
    sys.exit(main())
