"""A real Spark with real Delta, or Sail: what `make test-spark` and `make test-sail` run on.

Without either only what needs none is collected.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest

from tests.spark.session import session

if importlib.util.find_spec("pyspark") is None:
    collect_ignore_glob = [
        "test_decoding.py",
        "test_kills.py",
        "test_merge.py",
        "test_run.py",
        "test_star.py",
    ]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all tests."""
    made = session(tmp_path_factory.mktemp("warehouse"))
    yield made
    made.stop()
