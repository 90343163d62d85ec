"""Reading a committed landing, and deleting old ones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import zstandard

from landfall.errors import Misconfigured
from landfall.landing.folders import inside
from landfall.landing.manifest import LandedFile, Manifest


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
        for name in self.manifest.event_parts if self.manifest.events else ():
            with self._reader(name) as reader:
                yield from (line.rstrip(b"\n") for line in io.BufferedReader(reader))

    def seen_events(self) -> Iterator[bytes]:
        """The landed events but for those that are to be looked at again."""
        unseen = frozenset(self.manifest.unseen)
        return (line for number, line in enumerate(self.events()) if number not in unseen)

    def deletes(self) -> Iterator[tuple[Any, ...]]:
        """The landed keys of deleted records."""
        for name in self.manifest.delete_parts if self.manifest.deletes else ():
            with self._reader(name) as reader:
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
    for resource in inside(root / source):
        for load in inside(resource):
            if load.name < limit:
                for file in inside(load):
                    file.unlink()
                if isinstance(load, Path):
                    load.rmdir()
                deleted += 1
    return deleted
