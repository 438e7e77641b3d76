"""Blocks made for a test: a state, transactions of one sender, and the witness of all of it.

The header says what running the block gives, unless the test says otherwise; so what is wrong with a block
is what the test made wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stateless.ancestors import BlockHashes
from stateless.blobs import GAS_PER_BLOB
from stateless.blockrun import BlockBody, execute_block
from stateless.evm.environment import BlockContext
from stateless.forks import FORKS
from stateless.patricia_state import PatriciaState
from stateless.receipts import receipts_root
from stateless.signatures import recover_senders
from stateless.transactions import Transaction, encode_transaction
from tests.stateless.patricia_samples import Alloc
from tests.stateless.transaction_samples import plain, signed
from witness.block import BlockInput
from witness.header import Header, Withdrawal, header_to_rlp, withdrawal_to_rlp
from witness.header_json import EMPTY_OMMERS_HASH
from witness.keccak import keccak256
from witness.patricia.container import PatriciaWitness
from witness.patricia.ordered import ordered_root

CONTRACT = b"\xaa" * 20
GAS_LIMIT = 30_000_000


def transaction(nonce: int = 0, **changes: Any) -> Transaction:
    """A transfer to ``CONTRACT`` that costs what it must."""
    return signed(plain(0, **{"nonce": nonce, "to": CONTRACT, "value": 0, "data": b"", **changes}))


SENDER = recover_senders([transaction()])[0]
RICH = Alloc(SENDER, balance=1 << 200)


def made_block(
    alloc: Sequence[Alloc],
    transactions: Sequence[Transaction] = (),
    withdrawals: Sequence[Withdrawal] = (),
    *,
    fork: str = "cancun",
    run: bool = True,
    excess: int = 0,
    gas_limit: int = GAS_LIMIT,
    parent: Header | None = None,
) -> BlockInput:
    """Block 5 on a parent with ``excess`` blob gas. ``run``: whether the header says what it gives; a block
    that cannot be run has its parent's roots in the header. ``parent``: fields that are said otherwise."""
    state = PatriciaState.from_alloc([RICH, *alloc])
    rules = FORKS[fork]
    empty = ordered_root([])
    first = Header(
        parent_hash=bytes(32), ommers_hash=EMPTY_OMMERS_HASH, coinbase=b"\xcb" * 20, state_root=state.root,
        transactions_root=empty, receipts_root=empty, logs_bloom=bytes(256), difficulty=0, number=4,
        gas_limit=gas_limit, gas_used=gas_limit // 2, timestamp=1000, extra_data=b"", prev_randao=bytes(32),
        nonce=bytes(8), base_fee_per_gas=7, withdrawals_root=empty,
    )  # fmt: skip
    if rules.blobs is not None:
        first = replace(first, blob_gas_used=0, excess_blob_gas=excess, parent_beacon_block_root=bytes(32))
    first = parent or first
    digest = keccak256(header_to_rlp(first))
    raw = tuple(encode_transaction(tx) for tx in transactions)
    header = replace(
        first,
        parent_hash=digest,
        number=5,
        timestamp=1012,
        transactions_root=ordered_root(raw),
        withdrawals_root=ordered_root([withdrawal_to_rlp(withdrawal) for withdrawal in withdrawals]),
    )
    if rules.blobs is not None:
        header = replace(
            header,
            blob_gas_used=0,
            excess_blob_gas=max(excess - rules.blobs.target * GAS_PER_BLOB, 0),
            parent_beacon_block_root=bytes(32),
        )
    if run:
        hashes = BlockHashes({4: digest})
        view = state.view(hashes)
        context = BlockContext(1, first.coinbase or b"", 5, 1012, gas_limit, 7, bytes(32), 1, hashes)
        senders = recover_senders(transactions)
        body = BlockBody(list(zip(transactions, senders, strict=True)), withdrawals, digest, bytes(32), b"")
        execution = execute_block(view, context, body, rules)
        receipts, bloom = receipts_root(execution.receipts)
        header = replace(
            header,
            gas_used=execution.gas_used,
            receipts_root=receipts,
            logs_bloom=bloom,
            state_root=view.post_root(execution.changes),
        )
    return BlockInput(
        name="made",
        header=header,
        block_hash=keccak256(header_to_rlp(header)),
        transactions=raw,
        withdrawals=tuple(withdrawals),
        patricia=PatriciaWitness(tuple(state.nodes.values()), tuple(state.codes.values()), (first,)),
        chain_id=1,
        rules=fork,
    )


def with_header(block: BlockInput, *, rehash: bool = True, **changes: Any) -> BlockInput:
    """The block with another header, under its own hash or under the one that it had."""
    assert block.header is not None
    header = replace(block.header, **changes)
    return replace(
        block,
        header=header,
        block_hash=keccak256(header_to_rlp(header)) if rehash else block.block_hash,
    )
