"""Refusals that no other test comes to: each a block made for it, or an output that cannot be written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.output import write_whole
from stateless.blockrun import DEPOSIT_TOPIC
from stateless.forks import WITHDRAWAL_REQUESTS_ADDRESS
from stateless.networks import MAINNET_DEPOSITS
from stateless.transactions import Transaction
from stateless.verifier import verify_block
from tests.stateless.made_blocks import CONTRACT, GAS_LIMIT, made_block, transaction, with_header
from tests.stateless.patricia_samples import Alloc
from verkle.errors import MachineError
from witness.block import BlockInput


def prague(alloc: list[Alloc], transactions: list[Transaction]) -> BlockInput:
    """A block of Prague that cannot be run to its end; what its header says of the outcome is not reached."""
    block = made_block(alloc, transactions, fork="prague", run=False)
    return with_header(block, requests_hash=bytes(32))


def refusal(block: BlockInput, *, strict: bool = False) -> tuple[str, str | None, str | None]:
    verdict = verify_block(block, strict=strict)
    error = verdict.error
    return verdict.verdict, error and error.code, error and error.stage


@pytest.mark.parametrize(
    ("tx", "code"),
    [
        (transaction(gas_limit=GAS_LIMIT + 1), "TX_BLOCK_GAS"),
        (transaction(max_fee=6, max_priority_fee=1), "TX_FEE_BELOW_BASE"),
    ],
    ids=["gas", "fee"],
)
def test_what_a_block_has_no_room_or_no_price_for(tx: Transaction, code: str) -> None:
    assert refusal(made_block([], [tx], run=False)) == ("invalid", code, "EXECUTE")


def test_a_hash_that_no_header_proves() -> None:
    """The witness names the hash of block 3 and does not show it; code reads it."""
    reads = Alloc(CONTRACT, 1, 0, bytes.fromhex("60034000"))
    block = made_block([reads], [transaction()], run=False)
    assert block.patricia is not None
    assert block.header is not None
    hashes = (block.header.parent_hash or b"", b"\x33" * 32)
    told = replace(block, patricia=replace(block.patricia, block_hashes=hashes))
    assert refusal(told, strict=True) == ("incomplete", "BLOCK_HASH_UNPROVEN", "EXECUTE")
    assert [entry.code for entry in verify_block(told).assumptions] == ["BLOCK_HASH_UNPROVEN"]


def test_a_system_contract_that_is_not_there_or_fails() -> None:
    assert refusal(prague([], [])) == ("invalid", "SYSTEM_CONTRACT_MISSING", "EXECUTE")
    broken = Alloc(WITHDRAWAL_REQUESTS_ADDRESS, 1, 0, b"\xfe")
    assert refusal(prague([broken], [])) == ("invalid", "SYSTEM_CALL_FAILED", "EXECUTE")


def test_a_deposit_that_is_not_laid_out_as_one() -> None:
    logs = Alloc(MAINNET_DEPOSITS, 1, 0, b"\x7f" + DEPOSIT_TOPIC + bytes.fromhex("5f5fa100"))
    block = prague([logs], [transaction(to=MAINNET_DEPOSITS)])
    assert refusal(block) == ("invalid", "DEPOSIT_LOG", "EXECUTE")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_an_output_that_has_no_room() -> None:
    with pytest.raises(MachineError) as caught:
        write_whole("/dev/full", b"x" * 10)
    assert caught.value.code == "OUTPUT_FULL"
