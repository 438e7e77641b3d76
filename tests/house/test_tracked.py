"""What is in the repository: nothing of one machine, no overgrown file, and nothing secret by accident."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# Folders that one machine has, and addresses that one network has. Not /tmp, /usr, /proc: everybody's.
MACHINE = re.compile(r"(?<![\w.:/])/(?:work|farm|root|home|Users|mnt|opt|srv)/[\w.~-]")
NETWORK = re.compile(
    r"(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?![\d.])"
    r"|\b[\w-]+\.(?:internal|intranet|corp|lan)\b(?![\w(])"
    r"|\b(?:files\.pythonhosted|pypi|registry\.npmjs|proxy\.golang|sum\.golang)\.org\b"
)
BINARY = {".bin", ".gz", ".png", ".ssz", ".cbor", ".rlp"}
MAX_LINES = 500
# One table each, read by its keys and not from top to bottom: splitting it would help nobody.
TABLES = {"stateless/code_table.py"}
MAX_TABLE_LINES = 800
MAX_BYTES = 1 << 20


def _tracked(project: Path) -> list[Path]:
    git = shutil.which("git")
    if git is None or not (project / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    said = subprocess.run([git, "ls-files", "-z"], cwd=project, capture_output=True, check=True).stdout
    paths = [project / name for name in said.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def _texts(project: Path) -> list[tuple[str, str]]:
    here = Path(__file__).resolve()
    return [
        (str(path.relative_to(project)), path.read_text(encoding="utf-8"))
        for path in _tracked(project)
        if path.suffix not in BINARY and path.resolve() != here
    ]


def test_nothing_names_one_machine(project: Path) -> None:
    found = [
        f"{name}: {match[0]}"
        for name, text in _texts(project)
        for pattern in (MACHINE, NETWORK)
        for match in pattern.finditer(text)
        if not name.startswith("benchmarks/peers/go/go.")
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["open('/work/x')", "see /root/.cache", "at 10.1.2.3:80", "https://pypi.org/simple", "db.internal:1"],
)
def test_the_patterns_find_what_they_are_for(text: str) -> None:
    assert MACHINE.search(text) or NETWORK.search(text)


@pytest.mark.parametrize(
    "text", ["../root/x", "https://go.dev/opt/x", "3.10.1.2", "self.internal()", "0x10.1"]
)
def test_the_patterns_leave_the_rest_alone(text: str) -> None:
    assert not MACHINE.search(text)
    assert not NETWORK.search(text)


def test_python_files_hold_one_idea(project: Path) -> None:
    long = {
        name: lines
        for name, text in _texts(project)
        if name.endswith(".py")
        and (lines := text.count("\n")) > (MAX_TABLE_LINES if name in TABLES else MAX_LINES)
    }
    assert long == {}


def test_nothing_large_is_tracked(project: Path) -> None:
    large = {
        str(p.relative_to(project)): p.stat().st_size
        for p in _tracked(project)
        if p.stat().st_size > MAX_BYTES
    }
    assert large == {}


def test_input_is_never_met_by_assert(project: Path) -> None:
    """ruff's S101 says so for ``make lint``; this says so for whoever only runs the tests."""
    rooms = ("verkle/", "witness/", "stateless/", "cli/")
    found = [
        f"{name}: {line.strip()}"
        for name, text in _texts(project)
        if name.startswith(rooms) and name.endswith(".py")
        for line in text.splitlines()
        if re.match(r"\s*assert\b", line)
    ]
    assert found == []
