"""`python -m landfall.new orchard`: a source that runs, to be made the vendor's own.

What it writes are the blocks of docs/add-a-source.md under another name, so that there is one copy of them.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from pathlib import Path

PAGE = "docs/add-a-source.md"
ENTRIES = {
    "CONNECTION_TYPES": (
        "plugins/landfall/get_provider_info.py",
        "CONNECTION_TYPES: list[dict[str, Any]] = [\n",
    ),
    "VENDORS": ("sandbox/__init__.py", "VENDORS: dict[str, str] = {\n"),
}
"""Each entry that the page has for a list: the list's file, and the line after which it goes."""


def renamed(text: str, name: str, title: str) -> str:
    """The page's text with another source in Orchard's place."""
    camel = "".join(word.capitalize() for word in name.split("_"))
    text = re.sub(r"Orchard(?=Hook|Vendor)", camel, text)
    return text.replace("Orchard", title).replace("orchard", name)


def write(root: Path, name: str, title: str) -> list[Path]:
    """Write the source into a checkout; all of it or, where anything is there already, nothing.

    :param root: the checkout.
    :param name: the one word that names everything.
    :param title: the vendor's name as people write it.
    :returns: the new files.
    :raises ValueError: a name that cannot be used, or a checkout that is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 20 or keyword.iskeyword(name):
        raise ValueError(
            f"{name!r} is no name of a source: at most 20 of a-z, 0-9 and _, a letter first, and no word of Python's."
        )
    if not re.fullmatch(r"\w[\w .&-]{0,29}", title):
        raise ValueError("A title is at most 30 letters, digits, spaces, dots, hyphens and ampersands.")
    if not (root / PAGE).is_file():
        raise ValueError(f"{PAGE} is not here: run this in a checkout of Landfall.")
    page = (root / PAGE).read_text(encoding="utf-8")
    files = {
        root / renamed(path, name, title): renamed(text, name, title)
        for path, text in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", page, re.S)
    }
    for entry, text in re.findall(r"<!-- entry: (\S+) -->\n```\w+\n(.*?)```\n", page, re.S):
        path, begins = root / ENTRIES[entry][0], ENTRIES[entry][1]
        before = path.read_text(encoding="utf-8")
        if begins not in before or f'"{name}"' in before:
            raise ValueError(
                f"{ENTRIES[entry][0]} knows {name!r} already, or has no {entry}: nothing is written."
            )
        indented = "".join(f"    {line}\n" for line in renamed(text, name, title).rstrip().splitlines())
        files[path] = before.replace(begins, f"{begins}{indented.rstrip()},\n")
    new = [path for path in files if path not in {root / path for path, _ in ENTRIES.values()}]
    if there := [str(path.relative_to(root)) for path in new if path.exists()]:
        raise ValueError(f"{', '.join(there)} exists already: take another name. Nothing is written.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return new


def main(arguments: list[str] | None = None) -> int:
    """Write the source that the command line names; 2 where it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m landfall.new", description="Write a source that runs.")
    parser.add_argument("name", help="the one word that names everything, as orchard")
    parser.add_argument("--title", help="the vendor's name as people write it")
    given = parser.parse_args(arguments)
    title = given.title or (sys.stdin.isatty() and input("Title: ")) or given.name.replace("_", " ").title()
    try:
        written = write(Path.cwd(), given.name, title)
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    for path in written:
        print(path.relative_to(Path.cwd()))  # noqa: T201
    print("Now: python -m landfall.docs")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
