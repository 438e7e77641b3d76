"""Apply one transaction to a state: validity, fees, the message, refunds, what the fee recipient gets.

Sources: execution-specs ``fork.py`` (check_transaction, process_transaction, set_delegation); EIP-1559, 3529,
3651, 4844, 7623, 7702, 7825; SPEC 10.7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from stateless.blobs import GAS_PER_BLOB
from stateless.evm.access import AccessLog
from stateless.evm.code import EMPTY_CODE, Code
from stateless.evm.environment import BlockContext, Environment, TransactionContext
from stateless.evm.frame import Message
from stateless.evm.halts import OutOfGas
from stateless.evm.instructions.environment import GAS_MASK
from stateless.evm.instructions.system import contract_address
from stateless.evm.interpreter import run
from stateless.evm.meter import GAS_RANGE, Meter
from stateless.evm.state import State
from stateless.forks import Fork
from stateless.intrinsic import floor_gas, intrinsic_gas
from stateless.receipts import Receipt
from stateless.signatures import authority
from stateless.transactions import Authorization, Transaction
from verkle.constants import DELEGATION_MARK, EMPTY_CODE_HASH, NONCE_LIMIT
from verkle.errors import InvalidError

__all__ = ["Allowance", "Applied", "Apply", "Spent", "apply_transaction"]

AUTHORIZATION_REFUND: Final = 25000 - 12500
"""What an authorization gets back if its account exists (EIP-7702)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a block for its next transactions: gas, blob gas; and the gas used so far."""

    gas: int
    blob_gas: int
    used: int


class Spent(NamedTuple):
    """Where a transaction's gas went: ``intrinsic`` + ``charged`` + ``forfeited`` - ``stipends`` - ``refund``
    is what it used.

    ``charged``: by all that ran, accesses included. ``forfeited``: lost with frames that failed.
    ``stipends``: given by calls that move value. ``refund``: below zero where a floor asks for more.
    """

    intrinsic: int
    charged: int
    forfeited: int
    stipends: int
    refund: int


class Applied(NamedTuple):
    """A transaction that ran. ``used``: gas, below zero where its receipt has it modulo 2^64; ``log``: its
    access
    events, ``None`` where none are kept."""

    receipt: Receipt
    used: int
    log: AccessLog | None
    spent: Spent


Apply = Callable[[Transaction, bytes, State, BlockContext, Fork, Allowance, Meter], Applied]
"""How :func:`apply_transaction` is called."""


def apply_transaction(
    tx: Transaction,
    sender: bytes,
    state: State,
    block: BlockContext,
    fork: Fork,
    allowance: Allowance,
    meter: Meter,
) -> Applied:
    """Run a transaction whose static rules hold (``stateless.transaction_checks``) and whose sender is known.

    Raises:
        InvalidError: ``TX_…``: the block may not hold this transaction here.
    """
    rules = fork.execution
    price = _check(tx, sender, state, block, allowance, delegation=rules.delegation)
    blob_fee = tx.blob_gas * block.blob_base_fee
    state.begin_transaction()
    state.increment_nonce(sender)
    state.add_balance(sender, -(tx.gas_limit * price + blob_fee))
    policy = fork.policy()
    environment = Environment(
        block, TransactionContext(sender, price, tx.blob_hashes), state, policy, rules, meter
    )
    if policy.log is None:
        state.prewarm(rules.precompiles)
    intrinsic = intrinsic_gas(tx, fork.intrinsic)
    gas = tx.gas_limit - intrinsic
    try:
        gas = policy.begin(tx, sender, gas, state, block)
    except OutOfGas:
        raise InvalidError(
            "TX_GAS_LIMIT_TOO_LOW",
            "a transaction cannot pay for the accounts that it names",
            got=tx.gas_limit,
        ) from None
    _delegate(tx, state, block.chain_id)
    meter.begin(gas)
    message = _message(tx, sender, gas, environment)
    if message is None:
        gas_left, succeeded = 0, False
        meter.end(gas_left)
    else:
        outcome = run(message, environment)
        gas_left, succeeded = outcome.gas_left, outcome.succeeded
        if allowance.gas - tx.gas_limit + gas_left >= GAS_RANGE:
            raise InvalidError(
                "GAS_WRAPPED",
                "a transaction ends with its gas gone below zero: the network's client stops over that, so "
                "that there can be no such block",
                got=gas_left - GAS_RANGE,
            )
    state.reader.opcode = None  # from here on no instruction reads
    used = tx.gas_limit - gas_left
    forfeited = meter.forfeited - (0 if policy.log is None else policy.log.lost)
    charged = used - intrinsic - forfeited + meter.granted
    before_refund = used
    # what a failed message would have refunded is undone with it; what authorizations refund is not
    used -= min((used & GAS_MASK) // rules.refund_divisor, state.refund)
    if fork.intrinsic.floor_token:
        used = max(used, floor_gas(tx, fork.intrinsic))
    state.add_balance(sender, (tx.gas_limit - used) * price)
    # where stipends let gas grow, less than nothing may be used; clients count modulo 2^64 (SPEC 6.5)
    fee = (used & GAS_MASK) * (price - block.base_fee)
    if fee:
        state.add_balance(block.coinbase, fee)
    policy.finish(state, block.coinbase, fee)
    logs = tuple(state.logs)
    state.end_transaction()
    contract = contract_address(sender, tx.nonce) if tx.to is None else None
    receipt = Receipt(tx.type, succeeded, used & GAS_MASK, (allowance.used + used) & GAS_MASK, logs, contract)
    spent = Spent(intrinsic, charged, forfeited, meter.granted, before_refund - used)
    return Applied(receipt, used, policy.log, spent)


def _check(
    tx: Transaction,
    sender: bytes,
    state: State,
    block: BlockContext,
    allowance: Allowance,
    *,
    delegation: bool,
) -> int:
    """The rules that need the state or the block; returns the effective gas price. ``delegation``: whether
    code that points to other code makes no contract of the sender (EIP-7702)."""
    if tx.gas_limit > allowance.gas:
        raise InvalidError(
            "TX_BLOCK_GAS",
            "a transaction asks for more gas than the block has left",
            expected=f"at most {allowance.gas}",
            got=tx.gas_limit,
        )
    if tx.blob_gas > allowance.blob_gas:
        raise InvalidError(
            "TX_BLOCK_BLOBS",
            "a transaction has more blobs than the block has room for",
            expected=f"at most {allowance.blob_gas // GAS_PER_BLOB}",
            got=tx.blob_gas // GAS_PER_BLOB,
        )
    if tx.max_fee < block.base_fee:
        raise InvalidError(
            "TX_FEE_BELOW_BASE",
            "a transaction offers less than the base fee",
            expected=f"at least {block.base_fee}",
            got=tx.max_fee,
        )
    if tx.type == 3 and tx.max_blob_fee < block.blob_base_fee:
        raise InvalidError(
            "TX_BLOB_FEE_BELOW_BASE",
            "a transaction offers less than the blob base fee",
            expected=f"at least {block.blob_base_fee}",
            got=tx.max_blob_fee,
        )
    nonce = state.nonce(sender)
    if tx.nonce != nonce:
        raise InvalidError(
            "TX_NONCE", "a transaction does not have its sender's nonce", expected=nonce, got=tx.nonce
        )
    if state.code_hash(sender) != EMPTY_CODE_HASH and not (
        delegation and state.delegation(sender) is not None
    ):
        raise InvalidError(
            "TX_SENDER_CODE", "the sender of a transaction is a contract", where={"sender": sender}
        )
    cost = tx.gas_limit * tx.max_fee + tx.blob_gas * tx.max_blob_fee + tx.value
    balance = state.balance(sender)
    if balance < cost:
        raise InvalidError(
            "TX_BALANCE",
            "the sender cannot pay for a transaction",
            where={"sender": sender},
            expected=f"at least {cost}",
            got=balance,
        )
    return min(tx.max_priority_fee, tx.max_fee - block.base_fee) + block.base_fee


def _delegate(tx: Transaction, state: State, chain_id: int) -> None:
    """Set the code pointers that the transaction's authorizations ask for; wrong ones are passed over."""
    for authorization in tx.authorizations:
        signer = _signer(authorization, state, chain_id)
        if signer is None:
            continue
        if state.account(signer) is not None:
            state.refund += AUTHORIZATION_REFUND
        pointer = b"" if not any(authorization.address) else DELEGATION_MARK + authorization.address
        state.set_code(signer, pointer)
        state.increment_nonce(signer)


