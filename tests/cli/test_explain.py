"""``stateless explain`` as it is called: drawing, words, JSON, exit codes; and the pages of error codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from stateless.code_table import CODES
from tests.cli import calling
from tests.cli.calling import call

TYPES = calling.FIXTURES / "blocks" / "tx-types.json"
PATRICIA = calling.FIXTURES / "patricia" / "three-transactions.json"
CONTRACT = "0x99ea1d0f499916e51a8a73e421c18e351978235e"
COINBASE = "0x29e84647acd0b6eddbc084600d422fab190cc5d0"
COUNTER = "0x" + "c0" * 20
KEYS = [
    "schema", "version", "exit_code", "input", "name", "tree", "asked", "status", "root", "root_from",
    "proof", "conclusion", "answers", "steps", "assumptions", "error",
]  # fmt: skip


def test_a_value_in_a_drawing_and_in_words() -> None:
    said = call("explain", TYPES, CONTRACT)
    assert (said.code, said.err) == (ExitCode.VALID, "")
    assert "verkle tree  the proof holds" in said.out
    assert "└── 1 root" in said.out
    assert "[0x95] leaf of account" in said.out
    assert "C1" in said.out
    assert "\n5. Suffix 1 (code hash)" in said.out
    assert said.out.rstrip().splitlines()[-1].startswith("The witness shows account")


def test_the_other_tree() -> None:
    said = call("explain", PATRICIA, f"{COUNTER}:0")
    assert said.code == ExitCode.VALID
    assert "branch, child d" in said.out
    assert said.out.rstrip().endswith("slot 0 is 41.")
    code = call("explain", PATRICIA, COUNTER, "--chunk", "0")
    assert "20 bytes" in code.out
    assert "0x600160005401806000558060005260206000a100" in code.out


def test_an_absence_is_an_answer() -> None:
    said = call("explain", TYPES, COINBASE)
    assert said.code == ExitCode.VALID
    assert "empty slot: absent" in said.out
    stranger = call("explain", PATRICIA, "0x" + "11" * 20)
    assert stranger.code == ExitCode.VALID
    assert "is absent" in stranger.out


def test_an_absence_that_rests_on_something_says_so() -> None:
    file = calling.FIXTURES / "node-kinds" / "absence-of-present.json"
    stem = "0x5577000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c"
    said = call("explain", file, stem)
    assert said.code == ExitCode.VALID
    assert "assumed, not shown" in said.out
    (assumption,) = call("explain", "--json", file, stem).json()["assumptions"]
    assert assumption["code"] == "ABSENCE_NODE_KIND"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((TYPES, CONTRACT), 0),
        ((TYPES, COINBASE), 0),
        ((TYPES, CONTRACT, "--slot", "0"), 0),
        ((TYPES, "00" * 32), 5),
        ((PATRICIA, COUNTER), 0),
        ((calling.FALSE_PROOF, "00" * 32), 1),
        ((calling.TRUNCATED, "00" * 32), 3),
        ((calling.NO_WITNESS, "00" * 32), 5),
        ((calling.FIXTURES / "broken" / "depth-zero.json", "00" * 32), 1),
        ((calling.FIXTURES / "patricia" / "node-missing.json", COUNTER), 5),
    ],
    ids=str,
)
def test_json_has_one_shape(arguments: tuple[str | Path, ...], code: int) -> None:
    said = call("explain", "--json", *arguments)
    document = said.json()
    assert list(document) == KEYS
    assert said.code == code == document["exit_code"]
    assert document["schema"] == "stateless/explain/1"
    assert (document["error"] is None) == (code == 0)
    for step in document["steps"]:
        assert list(step) == ["kind", "level", "path", "title", "words", "facts"]
    for answer in document["answers"]:
        assert list(answer) == ["name", "key", "status", "value", "new", "meaning"]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (TYPES,),
        (TYPES, "nonsense"),
        (TYPES, CONTRACT, "--slot", "-1"),
        (TYPES, CONTRACT, "--slot", "1", "--chunk", "1"),
        (TYPES, CONTRACT, "--rules", "nothing"),
        (TYPES, CONTRACT, "--pre-root", "00"),
        (TYPES, CONTRACT, "--pick", "2"),
        (calling.CHAIN, CONTRACT),
        (calling.CHAIN, CONTRACT, "--pick", "3"),
        ("no/such/file", CONTRACT),
        ("--error", "NO_SUCH_CODE"),
        (TYPES, "--error", "PROOF_IPA_FALSE"),
        (PATRICIA, "00" * 31),
    ],
    ids=str,
)
def test_calls_that_mean_nothing(arguments: tuple[str | Path, ...]) -> None:
    said = call("explain", *arguments)
    assert said.code == ExitCode.USAGE
    assert said.out == ""
    assert "Traceback" not in said.err


def test_one_of_several_blocks() -> None:
    first = call("explain", calling.CHAIN, "00" * 32, "--pick", "1", "--json").json()
    second = call("explain", calling.CHAIN, "00" * 32, "--pick", "2", "--json").json()
    assert (first["name"], second["name"]) == ("transfer-new#1", "transfer-new#2")
    assert first["root"] != second["root"]


def test_block_and_witness_in_two_files(vectors: Path) -> None:
    folder = vectors / "patricia-blocks"
    witness, block = folder / "devnet-1.witness.json", folder / "devnet-1.block.json"
    address = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"
    alone = call("explain", witness, address, "--json").json()
    whole = call("explain", witness, address, "--block", block, "--json").json()
    assert (alone["root_from"], whole["root_from"]) == ("newest_header", "parent_header")
    assert alone["answers"] == whole["answers"]


def test_plain_where_the_encoding_has_no_more() -> None:
    said = call("explain", TYPES, CONTRACT, encoding="ascii")
    assert said.code == ExitCode.VALID
    assert said.out.isascii()
    assert "`-- 1 root" in said.out
    assert "\\u" not in said.out


def test_drawn_on_a_terminal() -> None:
    said = call("explain", TYPES, CONTRACT, terminal=True)
    assert "\x1b[" in said.out
    assert "└── " in said.out


def test_quiet_says_the_conclusion_alone() -> None:
    said = call("-q", "explain", TYPES, COINBASE)
    assert said.out == f"The witness shows that account {COINBASE} is absent.\n"


@pytest.mark.parametrize(
    "file", sorted((calling.FIXTURES / "broken").glob("*.json")), ids=lambda path: path.name
)
def test_broken_inputs_never_end_in_a_traceback(file: Path) -> None:
    for options in ((), ("--json",), ("--color", "always")):
        said = call("explain", *options, file, "0x16" + "00" * 30, "--pick", "1")
        assert said.code in {ExitCode.VALID, ExitCode.INVALID, ExitCode.MALFORMED, ExitCode.INCOMPLETE}
        assert "Traceback" not in said.err


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_has_its_page(code: str) -> None:
    said = call("explain", "--error", code)
    assert (said.code, said.err) == (ExitCode.VALID, "")
    lines = said.out.splitlines()
    assert lines[0] == code
    entry = CODES[code]
    for heading, text in (("meaning", entry.meaning), ("cause", entry.cause), ("next", entry.next_step)):
        assert any(line.split()[0] == heading and line.endswith(text) for line in lines[1:])


def test_error_codes_in_json_and_in_other_spellings() -> None:
    document = call("explain", "--error", "proof-ipa-false", "--json").json()
    assert document["code"] == "PROOF_IPA_FALSE"
    assert (document["family"], document["exit_code_of_family"], document["stages"]) == (
        "invalid",
        1,
        ["PROOF"],
    )
    assert "Did you mean PROOF_IPA_FALSE" in call("explain", "--error", "PROOF_IPA").err
    assert "docs/errors.md has them all" in call("explain", "--error", "FOO").err


def test_a_file_without_a_question_names_what_is_missing() -> None:
    said = call("explain", calling.CHAIN)
    assert said.code == ExitCode.USAGE
    assert "Invalid value for WHAT: it is missing" in said.err
