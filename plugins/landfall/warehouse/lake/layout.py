"""Where a lake's tables lie: `<root>/Tables/<schema>/<table>`, in a folder, on S3, or in OneLake.

That is where a schema-enabled lakehouse of Microsoft Fabric looks for them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from landfall.errors import Misconfigured

ONELAKE_HOST = "onelake.dfs.fabric.microsoft.com"
RACERS, RACES = 6, 3
"""Who write at the same time to find a store out, since whoever comes later asks for the last commit first."""
_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


@dataclasses.dataclass(frozen=True)
class Lakehouse:
    """A place for Delta tables.

    :param root: a folder's absolute path, `s3://bucket/prefix` or `abfss://…`.
    :param options: of the object store, credentials among them.
    :param bulk_deletes: whether the store deletes many files with one request. OneLake does not: what deltalake would
        send there fails, after a commit went in.
    :param conn_id: id of the Airflow connection that it came of, for messages; empty where it came of none.
    """

    root: str
    options: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    bulk_deletes: bool = True
    conn_id: str = ""

    @classmethod
    def folder(cls, path: str | Path) -> Lakehouse:
        """Of a folder on this machine, or one that all workers mount."""
        return cls(str(Path(path).absolute()))

    @classmethod
    def s3(cls, uri: str, **options: str) -> Lakehouse:
        """Of a bucket on S3, or on what speaks its protocol.

        :param options: of deltalake, such as `aws_access_key_id`, `aws_region`, `aws_endpoint_url`.
        """
        return cls(uri.rstrip("/"), dict(options))

    @classmethod
    def onelake(
        cls,
        workspace: str,
        lakehouse: str,
        *,
        tenant_id: str,
        client_id: str,
        client_secret: str,
        **options: str,
    ) -> Lakehouse:
        """Of a lakehouse in Fabric, entered by a service principal.

        :param workspace, lakehouse: both names, or both ids.
        :param options: `azure_authority_host` and `azure_endpoint` name a stand-in's login and store.
        """
        ids = [bool(_GUID.match(each)) for each in (workspace, lakehouse)]
        if ids[0] != ids[1]:
            raise Misconfigured(
                "OneLake takes a workspace and a lakehouse both by name or both by id",
                todo="Give the two names, or the two ids from the lakehouse's address in the browser.",
            )
        item = lakehouse if ids[1] else f"{lakehouse.removesuffix('.Lakehouse')}.Lakehouse"
        login = {
            "azure_tenant_id": tenant_id,
            "azure_client_id": client_id,
            "azure_client_secret": client_secret,
        }
        return cls(f"abfss://{workspace}@{ONELAKE_HOST}/{item}", {**login, **options}, bulk_deletes=False)

    @property
    def local(self) -> bool:
        """Whether it is a folder."""
        return "://" not in self.root

    @property
    def place(self) -> str:
        """The lake as messages name it."""
        at = f"the lakehouse at {self.root}"
        return f"connection {self.conn_id}: {at}" if self.conn_id else at

    def schema(self, schema: str) -> str:
        """Where the tables of a schema lie."""
        return f"{self.root}/Tables/{schema}"

    def table(self, schema: str, table: str) -> str:
        """Where a table lies."""
        return f"{self.schema(schema)}/{table}"

    def files(self, uri: str) -> Any:
        """What deltalake offers for plain files under `uri`, with the paths relative to it."""
        from deltalake.fs import DeltaStorageHandler

        return DeltaStorageHandler(uri, self.options)

    def probe(self) -> None:
        """Prove that the store is written to, listed and deleted from, and that of several who write the same commit
        one passes.

        :raises Misconfigured: two writers could overwrite each other's commit here.
        """
        import pyarrow as pa
        from deltalake import CommitProperties, DeltaTable, write_deltalake
        from deltalake.exceptions import DeltaError

        name = f"probe_{secrets.token_hex(6)}"
        uri, row = self.table("landfall_stage", name), pa.table({"probe": [1]})
        once = CommitProperties(max_commit_retries=0)

        def writes(table: DeltaTable) -> bool:
            start.wait()
            try:
                write_deltalake(table, row, mode="append", commit_properties=once)
            except (DeltaError, OSError):
                return False
            return True

        start = threading.Barrier(RACERS)
        try:
            write_deltalake(uri, row, storage_options=self.options)
            for _ in range(RACES):
                tables = [DeltaTable(uri, storage_options=self.options) for _ in range(RACERS)]
                with ThreadPoolExecutor(RACERS) as pool:
                    passed = sum(pool.map(writes, tables))
                if passed > 1:
                    raise Misconfigured(
                        "the lake's object store writes over a file that it was told to create only",
                        todo="Use a store that honours If-None-Match: S3, MinIO, Azure, OneLake, or a folder.",
                    )
        except Exception:
            with contextlib.suppress(Exception):  # what went wrong first is what is told
                self.drop("landfall_stage", name)
            raise
        self.drop("landfall_stage", name)
        if name in self.names("landfall_stage"):
            raise Misconfigured(
                "what is deleted in the lake stays there", todo="Give the right to delete below Tables/."
            )

    def names(self, schema: str) -> list[str]:
        """The tables of a schema, and what else lies there."""
        if self.local:
            folder = Path(self.schema(schema))
            return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
        from pyarrow import fs

        selector = fs.FileSelector("", allow_not_found=True, recursive=False)
        found = fs.PyFileSystem(self.files(self.schema(schema))).get_file_info(selector)
        return sorted(info.path.strip("/") for info in found if info.type is fs.FileType.Directory)

    def drop(self, schema: str, table: str) -> None:
        """Delete a table with its files; nothing where there is none."""
        if self.local:
            import shutil

            shutil.rmtree(self.table(schema, table), ignore_errors=True)
            return
        if not self.bulk_deletes:
            from landfall.warehouse.lake.onelake import delete_folder

            delete_folder(self.table(schema, table), self.options)
            return
        from pyarrow import fs

        files = self.files(self.table(schema, table))
        selector = fs.FileSelector("", allow_not_found=True, recursive=True)
        for info in fs.PyFileSystem(files).get_file_info(selector):
            if info.type is fs.FileType.File:
                files.delete_file(info.path)
