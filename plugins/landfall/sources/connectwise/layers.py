"""ConnectWise's layers, by the names that the company's settings give their schemas."""

from __future__ import annotations

from landfall.records import Layer
from landfall.sources.connectwise.settings import settings

BRONZE = Layer("bronze", settings().schemas.bronze)
SILVER = Layer("silver", settings().schemas.silver)
GOLD = Layer("gold", settings().schemas.gold)
