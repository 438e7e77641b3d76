"""What each transaction of a block with a Verkle witness spent its gas on, and what it would have spent under
other rules or at other prices, found out from the same witness.

::

    report = gas_report(block, other="eip4762", prices={"witness_branch_cost": 0})
    report.total.used, report.transactions[0].gas.branches, report.transactions[0].other

Header, witness and proof are checked as by ``verify``, and the block is run; what came of it is reported and
not held against the header, so that blocks which broke their own network's rules can be looked at too.

Sources: EIP-4762; SPEC 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from stateless.apply import Allowance, Applied, apply_transaction
from stateless.evm.environment import BlockContext
from stateless.evm.meter import Meter
from stateless.evm.policy import WarmCold
from stateless.evm.state import State
from stateless.forks import FORKS, Fork
from stateless.gas_parts import Events, Gas, gas_parts
from stateless.gas_trial import Changed, Trial, Trials
from stateless.headers import headers_by_hash
from stateless.report import Options, Report, Subject
from stateless.rules import RULE_SETS, RuleSet, RulesFrom, rules_named, rules_of_block
from stateless.transactions import Transaction, transaction_hash
from stateless.verkle_execution import run_from_leaves
from stateless.verkle_forks import verkle_fork
from stateless.verkle_steps import check_proof, check_shape
from stateless.witness_rules import WitnessCosts
from verkle.errors import IncompleteError, StatelessError, UnsupportedError
from witness.block import BlockInput

__all__ = [
    "MOST_PRICE",
    "OTHER_RULES",
    "PRICE_NAMES",
    "Comparison",
    "GasReport",
    "OtherGas",
    "Prices",
    "TransactionGas",
    "gas_report",
]

PRICE_NAMES: Final = tuple(member.name for member in fields(WitnessCosts))
"""The prices that can be set."""
MOST_PRICE: Final = (1 << 32) - 1
"""The largest price that can be set: no block has gas for one such access."""
# Blocks of these networks know neither delegations nor a floor for calldata.
_WITHOUT_WITNESS_GAS: Final = tuple(name for name, fork in FORKS.items() if not fork.execution.delegation)
OTHER_RULES: Final = (
    *(name for name, rules in RULE_SETS.items() if rules.execution is not None),
    *_WITHOUT_WITNESS_GAS,
)
"""The names that ``other`` can have."""


@dataclass(frozen=True, slots=True)
class Prices:
    """A rule set by name, and its prices; ``None`` for a fork of mainnet, where leaves have none."""

    rules: str
    costs: WitnessCosts | None


@dataclass(frozen=True, slots=True)
class OtherGas:
    """A transaction under the other rules, on the same state.

    ``refusal``: why it could not be run to its end, so that there is nothing to say; ``gas``, ``events`` and
    ``succeeded`` are then ``None``. ``difference``: of gas used, above zero where the other rules cost more.
    ``changed``: what of its outcome is another, fees left out.
    """

    succeeded: bool | None
    gas: Gas | None
    events: Events | None
    difference: int | None
    changed: tuple[Changed, ...]
    refusal: StatelessError | None


@dataclass(frozen=True, slots=True)
class TransactionGas:
    """A transaction. ``index``: from 0. ``to``: ``None`` where it creates ``contract``. ``other``: ``None``
    if nothing was asked about other rules."""

    index: int
    hash: bytes
    sender: bytes
    to: bytes | None
    contract: bytes | None
    succeeded: bool
    gas_limit: int
    gas: Gas
    events: Events
    other: OtherGas | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A block under its own and under other rules. ``prices``: of those. ``transactions``: how many could be
    run under both; ``own`` and ``other``: of those alone, what they used."""

    prices: Prices
    transactions: int
    own: Gas
    other: Gas

    @property
    def difference(self) -> int:
        """Of gas used, above zero where the other rules cost more."""
        return self.other.used - self.own.used


@dataclass(frozen=True, slots=True)
class GasReport:
    """A block. ``header_gas_used``: what its header says, ``None`` if it does not. ``total``: of all
    transactions. ``comparison``: ``None`` if nothing was asked about other rules."""

    number: int | None
    hash: bytes | None
    gas_limit: int | None
    header_gas_used: int | None
    prices: Prices
    rules_from: RulesFrom | None
    transactions: tuple[TransactionGas, ...]
    total: Gas
    total_events: Events
    comparison: Comparison | None


def gas_report(
    block: BlockInput,
    *,
    rules: str | None = None,
    other: str | None = None,
    prices: Mapping[str, int] | None = None,
    pre_root: bytes | None = None,
) -> GasReport:
    """Run a block and say where its gas went.

    Args:
        block: with a Verkle witness.
        rules: name of the rules that it ran under; goes before what the input says.
        other: one of ``OTHER_RULES``, to compare with.
        prices: prices by the names of ``PRICE_NAMES``, which replace those of the rules to compare with
            (by default the block's own).
        pre_root: the state root before the block, 32 bytes; must agree with what the input says.

    Raises:
        StatelessError: what is wrong with the block or its witness, or why it cannot be run; its stage is
            set. ``NO_WITNESS_GAS``: its witness is of a tree for which no network charged.
        ValueError: no such rules or price, or a price out of range.
    """
    report = Report()
    try:
        return _report(block, rules, other, dict(prices or {}), pre_root, report)
    except StatelessError as error:
        error.stage = error.stage or report.stage
        raise


