"""`python -m landfall.setup SOURCE`: make a source's tables, views and procedures without running its DAG.

Every run of the DAG does the same, so this is for whoever wants them before the first one: to give rights on them, or
to see that the warehouse's connection may make them. It can be run again and again. With `--force` it first drops what
is there of the source and forgets how far it was loaded, after asking; the next run then loads everything anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import sqlalchemy as sa

from landfall import ledger, pipeline
from landfall.errors import LandfallError
from landfall.resources import Source, names, source
from landfall.sql_files import apply_sql
from landfall.warehouse import Warehouse, connect


def set_up(warehouse: Warehouse, declared: Source) -> None:
    """Bring the ledger and the source's tables, views and procedures up to this version."""
    pipeline.ensure_ledger(warehouse)
    pipeline.ensure_source(warehouse, declared)
    apply_sql(warehouse, declared.name)


def drop(warehouse: Warehouse, declared: Source) -> list[str]:
    """Drop the source's views and tables, and what the ledger knows of how far they were loaded.

    Quality log and quarantine stay. :returns: the names of what was dropped.
    """
    tables = [table.name for resource in declared.resources for table in resource.table.family()]
    dropped = []
    with warehouse.begin() as connection:
        warehouse.lock(connection, "landfall.ensure")
        inspector = sa.inspect(connection)
        quote = connection.dialect.identifier_preparer
        views = inspector.get_view_names(schema=declared.name)
        for kind, found in (("VIEW", views), ("TABLE", tables)):
            for name in found:
                if kind == "VIEW" or inspector.has_table(name, schema=declared.name):
                    connection.exec_driver_sql(
                        f"DROP {kind} {quote.quote_schema(declared.name)}.{quote.quote(name)}"
                    )
                    dropped.append(name)
        for table in (ledger.sync_state, ledger.loads):
            connection.execute(sa.delete(table).where(table.c.source == declared.name))
    return dropped


def _agreed(declared: Source, answer: str | None) -> bool:
    """Whether the operator types the source's name; without a terminal nobody can."""
    if answer is None:
        if not sys.stdin.isatty():
            return False
        sys.stdout.write(
            f"This drops every table and view of schema {declared.name} with all rows in them.\n"
            f"Type {declared.name} to go on: "
        )
        sys.stdout.flush()
        answer = sys.stdin.readline()
    return answer.strip() == declared.name


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and set the source up. :returns: the exit code."""
    parser = argparse.ArgumentParser(prog="python -m landfall.setup", description=__doc__)
    parser.add_argument("source", choices=names())
    parser.add_argument("--force", action="store_true", help="drop the source's tables and views first")
    parser.add_argument("--yes-drop", metavar="SOURCE", help="answers the question of --force, for scripts")
    parser.add_argument(
        "--url", default="", help="SQLAlchemy URL of the warehouse, in place of Airflow's connection"
    )
    options = parser.parse_args(arguments)
    declared = source(options.source)
    try:
        warehouse = connect(options.url) if options.url else _by_connection(declared.name)
        try:
            pipeline.ensure_ledger(warehouse)
            if options.force:
                if not _agreed(declared, options.yes_drop):
                    sys.stdout.write("Nothing was changed.\n")
                    return 1
                sys.stdout.write(f"Dropped: {', '.join(drop(warehouse, declared)) or 'nothing was there'}.\n")
            set_up(warehouse, declared)
        finally:
            warehouse.engine.dispose()
    except LandfallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except sa.exc.DBAPIError as error:  # of definitions alone, so it holds no data
        sys.stderr.write(f"The database refused, and nothing was changed: {error.orig}\n")
        return 1
    tables = [table.name for resource in declared.resources for table in resource.table.family()]
    sys.stdout.write(f"Schema {declared.name} has its {len(tables)} tables, views and procedures.\n")
    return 0


def _by_connection(name: str) -> Warehouse:
    from landfall.operators.base import warehouse_of

    return warehouse_of(name)


if __name__ == "__main__":
    sys.exit(main())
