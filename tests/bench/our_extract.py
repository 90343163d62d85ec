"""Our side of W7: read a paged collection to its proved end and land it.

python -m tests.bench.our_extract URL FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from landfall.landing import LandingWriter
from landfall.wire.answers import Judge
from landfall.wire.auth import Bearer
from landfall.wire.client import ApiClient, ApiSettings
from landfall.wire.pages import CursorPaging, read_pages
from tests.bench.measure import peak_rss_mb

if __name__ == "__main__":
    client = ApiClient(ApiSettings(sys.argv[1], Bearer("invented"), Judge("Vendor")))
    with LandingWriter(Path(sys.argv[2]), source="bench", resource="invoices", load_id="w7") as landing:
        for page in read_pages(client, "/invoices", {"limit": "1000"}, CursorPaging()):
            landing.page(page)
        manifest = landing.commit(complete=True)
    client.close()
    print(json.dumps({"rss_mb": peak_rss_mb(), "records": manifest.records}))
