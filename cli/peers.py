"""Other implementations on the same input in the same run, through ``benchmarks/peers/run.py``.

They run in processes of their own, so that none of their work falls into what is timed here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.version import SOURCES

SCHEMA: Final = "stateless/peers/1"
SCRIPT: Final = "run.py"
# Building with an empty cache takes half a minute; run.py has limits of its own for each step.
TIMEOUT_S: Final = 1800.0


class PeersUnavailable(Exception):
    """No peer could be measured; says nothing about the input.

    ``code``, ``message``, ``next_step``: as ``run.py`` says them.
    """

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step

    def to_json(self) -> dict[str, str]:
        """The value of ``peers.error``."""
        return {"code": self.code, "message": self.message, "next_step": self.next_step}


@dataclass(frozen=True, slots=True)
class PeerReport:
    """What one peer said of one input. ``phases_ms``: milliseconds a run, by phase."""

    implementation: str
    version: str
    accepted: bool
    reason: str | None
    post_state_root: str | None
    phases_ms: dict[str, tuple[float, ...]]
    gas_used: int | None = None


def measure(folder: Path | None, command: str, file: Path, arguments: Sequence[str]) -> PeerReport:
    """Run ``run.py COMMAND FILE ARGUMENTS`` of a folder, ``None``: of the sources'. Raises
    ``PeersUnavailable``."""
    script = (folder or SOURCES / "benchmarks" / "peers") / SCRIPT
    if not script.is_file():
        raise PeersUnavailable(
            "PEERS_ABSENT",
            f"there is no {script}",
            "the peers are in the program's source tree, not in the package: --peers-dir benchmarks/peers",
        )
    try:
        done = subprocess.run(  # noqa: S603 (a script of this project, or the one that the user names)
            [sys.executable, str(script), command, str(file), *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        said = json.loads(done.stdout)
        return _report(said)
    except subprocess.TimeoutExpired:
        raise PeersUnavailable("RUN_FAILED", f"{script} did not end", "run it by hand") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise PeersUnavailable("RUN_FAILED", f"{script}: {error}", "run it by hand") from error


def _report(said: Any) -> PeerReport:
    if said["error"] is not None:
        error = said["error"]
        raise PeersUnavailable(error["code"], error["message"], error["next_step"])
    if said["schema"] != SCHEMA:
        raise ValueError(f"its schema is {said['schema']!a}, not {SCHEMA}")
    result = said["results"][0]
    return PeerReport(
        implementation=str(result["implementation"]),
        version=str(result["version"]),
        accepted=bool(result["accepted"]),
        reason=result["reason"],
        post_state_root=result["post_state_root"],
        phases_ms={phase: tuple(map(float, runs)) for phase, runs in result["phases"].items()},
        gas_used=result.get("gas_used"),
    )
