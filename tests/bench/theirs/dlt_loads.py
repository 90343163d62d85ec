"""Loads of the benchmark's invoices with dlt. Runs in dlt's own environment, so it imports nothing of the project.

python dlt_loads.py merge   --file x.ndjson --dsn postgresql://...     as its REST users run it: dicts, nested lines
python dlt_loads.py best    ...   its best case: flat Arrow tables, which we made of the JSON for it
python dlt_loads.py replace ...   full refresh with the default strategy (--strategy for another)
"""

import argparse
import itertools
import json
import os
from pathlib import Path

STRINGS = "amount currency_amount currency_amount_before_tax currency_tax tax label"
LINE_STRINGS = f"{STRINGS} quantity unit raw_currency_unit_price vat_rate description"
INVOICE_STRINGS = (
    f"{STRINGS} invoice_number currency exchange_rate date deadline language status public_file_url filename "
    "remaining_amount_with_tax remaining_amount_without_tax pdf_invoice_free_text pdf_invoice_subject "
    "external_reference archived_at created_at updated_at"
)
PAGE = 1000


def pages(path):
    """Pages of 1,000 records as dicts, as an API client yields them."""
    import orjson

    with path.open("rb") as source:
        while lines := list(itertools.islice(source, PAGE)):
            yield [orjson.loads(line) for line in lines]


def schema():
    """Arrow's schema of an invoice."""
    import pyarrow as pa

    def fields(strings, numbers=(), flags=(), **nested):
        return [
            *(pa.field(name, pa.string()) for name in strings.split()),
            *(pa.field(name, pa.int64()) for name in numbers),
            *(pa.field(name, pa.bool_()) for name in flags),
            *(pa.field(name, kind) for name, kind in nested.items()),
        ]

    ref = pa.struct([("id", pa.int64())])
    line = pa.struct(fields(LINE_STRINGS, ["id"], product=ref, ledger_account=ref))
    return pa.schema(
        fields(
            INVOICE_STRINGS,
            ["id"],
            ["paid", "draft"],
            discount=pa.struct([("type", pa.string()), ("value", pa.string())]),
            customer=pa.struct([("id", pa.int64()), ("url", pa.string())]),
            **dict.fromkeys(("ledger_entry", "billing_subscription", "credited_invoice", "quote"), ref),
            invoice_lines=pa.list_(line),
        )
    )


def flat(fields, arrays):
    """Columns with the members of structs in place of the structs, named `struct_member`."""
    import pyarrow as pa

    made = {}
    for field, array in zip(fields, arrays, strict=True):
        if pa.types.is_struct(field.type):
            members = zip(field.type, array.flatten(), strict=True)
            made |= {f"{field.name}_{member.name}": values for member, values in members}
        elif not pa.types.is_list(field.type):
            made[field.name] = array
    return made


def batches(path, megabytes=8):
    """(invoices, lines) as Arrow tables, parsed once."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.json as pj

    options = {
        "read_options": pj.ReadOptions(block_size=megabytes * 2**20),
        "parse_options": pj.ParseOptions(explicit_schema=schema(), unexpected_field_behavior="error"),
    }
    for batch in pj.open_json(path, **options):
        lists = batch.column("invoice_lines")
        owner = pc.list_parent_indices(lists)
        lines = lists.flatten()
        first = pc.cast(lists.offsets[:-1], pa.int64()).take(owner)
        place = pc.subtract(pa.arange(1, len(lines) + 1), pc.subtract(first, lists.offsets[0]))
        own = {"invoice_id": batch.column("id").take(owner), "position": place}
        yield pa.table(flat(batch.schema, batch.columns)), pa.table(own | flat(lines.type, lines.flatten()))


def loaded(dlt, options):
    """The resource to load, and options of `pipeline.run`."""
    if options.mode == "best":

        @dlt.resource(name="invoices", write_disposition="merge", primary_key="id", standalone=True)
        def invoices():
            hints = dlt.mark.make_hints(
                table_name="invoice_lines",
                write_disposition="merge",
                primary_key=("invoice_id", "position"),
                merge_key="invoice_id",
            )
            for parents, lines in batches(options.file):
                yield parents
                yield dlt.mark.with_hints(lines, hints, create_table_variant=True)

        return invoices(), {"loader_file_format": options.format}
    disposition = "replace" if options.mode == "replace" else "merge"

    @dlt.resource(name="invoices", write_disposition=disposition, primary_key="id")
    def invoices():
        yield from pages(options.file)

    return invoices(), {}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["merge", "best", "replace"])
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--format", default="parquet", choices=["parquet", "csv"])
    parser.add_argument("--strategy", default="truncate-and-insert")
    options = parser.parse_args()
    os.environ["DESTINATION__POSTGRES__REPLACE_STRATEGY"] = options.strategy
    import dlt

    pipeline = dlt.pipeline(
        f"bench_{options.mode}",
        destination=dlt.destinations.postgres(options.dsn),
        dataset_name="bench",
        pipelines_dir=os.environ["DLT_DATA_DIR"],
    )
    resource, how = loaded(dlt, options)
    pipeline.run(resource, **how).raise_on_failed_jobs()
    steps = {}
    for step in pipeline.last_trace.steps:
        if step.step in ("extract", "normalize", "load"):
            steps[step.step] = round((step.finished_at - step.started_at).total_seconds(), 2)
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")
    )
    print(json.dumps({"rss_mb": int(peak.split()[1]) / 1024, "steps": steps}))


if __name__ == "__main__":
    main()
