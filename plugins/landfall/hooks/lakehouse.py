"""A lakehouse of Delta tables as an Airflow hook: the connection type of a warehouse that is a folder, S3 or OneLake.

    from landfall.hooks.lakehouse import LakehouseHook

    house = LakehouseHook("landfall_warehouse").get_conn()
    house.table("pennylane", "customers")     # where a table lies

The connection's fields are those of `landfall.warehouse.lake.address`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from landfall.errors import LandfallError, Misconfigured

if TYPE_CHECKING:
    from landfall.warehouse.lake.layout import Lakehouse


class LakehouseHook(BaseHook):
    """Where a lakehouse is, and whether it can be worked with.

    :param lakehouse_conn_id: the Airflow connection.
    """

    conn_name_attr = "lakehouse_conn_id"
    default_conn_name = "lakehouse_default"
    conn_type = "lakehouse"
    hook_name = "Lakehouse"

    def __init__(self, lakehouse_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.lakehouse_conn_id = lakehouse_conn_id

    @cached_property
    def connection(self) -> Any:
        """The Airflow connection, read once."""
        return self.get_connection(self.lakehouse_conn_id)

    def get_conn(self) -> Lakehouse:
        """Where its tables lie. :raises Misconfigured: the connection does not say it, or says more than is known."""
        from landfall.warehouse.lake.address import house_of

        return house_of(self.connection)

    def test_connection(self) -> tuple[bool, str]:
        """Whether tables can be written, listed and deleted there, each commit by one writer only."""
        try:
            needed()
            from landfall.warehouse.lake.proof import prove

            return True, prove(self.get_conn())
        except LandfallError as error:
            return False, str(error)


def needed() -> None:
    """:raises Misconfigured: what a lake needs is not installed."""
    try:
        import deltalake  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError:
        raise Misconfigured(
            "a lakehouse needs packages that are not installed here",
            todo="Install `landfall[lake]` on all machines of Airflow.",
        ) from None
