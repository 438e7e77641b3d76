"""Blocks that are made here: as the client made them, valid under the ordinary verifier, refused by code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from fixtures.verkle_making import (
    COMMITTER,
    GWEI,
    SENDER,
    Scene,
    code_of,
    contract,
    judge,
    scene,
    transaction,
)
from stateless.block_builder import build_block, finish_block, genesis_header, next_header
from stateless.genesis import AllocAccount, parse_genesis
from stateless.rules import RULE_SETS
from stateless.transaction_decode import decode_transaction
from stateless.verkle_state import VerkleState
from tests.vectors import vector_files
from verkle.errors import StatelessError
from witness.block import BlockInput
from witness.formats import chain_file
from witness.header import Header, Withdrawal

EXECUTED = [name for name, rules in RULE_SETS.items() if rules.execution is not None]
# stores the block number, logs one word
PROGRAM = bytes.fromhex("4360005560206000a000")


def chosen_alone(header: Header) -> Header:
    """What the maker of a block chooses; all else is left out."""
    return Header(
        coinbase=header.coinbase,
        gas_limit=header.gas_limit,
        timestamp=header.timestamp,
        extra_data=header.extra_data,
        prev_randao=header.prev_randao,
    )


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=45))
def test_the_client_s_blocks_again(path: Path) -> None:
    """Out of transactions, withdrawals and what its maker chose: the client's header and witness."""
    document = json.loads(path.read_text())
    rules = RULE_SETS[document["rules"]]
    state = VerkleState.from_alloc(parse_genesis(document["genesis"]).accounts, rules, COMMITTER)
    for block in chain_file.read(document, path.stem):
        assert block.header is not None
        parent = next(h for h in block.headers if h.number == (block.header.number or 0) - 1)
        bare = replace(
            block, header=chosen_alone(block.header), headers=(parent,), witness=None, block_hash=None
        )
        built = finish_block(bare, state, rules)
        assert built.header == block.header
        assert built.block.block_hash == block.block_hash
        assert built.block.witness == block.witness
        assert built.untold == ()
        state = built.after


@pytest.mark.parametrize("name", EXECUTED)
def test_two_blocks_under_every_rule_set(name: str) -> None:
    """Valid for the ordinary verifier, executed from the witness alone, without an assumption."""
    first = scene(contract(PROGRAM, storage={1: 2}), rules=name)
    rules = first.rules
    one = first.build(
        transaction(rules=rules),
        transaction(1, rules=rules, to=b"\x77" * 20, value=GWEI),
        withdrawals=[Withdrawal(0, 0, b"\x88" * 20, 5)],
    )
    two = build_block(
        one.header,
        one.after,
        rules,
        transactions=[transaction(2, rules=rules, to=None, data=bytes.fromhex("60006000f3"))],
        ancestors=[first.genesis],
        coinbase=first.coinbase,
    )
    for built in (one, two):
        verdict = judge(built.block)
        assert (verdict.verdict, verdict.executed) == ("valid", True)
        assert verdict.post_state_root == built.after.root
        assert built.untold == ()
    assert one.header.gas_used
    assert two.header.parent_hash == one.block.block_hash
    assert two.header.base_fee_per_gas is not None
    assert two.header.base_fee_per_gas < (one.header.base_fee_per_gas or 0)


def test_kinds_by_openings_and_by_keys() -> None:
    """Strict without assumption; keys that only show kinds are surplus, and said to be."""
    made = scene(*(AllocAccount(bytes([i]) * 20, 1, 0, b"", {}) for i in range(1, 60)))
    raw = [transaction(i, to=bytes([200 + i]) * 20, value=1) for i in range(40)]
    plain = made.build(*raw)
    assert plain.made.unshown
    assert code_of(plain.block) is None
    assert code_of(plain.block, strict=True) == "ABSENCE_NODE_KIND"
    opened = made.build(*raw, kinds="openings")
    assert code_of(opened.block, strict=True) is None
    keyed = made.build(*raw, kinds="keys")
    assert code_of(keyed.block, strict=True) == "WITNESS_KEY_SURPLUS"
    verdict = judge(keyed.block, strict=True, allow_surplus=True)
    assert verdict.verdict == "valid"
    assert (verdict.sizes or {})["surplus_keys"]


def good() -> tuple[Scene, BlockInput]:
    made = scene(contract(PROGRAM))
    return made, made.build(transaction()).block


