"""Landing: what a vendor sent, as it came, before anything is made of it.

One folder per load, on any `pathlib`-like path (a local folder, or an object store through Airflow's
`ObjectStoragePath`)::

    <landing>/<source>/<resource>/<load id>/
        records-00000.ndjson.zst     the vendor's records, one a line, byte for byte but for line breaks
        events.ndjson.zst            the changelog's events, likewise
        deletes.ndjson.zst           keys the vendor reported as deleted, one JSON array a line
        <file name>                  a downloaded export, as it came
        section-00000.json           a part of the range that was read to its end, until there is a manifest
        manifest.json                written last: without it the landing is not complete and is never loaded

The manifest keeps each page's envelope, so records and manifest together hold all that the vendor sent.

A long read is landed in sections, each proved and closed by itself. When such a read is stopped, the next attempt at it
takes over the sections that are closed (`landfall.leftovers`) and asks the vendor for the others only.
"""

from __future__ import annotations

from landfall.landing.leftovers import Leftovers
from landfall.landing.manifest import LandedFile, Manifest, Section, load_moment, new_load_id
from landfall.landing.reader import Landing, purge
from landfall.landing.writer import LandingWriter

__all__ = [
    "LandedFile",
    "Landing",
    "LandingWriter",
    "Leftovers",
    "Manifest",
    "Section",
    "load_moment",
    "new_load_id",
    "purge",
]
