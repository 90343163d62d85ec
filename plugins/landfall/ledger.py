"""The ledger: watermarks, run records, quality log and quarantine, in the warehouse beside the data they speak of.

All functions take the engine's books. Those of a publication are written in the transaction of the data, where the
engine has transactions. What is published of a table is the engine's to say (`Warehouse.state`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from landfall.identity import Identity
from landfall.state import State as State
from landfall.warehouse.tables import MOMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landfall.warehouse.engine import Books

SCHEMA = "landfall"
metadata = sa.MetaData(schema=SCHEMA)


def _named(length: int = 128) -> Any:
    return sa.Unicode(length)


sync_state = sa.Table(
    "sync_state",
    metadata,
    sa.Column("source", _named(), primary_key=True),
    sa.Column("table_name", _named(), primary_key=True),
    sa.Column("last_sync_at", MOMENT, comment="When the table was last known to be up to date"),
    sa.Column(
        "records_synced", sa.BigInteger(), comment="Rows inserted, updated or deleted by the last sync"
    ),
    sa.Column("sync_type", _named(20), comment="full or incremental"),
    sa.Column("watermark", _named(64), comment="Where the next incremental read begins, before its overlap"),
    sa.Column("last_full_at", MOMENT, comment="When the last full load was published"),
    sa.Column("row_count", sa.BigInteger(), comment="Rows in the table after the last publish"),
    sa.Column(
        "version",
        sa.BigInteger(),
        nullable=False,
        comment="Number of publishes; guards against a lost update",
    ),
    sa.Column("load_id", _named(40), comment="The load that was published last"),
    sa.Column("updated_at", MOMENT, nullable=False),
    comment="One row per table, and one per account or year as table/part: how far it has been published",
)
loads = sa.Table(
    "loads",
    metadata,
    sa.Column("load_id", _named(40), primary_key=True),
    sa.Column("source", _named(), nullable=False),
    sa.Column("resource", _named(), nullable=False),
    sa.Column("run_id", _named(250), nullable=False),
    sa.Column("mode", _named(20), nullable=False),
    sa.Column("status", _named(20), nullable=False, comment="published or unchanged"),
    sa.Column("watermark_before", _named(64)),
    sa.Column("watermark_after", _named(64)),
    sa.Column("fetched", sa.BigInteger(), nullable=False),
    sa.Column("inserted", sa.BigInteger(), nullable=False),
    sa.Column("updated", sa.BigInteger(), nullable=False),
    sa.Column("unchanged", sa.BigInteger(), nullable=False),
    sa.Column("deleted", sa.BigInteger(), nullable=False),
    sa.Column("deduplicated", sa.BigInteger(), nullable=False),
    sa.Column("quarantined", sa.BigInteger(), nullable=False),
    sa.Column("superseded", sa.BigInteger(), comment="Of a replay: what was read since knows better"),
    sa.Column("rows_after", sa.BigInteger()),
    sa.Column(
        "figures",
        sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
        comment="The same figures for each table of the resource, and the rows it had then",
    ),
    sa.Column("landing", _named(1000), comment="Where the raw records lie"),
    sa.Column("scope", _named(20), comment="What the load accounts for: nothing, everything or windows"),
    sa.Column("windows", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), comment="These windows"),
    sa.Column(
        "inputs",
        sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
        comment="Of a model: the load that changed each table last that it was made of",
    ),
    sa.Column("requests", sa.BigInteger(), comment="That the extract made of the vendor"),
    sa.Column(
        "waited_seconds",
        sa.Numeric(12, 1),
        comment="For the request budget and the vendor's waiting times, added up over all requests",
    ),
    sa.Column("published_at", MOMENT, nullable=False),
    comment="One row per published load; fetched = inserted + updated + unchanged + deduplicated + quarantined "
    "+ superseded",
)
quality_log = sa.Table(
    "quality_log",
    metadata,
    sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
    sa.Column("source", _named(), nullable=False),
    sa.Column("table_name", _named(), nullable=False),
    sa.Column("load_id", _named(40)),
    sa.Column("run_id", _named(250)),
    sa.Column("check_name", _named(), nullable=False),
    sa.Column("severity", _named(20), nullable=False, comment="blocking, rejecting or warning"),
    sa.Column("status", _named(10), nullable=False, comment="PASS, WARN or FAIL"),
    sa.Column("value", sa.Numeric(38, 4)),
    sa.Column("threshold", sa.Numeric(38, 4)),
    sa.Column("details", _named(2000)),
    sa.Column("checked_at", MOMENT, nullable=False),
    comment="Every result of every check",
)
quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
    sa.Column("source", _named(), nullable=False),
    sa.Column("resource", _named(), nullable=False),
    sa.Column("load_id", _named(40), nullable=False),
    sa.Column("run_id", _named(250)),
    sa.Column("reason", _named(1000), nullable=False),
    sa.Column("path", _named(400), nullable=False, comment="Where in the record"),
    sa.Column("record_key", _named(400), comment="The record's key as JSON, where it could be read"),
    sa.Column(
        "raw",
        sa.UnicodeText(),
        nullable=False,
        comment="The record as it came, or what the privacy policy shows of it",
    ),
    sa.Column("quarantined_at", MOMENT, nullable=False),
    sa.Column("record_number", sa.BigInteger(), comment="The record's number in its load, from 0"),
    sa.Column("child_table", _named(), comment="Of an element of a list: the table that it is a row of"),
    sa.Column("element", sa.BigInteger(), comment="Its place in the list, from 0"),
    sa.Column(
        "kept",
        _named(10),
        comment="text: raw is as it came; escaped: the same with a backslash before backslashes and bytes that are no "
        "text; hidden: what the privacy policy shows",
    ),
    sa.Column("replayed_at", MOMENT, comment="When it was last staged again, and rejected again"),
    sa.Column("closed_at", MOMENT, comment="When it was found to be superseded; NULL: it is open"),
    sa.Column("outcome", _named(20), comment="superseded, of one that is closed"),
    sa.Column(
        "reshaped",
        sa.Boolean(),
        comment="Whether raw is a record, made of what was landed where those differ",
    ),
    comment="Records, and elements of their lists, that did not get into their table, with the reason",
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("execution_id", _named(36), primary_key=True, comment="UUID of the run"),
    sa.Column("table_name", _named(), primary_key=True, comment="PIPELINE for the run as a whole"),
    sa.Column("source", _named(), nullable=False),
    sa.Column("run_id", _named(250), nullable=False),
    sa.Column("started_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT),
    sa.Column(
        "status",
        _named(20),
        nullable=False,
        comment="running, success, unchanged, overtaken, error, stopped, killed",
    ),
    sa.Column("error", _named(1000), comment="What failed, and what to do"),
    sa.Column("dry_run", sa.Boolean(), nullable=False, comment="Nothing was written, on purpose"),
    sa.Column("rows_read", sa.BigInteger(), nullable=False),
    sa.Column("rows_written", sa.BigInteger(), nullable=False, comment="Inserted, updated or deleted"),
    sa.Column("rows_rejected", sa.BigInteger(), nullable=False, comment="Set aside in quarantine"),
    sa.Column("triggered_by", _named(512), nullable=False, comment="The user, else the kind of run"),
    sa.Column("parameters", sa.UnicodeText(), comment="Of the run, as JSON"),
    comment="Who ran what: one row per run, and one per table that it was about",
)
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("source", _named(), primary_key=True),
    sa.Column("hook", _named(), primary_key=True, comment="Connection type of the hook that told it"),
    sa.Column("account", _named(), primary_key=True, comment="Where a connection has several, else empty"),
    sa.Column("identity_key", _named(400), nullable=False, comment="The vendor's id of whose data it is"),
    sa.Column("label", _named(400), nullable=False, comment="What a person knows it by"),
    sa.Column("kept_at", MOMENT, nullable=False, comment="First load, or when another was consented to"),
    comment="Whose data a source's credentials open; another is refused until somebody consents",
)
sa.Index("ix_runs_started_at", runs.c.source, runs.c.started_at)
sa.Index("ix_quality_log_checked_at", quality_log.c.checked_at)
sa.Index("ix_quarantine_load", quarantine.c.source, quarantine.c.load_id)
sa.Index("ix_loads_resource", loads.c.source, loads.c.resource, loads.c.published_at)
# For whoever looks at a source's health: the newest first, however long the ledger is.
sa.Index("ix_loads_published_at", loads.c.source, loads.c.published_at)
sa.Index("ix_runs_status", runs.c.source, runs.c.status, runs.c.started_at)
sa.Index("ix_quality_log_load", quality_log.c.source, quality_log.c.load_id)
sa.Index("ix_quality_log_status", quality_log.c.source, quality_log.c.status, quality_log.c.checked_at)

TABLES = (sync_state, loads, quality_log, quarantine, runs, identities)
PIPELINE = "PIPELINE"
"""`table_name` of the row of a run as a whole."""
RUN_FIGURES = ("rows_read", "rows_written", "rows_rejected")


def part_name(table: str, part: str) -> str:
    """`table_name` of an account's or a year's own row in `sync_state`."""
    return f"{table}/{part}"


def identities_of(books: Books, source: str) -> dict[tuple[str, str], Identity]:
    """Whose data a source's tables hold, by hook (its connection type) and account."""
    kept = books.rows(sa.select(identities).where(identities.c.source == source))
    return {(row["hook"], row["account"]): Identity(row["identity_key"], row["label"]) for row in kept}


