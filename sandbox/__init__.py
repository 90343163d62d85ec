"""Vendor simulators on localhost: for the demo, the tests and offline work.

A simulator is a `Vendor`: rows in memory, the vendor's own rules over HTTP, and a way to change, break and audit
it from Python or over `/_control/`. `Sandbox` serves one on 127.0.0.1. Every simulator accepts `sandbox-token`.

    with Sandbox(PennylaneVendor(seed=1)) as box:
        httpx.get(f"{box.url}/api/external/v2/me", headers={"Authorization": "Bearer sandbox-token"})
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sandbox.server import Sandbox

__all__ = ["VENDORS", "Sandbox", "vendor_class"]

VENDORS: dict[str, str] = {
    "connectwise": "sandbox.connectwise:ConnectWiseVendor",
    "fullbay": "sandbox.fullbay:FullbayVendor",
    "google_sheets": "sandbox.google_sheets:GoogleSheetsVendor",
    "gymly": "sandbox.gymly:GymlyVendor",
    "pennylane": "sandbox.pennylane:PennylaneVendor",
    "prohandel": "sandbox.prohandel:ProHandelVendor",
}
"""Every simulator by name, as `module:class`. A new vendor is one more line."""


def vendor_class(name: str) -> type[Any]:
    """The simulator called `name`, a `Vendor` with arguments of its own.

    :raises KeyError: no simulator has this name.
    """
    module, _, attribute = VENDORS[name].partition(":")
    found: type[Any] = getattr(import_module(module), attribute)
    return found
