"""The documentation agrees with the code: columns, links, make targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from landfall import docs, sources

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def _name(page: object) -> str:
    return page.relative_to(ROOT).as_posix() if isinstance(page, Path) else str(page)


@pytest.mark.parametrize("name", [path.stem for path in docs.PAGES.glob("*.md")])
def test_the_columns_are_those_of_the_records(name: str) -> None:
    source, page = sources.source(name), (docs.PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert docs.renewed(page, source) == page, "run `python -m landfall.docs`"
    for table in source.tables:
        assert f"{table.name}\n" in page


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_make_targets_and_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`make (\w+)", text)) <= targets
    assert set(re.findall(r"`(test_\w+)`", text)) <= _tests()
    named = re.findall(r"`((?:plugins|tests|include|sandbox|dags|docs)/[\w./]+?)/?`", text)
    missing = [name for name in named if "orchard" not in name and not (ROOT / name).exists()]
    assert not missing


def _tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
