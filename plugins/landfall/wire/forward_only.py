"""Pages by the last id read, as `id > N`, with a Link header that names the next one and is empty at the end."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass

from landfall.wire.pages import Params, Sheet, record_ids

_NEXT = re.compile(r"<[^>]*>\s*;[^,]*rel=\"?next\"?")


@dataclass(frozen=True, slots=True)
class ForwardOnlyPaging:
    """Ids ascending from page to page; the read is complete when a page names no next one, or is empty.

    Of the Link only the id is taken: its host may be another one, and the credential must not go there.

    :param parameter: the query parameter for the id after which a page begins, in requests and in the Link.
    :raises ContractBroken: an answer without a Link, a Link without the parameter, ids that do not increase, or an id
        above the one that the Link goes on from.
    """

    items: str = ""
    parameter: str = "pageId"

    def envelope(self, sheet: Sheet) -> str:
        """The Link, which every answer has."""
        link = sheet.headers.get("link")
        if link is None:
            raise sheet.broken("the answer has no Link header")
        return link

    def flow(self, params: Params) -> Generator[Params, Sheet, None]:
        last: int | None = None
        query: Params = params
        while True:
            sheet = yield query
            link, before = self.envelope(sheet), last
            for found in record_ids(sheet):
                if last is not None and found <= last:
                    raise sheet.broken("the ids do not increase")
                last = found
            if not link.strip() or not sheet.items:
                return
            told = self._next(sheet, link)
            if last is not None and last > told:
                raise sheet.broken("the last id is above the one that the Link goes on from")
            if before is not None and told <= before:
                raise sheet.broken("the Link goes back")
            # Going on after the last id that was read can skip nothing, whatever the Link says.
            last = told if last is None else last
            query = {**params, self.parameter: str(last)}

    def _next(self, sheet: Sheet, link: str) -> int:
        named = re.search(rf"[?&]{self.parameter}=(\d{{1,18}})\b", link, re.IGNORECASE)
        if named is None or not _NEXT.search(link):
            raise sheet.broken(f"the Link names no next {self.parameter}")
        return int(named.group(1))
