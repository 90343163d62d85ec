"""Whether Landfall can keep its promise in a lake: asked before anything is read, and by the connection's Test."""

from __future__ import annotations

import dataclasses

from landfall.warehouse.lake.failures import told
from landfall.warehouse.lake.layout import Lakehouse

PATIENCE = {"max_retries": "2", "retry_timeout": "20s", "timeout": "30s", "connect_timeout": "5s"}
"""Of a store's requests while it is proved; without them a wrong address would take minutes to be told."""


def prove(house: Lakehouse) -> str:
    """Write, race, list and delete below `Tables/`.

    :returns: what was proved, in one sentence.
    :raises LandfallError: it cannot be worked with, and why.
    """
    import deltalake

    patient = house if house.local else dataclasses.replace(house, options={**house.options, **PATIENCE})
    with told(house.place):
        patient.probe()
    return (
        f"{house.place}: Tables/ can be written, listed and deleted from, and of several writers of one commit one "
        f"passes (deltalake {deltalake.__version__}, tables of reader 1 and writer 2)."
    )
