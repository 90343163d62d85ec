"""The project's SQL files, and applying those that define views and procedures.

Below `include/sql/<source>/`: `checks/`, `monitoring/` and `views/` are written once, for PostgreSQL, and translated
for SQL Server; `mssql/` and `postgresql/` hold what one engine alone has, such as stored procedures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from landfall.errors import Misconfigured
from landfall.lazily import sa, warehouse_tables

if TYPE_CHECKING:
    from landfall.warehouse import Warehouse


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


def view_names(source: str, schema: str = "") -> list[str]:
    """The views that the source's files define in a schema (its own, or a layer), as the files spell them."""
    define = re.compile(rf"^CREATE OR REPLACE VIEW {schema or source}\.(\w+)", re.MULTILINE)
    files = sorted((sql_root() / source / "views").glob("*.sql"))
    return [name for path in files for name in define.findall(path.read_text(encoding="utf-8"))]


def read_query(dialect: sa.Dialect, *parts: str) -> sa.TextClause:
    """The one query of an SQL file, in the words of this dialect. :raises Misconfigured: it does not exist."""
    text = read_sql(*parts)
    if dialect.name == "mssql":
        from landfall.warehouse.sql import tsql  # takes a while to import, and PostgreSQL needs none of it

        (text,) = tsql.translate(text)
    return warehouse_tables.verbatim(text)


def in_schemas(script: str, schemas: Mapping[str, str]) -> str:
    """A script in PostgreSQL's words with the schemas' names in this warehouse, and the source's in the ledger.

    :param schemas: as SQL files call them, with their names in the warehouse.
    """
    if all(name == called for name, called in schemas.items()):
        return script
    import sqlglot
    from sqlglot import exp

    trees = [tree for tree in sqlglot.parse(script, read="postgres") if tree is not None]
    for table in (table for tree in trees for table in tree.find_all(exp.Table)):
        if table.db in schemas:
            table.set("db", exp.to_identifier(schemas[table.db]))
    for equal in (equal for tree in trees for equal in tree.find_all(exp.EQ)):
        column, value = equal.left, equal.right
        if isinstance(column, exp.Column) and column.name == "source" and value.name in schemas:
            equal.set("expression", exp.Literal.string(schemas[value.name]))
    return ";\n".join([*(tree.sql(dialect="postgres", comments=False) for tree in trees), ""])


def apply_sql(
    warehouse: Warehouse, source: str, schemas: Mapping[str, str] | None = None, scripts: Iterable[str] = ()
) -> None:
    """Run the source's view files, then those of the warehouse's engine, in name order; again and again without harm.

    The tables they read must exist.

    :param schemas: the source's schemas, where they may be called otherwise than in the files.
    :param scripts: what defines views and lies in no file of its own.
    """
    root = sql_root() / source
    folders = [root / "views", root / warehouse.own_sql if warehouse.own_sql else None]
    views, native = (
        [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))] if folder else []
        for folder in folders
    )
    warehouse.define([in_schemas(script, schemas or {}) for script in (*scripts, *views)], native)
