"""From a rule set of a Verkle network to what execution needs of it (``stateless.forks.Fork``).

The networks are Shanghai with EIP-6780 (all but the first), witness gas in the place of EIP-2929 or on top of
it, and a history account that is written without a call. Sources: SPEC 6; RULES-KAUSTINEN 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from stateless.evm.access import Place
from stateless.evm.early_gas import HEADER
from stateless.evm.early_leaf_gas import EarlyLeafGas
from stateless.evm.early_warm_gas import EarlyWarmGas
from stateless.evm.environment import BlockContext, ExecutionRules
from stateless.evm.policy import WARM
from stateless.evm.table import SHANGHAI, Instruction
from stateless.evm.witness_gas import WitnessGas
from stateless.forks import FORKS, Fork
from stateless.precompiles import precompiles
from stateless.rules import RuleSet
from stateless.witness_rules import EarlyRules, PackedRules, WitnessCosts
from verkle.constants import BASIC_DATA, CODE_HASH
from verkle.embedding import storage_position
from verkle.errors import UnsupportedError
from witness.header import Withdrawal

__all__ = ["verkle_fork"]

CREATE_GAS: Final = 1000
"""Constant gas of CREATE and CREATE2 where creating is paid by leaves (EIP-4762)."""
_CREATIONS: Final = (0xF0, 0xF5)
# BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH and the calls: paid as for warm accounts before all else
_WARM_FIRST: Final = (0x31, 0x3B, 0x3C, 0x3F, 0xF1, 0xF2, 0xF4, 0xFA)


def verkle_fork(rules: RuleSet, costs: WitnessCosts | None = None) -> Fork:
    """The fork that a rule set describes. ``costs``: other prices than its own, to see what they would do.

    Raises:
        UnsupportedError: ``EXECUTION_UNSUPPORTED``: how the network executed is not known.
    """
    execution = rules.execution
    if execution is None:
        raise UnsupportedError(
            "EXECUTION_UNSUPPORTED",
            f"blocks under {rules.name} cannot be executed here ({rules.source}); verify --proof-only checks "
            "proof and roots",
            where={"rules": rules.name},
        )
    if costs is not None:
        execution = replace(execution, costs=costs)
    fork = replace(
        FORKS["shanghai"],
        name=rules.name,
        header_fields=rules.header_fields,
        history_account=rules.history,
        block_events=partial(_block_events, rules, execution),
    )
    if isinstance(execution, EarlyRules):
        return _early(fork, rules, execution)
    contracts = precompiles("shanghai")
    exempt = frozenset(contracts) | ({rules.history.address} if rules.history else frozenset())
    return replace(
        fork,
        execution=ExecutionRules(_with_gas(_CREATIONS, CREATE_GAS), contracts),
        policy=partial(WitnessGas, rules, execution, exempt),
    )


def _early(fork: Fork, rules: RuleSet, early: EarlyRules) -> Fork:
    contracts = precompiles("shanghai")
    instructions = _with_gas(_WARM_FIRST, WARM) if early.warm_cold else _with_gas(_CREATIONS, CREATE_GAS)
    policy = EarlyWarmGas if early.warm_cold else EarlyLeafGas
    return replace(
        fork,
        execution=ExecutionRules(
            instructions, contracts, destroys_old_contracts=early.destroys_old_contracts
        ),
        policy=partial(policy, rules, early, frozenset(contracts)),
        makes_history=True,
        deletes_stirred=early.deletion_fills,
    )


def _with_gas(opcodes: Sequence[int], gas: int) -> Mapping[int, Instruction]:
    """Shanghai's instructions, some with other constant gas."""
    return {**SHANGHAI, **{opcode: replace(SHANGHAI[opcode], gas=gas) for opcode in opcodes}}


def _block_events(
    rules: RuleSet,
    execution: PackedRules | EarlyRules,
    block: BlockContext,
    withdrawals: Sequence[Withdrawal],
) -> dict[Place, bool]:
    """The slot that the parent's hash went to, and the accounts of withdrawals, whatever they got (SPEC 6.4,
    RULES-KAUSTINEN 2.1); in Kaustinen-2 the fee recipient (2.2)."""
    events: dict[Place, bool] = {}
    history = rules.history
    if history is not None:
        events[history.address, *storage_position(history.slot(block.number), rules.storage_offset)] = True
    leaves: Sequence[int] = (BASIC_DATA, CODE_HASH)
    written = [withdrawal.address for withdrawal in withdrawals]
    if isinstance(execution, EarlyRules):
        leaves = HEADER
        if execution.fee_recipient_by_block:
            written.append(block.coinbase)
    elif not execution.withdrawals_touched:
        written = []
    for address in written:
        events.update(((address, 0, leaf), True) for leaf in leaves)
    return events
