"""The explainers say what the program does: their sessions run; codes, files and links in them exist."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from stateless.code_table import CODES
from tests.vectors import PROJECT

DOCS = PROJECT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WITNESS = DOCS / "4-the-witness.md"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)")
_ROW = re.compile(r"^\| (`[A-Z_`, ]+)[^|]*\| [SU] \|", re.MULTILINE)


def sessions(text: str) -> str:
    """The page with all but its ``python`` blocks blanked, so that line numbers stay those of the page."""
    kept = ["\n"] * text.count("\n")
    for match in _FENCE.finditer(text):
        if match[1] == "python":
            first = text.count("\n", 0, match.start(2))
            block = match[2].splitlines(keepends=True)
            kept[first : first + len(block)] = block
    return "".join(kept)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sessions(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ``>>>`` of a page, in one session from its top to its end, at the root of the checkout."""
    monkeypatch.chdir(PROJECT)
    source = sessions(page.read_text(encoding="utf-8"))
    test = doctest.DocTestParser().get_doctest(source, {"__name__": page.stem}, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_of_python_are_sessions(page: Path) -> None:
    """A block marked ``python`` without a prompt would look run and would not be."""
    for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
        assert (language == "python") == block.startswith(">>> "), block[:80]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        assert target.startswith("https://") or (page.parent / target).exists(), target
    for name in re.findall(r"`((?:verkle|witness|stateless|tests|fixtures)/[\w/.-]+)`", text):
        assert (PROJECT / name).exists(), name


@pytest.mark.parametrize("module", ["openings", "proof", "multiproof", "banderwagon"])
def test_every_refusal_is_argued(module: str) -> None:
    """The table of page 4 has each code with which the structure and the proof can be refused."""
    source = (PROJECT / "verkle" / f"{module}.py").read_text(encoding="utf-8")
    texts = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    raised = texts & CODES.keys() - {"PROOF_LENGTH"}  # of the 576-byte form, which no witness has
    assert raised
    assert raised <= argued()


def test_only_refusals_are_argued() -> None:
    assert argued() <= CODES.keys()


def argued() -> set[str]:
    """The codes in the table's first column."""
    rows = _ROW.findall(WITNESS.read_text(encoding="utf-8"))
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def test_the_index_has_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES} - {"README.md"} <= set(_LINK.findall(index))
