"""W13's Spark side: gold's facts and dimensions of the silver tables of a lake, by the same text, on local pyspark.

    .venv-spark/bin/python -m tests.bench.w13_spark LAKE

The tables go to `LAKE/Tables/on_spark`, as Delta tables. What is measured begins when the session is there, since a
cluster's start is not the text's. Needs what `make spark-parts` brings.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"
JARS = ROOT / ".landfall" / "spark-jars"


def there() -> bool:
    """Whether Spark's parts were brought, so that this can be measured."""
    return PYTHON.exists() and any(JARS.glob("*/*.jar")) and shutil.which("java") is not None


def sample(lake: Path) -> Any:
    """Gold of the silver tables of a lake, as a whole process; `gold_seconds` and `gold_cpu` are the text's alone."""
    from tests.bench.measure import run

    return run(
        [PYTHON, "-m", "tests.bench.w13_spark", lake], env={**os.environ, "PYTHONPATH": f"{ROOT}/plugins"}
    )


def session(memory: str = "4g") -> Any:
    """Local Spark on all cores, with Delta."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.jars": ",".join(sorted(str(path) for path in JARS.glob("*/*.jar"))),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
    }
    builder = SparkSession.builder.master("local[*]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def gold(spark: Any, lake: Path) -> dict[str, int]:
    """Make every model's table. :returns: rows by table."""
    from landfall.sources import source
    from landfall.spark.frames import Star

    declared = source("connectwise")
    made = {model.table.name for model in declared.models}
    places = {
        t.name: lake / "Tables" / declared.place(t) / t.name for t in declared.tables if t.name not in made
    }
    known = {
        n: spark.read.format("delta").load(str(p)) for n, p in places.items() if (p / "_delta_log").is_dir()
    }
    rows = {}
    for model in declared.models:
        name = model.table.name
        place = str(lake / "Tables" / "on_spark" / name)
        Star(spark, declared, known).frame(name).write.format("delta").mode("overwrite").save(place)
        # As tables, so that what several models read is not computed for each.
        known[name] = spark.read.format("delta").load(place)
        rows[name] = known[name].count()
    return rows


def main() -> None:
    """Measure, and print one line of JSON."""
    spark = session()
    jvm = spark.sparkContext._gateway.proc.pid
    before = _cpu(jvm) + sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    began = time.perf_counter()
    rows = gold(spark, Path(sys.argv[1]))
    seconds = time.perf_counter() - began
    cpu = _cpu(jvm) + sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - before
    told = {
        "gold_seconds": round(seconds, 2),
        "gold_cpu": round(cpu, 2),
        "rows": rows["fact_timeentry"],
        "rss_mb": _peak_mb(jvm),
    }
    spark.stop()
    print(json.dumps(told))


def _cpu(pid: int) -> float:
    """CPU seconds of a process until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> int:
    peak = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(peak.split()[1]) // 1024


if __name__ == "__main__":
    main()