def keep_identity(
    books: Books, source: str, hook: str, account: str, identity: Identity, now: datetime
) -> None:
    """Keep whose data a credential opens, in place of what was kept before."""
    mine = {"source": source, "hook": hook, "account": account}
    values = {"identity_key": identity.key, "label": identity.label[:400], "kept_at": now}
    books.put(identities, [mine | values], mine)


def load(books: Books, load_id: str) -> dict[str, Any] | None:
    """The record of a load that was published, or None."""
    found = books.rows(sa.select(loads).where(loads.c.load_id == load_id))
    return found[0] if found else None


def loads_since(books: Books, source: str, resource: str, moment: datetime) -> dict[str, str]:
    """Load id to mode of the loads of a resource that were published after a moment."""
    mine = (loads.c.source == source) & (loads.c.resource == resource) & (loads.c.published_at > moment)
    return {
        row["load_id"]: row["mode"]
        for row in books.rows(sa.select(loads.c.load_id, loads.c.mode).where(mine))
    }


def last_read(books: Books, source: str, resource: str) -> str | None:
    """The id of the last published load that asked the vendor for a resource as a whole, or for its changes."""
    asked = loads.c.mode.in_(("full", "incremental"))
    return _last(books, (loads.c.source == source) & (loads.c.resource == resource) & asked).get(resource)


