"""What OpenLineage is told of a publish, where its provider is installed: whence, whereto, how many rows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook
from sqlalchemy.dialects import postgresql

from landfall.models import Made, Select
from landfall.operators.base import ResourceOperator
from landfall.pipeline.facts import Published
from landfall.records import TableSpec
from landfall.warehouse.tables import sql_type

log = logging.getLogger(__name__)


class LineageOperator(ResourceOperator):
    """Base of the operators that publish; what they tell OpenLineage never fails a task."""

    _lineage: Any = None

    def keep_lineage(self, result: Published) -> None:
        """Note what a publish is to tell: OpenLineage asks when the task is over and nothing can be looked up."""
        if result.dry_run or result.overtaken or find_spec("airflow.providers.openlineage") is None:
            return
        try:
            self._lineage = _lineage(self, result)
        except Exception as error:
            log.warning(
                "%s: OpenLineage is told nothing of this publish: %s", self.task_id, type(error).__name__
            )

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Called by OpenLineage's provider; None where there is nothing to tell."""
        return self._lineage


def _lineage(operator: LineageOperator, result: Published) -> Any:
    from airflow.providers.openlineage.extractors import OperatorLineage

    resource = operator.declared.resource(operator.resource)
    made = resource.read if isinstance(resource.read, Select | Made) else None
    return OperatorLineage(
        inputs=_read(operator, made) if made else [_api(operator, resource.hook)],
        outputs=[_written(operator, table, result) for table in resource.table.family()],
    )


def _api(operator: LineageOperator, path: str) -> Any:
    """The collection that a resource reads, by the API's address."""
    from openlineage.client.event_v2 import InputDataset

    module, _, name = (path or operator.declared.hook).partition(":")
    conn_id = operator.declared.conn_id(getattr(import_module(module), name).default_conn_name)
    host = BaseHook.get_connection(conn_id).host or operator.declared.kind
    address = urlsplit(host if "://" in host else f"https://{host}")
    return InputDataset(f"{address.scheme}://{address.netloc.rpartition('@')[2]}", operator.resource)


def _read(operator: LineageOperator, made: Select | Made) -> list[Any]:
    """The tables that a model reads."""
    from openlineage.client.event_v2 import InputDataset

    tables = {table.name: table for table in operator.declared.tables}
    found: Iterable[str] = made.reads(operator.declared.kind)
    return [InputDataset(*_place(operator, tables[name])) for name in found if name in tables]


def _written(operator: LineageOperator, table: TableSpec, result: Published) -> Any:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.generated.output_statistics_output_dataset import (
        OutputStatisticsOutputDatasetFacet,
    )
    from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields

    told = result.tables.get(table.name, result)
    fields = [
        SchemaDatasetFacetFields(
            column.name,
            str(sql_type(column, indexed=False).compile(dialect=postgresql.dialect())),
            column.doc,
        )
        for column in table.columns
    ]
    rows = OutputStatisticsOutputDatasetFacet(rowCount=told.inserted + told.updated)
    return OutputDataset(
        *_place(operator, table),
        facets={"schema": SchemaDatasetFacet(fields=fields)},
        outputFacets={"outputStatistics": rows},
    )


def _place(operator: LineageOperator, table: TableSpec) -> tuple[str, str]:
    """Namespace and name of a table of the warehouse, as OpenLineage's conventions have them."""
    warehouse: Any = operator.warehouse()
    schema = operator.declared.place(table)
    if hasattr(warehouse, "house"):
        address = urlsplit(warehouse.house.table(schema, table.name))
        where = f"{address.scheme}://{address.netloc}" if address.netloc else "file"
        return where, address.path.lstrip("/") if address.netloc else address.path
    url = warehouse.engine.url
    kind, port = ("postgres", 5432) if url.get_backend_name() == "postgresql" else ("mssql", 1433)
    return f"{kind}://{url.host}:{url.port or port}", f"{url.database}.{schema}.{table.name}"
