"""The warehouse: staging tables, publishing all or nothing; one package for databases, one for lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from landfall.errors import Misconfigured
from landfall.warehouse.engine import Warehouse

if TYPE_CHECKING:
    from landfall.warehouse.lake.layout import Lakehouse

FOLDER = "delta+file://"
"""How the address of a lake in a folder begins; the folder's absolute path follows."""


def connect(where: str | sa.URL | Lakehouse, conn_id: str = "") -> Warehouse:
    """The warehouse at an address: a SQLAlchemy URL, `delta+file:///folder`, or the settings of a lake.

    :param conn_id: id of the Airflow connection that it came of, for messages.
    :raises Misconfigured: no engine of ours speaks this database.
    """
    if isinstance(where, str) and where.startswith(FOLDER):
        from landfall.warehouse.lake.layout import Lakehouse

        where = Lakehouse.folder(where.removeprefix(FOLDER))
    if not isinstance(where, str | sa.URL):
        from landfall.warehouse.lake.engine import Lake

        return Lake(where, conn_id)
    url = sa.make_url(where)
    if url.get_backend_name() == "postgresql":
        from landfall.warehouse.sql.postgres import PostgresWarehouse

        return PostgresWarehouse(url.set(drivername="postgresql+psycopg"), conn_id)
    if url.get_backend_name() == "mssql":
        from landfall.warehouse.sql.mssql import MssqlWarehouse

        return MssqlWarehouse(url.set(drivername="mssql+mssqlpython"), conn_id)
    raise Misconfigured(
        f"no warehouse engine for {url.get_backend_name()}",
        todo="Point the warehouse connection at PostgreSQL, SQL Server or a lakehouse.",
    )


__all__ = ["Warehouse", "connect"]
