"""What running a block needs and gives, whatever the tree: its transactions judged and with senders, the
block as code sees it, its outcome beside what the header says.

Sources: SPEC 10; execution-specs ``fork.py`` (apply_body).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from stateless.blobs import blob_base_fee
from stateless.blockrun import BlockBody, Execution
from stateless.checks import CheckLog
from stateless.evm.environment import BlockContext
from stateless.forks import Fork
from stateless.receipt_hints import explain_outcome
from stateless.receipts import Receipt, receipts_root
from stateless.signatures import recover_senders
from stateless.transaction_checks import check_transaction
from stateless.transactions import Transaction
from stateless.verdict import Check
from verkle.errors import IncompleteError, InvalidError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.header import Header, Withdrawal
from witness.patricia.nodes import EMPTY_TRIE_ROOT

__all__ = [
    "Compared",
    "block_body",
    "block_context",
    "check_transactions",
    "compare_rows",
    "configured_chain_id",
    "outcome_rows",
    "receipt_json",
    "required",
    "signed_transactions",
]

_T = TypeVar("_T")
CHAIN_ID_LIMIT = 1 << 64

Compared = tuple[str, object, object, InvalidError]
"""Name of a check, what the input says, what running the block gave, and the error if they differ."""


def required(value: _T | None, name: str) -> _T:
    """A header field without which the block cannot be run. Raises ``HEADER_INCOMPLETE``."""
    if value is None:
        raise IncompleteError("HEADER_INCOMPLETE", f"the header lacks {name}", where={"field": name})
    return value


def configured_chain_id(
    configs: Sequence[Mapping[str, object] | None],
) -> int | None:
    """The chain id of the first configuration that has one. Raises ``CHAIN_CONFIG`` if it is out of range."""
    for config in configs:
        given = None if config is None else config.get("chainId")
        if isinstance(given, int):
            if not 0 <= given < CHAIN_ID_LIMIT:
                raise MalformedError("CHAIN_CONFIG", "chainId is out of range", where={"member": "chainId"})
            return given
    return None


def signed_transactions(
    transactions: Sequence[Transaction] | None, fork: Fork, chain_id: int
) -> list[tuple[Transaction, bytes]]:
    """The transactions with their senders, once the rules that need no state hold.

    Raises ``TX_…``, ``NO_TRANSACTIONS``; ``where`` names the transaction.
    """
    if transactions is None:
        raise IncompleteError("NO_TRANSACTIONS", "the input does not hold the block's transactions")
    check_transactions(transactions, fork, chain_id)
    return list(zip(transactions, recover_senders(transactions), strict=True))


def check_transactions(transactions: Sequence[Transaction], fork: Fork, chain_id: int) -> None:
    """The rules that need neither state nor sender. Raises ``TX_…``; ``where`` names the transaction."""
    for i, tx in enumerate(transactions):
        try:
            check_transaction(tx, fork, chain_id)
        except StatelessError as error:
            error.where.setdefault("transaction", i)
            raise


def _withdrawals(header: Header, given: Sequence[Withdrawal] | None) -> Sequence[Withdrawal]:
    """The block's withdrawals; where the input leaves them out, none if the header's root says so."""
    if given is None:
        if header.withdrawals_root != EMPTY_TRIE_ROOT:
            raise IncompleteError("NO_WITHDRAWALS", "the input does not hold the block's withdrawals")
        return ()
    return given


def block_context(
    header: Header, fork: Fork, chain_id: int, block_hash: Callable[[int], bytes]
) -> BlockContext:
    """The block as code sees it. Raises ``HEADER_INCOMPLETE``."""
    return BlockContext(
        chain_id=chain_id,
        coinbase=required(header.coinbase, "coinbase"),
        number=required(header.number, "number"),
        timestamp=required(header.timestamp, "timestamp"),
        gas_limit=required(header.gas_limit, "gas_limit"),
        base_fee=required(header.base_fee_per_gas, "base_fee_per_gas"),
        prev_randao=required(header.prev_randao, "prev_randao"),
        blob_base_fee=blob_base_fee(header.excess_blob_gas or 0, fork.blobs) if fork.blobs else 0,
        block_hash=block_hash,
    )


def block_body(
    block: BlockInput,
    header: Header,
    transactions: Sequence[Transaction] | None,
    fork: Fork,
    chain_id: int,
    deposit_contract: bytes | None,
) -> BlockBody:
    """What is run of the block. ``deposit_contract``: 20 bytes; ``None`` on Verkle networks, where blocks
    know neither it nor a beacon block.

    Raises as :func:`signed_transactions`; ``NO_WITHDRAWALS``, ``HEADER_INCOMPLETE``.
    """
    return BlockBody(
        signed_transactions(transactions, fork, chain_id),
        _withdrawals(header, block.withdrawals),
        required(header.parent_hash, "parent_hash"),
        None if deposit_contract is None else header.parent_beacon_block_root,
        deposit_contract or b"",
    )


def receipt_json(receipt: Receipt) -> Mapping[str, object]:
    """A receipt as a verdict has it."""
    return {
        "status": int(receipt.succeeded),
        "gas_used": receipt.gas_used,
        "cumulative_gas_used": receipt.cumulative_gas_used,
        "logs": [
            {"address": log.address, "topics": list(log.topics), "data": log.data} for log in receipt.logs
        ],
        "contract_address": receipt.contract,
    }


def outcome_rows(header: Header, execution: Execution) -> list[Compared]:
    """Gas, receipts and bloom, beside the header's."""
    receipts, bloom = receipts_root(execution.receipts)
    differs = "the header says otherwise"
    return [
        ("gas_used", header.gas_used, execution.gas_used, InvalidError("GAS_USED_MISMATCH", differs)),
        ("receipts_root", header.receipts_root, receipts, InvalidError("RECEIPTS_ROOT_MISMATCH", differs)),
        ("logs_bloom", header.logs_bloom, bloom, InvalidError("LOGS_BLOOM_MISMATCH", differs)),
    ]


def compare_rows(
    rows: Sequence[Compared],
    checks: CheckLog,
    rebuild_ms: float | None = None,
    *,
    given: Sequence[object] | None = None,
    ours: Sequence[Receipt] = (),
) -> None:
    """Enter every row as a check; the first that differs decides.

    Raises the row's error, with both sides; where the input's receipts are ``given``, with what ``ours``
    differ in.
    """
    broken: InvalidError | None = None
    for name, expected, got, error in rows:
        if expected is None:
            checks.skip("the header as given has none", name)
            continue
        ms = rebuild_ms if name == "post_state_root" else None
        checks.add(Check(name, "passed" if expected == got else "failed", expected, got, ms))
        if expected != got and broken is None:
            what = name.replace("_", " ")
            error.message = f"running the block gives another {what} than its header has"
            error.expected, error.got = expected, got
            broken = error
    if broken is not None:
        explain_outcome(broken, given, ours)
        raise broken
