"""How fast invoices become lines, on one core, beside `pandas.json_normalize` of the same file.

    python -m tests.bench.fullbay_flatten [invoices]

The invoices are invented by the sandbox: about three complaints and six parts each, 10 kB. Times are CPU times of one
process; memory is the process's peak so far, pandas last.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from landfall.sources.fullbay.flatten import flatten
from landfall.sources.fullbay.invoice import Invoice, content_hash, decode
from sandbox.fullbay.invoices import InvoiceMaker, encode

PARTS = ["ServiceOrder", "Complaints", "Corrections", "Parts"]


def write(path: Path, count: int) -> None:
    """Write `count` invoices as NDJSON."""
    maker = InvoiceMaker(1)
    with path.open("wb") as out:
        for number in range(count):
            out.write(encode(maker.invoice(number)) + b"\n")


def flattening(path: Path, *, hashing: bool) -> int:
    """Read, flatten and drop, one invoice at a time."""
    rows = 0
    with path.open("rb") as source:
        for raw in source:
            invoice = decode(raw)
            if hashing:
                content_hash(invoice)
            rows += len(flatten(invoice, shop="demo").lines)
    return rows


def flattening_decoded(invoices: list[Invoice]) -> int:
    """Flatten alone."""
    return sum(len(flatten(invoice, shop="demo").lines) for invoice in invoices)


def normalizing(path: Path) -> int:
    """What pandas makes of the same file: parts as rows, floats for money, no labor, no tax, no check."""
    import pandas as pd

    with path.open("rb") as source:
        invoices = [_with_lists(json.loads(raw)) for raw in source]
    return len(
        pd.json_normalize(
            invoices,
            PARTS,
            meta=["primaryKey", "invoiceNumber", "total"],
            errors="ignore",
            record_prefix="part.",
        )
    )


def _with_lists(invoice: Invoice) -> Invoice:
    """`json_normalize` stops at an empty object where it expects a list."""
    for complaint in invoice["ServiceOrder"]["Complaints"]:
        for correction in complaint["Corrections"]:
            correction["Parts"] = correction["Parts"] or []
    return invoice


def measure(label: str, count: int, work: Callable[[], int]) -> None:
    """Run `work` and print what it took."""
    started = time.process_time()
    rows = work()
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{label:<44}{count / spent:>9,.0f} invoices/s{rows:>10,} rows   peak {peak:>5} MiB")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "invoices.ndjson"
        write(path, count)
        print(f"{count:,} invoices, {path.stat().st_size / 2**20:,.0f} MiB")
        with path.open("rb") as source:
            some = [decode(next(source)) for _ in range(min(2_000, count))]
        measure("flatten, already decoded", len(some), lambda: flattening_decoded(some))
        measure("decode + flatten", count, lambda: flattening(path, hashing=False))
        measure("decode + content hash + flatten", count, lambda: flattening(path, hashing=True))
        measure("pandas.json_normalize of the parts alone", count, lambda: normalizing(path))


if __name__ == "__main__":
    main()
