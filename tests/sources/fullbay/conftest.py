from __future__ import annotations

import copy
from typing import Any

import pytest

from landfall.sources.fullbay.invoice import decode
from sandbox.fullbay.invoices import EXAMPLE

_EXAMPLE = decode(EXAMPLE.read_bytes())


@pytest.fixture
def example() -> dict[str, Any]:
    """The worked example: an invoice of three corrections whose totals all add up; a copy to change at will."""
    return copy.deepcopy(_EXAMPLE)
