"""What all operators share: the source, its connections, and where landing is."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.exceptions import AirflowNotFoundException

from landfall.errors import LandfallError, Misconfigured, RateLimited
from landfall.pipeline import Extraction, Pipeline, prove_identity
from landfall.privacy import Policy, Privacy
from landfall.resources import Source
from landfall.sources import source
from landfall.stage.load import Staged
from landfall.warehouse import Warehouse, connect
from landfall.warehouse.address import mssql_url, postgres_url

PLAN = "plan"
"""Task id of the plan; its XCom says which tables run, and how."""
WRAP_UP = "wrap_up"
"""Task id of the run's last task."""
LONGEST_WAIT = timedelta(hours=6)
"""A vendor that asks to wait longer than this is treated as unavailable."""


class LandfallOperator(BaseOperator):
    """Base of the operators that work on one source.

    :param source: name of a declared source.
    :param privacy: what becomes of personal values on their way into the warehouse.
    """

    ui_color = "#e8f4ef"

    def __init__(self, *, source: str, privacy: Policy = "keep", **options: Any) -> None:
        options.setdefault("doc_md", inspect.getdoc(type(self)))
        super().__init__(**options)
        self.source = source
        self.privacy = privacy

    @property
    def declared(self) -> Source:
        """The source's declaration."""
        return source(self.source)

    def hook(self, path: str = "") -> Any:
        """The source's hook, or another one by its import path, on the source's connection for it."""
        module, _, name = (path or self.declared.hook).partition(":")
        made = getattr(import_module(module), name)
        return made(self.declared.conn_id(made.default_conn_name))

    def warehouse(self) -> Warehouse:
        """The warehouse of this source: connection `<source>_warehouse`, else `landfall_warehouse`."""
        return warehouse_of(self.source)

    def pipeline(self, resource: str, context: Any) -> Pipeline:
        """One resource of the run that `context` belongs to."""
        return Pipeline(
            source=self.declared,
            resource=self.declared.resource(resource),
            warehouse=self.warehouse(),
            landing=landing_root(),
            folder=landing_folder,
            run_id=context["run_id"],
            privacy=privacy_of(self.source, self.privacy),
        )

    def prove_identity(self, context: Any, api: Any, path: str = "") -> dict[str, LandfallError]:
        """Whether this hook opens the same company's data as before, or the run consents to another's.

        :param path: the hook's import path where it is not the source's own.
        :returns: what is wrong with single accounts; they are not to be read.
        :raises Misconfigured: no account does; names both.
        """
        params = context["params"]
        accept, keep = bool(params.get("accept_identity")), not params.get("dry_run")
        return prove_identity(self.warehouse(), self.declared, api, path=path, accept=accept, keep=keep)

    def resume(self, context: Any, event: Any = None) -> Any:
        """Begin again after the vendor's waiting time."""
        return self.execute(context)

    def unless_limited(self, work: Callable[[], Any]) -> Any:
        """What `work` returns; a long Retry-After is waited for in the triggerer, then the task begins again.

        :raises RateLimited: the vendor asks to wait longer than `LONGEST_WAIT`.
        """
        try:
            return work()
        except RateLimited as error:
            if error.retry_after > LONGEST_WAIT.total_seconds():
                raise
            self.log.warning("%s", error)
            wait = TimeDeltaTrigger(timedelta(seconds=error.retry_after + 1))
            self.defer(trigger=wait, method_name="resume")


class ResourceOperator(LandfallOperator):
    """Base of the operators that do one step of one resource's load; the steps are tasks of one task group.

    :param resource: name of a resource of the source.
    """

    def __init__(self, *, resource: str, **options: Any) -> None:
        super().__init__(**options)
        self.resource = resource

    def sibling(self, step: str) -> str:
        """Task id of another step of the same load."""
        return ".".join([*self.task_id.split(".")[:-1], step])

    def extraction(self, context: Any) -> Extraction:
        """What the extract step returned."""
        return msgspec.convert(self._pull(context, "extract"), Extraction)

    def staged(self, context: Any) -> Staged:
        """What the load step returned."""
        return msgspec.convert(self._pull(context, "load"), Staged)

    def _pull(self, context: Any, step: str) -> Any:
        pulled = context["ti"].xcom_pull(task_ids=self.sibling(step))
        if pulled is None:
            raise Misconfigured(
                f"{self.source}.{self.resource}: there is no result of {self.sibling(step)} in this run",
                todo=f"Clear {self.sibling('extract')} with its downstream tasks.",
            )
        return pulled


def warehouse_of(source_name: str) -> Warehouse:
    """The warehouse of a source, by its Airflow connection.

    :raises Misconfigured: neither connection exists, it is of another kind, or it holds a setting of no use.
    """
    names = (f"{source_name}_warehouse", "landfall_warehouse")
    for name in names:
        try:
            connection = BaseHook.get_connection(name)
        except AirflowNotFoundException:
            continue
        if connection.conn_type in ("postgres", "postgresql"):
            return _connected(postgres_url(connection, _token), name)
        if connection.conn_type == "mssql":
            return _connected(mssql_url(connection), name)
        if connection.conn_type == "lakehouse":
            return _lake(connection, name)
        raise Misconfigured(
            f"connection {name} is of type {connection.conn_type}",
            todo="Make it a Postgres, a Microsoft SQL Server or a Lakehouse connection.",
        )
    raise Misconfigured(
        f"there is no warehouse connection for {source_name}",
        todo=f"Add a Postgres, Microsoft SQL Server or Lakehouse connection called {names[0]} or {names[1]} "
        "(Admin → Connections).",
    )


def _token(connection: Any) -> tuple[str, str, int]:
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    return PostgresHook(connection.conn_id).get_iam_token(connection)


@lru_cache(maxsize=8)
def _connected(url: Any, conn_id: str) -> Warehouse:
    """One warehouse for all that a process does with it, and so one connection."""
    return connect(url, conn_id)


def _lake(connection: Any, conn_id: str) -> Any:
    from landfall.hooks.lakehouse import needed

    needed()
    from landfall.warehouse.lake.address import endpoint_of, house_of
    from landfall.warehouse.lake.engine import Lake

    return Lake(house_of(connection), conn_id, endpoint_of(connection))


def privacy_of(source_name: str, policy: Policy) -> Privacy:
    """A source's policy with its key: the password of connection `<source>_privacy`, else `landfall_privacy`.

    :raises Misconfigured: the key is too short.
    """
    for name in (f"{source_name}_privacy", "landfall_privacy") if policy != "keep" else ():
        try:
            return Privacy(policy, BaseHook.get_connection(name).password or "")
        except AirflowNotFoundException:
            continue
    return Privacy(policy)


def landing_root() -> str:
    """URI of landing: `LANDFALL_LANDING`, else a folder below AIRFLOW_HOME."""
    given = os.environ.get("LANDFALL_LANDING", "").rstrip("/")
    if not given:
        return (Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "landing").as_uri()
    return given if "://" in given else Path(given).absolute().as_uri()


def landing_folder(uri: str) -> Any:
    """The `pathlib`-like path of a landing URI: a local path, or an object store's."""
    if uri.startswith("file://"):
        return Path(unquote(urlsplit(uri).path))
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(uri)
