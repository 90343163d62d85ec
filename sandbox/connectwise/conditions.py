"""The vendor's `conditions` grammar: parsed strictly, evaluated over columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

Column = Mapping[int, Any]
Test = Callable[[int], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<punct>[(),]|!=|<=|>=|=|<|>)
      | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
      | \[(?P<moment>[^\]]*)\]
      | (?P<number>-?\d+(?:\.\d+)?)(?![\w/])
      | (?P<word>[A-Za-z_][\w/]*)
    )""",
    re.VERBOSE,
)
_WORDS = ("and", "or", "not", "in", "contains", "like", "true", "false", "null")


class BadConditions(ValueError):
    """The text does not follow the grammar, or names a field there is not."""


def parse(text: str, column: Callable[[str], Column]) -> Test:
    """The test that a row, by its id, has to pass.

    :param column: the values of a field by row id; raises `BadConditions` for a field there is not.
    """
    parser = _Parser(_tokens(text), column)
    test = parser.expression()
    if parser.at < len(parser.tokens):
        raise BadConditions("text after the end")
    return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadConditions(f"cannot read on from character {at}")
        kind = str(match.lastgroup)
        value = match.group(kind)
        if kind == "word" and value.lower() in _WORDS:
            kind, value = "keyword", value.lower()
        if kind in ("double", "single"):
            kind, value = "text", value.replace("[[]", "[")
        found.append((kind, value))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], column: Callable[[str], Column]) -> None:
        self.tokens, self.column, self.at = tokens, column, 0

    def expression(self) -> Test:
        tests = [self.conjunction()]
        while self.take("keyword", "or"):
            tests.append(self.conjunction())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.term()]
        while self.take("keyword", "and"):
            tests.append(self.term())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def term(self) -> Test:
        if self.take("punct", "("):
            inner = self.expression()
            self.need("punct", ")")
            return inner
        column = self.column(self.need("word"))
        negated = self.take("keyword", "not")
        for word, compare in (("contains", _contains), ("like", _like)):
            if self.take("keyword", word):
                wanted = self.need("text")
                return _negated(negated, lambda row, c=compare, w=wanted: c(column.get(row), w))  # type: ignore[misc]
        if self.take("keyword", "in"):
            wanted_ones = self.listed()
            return _negated(negated, lambda row: any(_compare("=", column.get(row), w) for w in wanted_ones))
        if negated:
            raise BadConditions("NOT stands before IN, CONTAINS or LIKE only")
        operator = self.need("punct")
        if operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise BadConditions(f"{operator} is no comparison")
        value = self.literal()
        return lambda row: _compare(operator, column.get(row), value)

    def listed(self) -> list[Any]:
        self.need("punct", "(")
        found = [self.literal()]
        while self.take("punct", ","):
            found.append(self.literal())
        self.need("punct", ")")
        return found

    def literal(self) -> Any:
        if self.at >= len(self.tokens):
            raise BadConditions("a value is missing")
        kind, value = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return value
        if kind == "number":
            return float(value)
        if kind == "moment":
            return _moment(value)
        if kind == "keyword" and value in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[value]
        raise BadConditions("a value must be quoted text, a number, True, False, null or a [date]")

    def take(self, kind: str, value: str) -> bool:
        here = self.at < len(self.tokens) and self.tokens[self.at] == (kind, value)
        self.at += here
        return here

    def need(self, kind: str, value: str | None = None) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise BadConditions(f"expected {value or kind}")
        found = self.tokens[self.at][1]
        if value is not None and found != value:
            raise BadConditions(f"expected {value}")
        self.at += 1
        return found


def _negated(negated: bool, test: Test) -> Test:
    return (lambda row: not test(row)) if negated else test


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadConditions("no date between the brackets") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _compare(operator: str, value: Any, wanted: Any) -> bool:
    if wanted is None:
        return (value is None) == (operator == "=")
    if value is None:
        return False
    if isinstance(wanted, datetime):
        value = _moment(str(value))
    elif isinstance(wanted, str):
        value, wanted = str(value).casefold(), wanted.casefold()
    elif isinstance(wanted, float) and not isinstance(value, bool):
        try:
            value = float(value)
        except (TypeError, ValueError):
            return operator == "!="
    elif type(value) is not type(wanted):
        return operator == "!="
    return {
        "=": value == wanted,
        "!=": value != wanted,
        "<": value < wanted,
        "<=": value <= wanted,
        ">": value > wanted,
        ">=": value >= wanted,
    }[operator]


def _contains(value: Any, wanted: str) -> bool:
    return value is not None and wanted.casefold() in str(value).casefold()


def _like(value: Any, wanted: str) -> bool:
    pattern = wanted.casefold().replace("%", "*")
    return value is not None and fnmatchcase(str(value).casefold(), pattern)
