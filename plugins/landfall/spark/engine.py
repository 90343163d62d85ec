"""The lake, worked on by Spark: what is large runs on the cluster, what is small in this process, sooner and for less.

It is the same lake: what one of the two engines wrote, the other reads and goes on with. A commit of Spark's takes one
number, and a table's state is several; so the record of the commit says them first, and a commit without rows follows
that keeps them for good. Who dies in between has published, and whoever looks next writes what is missing.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import sqlalchemy as sa
from deltalake import DeltaTable, Schema

from landfall.errors import PublishConflict
from landfall.spark.failures import told
from landfall.spark.frames import Frame, Frames, arrow_of, sql_type_of
from landfall.spark.words import understood
from landfall.warehouse.lake.changes import DELETE, INSERT, OP, Changes, first_load
from landfall.warehouse.lake.commits import MARK, SPARK
from landfall.warehouse.lake.engine import Lake
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.publish import Publication
from landfall.warehouse.lake.schema import arrow_schema
from landfall.warehouse.lake.snapshot import Query, Snapshot
from landfall.warehouse.lake.staging import Staging
from landfall.warehouse.lake.words import Name, compiled, rendered

SMALL = 64 * 2**20
"""Bytes of files that are dealt with here sooner than a cluster would have begun."""
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_APP, _VERSION = "spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion"


class SparkLake(Lake):
    """A lake whose work is done by a session of Spark.

    :param house: where its tables lie; Spark and this process must both reach it.
    :param small: bytes of files up to which tables are asked, merged and made in this process; -1: none are.
    """

    def __init__(self, house: Lakehouse, spark: Any, conn_id: str = "", small: int = SMALL) -> None:
        super().__init__(house, conn_id)
        self.snapshot = functools.partial(SparkSnapshot, spark=spark, small=small)
        self.staging = functools.partial(SparkStaging, snapshot=self.snapshot)
        self.publication = SparkPublication


class SparkSnapshot(Snapshot):
    """A view of a lake that stands still, whose larger questions Spark answers."""

    def __init__(self, house: Lakehouse, *, spark: Any, small: int = SMALL) -> None:
        super().__init__(house)
        self.spark, self._small = spark, small
        self._frames = Frames(spark, self._read)

    def frame(self, query: Query) -> Frame:
        """The rows of a query as a frame."""
        return self.frame_of((rendered(query) if isinstance(query, str) else compiled(query))[0])

    def frame_of(self, text: str) -> Frame:
        """The same of a text in the lake's own words."""
        return self._frames.frame(text)

    def stream_of(self, text: str, used: Iterable[Name]) -> pa.RecordBatchReader:
        used = list(used)
        if self.is_small(used):
            return super().stream_of(text, used)
        with told(self.house.place), understood(self.spark):
            return arrow_of(self.frame_of(text)).to_reader()

    def is_small(self, used: Iterable[Name]) -> bool:
        """Whether these tables together are dealt with in this process."""
        return sum(self._bytes(*name) for name in used) <= self._small

    def _bytes(self, schema: str, name: str) -> int:
        files = pa.table(self.known(schema, name).get_add_actions(flatten=True))
        return sum(files.column("size_bytes").to_pylist())

    def _read(self, schema: str, name: str) -> Frame:
        """A table in the version that this snapshot holds."""
        version = str(self.known(schema, name).version())
        place = spark_place(self.house.table(schema, name))
        return self.spark.read.format("delta").option("versionAsOf", version).load(place)


class SparkStaging(Staging):
    """The stages of a load; what a model selects, Spark stages."""

    def __init__(
        self, house: Lakehouse, *given: Any, snapshot: Callable[..., SparkSnapshot], **more: Any
    ) -> None:
        self._snapshot = snapshot
        super().__init__(house, *given, **more)

    def read(self) -> SparkSnapshot:
        super().read()
        return self._snapshot(self.house)

    def fill(self, stage: sa.Table, query: Callable[[sa.Table | None], str]) -> None:
        self._changing()
        snapshot = self.read()
        if snapshot.is_small(rendered(query(None))[1]):
            super().fill(stage, query)
            return
        place = spark_place(self.house.table(str(stage.schema), stage.name))
        with told(stage.name), understood(snapshot.spark):
            snapshot.frame(query(None)).write.format("delta").mode("append").save(place)


