"""The T-SQL that a step sends, recorded from a server that accepts everything and holds nothing.

It stands in for SQL Server where only the text of statements matters; what they do is tested against a real one.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa


class _Cursor:
    description = (("answer", int, None, None, None, None, None),)
    rowcount = 0

    def __init__(self, statements: list[str]) -> None:
        self._statements = statements
        self._left: list[tuple[int]] = []

    def execute(self, statement: str, parameters: Any = ()) -> None:
        self._statements.append(statement)
        self._left = [(0,)]

    def fetchone(self) -> tuple[int] | None:
        return self._left.pop() if self._left else None

    def fetchall(self) -> list[tuple[int]]:
        left, self._left = self._left, []
        return left

    def fetchmany(self, size: int | None = None) -> list[tuple[int]]:
        return self.fetchall()

    def setinputsizes(self, sizes: Any) -> None: ...

    def close(self) -> None: ...


class _Connection:
    autocommit = False

    def __init__(self, statements: list[str]) -> None:
        self._statements = statements

    def cursor(self) -> _Cursor:
        return _Cursor(self._statements)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def recording_engine() -> tuple[sa.Engine, list[str]]:
    """A SQLAlchemy engine for SQL Server, and the list its statements go to."""
    statements: list[str] = []
    driver = SimpleNamespace(
        paramstyle="qmark",
        __version__="1.16.0",
        Error=OSError,
        ProgrammingError=OSError,
        InterfaceError=OSError,
        pooling=lambda enabled: None,
        connect=lambda *_, **__: _Connection(statements),
    )
    engine = sa.create_engine("mssql+mssqlpython://nobody@nowhere/warehouse", module=driver)
    engine.dialect.server_version_info = (15, 0, 2000, 5)
    engine.dialect.initialize = lambda connection: None  # type: ignore[method-assign]  # asks the server about itself
    return engine, statements
