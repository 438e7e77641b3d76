"""``inspect``: everything a witness holds is shown, by its meaning, and nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cli.contents import Happened
from cli.exit_codes import ExitCode
from cli.inspect_tree import _ranges
from stateless.leaves import AccountFields, account_fields, meaning
from stateless.rules import RULE_SETS
from tests.cli import calling
from tests.cli.calling import call
from verkle.embedding import storage_position

BLOCKS = sorted((calling.FIXTURES / "blocks").glob("*.json*"))
BLOCK_KEYS = [
    "name", "number", "hash", "rules", "rules_from", "transactions", "sizes", "parts", "openings",
    "stems", "error",
]  # fmt: skip
STEM_KEYS = [
    "stem", "address", "tree_index", "roles", "happened", "status", "depth", "leaf_stem", "before", "after",
    "leaves",
]  # fmt: skip


def blocks(file: Path, *options: str) -> list[dict[str, Any]]:
    said = call("inspect", "--json", file, *options)
    document = said.json()
    assert list(document) == ["schema", "version", "exit_code", "input", "blocks", "error"]
    assert document["schema"] == "stateless/inspect/1"
    assert document["exit_code"] == said.code
    found = document["blocks"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("file", BLOCKS, ids=lambda path: path.name)
def test_json_accounts_for_every_leaf_and_byte(file: Path) -> None:
    for block in blocks(file):
        assert list(block) == BLOCK_KEYS
        sizes = block["sizes"]
        assert len(block["stems"]) == sizes["stems"]
        leaves = [leaf for stem in block["stems"] for leaf in stem["leaves"]]
        assert len(leaves) == sizes["keys"]
        assert sum(leaf["new"] is not None for leaf in leaves) == sizes["new_values"]
        assert sum(part["bytes"] for part in block["parts"]) == sizes["witness_bytes"]
        assert all(part["bytes"] >= 0 for part in block["parts"])
        for stem in block["stems"]:
            assert list(stem) == STEM_KEYS
            if stem["status"] != "present":
                assert stem["before"] is None


@pytest.mark.parametrize("file", BLOCKS, ids=lambda path: path.name)
def test_every_recipient_is_found(file: Path) -> None:
    """Under every rule set of the fixtures the account that a transaction is for is among the stems."""
    for block in blocks(file):
        named = {stem["address"] for stem in block["stems"] if stem["address"] is not None}
        roles = [role for stem in block["stems"] for role in stem["roles"]]
        if block["transactions"]["count"] > block["transactions"]["creations"]:
            assert any(role.startswith("to of") for role in roles)
        assert block["transactions"]["not_understood"] == 0
        assert "0xfffffffffffffffffffffffffffffffffffffffe" in named, "the parent's hash is stored"


@pytest.mark.parametrize("file", BLOCKS, ids=lambda path: path.name)
def test_the_tree_has_every_stem_when_all_are_asked_for(file: Path) -> None:
    text = call("inspect", "--all", file).out
    for block in blocks(file):
        counted = Counter(stem["happened"] for stem in block["stems"])
        for happened, words in {
            "created": "created",
            "changed": "changed",
            "absent": "proven absent",
        }.items():
            if counted[happened]:
                assert re.search(rf"── {counted[happened]:,} (accounts?|stems?) {words}", text)
        assert text.count("[") >= len(block["stems"])
    assert "more (--all)" not in text


def test_large_witnesses_are_cut_by_default() -> None:
    short, whole = call("inspect", calling.PACKED).out, call("inspect", "--all", calling.PACKED).out
    assert "more (--all)" in short
    assert short.count("\n") < 80 < whole.count("\n")


def test_a_transfer_is_told_as_one() -> None:
    stems = blocks(calling.FIXTURES / "blocks" / "transfer-new.json")[0]["stems"]
    happened = Counter(stem["happened"] for stem in stems)
    assert happened == {"created": 3, "changed": 1, "stored": 1}
    created = [stem for stem in stems if stem["happened"] == "created"]
    assert [stem["roles"][0].partition(" ")[0] for stem in created] == ["to", "to", "coinbase"]
    assert all(stem["before"] is None and stem["after"]["balance"] > 0 for stem in created)
    text = call("inspect", calling.FIXTURES / "blocks" / "transfer-new.json").out
    assert re.search(r"stem 0x\w+…\w+ sender +nonce 0 → \d \(\+\d\), balance", text)


def test_another_rule_set_gives_other_names_or_none() -> None:
    own, other = blocks(calling.TRANSFER)[0], blocks(calling.TRANSFER, "--rules", "kaustinen2")[0]
    assert other["rules"] == "kaustinen2"
    assert other["rules_from"] == "option"
    assert sum(stem["address"] is not None for stem in own["stems"]) > 0
    assert all(stem["address"] is None for stem in other["stems"])


@pytest.mark.parametrize(
    "file", sorted((calling.FIXTURES / "broken").glob("*.json")), ids=lambda path: path.name
)
def test_broken_inputs_never_end_in_a_traceback(file: Path) -> None:
    for options in ((), ("--json",), ("--color", "always")):
        said = call("inspect", *options, file)
        assert said.code in {ExitCode.VALID, ExitCode.INVALID, ExitCode.MALFORMED, ExitCode.INCOMPLETE}
        assert "Traceback" not in said.err
        if said.code and "--json" not in options:
            assert "next" in said.err


def test_a_witness_of_wrong_structure_is_still_shown() -> None:
    file = calling.FIXTURES / "broken" / "depth-zero.json"
    said = call("inspect", file)
    assert said.code == ExitCode.INVALID
    assert "EXTENSION_DEPTH" in said.err
    assert "size" in said.out
    block = blocks(file)[0]
    assert block["error"]["code"] == "EXTENSION_DEPTH"
    assert block["openings"] is None
    assert all(stem["status"] is None for stem in block["stems"])


def test_an_input_that_cannot_be_read_is_said_in_json_too() -> None:
    said = call("inspect", "--json", calling.TRUNCATED)
    assert said.code == ExitCode.MALFORMED == said.json()["exit_code"]
    assert said.json()["error"]["code"] == "JSON_SYNTAX"
    assert (said.json()["error"]["stage"], said.json()["blocks"]) == ("DECODE", [])


def test_standard_input() -> None:
    said = call("inspect", "-", stdin=calling.PACKED.read_bytes())
    assert said.code == ExitCode.VALID


def test_it_is_drawn_on_a_terminal() -> None:
    said = call("inspect", calling.TRANSFER, terminal=True)
    assert "\x1b[" in said.out
    assert "├── " in said.out


@pytest.mark.parametrize("name", list(RULE_SETS))
@pytest.mark.parametrize("slot", [0, 1, 63, 64, 255, 256, 1 << 64, (1 << 256) - 1], ids=hex)
def test_slots_are_read_back_from_their_places(name: str, slot: int) -> None:
    rules = RULE_SETS[name]
    tree_index, suffix = storage_position(slot, rules.storage_offset)
    assert meaning(suffix, tree_index, rules) == ("storage", slot)


def test_header_leaves_and_code() -> None:
    old, new = RULE_SETS["kaustinen6"], RULE_SETS["kaustinen7"]
    assert [meaning(i, 0, old)[0] for i in range(6)] == [
        "version", "balance", "nonce", "code_hash", "code_size", "unknown",
    ]  # fmt: skip
    assert [meaning(i, 0, new)[0] for i in range(3)] == ["basic_data", "code_hash", "unknown"]
    assert meaning(128, 0, new) == ("code", 0)
    assert meaning(0, 1, new) == ("code", 128)
    assert meaning(7, None, new) == meaning(7, 0, None) == ("unknown", None)


def test_account_fields_of_both_layouts() -> None:
    packed = bytes(5) + (9).to_bytes(3, "big") + (8).to_bytes(8, "big") + (7).to_bytes(16, "big")
    assert account_fields({"basic_data": packed}, "basic_data") == AccountFields(8, 7, 9, None)
    assert account_fields({"basic_data": None, "code_hash": None}, "basic_data") is None
    old = {"balance": (7).to_bytes(32, "little"), "nonce": (8).to_bytes(32, "little"), "code_hash": bytes(32)}
    assert account_fields(old, "five_leaves") == AccountFields(8, 7, None, bytes(32))  # type: ignore[arg-type]


def test_ranges() -> None:
    assert _ranges([0, 1, 2, 5, 7, 8]) == "0-2, 5, 7-8"
    assert _ranges([4]) == "4"
    assert _ranges(list(range(0, 20, 2)), listed=3) == "0, 2, 4 and 7 more ranges"


def test_every_happening_has_a_group() -> None:
    from typing import get_args

    from cli.inspect_tree import GROUPS

    assert {happened for happened, _, _ in GROUPS} == set(get_args(Happened))


def test_a_value_with_zeros_in_front_shows_what_follows() -> None:
    said = call("inspect", calling.FIXTURES / "blocks" / "tx-types.json").out
    assert "slot 0  empty → 0x3302041e58d2…0a9f20e9" in said


def test_a_witness_of_the_other_tree_is_not_called_missing(tmp_path: Path) -> None:
    file = tmp_path / "witness.json"
    file.write_text('{"state": ["0x80"], "codes": [], "headers": [], "keys": []}')
    [block] = blocks(file)
    assert block["error"]["code"] == "FORMAT_UNSUPPORTED"
    assert "Merkle-Patricia" in call("inspect", file).err


def test_commitments_are_counted_as_verify_counts_them() -> None:
    [result] = call("verify", "--json", calling.PACKED).json()["results"]
    sizes = result["sizes"]
    line = f"{sizes['openings']:,} openings of {sizes['commitments']:,} commitments and the root"
    assert line in call("inspect", calling.PACKED).out
