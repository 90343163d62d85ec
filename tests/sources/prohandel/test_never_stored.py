"""What may never be stored is nowhere: not in landing, quarantine, tables, logs or what tasks hand on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from landfall.landing.forbidden import Sieve
from landfall.reads import Mode
from sandbox.prohandel import ProHandelVendor
from sandbox.prohandel.shop import PLANTED
from tests.sources.prohandel.shop import opened

NAMES = ("iban", "dateOfBirth")


@pytest.mark.parametrize(
    ("record", "left"),
    [
        ('{"id":1,"iban":"DE1"}', {"id": 1}),
        ('{"id":1,"IBAN":"DE1","Iban2":"x"}', {"id": 1}),
        ('{"\\u0069ban":"DE1","id":1}', {"id": 1}),
        ('{"id":1,"dateOfBirthSignificantOther":null}', {"id": 1}),
        ('{"a":{"iban":"DE1","b":[{"iban":"DE1","c":2}]}}', {"a": {"b": [{"c": 2}]}}),
        ('{ "id" : 1.50 , "iban" : { "x" : "DE1" } }', {"id": 1.5}),
        ('{"id":"iban DE1"}', {"id": "iban DE1"}),
        ('[{"iban":"DE1"}]', [{}]),
    ],
)
def test_fields_are_taken_out_wherever_they_stand(record: str, left: object) -> None:
    (cleaned,) = Sieve(NAMES).cleaned([msgspec.Raw(record.encode())])
    assert msgspec.json.decode(cleaned) == left


def test_a_record_without_them_stays_byte_for_byte() -> None:
    record = b'{ "id": 1.50, "name":"\\u00fcber" , "x":"half \\ud800 a surrogate"}'
    assert bytes(Sieve(NAMES).cleaned([msgspec.Raw(record)])[0]).find(b'"half \\ud800 a surrogate"') > 0
    plain = b'{ "id": 1.50, "name":"uber" }'
    assert bytes(Sieve(NAMES).cleaned([msgspec.Raw(plain)])[0]) == plain
    assert [bytes(i) for i in Sieve(()).cleaned([msgspec.Raw(record)])] == [record]


def test_an_odd_text_beside_them_hides_nothing() -> None:
    record = b'{"id":1,"iban":"DE1 \\ud800","name":"\xff"}'
    assert b"DE1" not in bytes(Sieve(NAMES).cleaned([msgspec.Raw(record)])[0])


@pytest.mark.airflow
def test_planted_values_are_nowhere(
    database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    vendor = ProHandelVendor(records=60)
    vendor.drift("article", "ibanOfMaker", PLANTED["iban"])
    vendor.drift(
        "customer", "more", {"bankAccount": PLANTED["bankAccount"], "dateofbirth": PLANTED["dateOfBirth"]}
    )
    vendor.alter("customer", 2, {"number": "no number"})
    vendor.alter("staff", 2, {"branchNumber": []})
    handed_on = []
    with opened(database, tmp_path, vendor) as shop:
        for resource in shop.source.resources:
            one = shop.pipeline(resource.name)
            extraction = one.extract(one.request(shop.hook, Mode.FULL), resource.read.read)  # type: ignore[union-attr]
            staged = one.load(extraction)
            handed_on += [extraction, staged, one.check(extraction, staged), one.publish(extraction, staged)]
        with shop.warehouse.begin() as connection:
            names = sa.text(
                "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
                "WHERE table_schema LIKE 'prohandel%' OR table_schema LIKE 'landfall%'"
            )
            stored = [
                str(row)
                for name in connection.scalars(names)
                for row in connection.execute(sa.text(f"TABLE {name}"))
            ]
            kept = connection.execute(sa.text("SELECT raw FROM landfall.quarantine")).scalars().all()
    assert len(kept) == 2
    told = f"{stored}{handed_on}{caplog.text}{capsys.readouterr()}"
    landed = [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]
    assert len(landed) == 2 * len(shop.source.resources)
    files = b"".join(map(_bytes, landed))
    for value in PLANTED.values():
        assert value not in told
        assert value.encode() not in files


def _bytes(path: Path) -> bytes:
    if path.suffix == ".zst":
        with path.open("rb") as source:
            return zstandard.ZstdDecompressor().stream_reader(source).read()
    return path.read_bytes()