def _report(
    block: BlockInput,
    rules: str | None,
    other: str | None,
    prices: dict[str, int],
    pre_root: bytes | None,
    report: Report,
) -> GasReport:
    if block.defect is not None:
        raise block.defect
    report.stage = "EXECUTE"
    if block.patricia is not None:
        raise UnsupportedError(
            "NO_WITNESS_GAS",
            "the block has a Merkle-Patricia witness: networks with that tree charge for accounts and slots "
            "and not for the witness, so there are no branches, chunks and edits to tell apart",
        )
    if block.binary is not None:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED",
            "a binary witness: gas is told apart on Verkle witnesses only; verify, explain and diff take it",
        )
    own, rules_from = rules_of_block(block, rules)
    if own is None:
        raise UnsupportedError(
            "RULES_NOT_NAMED", "nothing names the rules under which this block ran; name them"
        )
    own_fork = verkle_fork(own)
    compared = _other(own, other, prices)
    subject = Subject(block, headers_by_hash(block.headers), own, Options(pre_root=pre_root))
    report.stage = "SHAPE"
    shaped = check_shape(subject, report)
    report.stage = "PROOF"
    tree = check_proof(shaped, report).tree
    report.stage = "EXECUTE"
    header = block.header
    if header is None:
        raise IncompleteError("NO_BLOCK", "the input is a witness without its block, so nothing can be run")
    leaves = tree.values.__getitem__
    own_prices = _prices(own_fork.name)
    trials = None if compared is None else Trials(leaves, own, compared[0])
    watch = _Watch(own_prices, None if compared is None else compared[1], trials)
    run_from_leaves(subject, shaped.transactions, leaves, own, apply=watch.apply)
    rows = tuple(watch.rows)
    return GasReport(
        number=header.number,
        hash=None if report.block is None else report.block.hash,
        gas_limit=header.gas_limit,
        header_gas_used=header.gas_used,
        prices=own_prices,
        rules_from=rules_from,
        transactions=rows,
        total=sum((row.gas for row in rows), Gas()),
        total_events=sum((row.events for row in rows), Events()),
        comparison=None if compared is None else _comparison(compared[1], rows),
    )


def _comparison(prices: Prices, rows: Sequence[TransactionGas]) -> Comparison:
    both = [(row.gas, row.other.gas) for row in rows if row.other is not None and row.other.gas is not None]
    own = sum((gas for gas, _ in both), Gas())
    return Comparison(prices, len(both), own, sum((gas for _, gas in both), Gas()))


def _prices(name: str) -> Prices:
    rules = RULE_SETS.get(name)
    return Prices(name, None if rules is None or rules.execution is None else rules.execution.costs)


def _other(own: RuleSet, name: str | None, changes: dict[str, int]) -> tuple[Fork, Prices] | None:
    """The fork to compare with and what it charges, ``None`` if nothing is asked for.

    Raises ``ValueError``; ``EXECUTION_UNSUPPORTED``.
    """
    for price, value in changes.items():
        if price not in PRICE_NAMES:
            raise ValueError(f"no price is called {price!r}; known are {', '.join(PRICE_NAMES)}")
        if not 0 <= value <= MOST_PRICE:
            raise ValueError(f"{price} is not in 0 ... {MOST_PRICE}")
    if name is None and not changes:
        return None
    if name in _WITHOUT_WITNESS_GAS:
        if changes:
            raise ValueError(f"{name} has no price for branches, chunks and edits that could be set")
        return replace(FORKS[name], policy=_MainnetGas), Prices(name, None)
    try:
        rules = own if name is None else rules_named(name, "option")
    except UnsupportedError:
        raise ValueError(f"{name!r} is none of {', '.join(OTHER_RULES)}") from None
    if rules.execution is None:
        return verkle_fork(rules), _prices(rules.name)  # raises
    costs = replace(rules.execution.costs, **changes)
    return verkle_fork(rules, costs), Prices(rules.name, costs)


class _MainnetGas(WarmCold):
    """Of a fee recipient that gets nothing, a Verkle witness says nothing."""

    def finish(self, state: State, coinbase: bytes, fee: int) -> None:
        """Only what is known can be removed for being empty."""
        if not fee:
            state.touch_if_known(coinbase)


class _Watch:
    """Runs a block's transactions and notes what each spent, after it has tried it under the other rules."""

    def __init__(self, own: Prices, other: Prices | None, trials: Trials | None) -> None:
        self._own = own.costs or WitnessCosts()
        self._other = None if other is None else other.costs
        self._trials = trials
        self.rows: list[TransactionGas] = []

    def apply(
        self,
        tx: Transaction,
        sender: bytes,
        state: State,
        block: BlockContext,
        fork: Fork,
        allowance: Allowance,
        meter: Meter,
    ) -> Applied:
        """A ``stateless.apply.Apply``."""
        trial = None
        if self._trials is not None:
            trial = self._trials.run(tx, sender, state, block, allowance)
        applied = apply_transaction(tx, sender, state, block, fork, allowance, meter)
        gas, events = gas_parts(applied.spent, applied.log, self._own)
        other = None
        if trial is not None and self._trials is not None:
            self._trials.note(applied.log)
            changed = trial.changed(applied, state, tx, sender, block)
            other = self._compared(trial, gas.used, changed)
        self.rows.append(
            TransactionGas(
                index=len(self.rows),
                hash=transaction_hash(tx),
                sender=sender,
                to=tx.to,
                contract=applied.receipt.contract,
                succeeded=applied.receipt.succeeded,
                gas_limit=tx.gas_limit,
                gas=gas,
                events=events,
                other=other,
            )
        )
        return applied

    def _compared(self, trial: Trial, used: int, changed: tuple[Changed, ...]) -> OtherGas:
        applied = trial.applied
        if applied is None:
            return OtherGas(None, None, None, None, (), trial.refusal)
        gas, events = gas_parts(applied.spent, applied.log, self._other or WitnessCosts())
        return OtherGas(applied.receipt.succeeded, gas, events, gas.used - used, changed, None)
