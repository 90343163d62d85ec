"""The simulator's answers and declarations against the vendor's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from sandbox import Sandbox
from sandbox.pennylane import PennylaneVendor
from sandbox.pennylane.declared import CHANGELOGS, COLLECTIONS, EXPORT_SCOPES
from tests import contracts

DOCUMENT = "pennylane-openapi.json"
PREFIX = "/api/external/v2"

pytestmark = contracts.needs(DOCUMENT)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document, changed in the few places where a real tenant is known to answer otherwise."""
    document = contracts.document(DOCUMENT)
    schemas = document["components"]["schemas"]
    # drafts have no ledger entry
    for name in ("CustomerInvoice", "SupplierInvoice"):
        schemas[name]["properties"]["ledger_entry"]["nullable"] = True
    # the list says that a draft entry has no date and may lack a label, so the single entry has none either
    for field in ("date", "label"):
        schemas["LedgerEntryById"]["properties"][field]["nullable"] = True
    _allow_null_in_nullable_enums(schemas)
    return document


def _allow_null_in_nullable_enums(schema: Any) -> None:
    """The document marks enums as nullable without listing null, which the OpenAPI rules would forbid."""
    if isinstance(schema, dict):
        if schema.get("nullable") and "enum" in schema and None not in schema["enum"]:
            schema["enum"].append(None)
        for value in schema.values():
            _allow_null_in_nullable_enums(value)
    elif isinstance(schema, list):
        for value in schema:
            _allow_null_in_nullable_enums(value)


@pytest.fixture(scope="module")
def vendor() -> PennylaneVendor:
    return PennylaneVendor(seed=5, scale=0.2, rate=None, export_delay=0, max_limit=None)


@pytest.fixture(scope="module")
def client(vendor: PennylaneVendor) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer sandbox-token"}
    with Sandbox(vendor) as box, httpx.Client(verify=False, base_url=box.api_url, headers=headers) as client:
        yield client


