"""A process that extracts Fullbay's invoices of a range of days and dies (SIGKILL) before it lands a page.

`python -m tests.sources.fullbay.stopped URL FOLDER PAGES START END`: the connections are those of the environment.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from landfall.hooks.fullbay import FullbayHook
from landfall.landing import LandingWriter
from landfall.reads import Mode
from tests.sources.fullbay.shop import Shop


def main(url: str, folder: str, pages: str, start: str, end: str) -> None:
    land, left = LandingWriter.page, [int(pages)]

    def page(self: LandingWriter, one: Any) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        land(self, one)

    LandingWriter.page = page  # type: ignore[method-assign]
    shop = Shop(url, Path(folder), None, FullbayHook())  # type: ignore[arg-type]
    shop.sync(Mode.DATES, date.fromisoformat(start), date.fromisoformat(end))


if __name__ == "__main__":
    main(*sys.argv[1:])
