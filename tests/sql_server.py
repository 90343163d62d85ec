"""A SQL Server for tests: databases that a single test uses, by a login that has the loader's rights and no others."""

from __future__ import annotations

import secrets
from functools import cached_property

import sqlalchemy as sa

from landfall.resources import names
from landfall.sql_files import read_sql
from landfall.warehouse import tsql

LOADER = "landfall_test_loader"
READER = "landfall_test_reader"


class SqlServer:
    """The server at a SQLAlchemy URL, with a login that may create databases and logins."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url).set(drivername="mssql+mssqlpython")
        self.password = f"Aa1-{secrets.token_urlsafe(18)}"

    def create_database(self, name: str) -> str:
        """Create a database with the roles of every source, and return the loader's SQLAlchemy URL."""
        self._run("master", f"CREATE DATABASE {name}")
        access = read_sql("access", "mssql.sql")
        for source in ("lab", *names()):
            self._run(name, *tsql.batches(access.replace("$(SOURCE)", source)))
        for login, role in ((LOADER, "landfall_loader"), (READER, "tree11_reader")):
            self._login(login)
            self._run(name, f"CREATE USER {login} FOR LOGIN {login}", f"ALTER ROLE {role} ADD MEMBER {login}")
        return self.url_of(name, LOADER)

    def url_of(self, name: str, login: str) -> str:
        """The SQLAlchemy URL of a database for one of the two logins."""
        address = self.url.set(database=name, username=login, password=self.password)
        return address.render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Drop a database, and the sessions that a test left behind in it."""
        if not self.stands_in:
            self._run("master", f"ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
        self._run("master", f"DROP DATABASE {name}")

    @cached_property
    def stands_in(self) -> bool:
        """Whether it is Babelfish, which grants rights on a database by other means and drops none that is in use."""
        with self._engine("master").connect() as connection:
            return bool(connection.exec_driver_sql("SELECT SERVERPROPERTY('babelfishversion')").scalar())

    def _login(self, login: str) -> None:
        verb = "ALTER" if login in self._logins else "CREATE"
        self._run("master", f"{verb} LOGIN {login} WITH PASSWORD = '{self.password}'")
        self._logins.add(login)

    @cached_property
    def _logins(self) -> set[str]:
        query = f"SELECT name FROM sys.server_principals WHERE name IN ('{LOADER}', '{READER}')"
        with self._engine("master").connect() as connection:
            return set(connection.exec_driver_sql(query).scalars())

    def _engine(self, database: str) -> sa.Engine:
        # Databases and logins cannot be made within a transaction.
        url = self.url.set(database=database)
        return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def _run(self, database: str, *statements: str) -> None:
        with self._engine(database).connect() as connection:
            for statement in statements:
                if not (self.stands_in and "GRANT CREATE TABLE" in statement):
                    connection.exec_driver_sql(statement)
