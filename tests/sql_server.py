"""A SQL Server for tests: databases that a single test uses, by a login that has the loader's rights and no others."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import cached_property

import sqlalchemy as sa

from landfall import ledger
from landfall.resources import Source
from landfall.setup import set_up
from landfall.sources import names, source
from landfall.sql_files import read_sql
from landfall.warehouse.sql import tsql
from landfall.warehouse.tables import target_table
from tests.driver import close_all, open_warehouse

EVERYTHING = {
    "PROCEDURE": "SELECT ROUTINE_SCHEMA, ROUTINE_NAME FROM INFORMATION_SCHEMA.ROUTINES",
    "VIEW": "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'VIEW'",
    "TABLE": "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'",
}
"""What a database may hold, in the order in which it can be dropped."""


class SqlServer:
    """The server at a SQLAlchemy URL, with a login that may create databases and logins."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="mssql+mssqlpython")
        self.loader, self.reader = (f"landfall_test_{role}_{os.getpid()}" for role in ("loader", "reader"))
        self.password = f"Aa1-{secrets.token_urlsafe(18)}"
        self._has_logins = False

    def close(self) -> None:
        """Drop what was made for all tests."""
        if "shared_database" in self.__dict__:
            self.drop_database(sa.make_url(self.shared_database).database or "")
        if self._has_logins:
            self._run("master", f"DROP LOGIN {self.loader}", f"DROP LOGIN {self.reader}")

    @cached_property
    def shared_database(self) -> str:
        """The loader's URL of a database for one test after another."""
        return self.create_database(f"landfall_test_{os.getpid()}")

    def empty(self, url: str) -> None:
        """Drop every procedure, view and table of a database; its schemas, users and roles stay."""
        close_all()
        engine = sa.create_engine(sa.make_url(url).set(drivername="mssql+mssqlpython"), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for kind, found in EVERYTHING.items():
                for schema, name in connection.exec_driver_sql(found).all():
                    connection.exec_driver_sql(f"DROP {kind} [{schema}].[{name}]")

    def create_database(self, name: str) -> str:
        """Create a database with the roles of every source, and return the loader's SQLAlchemy URL."""
        self._run("master", f"CREATE DATABASE {name}")
        if not self.stands_in:
            self._run(name, *tsql.batches(read_sql("access", "mssql_database.sql")))
        schemas = dict.fromkeys(schema for n in names() for schema in source(n).schemas.values())
        for schema in ("lab", *schemas):
            self.give_access(name, schema)
        if not self._has_logins:
            logins = (self.loader, self.reader)
            self._run("master", *(f"CREATE LOGIN {n} WITH PASSWORD = '{self.password}'" for n in logins))
            self._has_logins = True
        for login, role in ((self.loader, "landfall_loader"), (self.reader, "tree11_reader")):
            self._run(name, f"CREATE USER {login} FOR LOGIN {login}", f"ALTER ROLE {role} ADD MEMBER {login}")
        return self.url_of(name, self.loader)

    def database_with(self, declared: Source) -> Iterator[str]:
        """A database with a source's tables, views and procedures, for one test after another."""
        name = f"{declared.name}_tables_{os.getpid()}"
        url = self.create_database(name)
        set_up(open_warehouse(url), declared)
        yield url
        self.drop_database(name)

    def give_access(self, name: str, schema: str) -> None:
        """Run the access script for a source's schema, as an administrator does."""
        access = read_sql("access", "mssql.sql").replace("$(SOURCE)", schema)
        self._run(name, *tsql.batches(access))

    def end_session(self, number: int) -> None:
        """End another session, as an administrator does."""
        self._run("master", f"KILL {number}")

    def url_of(self, name: str, login: str) -> str:
        """The SQLAlchemy URL of a database for one of the two logins."""
        address = self.url.set(database=name, username=login, password=self.password)
        return address.render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Drop a database, and the sessions that a test left behind in it."""
        close_all()
        if not self.stands_in:
            self._run("master", f"ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        self._run("master", f"DROP DATABASE {name}")

    @cached_property
    def stands_in(self) -> bool:
        """Whether it is Babelfish, which grants rights on a database by other means and drops none that is in use."""
        with self._engine("master").connect() as connection:
            return bool(connection.exec_driver_sql("SELECT SERVERPROPERTY('babelfishversion')").scalar())

    def _engine(self, database: str) -> sa.Engine:
        # Databases and logins cannot be made within a transaction.
        url = self.url.set(database=database)
        return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def _run(self, database: str, *statements: str) -> None:
        with self._engine(database).connect() as connection:
            for statement in statements:
                if not (self.stands_in and "GRANT CREATE TABLE" in statement):
                    connection.exec_driver_sql(statement)


def delete_rows(url: str, declared: Source) -> None:
    """Empty the tables of a source and of the ledger."""
    tables = [target_table(t, declared.name) for r in declared.resources for t in r.table.family()]
    with open_warehouse(url).begin() as connection:
        for table in (*tables, *ledger.TABLES):
            connection.execute(sa.delete(table))