def _signer(authorization: Authorization, state: State, chain_id: int) -> bytes | None:
    """The account that an authorization is for, ``None`` if it does not count (EIP-7702, *Behavior*)."""
    if authorization.chain_id not in (0, chain_id) or authorization.nonce >= NONCE_LIMIT:
        return None
    signer = authority(authorization)
    if signer is None:
        return None
    state.prewarm([signer])
    if state.code_hash(signer) != EMPTY_CODE_HASH and state.delegation(signer) is None:
        return None
    return signer if state.nonce(signer) == authorization.nonce else None


def _message(tx: Transaction, sender: bytes, gas: int, environment: Environment) -> Message | None:
    """The message of a transaction; ``None`` for a creation where there is something already."""
    state, rules = environment.state, environment.rules
    if tx.to is None:
        address = contract_address(sender, tx.nonce)
        state.prewarm([address])
        try:
            gas = environment.policy.claim(state, address, gas)
        except OutOfGas:
            environment.meter.forfeit(gas)
            return None
        if state.collides(address):
            environment.meter.forfeit(gas)
            return None
        return Message(
            caller=sender,
            target=address,
            code_address=address,
            value=tx.value,
            data=b"",
            gas=gas,
            code=Code(tx.data),
            is_create=True,
        )
    state.prewarm([tx.to])
    precompile = rules.precompiles.get(tx.to)
    code = EMPTY_CODE
    if precompile is None:
        pointed = state.delegation(tx.to) if rules.delegation else None
        if pointed is not None:
            state.prewarm([pointed])
        if pointed not in rules.precompiles:
            code = state.code(tx.to if pointed is None else pointed)
    return Message(
        caller=sender,
        target=tx.to,
        code_address=tx.to,
        value=tx.value,
        data=tx.data,
        gas=gas,
        code=code,
        precompile=precompile,
    )
