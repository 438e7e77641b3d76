"""How quickly the command starts, and in how little memory: DESIGN 7, cold start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import COMMANDS
from tests.e2e.command import FIXTURES, PROJECT, environment, stateless

TRANSFER = FIXTURES / "blocks" / "transfer-new.json"
MIB = 1 << 20
# A shared machine is not quiet; the least of some runs is what the program takes.
TRIES = 7

PROBE = """
import sys
from cli.main import run
run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
"""
IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def loaded(*arguments: str | Path) -> list[str]:
    """Modules that a call leaves imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, arguments)],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1].split()


def packages(*arguments: str | Path) -> set[str]:
    return {name.partition(".")[0] for name in loaded(*arguments)}


@pytest.mark.parametrize("options", [(), ("--json",), ("--jsonl",)], ids=str)
def test_verify_loads_nothing_for_terminals_types_or_processes(options: tuple[str, ...]) -> None:
    found = packages("verify", "--proof-only", *options, TRANSFER)
    assert {"typer", "verkle", "witness", "stateless"} <= found
    assert not found & {"rich", "pydantic", "multiprocessing", "concurrent", "asyncio", "cbor2", "blake3"}


def test_a_call_imports_its_own_command_alone() -> None:
    modules = {entry.module for entry in COMMANDS}
    assert modules & set(loaded("verify", "--proof-only", TRANSFER)) == {"cli.verify"}
    assert modules & set(loaded("--help")) == set()


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("verify", "--help")], ids=" ".join)
def test_help_loads_no_mathematics(arguments: tuple[str, ...]) -> None:
    assert not packages(*arguments) & {"rich", "pydantic", "verkle", "py_arkworks_bls12381"}


def test_a_whole_process(vectors: Path) -> None:
    """Block 72 of Kaustinen 6: at most 0.7 s and 90 MiB from start to exit."""
    file = vectors / "verkle-blocks" / "kaustinen6-block72.json"
    runs = [stateless("verify", "--proof-only", file) for _ in range(TRIES)]
    assert all(run.code == 0 for run in runs)
    assert min(run.cpu_seconds for run in runs) <= 0.7
    assert max(run.peak_bytes for run in runs) <= 90 * MIB


def test_imports() -> None:
    """At most 0.25 s of that are imports, the interpreter's own start among them."""
    names = [name for name in loaded("verify", "--proof-only", TRANSFER) if not name.startswith(("__", "_"))]
    command = (sys.executable, "-c", IMPORTS, *names)
    runs = [stateless(command=command) for _ in range(TRIES)]
    assert all(run.code == 0 for run in runs)
    assert min(run.cpu_seconds for run in runs) <= 0.25
