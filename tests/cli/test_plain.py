"""Plain output: one line a block, for pipes, files, dumb terminals and serial consoles."""

from __future__ import annotations

import re

import pytest

from cli import words
from cli.error_words import where_texts
from cli.exit_codes import ExitCode
from cli.verdict_lines import PROOF_ONLY, title
from tests.cli import calling
from tests.cli.calling import call


def test_one_line_a_block_and_the_sum() -> None:
    said = call("verify", "--proof-only", calling.CHAIN, calling.FALSE_PROOF)
    lines = said.out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"valid        {calling.CHAIN}#1  {PROOF_ONLY}, block 1, 2 transactions, ")
    assert lines[1].startswith(f"valid        {calling.CHAIN}#2  {PROOF_ONLY}, block 2, ")
    assert lines[2].startswith(
        f"invalid      {calling.FALSE_PROOF}: transfer-new  PROOF_IPA_FALSE at PROOF: "
    )
    assert re.fullmatch(r"3 blocks: 2 valid, 1 invalid; [\d.]+ m?s", lines[3])


def test_which_block_of_a_file_is_meant() -> None:
    def said(name: str) -> str:
        return title({"name": name, "input": "a/b.json"})

    assert said("b") == said("a/b.json") == "a/b.json"
    assert said("b#2") == said("a/b.json#2") == "a/b.json#2"
    assert said("other") == "a/b.json: other"
    long = "tests/frontier/test_x.py::TestClass::test_this[fork_Verkle-1]"
    assert said(long) == "a/b.json: TestClass::test_this[fork_Verkle-1]"
    assert said(long + "#2") == "a/b.json: TestClass::test_this[fork_Verkle-1]#2"


def test_a_single_block_has_no_sum() -> None:
    assert call("verify", "--proof-only", calling.TRANSFER).out.count("\n") == 1


def test_an_error_says_what_where_expected_got_and_what_to_do() -> None:
    file = calling.FIXTURES / "broken" / "commitment-missing.json"
    said = call("verify", "--proof-only", file)
    assert "COMMITMENT_MISSING at SHAPE: the proof has fewer commitments" in said.out
    assert re.search(r", expected \d+, got \d+, rules kaustinen7$", said.out.strip())
    assert said.err.startswith("next, COMMITMENT_MISSING: ")


def test_the_next_step_is_said_once_a_code() -> None:
    said = call("verify", "--proof-only", calling.FALSE_PROOF, calling.FALSE_PROOF, calling.TRUNCATED)
    assert [line.partition(":")[0] for line in said.err.splitlines()] == [
        "next, PROOF_IPA_FALSE",
        "next, JSON_SYNTAX",
    ]


def test_a_block_is_executed_unless_proof_alone_is_asked_for() -> None:
    said = call("verify", calling.TRANSFER)
    assert said.code == ExitCode.VALID
    assert PROOF_ONLY not in said.out


def test_what_cannot_be_executed_is_unsupported_and_says_how_to_go_on() -> None:
    said = call("verify", "--rules", "kaustinen5", calling.TRANSFER)
    assert said.code == ExitCode.UNSUPPORTED
    assert PROOF_ONLY not in said.out
    assert "--proof-only" in said.out


def test_quiet_prints_only_what_is_not_valid() -> None:
    said = call("verify", "--proof-only", "-q", calling.CHAIN, calling.FALSE_PROOF)
    assert said.out.count("\n") == 1
    assert said.out.startswith("invalid ")
    assert said.err == ""


def test_verbose_lists_every_check() -> None:
    said = call("verify", "--proof-only", "-v", calling.TRANSFER)
    lines = said.out.splitlines()[1:]
    assert len(lines) == len(
        call("verify", "--json", "--proof-only", calling.TRANSFER).json()["results"][0]["checks"]
    )
    assert any(line.split()[:2] == ["✓", "proof"] for line in lines)
    assert any(line.split()[:2] == ["–", "execution"] for line in lines)


@pytest.mark.parametrize(
    ("encoding", "env"), [("ascii", {}), ("latin-1", {}), ("utf-8", {"TERM": "dumb"})], ids=str
)
def test_ascii_where_there_is_no_more(encoding: str, env: dict[str, str]) -> None:
    for arguments in (("verify", "--proof-only", "-v"), ("inspect",)):
        said = call(*arguments, calling.TRANSFER, encoding=encoding, env=env, terminal=True)
        assert said.code == ExitCode.VALID
        assert said.out.isascii()
        assert "\x1b" not in said.out


def test_assumptions_are_counted() -> None:
    file = calling.FIXTURES / "node-kinds" / "absence-of-present.json"
    assert "assumed ABSENCE_NODE_KIND x 1" in call("verify", "--proof-only", file).out


