"""The vendors' own documents, which are not part of this project.

They are looked for in `shared/vendors` beside the checkout, or in the folder that LANDFALL_CONTRACTS names; the tests
that need one are skipped, with the reason, where it is missing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("LANDFALL_CONTRACTS") or Path(__file__).parents[2] / "shared" / "vendors")


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test where the document called `name` is missing."""
    return pytest.mark.skipif(
        not (FOLDER / name).exists(), reason=f"no {name}; LANDFALL_CONTRACTS names the folder that has it"
    )


def document(name: str) -> dict[str, Any]:
    """The JSON document called `name`."""
    read: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return read