def stated(**changes: Any) -> Callable[[BlockInput], BlockInput]:
    def change(block: BlockInput) -> BlockInput:
        assert block.header is not None
        header = replace(block.header, **changes)
        others = tuple(other for other in block.headers if other != block.header)
        return replace(block, header=header, headers=others, block_hash=None)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (stated(gas_used=1), "GAS_USED_MISMATCH"),
        (stated(state_root=bytes(32)), "POST_ROOT_MISMATCH"),
        (stated(receipts_root=bytes(32)), "RECEIPTS_ROOT_MISMATCH"),
        (stated(logs_bloom=bytes(255) + b"\1"), "LOGS_BLOOM_MISMATCH"),
        (stated(transactions_root=bytes(32)), "TRANSACTIONS_ROOT_MISMATCH"),
        (stated(withdrawals_root=bytes(32)), "WITHDRAWALS_ROOT_MISMATCH"),
        (stated(base_fee_per_gas=1), "HEADER_BASE_FEE"),
        (stated(number=7), "HEADER_NUMBER"),
        (stated(timestamp=0), "HEADER_TIMESTAMP"),
        (stated(timestamp=None), "HEADER_INCOMPLETE"),
        (stated(coinbase=None), "HEADER_INCOMPLETE"),
        (stated(gas_limit=None), "HEADER_INCOMPLETE"),
        (lambda block: replace(block, header=None), "NO_BLOCK"),
        (lambda block: replace(block, transactions=None), "NO_TRANSACTIONS"),
        (lambda block: replace(stated(withdrawals_root=None)(block), withdrawals=None), "NO_WITHDRAWALS"),
        (lambda block: replace(stated(gas_used=None)(block), block_hash=bytes(32)), "BLOCK_HASH_MISMATCH"),
        (lambda block: replace(block, transactions=(transaction(1),)), "TRANSACTIONS_ROOT_MISMATCH"),
        (
            lambda block: replace(stated(transactions_root=None)(block), transactions=(transaction(1),)),
            "TX_NONCE",
        ),
    ],
)
def test_what_a_block_states_must_be_so(change: Callable[[BlockInput], BlockInput], code: str) -> None:
    made, block = good()
    with pytest.raises(StatelessError) as caught:
        finish_block(change(block), made.state, made.rules)
    assert caught.value.code == code


def test_another_state() -> None:
    made, block = good()
    with pytest.raises(StatelessError) as caught:
        finish_block(block, made.state.after({bytes(32): bytes(32)}), made.rules)
    assert caught.value.code == "PRE_ROOT_MISMATCH"


def test_rules_that_are_not_executed() -> None:
    made, block = good()
    rules = replace(made.rules, execution=None)
    with pytest.raises(StatelessError) as caught:
        finish_block(block, made.state, rules)
    assert caught.value.code == "EXECUTION_UNSUPPORTED"


def test_a_block_that_cannot_be_read() -> None:
    made, block = good()
    defect = StatelessError("NO_BLOCK", "not read")
    with pytest.raises(StatelessError) as caught:
        finish_block(replace(block, defect=defect), made.state, made.rules)
    assert caught.value is defect


def test_without_the_parent_the_block_says_all() -> None:
    """Nothing follows from a header that is not there."""
    made, block = good()
    alone = replace(block, headers=())
    assert finish_block(alone, made.state, made.rules).header == block.header
    with pytest.raises(StatelessError) as caught:
        finish_block(stated(base_fee_per_gas=None)(alone), made.state, made.rules)
    assert caught.value.code == "HEADER_INCOMPLETE"


def test_next_header() -> None:
    parent = genesis_header(bytes(32), gas_used=30_000_000)
    child = next_header(parent)
    assert (child.number, child.base_fee_per_gas) == (1, 1_125_000_000)
    assert next_header(parent, Header(number=9, base_fee_per_gas=3)).number == 9
    tight = next_header(genesis_header(bytes(32), gas_limit=1))
    assert tight.base_fee_per_gas is None


def test_a_tip_that_no_event_names() -> None:
    """As EIP-4762 is written, the witness of a block that pays a stranger does not lead to its root."""
    made = scene(contract(PROGRAM), rules="eip4762")
    built = made.build(transaction(rules=made.rules), coinbase=b"\xcb" * 20)
    assert {place[0] for place in built.untold} == {b"\xcb" * 20}
    assert code_of(built.block) == "LEAF_MISSING"


def test_a_history_account_that_is_not_there() -> None:
    """The client makes it with the first slot that it keeps, and no event tells: the state has the leaves,
    the witness has not, and a verifier refuses the block."""
    made = scene(rules="kaustinen7")
    bare = VerkleState.from_alloc([AllocAccount(SENDER, 1, 0, b"", {})], made.rules, COMMITTER)
    built = build_block(genesis_header(bare.root), bare, made.rules)
    assert [place[1:] for place in built.untold] == [(0, 0), (0, 1)]
    assert code_of(built.block) == "POST_ROOT_MISMATCH"
    later = build_block(built.header, built.after, made.rules)
    assert later.untold == ()
    assert code_of(later.block) is None


@pytest.mark.slow
def test_a_program_that_never_ends(vectors: Path) -> None:
    """Its gas grows; it ends at the bound on work, within a minute."""
    document = json.loads((vectors / "verkle-geth/odd/endless-program.json").read_text())
    rules = RULE_SETS[document["rules"]]
    state = VerkleState.from_alloc(parse_genesis(document["genesis"]).accounts, rules, COMMITTER)
    raw = [bytes.fromhex(text[2:]) for text in document["transactions"]]
    assert decode_transaction(raw[0], 0).gas_limit == 100_000
    start = process_time()
    with pytest.raises(StatelessError) as caught:
        build_block(genesis_header(state.root), state, rules, transactions=raw)
    assert caught.value.code == "STEP_BOUND"
    assert process_time() - start < 60
