"""W13: ConnectWise's gold, all facts and dimensions, of 1,000,000 time entries; and again after 500 of them changed.

    python -m tests.bench.w13_gold URL ROWS       fills silver, which is not measured
    python -m tests.bench.w13_gold URL ROWS gold  makes gold, changes 500 entries, makes gold again

`gold_seconds` is the making alone, `again_seconds` that after the change, `above` how far memory went above what it was
before, in MB; `made` and `written` are the models that were made again, and the rows that were written for it. Where
`make spark-parts` has brought Spark, it makes gold of the same silver by the same text, without checks and ledger.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from landfall.warehouse import FOLDER
from sandbox.postgres import PostgresServer
from tests.bench.measure import Sample, environment, peak_rss_mb, run
from tests.bench.measure import ours as our_program

CHANGED = 500
NOW = datetime(2026, 3, 2, tzinfo=UTC)
COMPANIES, MEMBERS, AGREEMENTS = 2_000, 300, 900
TYPES = ("yÞjónusta", "Tímapottur :", "Innri verkefni", "zRekstrarþjónusta", "Office 365", "Ráðgjöf")
OPTIONS = ("Billable", "DoNotBill", "NoCharge", "NoDefault")
STATUSES = ("Open", "ReadyToBill", "Billed", "BilledAgreement")

Record = dict[str, Any]


def entry(number: int, turn: int = 0) -> Record:
    """A time entry; another `turn` has other hours."""
    began = NOW - timedelta(minutes=number % 700_000)
    agreement = number % (AGREEMENTS + 90)
    return {
        "companyId": number % COMPANIES,
        "companyName": f"Company {number % COMPANIES}",
        "memberId": number % MEMBERS,
        "memberName": f"Member {number % MEMBERS}",
        "agreementId": agreement if agreement < AGREEMENTS else None,
        "agreementType": TYPES[agreement % len(TYPES)],
        "workTypeId": number % 12,
        "workTypeName": f"Type {number % 12}",
        "workRoleId": number % 7,
        "workRoleName": f"Role {number % 7}",
        "departmentId": number % 5,
        "departmentName": f"Department {number % 5}",
        "businessUnitId": number % 5,
        "businessGroupDesc": f"Group {number % 5}",
        "ticketId": number % 90_000,
        "chargeToType": "ServiceTicket",
        "timeStart": began,
        "timeEnd": began + timedelta(minutes=45),
        "actualHours": Decimal(number % 800 + turn).scaleb(-2),
        "hoursBilled": Decimal(number % 800).scaleb(-2),
        "hourlyRate": Decimal(23_800),
        "hourlyCost": Decimal(10_800),
        "extendedInvoiceAmount": Decimal(number % 100_000),
        "billableOption": OPTIONS[number % 4],
        "status": STATUSES[number % 3],
        "invoiceId": number % 5_000 if number % 3 == 0 else None,
        "notes": f"What was done in entry {number}, and for whom it was done, in one sentence.",
        "lastUpdated": began + timedelta(days=turn),
    }


def agreement(number: int) -> Record:
    return {
        "name": f"Agreement {number}",
        "typeId": number % len(TYPES),
        "typeName": TYPES[number % len(TYPES)],
        "companyId": number % COMPANIES,
        "parentAgreementId": number // 4 if number % 4 == 3 else None,
        "customFields": json.dumps([{"id": 1, "caption": "Nr", "value": f"SN-{number}"}]),
    }


def publish(warehouse: Any, name: str, records: Iterable[tuple[int, Record]]) -> None:
    """Publish rows of silver by their ids, as a load that read nothing."""
    from landfall.landing import new_load_id
    from landfall.scope import Fuse, Reach, Scope
    from landfall.sources import source
    from landfall.warehouse.removal import Family

    declared, load_id = source("connectwise"), new_load_id()
    family = Family(declared.resource(name).table, declared.name, load_id, "")
    names = [column.name for column in family.stage.columns]
    own = {
        "_load_id": load_id,
        "_etl_processed_at": NOW,
        "_etl_source": "connectwise",
        "_etl_batch_id": "bench",
    }

    def rows() -> Iterator[tuple[Any, ...]]:
        for place, (row_id, record) in enumerate(records):
            row = {**record, **own, "_seq": place, "id": row_id}
            yield tuple(row.get(column) for column in names)

    with warehouse.stage(family) as stage:
        stage.rows(family.stage, rows())
        stage.finish()
    with warehouse.publishing(declared.name, family, load_id) as publication:
        figures = publication.bring(Reach(Scope.NOTHING), Fuse(), NOW)[family.spec.name]
        told = {one: getattr(figures, one) for one in ("inserted", "updated", "unchanged")}
        about = {"source": declared.name, "resource": name, "run_id": "bench", "mode": "full"}
        none = dict.fromkeys(("deleted", "deduplicated", "quarantined"), 0)
        load = {
            "load_id": load_id,
            "status": "published",
            "published_at": NOW,
            "figures": {},
            **about,
            **none,
            **told,
        }
        state = {"load_id": load_id, "row_count": publication.rows, "updated_at": NOW}
        publication.commit(state, load | {"fetched": sum(told.values())})
    warehouse.drop_stages([load_id])


def fill(url: str, count: int) -> dict[str, Any]:
    """Make the tables, and silver's rows."""
    from landfall.setup import set_up
    from landfall.sources import source
    from landfall.warehouse import connect

    warehouse = connect(url)
    set_up(warehouse, source("connectwise"))
    publish(warehouse, "companies", ((n, {"name": f"Company {n}"}) for n in range(COMPANIES)))
    members = (
        (n, {"firstName": "Member", "lastName": f"{n}", "hourlyCost": Decimal(9_000 + n)})
        for n in range(MEMBERS)
    )
    publish(warehouse, "members", members)
    publish(warehouse, "agreements", ((n, agreement(n)) for n in range(AGREEMENTS)))
    publish(warehouse, "agreement_types", ((n, {"name": name}) for n, name in enumerate(TYPES)))
    publish(warehouse, "time_entries", ((n, entry(n)) for n in range(count)))
    return {}


