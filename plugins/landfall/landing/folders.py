"""Folders and files of a landing, on a disk and in an object store.

On a disk they are their owner's only. An object store has no folders: nothing is made or removed but objects, so the
login needs to list, get, put and delete below the landing's prefix, and nothing else.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any, BinaryIO


def inside(folder: Any) -> list[Any]:
    """What lies in a folder; nothing in one that is not there."""
    try:
        return [each for each in folder.iterdir() if each.name]
    except (FileNotFoundError, NotADirectoryError):  # what an object store does not hold is no folder
        return []


def make(folder: Any) -> None:
    """Make a local folder, and those above it that are missing, for the owner only."""
    if isinstance(folder, Path):
        for each in [*reversed(folder.parents), folder]:
            if not each.is_dir():
                each.mkdir(mode=0o700, exist_ok=True)


def create(path: Any) -> BinaryIO:
    """Open a new file for writing bytes; a local one for the owner only."""
    opener = functools.partial(os.open, mode=0o600)
    if isinstance(path, Path):
        return open(path, "wb", opener=opener)
    made: BinaryIO = path.open("wb")
    return made
