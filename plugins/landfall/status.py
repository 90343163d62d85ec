"""`python -m landfall.status [SOURCE]`: how the sources are doing, for a terminal or a monitor.

Reads the warehouses by the same Airflow connections as the DAGs, or one by `--url`. Ends with 1 while an alert is open,
also where a warehouse cannot be asked, and with 0 otherwise. With `--json` nothing else is on the standard output; its
fields are added to and never renamed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from landfall.health import SourceHealth, look, order, refused
from landfall.sources import choices, kinds, names, refusals, source
from landfall.warehouse import connect

_json = msgspec.json.Encoder(decimal_format="number").encode


class Status(msgspec.Struct):
    """What `--json` holds.

    :ivar alerts: how many are open.
    :ivar sources: the worst first.
    """

    at: datetime
    alerts: int
    sources: list[SourceHealth]


def text(status: Status) -> str:
    """The same for people, the worst source first."""
    return "\n".join(line for told in status.sources for line in _source(told))


def _source(told: SourceHealth) -> Iterator[str]:
    score = f"{told.health.overall_score} {told.health.status}" if told.health else "–"
    running = f", running since {_moment(told.running_since)}" if told.running_since else ""
    yield f"{told.source}: {told.state}, health {score}, last success {_moment(told.last_success)}{running}"
    for alert in told.alerts:
        yield f"  {alert.severity.upper()}  {alert.happened}"
        yield f"         → {alert.todo}"
    for table in told.tables:
        lead = "    " if table.parent else "  "
        rows = "–" if table.rows is None else f"{table.rows:,}"
        late = "" if table.fresh else "  late"
        aside = f"  {table.quarantined:,} in quarantine" if table.quarantined else ""
        failed = f"  not passed: {', '.join(table.checks_not_passed)}" if table.checks_not_passed else ""
        yield f"{lead}{table.table:<34}{rows:>14} rows  {_moment(table.last_sync)}{late}{aside}{failed}"
    yield ""


def _moment(value: datetime | None) -> str:
    return "never" if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def status_of(name: str = "", url: str = "") -> Status:
    """The status of a source, or of all of them and of what the file of instances has wrong.

    :param url: SQLAlchemy URL of the warehouse, in place of Airflow's connections.
    """
    now = datetime.now(UTC)
    wrong = {one: error for one, error in refusals().items() if name in ("", one)}
    chosen = [one for one in ([name] if name else names()) if one not in wrong or one in kinds()]
    if url:
        warehouse = connect(url)
        looked = [look(warehouse, source(one), now) for one in chosen]
    else:
        from landfall.health.connected import look_at

        looked = look_at(chosen, now)
    found = order([*looked, *(refused(*one) for one in wrong.items())])
    return Status(now, sum(len(told.alerts) for told in found), found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and tell the status. :returns: the exit code."""
    parser = argparse.ArgumentParser(prog="python -m landfall.status", description=__doc__)
    parser.add_argument("source", nargs="?", choices=choices(), help="all of them without it")
    parser.add_argument("--json", action="store_true", help="everything as JSON")
    parser.add_argument(
        "--url", default="", help="SQLAlchemy URL of the warehouse, in place of Airflow's connections"
    )
    options = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library has to say while it is imported
        status = status_of(options.source or "", options.url)
    sys.stdout.write((_json(status).decode() if options.json else text(status)) + "\n")
    return 1 if status.alerts else 0


if __name__ == "__main__":
    sys.exit(main())
