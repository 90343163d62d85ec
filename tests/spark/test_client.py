"""ConnectWise in a notebook: keys of the environment, lists as tables, and no Airflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from landfall.errors import Misconfigured, ReadMoved
from landfall.spark import ConnectWiseClient
from sandbox import Sandbox
from sandbox.connectwise import ConnectWiseVendor
from sandbox.connectwise.vendor import CLIENT_ID


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CW_AUTH_USERNAME", "demo+publickey")
    monkeypatch.setenv("CW_AUTH_PASSWORD", "sandbox-token")
    monkeypatch.setenv("CW_CLIENTID", CLIENT_ID)
    return monkeypatch


def test_a_list_comes_whole(keys: pytest.MonkeyPatch) -> None:
    with Sandbox(ConnectWiseVendor(seed=1, records=30)) as box:
        keys.setenv("CW_BASE_URL", box.api_url)
        client = ConnectWiseClient()
        table = client.extract(endpoint="/time/entries", conditions="id>1004", page_size=7)
        ids = table.column("id").to_pylist()
        assert ids == [row_id for row_id in box.app.ids("time_entries") if row_id > 1004]
        stored = box.app.rows["time_entries"]
        assert [raw.encode() for raw in table.column("raw").to_pylist()] == [stored.encoded(i) for i in ids]
        assert None not in table.column("lastUpdated").to_pylist()
        client.close()


def test_a_list_that_ends_too_early_is_none(keys: pytest.MonkeyPatch) -> None:
    with Sandbox(ConnectWiseVendor(seed=1, records=30)) as box:
        keys.setenv("CW_BASE_URL", box.api_url)
        box.app.configure({"max_page_size": 5, "false_end_after": 1})
        with pytest.raises(ReadMoved):
            ConnectWiseClient().extract(endpoint="time/entries/")


def test_what_is_missing_is_named(keys: pytest.MonkeyPatch) -> None:
    keys.delenv("CW_CLIENTID")
    with pytest.raises(Misconfigured, match=r"no CW_CLIENTID, no CW_BASE_URL.*Set CW_CLIENTID"):
        ConnectWiseClient()


def test_airflow_and_spark_are_not_needed_to_import(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules |= dict.fromkeys(('airflow', 'airflow.sdk', 'pyspark'))\n"
        "from landfall.spark import ConnectWiseClient, create_time_entry_fact\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, timeout=120)