def versions(books: Books, source: str) -> dict[str, str]:
    """By resource: the load that changed its table last; none for a table that never held a row."""
    changed = loads.c.inserted + loads.c.updated + loads.c.deleted > 0
    return _last(books, (loads.c.source == source) & changed)


def _last(books: Books, these: sa.ColumnElement[bool]) -> dict[str, str]:
    """By resource: the id of the last of these loads that was published; ids of one second have no order."""
    newest = (loads.c.published_at.desc(), loads.c.load_id.desc())
    place = sa.func.row_number().over(partition_by=loads.c.resource, order_by=newest).label("place")
    found = sa.select(loads.c.resource, loads.c.load_id, place).where(these).subquery("found")
    query = sa.select(found.c.resource, found.c.load_id).where(found.c.place == 1)
    return {row["resource"]: row["load_id"] for row in books.rows(query)}


def row_history(books: Books, source: str, resource: str, last: int = 10) -> list[int]:
    """Row counts after the last loads of a resource, newest first."""
    mine = (loads.c.source == source) & (loads.c.resource == resource) & loads.c.rows_after.is_not(None)
    query = sa.select(loads.c.rows_after).where(mine).order_by(loads.c.published_at.desc()).limit(last)
    return [row["rows_after"] for row in books.rows(query)]


