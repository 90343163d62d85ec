"""Landing: what a vendor sent, as it came, before anything is made of it.

One folder per load, on any `pathlib`-like path (a local folder, or an object store through Airflow's
`ObjectStoragePath`)::

    <landing>/<source>/<resource>/<load id>/
        records-00000.ndjson.zst     the vendor's records, one a line, byte for byte but for line breaks
        events.ndjson.zst            the changelog's events, likewise
        deletes.ndjson.zst           keys the vendor reported as deleted, one JSON array a line
        <file name>                  a downloaded export, as it came
        manifest.json                written last: without it the landing is not complete and is never loaded

The manifest keeps each page's envelope, so records and manifest together hold all that the vendor sent.
"""

from __future__ import annotations

import contextlib
import io
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import zstandard

from landfall.errors import Misconfigured
from landfall.json_text import NOT_JSON

if TYPE_CHECKING:  # the HTTP client behind them takes longer to import than a small load takes
    from landfall.wire.download import Downloaded
    from landfall.wire.pages import Page

PART_BYTES = 256 * 2**20
"""Uncompressed size at which a new part file is begun."""


class LandedFile(msgspec.Struct, frozen=True):
    """A downloaded file in landing, with the facts its parser needs (for example the period it covers)."""

    name: str
    sha256: str
    bytes: int
    facts: dict[str, Any] = {}


class Manifest(msgspec.Struct):
    """What a landing holds.

    :ivar complete: the read proved that it saw everything there was in its scope.
    :ivar unseen: events, counted from 0, whose record did not come back as they say.
    :ivar pages: a redacted request, a record count and the rest of the envelope for each page.
    """

    source: str
    resource: str
    load_id: str
    complete: bool = False
    records: int = 0
    events: int = 0
    deletes: int = 0
    parts: list[str] = []
    files: list[LandedFile] = []
    pages: list[dict[str, Any]] = []
    unseen: list[int] = []


