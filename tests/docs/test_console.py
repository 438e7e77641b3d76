"""Calls of the program in the README and the explainers print what stands below them, as through a pipe."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.calling import call
from tests.vectors import PROJECT

_BLOCK = re.compile(r"^```console\n\$ stateless (.*)\n((?:.*\n)*?)```$", re.MULTILINE)
_TIME = re.compile(r"\b[\d.,]+ m?s\b")
CALLS = [
    (path, match[1], match[2])
    for path in (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))
    for match in _BLOCK.finditer(path.read_text(encoding="utf-8"))
]


def test_there_are_some() -> None:
    assert {path.name for path, _, _ in CALLS} >= {"README.md", "12-looking-inside.md"}
    assert {words.split()[0] for _, words, _ in CALLS} >= {"verify", "inspect", "explain", "diff", "lint"}


@pytest.mark.parametrize(("path", "words", "printed"), CALLS, ids=lambda value: str(value)[:60])
def test_it_prints_that(path: Path, words: str, printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    assert _TIME.sub("0 ms", call(*shlex.split(words)).out) == _TIME.sub("0 ms", printed), path.name
