"""What a delta load costs, by counting: a clock would say more of the machine than of the load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import data, ours
from tests.bench.measure import ROOT, environment

RECORDS, CHANGED = 1000, 20
STATEMENTS = 86
"""As many as it sends; whoever needs one more raises this on purpose."""
LOG = 500_000
"""Bytes of write-ahead log. It writes 150,000, and 1,000 changed invoices over two million."""
MODULES = 800
"""It imports about 700, Python's own among them."""
HEAVY = {"airflow", "deltalake", "numpy", "openpyxl", "pandas", "pyarrow", "pydantic", "requests"}
"""Packages that take longer to import than such a load takes to publish."""
_COUNTED = """
import json, sys
import sqlalchemy as sa
from tests.bench import ours

sent = []
sa.event.listen(sa.Engine, "before_cursor_execute", lambda _c, _k, statement, *_: sent.append(statement))
figures = ours.load(*sys.argv[1:])
print(json.dumps({"figures": figures, "statements": sent, "modules": sorted(sys.modules)}))
"""


def loaded(url: str, root: Path, load_id: str, scope: str) -> dict[str, Any]:
    """A load in a process of its own. :returns: its figures, its statements and its modules."""
    program = [sys.executable, "-c", _COUNTED, url, str(root), load_id, scope]
    done = subprocess.run(
        program, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def landed(root: Path, load_id: str, count: int, version: int) -> str:
    """Invoices landed in this version."""
    file = root / f"{load_id}.ndjson"
    file.write_bytes(b"".join(data.invoice(number, version) for number in range(1, count + 1)))
    ours.landed(file, root, load_id)
    return load_id


def test_a_small_delta_is_a_few_statements_little_log_and_no_heavy_import(
    database: str, tmp_path: Path
) -> None:
    loaded(database, tmp_path, landed(tmp_path, "first", RECORDS, 0), "everything")
    delta = landed(tmp_path, "delta", CHANGED, 1)
    before = _wal(database)
    cost = loaded(database, tmp_path, delta, "nothing")
    written = _wal(database) - before
    assert cost["figures"]["invoices"] == {"inserted": 0, "updated": CHANGED, "unchanged": 0, "deleted": 0}
    assert len(cost["statements"]) <= STATEMENTS, "\n".join(cost["statements"])
    assert written <= LOG
    assert not HEAVY & set(cost["modules"])
    assert len(cost["modules"]) <= MODULES


def _wal(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert found
    return int(found[0])
