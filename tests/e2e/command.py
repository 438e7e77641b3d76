"""The command as a user runs it: another process, real streams, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parent.parent.parent
FIXTURES = PROJECT / "fixtures"
SCRIPT = Path(sys.executable).with_name("stateless")
MODULE = (sys.executable, "-m", "cli")
# The installed command where there is one, else the checkout's own.
COMMAND: tuple[str, ...] = (str(SCRIPT),) if SCRIPT.is_file() else MODULE
LAUNCHER = Path(__file__).with_name("launcher.py")
TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a process left behind. ``peak_bytes``: its largest resident size. ``cpu_seconds``: what it took of
    a processor, which is ``seconds`` on a quiet machine and hardly more on a busy one."""

    code: int
    out: str
    err: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int

    def json(self) -> dict[str, Any]:
        """Standard output as one JSON object."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def environment(**changes: str) -> dict[str, str]:
    """The test's own, without what it says of terminals."""
    said = ("TERM", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS")
    return {name: value for name, value in os.environ.items() if name not in said} | changes


def stateless(
    *arguments: str | Path,
    stdin: IO[bytes] | bytes | None = None,
    command: tuple[str, ...] = COMMAND,
    cwd: Path = PROJECT,
) -> Done:
    """Run the command to its end."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        given = Path(scratch) / "stdin"
        given.write_bytes(stdin if isinstance(stdin, bytes) else b"")
        with given.open("rb") as stream:
            done = subprocess.run(
                [sys.executable, "-I", "-S", str(LAUNCHER), str(report), *command, *map(str, arguments)],
                stdin=stream if stdin is None or isinstance(stdin, bytes) else stdin,
                capture_output=True,
                cwd=cwd,
                env=environment(),
                timeout=TIMEOUT_S,
                check=True,
            )
        said = json.loads(report.read_text())
    return Done(
        code=said["code"],
        out=done.stdout.decode(),
        err=done.stderr.decode(),
        seconds=said["seconds"],
        cpu_seconds=said["cpu_seconds"],
        peak_bytes=said["peak_bytes"],
    )
