"""Whoever has to do something about an error is told what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import landfall
from landfall import errors

PLAIN = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.LandfallError) and not kind.todo
} - {"RowRejected"}
"""Those that have nothing to say of their own; a rejected record's place in quarantine has."""


def mute(path: Path) -> Iterator[str]:
    """Where an error is made that says nothing of what to do."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            told = {keyword.arg for keyword in node.keywords}
            if name in PLAIN and not told & {"todo", None}:
                yield f"{path.name}:{node.lineno} {name}"


def test_every_error_that_a_person_has_to_act_on_says_what_to_do() -> None:
    assert {"AuthenticationFailed", "CheckFailed"} <= PLAIN
    package = Path(landfall.__file__).parent
    assert [found for path in sorted(package.rglob("*.py")) for found in mute(path)] == []
