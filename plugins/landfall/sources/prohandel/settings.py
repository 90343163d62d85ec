"""A company's settings for ProHandel: `settings.toml` beside this module, and the file that changes some of it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Annotated

import msgspec

from landfall.settings_file import Section, SettingsFile

VARIABLE = "LANDFALL_PROHANDEL"
FILE = SettingsFile("ProHandel", VARIABLE, Path(__file__).with_name("settings.toml"))

Level = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class Levels(Section, frozen=True):
    """Thresholds of an article's or a category's own; None for those of everything else."""

    reorder_point: Level | None = None
    min_stock_level: Level | None = None
    max_stock_level: Level | None = None


class Stock(Section, frozen=True):
    """Thresholds, of everything, of categories and of articles by their numbers."""

    reorder_point: Level
    min_stock_level: Level
    max_stock_level: Level
    categories: dict[int, Levels] = msgspec.field(default_factory=dict)
    articles: dict[int, Levels] = msgspec.field(default_factory=dict)

    def of(self, article: int, category: int | None) -> Levels:
        """The thresholds of an article."""
        usual = Levels(self.reorder_point, self.min_stock_level, self.max_stock_level)
        chain = (self.articles.get(article), self.categories.get(category or 0), usual)
        found = {
            name: next(v for each in chain if each and (v := getattr(each, name)) is not None)
            for name in usual.__struct_fields__
        }
        return Levels(**found)


class Vouchers(Section, frozen=True):
    """What a voucher's status means."""

    active_status: tuple[int, ...]


class Settings(Section, frozen=True):
    """All of it; see `settings.toml`."""

    stock: Stock
    tax_rates: dict[int, Rate]
    payment_options: dict[int, Word]
    sale_types: dict[int, Word]
    vouchers: Vouchers


@functools.cache
def settings() -> Settings:
    """The settings of this process. :raises Misconfigured: as `read`."""
    return read(os.environ.get(VARIABLE, ""))


def read(path: str = "") -> Settings:
    """The defaults, and what the file at `path` changes of them.

    :raises Misconfigured: the file cannot be read, or holds what there is not or cannot be; says where.
    """
    made = FILE.read(Settings, path)
    stock = made.stock
    usual = ("stock", stock.of(0, None))
    for name, levels in [usual, *_named("categories", stock), *_named("articles", stock)]:
        if levels.max_stock_level and (levels.reorder_point or 0) > levels.max_stock_level:
            raise FILE.refused(name, "the reorder point is above the maximum")
    return made


def _named(kind: str, stock: Stock) -> list[tuple[str, Levels]]:
    return [(f"stock.{kind}.{number}", levels) for number, levels in getattr(stock, kind).items()]
