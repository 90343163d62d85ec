"""Long-running programs that end with the process that started them, however that one ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# Reads the process groups to look after, one a line. When its stdin closes - on purpose, or because the kernel closed
# it for a killed owner - it asks every group to end, and after GRACE seconds no longer asks.
_GUARD = """
trap "" INT TERM HUP
groups=""
while read -r group; do groups="$groups $group"; done
tell() { told=1; for group in $groups; do kill "-$1" "-$group" 2>/dev/null && told=0; done; return $told; }
tell TERM
tries=$(( $1 * 10 ))
while [ $tries -gt 0 ] && tell 0; do sleep 0.1; tries=$(( tries - 1 )); done
tell KILL
exit 0
"""


class ProgramEnded(RuntimeError):
    """A program that should be running has ended; the message holds the end of its log."""


@dataclass
class Program:
    """A running program with its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_lines(self, count: int = 15) -> str:
        """Return the end of the program's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class Programs:
    """Starts programs, each in a process group of its own, and ends them all with its `with` block.

    :param logs: directory for one log file a program.
    :param grace: whole seconds a program has to end by itself before it is killed.
    """

    def __init__(self, logs: Path, *, grace: int = 20) -> None:
        self._logs = logs
        self._grace = grace
        self._running: list[Program] = []
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Programs:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self._grace)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            for program in self._running:
                program.process.wait()  # an ended child stays in its group until somebody has asked for it
            self._guard.wait()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Program:
        """Start a program in the background, its output going to `<name>.log`."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,  # so that Ctrl-C reaches this process alone, which then ends the others
            )
        program = Program(name, process, log)
        self._running.append(program)
        if self._guard and self._guard.stdin:
            self._guard.stdin.write(f"{os.getpgid(process.pid)}\n".encode())
            self._guard.stdin.flush()
        return program

    def check(self) -> None:
        """Return if all programs are still running.

        :raises ProgramEnded: one is not.
        """
        for program in self._running:
            if (code := program.process.poll()) is not None:
                raise ProgramEnded(
                    f"{program.name} has ended (exit code {code}). The end of {program.log}:\n{program.last_lines()}"
                )