class Contract:
    """Checks answers against one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.later: dict[str, list[list[str]]] = {
            table: [field.split(":")[0].split(".") for field in fields]
            for table, fields in document["x-later-additions"]["fields"].items()
        }

    def schema(self, method: str, path: str, status: int, kind: str) -> dict[str, Any]:
        response = self.document["paths"][PREFIX + path][method]["responses"][str(status)]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        found: dict[str, Any] = response["content"][kind]["schema"]
        return found

    def errors(self, schema: dict[str, Any], content: Any) -> list[str]:
        whole = {"components": self.document["components"], **schema}
        validator = OAS30Validator(whole, format_checker=oas30_format_checker)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]

    def check(self, answer: httpx.Response, path: str, table: str = "") -> None:
        kind = answer.headers["content-type"].partition(";")[0]
        schema = self.schema(answer.request.method.lower(), path, answer.status_code, kind)
        content = answer.json() if kind == "application/json" else answer.text
        if table:
            for row in content.get("items", [content]):
                self.without_later_fields(row, table)
        assert self.errors(schema, content) == []

    def without_later_fields(self, row: dict[str, Any], table: str) -> None:
        """Take out what the vendor added after the document was written, where it is there."""
        for field in self.later.get(table, ()):
            holder: Any = row
            for key in field[:-1]:
                holder = holder.get(key) if isinstance(holder, dict) else None
            if isinstance(holder, dict):
                holder.pop(field[-1], None)
            if field[0] == "e_invoicing" and isinstance(row["e_invoicing"], dict):
                row["e_invoicing"].pop("flow", None)


@pytest.fixture(scope="module")
def contract(document: dict[str, Any]) -> Contract:
    return Contract(document)


@pytest.mark.parametrize("table", COLLECTIONS)
def test_every_row_of_every_list(
    client: httpx.Client, contract: Contract, vendor: PennylaneVendor, table: str
) -> None:
    cursor, seen = None, 0
    while True:
        answer = client.get(f"/{table}", params={"limit": 100} | ({"cursor": cursor} if cursor else {}))
        page = answer.json()
        contract.check(answer, f"/{table}", table)
        seen += len(page["items"])
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert seen == len(vendor.ids(table)) > 0


@pytest.mark.parametrize("table", [name for name, declared in COLLECTIONS.items() if declared.by_id])
def test_single_rows(client: httpx.Client, contract: Contract, vendor: PennylaneVendor, table: str) -> None:
    ids = vendor.ids(table)
    for row_id in {ids[0], ids[len(ids) // 2], ids[-1]}:
        contract.check(client.get(f"/{table}/{row_id}"), f"/{table}/{{id}}", table)
    missing = client.get(f"/{table}/999")
    assert missing.status_code == 404
    contract.check(missing, f"/{table}/{{id}}")


def test_me(client: httpx.Client, contract: Contract) -> None:
    contract.check(client.get("/me"), "/me")


@pytest.mark.parametrize("table", CHANGELOGS)
def test_changelogs_and_their_refusals(client: httpx.Client, contract: Contract, table: str) -> None:
    path = f"/changelogs/{table}"
    first = client.get(path, params={"limit": 2})
    contract.check(first, path)
    assert first.json()["items"]
    both = {"cursor": first.json()["next_cursor"] or "x", "start_date": "2026-01-01T00:00:00Z"}
    for asked, status in (({"start_date": "2020-01-01T00:00:00Z"}, 422), ({"limit": 1001}, 400), (both, 400)):
        answer = client.get(path, params=asked)
        assert answer.status_code == status
        contract.check(answer, path)


def test_exports(client: httpx.Client, contract: Contract) -> None:
    body = {"period_start": "2026-01-01", "period_end": "2026-03-31"}
    for kind in EXPORT_SCOPES:
        created = client.post(f"/exports/{kind}", json=body)
        assert created.status_code == 201
        contract.check(created, f"/exports/{kind}")
        contract.check(client.get(f"/exports/{kind}/{created.json()['id']}"), f"/exports/{kind}/{{id}}")
        refused = client.post(f"/exports/{kind}", json={"period_start": "2026-01-01"})
        assert refused.status_code == 400
        contract.check(refused, f"/exports/{kind}")


def test_refusals(client: httpx.Client, contract: Contract, vendor: PennylaneVendor) -> None:
    for asked in (
        {"limit": 0},
        {"limit": 101},
        {"limit": "ten"},
        {"filter": "{}"},
        {"sort": "name"},
        {"cursor": "?"},
    ):
        refused = client.get("/customers", params=asked)
        assert refused.status_code == 400
        contract.check(refused, "/customers")
    unknown = client.get("/customers", headers={"Authorization": "Bearer other"})
    assert unknown.status_code == 401
    contract.check(unknown, "/customers")
    vendor.scopes.discard("customers:readonly")
    try:
        forbidden = client.get("/customers")
    finally:
        vendor.scopes.add("customers:readonly")
    assert forbidden.status_code == 403
    contract.check(forbidden, "/customers")


def test_too_many_requests_with_its_headers(contract: Contract, document: dict[str, Any]) -> None:
    headers = {"Authorization": "Bearer sandbox-token"}
    with (
        Sandbox(PennylaneVendor(scale=0.01, rate=(1, 5))) as box,
        httpx.Client(verify=False, base_url=box.api_url, headers=headers) as client,
    ):
        client.get("/me")
        answer = client.get("/customers")
    assert answer.status_code == 429
    contract.check(answer, "/customers")
    for name in document["components"]["responses"]["TooManyRequests"]["headers"]:
        assert int(answer.headers[name]) >= 0


@pytest.mark.parametrize("table", COLLECTIONS)
def test_declarations_equal_the_document(document: dict[str, Any], table: str) -> None:
    declared, operation = COLLECTIONS[table], document["paths"][f"{PREFIX}/{table}"]["get"]
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert f"{declared.scope}:readonly" in operation["x-scopes-any-of"]
    assert declared.max_limit == parameters["limit"]["schema"]["maximum"]
    assert set(declared.sorts) == set(parameters["sort"]["x-sort-fields"])
    filters = parameters.get("filter", {}).get("x-filter-fields", {})
    assert {name: set(found) for name, found in declared.filters.items()} == {
        name: set(found) for name, found in filters.items()
    }
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]
    page = page.get("oneOf", page.get("anyOf", [page]))[0]
    assert declared.nulls == ("total_pages" in page.get("properties", {}))
    assert declared.by_id == (f"{PREFIX}/{table}/{{id}}" in document["paths"])
    assert declared.changelog == (f"{PREFIX}/changelogs/{table}" in document["paths"])


def test_scopes_of_changelogs_and_exports_equal_the_document(document: dict[str, Any]) -> None:
    for table in CHANGELOGS:
        scopes = document["paths"][f"{PREFIX}/changelogs/{table}"]["get"]["x-scopes-any-of"]
        assert f"{COLLECTIONS[table].scope}:readonly" in scopes
    for kind, scope in EXPORT_SCOPES.items():
        assert document["paths"][f"{PREFIX}/exports/{kind}"]["post"]["x-scopes-any-of"] == [scope]


def test_the_check_can_fail(contract: Contract) -> None:
    schema = {"$ref": "#/components/schemas/ChangeEvent"}
    event = {"id": 1, "operation": "upsert", "processed_at": "today", "updated_at": "x", "created_at": None}
    assert len(contract.errors(schema, event)) >= 4
