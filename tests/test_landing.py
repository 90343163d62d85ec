"""Landing keeps what a vendor sent, to the byte; without its manifest it does not exist."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landfall.errors import Misconfigured
from landfall.landing import Landing, LandingWriter, Leftovers, Manifest, new_load_id, purge
from landfall.landing import writer as writer_module
from landfall.wire.download import Downloaded
from landfall.wire.pages import Page


def page(*items: bytes, **envelope: Any) -> Page:
    return Page([msgspec.Raw(item) for item in items], envelope, 1, "GET /things?limit=100")


def land(folder: Path, *pages: Page, deletes: Any = (), complete: bool = True) -> Manifest:
    with LandingWriter(folder, source="lab", resource="things", load_id="load") as writer:
        for one in pages:
            writer.page(one)
        writer.deletes(deletes)
        return writer.commit(complete=complete)


def test_records_come_back_byte_for_byte(tmp_path: Path) -> None:
    items = [b'{"id":1, "a": "\xc3\xa9\\u00e9"}', b'{ "id" :2,"n":1.10}', b'{"id":3,"x":"\\n"}', b"{}"]
    land(tmp_path, page(*items[:3], has_more=True), page(items[3]))
    assert list(Landing(tmp_path).lines()) == items
    assert b"".join(Landing(tmp_path).blocks(2**20)) == b"".join(item + b"\n" for item in items)


def test_line_breaks_between_tokens_go_and_values_stay_as_written(tmp_path: Path) -> None:
    land(
        tmp_path,
        page(
            b'{\n  "id": 1,\r\n  "n": 1.10,\n  "s": "a\\nb",\n "big": 12345678901234567890.10}', b'{"id":2}'
        ),
    )
    first, second = Landing(tmp_path).lines()
    assert json.loads(first, parse_float=str)["n"] == "1.10"
    assert json.loads(first, parse_float=str)["big"] == "12345678901234567890.10"
    assert json.loads(first)["s"] == "a\nb"
    assert second == b'{"id":2}'


def test_the_manifest_holds_what_the_records_do_not(tmp_path: Path) -> None:
    made = land(
        tmp_path,
        page(b"{}", b"{}", has_more=True, next_cursor="abc"),
        page(b"{}", has_more=False),
        deletes=[(7,)],
    )
    read = Landing(tmp_path).manifest
    assert read == made
    assert (read.source, read.resource, read.load_id, read.complete) == ("lab", "things", "load", True)
    assert (read.records, read.deletes, read.parts) == (3, 1, ["records-00000.ndjson.zst"])
    assert read.pages[0] == {
        "request": "GET /things?limit=100",
        "records": 2,
        "envelope": {"has_more": True, "next_cursor": "abc"},
    }


def test_deletes_keep_their_types(tmp_path: Path) -> None:
    keys = [(1,), (2**63 - 1,), ("text", 5), ("é\n",)]
    land(tmp_path, deletes=keys)
    assert list(Landing(tmp_path).deletes()) == keys


def test_without_a_manifest_there_is_no_landing(tmp_path: Path) -> None:
    with LandingWriter(tmp_path, source="lab", resource="things", load_id="load") as writer:
        writer.page(page(b"{}"))
    assert (tmp_path / "records-00000.ndjson.zst").exists()
    with pytest.raises(Misconfigured, match="no complete landing"):
        Landing(tmp_path)


def test_an_error_on_the_way_leaves_no_manifest(tmp_path: Path) -> None:
    def broken() -> None:
        with LandingWriter(tmp_path, source="lab", resource="things", load_id="load") as writer:
            writer.page(page(b"{}"))
            raise ConnectionError

    with pytest.raises(ConnectionError):
        broken()
    assert not (tmp_path / "manifest.json").exists()


def test_large_loads_are_parted_between_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "PART_BYTES", 1000)
    items = [b'{"id":%d}' % i for i in range(1000)]
    made = land(tmp_path, *(page(*items[i : i + 100]) for i in range(0, 1000, 100)))
    assert len(made.parts) > 3
    assert list(Landing(tmp_path).lines()) == items
    assert Landing(tmp_path).size() == sum((tmp_path / part).stat().st_size for part in made.parts)


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 300), max_size=20), block=st.integers(1, 700))
def test_blocks_are_whole_lines_whatever_their_size(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], block: int
) -> None:
    items = [b'{"a":"%s"}' % (b"x" * size) for size in sizes]
    folder = tmp_path_factory.mktemp("landing")
    land(folder, page(*items))
    blocks = list(Landing(folder).blocks(block))
    assert all(one.endswith(b"\n") for one in blocks)
    assert b"".join(blocks).split(b"\n")[:-1] == items


def test_a_file_lands_with_its_facts(tmp_path: Path) -> None:
    def fetch(target: Any) -> Downloaded:
        target.write(b"a;b\n1;2\n")
        return Downloaded(bytes=8, sha256="5e", filename="one.csv", content_type="text/csv")

    with LandingWriter(tmp_path, source="lab", resource="files", load_id="load") as writer:
        writer.file("one.csv", fetch, period_start="2024-01-01")
        writer.commit(complete=True)
    found = Landing(tmp_path)
    (file,) = found.manifest.files
    assert (file.name, file.sha256, file.bytes, file.facts) == (
        "one.csv",
        "5e",
        8,
        {"period_start": "2024-01-01"},
    )
    with found.open(file) as opened:
        assert opened.read() == b"a;b\n1;2\n"


def test_load_ids_sort_by_time_and_do_not_collide() -> None:
    at = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    ids = [new_load_id(at + timedelta(seconds=i)) for i in range(50)]
    assert ids == sorted(ids)
    assert ids[0].startswith("20260302T081500_")
    assert len({new_load_id(at) for _ in range(200)}) == 200


def test_old_landings_go_and_young_ones_stay(tmp_path: Path) -> None:
    now = datetime(2026, 3, 31, tzinfo=UTC)
    old, young = new_load_id(now - timedelta(days=31)), new_load_id(now - timedelta(days=29))
    for load_id in (old, young):
        land(tmp_path / "lab" / "things" / load_id, page(b"{}"))
    land(tmp_path / "other" / "things" / old, page(b"{}"))
    assert purge(tmp_path, source="lab", keep=timedelta(days=30), now=now) == 1
    assert [f.name for f in (tmp_path / "lab" / "things").iterdir()] == [young]
    assert (tmp_path / "other" / "things" / old).exists()
    assert purge(tmp_path, source="nothing", keep=timedelta(days=30), now=now) == 0


@pytest.mark.parametrize("mask", [0o022, 0o000])
def test_landings_are_for_their_owner_only(tmp_path: Path, mask: int) -> None:
    def fetch(target: Any) -> Downloaded:
        return Downloaded(bytes=0, sha256="5e", filename="one.csv", content_type="text/csv")

    before = os.umask(mask)
    try:
        with LandingWriter(
            tmp_path / "landing" / "lab" / "things" / "load", source="lab", resource="things", load_id="load"
        ) as writer:
            writer.page(page(b"{}"))
            writer.events(page(b"{}"))
            writer.deletes([(1,)])
            writer.file("one.csv", fetch)
            writer.commit(complete=True)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "landing").rglob("*")}
    assert len(modes) == 3 + 5
    for path, mode in {
        tmp_path / "landing": stat.S_IMODE((tmp_path / "landing").stat().st_mode),
        **modes,
    }.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, list[tuple[str, str]]]]:
    """A folder in an object store, and each call made of it: the operation and what it is about."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    upath = pytest.importorskip("upath")
    pytest.importorskip("s3fs")
    server.start()
    host, port = server.get_host_and_port()
    login = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
    endpoint = f"http://{host}:{port}"
    httpx.post(f"{endpoint}/moto-api/reset")
    place = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3", endpoint_url=endpoint, **login).create_bucket(
        Bucket="lake", CreateBucketConfiguration=place
    )
    root = upath.UPath(
        "s3://lake/deep/landing",
        key="key",
        secret="secret",
        client_kwargs={"endpoint_url": endpoint, "region_name": "eu-west-1"},
        skip_instance_cache=True,
    )
    calls: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        about = params.get("Key") or params.get("Prefix") or ""
        keys = [each["Key"] for each in params.get("Delete", {}).get("Objects", ())] or [about]
        calls.extend((model.name, key) for key in keys)

    root.fs.connect()
    root.fs.s3.meta.events.register("provide-client-params.s3", note)
    yield root, calls
    server.stop()


