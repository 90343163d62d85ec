"""Where lake and landing are: as the call or the environment says, or in the lakehouse that a notebook has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from landfall.errors import Misconfigured
from landfall.warehouse.lake.layout import ONELAKE_HOST, Lakehouse

LAKE, LANDING = "LANDFALL_LAKE", "LANDFALL_LANDING"
ATTACHED = Path("/lakehouse/default/Files/landfall/landing")
"""Landing in a Fabric notebook: the files of the attached lakehouse, as the driver sees them."""


def house_of(spark: Any, lake: str = "") -> Lakehouse:
    """The lake: `lake`, else `LANDFALL_LAKE`, else the lakehouse that the Fabric notebook is attached to.

    :param lake: a folder, or `s3://bucket/prefix` with the keys in the environment.
    :raises Misconfigured: there is none of them.
    """
    given = (lake or os.environ.get(LAKE, "")).strip().rstrip("/")
    if given.startswith("s3://"):
        return Lakehouse.s3(given)
    if given.startswith("file://"):
        given = unquote(urlsplit(given).path)
    if given.startswith("/"):
        return Lakehouse.folder(given)
    workspace, item = (spark.conf.get(f"trident.{name}.id", "") for name in ("workspace", "lakehouse"))
    if given or not (workspace and item):
        raise Misconfigured(
            f"{given or 'the lake'} is neither a folder's absolute path nor s3://…"
            if given
            else "nothing says where the lake is",
            todo=f"Attach a lakehouse to the Fabric notebook, or set {LAKE} to a folder or to s3://bucket/prefix.",
        )
    house = Lakehouse(
        f"abfss://{workspace}@{ONELAKE_HOST}/{item}", {"use_fabric_endpoint": "true"}, bulk_deletes=False
    )
    refresh(house)
    return house


def refresh(house: Lakehouse) -> None:
    """Renew the token of a notebook in Fabric; each lives for about an hour."""
    if "use_fabric_endpoint" in house.options:
        from notebookutils import credentials  # type: ignore[import-not-found]

        house.options["bearer_token"] = credentials.getToken("storage")


def landing_of(house: Lakehouse, landing: str = "") -> str:
    """URI of the folder for what the vendor sends: `landing`, else `LANDFALL_LANDING`, else beside the tables.

    :raises Misconfigured: it is no folder that the driver sees.
    """
    given = (landing or os.environ.get(LANDING, "")).strip()
    if not given and house.local:
        given = str(Path(house.root) / "Files" / "landfall" / "landing")
    if not given and ATTACHED.parents[1].is_dir():
        given = str(ATTACHED)
    if given.startswith("file://"):
        given = unquote(urlsplit(given).path)
    if not given.startswith("/"):
        raise Misconfigured(
            "landing is no folder's absolute path",
            todo=f"Set {LANDING} to a folder that the driver sees and that stays, such as a mounted bucket.",
        )
    return Path(given).as_uri()
