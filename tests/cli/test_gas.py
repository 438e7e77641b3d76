"""``stateless gas``, called as a user calls it: tables, Markdown, JSON, mistakes, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli import examples
from cli.exit_codes import ExitCode
from stateless.gas_report import PRICE_NAMES
from tests.cli.calling import FIXTURES, call
from tests.cli.test_drawn import bare

TYPES = FIXTURES / "blocks" / "tx-types.json"
PROGRAMS = FIXTURES / "blocks" / "random-128.json"
PATRICIA = FIXTURES / "patricia" / "three-transactions.json"
PARTS = [
    "intrinsic", "execution", "branches", "chunks", "code_chunks", "subtree_edits", "chunk_edits", "fills",
    "warm", "forfeited", "stipends", "refund", "used",
]  # fmt: skip
EVENTS = ["branches", "chunks", "code_chunks", "subtree_edits", "chunk_edits", "fills", "warm"]


def cells(line: str) -> list[str]:
    return line.split()


def test_plain_columns() -> None:
    said = call("gas", TYPES)
    assert (said.code, said.err) == (0, "")
    head, headings, *lines, total = said.out.splitlines()
    assert head == f"{TYPES}: block 1, 8 transactions under kaustinen7"
    assert headings.split("  ")[0] == "tx"
    assert "forfeited" not in headings  # columns of nothing but zeros are left out, but the first ones
    assert len(lines) == 8
    assert cells(lines[1]) == [
        "1", "0x99ea1d…235e", "✓", "24,905", "21,000", "5", "0", "200", "200", "3,000", "500",
    ]  # fmt: skip
    assert cells(total) == ["total", "183,620", "168,000", "20", "0", "800", "800", "12,000", "2,000"]


def numbers(cells: list[str]) -> list[int]:
    return [int(cell.replace(",", "").replace("−", "-")) for cell in cells]


@pytest.mark.parametrize("path", [TYPES, PROGRAMS])
def test_every_line_adds_up(path: Path) -> None:
    _, _, *lines = call("gas", path).out.splitlines()
    for line in lines:
        figures = cells(line)[1:] if "total" in line else cells(line)[3:]
        used, *parts = numbers(figures)
        assert used == sum(parts)


def test_ascii_and_terminals() -> None:
    plain = call("gas", PROGRAMS, encoding="ascii")
    assert plain.code == 0
    assert plain.out.isascii()
    assert "-2,355,200" in plain.out
    for width in ("100", "200"):
        drawn = call("gas", PROGRAMS, "--rules", "eip4762", terminal=True, env={"COLUMNS": width})
        assert drawn.code == 0
        assert "╭" in drawn.out
        assert ("forfeited" in drawn.out) == (width == "200")
        assert "2,802,377" in drawn.out


@pytest.mark.parametrize("path", [TYPES, PROGRAMS])
@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_number_is_broken(path: Path, width: int) -> None:
    """A narrow terminal gets columns joined or left out; no row takes two lines or loses an end of itself."""
    transactions = call("gas", path, "--json").json()["transactions"]
    said = call("gas", path, terminal=True, env={"COLUMNS": str(width)})
    lines = bare(said).splitlines()
    assert all(len(line) <= width for line in lines)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    rows = [row for row in rows if any(cell[-1:].isdigit() for cell in row)]
    assert [row[0] for row in rows[:-1]] == [str(i) for i in range(len(transactions))]
    for row, transaction in zip(rows, transactions, strict=False):
        assert all(row)
        used, *parts = numbers(row[row.index("✓" if transaction["status"] else "✗") + 1 :])
        assert used == transaction["gas"]["used"]
        assert width < 60 or used == sum(parts)
    assert "total" in rows[-1]
    assert f"{sum(each['gas']['used'] for each in transactions):,}" in rows[-1]
    assert ("--md and --json" in " ".join(bare(said).split())) == (width < 120 or path == PROGRAMS)


def test_why_a_row_has_no_answer_stands_below_a_drawn_table() -> None:
    said = call("gas", PROGRAMS, "--set", "witness_branch_cost=0", terminal=True, env={"COLUMNS": "60"})
    text = " ".join(bare(said).split())
    assert "tx 5: incomplete, CODE_CHUNK_MISSING: the witness lacks" in text
    assert text.count("_MISSING") == 3


def test_markdown() -> None:
    said = call("gas", TYPES, "--rules", "shanghai", "--md")
    assert said.code == 0
    tables = [block.splitlines() for block in said.out.split("\n\n") if block.startswith("|")]
    assert [len(table) for table in tables] == [2 + 8 + 1, 2 + 8 + 1]
    for table in tables:
        assert len({line.count("|") for line in table}) == 1
        assert set(table[1]) <= set("|-: ")
    assert "| total | 183,620 | 205,120 | +21,500 | +11.7 % |" in said.out
    assert "shanghai charges for accounts and slots" in said.out
    assert said.out == call("gas", TYPES, "--rules", "shanghai", "--md", terminal=True).out


def test_json() -> None:
    said = call("gas", TYPES, "--json")
    document = said.json()
    assert list(document) == [
        "schema", "version", "exit_code", "input", "block", "rules", "other", "transactions", "total",
        "error",
    ]  # fmt: skip
    assert (document["schema"], document["exit_code"], said.code) == ("stateless/gas/1", 0, 0)
    assert document["block"]["number"] == 1
    assert document["block"]["gas_used"] == document["total"]["gas"]["used"] == 183_620
    assert document["rules"]["name"] == "kaustinen7"
    assert document["rules"]["from"] == "file"
    assert list(document["rules"]["prices"]) == list(PRICE_NAMES)
    assert document["other"] is document["error"] is document["total"]["other"] is None
    first = document["transactions"][1]
    assert list(first) == [
        "index", "hash", "sender", "to", "contract", "status", "gas_limit", "gas", "events", "other",
    ]  # fmt: skip
    assert list(first["gas"]) == PARTS
    assert list(first["events"]) == EVENTS
    assert len(bytes.fromhex(first["hash"][2:])) == 32


def test_json_of_a_comparison() -> None:
    arguments = ("gas", PROGRAMS, "--json", "--rules", "eip4762", "--set", "chunk_fill_cost=0")
    document = call(*arguments, "--set", "warm_cost=7").json()
    assert document["other"]["name"] == "eip4762"
    assert document["other"]["prices"]["chunk_fill_cost"] == 0
    assert document["other"]["prices"]["warm_cost"] == 7
    others = [row["other"] for row in document["transactions"]]
    assert all(list(each) == ["status", "gas", "events", "difference", "changed", "error"] for each in others)
    total = document["total"]["other"]
    assert total["transactions"] == len(others)
    assert total["difference"] == sum(each["difference"] for each in others)
    assert total["gas"]["used"] == document["total"]["gas"]["used"] + total["difference"]


def test_a_price_shows_in_the_heading() -> None:
    said = call("gas", TYPES, "--set", "subtree_edit_cost=1")
    assert "on the same state under kaustinen7, subtree_edit_cost=1" in said.out
    assert said.out.splitlines()[-1].split() == ["total", "183,620", "171,624", "−11,996", "−6.5", "%"]


def test_rows_without_an_answer() -> None:
    """Three transactions run further when stems are free, into code that the witness does not hold."""
    said = call("gas", PROGRAMS, "--set", "witness_branch_cost=0", "--json")
    document = said.json()
    assert said.code == document["exit_code"] == 5
    refused = {
        row["index"]: row["other"]["error"] for row in document["transactions"] if row["other"]["error"]
    }
    assert list(refused) == [5, 8, 16]
    assert {error["code"] for error in refused.values()} == {"CODE_CHUNK_MISSING", "LEAF_MISSING"}
    assert refused[5]["where"]["chunk"] == 8
    assert document["transactions"][5]["other"]["gas"] is None
    assert document["total"]["other"]["transactions"] == 18
    text = call("gas", PROGRAMS, "--set", "witness_branch_cost=0")
    assert text.code == 5
    line = next(line for line in text.out.splitlines() if "CODE_CHUNK_MISSING" in line)
    assert "incomplete" in line
    assert line.endswith(f"account {refused[5]['where']['account']}, chunk 8")
    assert "total of 18" in text.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "witness_branch_cos=1"), "Did you mean witness_branch_cost?"),
        (("--set", "witness_branch_cost"), "not NAME=VALUE"),
        (("--set", "witness_branch_cost=-1"), "not a whole number"),
        (("--set", "witness_branch_cost=x"), "not a whole number"),
        (("--set", "witness_branch_cost=4294967296"), "above 4294967295"),
        (("--set", "warm_cost=1", "--set", "warm_cost=1"), "set twice"),
        (("--set", "warm_cost=1", "--rules", "shanghai"), "no price"),
        (("--rules", "kaustinen77"), "Did you mean kaustinen7?"),
        (("--rules", "osaka"), "is none of"),
        (("--ran-under", "kaustinen77"), "Did you mean kaustinen7?"),
        (("--pre-root", "0x12"), "32 bytes"),
        (("--pick", "2"), "holds 1 block"),
        (("--md", "--json"), "exclude each other"),
    ],
)
def test_mistakes_in_the_call(arguments: tuple[str, ...], says: str) -> None:
    said = call("gas", TYPES, *arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err


def test_several_blocks_of_which_one_is_meant() -> None:
    chain = FIXTURES / "blocks" / "transfer-new.json"
    assert call("gas", chain).code == 2
    assert "block 2" in call("gas", chain, "--pick", "2").out


@pytest.mark.parametrize(
    ("path", "code", "name"),
    [
        (PATRICIA, 4, "NO_WITNESS_GAS"),
        (FIXTURES / "broken" / "current-value.json", 1, "PROOF_IPA_FALSE"),
        (FIXTURES / "broken" / "truncated.json", 3, "JSON_SYNTAX"),
        (FIXTURES / "broken" / "witness-removed.json", 5, "NO_WITNESS"),
    ],
)
def test_what_cannot_be_reported(path: Path, code: int, name: str) -> None:
    said = call("gas", path)
    assert (said.code, said.out) == (code, "")
    assert name in said.err
    document = call("gas", path, "--json")
    assert document.code == document.json()["exit_code"] == code
    assert document.json()["error"]["code"] == name
    assert document.json()["block"] is None


def test_rules_that_the_input_does_not_name() -> None:
    assert call("gas", TYPES, "--ran-under", "kaustinen7", "--json").json()["rules"]["from"] == "option"


def test_examples_are_of_fixtures() -> None:
    for example in examples.GAS:
        words = example.split()
        assert call(*words[1:2], FIXTURES.parent / words[2], *words[3:]).code == 0


def test_a_heading_names_no_price_that_is_the_rules_own() -> None:
    said = call("gas", PROGRAMS, "--rules", "eip4762").out
    assert re.search(r"^on the same state under eip4762$", said, re.MULTILINE)
    said = call("gas", PROGRAMS, "--rules", "eip4762", "--set", "chunk_fill_cost=1").out
    assert re.search(r"^on the same state under eip4762, chunk_fill_cost=1$", said, re.MULTILINE)


@pytest.mark.parametrize("command", ["inspect", "gas", "lint"])
def test_what_takes_a_binary_witness_is_named(command: str) -> None:
    said = call(command, FIXTURES / "binary" / "three-transactions.json")
    assert said.code == ExitCode.UNSUPPORTED
    assert "verify, explain and diff take it" in " ".join(said.err.split())