def test_an_object_store_is_asked_for_nothing_but_objects_below_the_prefix(bucket: Any) -> None:
    root, calls = bucket
    now = datetime(2026, 3, 31, tzinfo=UTC)
    assert purge(root, source="lab", keep=timedelta(days=30), now=now) == 0, "nothing is there yet"
    old, young = new_load_id(now - timedelta(days=31)), new_load_id(now - timedelta(days=29))
    for load_id in (old, young):
        land(root / "lab" / "things" / load_id, page(b'{"id":1}'), deletes=[(7,)])
    assert list(Landing(root / "lab" / "things" / young).lines()) == [b'{"id":1}']
    assert Landing(root / "lab" / "things" / young).size() > 0
    with pytest.raises(Misconfigured, match="no complete landing"):
        Landing(root / "lab" / "things" / "nothing")
    assert purge(root, source="lab", keep=timedelta(days=30), now=now) == 1
    assert [each.name for each in (root / "lab" / "things").iterdir()] == [young]
    assert_objects_alone(calls)


def assert_objects_alone(calls: list[tuple[str, str]]) -> None:
    assert calls
    allowed = {"ListObjectsV2", "GetObject", "HeadObject", "PutObject", "DeleteObject", "DeleteObjects"}
    assert {operation for operation, _ in calls} <= allowed
    assert [call for call in calls if not call[1].startswith("deep/landing")] == []


