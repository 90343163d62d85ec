"""What agreements' types mean, and where an agreement stands below others: what SQL does differently on each engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from landfall.models import Tables
from landfall.sources.connectwise.decoder import tidied
from landfall.sources.connectwise.gold.enumerations import key_of
from landfall.sources.connectwise.settings import OTHER, AgreementNumber, Kind, settings

NAMES = (
    ("silver_cw_agreementtype", "name"),
    ("silver_cw_agreement", "typeName"),
    ("silver_cw_timeentry", "agreementType"),
    ("silver_cw_timeentry", "agreementType_1"),
    ("silver_cw_expenseentry", "agreementType"),
    ("silver_cw_productitem", "agreementType"),
)
"""Where names of types stand."""
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_ESCAPED = re.compile(r"\\.|[^\\]+", re.DOTALL)


def kinds(tables: Tables) -> Iterator[dict[str, Any]]:
    """What each name of a type means that stands anywhere."""
    names = {name for table, column in NAMES for (name,) in tables.rows(table, column, distinct=True) if name}
    for name in sorted(names):
        kind = classified(name, settings().agreement_types)
        yield {
            "kindKey": key_of(name),
            "typeName": name,
            "agreement_type_normalized": kind.type,
            "agreement_billing_behavior": kind.behaviour,
            "agreementCategory": kind.category,
        }


def classified(name: str, known: tuple[Kind, ...]) -> Kind:
    """The first kind of which a pattern is found in the name, in capitals or not; both composed, then folded."""
    folded = _folded(name).strip().removesuffix(":")
    for kind in known:
        if any(re.search(_ESCAPED.sub(_folded_part, pattern), folded) for pattern in kind.patterns):
            return kind
    return OTHER


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _folded_part(part: re.Match[str]) -> str:
    """A part of a pattern, folded unless it is an escape: `\\S` is not `\\s`."""
    return part[0] if part[0].startswith("\\") else _folded(part[0])


def levels(tables: Tables) -> Iterator[dict[str, Any]]:
    """Number, root, level and duration of each agreement."""
    parents: dict[int, int | None] = {}
    numbers: dict[int, str | None] = {}
    lasts: dict[int, int | None] = {}
    asked = settings().agreement_number
    columns = ("id", "parentAgreementId", "customFields", "startDate", "endDate")
    for row_id, parent, fields, start, end in tables.rows("silver_cw_agreement", *columns):
        parents[row_id] = parent
        numbers[row_id] = number_of(fields, asked)
        lasts[row_id] = (end - start).days if start and end else None
    for row_id in parents:
        chain = ancestors(row_id, parents)
        root, level = root_of(chain, parents)
        yield {
            "agreementId": row_id,
            "agreementNumber": numbers[row_id],
            "final_agreement_number": next((n for a in chain if (n := numbers[a]) is not None), None),
            "rootAgreementId": root,
            "agreementLevel": level,
            "durationDays": lasts[row_id],
        }


def ancestors(row_id: int, parents: Mapping[int, int | None]) -> list[int]:
    """An agreement and those above it that exist, each once."""
    chain: list[int] = []
    here: int | None = row_id
    while here is not None and here in parents and here not in chain:
        chain.append(here)
        here = parents[here]
    return chain


def root_of(chain: list[int], parents: Mapping[int, int | None]) -> tuple[int, int]:
    """The root of a chain of ancestors and the steps to it; of a circle its smallest id."""
    above = parents[chain[-1]]
    if above in chain:
        circle = chain[chain.index(above) :]
        return min(circle), chain.index(min(circle))
    return chain[-1], len(chain) - 1


def number_of(fields: Any, asked: AgreementNumber) -> str | None:
    """The number that an agreement's custom fields hold, as the vendor sent them."""
    sent = tidied(_decode(fields) if isinstance(fields, str | bytes) else fields)
    listed = [one for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []
    chosen: list[Any] = []
    if asked.field_id:
        chosen += [one for one in listed if one.get("id") == asked.field_id]
    if asked.caption:
        wanted = _folded(asked.caption.strip())
        chosen += [one for one in listed if _folded(str(one.get("caption") or "")) == wanted]
    if not (asked.field_id or asked.caption):
        chosen = listed[:1]
    return _text(chosen[0].get("value")) if chosen else None


def _text(value: Any) -> str | None:
    """A value as a number of an agreement: 2001.0 is 2001."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, str):
        return value
    number = Decimal(str(value))
    return (
        f"{number.to_integral_value():f}"
        if number == number.to_integral_value()
        else f"{number.normalize():f}"
    )
