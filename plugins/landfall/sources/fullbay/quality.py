"""Whether a line lacks what reports ask of it, as include/sql/fullbay/monitoring/data_quality.sql counts it.

Counted while an invoice is flattened and kept on its raw row, so that no report looks at all lines of all years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ALWAYS = ("invoice_number", "customer_id", "customer_title", "unit_vin", "unit_make")
_BY_TYPE = {
    "LABOR": ("actual_hours", ("SUBLET_LABOR", "RESIDUAL")),
    "PART": ("shop_part_number", ("SHOP_SUPPLIES", "RESIDUAL")),
    "SUPPLY": ("shop_part_number", ("SHOP_SUPPLIES", "RESIDUAL")),
}
"""What a line of a type has besides, but for those of some sources."""


def with_issues(lines: Iterable[Mapping[str, Any]]) -> int:
    """How many of these lines have an issue or several."""
    return sum(map(_has_issue, lines))


def _has_issue(line: Mapping[str, Any]) -> bool:
    wanted, but_for = _BY_TYPE.get(line["line_item_type"], ("", ()))
    lacks = wanted and line[wanted] is None and line["line_source"] not in but_for
    return bool(lacks or line["line_total_price"] == 0 or any(line[name] is None for name in _ALWAYS))
