"""Genesis files become the leaves and roots that clients made of them; what is not one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.genesis import AllocAccount, alloc_leaves, parse_genesis
from stateless.rules import RULE_SETS, RuleSet, rules_of_chain_config
from tests.vectors import vector_files
from tests.verkle.strategies import examples
from verkle.embedding import stems
from verkle.errors import MalformedError
from verkle.tree import Tree
from witness.strict_json import parse

ADDRESS = "71562b71999873db5b286df957af199ec94617f7"
KAUSTINEN_7 = RULE_SETS["kaustinen7"]
FILES = {2: "gen-devnet-2 (kaustinen2 Nov-24)", 3: "gen-devnet-3/4/5", 4: "gen-devnet-3/4/5"} | {
    n: f"gen-devnet-{n}" for n in (6, 7)
}

Document = dict[str, Any]


def root_of(document: Any, rules: RuleSet) -> str:
    tree = Tree()
    tree.put(alloc_leaves(parse_genesis(document).accounts, rules))
    return f"0x{tree.root.hex()}"


def load(path: Path) -> Any:
    return json.loads(path.read_text())


# What clients made of them


@pytest.mark.parametrize("number", FILES)
def test_devnets(vectors: Path, number: int) -> None:
    folder = vectors / "verkle-trees"
    genesis = parse_genesis(parse((folder / f"gen-devnet-{number}.genesis.json").read_bytes()))
    assert genesis.chain_config is not None
    rules = rules_of_chain_config(genesis.chain_config)
    tree = Tree()
    tree.put(alloc_leaves(genesis.accounts, rules))
    expected = load(folder / "expected_roots.json")["genesis_roots"][FILES[number]]
    assert f"0x{tree.root.hex()}" == expected
    if number >= 6:
        lines = [line.split(",")[:2] for line in (folder / f"gen-devnet-{number}.csv").read_text().split()]
        assert {k.hex(): v.hex() for k, v in tree.items()} == {k[2:]: v[2:] for k, v in lines}


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=8))
def test_scenarios(path: Path) -> None:
    document = load(path)
    genesis = document["genesis"]
    assert root_of(genesis["alloc"], RULE_SETS[document["rules"]]) == genesis["stateRoot"]


@pytest.mark.slow
def test_every_scenario(vectors: Path) -> None:
    """About a third share their alloc with another."""
    known: dict[str, str] = {}
    for path in sorted((vectors / "verkle-geth").glob("*.json")):
        document = load(path)
        genesis = document["genesis"]
        text = json.dumps([genesis["alloc"], document["rules"]])
        if text not in known:
            known[text] = root_of(genesis["alloc"], RULE_SETS[document["rules"]])
        assert known[text] == genesis["stateRoot"], path


@pytest.mark.parametrize("path", vector_files("verkle-eest/filled/**/*.json", every=12))
def test_fixtures(path: Path) -> None:
    for fixture in load(path).values():
        tree = Tree()
        tree.put(alloc_leaves(parse_genesis(fixture["pre"]).accounts, RULE_SETS["eest-verkle"]))
        assert f"0x{tree.root.hex()}" == fixture["genesisBlockHeader"]["stateRoot"]
        assert {f"0x{k.hex()}": f"0x{v.hex()}" for k, v in tree.items()} == fixture["preTree"]


# Spellings


@pytest.mark.parametrize(
    "account",
    [
        {"balance": "0x10", "nonce": 2, "code": "0x6001", "storage": {"0x01": "0x0a"}},
        {"balance": "16", "nonce": "0x2", "code": "0x6001", "storage": {"1": "a"}},
        {
            "balance": 16,
            "nonce": "2",
            "code": "0x6001",
            "storage": {"0x" + "01".zfill(64): "0x" + "a".zfill(64)},
        },
        {
            "balance": "0x0010",
            "nonce": "0x02",
            "code": "0x6001",
            "storage": {"0X1"[0] + "x1": "0x0A"},
            "secretKey": "0x" + "11" * 32,
        },
    ],
)
@pytest.mark.parametrize("name", [ADDRESS, "0x" + ADDRESS, ADDRESS.upper(), "0x" + ADDRESS.upper()])
def test_one_account_in_many_spellings(name: str, account: Document) -> None:
    expected = AllocAccount(bytes.fromhex(ADDRESS), 16, 2, b"\x60\x01", {1: 10})
    assert parse_genesis({name: account}).accounts == (expected,)
    assert parse_genesis({"alloc": {name: account}, "config": None}).accounts == (expected,)


def test_what_may_be_left_out() -> None:
    assert parse_genesis({ADDRESS: {"balance": "0"}}).accounts == (
        AllocAccount(bytes.fromhex(ADDRESS), 0, 0, b"", {}),
    )
    assert parse_genesis({}).accounts == ()
    genesis = parse_genesis({"alloc": {}, "config": {"chainId": 1}, "extraData": "0x", "anything": 5})
    assert (genesis.accounts, genesis.chain_config) == ((), {"chainId": 1})


def test_a_present_but_empty_account_has_leaves() -> None:
    leaves = dict(alloc_leaves(parse_genesis({ADDRESS: {"balance": "0"}}).accounts, KAUSTINEN_7))
    (stem,) = stems([(bytes.fromhex(ADDRESS), 0)], "map_to_field")
    assert sorted(leaves) == [stem + b"\0", stem + b"\1"]
    assert leaves[stem + b"\0"] == bytes(32)


def test_a_slot_of_zero_has_no_leaf() -> None:
    account = {"balance": "0", "storage": {"0x00": "0x00", "0x05": "0x" + "00" * 32, "0x06": "0x01"}}
    assert len(dict(alloc_leaves(parse_genesis({ADDRESS: account}).accounts, KAUSTINEN_7))) == 3


@given(
    st.lists(
        st.builds(
            AllocAccount,
            address=st.binary(min_size=20, max_size=20),
            balance=st.integers(0, 2**128 - 1),
            nonce=st.integers(0, 2**64 - 1),
            code=st.binary(max_size=5000),
            storage=st.dictionaries(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1), max_size=4),
        ),
        max_size=4,
        unique_by=lambda account: account.address,
    )
)
@examples(30)
def test_written_and_read_again(accounts: list[AllocAccount]) -> None:
    document = {
        account.address.hex(): {
            "balance": str(account.balance),
            "nonce": hex(account.nonce),
            "code": f"0x{account.code.hex()}",
            "storage": {hex(slot): hex(word) for slot, word in account.storage.items()},
        }
        for account in accounts
    }
    read = parse_genesis(parse(json.dumps({"alloc": document}).encode())).accounts
    assert list(read) == accounts
    for rules in (KAUSTINEN_7, RULE_SETS["kaustinen2"]):
        keys = [key for key, _ in alloc_leaves(read, rules)]
        assert len(set(keys)) == len(keys)


def test_embedding_in_groups_is_embedding_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = parse_genesis(
        {
            f"{i:040x}": {"balance": str(i), "code": "0x" + "60" * 40 * i, "storage": {"64": "1"}}
            for i in range(20)
        }
    ).accounts
    whole = list(alloc_leaves(accounts, KAUSTINEN_7))
    monkeypatch.setattr("stateless.genesis._GROUP", 3)
    assert list(alloc_leaves(accounts, KAUSTINEN_7)) == whole


# Refusals


def account(**changes: object) -> Document:
    return {ADDRESS: {"balance": "0x1"} | changes}


REFUSED: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "unknown field": ("ALLOC_UNKNOWN_FIELD", "nonces", lambda: account(nonces=1)),
    "a dump": ("ALLOC_UNKNOWN_FIELD", "codeHash", lambda: account(codeHash="0x00")),
    "no balance": ("FIELD_MISSING", "balance", lambda: {ADDRESS: {"nonce": 1}}),
    "repeated by case": (
        "ALLOC_ADDRESS_REPEATED", ADDRESS.upper(), lambda: account() | {ADDRESS.upper(): {"balance": 1}}
    ),
    "repeated by prefix": (
        "ALLOC_ADDRESS_REPEATED", "0x" + ADDRESS, lambda: account() | {"0x" + ADDRESS: {"balance": 1}}
    ),
    "slot twice": (
        "ALLOC_SLOT_REPEATED", "0x01", lambda: account(storage={"0x1": "0x1", "0x01": "0x1"})
    ),
    "short address": ("HEX_LENGTH", "ff", lambda: {"ff": {"balance": 1}}),
    "odd address": ("HEX_LENGTH", "a", lambda: {"a" * 39: {"balance": 1}}),
    "address not hex": ("HEX_SYNTAX", "g", lambda: {"g" * 40: {"balance": 1}}),
    "no object": ("FIELD_TYPE", "$", list),
    "alloc a list": ("FIELD_TYPE", "alloc", lambda: {"alloc": []}),
    "config a list": ("FIELD_TYPE", "config", lambda: {"alloc": {}, "config": [1]}),
    "account a number": ("FIELD_TYPE", ADDRESS, lambda: {ADDRESS: 5}),
    "balance negative": ("FIELD_RANGE", "balance", lambda: account(balance=-1)),
    "balance too large": ("FIELD_RANGE", "balance", lambda: account(balance=str(2**256))),
    "balance of many digits": ("FIELD_RANGE", "balance", lambda: account(balance="9" * 5000)),
    "balance empty": ("HEX_SYNTAX", "balance", lambda: account(balance="")),
    "balance no number": ("HEX_SYNTAX", "balance", lambda: account(balance="1e18")),
    "balance signed": ("HEX_SYNTAX", "balance", lambda: account(balance="+1")),
    "balance a fraction": ("FIELD_TYPE", "balance", lambda: account(balance=0.5)),
    "balance a truth": ("FIELD_TYPE", "balance", lambda: account(balance=True)),
    "balance null": ("FIELD_TYPE", "balance", lambda: account(balance=None)),
    "digits of another script": ("HEX_SYNTAX", "balance", lambda: account(balance="٣")),
    "nonce too large": ("FIELD_RANGE", "nonce", lambda: account(nonce=2**64)),
    "code without 0x": ("HEX_SYNTAX", "code", lambda: account(code="6001")),
    "code odd": ("HEX_LENGTH", "code", lambda: account(code="0x600")),
    "code null": ("FIELD_TYPE", "code", lambda: account(code=None)),
    "storage a list": ("FIELD_TYPE", "storage", lambda: account(storage=[])),
    "slot empty": ("HEX_SYNTAX", "0x", lambda: account(storage={"0x": "0x01"})),
    "slot too long": ("HEX_LENGTH", "0" * 65, lambda: account(storage={"0" * 65: "0x01"})),
    "word a number": ("FIELD_TYPE", "0x01", lambda: account(storage={"0x01": 5})),
    "word not hex": ("HEX_SYNTAX", "0x01", lambda: account(storage={"0x01": "0xzz"})),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    code, place, make = REFUSED[name]
    with pytest.raises(MalformedError) as caught:
        parse_genesis(make())
    assert caught.value.code == code
    assert place in str(caught.value.where["path"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "INPUT_EMPTY"),
        (b"{", "JSON_SYNTAX"),
        (
            b'{"%s": {"balance": 1}, "%s": {"balance": 2}}' % (ADDRESS.encode(), ADDRESS.encode()),
            "JSON_DUPLICATE_KEY",
        ),
        (b"[]", "FIELD_TYPE"),
    ],
)
def test_refused_text(data: bytes, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_genesis(parse(data))
    assert caught.value.code == code


def test_a_balance_that_one_layout_has_no_room_for() -> None:
    accounts = parse_genesis(account(balance=str(2**128))).accounts
    with pytest.raises(MalformedError) as caught:
        list(alloc_leaves(accounts, KAUSTINEN_7))
    assert caught.value.code == "ACCOUNT_NUMBER_RANGE"
    assert caught.value.where == {
        "field": "balance", "layout": "basic_data", "address": bytes.fromhex(ADDRESS)
    }  # fmt: skip
    assert list(alloc_leaves(accounts, RULE_SETS["kaustinen6"]))
