"""Where a company's ConnectWise API is: as the connection says, or as the site tells everybody who asks."""

from __future__ import annotations

import re

import httpx
import msgspec

from landfall.errors import ContractBroken, Misconfigured, VendorUnavailable
from landfall.hooks import connection as settings
from landfall.wire.client import Timeouts

#: The path behind the host routes to whatever version the site runs (developer guide, Versioning).
PUBLIC_URL = "https://api-na.myconnectwise.net/v4_6_release/apis/3.0"
CLOUD = ".myconnectwise.net"


class _Told(msgspec.Struct):
    Codebase: str = ""
    IsCloud: str | bool = ""


def base_of(connection: settings.ConnectionLike, company: str, timeouts: Timeouts) -> str:
    """The API's address: `base_url` or host, else what `site` tells of the company.

    :raises Misconfigured: neither is given, or the site does not know the company.
    """
    site = str(connection.extra_dejson.get("site") or "").strip().rstrip("/")
    if not site:
        if not (connection.extra_dejson.get("base_url") or connection.host):
            raise Misconfigured(
                f"Connection {connection.conn_id}: neither base_url nor site is given",
                todo="Set base_url (such as https://api-eu.myconnectwise.net), or site (such as eu.myconnectwise.net).",
            )
        return settings.base_url(connection, PUBLIC_URL)
    if "://" not in site:
        site = f"https://{site}"
    told = _ask(site, company, timeouts)
    if told is None:
        raise Misconfigured(
            f"Connection {connection.conn_id}: the site does not know the company of the login",
            todo="Correct the company id before the plus sign, or site.",
        )
    if not re.fullmatch(r"[A-Za-z0-9_.]{1,40}/?", told.Codebase):
        raise ContractBroken("ConnectWise: the site named no codebase", todo="Set base_url in place of site.")
    url = httpx.URL(site)
    if url.host.endswith(CLOUD) and not url.host.startswith("api-"):
        url = url.copy_with(host=f"api-{url.host}")
    return f"{str(url).rstrip('/')}/{told.Codebase.rstrip('/')}/apis/3.0"


def _ask(site: str, company: str, timeouts: Timeouts) -> _Told | None:
    """The site's public word on a company, asked without a credential; None where it knows none."""
    place = "GET /login/companyinfo"
    try:
        answer = httpx.get(
            f"{site}/login/companyinfo/{company}", timeout=timeouts.for_httpx(), follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise VendorUnavailable(
            f"ConnectWise: {place} gave no usable answer ({type(error).__name__})"
        ) from None
    if answer.status_code >= 500:
        raise VendorUnavailable(f"ConnectWise: {place} answered {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=_Told | None)
    except msgspec.DecodeError:
        raise Misconfigured(
            f"ConnectWise: {place} answered {answer.status_code} and no company",
            todo="Correct site: it is the address at which people log in.",
        ) from None
