"""`python -m landfall.fivetran.package SOURCE`: a source as packages ready to be set up; what `make fivetran` does.

    build/fivetran/<source>/
        lambda-x86_64.zip  lambda-arm64.zip      the function, for either processor
        template.yaml                            CloudFormation: function, rights, logs, alarms
        sdk/                                     the folder for `fivetran deploy`

No credential is in any of them, and none is needed to make them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from landfall.errors import LandfallError, Misconfigured
from landfall.fivetran.settings import names_of
from landfall.sources import kinds, source

PACKAGE = Path(__file__).resolve().parents[1]
PROJECT = PACKAGE.parents[1]
REQUIREMENTS = PROJECT / "requirements" / "fivetran.txt"
CONSTRAINTS = PROJECT / "constraints.txt"
PLATFORMS = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}
PYTHON = "3.12"
"""Of Lambda's runtime; the template names the same."""
LIMIT = 50 * 10**6
"""Bytes that Lambda takes of a zip."""
LEFT_OUT = {
    "__pycache__",
    "operators",
    "triggers",
    "notifiers",
    "warehouse",
    "pipeline",
    "health",
    "spark",
    "include",
}
"""What needs Airflow or a warehouse."""
GIVEN = {"requests", "fivetran-connector-sdk"}
"""Installed wherever an SDK connector runs, and not to be asked for."""
LONG_AGO = (2020, 1, 1, 0, 0, 0)
CONNECTOR = '''"""{title} for Fivetran, by Landfall."""

from fivetran_connector_sdk import Connector, Operations

from landfall.fivetran import sdk

schema, update = sdk.connector("{name}", Operations)
connector = Connector(update=update, schema=schema)

if __name__ == "__main__":
    connector.debug()
'''


def build(name: str, into: Path, *, here: bool = False) -> list[Path]:
    """Make a source's packages.

    :param into: a folder, made anew.
    :param here: of the libraries that are installed here, for a machine like this one, without a download.
    :returns: the zips, the template and the SDK's folder.
    :raises Misconfigured: there is no such source, or a zip is larger than Lambda takes.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    made: list[Path] = []
    for platform in ("here",) if here else PLATFORMS:
        with tempfile.TemporaryDirectory() as folder:
            libraries = Path(folder)
            _copy_installed(libraries) if here else _install(libraries, PLATFORMS[platform])
            made.append(_zipped(libraries, into / f"lambda-{platform}.zip", 1 if here else 6))
    template = into / "template.yaml"
    text = Path(__file__).with_name("template.yaml").read_text(encoding="utf-8")
    template.write_text(text.replace("<source>", name), encoding="utf-8")
    return [*made, template, sdk_folder(name, into / "sdk")]


def sdk_folder(name: str, into: Path) -> Path:
    """Make the folder for `fivetran debug` and `fivetran deploy`.

    What the libraries need in turn is left to pip, since the SDK pins some of it itself.
    """
    declared = source(name)
    _copy_package(into / "landfall")
    (into / "connector.py").write_text(CONNECTOR.format(title=declared.title, name=name), encoding="utf-8")
    wanted = {library.lower() for library in _libraries()} - GIVEN
    locked = [line for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if "==" in line]
    asked = [line for line in locked if re.split(r"[\[=]", line)[0].lower() in wanted]
    (into / "requirements.txt").write_text("\n".join(asked) + "\n", encoding="utf-8")
    settings = json.dumps(dict.fromkeys(names_of(declared), ""), indent=2)
    (into / "configuration.json").write_text(settings + "\n", encoding="utf-8")
    return into


def _install(into: Path, platform: str) -> None:
    """Install the locked libraries for another machine."""
    given = ["--requirement", str(REQUIREMENTS), "--constraint", str(CONSTRAINTS), "--target", str(into)]
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python-platform", platform, "--python-version", PYTHON]
        command += ["--only-binary", ":all:"]
    else:
        arch = platform.replace("-manylinux2014", "")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--platform", f"manylinux2014_{arch}"]
        command += ["--python-version", PYTHON, "--implementation", "cp", "--only-binary=:all:"]
    subprocess.run([*command, *given], check=True)


def _copy_installed(into: Path) -> None:
    """Copy the libraries, and what they need, from this environment."""
    for distribution in _closure():
        for file in distribution.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = into / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)


def _libraries() -> list[str]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _closure() -> Iterator[metadata.Distribution]:
    waiting = _libraries()
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        found = metadata.distribution(name)
        yield found
        for line in found.requires or ():
            needed, _, marker = line.partition(";")
            wanted = re.match(r"[A-Za-z0-9._-]+", needed)
            if (
                wanted
                and "extra" not in marker
                and "python_version <" not in marker
                and "platform" not in marker
            ):
                waiting.append(wanted[0])


def _copy_package(into: Path) -> None:
    shutil.copytree(PACKAGE, into, ignore=lambda _, files: LEFT_OUT & set(files))


def _zipped(libraries: Path, into: Path, level: int = 6) -> Path:
    """The same bytes for the same files, whenever it is made."""
    _copy_package(libraries / "landfall")
    shutil.rmtree(libraries / "bin", ignore_errors=True)
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for path in sorted(libraries.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(str(path.relative_to(libraries)), LONG_AGO)
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    size = into.stat().st_size
    if size > LIMIT:
        raise Misconfigured(f"{into.name} has {size} bytes, and Lambda takes {LIMIT}")
    return into


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and build. :returns: the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m landfall.fivetran.package", description=__doc__.split("\n")[0]
    )
    parser.add_argument("source", choices=kinds())
    parser.add_argument("--into", type=Path, default=None, help="folder; build/fivetran/SOURCE by default")
    options = parser.parse_args(arguments)
    try:
        made = build(options.source, options.into or Path("build/fivetran") / options.source)
    except LandfallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError:
        sys.stderr.write("The libraries could not be installed; see above.\n")
        return 1
    for path in made:
        size = f"  {path.stat().st_size / 10**6:.1f} MB" if path.suffix == ".zip" else ""
        sys.stdout.write(f"{path}{size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
