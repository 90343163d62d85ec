"""Declarations: a source is a list of resources, each a record with a way to read it and a way to write it.

>>> Resource("customers", Customer, read=Changelog(), write=Upsert(deletes="hard"))
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Literal, Protocol

from landfall import __version__
from landfall.checks import Check
from landfall.errors import Misconfigured
from landfall.landing import Leftovers
from landfall.models import View
from landfall.names import check_distinct, check_schema
from landfall.reads import Export, Read, Since, Stored
from landfall.records import Layer, Record, TableSpec, spec
from landfall.rows import Note, Row
from landfall.scope import Fuse, Scope
from landfall.stage.elements import Accept, OddElement
from landfall.stage.rows import RecordDecoder, Rows


class Decoder(Protocol):
    """Turns one landed record into rows; `landfall.stage.rows.RecordDecoder` is the usual one."""

    unknown: set[str]
    notes: list[Note]

    def rows(self, line: bytes, seq: int) -> Rows: ...
    def apart(self, line: bytes, seq: int, accept: Accept) -> tuple[Rows, list[OddElement]]: ...
    def readable(self, line: bytes, names: Sequence[str]) -> Row: ...


@dataclasses.dataclass(frozen=True)
class Upsert:
    """Insert and update what was read; delete what the vendor reports as deleted.

    :param deletes: `hard` removes the rows, `soft` sets `_deleted_at`, `ignore` leaves them.
    :param keep_children: whether child rows stay with a row that is deleted softly; else only the row itself stays.
    """

    deletes: Literal["hard", "soft", "ignore"] = "hard"
    keep_children: bool = True


@dataclasses.dataclass(frozen=True)
class Replace:
    """The table becomes what a proved complete read holds; what vanished is removed."""


@dataclasses.dataclass(frozen=True)
class ReplaceWindow:
    """The rows whose `column` lies in the window that was read become what the read holds.

    :param column: a date or datetime column of the record.
    """

    column: str


Write = Upsert | Replace | ReplaceWindow
FEW = 20
"""Rejected records that do not fail a load by their share of it; one change that cannot be read is all of a small
incremental load."""
Parse = Callable[[BinaryIO, dict[str, Any]], Iterable[bytes]]
Reshape = Callable[[Iterable[bytes]], Iterator[bytes]]
Due = Literal["regular", "full"]


class Unshaped(bytes):
    """A landed line that could not be reshaped."""


def each(reshape: Callable[[bytes], Iterable[bytes]]) -> Reshape:
    """Reshape line by line. A line that `reshape` cannot take is handed on as it came, to be set aside."""

    def lines(landed: Iterable[bytes]) -> Iterator[bytes]:
        for line in landed:
            try:
                records = list(reshape(line))
            except Exception:  # whatever shape it has that nobody has foreseen, it costs itself
                records = [Unshaped(line)]
            yield from records

    return lines


@dataclasses.dataclass(frozen=True)
class Resource:
    """One collection of a source; feeds one table and its child tables.

    :param name: names the task group; also the table unless the record says otherwise.
    :param record: the class that declares the table.
    :param read: how the collection is enumerated.
    :param write: how staged rows meet the table.
    :param checks: checks beside those that the record implies.
    :param hook: import path of the hook it is read with, where that is another than the source's.
    :param due: in which scheduled runs it takes part without being named. None: in both, or in full runs only where it
        cannot be read incrementally. Empty: in none.
    :param reshape: landed lines in, one JSON text a record out, where a landed line is not a record.
    :param parse: for downloaded files: file and facts in, one JSON text a record out.
    :param decoder: makes rows of landed records, given the table and the load id.
    :param load: import path of the operator that loads it, `module:Class`; empty for `LoadOperator`.
    :param flag: the column that is true of a record which the vendor lists although it is deleted. Its row stays, for
        the models to leave out; where rows are delivered elsewhere (`landfall.fivetran`) it is delivered as deleted.
    :param stored: how its records are read again from its own table, for runs with the parameter `reprocess`.
    :param fuse: how much inference may remove.
    :param most_rejected: share of the records, 0 to 1, that may go to quarantine before the load fails.
    """

    name: str
    record: type[Record]
    read: Read | Export
    write: Write
    checks: tuple[Check, ...] = ()
    hook: str = ""
    due: tuple[Due, ...] | None = None
    reshape: Reshape | None = None
    parse: Parse | None = None
    decoder: Callable[[TableSpec, str], Decoder] = RecordDecoder
    load: str = ""
    flag: str = ""
    stored: Stored | None = None
    fuse: Fuse = dataclasses.field(default_factory=Fuse)
    most_rejected: float = 0.05

    @property
    def table(self) -> TableSpec:
        """The table its record declares."""
        table = spec(self.record)  # type: ignore[arg-type]  # a class is hashable, whatever its instances are
        if not (isinstance(self.write, Upsert) and self.write.deletes == "soft"):
            return table
        return dataclasses.replace(table, soft_delete=True, keep_children=self.write.keep_children)

    def landed(self, api: Any) -> dict[str, Any]:
        """What a `LandingWriter` is told of this resource. :param api: the hook that reads it."""
        return {
            "resource": self.name,
            "forbidden": self.table.forbidden,
            "zone": getattr(api, "zone", ""),
        }

    def leftovers(self, landings: Any, api: Any) -> Leftovers:
        """What was landed of it and is in no manifest.

        :param landings: folder of its landings.
        :param api: the hook that reads it.
        """
        terms = json.dumps([__version__, self.landed(api)], default=str)
        return Leftovers(landings, hashlib.sha256(terms.encode()).hexdigest()[:16])

    def is_due(self, *runs: Due) -> bool:
        """Whether it takes part in any of these runs without being named."""
        derived: tuple[Due, ...] = ("regular", "full") if self.read.incremental else ("full",)
        due = derived if self.due is None else self.due
        return any(run in due for run in runs)

    @property
    def deletes(self) -> bool:
        """Whether what the vendor deleted is deleted here, softly or not."""
        return not isinstance(self.write, Upsert) or self.write.deletes != "ignore"

    def most(self, fetched: int, parts: int = 0) -> float:
        """How many of so many records may be rejected; of several parts together, what each may by itself."""
        share = self.most_rejected * fetched
        return FEW * parts + share if parts > 1 else max(FEW, share)

    @property
    def window(self) -> str:
        """The column by which its table is replaced in windows, if any."""
        return getattr(self.write, "column", "")

    def scope(self, read: Scope) -> Scope:
        """What a load may infer as deleted, given what its read proved."""
        return read if self.deletes else Scope.NOTHING


@dataclasses.dataclass(frozen=True)
class Source:
    """One vendor: one DAG, one schema in the warehouse, or one for each of its layers.

    :param name: one word; DAG id and schema.
    :param hook: import path of its Airflow hook, `module:Class`, so that this module needs no Airflow.
    :param resources: in the order in which they should run.
    :param layers: where its tables lie, in the order in which they are made; none where it has one schema.
    :param models: tables made of others (`landfall.models`), each after those that it reads.
    :param views: what is made of tables where it is read, and has no task.
    :param reports: tables that no resource fills, such as a report of its runs.
    :param judged: import path of what judges its health by figures of its own, `module:function`
        (`landfall.health.look.Judged`); empty: the ledger's figures do.
    :param single: it cannot be loaded for several companies.
    :param of: of an instance, the name of the source that it is one of: what lies in the project by a source's name
        (SQL files, documentation) lies there by this one.
    :param connection: of an instance, the id of the vendor's connection.
    :raises Misconfigured: its name, or two tables' names, cannot be.
    """

    name: str
    title: str
    hook: str
    resources: tuple[Resource, ...]
    reports: tuple[TableSpec, ...] = ()
    layers: tuple[Layer, ...] = ()
    models: tuple[Resource, ...] = ()
    views: tuple[View, ...] = ()
    judged: str = ""
    single: bool = False
    of: str = ""
    connection: str = ""

    def __post_init__(self) -> None:
        for schema in self.schemas.values():
            check_schema(schema)
        check_distinct(self.name, (table.name for table in self.tables))
        for schema in self.schemas:  # a view may have the name of a table in another one
            lie_there = (
                t for t in (*self.tables, *(v.table for v in self.views)) if self.schema_of(t) == schema
            )
            check_distinct(self.name, (table.name for table in lie_there))

    @property
    def kind(self) -> str:
        """The source that it is, whichever company's: the name by which the project's files call it."""
        return self.of or self.name

    def instance(self, company: str, *, title: str = "", connection: str = "") -> Source:
        """The same source for one company: another DAG, schema and connection, and ledger rows of its own.

        :param company: one word, which ends its name.
        :param connection: id of the vendor's connection; by default as the hook's own, with the company's name.
        :raises Misconfigured: it cannot be loaded for several, or its name cannot be one.
        """
        if self.single or self.layers:
            raise Misconfigured(
                f"{self.title} cannot be loaded for several companies yet",
                todo="Take the entry out of the file.",
            )
        return dataclasses.replace(
            self,
            name=f"{self.name}_{company}",
            title=f"{self.title} of {title or company}",
            of=self.name,
            connection=connection,
        )

    def conn_id(self, default: str) -> str:
        """The connection that a hook reads by. :param default: the hook's own id for it."""
        if not self.of:
            return default
        company = self.name.removeprefix(f"{self.of}_")
        return self.connection or f"{default.removesuffix('_default')}_{company}"

    @property
    def tables(self) -> list[TableSpec]:
        """Every table of its schemas, parents before their children."""
        made = [*self.resources, *self.models]
        return [*(table for resource in made for table in resource.table.family()), *self.reports]

    @property
    def schemas(self) -> dict[str, str]:
        """Its schemas as they are called in SQL files, each with its name in the warehouse."""
        return {self.kind: self.name} | {layer.name: layer.schema for layer in self.layers}

    def schema_of(self, table: TableSpec) -> str:
        """The schema in which a table lies, as SQL files call it."""
        return table.layer.name if table.layer else self.kind

    def place(self, table: TableSpec) -> str:
        """The schema in which a table lies, by its name in the warehouse."""
        return table.layer.schema if table.layer else self.name

    @property
    def published(self) -> list[TableSpec]:
        """The tables that are published by themselves: a resource's or a model's own, and no child tables."""
        return [made.table for made in (*self.resources, *self.models)]

    @property
    def stored(self) -> bool:
        """Whether some resource can be read again from its own table."""
        return any(resource.stored for resource in self.resources)

    @property
    def looks_back(self) -> bool:
        """Whether some resource is read again for some time back."""
        return any(isinstance(resource.read, Since) for resource in self.resources)

    def resource(self, name: str) -> Resource:
        """The resource, or the model, called `name`.

        :raises Misconfigured: there is none; the message lists those there are.
        """
        for resource in (*self.resources, *self.models):
            if resource.name == name:
                return resource
        known = ", ".join(r.name for r in self.resources)
        raise Misconfigured(f"{self.name} has no table {name!r}", todo=f"Choose from: {known}.")
