"""What `make fivetran` makes: unpacked in a clean environment it serves whole syncs over Lambda's runtime interface."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from landfall import sources
from landfall.fivetran import function, package
from tests.fivetran.runtime import Lambda
from tests.fivetran.world import Fivetran, fivetran

pytestmark = pytest.mark.airflow
NAME = "pennylane"
LIGHT = {
    *("httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi"),  # httpx and what it needs
    *("msgspec", "zstandard", "tenacity", "pyrate_limiter", "typing_extensions", "landfall"),
}
"""What a handler may import before it is asked for anything."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("built") / NAME
    package.build(NAME, into, here=True)
    return into


@pytest.fixture(scope="module")
def unpacked(built: Path) -> Path:
    into = built.parent / "unpacked"
    with zipfile.ZipFile(built / "lambda-here.zip") as archive:
        archive.extractall(into)
    return into


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Fivetran]:
    with fivetran(sources.source(NAME), tmp_path / "unused") as made:
        yield made


def test_the_zip_serves_a_whole_sync_and_imports_nothing_heavy(
    unpacked: Path, connection: Fivetran, tmp_path: Path
) -> None:
    address = json.loads(connection.settings["connection_pennylane_default"])["host"]
    environment = {"LANDFALL_SOURCE": NAME, "TMPDIR": str(tmp_path)}
    served = Lambda(unpacked, "landfall.fivetran.function.handler", environment)
    try:
        assert set(served.invoke("modules")["libraries"]) <= LIGHT
        state: Any = {}
        for _ in range(20):
            answer = served.invoke(connection.request(state, sync_id="one"))
            connection.destination.take(answer)
            state = answer["state"]
            if not answer["hasMore"]:
                break
        for resource in (r for r in connection.source.resources if connection.plain(r)):
            assert connection.seen(resource) == connection.truth(resource)
        with pytest.raises(RuntimeError, match="SyncFailed") as failed:
            served.invoke(connection.request({}) | {"secrets": {"api_token": "wr0ng", "host": address}})
        assert "wr0ng" not in str(failed.value)
    finally:
        told = served.close()
    assert "wr0ng" not in told
    assert [path.name for path in tmp_path.iterdir() if path.name != "unused"] == ["landfall"]


def test_no_package_holds_a_credential_or_what_only_airflow_needs(built: Path) -> None:
    with zipfile.ZipFile(built / "lambda-here.zip") as archive:
        held = archive.namelist()
    ours = [name for name in held if name.startswith("landfall/") or "/" not in name]
    assert not [name for name in ours if not name.endswith((".py", ".toml", ".yaml", ".so"))]
    tops = {name.split("/")[0] for name in held}
    assert (
        not {"airflow", "sqlalchemy", "pyarrow", "pandas", "boto3", "psycopg", "fivetran_connector_sdk"}
        & tops
    )
    assert {f"landfall/sources/{NAME}/__init__.py", "landfall/fivetran/function.py"} <= set(held)
    assert not any(name.startswith(("landfall/operators/", "landfall/warehouse/")) for name in held)
    settings = json.loads((built / "sdk" / "configuration.json").read_text())
    assert set(settings.values()) == {""}
    assert "api_token" in settings
    asked = (built / "sdk" / "requirements.txt").read_text().split()
    assert "msgspec" in {line.split("==")[0] for line in asked}
    assert not {line.split("==")[0] for line in asked} & package.GIVEN


def test_every_library_is_locked() -> None:
    locked = {
        re.split(r"[\[=]", line)[0].lower()
        for line in package.CONSTRAINTS.read_text().splitlines()
        if "==" in line
    }
    wanted = [line for line in package.REQUIREMENTS.read_text().split("\n") if line and line[0] != "#"]
    assert {name.lower() for name in wanted} <= locked


def test_a_zip_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "LIMIT", 1000)
    with pytest.raises(package.Misconfigured, match="Lambda takes 1000"):
        package._zipped(tmp_path / "nothing", tmp_path / "made.zip")


class _Tags(yaml.SafeLoader):
    """CloudFormation's YAML, its functions as plain values."""


def _plain(loader: Any, tag: str, node: Any) -> Any:
    build = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
    return {tag: build[type(node)](node)}


_Tags.add_multi_constructor("!", _plain)


def test_the_template_gives_no_more_rights_than_are_needed(built: Path) -> None:
    template = yaml.load((built / "template.yaml").read_text(), _Tags)
    allowed = set()
    text = (built / "template.yaml").read_text()
    for line in text.splitlines():
        allowed |= set(re.findall(r"\b(?:logs|s3|secretsmanager|lambda|sts):[A-Z]\w+", line))
        assert not re.search(r"(Action|Resource): *\"?\*", line), line
    assert allowed == {
        *(
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "secretsmanager:GetSecretValue",
            "lambda:InvokeFunction",
        ),
        *("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket", "sts:AssumeRole"),
    } | {action for action in allowed if action == "sts:ExternalId"}
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    assert kinds.count("AWS::CloudWatch::Alarm") == 2
    assert template["Resources"]["Logs"]["Properties"]["RetentionInDays"]


def test_the_template_makes_a_stack(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        boto3.client("s3").upload_file(str(built / "lambda-here.zip"), "code", "it.zip")
        given = {"CodeBucket": "code", "CodeKey": "it.zip", "ExternalId": "group", "RowsBucket": "rows"}
        boto3.client("cloudformation").create_stack(
            StackName="landfall-pennylane",
            TemplateBody=(built / "template.yaml").read_text(),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        made = boto3.client("lambda").get_function(FunctionName="landfall-pennylane")["Configuration"]
    assert made["Handler"] == f"{function.handler.__module__}.{function.handler.__name__}"
    assert made["Environment"]["Variables"]["LANDFALL_SOURCE"] == NAME
    assert made["Runtime"] == f"python{package.PYTHON}"


def test_rows_go_through_s3_and_secrets_come_from_secrets_manager(
    connection: Fivetran, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("LANDFALL_SECRET_ID", "landfall/pennylane")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="rows")
        secret = json.dumps(connection.settings)
        boto3.client("secretsmanager").create_secret(Name="landfall/pennylane", SecretString=secret)
        connection.settings.clear()
        answer = connection.call({}, bucket="rows", file="one.json", customPayload={"tables": "customers"})
        assert set(answer) == {"state", "schema", "hasMore"}
        rows = json.loads(boto3.client("s3").get_object(Bucket="rows", Key="one.json")["Body"].read())
    connection.destination.take(answer | rows)
    customers = connection.source.resource("customers")
    assert connection.seen(customers) == connection.truth(customers)
