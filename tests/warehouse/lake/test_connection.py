"""The connection type Lakehouse: where the lake is, what its Test proves, and settings that would have no effect."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Connection

from landfall.errors import Misconfigured
from landfall.hooks.lakehouse import LakehouseHook
from landfall.warehouse.lake.address import endpoint_of, house_of
from landfall.warehouse.lake.endpoint import Endpoint
from landfall.warehouse.lake.engine import Lake
from tests.warehouse.lake.stores import OneLake, moto_s3

pytestmark = pytest.mark.airflow
SECRET = "sesame-open-up"
WORKSPACE, LAKEHOUSE = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
PLACE = {"workspace": "space", "lakehouse": "house", "tenant_id": "tenant"}


def given(host: str = "", login: str = "", password: str = "", **extra: Any) -> Connection:
    return Connection(
        conn_id="lake",
        conn_type="lakehouse",
        host=host,
        login=login,
        password=password,
        extra=json.dumps(extra),
    )


def principal(**extra: Any) -> Connection:
    return given("", "client", SECRET, **{**PLACE, **extra})


def stand_in(url: str, **extra: Any) -> Connection:
    return principal(azure_authority_host=url, azure_endpoint=url, **extra)


def proved(connection: Connection) -> tuple[bool, str]:
    hook = LakehouseHook("lake")
    hook.__dict__["connection"] = connection
    return hook.test_connection()


def test_a_folder(tmp_path: Path) -> None:
    works, told = proved(given(str(tmp_path)))
    assert works, told
    assert str(tmp_path) in told
    assert "deltalake" in told
    assert not list(tmp_path.rglob("*.parquet")), "nothing is left of the proof"
    assert house_of(given(tmp_path.as_uri())).root == str(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    works, told = proved(given(str(tmp_path)))
    assert not works
    assert "does not let Landfall work" in told


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")
    works, told = proved(given(str(tmp_path / "lake" / "below")))
    assert not works
    assert "→" in told


def test_s3() -> None:
    with moto_s3() as house:
        options = {
            k: v for k, v in house.options.items() if k not in ("aws_access_key_id", "aws_secret_access_key")
        }
        works, told = proved(given(house.root, "key", SECRET, **options))
        assert works, told
        works, told = proved(given("s3://nowhere/house", "key", SECRET, **options))
    assert not works
    assert "is not there" in told
    assert SECRET not in told


def test_onelake(onelake: OneLake) -> None:
    works, told = proved(stand_in(onelake.url))
    assert works, told
    left = [line for line in onelake.order() if "comp=batch" in line]
    assert not left, "nothing that OneLake refuses is asked"


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    works, told = proved(stand_in(url))
    assert not works
    assert "reached from this machine" in told
    assert SECRET not in told


REFUSED = [
    (given("/lake", aws_region="x"), "aws_region is no setting of a folder"),
    (given("s3://lake", aws_regoin="x"), "Is aws_region meant?"),
    (given("s3://lake", aws_s3_allow_unsafe_rename="true"), "aws_s3_allow_unsafe_rename is no setting"),
    (given("s3://lake", aws_secret_access_key=SECRET), "Put it into the field password"),
    (given("s3://lake", "key"), "one half of a key"),
    (given("lake"), "neither a folder's absolute path"),
    (given("abfss://a@b/c"), "neither a folder's absolute path"),
    (given(workspace="space"), "names no lakehouse, no tenant_id, no client id, no client secret"),
    (principal(client_secret=SECRET), "Put it into the field password"),
    (principal(lakehouse=LAKEHOUSE), "both by name or both by id"),
    (principal(timeout=[1]), "neither a text nor a number"),
]


@pytest.mark.parametrize(("connection", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_has_no_effect_is_refused_by_its_name(connection: Connection, told: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        house_of(connection)
    assert told in str(raised.value)
    assert SECRET not in str(raised.value)
    assert SECRET not in repr(house_of(principal()))


def test_the_connections_type_decides(set_connection: Callable[..., None], tmp_path: Path) -> None:
    from landfall.operators.base import warehouse_of

    set_connection("landfall_warehouse", "lakehouse", host=str(tmp_path / "all"))
    set_connection("tree11_warehouse", "lakehouse", host=str(tmp_path / "gym"))
    for name, folder in (("fullbay", "all"), ("tree11", "gym")):
        found: Any = warehouse_of(name)
        assert isinstance(found, Lake)
        assert found.house.root == str(tmp_path / folder)
        assert found.endpoint is None


def test_the_endpoint_is_told_when_it_is_known(onelake: OneLake, caplog: pytest.LogCaptureFixture) -> None:
    ids = {"workspace_id": WORKSPACE, "lakehouse_id": LAKEHOUSE}
    endpoint = endpoint_of(stand_in(onelake.url, **ids, api_url=f"{onelake.url}/v1"))
    assert endpoint
    onelake.order()
    assert endpoint.refresh()
    asked = onelake.order()
    assert asked[-1].endswith("/refreshMetadata")
    assert asked[-1].startswith(f"POST /v1/workspaces/{WORKSPACE}/sqlEndpoints/")
    onelake.order(fail=403, at=1, when="before", only=["refreshMetadata"])
    assert not endpoint.refresh(), "it is no condition of success"
    assert "HTTPStatusError 403" in caplog.text
    onelake.order()
    assert endpoint_of(stand_in(onelake.url)) is None, "Fabric's API takes no names"
    both = principal(workspace=WORKSPACE, lakehouse=LAKEHOUSE)
    assert endpoint_of(both) == Endpoint(WORKSPACE, LAKEHOUSE, house_of(both).options)
    assert SECRET not in repr(endpoint_of(both)) + caplog.text
