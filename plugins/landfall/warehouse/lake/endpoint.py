"""The SQL analytics endpoint of a lakehouse in Fabric: told to look at the tables now, where it would in some minutes.

Nothing depends on it: whatever goes wrong is one line in the log.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Mapping

import httpx

from landfall.errors import LandfallError
from landfall.warehouse.lake.onelake import token

API = "https://api.fabric.microsoft.com/v1"
SCOPE = "https://api.fabric.microsoft.com/.default"
TIMEOUT = 30.0
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """The endpoint of one lakehouse.

    :param workspace, lakehouse: their ids.
    :param options: deltalake's, with the service principal in them.
    """

    workspace: str
    lakehouse: str
    options: Mapping[str, str] = dataclasses.field(repr=False)
    api: str = API

    @classmethod
    def of(cls, workspace: str, lakehouse: str, options: Mapping[str, str], api: str = "") -> Endpoint | None:
        """The endpoint where both ids are known, else None: Fabric's API takes no names."""
        if _GUID.fullmatch(workspace) and _GUID.fullmatch(lakehouse):
            return cls(workspace, lakehouse, options, api.rstrip("/") or API)
        return None

    def refresh(self) -> bool:
        """Have it read the tables' metadata. :returns: whether Fabric took the request; never raises."""
        try:
            with httpx.Client(
                headers={"Authorization": f"Bearer {token(self.options, SCOPE)}"}, timeout=TIMEOUT
            ) as fabric:
                item = fabric.get(f"{self.api}/workspaces/{self.workspace}/lakehouses/{self.lakehouse}")
                item.raise_for_status()
                endpoint = item.json()["properties"]["sqlEndpointProperties"]["id"]
                asked = f"{self.api}/workspaces/{self.workspace}/sqlEndpoints/{endpoint}/refreshMetadata"
                fabric.post(asked, json={}).raise_for_status()
        except (LandfallError, httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else ""
            _log.warning(
                "the SQL analytics endpoint was not told to refresh (%s); it will see the tables some minutes later",
                f"{type(error).__name__} {status}".strip(),
            )
            return False
        return True
