"""Filters, sorts, limits and cursors of Pennylane's lists.

Source: Pennylane docs, "Filter API Data" and the 2026 API changes guide. A cursor carries a position alone, so
a page asked for without its filter or sort is answered without them.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt
from typing import Any

import msgspec

from sandbox.pennylane.declared import OPERATORS, Collection
from sandbox.rows import Rows, decode, encode

Key = Any
"""What a list is ordered by: the id, or the pair of the sort value and the id."""


class ApiError(Exception):
    """An answer other than 200, as Pennylane words it."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def refused(message: str, *, field: str = "", code: str = "") -> ApiError:
    """A 400 in one of the documented shapes."""
    if not code:
        return ApiError(400, {"error": message, "status": 400})
    return ApiError(400, {"message": message, "field": field, "code": code})


def read_limit(text: str | None, maximum: int) -> int:
    """The page size, 20 where none is asked for.

    :raises ApiError: no integer, or outside 1 to `maximum`; it is not clamped.
    """
    if text is None:
        return 20
    if not re.fullmatch(r"[+-]?\d+", text):
        raise refused("limit is not an integer", field="limit", code="ValidateError")
    if int(text) < 1:
        raise refused("limit is less than the minimum of 1", field="limit", code="LessThanMinimum")
    if int(text) > maximum:
        raise refused(f"limit is more than the maximum of {maximum}", field="limit", code="MoreThanMaximum")
    return int(text)


def write_cursor(position: Any) -> str:
    """An opaque cursor for a position."""
    return base64.urlsafe_b64encode(encode(position)).decode().rstrip("=")


def read_cursor(text: str) -> list[Any]:
    """The position of a cursor, a list of two.

    :raises ApiError: this API never gave out such a cursor.
    """
    try:
        position = decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise refused("cursor is invalid") from None
    if not isinstance(position, list) or len(position) != 2 or not isinstance(position[1], int):
        raise refused("cursor is invalid")
    return position


# --- filter -------------------------------------------------------------------------------------------------

PATHS = {
    "credit_note": ("status",),
    "customer_id": ("customer", "id"),
    "supplier_id": ("supplier", "id"),
    "ledger_account_id": ("ledger_account", "id"),
    "journal_id": ("journal", "id"),
    "bank_account_id": ("bank_account", "id"),
    "billing_subscription_id": ("billing_subscription", "id"),
    "quote_id": ("quote", "id"),
}


def matching(rows: Rows, declared: Collection, text: str | None) -> list[int]:
    """The ids that pass every condition of a `filter` parameter, ascending.

    :raises ApiError: no JSON array of conditions, or a field or operator this list does not take.
    """
    ids = rows.ids
    if text is None:
        return ids
    for name, operator, value in _conditions(declared, text):
        if name == "id":
            ids = _by_id(ids, rows, operator, value)
        else:
            column = rows.column(*PATHS.get(name, (name,)))
            passes = _predicate(name, operator, value)
            ids = [row_id for row_id in ids if passes(column[row_id])]
    return ids


def _conditions(declared: Collection, text: str) -> Iterable[tuple[str, str, Any]]:
    try:
        conditions = decode(text.encode())
    except msgspec.DecodeError:
        raise refused("filter is not valid JSON") from None
    if not isinstance(conditions, list):
        raise refused("filter must be an array of conditions")
    for condition in conditions:
        if not isinstance(condition, dict) or not {"field", "operator", "value"} <= condition.keys():
            raise refused("a filter condition needs field, operator and value")
        name, operator, value = condition["field"], condition["operator"], condition["value"]
        if operator not in OPERATORS or operator not in declared.filters.get(name, ()):
            raise refused(f"filter operator {operator!r} is not supported on field {name!r}")
        if operator in ("in", "not_in") and not isinstance(value, list):
            raise refused(f"filter operator {operator!r} needs an array of values")
        yield name, operator, value


