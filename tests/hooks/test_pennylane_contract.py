"""Every request the hook makes, against the vendor's OpenAPI document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from landfall.hooks.pennylane import COLLECTIONS, EXPORTS, PennylaneHook
from sandbox.pennylane import PennylaneVendor
from tests import contracts
from tests.hooks.conftest import Sent

DOCUMENT = "pennylane-openapi.json"
PREFIX = "/api/external/v2"

pytestmark = [pytest.mark.airflow, contracts.needs(DOCUMENT)]


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    return contracts.document(DOCUMENT)["paths"]


def complaints(paths: dict[str, Any], request: Sent) -> Iterator[str]:
    """What the document says against a request."""
    template = request.path
    if template not in paths:
        template = f"{request.path.rpartition('/')[0]}/{{id}}"
    operation = paths.get(template, {}).get(request.method.lower())
    if operation is None:
        yield f"{request.method} {request.path} is not declared"
        return
    declared = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    for name, text in parse_qsl(request.query, keep_blank_values=True):
        if name not in declared:
            yield f"{request.path}: {name} is not declared"
            continue
        parameter = declared[name]
        value: Any = int(text) if parameter["schema"].get("type") == "integer" else text
        yield from (f"{name}: {error.message}" for error in validator(parameter["schema"]).iter_errors(value))
        if name == "sort" and text.lstrip("-") not in parameter.get("x-sort-fields", ["id"]):
            yield f"{request.path}: no sort by {text}"
        if name == "filter":
            for condition in json.loads(text):
                if condition["operator"] not in parameter["x-filter-fields"].get(condition["field"], []):
                    yield f"{request.path}: no filter {condition['field']} {condition['operator']}"
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from (error.message for error in validator(schema).iter_errors(json.loads(request.body)))
    elif request.body:
        yield f"{request.path}: a body is not declared"


def validator(schema: dict[str, Any]) -> OAS30Validator:
    return OAS30Validator(schema, format_checker=oas30_format_checker)


def drain(pages: Iterator[object]) -> None:
    for _ in pages:
        pass


def test_every_request_is_declared(
    paths: dict[str, Any], hook: PennylaneHook, vendor: PennylaneVendor, sent: list[Sent]
) -> None:
    for name, collection in COLLECTIONS.items():
        drain(hook.list(name))
        drain(hook.list(name, limit=50))
        if collection.by_id:
            drain(hook.by_ids(name, vendor.ids(name)[:150]))
        if collection.changelog:
            drain(hook.changes(name))
            drain(hook.changes(name, vendor.clock.now() - timedelta(days=20), limit=7))
    for kind in EXPORTS:
        job = hook.run_export(kind, date(2026, 1, 1), date(2026, 3, 31), poll_seconds=0.1)
        hook.download_export(kind, job, io.BytesIO())
    hook.create_export("analytical_ledger", date(2026, 1, 1), date(2026, 3, 31), mode="in_column")
    hook.test_connection()
    requests = [request for request in sent if request.path.startswith(PREFIX)]
    assert len({request.path for request in requests}) > 20
    assert [complaint for request in requests for complaint in complaints(paths, request)] == []


def test_the_document_would_object(paths: dict[str, Any]) -> None:
    wrong = [
        Sent("GET", f"{PREFIX}/exports/fec", "", b""),
        Sent("GET", f"{PREFIX}/customers", "limit=1000", b""),
        Sent("GET", f"{PREFIX}/customers", "per_page=100", b""),
        Sent(
            "GET", f"{PREFIX}/customers", 'filter=[{"field":"updated_at","operator":"gt","value":"x"}]', b""
        ),
        Sent("POST", f"{PREFIX}/exports/fecs", "", b'{"fiscal_year_id":1}'),
    ]
    assert all(list(complaints(paths, request)) for request in wrong)


def test_scopes_and_page_sizes_are_the_documents(paths: dict[str, Any]) -> None:
    for name, collection in COLLECTIONS.items():
        operation = paths[f"{PREFIX}/{name}"]["get"]
        declared = {each["name"]: each for each in operation["parameters"]}
        assert collection.scope in operation["x-scopes-any-of"]
        assert collection.page_size == declared["limit"]["schema"]["maximum"]
        assert collection.changelog == (f"{PREFIX}/changelogs/{name}" in paths)
        assert collection.by_id == (
            "in" in declared.get("filter", {}).get("x-filter-fields", {}).get("id", [])
        )
    for export in EXPORTS.values():
        assert export.scope in paths[f"{PREFIX}{export.path}"]["post"]["x-scopes-any-of"]
