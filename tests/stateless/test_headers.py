"""Header rules one by one, on headers made for each; hash and parent from known blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.header_rules import HEADER_RULES, next_base_fee
from stateless.headers import HeaderFacts, header_facts, header_hash, headers_by_hash
from stateless.rules import RULE_SETS
from stateless.verdict import Check
from stateless.verifier import verify_block
from tests.vectors import vector_files
from verkle.errors import InvalidError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.header import Header, Withdrawal
from witness.header_json import EMPTY_OMMERS_HASH
from witness.patricia.ordered import EMPTY_TRIE_ROOT

PARENT = Header(
    parent_hash=bytes(32),
    ommers_hash=EMPTY_OMMERS_HASH,
    coinbase=bytes(20),
    state_root=bytes(32),
    transactions_root=EMPTY_TRIE_ROOT,
    receipts_root=EMPTY_TRIE_ROOT,
    logs_bloom=bytes(256),
    difficulty=0,
    number=7,
    gas_limit=30_000_000,
    gas_used=15_000_000,
    timestamp=1000,
    extra_data=b"",
    prev_randao=bytes(32),
    nonce=bytes(8),
    base_fee_per_gas=100,
    withdrawals_root=EMPTY_TRIE_ROOT,
)
PARENT_HASH = header_hash(PARENT)
CHILD = replace(PARENT, parent_hash=PARENT_HASH, number=8, timestamp=1012, gas_used=0)


def facts(header: Header = CHILD, **block: object) -> HeaderFacts:
    given = BlockInput(
        name="b",
        header=header,
        block_hash=block.pop("block_hash", header_hash(header)),  # type: ignore[arg-type]
        transactions=block.pop("transactions", ()),  # type: ignore[arg-type]
        withdrawals=block.pop("withdrawals", ()),  # type: ignore[arg-type]
        **block,  # type: ignore[arg-type]
    )
    return header_facts(given, header, headers_by_hash([PARENT, header]), RULE_SETS["kaustinen7"])


def rule(name: str, found: HeaderFacts) -> Check:
    return dict(HEADER_RULES)[name](found)


@pytest.mark.parametrize("name", [name for name, _ in HEADER_RULES])
def test_a_good_header_passes_every_rule(name: str) -> None:
    check = rule(name, facts())
    assert (check.name, check.status) == (name, "passed")


CHANGES: list[tuple[str, str, dict[str, object], object, object]] = [
    ("header_extra_data", "HEADER_EXTRA_DATA", {"extra_data": bytes(33)}, "at most 32", 33),
    ("header_difficulty", "HEADER_DIFFICULTY", {"difficulty": 1}, 0, 1),
    ("header_nonce", "HEADER_NONCE", {"nonce": b"\0" * 7 + b"\1"}, bytes(8), b"\0" * 7 + b"\1"),
    ("header_ommers", "HEADER_OMMERS", {"ommers_hash": bytes(32)}, EMPTY_OMMERS_HASH, bytes(32)),
    ("header_gas_limit", "HEADER_GAS_LIMIT", {"gas_limit": 4999}, [5000, 2**63 - 1], 4999),
    ("header_gas_limit", "HEADER_GAS_LIMIT", {"gas_limit": 2**63}, [5000, 2**63 - 1], 2**63),
    ("header_gas_used", "HEADER_GAS_USED", {"gas_used": 30_000_001}, "at most 30000000", 30_000_001),
    ("header_number", "HEADER_NUMBER", {"number": 9}, 8, 9),
    ("header_number", "HEADER_NUMBER", {"number": 7}, 8, 7),
    ("header_timestamp", "HEADER_TIMESTAMP", {"timestamp": 1000}, "at least 1001", 1000),
    (
        "header_gas_limit_step", "HEADER_GAS_LIMIT_STEP", {"gas_limit": 30_029_296},
        [29_970_705, 30_029_295], 30_029_296,
    ),
    (
        "header_gas_limit_step", "HEADER_GAS_LIMIT_STEP", {"gas_limit": 29_970_704},
        [29_970_705, 30_029_295], 29_970_704,
    ),
    ("header_base_fee", "HEADER_BASE_FEE", {"base_fee_per_gas": 99}, 100, 99),
    (
        "transactions_root", "TRANSACTIONS_ROOT_MISMATCH", {"transactions_root": bytes(32)},
        bytes(32), EMPTY_TRIE_ROOT,
    ),
    (
        "withdrawals_root", "WITHDRAWALS_ROOT_MISMATCH", {"withdrawals_root": bytes(32)},
        bytes(32), EMPTY_TRIE_ROOT,
    ),
    (
        "header_fields", "HEADER_FIELDS",
        {"blob_gas_used": 0, "excess_blob_gas": 0, "parent_beacon_block_root": bytes(32)}, 17, 20,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "change", "expected", "got"), CHANGES)
def test_each_rule_refuses_by_its_code(
    name: str, code: str, change: dict[str, object], expected: object, got: object
) -> None:
    header = replace(CHILD, **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidError) as caught:
        rule(name, facts(header))
    assert (caught.value.code, caught.value.expected, caught.value.got) == (code, expected, got)
    verdict = verify_block(BlockInput(name="b", header=header, headers=(PARENT,), rules="kaustinen7"))
    assert verdict.verdict in {"invalid", "incomplete"}
    if not name.endswith("_root"):  # for these the body is needed
        assert verdict.error is not None
        assert {check.name: check.status for check in verdict.checks}[name] == "failed"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("header_extra_data", {"extra_data": bytes(32)}),
        ("header_gas_used", {"gas_used": 30_000_000}),
        ("header_gas_limit_step", {"gas_limit": 30_029_295}),
        ("header_gas_limit_step", {"gas_limit": 29_970_705}),
        ("header_timestamp", {"timestamp": 1001}),
    ],
)
def test_the_last_value_that_a_rule_allows(name: str, change: dict[str, object]) -> None:
    assert rule(name, facts(replace(CHILD, **change))).status == "passed"  # type: ignore[arg-type]


def test_ommers_in_the_body() -> None:
    with pytest.raises(InvalidError) as caught:
        rule("header_ommers", facts(ommers=1))
    assert caught.value.code == "HEADER_OMMERS"


def test_a_claimed_hash_that_is_not_the_headers() -> None:
    with pytest.raises(InvalidError) as caught:
        rule("block_hash", facts(block_hash=bytes(32)))
    assert (caught.value.code, caught.value.got) == ("BLOCK_HASH_MISMATCH", header_hash(CHILD))


@pytest.mark.parametrize("name", [name for name, _ in HEADER_RULES])
def test_what_the_input_lacks_is_skipped_and_never_passed(name: str) -> None:
    bare = Header(number=8)
    found = facts(bare, transactions=None, withdrawals=None, block_hash=bytes(32))
    check = rule(name, found)
    assert (check.status, bool(check.note)) == ("skipped", True)


@pytest.mark.parametrize(
    "name", ["header_number", "header_timestamp", "header_gas_limit_step", "header_base_fee"]
)
def test_rules_that_need_a_parent_are_skipped_without(name: str) -> None:
    check = rule(name, facts(replace(CHILD, parent_hash=bytes(32))))
    assert check.status == "skipped"


def test_a_parent_is_chosen_by_hash_and_never_by_position() -> None:
    impostor = replace(PARENT, timestamp=2000)
    block = BlockInput(name="b", header=CHILD, headers=(impostor, PARENT, CHILD))
    assert header_facts(block, CHILD, headers_by_hash(block.headers), None).parent == PARENT
    alone = replace(block, headers=(impostor, CHILD))
    assert header_facts(alone, CHILD, headers_by_hash(alone.headers), None).parent is None


def test_a_parent_without_gas_leaves_nothing_to_divide_by() -> None:
    parent = replace(PARENT, gas_limit=1, gas_used=0)
    child = replace(CHILD, parent_hash=header_hash(parent))
    found = header_facts(BlockInput(name="b", header=child), child, headers_by_hash([parent]), None)
    assert rule("header_base_fee", found).status == "skipped"
    with pytest.raises(InvalidError):
        rule("header_gas_limit_step", found)


def test_roots_that_the_header_lacks_come_from_the_body() -> None:
    lacks = replace(CHILD, transactions_root=None, withdrawals_root=None)
    found = facts(lacks, block_hash=header_hash(CHILD))
    assert found.block_hash == header_hash(CHILD)
    assert rule("transactions_root", found).status == "skipped"
    assert rule("block_hash", found).status == "passed"
    with pytest.raises(InvalidError):
        rule("block_hash", facts(lacks, block_hash=header_hash(CHILD), transactions=(b"\x01",)))
    withdrawal = Withdrawal(0, 0, bytes(20), 1)
    with pytest.raises(InvalidError):
        rule("block_hash", facts(lacks, block_hash=header_hash(CHILD), withdrawals=(withdrawal,)))


def test_a_field_after_a_gap_is_no_part_of_the_header() -> None:
    """Devnet files carry a beacon root beside a header of 17 fields."""
    assert header_hash(replace(CHILD, parent_beacon_block_root=bytes(32))) == header_hash(CHILD)
    assert header_hash(replace(CHILD, blob_gas_used=0)) != header_hash(CHILD)


def test_a_header_out_of_rlp_has_the_fields_that_it_has() -> None:
    short = replace(CHILD, withdrawals_root=None)
    with pytest.raises(InvalidError) as caught:
        rule("header_fields", facts(short, rlp_bytes=600))
    assert (caught.value.code, caught.value.got) == ("HEADER_FIELDS", 16)
    assert rule("header_fields", facts(short, withdrawals=None)).status == "skipped"


@pytest.mark.parametrize(
    ("gas_limit", "gas_used", "base_fee", "expected"),
    [
        (30_000_000, 15_000_000, 1000, 1000),
        (30_000_000, 30_000_000, 1000, 1125),
        (30_000_000, 0, 1000, 875),
        (30_000_000, 15_000_001, 1, 2),
        (30_000_000, 14_999_999, 1, 1),
        (30_000_000, 0, 7, 7),
        (30_000_000, 0, 8, 7),
        (2, 2, 0, 1),
    ],
)
def test_base_fee_at_its_edges(gas_limit: int, gas_used: int, base_fee: int, expected: int) -> None:
    assert next_base_fee(gas_limit, gas_used, base_fee) == expected


@given(st.integers(2, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**64))
def test_base_fee_moves_by_an_eighth_at_most(gas_limit: int, gas_used: int, base_fee: int) -> None:
    gas_used = min(gas_used, gas_limit)
    fee = next_base_fee(gas_limit, gas_used, base_fee)
    target = gas_limit // 2
    assert fee >= base_fee - base_fee // 8
    # an odd limit lets one gas more than twice the target through
    assert fee <= base_fee + max(base_fee * (gas_limit - target) // target // 8, 1)
    assert (fee > base_fee) == (gas_used > target)


@pytest.mark.parametrize(
    "path", vector_files("verkle-geth/base-fee-moves.json", "verkle-geth/random-chain-0*.json")
)
def test_chains_bind_every_block_to_its_parent(path: Path) -> None:
    for block in decode_blocks(path.read_bytes(), path.name):
        assert block.header is not None
        found = header_facts(block, block.header, headers_by_hash(block.headers), RULE_SETS["kaustinen7"])
        assert found.parent is not None
        assert [check.status for _, check_rule in HEADER_RULES if (check := check_rule(found))] == [
            "passed"
        ] * len(HEADER_RULES)
