"""`python -m landfall.docs`: write the tables of every source, as its records declare them, into its page.

Pages are docs/sources/<source>.md; the part between the two marks is made anew, the rest of the page is left as it is.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.dialects import postgresql

from landfall.errors import Misconfigured
from landfall.records import Child, Column, TableSpec
from landfall.resources import Source
from landfall.sources import source
from landfall.warehouse.tables import sql_type

BEGIN = "<!-- made by `python -m landfall.docs` from the records: change those, not this -->"
END = "<!-- end of what `python -m landfall.docs` makes -->"
PAGES = Path(__file__).resolve().parents[2] / "docs" / "sources"


def tables(declared: Source) -> str:
    """The columns of all tables of a source, as Markdown."""
    parts = []
    for resource in (*declared.resources, *declared.models):
        table = resource.table
        parts.append(_section(table))
        parts += [_section(child.table, child, table.name) for child in table.children]
    parts += [_section(table) for table in declared.reports]
    parts += [_section(view.table) for view in declared.views]
    return "\n".join(parts)


def _section(table: TableSpec, child: Child | None = None, parent: str = "") -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    layer = f"{table.layer.name}." if table.layer else ""
    lines = [f"### {layer}{table.name}", "", f"{table.doc.split(chr(10))[0]} Key: {key}."]
    if child:
        lines[-1] += f" Rows follow their row in `{parent}`."
    lines += ["", "| column | type | from, where named otherwise | notes |", "|---|---|---|---|"]
    lines += [f"| `{c.name}` | {_type(table, c)} | {_path(c)} | {_notes(c)} |" for c in table.columns]
    return "\n".join([*lines, ""])


def _type(table: TableSpec, column: Column) -> str:
    kind = sql_type(column, indexed=column.index or column.name in table.key)
    name = (
        str(kind.compile(dialect=postgresql.dialect()))
        .lower()
        .replace("timestamp with time zone", "timestamptz")
    )
    return name if column.nullable else f"{name}, not null"


def _path(column: Column) -> str:
    return f"`{column.origin}`" if column.role == "value" and column.path and column.origin else column.origin


def _notes(column: Column) -> str:
    notes = [column.doc.replace("|", "\\|")] if column.doc else []
    if column.references:
        notes.append(f"→ `{column.references}`")
    if column.personal:
        notes.append("personal data")
    return "; ".join(notes)


def renewed(page: str, declared: Source) -> str:
    """The text of a source's page with its tables as they are declared now.

    :raises Misconfigured: the page lacks one of the marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise Misconfigured(
            f"docs/sources/{declared.name}.md has no place for the tables", todo=f"Add {BEGIN} … {END}."
        )
    return f"{before}{BEGIN}\n\n{tables(declared)}\n{END}{after}"


def main() -> None:
    """Renew the pages that there are."""
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(renewed(path.read_text(encoding="utf-8"), source(path.stem)), encoding="utf-8")


if __name__ == "__main__":
    main()
