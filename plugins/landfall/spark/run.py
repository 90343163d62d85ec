"""The whole pipeline in one call: what the DAG does in tasks, one table after the other, published by Spark."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from landfall import pipeline
from landfall.errors import LandfallError, Misconfigured, TablesFailed
from landfall.pipeline import Pipeline, Published
from landfall.reads import Export, Mode
from landfall.resources import Resource, Source
from landfall.setup import prove
from landfall.sources import source
from landfall.spark.client import EnvironmentHook
from landfall.spark.engine import SMALL, SparkLake
from landfall.spark.places import house_of, landing_of, refresh
from landfall.sql import views

STAGE_KEPT = timedelta(days=2)
_log = logging.getLogger(__name__)


def run_etl_pipeline(
    *,
    spark: Any,
    layers: Sequence[str] = ("bronze", "silver", "gold"),
    mode: str = "incremental",
    lookback_days: int | None = None,
    lake: str = "",
    landing: str = "",
    allow_shrink: bool = False,
    small: int = SMALL,
) -> dict[str, Published | None]:
    """Load ConnectWise into the lake; each table is read, staged, checked and published by itself.

    :param spark: the session; Delta must be enabled in it.
    :param layers: which to make. Without bronze the others are made of what is stored, without asking the vendor.
    :param mode: `full`, or `incremental`: what changed. What was never published is read in full.
    :param lookback_days: in place of each table's own look-back.
    :param lake, landing: where, see `landfall.spark.places`.
    :param allow_shrink: consent to removing more rows than the fuse allows.
    :param small: bytes of files up to which tables are dealt with on the driver, see `SparkLake`.
    :returns: figures by table; None where nothing had changed.
    :raises Misconfigured: a parameter, a place or a key is wrong; nothing was read.
    :raises TablesFailed: some tables failed, the others are published; names them.
    """
    declared = source("connectwise")
    layers = [layers] if isinstance(layers, str) else list(layers)
    how = _validated(declared, layers, mode, lookback_days)
    house = house_of(spark, lake)
    run = _Run(SparkLake(house, spark, small=small), declared, landing_of(house, landing), how)
    run.prepare()
    for resource in declared.resources:
        if _wanted(resource, layers):
            refresh(house)
            run.each(resource, lambda one: run.load(one, lookback_days, allow_shrink))
    for model in declared.models:
        if _wanted(model, layers):
            refresh(house)
            run.each(model, lambda one: one.build(allow_shrink=allow_shrink))
    return run.conclude()


class _Run:
    """One run: where it works, and what became of each table."""

    def __init__(self, lake: SparkLake, declared: Source, landing: str, mode: Mode) -> None:
        self.lake, self.declared, self.landing, self.mode = lake, declared, landing, mode
        self.run_id = f"spark__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
        self.made: dict[str, Published | None] = {}
        self.failed: dict[str, LandfallError] = {}

    def prepare(self) -> None:
        """Prove the lake, bring its tables up to this version, and prove the keys where they are needed."""
        prove(self.lake, self.declared)
        pipeline.ensure_ledger(self.lake)
        pipeline.ensure_source(self.lake, self.declared)
        self.lake.drop_stages_before(f"{datetime.now(UTC) - STAGE_KEPT:%Y%m%dT%H%M%S}")
        if not self.mode.stored:
            with _api() as api:
                pipeline.prove_identity(self.lake, self.declared, api)

    def each(self, resource: Resource, work: Callable[[Pipeline], Published | None]) -> None:
        """Do one table's work; one that fails leaves the others alone."""
        one = Pipeline(self.declared, resource, self.lake, self.landing, _folder, self.run_id)
        try:
            made = work(one)
        except LandfallError as error:
            _log.error("%s: %s", one.name, error)
            self.failed[resource.name] = error
            return
        self.made[resource.name] = made
        if made:
            told = (made.inserted, made.updated, made.unchanged, made.deleted, made.rows)
            _log.info("%s: %s inserted, %s updated, %s unchanged, %s deleted; %s rows", one.name, *told)

    def load(self, one: Pipeline, lookback_days: int | None, allow_shrink: bool) -> Published | None:
        """The four steps of one resource; None where nothing changed."""
        read = one.resource.read
        assert not isinstance(read, Export)
        if self.mode.stored and not one.resource.stored:
            return None
        mode = self.mode if one.state().version or self.mode.stored else Mode.FULL
        reads = one.resource.stored.read if mode.stored and one.resource.stored else read.read
        lookback = None if lookback_days is None else timedelta(days=lookback_days)
        with contextlib.nullcontext() if mode.stored else _api() as api:
            extraction = one.extract(one.request(api, mode, lookback=lookback), reads)
        if not extraction.changed:
            return None
        try:
            staged = one.load(extraction)
            one.check(extraction, staged)
            return one.publish(extraction, staged, allow_shrink=allow_shrink)
        finally:
            one.clean_up([extraction.load_id])

    def conclude(self) -> dict[str, Published | None]:
        """:raises TablesFailed: some did."""
        self.lake.conclude(views(self.declared))
        if self.failed:
            told = "; ".join(f"{name}: {error.message}" for name, error in self.failed.items())
            raise TablesFailed(
                f"connectwise: {len(self.failed)} of {len(self.failed) + len(self.made)} tables failed: {told}",
                todo=next(iter(self.failed.values())).todo,
            )
        return self.made


def _validated(declared: Source, layers: Sequence[str], mode: str, lookback_days: int | None) -> Mode:
    known = [layer.name for layer in declared.layers]
    if not layers or set(layers) - set(known):
        raise Misconfigured(f"layers is {layers}", todo=f"Give some of {', '.join(known)}.")
    if mode not in ("full", "incremental"):
        raise Misconfigured(f"mode is {mode!r}", todo="Give full or incremental.")
    if lookback_days is not None and (type(lookback_days) is not int or not 0 <= lookback_days <= 36_500):
        raise Misconfigured("lookback_days is no number of days", todo="Give a whole number, such as 7.")
    return Mode(mode) if known[0] in layers else Mode.REPROCESS


def _wanted(resource: Resource, layers: Sequence[str]) -> bool:
    return any(table.layer is not None and table.layer.name in layers for table in resource.table.family())


@contextlib.contextmanager
def _api() -> Iterator[EnvironmentHook]:
    with contextlib.closing(EnvironmentHook()) as api:
        yield api


def _folder(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))
