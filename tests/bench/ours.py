"""Our side of the loads: one landed load staged, checked and published, as a process of its own.

python -m tests.bench.ours URL LANDING_ROOT LOAD_ID [everything|nothing]
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measure import peak_rss_mb

if TYPE_CHECKING:
    from landfall.landing import Manifest

PAGE = 1000


def landed(file: Path, root: Path, load_id: str) -> Manifest:
    """Land an NDJSON file as an extract would, in pages of 1,000 records; a landing that is there is used again."""
    from landfall.landing import Landing, LandingWriter
    from landfall.wire.pages import Page

    folder = root / "bench" / "invoices" / load_id
    if not (folder / "manifest.json").exists():
        with (
            LandingWriter(folder, source="bench", resource="invoices", load_id=load_id) as writer,
            file.open("rb") as source,
        ):
            for number in itertools.count(1):
                items = [line.rstrip(b"\n") for line in itertools.islice(source, PAGE)]
                if not items:
                    break
                writer.page(Page(items, {}, number, "GET /invoices"))  # type: ignore[arg-type]
            writer.commit(complete=True)
    return Landing(folder).manifest


def load(url: str, root: str, load_id: str, scope: str) -> dict[str, object]:
    """Stage, check and publish one landed load. :returns: what the publish changed, per table."""
    from landfall import ledger
    from landfall.landing import Landing
    from landfall.pipeline import Extraction, Pipeline
    from landfall.warehouse import connect
    from tests.bench.invoices import INVOICES, SOURCE

    warehouse = connect(url)
    pipeline = Pipeline(SOURCE, INVOICES, warehouse, root, Path, "bench")
    warehouse.ensure(ledger.TABLES)
    landing = f"{root}/bench/invoices/{load_id}"
    manifest = Landing(Path(landing)).manifest
    state = warehouse.state(SOURCE.name, INVOICES.table.name)
    extraction = Extraction(
        source=SOURCE.name,
        resource=INVOICES.name,
        load_id=load_id,
        run_id="bench",
        landing=landing,
        mode="full" if scope == "everything" else "incremental",
        scope=scope,
        version=state.version,
        fetched=manifest.records,
        deletes=manifest.deletes,
    )
    staged = pipeline.load(extraction)
    pipeline.check(extraction, staged)
    published = pipeline.publish(extraction, staged)
    pipeline.clean_up([load_id])
    return {
        name: {"inserted": f.inserted, "updated": f.updated, "unchanged": f.unchanged, "deleted": f.deleted}
        for name, f in published.tables.items()
    }


if __name__ == "__main__":
    import time

    began = time.perf_counter()
    figures = load(*sys.argv[1:])
    inner = round(time.perf_counter() - began, 3)
    print(json.dumps({"rss_mb": peak_rss_mb(), "inner": inner, "pandas": "pandas" in sys.modules, **figures}))
