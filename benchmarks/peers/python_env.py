"""The environment of the peers written in Python: made once, with exact pins, in the user's cache folder.

They cannot live beside ours: EELS pins a coincurve and an ethereum-types that are older, and has no wheels
for Python 3.13. The pins are the extras ``oracle`` and ``bench`` of pyproject.toml.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PYPROJECT: Final = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"
EXTRAS: Final = ("oracle", "bench")
# Of these the pinned coincurve has wheels.
VERSIONS: Final = ("3.12", "3.11")
OVERRIDE: Final = "STATELESS_PEERS_PYTHON"
PROBE: Final = "import ethereum.forks.cancun.fork, eth.vm.forks.cancun"
INSTALL_TIMEOUT_S: Final = 900.0
PROBE_TIMEOUT_S: Final = 120.0


class EnvironmentMissing(Exception):
    """``code``: ``PYTHON_ABSENT``, ``PACKAGES_UNAVAILABLE`` or ``PEERS_PYTHON_UNFIT``."""

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step


def interpreter(cache: Path) -> Path:
    """A Python that has the peers: the one that ``STATELESS_PEERS_PYTHON`` names, or that of an environment
    below ``cache``, made now if it is not there.

    Raises:
        EnvironmentMissing: see there.
    """
    named = os.environ.get(OVERRIDE)
    if named:
        return _probed(Path(named))
    pins = requirements()
    digest = hashlib.sha256("\n".join(pins).encode()).hexdigest()[:16]
    folder = cache / f"python-{digest}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.is_file() and python.is_file():
        return python
    base = find_python()
    cache.mkdir(parents=True, exist_ok=True)
    # An environment knows its own path, so it is made in place; the mark comes last, after the probe.
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _call([str(base), "-m", "venv", str(folder)], INSTALL_TIMEOUT_S)
        done = _call(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins],
            INSTALL_TIMEOUT_S,
        )
        if done.returncode != 0:
            raise EnvironmentMissing(
                "PACKAGES_UNAVAILABLE",
                f"the Python peers cannot be installed: {_last_line(done.stderr)}",
                "check the package index that pip uses (`pip config list`) and the network",
            )
        _probed(python)
        ready.touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # whole or not at all
        raise
    return python


def requirements() -> list[str]:
    """The pins of both extras, without those that are for our own environment."""
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return [pin for extra in EXTRAS for pin in extras[extra]]


def find_python() -> Path:
    """A Python of a version for which there are wheels.

    Raises:
        EnvironmentMissing: ``PYTHON_ABSENT``.
    """
    if f"{sys.version_info.major}.{sys.version_info.minor}" in VERSIONS:
        return Path(sys.executable)
    for version in VERSIONS:
        found = shutil.which(f"python{version}")
        if found is not None:
            return Path(found)
    wanted = " or ".join(VERSIONS)
    raise EnvironmentMissing(
        "PYTHON_ABSENT",
        f"EELS needs Python {wanted}, and neither is on the PATH",
        f"install Python {wanted}, or set {OVERRIDE} to an interpreter that has the packages",
    )


def _probed(python: Path) -> Path:
    done = _call([str(python), "-c", PROBE], PROBE_TIMEOUT_S)
    if done.returncode != 0:
        raise EnvironmentMissing(
            "PEERS_PYTHON_UNFIT",
            f"{python} does not have the peers: {_last_line(done.stderr)}",
            f"install {', '.join(requirements())} there, or unset {OVERRIDE}",
        )
    return python


def _call(arguments: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            arguments,
            cwd=tempfile.gettempdir(),  # no module of the working directory gets in
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentMissing(
            "PEERS_PYTHON_UNFIT", f"{arguments[0]}: {error}", f"unset {OVERRIDE}, or install Python anew"
        ) from error


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
