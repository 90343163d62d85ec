"""How connection fields become an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from landfall.hooks.connection import base_url

DEFAULT = "https://app.example.org/api/v2"


@dataclass
class Fields:
    host: str | None = None
    schema: str | None = None
    port: int | None = None
    password: str | None = None
    conn_id: str = "c"
    extra_dejson: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (Fields(), DEFAULT),
        (Fields(host="other.example.org"), "https://other.example.org/api/v2"),
        (Fields(host="other.example.org", port=8443), "https://other.example.org:8443/api/v2"),
        (Fields(host="sandbox", schema="http", port=8000), "http://sandbox:8000/api/v2"),
        (Fields(host="http://127.0.0.1:8000"), "http://127.0.0.1:8000/api/v2"),
        (Fields(host="http://127.0.0.1:8000/"), "http://127.0.0.1:8000/api/v2"),
        (Fields(host="https://other.example.org/v3/"), "https://other.example.org/v3"),
        (Fields(host="x", extra_dejson={"base_url": "https://y.example.org/v1"}), "https://y.example.org/v1"),
    ],
)
def test_the_address(fields: Fields, url: str) -> None:
    assert base_url(fields, DEFAULT) == url
