"""Run a whole block: system calls, transactions, withdrawals, requests.

Sources: execution-specs ``fork.py`` (apply_body); EIP-4788, 2935, 4895, 6110, 7002, 7251, 7685; SPEC 10.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from stateless.apply import Allowance, Apply, apply_transaction
from stateless.blobs import GAS_PER_BLOB
from stateless.evm.access import AccessLog, Place
from stateless.evm.environment import BlockContext, Environment, TransactionContext
from stateless.evm.frame import Message
from stateless.evm.instructions.environment import GAS_MASK
from stateless.evm.interpreter import Outcome, run
from stateless.evm.meter import Meter, block_bound
from stateless.evm.state import Log, State
from stateless.forks import Fork, SystemCall
from stateless.receipts import Receipt
from stateless.rules import SYSTEM_ADDRESS
from stateless.transactions import Transaction
from stateless.view import StateChanges, StateView
from verkle.errors import IncompleteError, InvalidError, StatelessError
from witness.header import Withdrawal

__all__ = ["BlockBody", "Execution", "execute_block", "requests_hash"]

SYSTEM_GAS: Final = 30_000_000
GWEI: Final = 10**9
DEPOSIT_TYPE: Final = 0
DEPOSIT_TOPIC: Final = bytes.fromhex("649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5")
"""keccak256 of ``DepositEvent(bytes,bytes,bytes,bytes,bytes)`` (EIP-6110)."""


@dataclass(frozen=True, slots=True)
class BlockBody:
    """What is run: transactions with their senders, withdrawals, and what the system calls are given."""

    transactions: Sequence[tuple[Transaction, bytes]]
    withdrawals: Sequence[Withdrawal]
    parent_hash: bytes
    parent_beacon_root: bytes | None
    deposit_contract: bytes


@dataclass(frozen=True, slots=True)
class Execution:
    """What running a block gave. ``gas_used`` modulo 2^64. ``requests``: type byte and data of each kind that
    is not empty. ``logs``: the access events of each transaction, where they are
    asked for; ``touched``: all of the block, its own among them."""

    receipts: tuple[Receipt, ...]
    gas_used: int
    blob_gas_used: int
    requests: tuple[bytes, ...]
    changes: StateChanges
    logs: tuple[AccessLog, ...]
    touched: Mapping[Place, bool]


def execute_block(
    view: StateView,
    block: BlockContext,
    body: BlockBody,
    fork: Fork,
    apply: Apply = apply_transaction,
    *,
    keep_logs: bool = True,
) -> Execution:
    """Run a block on the state before it. ``apply``: what runs each transaction, for who wants to look on.
    ``keep_logs``: give the access events of each transaction too.

    Raises:
        InvalidError: a transaction that the block may not hold, or a system contract that fails.
        IncompleteError: the view does not hold what is read; ``where`` names the transaction.
    """
    history = fork.history_account
    kept = frozenset({history.address}) if history is not None and history.kept else frozenset()
    state = State(view, kept, deletes_stirred=fork.deletes_stirred)
    meter = Meter(block_bound(block.gas_limit))
    if history is not None:
        if fork.makes_history:
            state.make(history.address)
        state.set_storage(
            history.address, history.slot(block.number), int.from_bytes(body.parent_hash, "big")
        )
    if fork.beacon_roots is not None and body.parent_beacon_root is not None:
        _system_call(state, block, fork, fork.beacon_roots, body.parent_beacon_root)
    if fork.history is not None:
        _system_call(state, block, fork, fork.history, body.parent_hash)
    receipts: list[Receipt] = []
    access_logs: list[AccessLog] = []
    touched = {} if fork.block_events is None else fork.block_events(block, body.withdrawals)
    used = blob_gas = 0
    limit = fork.blobs.limit * GAS_PER_BLOB if fork.blobs else 0
    for i, (tx, sender) in enumerate(body.transactions):
        state.reader.at(i)
        allowance = Allowance(block.gas_limit - used, limit - blob_gas, used)
        try:
            applied = apply(tx, sender, state, block, fork, allowance, meter)
        except StatelessError as error:
            error.where.setdefault("transaction", i)
            if state.reader.opcode and isinstance(error, IncompleteError):
                error.where.setdefault("opcode", state.reader.opcode)
            raise
        receipts.append(applied.receipt)
        if applied.log is not None:
            applied.log.add_to(touched)
            if keep_logs:
                access_logs.append(applied.log)
        used += applied.used
        blob_gas += tx.blob_gas
    state.reader.at(None)
    state.begin_transaction()
    for withdrawal in body.withdrawals:
        state.add_balance(withdrawal.address, withdrawal.amount_gwei * GWEI)
    state.end_transaction()
    requests: list[bytes] = []
    if fork.deposits:
        logs = [log for receipt in receipts for log in receipt.logs]
        requests.append(bytes([DEPOSIT_TYPE]) + _deposits(logs, body.deposit_contract))
    for call in fork.requests:
        outcome = _system_call(state, block, fork, call, b"")
        requests.append(bytes([call.request_type or 0]) + outcome.output)
    return Execution(
        tuple(receipts),
        used & GAS_MASK,
        blob_gas,
        tuple(r for r in requests if len(r) > 1),
        state.changes(),
        tuple(access_logs),
        touched,
    )


def requests_hash(requests: Sequence[bytes]) -> bytes:
    """The commitment in the header (EIP-7685)."""
    return sha256(b"".join(sha256(request).digest() for request in requests)).digest()


def _system_call(state: State, block: BlockContext, fork: Fork, call: SystemCall, data: bytes) -> Outcome:
    """A call from the system address; free, and not counted in the block's gas."""
    state.begin_transaction()
    code = state.code(call.address)
    must_succeed = call.request_type is not None
    if not code.data:
        if must_succeed:
            raise InvalidError(
                "SYSTEM_CONTRACT_MISSING", "a system contract has no code", where={"address": call.address}
            )
        return Outcome(SYSTEM_GAS, b"", None)
    environment = Environment(
        block,
        TransactionContext(SYSTEM_ADDRESS, 0),
        state,
        fork.policy(),
        fork.execution,
        Meter(block_bound(block.gas_limit)),
    )
    state.prewarm(fork.execution.precompiles)
    message = Message(SYSTEM_ADDRESS, call.address, call.address, 0, data, SYSTEM_GAS, code)
    outcome = run(message, environment)
    if must_succeed and not outcome.succeeded:
        raise InvalidError(
            "SYSTEM_CALL_FAILED",
            "a system contract failed",
            where={"address": call.address},
            got=outcome.error,
        )
    state.end_transaction()
    return outcome


def _deposits(logs: Sequence[Log], contract: bytes) -> bytes:
    """The deposit requests in the deposit contract's logs (EIP-6110)."""
    return b"".join(
        _deposit(log.data)
        for log in logs
        if log.address == contract and log.topics and log.topics[0] == DEPOSIT_TOPIC
    )


def _deposit(data: bytes) -> bytes:
    """One deposit event, ABI-encoded: key 48, credentials 32, amount 8, signature 96, index 8 bytes."""
    offsets, sizes = (160, 256, 320, 384, 512), (48, 32, 8, 96, 8)
    out = b""
    if len(data) != 576:
        raise _deposit_error(data)
    for i, (offset, size) in enumerate(zip(offsets, sizes, strict=True)):
        word = int.from_bytes(data[32 * i : 32 * i + 32], "big")
        length = int.from_bytes(data[offset : offset + 32], "big")
        if (word, length) != (offset, size):
            raise _deposit_error(data)
        out += data[offset + 32 : offset + 32 + size]
    return out


def _deposit_error(data: bytes) -> InvalidError:
    return InvalidError(
        "DEPOSIT_LOG", "a log of the deposit contract is not laid out as it must be", got=data[:64]
    )
