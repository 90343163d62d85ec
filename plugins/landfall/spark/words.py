"""SQL in Spark's words: what is written for PostgreSQL, as a session takes it that counts in UTC and raises errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from landfall.warehouse.lake import words
from landfall.warehouse.lake.words import Name
from landfall.warehouse.tables import SEQ

SHA256_HEX = "SHA2({}, 256)"
SETTINGS = {
    # A moment's day would else be that of the cluster's clock.
    "spark.sql.session.timeZone": "UTC",
    # Without it what does not fit becomes NULL.
    "spark.sql.ansi.enabled": "true",
}
MOST_DIGITS = 38


@contextlib.contextmanager
def understood(spark: Any, more: Mapping[str, str] = {}) -> Iterator[None]:
    """Let a session take texts as they are meant, and leave its settings as they were.

    :param more: further settings.
    """
    wanted = {**SETTINGS, **more}
    before = {name: spark.conf.get(name, None) for name in wanted}
    for name, value in wanted.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.unset(name) if value is None else spark.conf.set(name, value)


def compiled(query: sa.Select[Any] | sa.CompoundSelect[Any] | sa.TextClause) -> tuple[str, dict[Name, str]]:
    """A query with its values in it, as `rendered` returns it."""
    return rendered(words.compiled(query)[0])


def rendered(text: str) -> tuple[str, dict[Name, str]]:
    """A query in PostgreSQL's words, or a lake's, as `spark.sql` takes it, and the names of the frames it asks for."""
    import sqlglot

    return adapted(sqlglot.parse_one(text, read="postgres"))


def adapted(tree: Any) -> tuple[str, dict[Name, str]]:
    """The same of a query that is parsed already, and is changed by it."""
    from sqlglot import exp

    used: dict[Name, str] = {}
    for table in list(tree.find_all(exp.Table)):
        schema, name = (table.db, table.name) if table.db else table.name.partition(".")[::2]
        if name:
            known = exp.table_(_BRACES.format(used.setdefault((schema, name), f"t{len(used)}")))
            called = table.alias or (name if table.db else f"{schema}.{name}")
            known.set("alias", exp.TableAlias(this=exp.to_identifier(called, quoted=True)))
            table.replace(known)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
    tree = tree.transform(_in_words_of)
    text = tree.sql(dialect="spark", comments=False).replace("{", "{{").replace("}", "}}")
    for frame in used.values():
        text = text.replace(_BRACES.format(frame), f"{{{frame}}}")
    return text, used


_BRACES = "landfall_frame_{}_"
"""In place of a frame's name in braces until all other braces are doubled."""


def _in_words_of(node: Any) -> Any:
    """What sqlglot does not say in Spark's words."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous) and node.name.upper() == "SHA256_HEX":
        argument = node.expressions[0].transform(_in_words_of)
        return exp.Var(this=SHA256_HEX.format(argument.sql(dialect="spark")))
    if isinstance(node, exp.Encode) and isinstance(node.this, exp.SHA2Digest):
        argument = node.this.this
        if isinstance(argument, exp.Anonymous) and argument.name.upper() == "CONVERT_TO":
            argument = argument.expressions[0]
        return exp.Var(this=SHA256_HEX.format(argument.transform(_in_words_of).sql(dialect="spark")))
    if isinstance(node, exp.Anonymous) and node.name.upper() == "ARROW_CAST":
        return exp.cast(node.expressions[0], "timestamptz", dialect="postgres")
    if isinstance(node, exp.Alias) and node.alias == SEQ and isinstance(node.this, exp.Window):
        # Any number will do, and one after the other would have one worker count all rows.
        return exp.alias_(exp.Var(this="MONOTONICALLY_INCREASING_ID()"), SEQ, quoted=True)
    if isinstance(node, exp.Round) and isinstance(node.this.unnest(), exp.Div):
        to = node.args.get("decimals")
        if to is not None and to.is_int:
            return _quotient(node.this.unnest(), int(to.name))
    return node


def _quotient(division: Any, places: int) -> Any:
    """A quotient rounded half away from zero, once. Spark would round it to few places first, where digits are many.

    Twice the numerator and the denominator are whole numbers of the last place asked for; those divide exactly.
    """
    from sqlglot import exp

    above, below = (
        side.transform(_in_words_of).sql(dialect="spark") for side in (division.this, division.expression)
    )
    whole = f"(ABS({above}) * {2 * 10**places} + ABS({below})) DIV (ABS({below}) * 2)"
    signed = f"CAST({whole} * CAST(SIGN({above}) * SIGN({below}) AS BIGINT) AS DECIMAL({MOST_DIGITS - places - 1}, 0))"
    return exp.Var(this=f"({signed} * {10**-places:.{places}f})")
