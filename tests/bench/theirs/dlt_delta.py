"""Loads of the benchmark's invoices into Delta tables with dlt. Runs in dlt's own environment.

python dlt_delta.py --file x.ndjson --lake FOLDER

The filesystem destination in a folder, disposition `merge`; of its strategies Delta takes `upsert` alone.
"""

import argparse
import json
import os
from pathlib import Path

import dlt
from dlt_loads import pages


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--lake", type=Path, required=True)
    options = parser.parse_args()

    @dlt.resource(
        name="invoices",
        write_disposition={"disposition": "merge", "strategy": "upsert"},
        primary_key="id",
        table_format="delta",
    )
    def invoices():
        yield from pages(options.file)

    pipeline = dlt.pipeline(
        "bench_delta",
        destination=dlt.destinations.filesystem(bucket_url=options.lake.absolute().as_uri()),
        dataset_name="bench",
        pipelines_dir=os.environ["DLT_DATA_DIR"],
    )
    pipeline.run(invoices()).raise_on_failed_jobs()
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    print(json.dumps({"rss_mb": int(peak.split()[1]) / 1024}))


if __name__ == "__main__":
    main()
