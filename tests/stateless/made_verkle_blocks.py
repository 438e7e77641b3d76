"""Verkle blocks made for a test: a contract, transactions of one sender, and the witness of running them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stateless.genesis import AllocAccount
from stateless.headers import headers_by_hash
from stateless.report import Options, Subject
from stateless.rules import RULE_SETS
from stateless.transactions import Transaction, encode_transaction
from stateless.verkle_execution import judged_transactions
from stateless.verkle_state import VerkleState, execute_on_state
from tests.stateless.made_blocks import CONTRACT, SENDER
from verkle.pedersen import Committer
from witness.block import BlockInput
from witness.header import Header
from witness.header_json import EMPTY_OMMERS_HASH
from witness.patricia.ordered import ordered_root

COINBASE = b"\xcb" * 20
COMMITTER = Committer()


def made_verkle_block(
    code: bytes | str,
    transactions: Sequence[Transaction],
    *,
    rules: str = "kaustinen7",
    storage: Mapping[int, int] | None = None,
    balance: int = 0,
    others: Sequence[AllocAccount] = (),
) -> BlockInput:
    """Block 5, where ``CONTRACT`` has ``code``, ``storage`` and ``balance``, and the sender is rich. Its
    header leaves out what running it gives."""
    data = bytes.fromhex(code) if isinstance(code, str) else code
    chosen = RULE_SETS[rules]
    history = chosen.history
    accounts = [
        AllocAccount(SENDER, 1 << 100, 0, b"", {}),
        AllocAccount(CONTRACT, balance, 1, data, dict(storage or {})),
        AllocAccount(COINBASE, 1, 0, b"", {}),
        *others,
    ]
    if history is not None:
        accounts.append(AllocAccount(history.address, 0, history.nonce or 1, history.code, {}))
    state = VerkleState.from_alloc(accounts, chosen, COMMITTER)
    raw = tuple(encode_transaction(tx) for tx in transactions)
    header = Header(
        parent_hash=bytes(32), ommers_hash=EMPTY_OMMERS_HASH, coinbase=COINBASE, state_root=None,
        transactions_root=ordered_root(raw), receipts_root=None, logs_bloom=None, difficulty=0, number=5,
        gas_limit=30_000_000, gas_used=None, timestamp=1012, extra_data=b"", prev_randao=bytes(32),
        nonce=bytes(8), base_fee_per_gas=7, withdrawals_root=ordered_root([]),
    )  # fmt: skip
    block = BlockInput("made", header, transactions=raw, withdrawals=(), rules=rules, chain_id=1)
    subject = Subject(block, headers_by_hash(()), chosen, Options())
    run = execute_on_state(subject, judged_transactions(subject, chosen), state, chosen)
    witness, _ = run.witness()
    return replace(block, witness=witness)
