"""A test without its vectors is skipped with a reason, and fails the run where vectors are required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors import ABSENT, vector_files

PROBE = Path(__file__).with_name("probe_vectors.py")


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_absent_vectors(project: Path, tmp_path: Path, required: str, code: int, workers: str) -> None:
    env = dict(os.environ) | {
        "STATELESS_VECTORS": str(tmp_path / "none"),
        "STATELESS_REQUIRE_VECTORS": required,
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", workers, "-p", "no:cacheprovider", str(PROBE)],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "2 skipped" in done.stdout
    assert ABSENT in done.stdout
    assert ("vectors are required here" in done.stdout) == bool(required)


def test_a_pattern_without_files_skips_rather_than_vanishes() -> None:
    (only,) = vector_files("no-such-folder/*.json")
    assert [mark.name for mark in only.marks] == ["skip"]
