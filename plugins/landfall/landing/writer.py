"""Writing a landing: pages, events, deletes and files, in sections that are closed one by one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import zstandard

from landfall.json_text import NOT_JSON
from landfall.landing.folders import create, make
from landfall.landing.forbidden import Sieve
from landfall.landing.leftovers import Leftovers
from landfall.landing.manifest import LandedFile, Manifest, Section

if TYPE_CHECKING:  # the HTTP client behind them takes longer to import than a small load takes
    from landfall.wire.download import Downloaded
    from landfall.wire.pages import Page

PART_BYTES = 256 * 2**20
"""Uncompressed size at which a new part file is begun."""


_SUMS = ("records", "events", "deletes", "parts", "event_parts", "delete_parts", "files", "pages")
_PARTS = (("records", "parts"), ("events", "event_parts"), ("deletes", "delete_parts"))
"""Each kind of line, with the section's list of the files that hold it."""

_TOTALS = ("total", "totalcount", "total_count", "totalelements", "totalitems", "total_items")
"""What vendors call the number of all records of a list, in small letters."""


class LandingWriter:
    """Writes one load's landing; use as a context manager, and call `commit` when the read is done.

    :param folder: the load's own folder; made if missing.
    :param leftovers: what attempts before this one landed of the same ranges; None to read everything.
    :param forbidden: names of fields that are taken out of every record before it is written.
    :param zone: of the moments that the vendor writes without one, a name or `ZoneInfo`; "" where it writes none such.
    """

    def __init__(
        self,
        folder: Any,
        *,
        source: str,
        resource: str,
        load_id: str,
        leftovers: Leftovers | None = None,
        forbidden: tuple[str, ...] = (),
        zone: object = "",
    ) -> None:
        self.folder = folder
        self._sieve = Sieve(forbidden)
        self.manifest = Manifest(source, resource, load_id, event_parts=[], delete_parts=[], zone=str(zone))
        self._leftovers = leftovers
        self._closed: list[tuple[Section, str]] = []
        self._open = [_Writing(Section())]
        self._numbers: dict[str, int] = {}

    def __enter__(self) -> LandingWriter:
        make(self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        for writing in self._open:
            writing.close()

    @property
    def records(self) -> int:
        """How many records are landed so far."""
        return sum(section.records for section in self._sections)

    @property
    def deleted(self) -> int:
        """How many keys are landed as deleted so far."""
        return sum(section.deletes for section in self._sections)

    @property
    def pages(self) -> int:
        """How many pages are landed so far, those of a changelog too."""
        return sum(len(section.pages) for section in self._sections)

    @property
    def total(self) -> int | None:
        """How many records the list has that is being read, where the vendor's last page said so."""
        pages = self._open[-1].section.pages
        told = pages[-1]["envelope"].items() if pages else ()
        return next((v for k, v in told if k.lower() in _TOTALS and isinstance(v, int)), None)

    @property
    def empty(self) -> bool:
        """Whether no record and no deletion is landed so far."""
        return not any(section.records or section.deletes for section in self._sections)

    @property
    def _sections(self) -> list[Section]:
        return [*(section for section, _ in self._closed), *(writing.section for writing in self._open)]

    @contextlib.contextmanager
    def section(self, key: str = "") -> Iterator[None]:
        """Land a part of the range by itself; sections may hold sections.

        If the body raises, nothing counts that was landed in it. What was closed in it under a key stays for the next
        attempt nevertheless.

        :param key: what is asked for, and of whom; equal keys mean that one may stand for the other.
        """
        before, began = len(self._closed), datetime.now(UTC)
        self._open.append(_Writing(Section(key)))
        try:
            yield
        except BaseException:
            writing = self._open.pop()
            with contextlib.suppress(OSError):  # whatever went wrong before this is what has to be told
                writing.close()
                for name in writing.section.names:
                    (self.folder / name).unlink()
            del self._closed[before:]
            raise
        writing = self._open.pop()
        writing.close()
        writing.section.began_at = began
        self._close(writing.section)

    def resume(self, key: str, *, not_before: datetime) -> bool:
        """Take over the section that an attempt before closed under this key. :returns: False if there is none."""
        found = self._leftovers.find(key, not_before) if key and self._leftovers else None
        if found is None:
            return False
        note, section = found
        for file in section.files:
            self._copy(note.parent / file.name, file.name)
        for kind, parts in _PARTS:
            names = getattr(section, parts)
            for at, name in enumerate(names):
                names[at] = self._name(kind)
                self._copy(note.parent / name, names[at])
        assert section.began_at
        self.manifest.resumed_from = min(self.manifest.resumed_from or section.began_at, section.began_at)
        self._close(section)
        return True

    def _copy(self, origin: Any, name: str) -> None:
        with origin.open("rb") as source, create(self.folder / name) as target:
            shutil.copyfileobj(source, target, 2**20)

    def _close(self, section: Section) -> None:
        note = self._name("section", "json") if section.key else ""
        if note:
            with create(self.folder / note) as target:
                target.write(msgspec.json.encode(section))
        self._closed.append((section, note))

    def _part(self, kind: str, names: list[str]) -> _Part:
        """The open file of the innermost section for lines of this kind."""
        parts = self._open[-1].parts
        part = parts.get(kind)
        if part is None or part.written > PART_BYTES:
            if part:
                part.close()
            names.append(self._name(kind))
            part = parts[kind] = _Part(self.folder / names[-1])
        return part

    def _name(self, kind: str, suffix: str = "ndjson.zst") -> str:
        number = self._numbers[kind] = self._numbers.get(kind, -1) + 1
        only = number == 0 and kind in ("events", "deletes")  # of which hardly any landing has a second file
        return f"{kind}.{suffix}" if only else f"{kind}-{number:05d}.{suffix}"

    def page(self, page: Page) -> None:
        """Land one page of records."""
        section = self._open[-1].section
        self._part("records", section.parts).lines(self._sieve.cleaned(page.items))
        section.records += len(page.items)
        self._note(page)

    def events(self, page: Page) -> None:
        """Land one page of a changelog; its events say which records to fetch, they are no records."""
        if page.items:
            section = self._open[-1].section
            self._part("events", section.event_parts).lines(page.items)
            section.events += len(page.items)
        self._note(page)

    def unseen(self, numbers: Iterable[int]) -> None:
        """Note which of the landed events, counted from 0, told of a record that did not come back as they say."""
        self.manifest.unseen = list(numbers)

    def _note(self, page: Page) -> None:
        note = {"request": page.request, "records": len(page.items), "envelope": page.envelope}
        self._open[-1].section.pages.append(note)

    def deletes(self, keys: Iterable[tuple[Any, ...]]) -> None:
        """Land the keys of records that the vendor reported as deleted."""
        lines = [msgspec.json.encode(key) for key in keys]
        if lines:
            section = self._open[-1].section
            self._part("deletes", section.delete_parts).lines(lines)
            section.deletes += len(lines)

    def file(self, name: str, fetch: Callable[[BinaryIO], Downloaded], **facts: Any) -> LandedFile:
        """Land a downloaded file.

        :param name: a plain file name within the load's folder.
        :param fetch: writes the file into the target it is given and returns what it wrote.
        :param facts: plain values its parser needs.
        """
        with create(self.folder / name) as target:
            fetched = fetch(target)
        landed = LandedFile(name, fetched.sha256, fetched.bytes, facts)
        self._open[-1].section.files.append(landed)
        return landed

    def commit(self, *, complete: bool) -> Manifest:
        """Close the parts and write the manifest; from here on the landing counts.

        :param complete: the read proved that it saw everything in its scope.
        """
        self.__exit__()
        manifest = self.manifest
        manifest.complete = complete
        for name in _SUMS:
            for section in self._sections:
                setattr(manifest, name, getattr(manifest, name) + getattr(section, name))
        with create(self.folder / "manifest.json") as target:
            target.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        for section, note in self._closed:
            if note:
                with contextlib.suppress(FileNotFoundError):  # another attempt took it over, and is complete
                    (self.folder / note).unlink()  # it is no leftover any more
            if section.key and self._leftovers:
                self._leftovers.answered(section.key)
        return manifest


class _Writing:
    """A section that is being written, with its open file of each kind."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.parts: dict[str, _Part] = {}

    def close(self) -> None:
        for part in self.parts.values():
            part.close()
        self.parts.clear()


class _Part:
    """One compressed file of lines."""

    def __init__(self, path: Any) -> None:
        self._raw = create(path)
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
