"""pyproject.toml: each dependency gives its reason, is bounded, and the version is the changelog's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

REQUIREMENT = re.compile(r'^\s*"(?P<name>[A-Za-z0-9_.-]+)(?P<rest>\[[a-z]+\])?(?P<range>[^;"]*)')


def _dependency_lines(text: str) -> list[tuple[str, str, str]]:
    """(section, line, line before) of every requirement in the runtime list and the extras."""
    found: list[tuple[str, str, str]] = []
    section, before = "", ""
    for line in text.splitlines():
        opened = re.match(r"^(dependencies|[a-z]+) = \[", line)
        if opened and (opened[1] == "dependencies" or opened[1] in EXTRAS):
            section = opened[1]
        elif line.startswith("]"):
            section = ""
        elif section and REQUIREMENT.match(line):
            found.append((section, line.strip(), before.strip()))
        before = line
    return found


EXTRAS = ("test", "dev", "compare", "bench", "oracle", "fuzz")


def test_every_dependency_has_a_reason(project: Path) -> None:
    lines = _dependency_lines((project / "pyproject.toml").read_text())
    assert len([1 for section, _, _ in lines if section == "dependencies"]) >= 7
    for section, line, before in lines:
        if line.startswith('"stateless['):  # an extra built on another
            continue
        assert before.startswith("# "), f"[{section}] {line} has no reason above it"


def test_every_runtime_dependency_is_bounded(project: Path) -> None:
    for section, line, _ in _dependency_lines((project / "pyproject.toml").read_text()):
        if section == "dependencies":
            matched = REQUIREMENT.match(line)
            assert matched
            assert ">=" in matched["range"], line
            assert "<" in matched["range"].replace(">=", ""), line


def test_extras_are_those_of_the_design(project: Path) -> None:
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extras) == set(EXTRAS)


def test_version_and_changelog_agree(project: Path) -> None:
    version = tomllib.loads((project / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (project / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings
    assert headings[0] in {"Unreleased", version}
    released = [heading for heading in headings if heading != "Unreleased"]
    if released:
        assert released[0] == version


@pytest.mark.parametrize("package", ["verkle", "witness", "stateless", "cli"])
def test_packages_carry_their_types(project: Path, package: str) -> None:
    assert (project / package / "py.typed").is_file()
