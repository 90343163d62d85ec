"""Page numbers whose facts stand in the answer's headers: `X-Page`, `X-Pagesize`, `X-More-Pages-Available: True`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator
from dataclasses import dataclass

import msgspec

from landfall.errors import ReadMoved
from landfall.wire.pages import Params, Sheet

_WHOLE = re.compile(r"\d{1,9}")
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class HeaderPaging:
    """Pages from 1 to the one that announces no more; where none is told, to one that is not full.

    What the server says of the page's size counts, whatever was asked for, and must stay what it is.

    :raises ContractBroken: a header holds something else than it should, another page came than was asked for, the
        page's size changed, a page holds more rows than its size, or an empty page announces more.
    :raises ReadMoved: a page came a second time.
    """

    items: str = ""
    page: str = "page"
    size: str = "pagesize"
    told_page: str = "x-page"
    told_size: str = "x-pagesize"
    more: str = "x-more-pages-available"

    def envelope(self, sheet: Sheet) -> tuple[int | None, int | None, bool | None]:
        """Page, size and whether there is more, None where the server does not say; kept as fields."""
        said = sheet.headers.get(self.more)
        more = None if said is None else _WORDS.get(said.strip().lower())
        if said is not None and more is None:
            raise sheet.broken(f"{self.more} is neither True nor False")
        told = (self._count(sheet, self.told_page), self._count(sheet, self.told_size), more)
        facts = zip(("page", "pagesize", "more"), told, strict=True)
        sheet.fields.update({name: msgspec.Raw(msgspec.json.encode(fact)) for name, fact in facts})
        return told

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        number, size = 1, None
        digests: set[bytes] = set()
        while True:
            sheet = yield {**params, self.page: str(number)}
            told_page, told_size, more = self.envelope(sheet)
            if told_page not in (None, number):
                raise sheet.broken("another page came than was asked for")
            if number > 1 and told_size != size:
                raise sheet.broken(f"{self.told_size} changed within the read")
            size = told_size
            full = size or int(params.get(self.size, "0"))
            if full and len(sheet.items) > full:
                raise sheet.broken("a page holds more rows than its size")
            if not sheet.items and more:
                raise sheet.broken("an empty page announces more")
            if sheet.items:
                digest = hashlib.blake2b(b"\n".join(map(bytes, sheet.items)), digest_size=16).digest()
                if digest in digests:
                    raise ReadMoved(f"{sheet.place}: the same page came twice")
                digests.add(digest)
            if more is False or (more is None and (not sheet.items or len(sheet.items) < full)):
                return
            number += 1

    def _count(self, sheet: Sheet, name: str) -> int | None:
        said = sheet.headers.get(name)
        if said is None:
            return None
        if not _WHOLE.fullmatch(said.strip()) or int(said) < 1:
            raise sheet.broken(f"{name} is no number")
        return int(said)
