"""`python -m landfall.sql SOURCE`: print what a source's files define as views, in another engine's words.

In a lake these are tables, made anew at the end of each run. Whoever wants them to follow the tables at once makes
them as views where SQL is put to the lake: `--dialect tsql` for the SQL analytics endpoint of a lakehouse in Fabric,
`--dialect spark` for a notebook. The tables have their names there already, so name a schema for the views: `--into`.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from landfall.errors import LandfallError, Misconfigured
from landfall.resources import Source
from landfall.sources import choices, source
from landfall.sql_files import in_schemas, sql_root

DIALECTS = ("postgres", "tsql", "spark")
_HEADING = re.compile(r"\A(?:[ \t]*--[^\n]*\n)+")


@dataclasses.dataclass(frozen=True)
class View:
    """A view as a file defines it.

    :param query: the parsed query, in PostgreSQL's words.
    :param doc: the comment above it, as one line.
    """

    schema: str
    name: str
    query: Any
    doc: str = ""


def views(declared: Source) -> Iterator[View]:
    """The views of a source, in the order in which they are made.

    :raises Misconfigured: a file defines something else.
    """
    import sqlglot
    from sqlglot import exp

    scripts = [(one.file, one.script(declared.kind), one.table.doc.split("\n")[0]) for one in declared.views]
    for path in sorted((sql_root() / declared.kind / "views").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        heading = _HEADING.match(text)
        doc = " ".join(line.strip(" -") for line in heading[0].splitlines()) if heading else ""
        scripts.append((path.name, text, doc))
    for name, script, doc in scripts:
        text = in_schemas(script, declared.schemas)
        for tree in sqlglot.parse(text, read="postgres"):
            if isinstance(tree, exp.Create) and tree.kind == "VIEW" and isinstance(tree.this, exp.Table):
                yield View(tree.this.db, tree.this.name, tree.expression, doc)
            elif tree is not None:
                raise Misconfigured(
                    f"{name} defines something else than views",
                    todo="Write CREATE OR REPLACE VIEW schema.name AS …, without a list of columns.",
                )


def printed(declared: Source, dialect: str, into: str = "") -> str:
    """A script that makes a source's views.

    :param dialect: one of `DIALECTS`.
    :param into: schema of the views; by default those of the files.
    """
    made = [statement(view, dialect, into) for view in views(declared)]
    if into:
        made.insert(0, schema_statement(into, dialect))
    return script(made, dialect)


def script(statements: Iterable[str], dialect: str) -> str:
    """Statements one after the other, as the dialect's own tools take them."""
    end = "\nGO\n" if dialect == "tsql" else ";\n"
    return "\n".join(one + end for one in statements)


def statement(view: View, dialect: str, into: str = "") -> str:
    """What makes a view.

    :param into: its schema; by default its own.
    """
    from sqlglot import exp

    name = exp.to_identifier(view.name, quoted=view.name != view.name.lower())
    place = exp.table_(name, db=into or view.schema)
    tree: Any = exp.Create(this=place, kind="VIEW", replace=True, expression=view.query.copy())
    if dialect == "tsql":
        from landfall.warehouse.sql import tsql

        text = tsql.render(tree, pretty=True)
    else:
        text = tree.sql(dialect=dialect, comments=False, pretty=True)
    return f"-- {view.doc}\n{text}" if view.doc else text


def schema_statement(name: str, dialect: str) -> str:
    """What makes a schema where there is none. :raises Misconfigured: it is no name for one."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise Misconfigured(
            "--into is no name for a schema",
            todo="Use letters, digits and underscores, such as acme_live.",
        )
    if dialect == "tsql":
        return f"IF SCHEMA_ID('{name}') IS NULL EXEC('CREATE SCHEMA {name}')"
    return f"CREATE SCHEMA IF NOT EXISTS {name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and print. :returns: the exit code."""
    parser = argparse.ArgumentParser(prog="python -m landfall.sql", description=__doc__)
    parser.add_argument("source", choices=choices())
    parser.add_argument("--dialect", choices=DIALECTS, default="postgres")
    parser.add_argument("--into", metavar="SCHEMA", default="", help="make the views in this schema")
    options = parser.parse_args(arguments)
    try:
        sys.stdout.write(printed(source(options.source), options.dialect, options.into))
    except LandfallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
