"""A SQL Server for tests: databases that a single test uses."""

from __future__ import annotations

import sqlalchemy as sa


class SqlServer:
    """The server at a SQLAlchemy URL, with a login that may create databases."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="mssql+mssqlpython")
        # Databases cannot be made within a transaction.
        self._engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def create_database(self, name: str) -> str:
        """Create a database, and return its SQLAlchemy URL."""
        self._run(f"CREATE DATABASE {name}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Drop a database; a missing one is fine."""
        self._run(f"DROP DATABASE IF EXISTS {name}")

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)
