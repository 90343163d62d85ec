"""Fullbay simulated: invoices of a truck repair shop behind `getInvoices.php`.

with Sandbox(FullbayVendor(seed=1)) as box:
    httpx.get(f"{box.api_url}/getInvoices.php", params={"key": ..., "token": ..., "startDate": ..., "endDate": ...})
"""

from __future__ import annotations

from sandbox.fullbay.vendor import FullbayVendor, daily_token

__all__ = ["FullbayVendor", "daily_token"]