def _by_id(ids: list[int], rows: Rows, operator: str, value: Any) -> list[int]:
    try:
        wanted = [int(each) for each in value] if isinstance(value, list) else [int(value)]
    except (TypeError, ValueError):
        raise refused("filter value of id is not an integer") from None
    if operator in ("in", "eq"):
        here = {row_id for row_id in wanted if row_id in rows}
        return sorted(here) if ids is rows.ids else [row_id for row_id in ids if row_id in here]
    if operator in ("not_in", "not_eq"):
        out = set(wanted)
        return [row_id for row_id in ids if row_id not in out]
    bound = wanted[0]
    if operator == "gt":
        return ids[bisect_right(ids, bound) :]
    if operator == "gteq":
        return ids[bisect_left(ids, bound) :]
    return ids[: bisect_left(ids, bound) if operator == "lt" else bisect_right(ids, bound)]


def _predicate(name: str, operator: str, value: Any) -> Callable[[Any], bool]:
    """A test on a stored value; numbers equal their text, null passes only `not_eq` and `not_in`."""
    if name == "credit_note":
        wanted = str(value).lower() == "true"
        return lambda status: (status == "credit_note") is wanted
    if name == "emails":
        return lambda emails: bool(set(emails or ()) & set(value))

    def text(each: Any) -> str:
        return str(each).lower() if isinstance(each, bool) else str(each)

    if operator in ("in", "not_in", "eq", "not_eq"):
        listed = {text(each) for each in (value if isinstance(value, list) else [value])}
        inside = operator in ("in", "eq")
        return lambda stored: (stored is not None and text(stored) in listed) is inside
    if operator == "start_with":
        return lambda stored: stored is not None and text(stored).startswith(text(value))
    compare = {"lt": lt, "lteq": le, "gt": gt, "gteq": ge}[operator]

    number = int(value) if re.fullmatch(r"-?\d+", str(value)) else 0

    def passes(stored: Any) -> bool:
        return stored is not None and bool(compare(stored, number if isinstance(stored, int) else str(value)))

    return passes


# --- sort and page ------------------------------------------------------------------------------------------


def page(
    rows: Rows,
    ids: list[int],
    declared: Collection,
    *,
    sort: str,
    cursor: str | None,
    limit: int,
    by_offset: bool,
) -> tuple[list[int], str | None]:
    """The ids of one page and the cursor of the next, None after the last.

    :param ids: the candidates, ascending.
    :param by_offset: cursors count rows instead of naming the last one, so changes shift the pages.
    :raises ApiError: the field is not sortable, or the cursor is none of this API's.
    """
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in declared.sorts:
        raise refused(f"sort field {name!r} is not supported")
    column = rows.column(name) if name != "id" else {}
    keys: list[Key] = ids if name == "id" else sorted((column[row_id] or "", row_id) for row_id in ids)
    position = read_cursor(cursor) if cursor is not None else None

    if by_offset:
        start = position[1] if position else 0
        ordered = keys[::-1] if descending else keys
        chosen, more = ordered[start : start + limit], start + limit < len(keys)
        following: Any = ["offset", start + limit]
    else:
        last = None
        if position:
            last = position[1] if name == "id" else (column.get(position[1], position[0]) or "", position[1])
        chosen, more = _slice(keys, last, limit, descending)
        following = None
        if chosen:
            following = [None, chosen[-1]] if name == "id" else list(chosen[-1])
    found = chosen if name == "id" else [row_id for _, row_id in chosen]
    return found, write_cursor(following) if more else None


def _slice(keys: list[Key], last: Key | None, limit: int, descending: bool) -> tuple[list[Key], bool]:
    if descending:
        end = len(keys) if last is None else bisect_left(keys, last)
        return keys[max(0, end - limit) : end][::-1], end > limit
    start = 0 if last is None else bisect_right(keys, last)
    return keys[start : start + limit], start + limit < len(keys)
