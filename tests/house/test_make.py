"""The Makefile and .ci/run: the help is true, and nothing is there that only pretends."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _make(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    # A make that runs these tests hands its flags on by MAKEFLAGS.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=project, env=clean | env, capture_output=True, text=True, check=False
    )


@needs_make
def test_help_lists_every_target_and_no_other(project: Path) -> None:
    said = _make(project, "help")
    assert said.returncode == 0, said.stderr
    listed = set(re.findall(r"^  ([a-z-]+) ", said.stdout, re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY: (\S+)", (project / "Makefile").read_text(), re.MULTILINE))
    assert listed == phony
    assert {"setup", "demo", "test", "lint", "help"} <= listed


@needs_make
def test_every_target_has_details_on_request(project: Path) -> None:
    said = _make(project, "help", "V=1")
    for target in re.findall(r"^  ([a-z-]+) ", _make(project, "help").stdout, re.MULTILINE):
        assert re.search(rf"^        make {target}\b", said.stdout, re.MULTILINE), f"no example of {target}"


@needs_make
def test_an_unfit_python_is_named_with_advice(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\necho 'too old' >&2\nexit 1\n")
    old.chmod(0o755)
    done = _make(project, "setup", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert done.returncode != 0
    assert "Python 3.11 or later" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_fit_python_is_found(project: Path) -> None:
    env = dict(os.environ) | {"PYTHON": sys.executable}
    done = subprocess.run([project / ".ci/find-python"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).exists()


@pytest.mark.parametrize("name", ["run", "venv", "find-python", "wheels-check"])
def test_scripts_may_be_run(project: Path, name: str) -> None:
    script = project / ".ci" / name
    assert script.stat().st_mode & stat.S_IXUSR
    if not script.read_text().startswith("#!/usr/bin/env python3"):
        shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
        assert subprocess.run([shell, "-n", script], check=False).returncode == 0


def test_ci_runs_lint_and_tests_and_requires_the_vectors(project: Path) -> None:
    text = (project / ".ci" / "run").read_text()
    assert "make lint" in text
    assert "make test" in text
    assert "STATELESS_REQUIRE_VECTORS=1" in text
