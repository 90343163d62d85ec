"""Page numbers with totals in the envelope, as `{"totalCount": 124, "totalPages": 3, "resultCount": 50, …}`."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from landfall.errors import ReadMoved
from landfall.json_text import raw_at
from landfall.wire.pages import Params, Sheet

_WHOLE = re.compile(r"\d{1,12}")


@dataclass(frozen=True, slots=True)
class NumberedPaging:
    """Pages 1 to the last, proved by their totals: as many rows as the vendor says there are, none of them twice.

    The last page's number is read again from every page. Figures may come as text. Of an empty collection only the
    total is needed: 0.

    :param key: the field that tells rows apart; a row without one, or with a blank one, counts, but is not compared.
    :raises ContractBroken: a figure is missing or no whole number, or a page is not the one asked for or holds another
        number of rows than it says.
    :raises ReadMoved: the total changed between pages, a row came twice, or the rows do not add up to the total.
    """

    items: str
    key: str
    page: str = "page"
    current: str = "currentPage"
    count: str = "resultCount"
    total: str = "totalCount"
    pages: str = "totalPages"

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        number, rows, total = 1, 0, -1
        keys: set[str] = set()
        while True:
            sheet = yield {**params, self.page: str(number)}
            if number == 1 and self._is_nothing(sheet):
                return
            if self._figure(sheet, self.current) != number:
                raise sheet.broken(f"{self.current} is not the page that was asked for")
            if self._figure(sheet, self.count) != len(sheet.items):
                raise sheet.broken(f"{self.count} is not the number of rows on the page")
            told = self._figure(sheet, self.total)
            if total not in (-1, told):
                raise ReadMoved(f"{sheet.place}: {self.total} changed between pages")
            total = told
            for key in self._keys(sheet):
                if key in keys:
                    raise ReadMoved(f"{sheet.place}: a row came twice")
                keys.add(key)
            rows += len(sheet.items)
            if number >= self._figure(sheet, self.pages) or not sheet.items:
                break
            number += 1
        if rows != total:
            raise ReadMoved(f"{sheet.place}: {rows} rows came, {self.total} says {total}")

    def envelope(self, sheet: Sheet) -> object:
        """Every figure is a whole number; where there is nothing, the total is enough."""
        figures = () if self._is_nothing(sheet) else (self.current, self.count, self.total, self.pages)
        return [self._figure(sheet, name) for name in figures]

    def _is_nothing(self, sheet: Sheet) -> bool:
        told = sheet.value(self.total)
        return not sheet.items and not isinstance(told, bool) and str(told).strip() == "0"

    def _figure(self, sheet: Sheet, name: str) -> int:
        value = sheet.value(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return int(value)
        raise sheet.broken(f"{name} is missing or no whole number")

    def _keys(self, sheet: Sheet) -> Iterator[str]:
        for item in sheet.items:
            key = raw_at(item, self.key)
            if key is None or bytes(key)[:1] in (b"{", b"["):
                continue
            if name := bytes(key).strip(b'"').decode("utf-8", "replace").strip():
                yield name
