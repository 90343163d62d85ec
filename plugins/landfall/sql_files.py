"""The project's SQL files, and applying those that define views and procedures.

Below `include/sql/<source>/`: `checks/`, `monitoring/` and `views/` are written once, for PostgreSQL, and translated
for SQL Server; `mssql/` and `postgresql/` hold what one engine alone has, such as stored procedures.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.warehouse import Warehouse
from landfall.warehouse.tables import verbatim


def sql_root() -> Path:
    """Where the project's SQL files are: `LANDFALL_SQL`, else those of the wheel, else those of the repository."""
    if given := os.environ.get("LANDFALL_SQL"):
        return Path(given)
    package = Path(__file__).resolve().parent
    folders = (place / "include" / "sql" for place in (package, package.parents[1]))
    return next((folder for folder in folders if folder.is_dir()), package / "include" / "sql")


def read_sql(*parts: str) -> str:
    """The text of an SQL file. :raises Misconfigured: it does not exist."""
    path = sql_root().joinpath(*parts)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(
            f"{path} does not exist", todo="Restore the file, or set LANDFALL_SQL to the folder that has it."
        ) from None


def view_names(source: str) -> list[str]:
    """The views that the source's files define, as the files spell them."""
    define = re.compile(rf"^CREATE OR REPLACE VIEW {source}\.(\w+)", re.MULTILINE)
    files = sorted((sql_root() / source / "views").glob("*.sql"))
    return [name for path in files for name in define.findall(path.read_text(encoding="utf-8"))]


def read_query(dialect: sa.Dialect, *parts: str) -> sa.TextClause:
    """The one query of an SQL file, in the words of this dialect. :raises Misconfigured: it does not exist."""
    text = read_sql(*parts)
    if dialect.name == "mssql":
        from landfall.warehouse.sql import tsql  # takes a while to import, and PostgreSQL needs none of it

        (text,) = tsql.translate(text)
    return verbatim(text)


def apply_sql(warehouse: Warehouse, source: str) -> None:
    """Run the source's view files, then those of the warehouse's engine, in name order; again and again without harm.

    The tables they read must exist.
    """
    root = sql_root() / source
    with warehouse.begin() as connection:
        warehouse.lock(connection, "landfall.ensure")
        for path in sorted((root / "views").glob("*.sql")):
            warehouse.apply(connection, path.read_text(encoding="utf-8"))
        for path in sorted((root / warehouse.engine.dialect.name).glob("*.sql")):
            warehouse.apply_native(connection, path.read_text(encoding="utf-8"))
