"""Faults that lie about a page: what is on it, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import Scope

from sandbox.fault_kinds import Dialect, Fault, Shot
from sandbox.rows import decode

Lie = Callable[[Shot, Any], Any]
"""Takes the decoded page and answers another; None where there is nothing to lie about."""


def resume(scope: Scope, dialect: Dialect, aliases: dict[str, str]) -> None:
    """Put the true cursor into a request that brings a made-up one."""
    asked = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)
    if not any(key == dialect.cursor_parameter and value in aliases for key, value in asked):
        return
    pairs = []
    for key, value in asked:
        if key == dialect.cursor_parameter and value in aliases:
            if aliases[value]:
                pairs.append((key, aliases[value]))
        else:
            pairs.append((key, value))
    scope["query_string"] = urlencode(pairs).encode()


def _lying(name: str, lie: Lie, family: str = "page", *, harmless: bool = False, **defaults: Any) -> Fault:
    async def strike(shot: Shot) -> bool:
        page = await shot.page()
        other = None if page is None else lie(shot, page)
        answered = await shot.truth()
        await (answered if other is None else answered.with_json(other)).replay(shot.send)
        return other is not None

    return Fault(name, family, strike, defaults, harmless)


def _rows_of(shot: Shot, page: Any) -> Any:
    key = shot.dialect.items
    return page if key is None else page.get(key)


def _with_rows(shot: Shot, page: Any, rows: Any) -> Any:
    key = shot.dialect.items
    return rows if key is None else {**page, key: rows}


def _going_on(shot: Shot, page: Any, cursor: str | None) -> Any:
    """The page, claiming that it goes on at `cursor`."""
    if shot.dialect.cursor is None:
        return None
    flag = {} if shot.dialect.more is None else {shot.dialect.more: True}
    return {**page, **flag, shot.dialect.cursor: cursor}


def _without(part: str) -> Lie:
    def lie(shot: Shot, page: Any) -> Any:
        key = getattr(shot.dialect, part)
        if key is None or key not in page:
            return None
        return {name: value for name, value in page.items() if name != key}

    return lie


def _duplicate(shot: Shot, page: Any) -> Any:
    """The rows of the page before, with this page's cursor."""
    if shot.page_before is None or shot.page_before.status != 200:
        return None
    return _with_rows(shot, page, _rows_of(shot, decode(shot.page_before.body)))


def _duplicate_row(shot: Shot, page: Any) -> Any:
    rows = _rows_of(shot, page)
    return _with_rows(shot, page, [*rows, rows[0]]) if rows else None


def _loop_one(shot: Shot, page: Any) -> Any:
    return _going_on(shot, page, shot.cursor) if shot.cursor else None


def _loop_two(shot: Shot, page: Any) -> Any:
    """The cursor before the one that was sent; asked for ever, two pages take turns."""
    before = [cursor for cursor in shot.cursors_before if cursor and cursor != shot.cursor]
    return _going_on(shot, page, before[-1]) if shot.cursor and before else None


def _end_with_cursor(shot: Shot, page: Any) -> Any:
    if shot.dialect.more is None or shot.dialect.cursor is None or not page.get(shot.dialect.more):
        return None
    return {**page, shot.dialect.more: False}


def _empty_page(shot: Shot, page: Any) -> Any:
    """A page without rows before the true one; nothing is lost, for it goes on at a made-up cursor."""
    if shot.dialect.cursor is None:
        return None
    alias = f"between-{len(shot.aliases) + 1}"
    shot.aliases[alias] = shot.cursor
    return _going_on(shot, _with_rows(shot, page, []), alias)


def _rows_as(value: Any) -> Lie:
    return lambda shot, page: _with_rows(shot, page, value)


def _extra_field(shot: Shot, page: Any) -> Any:
    rows = _rows_of(shot, page)
    if not isinstance(rows, list):
        return None
    new = {shot.settings["field"]: shot.settings["value"]}
    return _with_rows(shot, page, [{**row, **new} for row in rows])


def _extra_envelope(shot: Shot, page: Any) -> Any:
    return {**page, "request_id": "abc"} if isinstance(page, dict) else None


async def _short_page(shot: Shot) -> bool:
    """Half the rows asked for, and a true cursor: a short page is not the last one. Where pages have numbers, one that
    is half as long is another page."""
    asked = dict(parse_qsl(shot.scope["query_string"].decode("ascii"), keep_blank_values=True))
    limit = asked.get(shot.dialect.limit_parameter, "20")
    halves = shot.dialect.cursor is not None and limit.isdecimal() and int(limit) > 1
    if halves:
        asked[shot.dialect.limit_parameter] = str(int(limit) // 2)
        shot.scope["query_string"] = urlencode(asked).encode()
    await (await shot.truth()).replay(shot.send)
    return halves


PAGES: tuple[Fault, ...] = (
    _lying("duplicate_page", _duplicate),
    _lying("duplicate_row", _duplicate_row),
    _lying("more_without_cursor", lambda shot, page: _going_on(shot, page, None)),
    _lying("more_with_empty_cursor", lambda shot, page: _going_on(shot, page, "")),
    _lying("end_with_cursor", _end_with_cursor),
    _lying("cursor_loop_1", _loop_one),
    _lying("cursor_loop_2", _loop_two),
    _lying("missing_items", _without("items")),
    _lying("missing_more", _without("more")),
    _lying("missing_cursor", _without("cursor")),
    _lying("items_object", _rows_as({})),
    _lying("items_null", _rows_as(None)),
    _lying("items_text", _rows_as("none")),
    _lying("items_of_nulls", _rows_as([None])),
    _lying("bare_list", lambda shot, page: _rows_of(shot, page) if shot.dialect.items else None),
    _lying("empty_page", _empty_page, harmless=True),
    Fault("short_page", "page", _short_page, harmless=True),
    _lying("extra_field", _extra_field, "drift", harmless=True, field="added_later", value="new"),
    _lying(
        "extra_object",
        _extra_field,
        "drift",
        harmless=True,
        field="Ajouté « plus tard »",
        value={"id": 1, "tags": ["a", None]},
    ),
    _lying("extra_envelope_key", _extra_envelope, "drift", harmless=True),
)
