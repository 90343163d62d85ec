"""The extract step alone, with dlt's REST client. Runs in dlt's own environment.

python dlt_extract.py URL
"""

import json
import os
import sys
from pathlib import Path

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator


@dlt.resource(name="invoices", write_disposition="merge", primary_key="id")
def invoices():
    paginator = JSONResponseCursorPaginator(cursor_path="next_cursor", cursor_param="cursor")
    client = RESTClient(sys.argv[1], paginator=paginator, data_selector="items")
    yield from client.paginate("/invoices", params={"limit": 1000})


if __name__ == "__main__":
    pipeline = dlt.pipeline("bench_extract", destination="postgres", pipelines_dir=os.environ["DLT_DATA_DIR"])
    info = pipeline.extract(invoices())
    records = sum(
        metrics.items_count
        for load in info.metrics.values()
        for step in load
        for name, metrics in step["table_metrics"].items()
        if name == "invoices"
    )
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM:"))
    print(json.dumps({"rss_mb": int(peak.split()[1]) / 1024, "records": records}))
