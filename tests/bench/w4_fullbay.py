"""W4: invoices of repair orders from landing to published lines, beside `pandas.json_normalize` of the same file.

    python -m tests.bench.w4_fullbay load|again URL LANDING_ROOT | normalize FILE | flatten FILE

pandas makes rows of the parts alone, in floats and in memory: no labor, no tax, no sums that agree, no table.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.postgres import PostgresServer
from tests.bench.fullbay_flatten import normalizing
from tests.bench.measure import HOME, Sample, environment, ours, peak_rss_mb, run

LOAD_ID = "20260101T000000_000000"
NEXT_ID = "20260102T000000_000000"
PAGE = 500


def landed(root: Path, file: Path, count: int) -> None:
    """Invent `count` invoices, as a plain file and as a landing; what is there already is used again."""
    from landfall.landing import LandingWriter
    from landfall.wire.pages import Page
    from sandbox.fullbay.invoices import InvoiceMaker, encode

    folder = root / "fullbay" / "invoices" / LOAD_ID
    if (folder / "manifest.json").exists() and file.exists():
        return
    maker = InvoiceMaker(1)
    file.parent.mkdir(parents=True, exist_ok=True)
    with (
        file.open("wb") as plain,
        LandingWriter(folder, source="fullbay", resource="invoices", load_id=LOAD_ID) as writer,
    ):
        for first in range(0, count, PAGE):
            raw = [encode(maker.invoice(number)) for number in range(first, min(first + PAGE, count))]
            plain.writelines(line + b"\n" for line in raw)
            items = [
                b'{"shop_code":"demo","time_zone":"America/Detroit","invoice":' + line + b"}" for line in raw
            ]
            writer.page(Page(items, {}, 1, "GET /getInvoices.php"))  # type: ignore[arg-type]
        writer.commit(complete=True)


def load(url: str, root: str, load_id: str = LOAD_ID) -> dict[str, Any]:
    """Stage, check and publish the landing. :returns: rows of each table that came in, or were there already."""
    from landfall import pipeline
    from landfall.landing import Landing
    from landfall.pipeline import Extraction, Pipeline
    from landfall.sources import source
    from landfall.warehouse import connect

    declared, warehouse = source("fullbay"), connect(url)
    one = Pipeline(declared, declared.resources[0], warehouse, root, Path, "bench")
    pipeline.ensure_ledger(warehouse)
    landing = f"{root}/fullbay/invoices/{LOAD_ID}"
    version = warehouse.state(declared.name, one.resource.table.name).version
    extraction = Extraction(
        source="fullbay",
        resource="invoices",
        load_id=load_id,
        run_id="bench",
        landing=landing,
        mode="full",
        scope="nothing",
        version=version,
        fetched=Landing(Path(landing)).manifest.records,
        deletes=0,
    )
    staged = one.load(extraction)
    one.check(extraction, staged)
    published = one.publish(extraction, staged)
    one.clean_up([load_id])
    return {name: figures.inserted + figures.unchanged for name, figures in published.tables.items()}


def flattening(file: Path) -> int:
    """Decode and flatten, and drop the lines. :returns: how many."""
    from landfall.sources.fullbay.flatten import flatten
    from landfall.sources.fullbay.invoice import decode

    with file.open("rb") as source:
        return sum(len(flatten(decode(raw), shop="demo").lines) for raw in source)


def measure(
    postgres: PostgresServer, count: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Each contestant as a process of its own, in turns."""
    from tests.bench import database

    root, file = HOME / f"fullbay_{count}", HOME / f"fullbay_{count}.ndjson"
    tell(f"W4: inventing {count:,} invoices")
    landed(root, file, count)
    for number in range(1, rounds + 1):
        tell(f"W4: round {number}")
        with database.fresh(postgres, "bench_fullbay") as dsn:
            yield "W4", "landing to tables", _rated(["load", dsn, root], count)
            yield "W4", "the same invoices once more", _rated(["again", dsn, root], count)
        yield "W4", "decode and flatten alone", _rated(["flatten", file], count)
        yield "W4", "pandas.json_normalize, parts alone", _rated(["normalize", file], count)


def _rated(arguments: list[Any], count: int) -> Sample:
    sample = run(ours("w4_fullbay", *arguments), env=environment())
    sample.facts["per_second"] = round(count / sample.facts.pop("inner"))
    return sample


def main() -> None:
    """Run one contestant and say what it made."""
    what, *rest = sys.argv[1:]
    began = time.perf_counter()
    if what == "load":
        rows = load(*rest)["fullbay_line_items"]
    elif what == "again":
        rows = load(*rest, NEXT_ID)["fullbay_raw_data"]
    else:
        rows = (flattening if what == "flatten" else normalizing)(Path(rest[0]))
    inner = time.perf_counter() - began
    print(json.dumps({"rss_mb": peak_rss_mb(), "inner": inner, "rows": rows}))


if __name__ == "__main__":
    main()
