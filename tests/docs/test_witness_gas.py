"""The page on witness gas says what the tables of rules say, and what this program answers to odd blocks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stateless.rules_table import BEGIN, END, rules_markdown
from stateless.verifier import verify_all
from tests.vectors import PROJECT

PAGE = (PROJECT / "docs" / "8-witness-gas.md").read_text(encoding="utf-8")


def between(begin: str, end: str) -> str:
    return PAGE.split(f"{begin}\n", 1)[1].split(end, 1)[0]


def test_the_tables_of_rules() -> None:
    assert between(BEGIN, END) == rules_markdown()


ODD = [
    ([name.strip() for name in row[0].split(",")], row[2].split(", "), re.findall(r"`(\w+)`", row[3]))
    for row in (
        [cell.strip() for cell in line.strip("| ").split(" | ")] + [""]
        for line in between("<!-- odd -->", "<!-- end of odd -->").splitlines()[2:]
    )
]


def test_every_odd_block_is_there(vectors: Path) -> None:
    files = {path.stem for path in (vectors / "verkle-geth" / "odd").glob("*.json")}
    assert sorted(files) == sorted(name for names, _, _ in ODD for name in names)


@pytest.mark.parametrize(("names", "outcomes", "codes"), ODD, ids=[row[0][0] for row in ODD])
def test_what_this_program_answers(
    vectors: Path, names: list[str], outcomes: list[str], codes: list[str]
) -> None:
    """One outcome for each block, or one for all of them."""
    for name in names:
        path = vectors / "verkle-geth" / "odd" / f"{name}.json"
        verdicts = verify_all(path.read_bytes(), name)
        expected = outcomes if len(outcomes) > 1 else outcomes * len(verdicts)
        assert [verdict.verdict for verdict in verdicts] == expected
        assert [verdict.error.code for verdict in verdicts if verdict.error] == codes
