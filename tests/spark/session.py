"""A real Spark with real Delta, small and quick to start; or Sail, where an environment has that."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from tests.spark import sail

SAIL = importlib.util.find_spec("pysail") is not None
NO_PUBLISH = "of a session's settings Sail takes neither what a commit says nor its number"
JARS = "LANDFALL_SPARK_JARS"
"""The folder of Delta's jars."""
MEANT_OTHERWISE = {"spark.sql.session.timeZone": "America/New_York", "spark.sql.ansi.enabled": "false"}


def session(warehouse: Path) -> Any:
    """A session in another zone than UTC and without ANSI: neither may matter.

    :param warehouse: a folder for tables without a place of their own.
    """
    from pyspark.sql import SparkSession

    if SAIL:
        made = SparkSession.builder.remote(sail.started()).getOrCreate()
        for name, value in MEANT_OTHERWISE.items():
            made.conf.set(name, value)
        return made
    # Its workers would else take the system's Python.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    jars = sorted(str(path) for path in Path(os.environ[JARS]).glob("*.jar"))
    settings = {
        "spark.jars": ",".join(jars),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=Asia/Tokyo",
        "spark.driver.memory": "1g",
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.databricks.delta.snapshotPartitions": "1",
        # To compile each query costs more than to run it over a few rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.databricks.delta.writeChecksumFile.enabled": "false",
        **MEANT_OTHERWISE,
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made
