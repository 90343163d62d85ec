"""The metadata Airflow reads to know the connection types."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from landfall.get_provider_info import CONNECTION_TYPES, get_provider_info


def test_it_fits_airflows_schema() -> None:
    spec = find_spec("airflow")
    assert spec
    assert spec.submodule_search_locations
    schema = Path(next(iter(spec.submodule_search_locations)), "provider_info.schema.json")
    jsonschema.validate(get_provider_info(), json.loads(schema.read_text()))


def test_it_is_read_without_airflow() -> None:
    code = "import sys, landfall.get_provider_info; sys.exit('airflow' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1] / "plugins").returncode
        == 0
    )


@pytest.mark.parametrize("kind", CONNECTION_TYPES, ids=lambda kind: kind["connection-type"])
def test_fields_are_valid_and_optional(kind: dict) -> None:  # type: ignore[type-arg]
    for field in kind["conn-fields"].values():
        jsonschema.Draft202012Validator.check_schema(field["schema"])
        assert "null" in field["schema"]["type"]
        assert field["label"]


@pytest.mark.airflow
@pytest.mark.parametrize("kind", CONNECTION_TYPES, ids=lambda kind: kind["connection-type"])
def test_the_hook_agrees(kind: dict) -> None:  # type: ignore[type-arg]
    module, _, name = kind["hook-class-name"].rpartition(".")
    hook = getattr(import_module(module), name)
    assert hook.conn_type == kind["connection-type"]
    assert hook.hook_name == kind["hook-name"]
    assert hook.default_conn_name == f"{hook.conn_type}_default"
    assert hook.conn_name_attr == f"{hook.conn_type}_conn_id"
