"""What each vendor is: its declaration, its records, and the business rules it needs."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator

from landfall.errors import Misconfigured
from landfall.resources import Source


@functools.cache
def source(name: str) -> Source:
    """The declared source of this name, from `landfall.sources.<name>`.

    :raises Misconfigured: there is no such source.
    """
    try:
        module = importlib.import_module(f"landfall.sources.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"landfall.sources.{name}":
            raise
        raise Misconfigured(
            f"there is no source {name!r}", todo=f"Choose from: {', '.join(names())}."
        ) from None
    declared: Source = module.SOURCE
    return declared


def names() -> list[str]:
    """The names of all declared sources."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if _declares(m.name))


def _declares(name: str) -> bool:
    return hasattr(importlib.import_module(f"landfall.sources.{name}"), "SOURCE")


def sources() -> Iterator[Source]:
    """All declared sources."""
    return (source(name) for name in names())