@pytest.mark.parametrize(
    ("wei", "text"),
    [
        (0, "0"),
        (1, "1 wei"),
        (9_999_999, "9,999,999 wei"),
        (10**7, "0.01 gwei"),
        (123_456_789_012, "123.456789 gwei"),
        (10**14, "0.0001 ETH"),
        (10**18, "1 ETH"),
        (1_999_999_999_999_999_999, "1.999999 ETH"),
        (-(10**18), "-1 ETH"),
        (12_345 * 10**18, "12,345 ETH"),
    ],
)
def test_amounts(wei: int, text: str) -> None:
    assert words.ether(wei) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (10**18, 2 * 10**18, "1 -> 2 ETH"),
        (0, 10**18, "0 -> 1 ETH"),
        (1, 10**18, "1 wei -> 1 ETH"),
        (10**18, 0, "1 ETH -> 0"),
        (1000 * 10**18, 1000 * 10**18 + 18, "1,000 -> 1,000.000000000000000018 ETH"),
        (10**9, 10**9 + 25 * 10, "1 -> 1.00000025 gwei"),
        (10**18, 10**18, "1 -> 1 ETH"),
    ],
)
def test_changes_of_amounts(before: int, after: int, text: str) -> None:
    assert words.ether_change(before, after, "->") == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.004, "0.00 ms"),
        (0.42, "0.42 ms"),
        (9.994, "9.99 ms"),
        (34.56, "34.6 ms"),
        (340.4, "340 ms"),
        (1700, "1.7 s"),
    ],
)
def test_durations(ms: float, text: str) -> None:
    assert words.milliseconds(ms) == text


def test_short_hex_keeps_what_is_hardly_longer() -> None:
    assert words.short_hex(bytes(range(32))) == "0x00010203…1e1f"
    assert words.short_hex(bytes(7)) == "0x" + "00" * 7
    assert words.short_hex("0xabcd", 1, 0, "..") == "0xabcd"


def test_one_step_for_several_codes_is_said_once() -> None:
    broken = calling.FIXTURES / "broken"
    files = (broken / "commitment-missing.json", broken / "commitment-unused.json", calling.TRUNCATED)
    said = call("verify", "--proof-only", *files)
    assert [line.partition(":")[0] for line in said.err.splitlines()] == [
        "next, COMMITMENT_MISSING, COMMITMENT_UNUSED",
        "next, JSON_SYNTAX",
    ]


def test_a_place_is_said_once() -> None:
    said = call("verify", "--proof-only", calling.TRUNCATED).out
    assert said.count("7483") == 1
    short = call("verify", "--proof-only", calling.FIXTURES / "broken" / "value-short.json").out
    assert (short.count("stateDiff"), short.count("32 bytes")) == (1, 1)


def test_a_state_root_that_is_only_asserted_is_said_to_be() -> None:
    """Bound by the parent's header: nothing is said. Else by whom, in the line and in the table."""
    file = calling.FIXTURES / "verkle" / "transfers.json"
    binary = calling.FIXTURES / "binary" / "three-transactions.json"
    for path in (file, binary, calling.CHAIN):
        results = call("verify", "--json", path).json()["results"]
        for result, line in zip(results, call("verify", path).out.splitlines(), strict=False):
            asserted = result["pre_state_root_from"] == "file"
            assert asserted == (path == binary)
            assert line.endswith(", state before asserted by the input") == asserted
            assert ("asserted" in line) == asserted
    witness = calling.FIXTURES / "node-kinds" / "absence-honest-shown.json"
    [result] = call("verify", "--json", "--proof-only", witness).json()["results"]
    root = result["pre_state_root"]
    said = call("verify", "--proof-only", "--pre-root", root, witness)
    assert said.out.strip().endswith(", state before asserted by --pre-root")
    drawn = call("verify", binary, calling.CHAIN, terminal=True, env={"COLUMNS": "200"}).out
    assert [("root asserted" in line) for line in drawn.splitlines() if "valid" in line and "│" in line] == [
        True,
        False,
        False,
    ]


def test_the_rules_of_a_refused_block_are_named() -> None:
    said = call("verify", calling.FIXTURES / "broken" / "new-value.json")
    assert said.out.strip().endswith(", rules kaustinen7")
    assert "the verdict names them" in said.err
    assert "rules" not in call("verify", calling.TRUNCATED).out


def test_no_value_is_said_by_nothing_at_all() -> None:
    assert [words.value_text(value) for value in ("", [], {}, None)] == ["nothing"] * 4
    assert words.value_text(b"") == "0x"
    error = {"message": "x", "where": {"path": "", "reached": "0x", "key": "", "deep": 0}}
    assert where_texts(error) == ["path (the root)", "reached (the root)", "key nothing", "deep 0"]
    said = call("verify", calling.FIXTURES / "refusals" / "BINARY_KIND_NEEDLESS.json").out
    assert ", expected nothing, got 0" in said
    assert "holds another [" in call("verify", calling.FIXTURES / "refusals" / "ANCESTORS_GAP.json").out
