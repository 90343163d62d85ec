"""Raw invoices in landing on a local folder and on S3: the same load from either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer

from landfall import pipeline
from landfall.hooks.fullbay import FullbayHook
from landfall.landing import Landing, purge
from landfall.operators.base import landing_folder
from landfall.pipeline import Pipeline
from landfall.reads import Mode
from landfall.sources import source
from landfall.warehouse import connect
from sandbox import Sandbox
from sandbox.fullbay import FullbayVendor
from tests.driver import run_on

pytestmark = pytest.mark.airflow


@pytest.fixture(params=["folder", "s3"])
def landing(
    request: pytest.FixtureRequest, tmp_path: Path, set_connection: Callable[..., None]
) -> Iterator[str]:
    """URI of an empty landing."""
    if request.param == "folder":
        yield (tmp_path / "landing").as_uri()
        return
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    login: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", endpoint_url=address, region_name="us-east-1", **login).create_bucket(Bucket="raw")
    extra = {"region_name": "us-east-1", "endpoint_url": address}
    set_connection("landing_s3", "aws", login="test", password="test", extra=extra)
    yield "s3://landing_s3@raw/landing"
    server.stop()


@pytest.fixture
def hook(tmp_path: Path, set_connection: Callable[..., None]) -> Iterator[FullbayHook]:
    vendor = FullbayVendor(seed=6, records=40, page_size=9)
    with Sandbox(vendor) as box:
        extra = {**vendor.connection, "rate_store": str(tmp_path), "requests_per_period": 10_000}
        set_connection("fullbay_default", "fullbay", host=box.api_url, password=vendor.token, extra=extra)
        opened = FullbayHook()
        yield opened
        opened.close()


def test_a_load_from_either_place_is_the_same(landing: str, hook: FullbayHook, database: str) -> None:
    declared = source("fullbay")
    warehouse = connect(database)
    pipeline.ensure_ledger(warehouse)
    one = Pipeline(declared, declared.resources[0], warehouse, landing, landing_folder, "test")
    request = one.request(hook, Mode.FULL)
    extraction = one.extract(request, declared.resources[0].read.read)  # type: ignore[union-attr]
    assert extraction.landing.startswith(landing)
    hook.close()
    landed = Landing(landing_folder(extraction.landing))
    assert len(list(landed.lines())) == landed.manifest.records == 41
    assert landed.size() > 0
    made = run_on(one, extraction, {})
    assert (made.fetched, made.inserted, made.quarantined) == (41, 41, 0)
    with warehouse.begin() as connection:
        query = (
            "SELECT count(*), sum(sales_total) FROM fullbay.fullbay_line_items WHERE invoice_number = '10482'"
        )
        assert [str(v) for v in connection.execute(sa.text(query)).one()] == ["15", "1040.14"]
    later = datetime.now(UTC) + timedelta(days=40)
    assert purge(landing_folder(landing), source="fullbay", keep=timedelta(days=30), now=later) == 1
    assert not list((landing_folder(landing) / "fullbay" / "invoices").glob("*/manifest.json"))
