"""W15: a first sync of sales by Fivetran's function, from the zip, over Lambda's runtime interface.

The function is a process that holds nothing but what is in the zip; here its calls follow one another until it has no
more, as Fivetran's do. Its peak memory is that of the process. Through S3 the answers are larger, and boto3 is in the
process too, as in Lambda's runtime; the store is moto's.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.bench.measure import HOME, Sample

NAME = "prohandel"
MOST_MB = 256
AWS = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
"""What Lambda's runtime has of AWS's library."""
HANDLER = "landfall.fivetran.function.handler"


def measure(records: int, rounds: int, tell: Callable[[str], None]) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample). :param records: sales."""
    from sandbox import Sandbox
    from sandbox.prohandel import ProHandelVendor

    tell(f"W15: {records:,} sales are made up, and the zip is built")
    with ExitStack() as stack:
        box = stack.enter_context(Sandbox(ProHandelVendor(records=records, rate=None)))
        unpacked = stack.enter_context(_unpacked())
        for number in range(1, rounds + 1):
            for who in ("answers", "S3"):
                tell(f"round {number} of {rounds}: W15 {who}")
                folder = HOME / "w15" / "tmp"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                store = stack.enter_context(_store()) if who == "S3" else ""
                yield "W15", who, _sync(unpacked, folder, box.url, store)


def _sync(unpacked: Path, folder: Path, address: str, store: str) -> Sample:
    """Call until there is no more."""
    from sandbox.prohandel.vendor import API_KEY
    from sandbox.vendor import TOKEN
    from tests.fivetran.runtime import Lambda

    environment = {"LANDFALL_SOURCE": NAME, "TMPDIR": str(folder)}
    environment |= {"AWS_ENDPOINT_URL": store, "AWS_DEFAULT_REGION": "us-east-1"} if store else {}
    environment |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing") if store else {}
    payload = {"authUrl": address, "allowHttp": "true", "tables": "sale"}
    payload |= {"requestsPerPeriod": "100000", "periodSeconds": "0.1"}
    asked: dict[str, Any] = {"agent": "bench", "sync_id": str(uuid.uuid4()), "customPayload": payload}
    asked["secrets"] = {"apiKey": API_KEY, "secret": TOKEN}
    served, state, rows, calls = Lambda(unpacked, HANDLER, environment), {}, 0, 0
    began = time.perf_counter()
    try:
        more = True
        while more:
            s3 = {"bucket": "rows", "file": f"{calls}.json"} if store else {}
            answer = served.invoke(asked | s3 | {"state": state})
            rows += len(answer.get("insert", {}).get("sale", ()))
            state, more, calls = answer["state"], answer["hasMore"], calls + 1
        seconds, peak = time.perf_counter() - began, served.invoke("modules")["peak"] / 2**20
    finally:
        served.close()
    facts = {"rows": rows or "in S3", "calls": calls, "above": max(0, round(peak - MOST_MB))}
    return Sample(seconds, 0.0, round(peak, 1), facts)


@contextmanager
def _unpacked() -> Iterator[Path]:
    from landfall.fivetran import package

    folder = HOME / "w15" / "built"
    package.build(NAME, folder, here=True)
    into = folder / "unpacked"
    with zipfile.ZipFile(folder / "lambda-here.zip") as archive:
        archive.extractall(into)
    for name in AWS:
        for file in metadata.distribution(name).files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = into / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    try:
        yield into
    finally:
        shutil.rmtree(HOME / "w15", ignore_errors=True)


@contextmanager
def _store() -> Iterator[str]:
    """A bucket. :returns: the store's address."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    given = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "testing")
    boto3.client("s3", endpoint_url=address, region_name="us-east-1", **given).create_bucket(Bucket="rows")
    try:
        yield address
    finally:
        server.stop()
