"""Plain output: one line a block, for pipes, files, dumb terminals and serial consoles."""

from __future__ import annotations

import re

import pytest

from cli import words
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
    assert re.search(r", expected \d+, got \d+$", said.out.strip())
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
