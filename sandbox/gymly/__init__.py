"""Gymly simulated: one gym with members, plans, lessons, attendance, takings and figures behind `/api`.

with Sandbox(GymlyVendor(records=200)) as box:
    httpx.get(f"{box.api_url}/v1/businesses/{BUSINESS}/memberships", headers={"Authorization": "ApiKey sandbox-token"})
"""

from __future__ import annotations

from sandbox.gymly.club import BUSINESS, LOCATION
from sandbox.gymly.vendor import EMAIL, GymlyVendor

__all__ = ["BUSINESS", "EMAIL", "LOCATION", "GymlyVendor"]
