"""One transaction tried under other rules, on the state on which it really ran.

The state is read as its own network laid it out; only what things cost, and what instructions mean, is the
other network's. So each transaction begins where it did begin, whatever the ones before it would have cost.

Nothing is changed by a trial: it runs on a copy of the state. Its work has a bound (``stateless.evm.meter``),
16 times its gas limit; once that is passed, no further transaction of the block is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from stateless.apply import Allowance, Applied, apply_transaction
from stateless.early_view import verkle_view
from stateless.evm.access import AccessLog, Place
from stateless.evm.environment import BlockContext
from stateless.evm.instructions.environment import GAS_MASK
from stateless.evm.meter import MOST_BOUND, TIMES_GAS_LIMIT, Meter
from stateless.evm.state import State
from stateless.forks import Fork
from stateless.rules import RuleSet
from stateless.transactions import Transaction
from stateless.verkle_forks import verkle_fork
from stateless.verkle_view import Leaves, VerkleView
from stateless.view import Account
from verkle.errors import IncompleteError, StatelessError, UnsupportedError

__all__ = ["Changed", "Trial", "Trials"]

Changed = Literal["status", "logs", "writes"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Trial:
    """``applied``: what came of it, ``None`` if it could not be run to its end, for the reason ``refusal``.
    ``state``: after it."""

    applied: Applied | None
    state: State | None
    refusal: StatelessError | None

    def changed(
        self, applied: Applied, state: State, tx: Transaction, sender: bytes, block: BlockContext
    ) -> tuple[Changed, ...]:
        """What of the outcome is another than ``applied`` and ``state``, which really came of it.

        That fees differ with gas is no difference.
        """
        if self.applied is None or self.state is None:
            return ()
        ours, theirs = applied.receipt, self.applied.receipt
        found: list[Changed] = []
        if ours.succeeded != theirs.succeeded:
            found.append("status")
        if ours.logs != theirs.logs:
            found.append("logs")
        fees = _fees(tx, sender, block, applied.used), _fees(tx, sender, block, self.applied.used)
        if not _same_writes((state, self.state), fees):
            found.append("writes")
        return tuple(found)


class Trials:
    """Trials of a block's transactions, in their order."""

    def __init__(self, leaves: Leaves, rules: RuleSet, fork: Fork) -> None:
        """``rules``: of the block itself. ``fork``: under which it is tried."""
        self._leaves = leaves
        self._rules = rules
        self._fork = fork
        self._view: VerkleView | None = None
        self._done = 0
        self._over: UnsupportedError | None = None
        self._written: set[Place] = set()

    def note(self, log: AccessLog | None) -> None:
        """The transaction tried last has really run, with these events. Leaves that it wrote are filled."""
        if log is not None:
            self._written.update(place for place, write in log.leaves.items() if write)

    def run(
        self, tx: Transaction, sender: bytes, state: State, block: BlockContext, allowance: Allowance
    ) -> Trial:
        """Try the next transaction on the state before it."""
        number = self._done
        self._done += 1
        if self._over is not None:
            return Trial(None, None, self._over)
        if self._view is None:
            precompiles = verkle_fork(self._rules).execution.precompiles
            self._view = verkle_view(self._leaves, self._rules, precompiles, block.block_hash, _no_root)
        copy = state.copy(self._view)
        copy.reader.at(number)
        for place in self._written:
            copy.fill_leaf(place)
        meter = Meter(min(TIMES_GAS_LIMIT * tx.gas_limit, MOST_BOUND))
        try:
            applied = apply_transaction(tx, sender, copy, block, self._fork, allowance, meter)
        except StatelessError as error:
            error.stage = error.stage or "EXECUTE"
            error.where.setdefault("transaction", number)
            if copy.reader.opcode and isinstance(error, IncompleteError):
                error.where.setdefault("opcode", copy.reader.opcode)
            if isinstance(error, UnsupportedError) and error.code == "STEP_BOUND":
                self._over = error
            return Trial(None, None, error)
        return Trial(applied, copy, None)


def _no_root(_: Mapping[bytes, bytes]) -> bytes:
    raise ValueError("a trial has no root")


_GONE: Final = ("gone",)


def _fees(tx: Transaction, sender: bytes, block: BlockContext, used: int) -> dict[bytes, int]:
    """What gas did to balances."""
    price = min(tx.max_priority_fee, tx.max_fee - block.base_fee) + block.base_fee
    fees = {sender: -used * price}
    fees[block.coinbase] = fees.get(block.coinbase, 0) + (used & GAS_MASK) * (price - block.base_fee)
    return fees


def _same_writes(states: tuple[State, State], fees: tuple[dict[bytes, int], dict[bytes, int]]) -> bool:
    ours, theirs = (state.changes() for state in states)
    if ours.storage != theirs.storage:
        return False
    for address in ours.accounts.keys() | theirs.accounts.keys():
        one, other = (_account(state, address, paid) for state, paid in zip(states, fees, strict=True))
        if one != other:
            return False
    return True


def _account(state: State, address: bytes, fees: Mapping[bytes, int]) -> tuple[object, ...]:
    """An account as it can be compared, fees left out; of what is not shown nothing can have been written."""
    account = _shown(lambda: state.account(address))
    if account is None and address not in fees:
        return _GONE
    balance = _shown(lambda: state.balance(address))
    return (
        _shown(lambda: state.nonce(address)),
        None if balance is None else balance - fees.get(address, 0),
        account.code_hash if isinstance(account, Account) else None,
    )


def _shown(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except IncompleteError:
        return None