def last_figures(books: Books, source: str, resource: str) -> dict[str, dict[str, Any]]:
    """The figures of the last load of a resource, by table."""
    query = sa.select(loads.c.figures).where(loads.c.source == source, loads.c.resource == resource)
    found = books.rows(query.order_by(loads.c.published_at.desc()).limit(1))
    return (found[0]["figures"] if found else None) or {}


def clear_quarantine(books: Books, source: str, load_id: str) -> None:
    """Forget the rejected records of an earlier attempt of the same load."""
    books.remove(quarantine, {"source": source, "load_id": load_id})


def quarantined(books: Books, source: str, resource: str) -> list[dict[str, Any]]:
    """What is in quarantine of a resource and not closed, the oldest first."""
    mine = (quarantine.c.source == source) & (quarantine.c.resource == resource)
    return books.rows(
        sa.select(quarantine).where(mine, quarantine.c.closed_at.is_(None)).order_by(quarantine.c.id)
    )


def in_quarantine(books: Books, source: str) -> dict[str, int]:
    """How many records and elements of each resource are in quarantine and not closed."""
    counted = sa.select(quarantine.c.resource, sa.func.count().label("waiting"))
    counted = counted.where(quarantine.c.source == source, quarantine.c.closed_at.is_(None))
    return {row["resource"]: row["waiting"] for row in books.rows(counted.group_by(quarantine.c.resource))}


def published_loads(books: Books, source: str, resource: str) -> list[dict[str, Any]]:
    """The loads of a resource that brought what the vendor had, in their order."""
    columns = (loads.c.load_id, loads.c.mode, loads.c.scope, loads.c.windows, loads.c.published_at)
    again = loads.c.mode.in_(("reprocess", "reprocess_errors"))
    query = sa.select(*columns).where(loads.c.source == source, loads.c.resource == resource, ~again)
    return books.rows(query.order_by(loads.c.published_at))


def set_aside(books: Books, rejects: list[dict[str, Any]]) -> None:
    """Write rejected records into quarantine."""
    books.put(quarantine, rejects)


def came_again(books: Books, source: str, load_id: str, entry: Mapping[str, Any], number: int) -> None:
    """Note that what is in quarantine came once more in the same load.

    :param entry: columns that tell which it is.
    :param number: the record's number when it came last.
    """
    books.change(quarantine, {"record_number": number}, {"source": source, "load_id": load_id, **entry})


def run_rows(books: Books, execution_id: str) -> dict[str, dict[str, Any]]:
    """A run's rows by table name, that of the run as a whole among them."""
    return {
        row["table_name"]: row
        for row in books.rows(sa.select(runs).where(runs.c.execution_id == execution_id))
    }


def running(books: Books, source: str) -> list[dict[str, Any]]:
    """The rows of a source's runs that have not noted their end."""
    return books.rows(sa.select(runs).where(runs.c.source == source, runs.c.status == "running"))


def record_run(books: Books, rows: list[dict[str, Any]]) -> None:
    """Write rows of runs, in place of earlier ones of the same run and table."""
    for row in rows:
        books.put(runs, [row], {name: row[name] for name in ("execution_id", "table_name")})


def forget_run(books: Books, execution_id: str) -> None:
    """Forget an earlier attempt of a run."""
    books.remove(runs, {"execution_id": execution_id})


def forget(books: Books, source: str, before: datetime) -> None:
    """Delete a source's quality results, quarantined records and audit of runs older than `before`."""
    dated = ((quality_log, "checked_at"), (quarantine, "quarantined_at"), (runs, "started_at"))
    for table, moment in dated:
        books.remove(table, {"source": source}, (moment, before))
