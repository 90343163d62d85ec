"""Hooks where neither Airflow nor a warehouse's libraries are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from landfall import sources

PLUGINS = Path(__file__).parents[2] / "plugins"
SCRIPT = """
import json, os, sys
for name in ("airflow", "sqlalchemy", "sqlglot", "psycopg", "pyarrow", "pandas", "boto3"):
    sys.modules[name] = None  # an import of it fails
from importlib import import_module
from landfall import sources
from landfall.hooks.base import ConnectionMissing
source = sources.source(sys.argv[1])
module, _, name = source.hook.partition(":")
hook_class = getattr(import_module(module), name)
try:
    hook_class.get_connection(hook_class.default_conn_name)
except ConnectionMissing:
    pass
given = {"password": "s3cret", "host": "https://example.test/api", "extra": {"base_url": ""}}
os.environ["AIRFLOW_CONN_" + hook_class.default_conn_name.upper()] = json.dumps(given)
connection = hook_class().get_connection(hook_class.default_conn_name)
assert (connection.password, connection.host) == ("s3cret", "https://example.test/api")
assert connection.extra_dejson == {"base_url": ""}
assert "s3cret" not in repr(connection)
"""


@pytest.mark.parametrize("name", sources.names())
def test_a_source_and_its_hook_need_neither_airflow_nor_a_database(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, name],
        env={"PYTHONPATH": str(PLUGINS), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