def test_what_a_stopped_read_has_landed_is_taken_over_until_a_landing_is_complete(bucket: Any) -> None:
    root, calls = bucket
    landings = root / "lab" / "things"
    content = b"a;b\n1;2\n"

    def fetch(target: Any) -> Downloaded:
        target.write(content)
        return Downloaded(len(content), hashlib.sha256(content).hexdigest(), "one.csv", "text/csv")

    def attempt() -> LandingWriter:
        load_id, names = new_load_id(), {"source": "lab", "resource": "things"}
        return LandingWriter(landings / load_id, load_id=load_id, leftovers=Leftovers(landings), **names)

    began = datetime.now(UTC)
    with attempt() as stopped, stopped.section("the question"):  # and no manifest
        stopped.page(page(b'{"id":1}'))
        stopped.deletes([(7,)])
        stopped.file("one.csv", fetch, year=2024)
    with attempt() as writer:
        assert not writer.resume("another question", not_before=began)
        assert writer.resume("the question", not_before=began)
        manifest = writer.commit(complete=True)
    assert manifest.resumed_from
    landed = Landing(writer.folder)
    assert (list(landed.lines()), list(landed.deletes())) == ([b'{"id":1}'], [(7,)])
    (file,) = manifest.files
    with landed.open(file) as opened:
        assert (opened.read(), file.facts) == (content, {"year": 2024})
    with attempt() as later:
        assert not later.resume("the question", not_before=began), (
            "who asks again wants to know what is there"
        )
    assert_objects_alone(calls)


def test_an_attempt_that_was_not_dead_is_landed_though_another_took_it_over(tmp_path: Path) -> None:
    names = {"source": "lab", "resource": "things"}
    alive = LandingWriter(tmp_path / new_load_id(), load_id="1", **names)
    with alive, alive.section("the question"):
        alive.page(page(b'{"id":1}'))
    leftovers = Leftovers(tmp_path)
    with LandingWriter(tmp_path / new_load_id(), load_id="2", leftovers=leftovers, **names) as other:
        assert other.resume("the question", not_before=datetime(2020, 1, 1, tzinfo=UTC))
        other.commit(complete=True)
    assert list(tmp_path.glob("*/section-*")) == []
    alive.commit(complete=True)
    assert list(Landing(alive.folder).lines()) == list(Landing(other.folder).lines()) == [b'{"id":1}']
