"""The package's front: names load when they are used, and importing it loads nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import stateless


def run(program: str, project: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, check=True, text=True
    ).stdout


def test_importing_the_package_loads_no_other_room(project: Path) -> None:
    said = run(
        "import sys, stateless\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('verkle', 'witness', 'cli')])",
        project,
    )
    assert said.strip() == "[]"


@pytest.mark.parametrize("name", sorted(set(stateless.__all__) - {"__version__"}))
def test_every_public_name_is_there(name: str, project: Path) -> None:
    assert getattr(stateless, name) is not None
    assert name in dir(stateless)


def test_verify_stays_a_function_whatever_was_imported(project: Path) -> None:
    """A submodule of the same name would take its place."""
    program = (
        "import stateless, stateless.verifier, stateless.verkle_steps; print(callable(stateless.verify))"
    )
    assert run(program, project).strip() == "True"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        stateless.nonsense  # noqa: B018


def test_version_comes_from_the_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name} 9")
    assert stateless.__version__ == "stateless 9"


def test_the_documents_of_codes_can_be_written(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stateless.codes"], cwd=project, capture_output=True, check=True, text=True
    )
    assert done.stdout.startswith("# Error codes\n")
