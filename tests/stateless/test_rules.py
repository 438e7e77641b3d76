"""The table of rule sets: what it says, and how one is chosen."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from stateless.rules import RULE_SETS, RuleSet, rules_named, rules_of_chain_config, select_rules
from verkle.embedding import HEADER_LEAVES, tree_key
from verkle.errors import UnsupportedError
from witness.keccak import keccak256

NOTHING: dict[str, Any] = {
    "option": None,
    "chain_config": None,
    "file_rules": None,
    "file_network": None,
    "chain_id": None,
    "timestamp": None,
}


def test_names() -> None:
    assert list(RULE_SETS) == [
        "kaustinen2", "kaustinen3", "kaustinen4", "kaustinen5", "kaustinen6", "kaustinen7",
        "kaustinen7-devnet", "eest-verkle", "eip4762",
    ]  # fmt: skip
    assert all(name == rules.name for name, rules in RULE_SETS.items())


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=lambda rules: rules.name)
def test_columns(rules: RuleSet) -> None:
    assert rules.layout in HEADER_LEAVES
    assert rules.source
    # how Kaustinen-5 executed is not known: none of its blocks tells
    assert (rules.execution is None) == (rules.name == "kaustinen5")
    assert rules.header_fields == 17
    number = int(rules.name[9]) if rules.name.startswith("kaustinen") else 7
    assert rules.layout == ("five_leaves" if number < 7 else "basic_data")
    assert rules.stem_hash == ("reversed_point" if number < 6 else "map_to_field")
    assert rules.storage_offset == (2**39 if number == 2 else 256**31)
    assert (rules.history is None) == (number == 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.name = "other"  # type: ignore[misc]


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        RULE_SETS["mine"] = RULE_SETS["kaustinen7"]  # type: ignore[index]


def test_history_accounts() -> None:
    """Code hash and stems as SPEC 4.2 and 7.1 give them; slots as the networks wrote them."""
    eest, final = RULE_SETS["eest-verkle"].history, RULE_SETS["eip4762"].history
    assert eest is not None
    assert final is not None
    assert (len(eest.code), keccak256(eest.code).hex()[:8], keccak256(eest.code).hex()[-4:]) == (
        54, "df61faef", "080a",
    )  # fmt: skip
    assert len(final.code) == 83
    stems = {
        account.address: tree_key(account.address, 0, 0, "map_to_field")[:31] for account in (eest, final)
    }
    assert stems[eest.address].hex() == "5b5fdfedd6a0e932da408ac7d772a36513d1eee9b9926e52620c43a433aad7"
    assert stems[final.address].hex() == "fde183a430529ef75cee8193dc4b6f64f9e7627b92a19b26196688d99a2672"
    assert [eest.slot(number) for number in (1, 2, 8192, 8193)] == [0, 1, 8191, 0]
    assert [final.slot(number) for number in (1, 8191, 8192)] == [0, 8190, 0]
    fourth = RULE_SETS["kaustinen4"].history
    assert fourth is not None
    assert fourth.slot(9000) == 8999
    nonces = {name: rules.history.nonce for name, rules in RULE_SETS.items() if rules.history is not None}
    assert {name for name, nonce in nonces.items() if nonce == 1} == {"kaustinen7", "eest-verkle", "eip4762"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kaustinen2-nov13", "kaustinen2"),
        ("kaustinen2-nov24", "kaustinen2"),
        ("kaustinen6", "kaustinen6"),
        ("Verkle", "eest-verkle"),
    ],
)
def test_names_that_files_use(name: str, expected: str) -> None:
    assert rules_named(name, "file").name == expected


@pytest.mark.parametrize("name", ["", "kaustinen", "Kaustinen7", "kaustinen8", "verkle", "Prague"])
def test_unknown_names_are_never_guessed(name: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        rules_named(name, "file: network")
    assert caught.value.code == "RULES_UNKNOWN"
    assert caught.value.got == name
    assert all(known in caught.value.message for known in RULE_SETS)


SIXTH_CONFIG = {"chainId": 69420, "pragueTime": 1712918460}


@pytest.mark.parametrize(
    ("given", "name", "rules_from"),
    [
        ({}, None, None),
        ({"chain_id": 69420, "timestamp": 1730214060}, None, None),
        ({"file_network": "kaustinen6"}, "kaustinen6", "file"),
        ({"file_network": "kaustinen6", "file_rules": "kaustinen7"}, "kaustinen7", "file"),
        ({"file_rules": "kaustinen7", "chain_config": SIXTH_CONFIG}, "kaustinen6", "chain_config"),
        (
            {"file_rules": "kaustinen7", "chain_config": SIXTH_CONFIG, "option": "eip4762"},
            "eip4762",
            "option",
        ),
        # what a stronger source names keeps a weaker one from being asked
        ({"file_network": "nonsense", "option": "kaustinen7"}, "kaustinen7", "option"),
    ],
)
def test_precedence(given: dict[str, Any], name: str | None, rules_from: str | None) -> None:
    rules, source = select_rules(**{**NOTHING, **given})
    assert (rules and rules.name, source) == (name, rules_from)


def test_an_unknown_name_is_not_passed_over_for_a_weaker_source() -> None:
    with pytest.raises(UnsupportedError):
        select_rules(**{**NOTHING, "file_rules": "nonsense", "file_network": "kaustinen7"})
    with pytest.raises(UnsupportedError):
        select_rules(**{**NOTHING, "option": "nonsense", "file_network": "kaustinen7"})


@pytest.mark.parametrize(
    "config", [{}, {"chainId": 1}, {"chainId": 69420}, {"chainId": "69420", "verkleTime": 1730214060}]
)
def test_unknown_chain_configurations(config: dict[str, object]) -> None:
    with pytest.raises(UnsupportedError) as caught:
        rules_of_chain_config(config)
    assert caught.value.code == "CHAIN_CONFIG_UNKNOWN"


@pytest.mark.parametrize(
    ("number", "name"),
    [(2, "kaustinen2"), (3, "kaustinen3"), (4, "kaustinen4"), (6, "kaustinen6"), (7, "kaustinen7-devnet")],
)
def test_genesis_files_of_the_devnets(vectors: Path, number: int, name: str) -> None:
    genesis = json.loads((vectors / f"verkle-trees/gen-devnet-{number}.genesis.json").read_bytes())
    rules = rules_of_chain_config(genesis)
    assert (rules.name, rules.chain_id) == (name, genesis["config"]["chainId"])
    assert rules_of_chain_config(genesis["config"]) is rules


def test_history_slots_in_the_blocks(vectors: Path) -> None:
    """Every block of the devnets writes the slot that its rule set says, and the parent's hash into it."""
    for name in ("kaustinen4-block353", "kaustinen6-block72", "kaustinen6-block73"):
        document = json.loads((vectors / f"verkle-blocks/{name}.json").read_bytes())
        rules = RULE_SETS[document["network"]]
        assert rules.history is not None
        slot = rules.history.slot(document["header"]["blockNumber"])
        index, suffix = divmod(rules.storage_offset + slot, 256)
        key = tree_key(rules.history.address, index, suffix, rules.stem_hash)
        written = {
            bytes.fromhex(stem["stem"][2:]) + bytes([int(leaf["suffix"])]): leaf["newValue"]
            for stem in document["executionWitness"]["stateDiff"]
            for leaf in stem["suffixDiffs"]
        }
        assert written[key] == document["header"]["parentHash"]
