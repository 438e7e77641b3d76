"""The wheel, installed where nothing else is: the four packages, their data, and only the declared packages.

Nothing is fetched. The wheel is built by the setuptools of the test environment, and the fresh environment
gets links to those installed distributions that the wheel's own metadata asks for, and theirs in turn; what
is not declared is therefore not there.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.slow

PACKAGES = ("verkle", "witness", "stateless", "cli")
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
        source = project / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, out], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel and what it declares, no more."""
    root = tmp_path_factory.mktemp("fresh") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root], check=True)
    python = root / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    for distribution in _closure(wheel):
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__"} and not (site / top).exists():
                (site / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())
    quiet = ["--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "--python", python, "install", *quiet, "--no-index", "--no-deps"]
    subprocess.run([*command, wheel], check=True)
    return root / "bin"


def _closure(wheel: Path) -> list[importlib.metadata.Distribution]:
    """The installed distributions that a wheel needs, directly and through others, without extras."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode()
    asked = [line.split(":", 1)[1] for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    found: dict[str, importlib.metadata.Distribution] = {}
    while asked:
        requirement = Requirement(asked.pop())
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        distribution = importlib.metadata.distribution(requirement.name)
        if distribution.name not in found:
            found[distribution.name] = distribution
            asked += distribution.requires or []
    return list(found.values())


def _run(program: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    return subprocess.run(
        [program, *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops - set(PACKAGES) == {top for top in tops if top.endswith(".dist-info")}
    assert len(tops) == len(PACKAGES) + 1
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    assert any(name.startswith("verkle/") and name.endswith(".bin") for name in names)


def test_the_wheel_holds_every_file_of_the_packages(project: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for package in PACKAGES:
        for path in (project / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(project)) in names


def test_the_command_runs_with_what_is_declared(project: Path, installed: Path, tmp_path: Path) -> None:
    help_screen = _run(installed / "stateless", "--help", cwd=tmp_path)
    assert help_screen.returncode == 0, help_screen.stderr
    block = project / "fixtures" / "blocks" / "transfer-new.json"
    sound = _run(installed / "stateless", "verify", "--proof-only", block, cwd=tmp_path)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "PROOF AND ROOTS ONLY" in sound.stdout
    broken = project / "fixtures" / "broken" / "new-value.json"
    assert _run(installed / "stateless", "verify", "--proof-only", broken, cwd=tmp_path).returncode == 1


def test_no_test_tool_came_along(installed: Path, tmp_path: Path) -> None:
    for module in ("pytest", "hypothesis", "setuptools", "tests", "fixtures"):
        assert _run(installed / "python", "-c", f"import {module}", cwd=tmp_path).returncode != 0, module
