"""What a terminal gets: a card for one block, a table for several, colours only where they are wanted."""

from __future__ import annotations

import re

import pytest

from cli.exit_codes import ExitCode
from cli.verdict_drawn import common_folder
from cli.verdict_lines import PROOF_ONLY
from tests.cli import calling
from tests.cli.calling import Said, call

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def bare(said: Said) -> str:
    return ESCAPES.sub("", said.out)


def test_a_card_for_one_valid_block() -> None:
    said = call("verify", "--proof-only", calling.TRANSFER, terminal=True)
    text = bare(said)
    assert said.code == ExitCode.VALID
    assert "\x1b[" in said.out
    assert f"✓ VALID · {PROOF_ONLY}" in text
    result = call("verify", "--json", "--proof-only", calling.TRANSFER).json()["results"][0]
    for root in (result["pre_state_root"], result["post_state_root"], result["block"]["hash"]):
        assert root in text, "hashes stand whole, to be copied"
    assert "✓  proof" in text
    assert "–  execution" in text
    assert "bound by the parent's header" in text


def test_a_card_fits_80_columns_with_hashes_whole() -> None:
    said = call("verify", "--proof-only", calling.TRANSFER, terminal=True, env={"COLUMNS": "80"})
    result = call("verify", "--json", "--proof-only", calling.TRANSFER).json()["results"][0]
    assert result["post_state_root"] in bare(said)
    assert max(map(len, bare(said).splitlines())) <= 80


def test_a_card_for_a_refusal_says_what_to_do() -> None:
    text = bare(call("verify", "--proof-only", calling.FALSE_PROOF, terminal=True))
    assert "✗ INVALID" in text
    assert PROOF_ONLY not in text
    for heading in ("code", "what", "stage", "where", "cause", "next"):
        assert re.search(rf"^│ {heading} ", text, re.MULTILINE), heading
    assert "✗  proof" in text


def test_verbose_cards_show_every_header_rule() -> None:
    text = bare(call("verify", "--proof-only", "-v", calling.TRANSFER, terminal=True))
    assert "header base fee" in text
    assert "header base fee" not in bare(call("verify", "--proof-only", calling.TRANSFER, terminal=True))


def test_a_table_for_several() -> None:
    files = (calling.CHAIN, calling.FALSE_PROOF, calling.TRUNCATED)
    said = call("verify", "--proof-only", *files, terminal=True, env={"COLUMNS": "140"})
    text = bare(said)
    assert said.code == ExitCode.INVALID
    assert PROOF_ONLY in text
    assert "blocks/transfer-new.json#2" in text
    assert "invalid PROOF_IPA_FALSE" in text
    assert "malformed JSON_SYNTAX" in text
    assert "4 blocks: 2 valid, 1 invalid, 1 malformed" in text


def test_quiet_leaves_valid_blocks_out() -> None:
    text = bare(call("verify", "--proof-only", "-q", calling.CHAIN, calling.FALSE_PROOF, terminal=True))
    assert "transfer-new.json#1" not in text
    assert "PROOF_IPA_FALSE" in text
    assert bare(call("verify", "--proof-only", "-q", calling.CHAIN, terminal=True)) == ""


@pytest.mark.parametrize(
    ("options", "terminal", "env", "drawn", "coloured"),
    [
        ((), True, {}, True, True),
        ((), False, {}, False, False),
        (("--color", "never"), True, {}, True, False),
        (("--color", "always"), False, {}, True, True),
        ((), True, {"NO_COLOR": "1"}, True, False),
        ((), False, {"FORCE_COLOR": "1"}, True, True),
        ((), True, {"TTY_COMPATIBLE": "0"}, False, False),
        ((), True, {"TERM": "dumb"}, False, False),
    ],
    ids=str,
)
def test_when_it_draws(
    options: tuple[str, ...], terminal: bool, env: dict[str, str], drawn: bool, coloured: bool
) -> None:
    said = call("verify", "--proof-only", *options, calling.TRANSFER, terminal=terminal, env=env)
    assert ("╭" in said.out) == drawn
    assert bool(re.search(r"\x1b\[[0-9;]*3\dm", said.out)) == coloured


def test_progress_moves_on_standard_error_only() -> None:
    broken = sorted((calling.FIXTURES / "broken").glob("*.json"))
    said = call("verify", "--proof-only", *broken, terminal=True)
    assert "judging" in said.err
    assert "judging" not in said.out
    assert "judging" not in call("verify", "--proof-only", "-q", *broken, terminal=True).err
    assert "judging" not in call("verify", "--proof-only", *broken).err


def test_markup_in_names_is_text() -> None:
    said = call("verify", "--proof-only", "[bold red]x[/]*", terminal=True)
    assert said.code == ExitCode.USAGE
    assert "[bold red]" in said.err


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (("a/b/c", "a/b/d"), "a/b/"),
        (("a/bc", "a/bd/e"), "a/"),
        (("a", "b"), ""),
        (("/a/b", "/c"), "/"),
        (("a/b",), "a/"),
    ],
)
def test_common_folder(names: tuple[str, ...], folder: str) -> None:
    assert common_folder(names) == folder


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_a_table_on_a_narrow_terminal_keeps_its_verdicts(columns: int) -> None:
    files = (calling.CHAIN, calling.FALSE_PROOF, calling.TRUNCATED)
    text = bare(call("verify", "--proof-only", *files, terminal=True, env={"COLUMNS": str(columns)}))
    assert "PROOF_IPA_FALSE" in text.partition("╰")[0]
    assert max(map(len, text.splitlines())) <= columns
    assert ("witness" in text.splitlines()[2]) == (columns >= 100)