def new_load_id(now: datetime | None = None) -> str:
    """A fresh load id that sorts by time, such as `20260302T081500_9f3a1c`."""
    return f"{(now or datetime.now(UTC)):%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def load_moment(load_id: str) -> datetime:
    """When a load began, to the second: the time in its id."""
    return datetime.strptime(load_id.partition("_")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


class LandingWriter:
    """Writes one load's landing; use as a context manager, and call `commit` when the read is done.

    :param folder: the load's own folder; made if missing.
    """

    def __init__(self, folder: Any, *, source: str, resource: str, load_id: str) -> None:
        self.folder = folder
        self.manifest = Manifest(source, resource, load_id)
        self._part: _Part | None = None
        self._events: _Part | None = None
        self._deletes: _Part | None = None

    def __enter__(self) -> LandingWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for part in (self._part, self._events, self._deletes):
            if part:
                part.close()

    def page(self, page: Page) -> None:
        """Land one page of records."""
        if self._part is None or self._part.written > PART_BYTES:
            if self._part:
                self._part.close()
            name = f"records-{len(self.manifest.parts):05d}.ndjson.zst"
            self._part = _Part(self.folder / name)
            self.manifest.parts.append(name)
        self._part.lines(page.items)
        self.manifest.records += len(page.items)
        self._note(page)

    def events(self, page: Page) -> None:
        """Land one page of a changelog; its events say which records to fetch, they are no records."""
        if page.items:
            if self._events is None:
                self._events = _Part(self.folder / "events.ndjson.zst")
            self._events.lines(page.items)
            self.manifest.events += len(page.items)
        self._note(page)

    def unseen(self, numbers: Iterable[int]) -> None:
        """Note which of the landed events, counted from 0, told of a record that did not come back as they say."""
        self.manifest.unseen = list(numbers)

    def _note(self, page: Page) -> None:
        note = {"request": page.request, "records": len(page.items), "envelope": page.envelope}
        self.manifest.pages.append(note)

    def deletes(self, keys: Iterable[tuple[Any, ...]]) -> None:
        """Land the keys of records that the vendor reported as deleted."""
        lines = [msgspec.json.encode(key) for key in keys]
        if not lines:
            return
        if self._deletes is None:
            self._deletes = _Part(self.folder / "deletes.ndjson.zst")
        self._deletes.lines(lines)
        self.manifest.deletes += len(lines)

    def file(self, name: str, fetch: Callable[[BinaryIO], Downloaded], **facts: Any) -> LandedFile:
        """Land a downloaded file.

        :param name: a plain file name within the load's folder.
        :param fetch: writes the file into the target it is given and returns what it wrote.
        :param facts: plain values its parser needs.
        """
        with (self.folder / name).open("wb") as target:
            fetched = fetch(target)
        landed = LandedFile(name, fetched.sha256, fetched.bytes, facts)
        self.manifest.files.append(landed)
        return landed

    def commit(self, *, complete: bool) -> Manifest:
        """Close the parts and write the manifest; from here on the landing counts.

        :param complete: the read proved that it saw everything in its scope.
        """
        self.__exit__()
        self.manifest.complete = complete
        with (self.folder / "manifest.json").open("wb") as target:
            target.write(msgspec.json.format(msgspec.json.encode(self.manifest), indent=1))
        return self.manifest


class Landing:
    """A committed landing, to be read.

    :raises Misconfigured: there is no manifest in `folder`.
    """

    def __init__(self, folder: Any) -> None:
        self.folder = folder
        try:
            with (folder / "manifest.json").open("rb") as source:
                self.manifest = msgspec.json.decode(source.read(), type=Manifest)
        except FileNotFoundError:
            raise Misconfigured(
                f"{folder} holds no complete landing",
                todo="Clear the extract task. Workers on several machines need LANDFALL_LANDING on an object store.",
            ) from None

    def size(self) -> int:
        """Compressed bytes of the landed records."""
        return sum((self.folder / name).stat().st_size for name in self.manifest.parts)

    def lines(self) -> Iterator[bytes]:
        """The landed records, one JSON text at a time."""
        for name in self.manifest.parts:
            with self._reader(name) as reader:
                yield from (line.rstrip(b"\n") for line in io.BufferedReader(reader, 2**20))

    def blocks(self, size: int) -> Iterator[bytes]:
        """The landed records as blocks of about `size` bytes, each of whole lines."""
        for name in self.manifest.parts:
            with self._reader(name) as reader:
                rest = b""
                while chunk := reader.read(size):
                    end = chunk.rfind(b"\n") + 1
                    if not end:
                        rest += chunk
                        continue
                    yield b"".join((rest, memoryview(chunk)[:end]))
                    rest = chunk[end:]
                if rest:
                    yield rest

    def events(self) -> Iterator[bytes]:
        """The landed events of a changelog."""
        if self.manifest.events:
            with self._reader("events.ndjson.zst") as reader:
                yield from (line.rstrip(b"\n") for line in io.BufferedReader(reader))

    def seen_events(self) -> Iterator[bytes]:
        """The landed events but for those that are to be looked at again."""
        unseen = frozenset(self.manifest.unseen)
        return (line for number, line in enumerate(self.events()) if number not in unseen)

    def deletes(self) -> Iterator[tuple[Any, ...]]:
        """The landed keys of deleted records."""
        if self.manifest.deletes:
            with self._reader("deletes.ndjson.zst") as reader:
                for line in io.BufferedReader(reader):
                    yield tuple(msgspec.json.decode(line))

    def open(self, file: LandedFile) -> BinaryIO:
        """Open a landed file for reading bytes."""
        opened: BinaryIO = (self.folder / file.name).open("rb")
        return opened

    def _reader(self, name: str) -> Any:
        raw = (self.folder / name).open("rb")
        return zstandard.ZstdDecompressor().stream_reader(raw, closefd=True)


def purge(root: Path, *, source: str, keep: timedelta, now: datetime) -> int:
    """Delete a source's landings older than `keep`.

    :returns: how many loads were deleted.
    """
    deleted = 0
    limit = f"{now - keep:%Y%m%dT%H%M%S}"
    base = root / source
    for resource in base.iterdir() if base.exists() else ():
        for load in resource.iterdir():
            if load.name < limit:
                for file in load.iterdir():
                    file.unlink()
                with contextlib.suppress(NotADirectoryError, FileNotFoundError):  # gone with its last object
                    load.rmdir()
                deleted += 1
    return deleted


class _Part:
    """One compressed file of lines."""

    def __init__(self, path: Any) -> None:
        self._raw = path.open("wb")
        self._writer = zstandard.ZstdCompressor(level=1).stream_writer(self._raw, closefd=True)
        self.written = 0

    def lines(self, items: Iterable[bytes | msgspec.Raw]) -> None:
        joined = b"\n".join([*items, b""])
        if joined.count(b"\n") != len(items):  # type: ignore[arg-type]
            joined = b"\n".join([*map(_on_one_line, items), b""])
        self._writer.write(joined)
        self.written += len(joined)

    def close(self) -> None:
        self._writer.close()


def _on_one_line(item: bytes | msgspec.Raw) -> bytes:
    try:
        return msgspec.json.format(bytes(item), indent=-1)
    except (
        NOT_JSON
    ):  # odd for the decoder to reject, and so it must stay: a line end in a text becomes no space
        return bytes(item).replace(b"\n", b"\r")