def gold(url: str, count: int) -> dict[str, Any]:
    """Make gold, change entries, make it again."""
    from landfall.warehouse import connect

    warehouse = connect(url)
    warehouse.states("connectwise", [])
    before = peak_rss_mb()
    seconds, made = _made(warehouse)
    above = round(peak_rss_mb() - before, 1)
    publish(warehouse, "time_entries", ((n, entry(n, 1)) for n in range(count - CHANGED, count)))
    again, changed = _made(warehouse)
    written = {name: n for name, n in changed.items() if n}
    return {
        "gold_seconds": round(seconds, 2),
        "above": above,
        "rows": made["fact_timeentry"],
        "again_seconds": round(again, 2),
        "made": len(changed),
        "written": sum(written.values()),
    }


def _made(warehouse: Any) -> tuple[float, dict[str, int]]:
    """Make every model that has to be. :returns: how long that took, and the rows written for each that was made."""
    from landfall.pipeline import Pipeline
    from landfall.sources import source

    declared, written = source("connectwise"), {}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for model in declared.models:
            one = Pipeline(declared, model, warehouse, Path(folder).as_uri(), _local, "bench")
            if result := one.build():
                written[model.name] = result.inserted + result.updated + result.deleted
    return time.perf_counter() - began, written


def _local(uri: str) -> Path:
    return Path(uri.removeprefix("file://"))


def measure(
    postgres: PostgresServer, records: int, rounds: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, str, Sample]]:
    """Yield (workload, contestant, sample). :param records: time entries."""
    from tests.bench import database, w13_spark
    from tests.bench.w11_lake import in_folder

    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}: W13 landfall, lake")
        with in_folder("w13") as folder:
            yield "W13", "landfall, lake", _run(f"{FOLDER}{folder}/house", records)
            if w13_spark.there():
                tell(f"round {number} of {rounds}: W13 pyspark")
                yield "W13", "pyspark, the same lake", w13_spark.sample(folder / "house")
        tell(f"round {number} of {rounds}: W13 landfall, PostgreSQL")
        with database.fresh(postgres, "bench_gold"):
            yield "W13", "landfall, PostgreSQL", _run(str(postgres.url_of("bench_gold")), records)


def _run(url: str, records: int) -> Sample:
    run(our_program("w13_gold", url, str(records)), env=environment())
    return run(our_program("w13_gold", url, str(records), "gold"), env=environment())


if __name__ == "__main__":
    where, count, *rest = sys.argv[1:]
    found = gold(where, int(count)) if rest else fill(where, int(count))
    print(json.dumps({**found, "rss_mb": peak_rss_mb()}))