class SparkPublication(Publication):
    """One resource's tables, about to be published by Spark."""

    snapshot: SparkSnapshot

    def _filled(self, target: sa.Table, stage: sa.Table, staged: int) -> Changes:
        every = first_load(self.snapshot, target, stage, staged)
        if self.snapshot.is_small([_name(stage)]):
            return every
        columns = [stage.c[c.name] if c.name in stage.c else sa.null().label(c.name) for c in target.columns]
        frame = _typed(self.snapshot.frame(sa.select(*columns)), target)
        return SparkChanges(self.snapshot, target, every.counts, staged, frame)

    def _changed(self, target: sa.Table, queries: Sequence[sa.Select[Any]], staged: int) -> Changes:
        spark = self.snapshot.spark
        used = {name for query in queries for name in compiled(query)[1]}
        if self.snapshot.is_small(used):
            return super()._changed(target, queries, staged)
        with told(target.fullname), understood(spark):
            frames = [_typed(self.snapshot.frame(query), target, OP) for query in queries]
            frame = functools.reduce(lambda one, other: one.unionByName(other), frames).persist()
            self._files.callback(frame.unpersist)
            counts = Counter({row[OP]: row["count"] for row in frame.groupBy(OP).count().collect()})
        return SparkChanges(self.snapshot, target, counts, staged, frame)


class SparkChanges(Changes):
    """What a load changes in one table, as a frame that a MERGE brings in."""

    def __init__(
        self, snapshot: SparkSnapshot, target: sa.Table, counts: Counter[str], staged: int, frame: Frame
    ) -> None:
        super().__init__(target, counts, staged, _unread)
        self._snapshot, self._frame = snapshot, frame

    def write(self, table: DeltaTable, given: dict[str, Any]) -> None:
        """Write them into `table`, then the numbers that Spark's commit has no room for.

        :raises PublishConflict: somebody else has committed since.
        """
        said = given["commit_properties"]
        base, uri, numbers = table.version(), table.table_uri, said.app_transactions
        options = self._snapshot.house.options
        if DeltaTable(uri, storage_options=options).version() != base:
            raise PublishConflict("the table was changed by another run meanwhile")
        alone = len(numbers) == 1
        settings = {
            _APP: numbers[0].app_id + ("" if alone else SPARK),
            _VERSION: str(numbers[0].version),
            _METADATA: msgspec.json.encode(said.custom_metadata).decode(),
        }
        with told(self.target.fullname):
            self._bring(spark_place(uri), settings)
        after = DeltaTable(uri, storage_options=options)
        if after.version() != base + 1 or not _is_mine(after, said.custom_metadata[MARK]):
            raise PublishConflict("the table was changed by another run meanwhile")
        if not alone:
            after.create_write_transaction(
                [], "append", Schema.from_arrow(after.schema().to_arrow()), **given
            )

    def _bring(self, place: str, settings: dict[str, str]) -> None:
        spark = self._snapshot.spark
        with understood(spark, settings):
            if set(+self.counts) <= {INSERT}:
                frame = self._frame.drop(OP) if OP in self._frame.columns else self._frame
                frame.write.format("delta").mode("append").save(place)
            else:
                spark.sql(self._merge(place), changes=self._frame)

    def _merge(self, place: str) -> str:
        keys = " AND ".join(f"t.`{c.name}` = s.`{c.name}`" for c in self.target.primary_key)
        names = [c.name for c in self.target.columns]
        values = ", ".join(f"s.`{name}`" for name in names)
        clauses = [f"MERGE INTO delta.`{place}` AS t USING {{changes}} AS s ON {keys}"]
        if self.counts[DELETE]:
            clauses.append(f"WHEN MATCHED AND s.{OP} = '{DELETE}' THEN DELETE")
        if set(+self.counts) - {DELETE}:
            clauses.append("WHEN MATCHED THEN UPDATE SET " + ", ".join(f"t.`{n}` = s.`{n}`" for n in names))
        if self.counts[INSERT]:
            listed = ", ".join(f"`{name}`" for name in names)
            inserts = f"INSERT ({listed}) VALUES ({values})"  # noqa: S608
            clauses.append(f"WHEN NOT MATCHED AND s.{OP} = '{INSERT}' THEN {inserts}")
        return " ".join(clauses)


def spark_place(uri: str) -> str:
    """Where a table lies, as Spark calls it."""
    return "s3a://" + uri.removeprefix("s3://") if uri.startswith("s3://") else uri.rstrip("/")


def _typed(frame: Frame, target: sa.Table, *more: str) -> Frame:
    """A frame in the columns and types of a table, with `more` before them."""
    columns = [
        f"CAST(`{field.name}` AS {sql_type_of(field.type)}) AS `{field.name}`"
        for field in arrow_schema(target)
    ]
    return frame.selectExpr(*(f"`{name}`" for name in more), *columns)


def _name(table: sa.Table) -> Name:
    return str(table.schema), table.name


def _is_mine(table: DeltaTable, mark: str) -> bool:
    (last,) = table.history(1)
    return mark in str(last.get("userMetadata"))


def _unread() -> Any:
    raise NotImplementedError
