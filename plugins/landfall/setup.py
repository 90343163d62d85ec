"""`python -m landfall.setup SOURCE`: make a source's tables, views and procedures without running its DAG.

Every run of the DAG does the same, so this is for whoever wants them before the first one: to give rights on them, or
to see that the warehouse's connection may make them. It can be run again and again. With `--force` it first drops the
source's own tables and views and forgets how far they were loaded, after asking; the next run then loads everything
anew. What else is in the schema stays.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from landfall import ledger, pipeline
from landfall.errors import LandfallError
from landfall.resources import Source
from landfall.sources import choices, source
from landfall.sql_files import apply_sql, view_names
from landfall.warehouse import Warehouse, connect
from landfall.warehouse.tables import target_table


def prove(warehouse: Warehouse, declared: Source) -> None:
    """Ask whether the source can be kept there.

    :raises Misconfigured: it cannot, with all that stands against it.
    """
    own: dict[str, list[str]] = {schema: [] for schema in declared.schemas.values()}
    for table in declared.tables:
        own[declared.schemas[declared.schema_of(table)]].append(table.name)
    warehouse.prove({**own, ledger.SCHEMA: [table.name for table in ledger.TABLES]})


def set_up(warehouse: Warehouse, declared: Source) -> None:
    """Bring the ledger and the source's tables, views and procedures up to this version."""
    prove(warehouse, declared)
    pipeline.ensure_ledger(warehouse)
    pipeline.ensure_source(warehouse, declared)
    scripts = [view.script(declared.kind) for view in declared.views]
    apply_sql(warehouse, declared.kind, declared.schemas, scripts)


def drop(warehouse: Warehouse, declared: Source) -> list[str]:
    """Drop the source's views and tables, and what the ledger knows of how far they were loaded.

    Quality log and quarantine stay, and so does what the bundle did not make.

    :returns: the names of what was dropped.
    :raises Misconfigured: a view of somebody's own reads them; PostgreSQL keeps such tables, SQL Server lets them go.
    """
    tables = [target_table(t, declared.name) for t in declared.tables]
    return warehouse.drop(declared.name, tables, _views(declared))


def _schemas(declared: Source) -> str:
    return ", ".join(declared.schemas.values())


def _views(declared: Source) -> dict[str, list[str]]:
    """Names of the source's views, by schema."""
    found = {schema: view_names(declared.kind, called) for called, schema in declared.schemas.items()}
    for view in declared.views:
        found[declared.schemas[declared.schema_of(view.table)]].append(view.table.name)
    return found


def _agreed(declared: Source, answer: str | None) -> bool:
    """Whether the operator types the source's name; without a terminal nobody can."""
    if answer is None:
        if not sys.stdin.isatty():
            return False
        views = sum(map(len, _views(declared).values()))
        sys.stdout.write(
            f"This drops {len(declared.tables)} tables, with all rows in them, and {views} "
            f"views of schema {_schemas(declared)}: those that Landfall makes. What else is in the schema stays.\n"
            f"Type {declared.name} to go on: "
        )
        sys.stdout.flush()
        answer = sys.stdin.readline()
    return answer.strip() == declared.name


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and set the source up. :returns: the exit code."""
    parser = argparse.ArgumentParser(prog="python -m landfall.setup", description=__doc__)
    parser.add_argument("source", choices=choices())
    parser.add_argument("--force", action="store_true", help="drop the source's tables and views first")
    parser.add_argument("--yes-drop", metavar="SOURCE", help="answers the question of --force, for scripts")
    parser.add_argument(
        "--url", default="", help="SQLAlchemy URL of the warehouse, in place of Airflow's connection"
    )
    options = parser.parse_args(arguments)
    try:
        declared = source(options.source)
        warehouse = connect(options.url) if options.url else _by_connection(declared.name)
        try:
            prove(warehouse, declared)
            pipeline.ensure_ledger(warehouse)
            if options.force:
                if not _agreed(declared, options.yes_drop):
                    sys.stdout.write("Nothing was changed.\n")
                    return 1
                sys.stdout.write(f"Dropped: {', '.join(drop(warehouse, declared)) or 'nothing was there'}.\n")
            set_up(warehouse, declared)
        finally:
            warehouse.close()
    except LandfallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        f"Schema {_schemas(declared)} has its {len(declared.tables)} tables, views and procedures.\n"
    )
    return 0


def _by_connection(name: str) -> Warehouse:
    from landfall.operators.base import warehouse_of

    return warehouse_of(name)


if __name__ == "__main__":
    sys.exit(main())
