"""Pennylane's company API v2, simulated."""

from __future__ import annotations

from sandbox.pennylane.vendor import PennylaneVendor, Sizes

__all__ = ["PennylaneVendor", "Sizes"]
