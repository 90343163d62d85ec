"""What may be chosen about flattening, and the version of its rules."""

from __future__ import annotations

import os
from typing import Literal, cast, get_args

import msgspec

from landfall.errors import Misconfigured

FLATTEN_VERSION = 3
"""Raise it when the same invoice flattens differently. It is on every raw row and marks those of other rules; stored
invoices are flattened again by a run with `reprocess`."""

Classification = Literal["words", "seed"]
ResidualLines = Literal["rounding", "all", "off"]


class Rules(msgspec.Struct, frozen=True):
    """The switches of flattening.

    :ivar classification: how a part is told from a supply. `words` reads whole words and knows that an oil filter is
        a part; `seed` is the earlier substring test, under which "FILTER, OIL" is a supply.
    :ivar residual_lines: which differences between the vendor's totals and the lines get a line of their own:
        `rounding` those of at most 0.05, `all`, or none (`off`). All are recorded either way.
    :raises Misconfigured: an unknown choice.
    """

    classification: Classification = "words"
    residual_lines: ResidualLines = "rounding"

    def __post_init__(self) -> None:
        for name, allowed in (("classification", Classification), ("residual_lines", ResidualLines)):
            if getattr(self, name) not in get_args(allowed):
                raise Misconfigured(
                    f"fullbay: {name} is an unknown choice",
                    todo=f"Set LANDFALL_FULLBAY_{name.upper()} to one of {', '.join(get_args(allowed))}.",
                )

    @classmethod
    def of_environment(cls) -> Rules:
        """The operator's choices; a setting that is missing or empty is the default.

        :raises Misconfigured: an unknown choice.
        """
        classification = os.environ.get("LANDFALL_FULLBAY_CLASSIFICATION") or "words"
        residual_lines = os.environ.get("LANDFALL_FULLBAY_RESIDUAL_LINES") or "rounding"
        return cls(cast(Classification, classification), cast(ResidualLines, residual_lines))
