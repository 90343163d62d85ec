"""Of several who publish at once one passes, whatever the store; what one leaves half done, the next makes whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from landfall import ledger
from landfall.errors import Misconfigured, PublishConflict
from landfall.warehouse.lake.layout import Lakehouse
from landfall.warehouse.lake.publish import Publication
from tests.warehouse.lake.stores import OneLake, azurite, azurite_program, moto_s3
from tests.warehouse.lake.twin import NOW, LakeSide, Load, load_row, new_load_id


@pytest.fixture(scope="module", params=["folder", "onelake", "s3", "azurite"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    folder = tmp_path_factory.mktemp("lake")
    if request.param == "folder":
        yield Lakehouse.folder(folder)
    elif request.param == "onelake":
        started = OneLake()
        yield started.house()
        started.close()
    elif request.param == "s3":
        with moto_s3() as made:
            yield made
    else:
        program = azurite_program()
        if not program:
            pytest.skip("needs azurite: npm install azurite, or LANDFALL_TEST_AZURITE names azurite-blob")
        with azurite(program, folder) as made:
            yield made


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "lines": [], "tags": [], **fields}


def commit(publication: Publication, load: Load, load_id: str) -> None:
    figures = publication.bring(load.reach, load.fuse, NOW)
    row = load_row("items", load_id, figures, publication.rows)
    publication.commit({"load_id": load_id, "row_count": publication.rows, "updated_at": NOW}, row)


def test_of_six_writers_one_passes(house: Lakehouse) -> None:
    house.probe()
    side = LakeSide(house)
    side.load(Load([item(1, times=1), item(2)]))
    writers = []
    for number in range(6):
        load, load_id = Load([item(1, times=1, name=f"writer {number}")], deletes=[(2,)]), new_load_id()
        family, _ = side.stage(load, load_id)
        publication = Publication(house, side.lake.books, "twin", family, load_id)
        writers.append((publication, load, load_id))
    ends: list[Any] = []

    def write(publication: Publication, load: Load, load_id: str) -> None:
        try:
            commit(publication, load, load_id)
            ends.append(load_id)
        except PublishConflict as error:
            ends.append(error)

    threads = [threading.Thread(target=write, args=writer) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = [end for end in ends if isinstance(end, str)]
    assert len(ends) == 6
    assert len(passed) == 1, ends
    state = side.lake.state("twin", "items")
    assert (state.version, state.load_id) == (2, passed[0])
    assert [row["times"] for row in side.rows("items")] == [2]
    assert [(r["version"], r["load_id"]) for r in side.lake.books.rows(ledger.sync_state.select())] == [
        (2, passed[0])
    ]
    side.lake.drop_stages([load_id for _, _, load_id in writers])
    assert not [name for name in house.names("landfall_stage") if name.endswith("_items")]


@pytest.fixture
def side(tmp_path: Path) -> LakeSide:
    made = LakeSide(Lakehouse.folder(tmp_path))
    made.load(Load([item(n, lines=[{"amount": "1"}], tags=["a"]) for n in range(1, 4)]))
    return made


@pytest.fixture
def opened(side: LakeSide) -> Iterator[Callable[[Load], tuple[Publication, Load, str]]]:
    """Opens a publication of a load, as of now."""
    publications = []

    def open_(load: Load) -> tuple[Publication, Load, str]:
        load_id = new_load_id()
        family, _ = side.stage(load, load_id)
        publications.append(Publication(side.lake.house, side.lake.books, "twin", family, load_id))
        return publications[-1], load, load_id

    yield open_
    for publication in publications:
        publication.close()


def half_done(
    monkeypatch: pytest.MonkeyPatch, begun: tuple[Publication, Load, str], tables: int
) -> Callable[[], None]:
    """Let a publication stop after so many child tables. :returns: what lets it go on."""
    publication, load, load_id = begun
    go_on = threading.Event()
    stopped = threading.Event()
    through = publication._commit_child
    done = []

    def slowly(*given: Any, **options: Any) -> None:
        if len(done) == tables:
            stopped.set()
            go_on.wait()
        through(*given, **options)
        done.append(given)

    monkeypatch.setattr(publication, "_commit_child", slowly)
    ends: list[Any] = []

    def run() -> None:
        try:
            commit(publication, load, load_id)
        except PublishConflict as error:
            ends.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert stopped.wait(60)

    def finish() -> None:
        go_on.set()
        thread.join()
        assert ends, "the one that had been overtaken passed"

    return finish


@pytest.mark.parametrize("tables", [0, 1])
def test_who_was_overtaken_in_the_middle_of_a_family_leaves_nothing_behind(
    side: LakeSide, opened: Any, monkeypatch: pytest.MonkeyPatch, tables: int
) -> None:
    """The second does not change the tags, which the first is yet to change: its late commit must not pass."""
    first = opened(Load([item(1, lines=[{"amount": "2"}], tags=["late"])]))
    finish = half_done(monkeypatch, first, tables)
    second = opened(Load([item(1, name="second", lines=[{"amount": "3"}], tags=["a"])]))
    commit(*second)
    finish()
    assert [row["tag"] for row in side.rows("tags") if row["item_id"] == 1] == ["a"]
    assert [str(row["amount"]) for row in side.rows("lines") if row["item_id"] == 1] == ["3"]
    assert side.rows("items")[0]["name"] == "second"


def test_who_looked_before_another_claimed_changes_nothing(side: LakeSide, opened: Any) -> None:
    late = opened(Load([item(1, name="late", lines=[])]))
    commit(*opened(Load([item(1, name="first", lines=[{"amount": "9"}])])))
    before = {name: side.rows(name) for name in ("items", "lines", "tags")}
    with pytest.raises(PublishConflict, match="items was changed by another run"):
        commit(*late)
    assert {name: side.rows(name) for name in before} == before


def test_a_dry_run_writes_nothing(side: LakeSide, opened: Any) -> None:
    publication, load, _ = opened(Load([item(1, name="other", lines=[], tags=[])], deletes=[(2,)]))
    versions = [
        DeltaTable(side.lake.house.table("twin", name)).version() for name in ("items", "lines", "tags")
    ]
    figures = publication.bring(load.reach, load.fuse, NOW)
    assert (figures["items"].updated, figures["items"].deleted, figures["lines"].deleted) == (1, 1, 2)
    assert [DeltaTable(side.lake.house.table("twin", name)).version() for name in figures] == versions


def test_a_store_that_writes_over_what_is_there_is_refused() -> None:
    careless = OneLake(conditional=False)
    try:
        with pytest.raises(Misconfigured, match="writes over a file that it was told to create only"):
            careless.house().probe()
        assert careless.house().names("landfall_stage") == []
    finally:
        careless.close()


@pytest.mark.parametrize("status", [500, 403, 409])
def test_a_commit_whose_answer_is_an_error_although_it_went_in_is_believed(
    onelake: OneLake, status: int
) -> None:
    side = LakeSide(onelake.house(f"answered{status}"))
    side.load(Load([item(1, times=1)]))
    onelake.order(
        at=1, when="after", fail=status, only=["PUT", "/items/_delta_log/00000000000000000002.json"]
    )
    figures = side.load(Load([item(1, times=1, name="new")]))
    assert figures["items"].updated == 1
    assert onelake.order(), "the library itself asks again after a 500, and is told that the commit is there"
    assert side.rows("items")[0]["times"] == 2
    assert side.lake.state("twin", "items").version == 2
