"""From a rule set of a Verkle network to what execution needs of it (``stateless.forks.Fork``).

The networks are Shanghai with EIP-6780, witness gas in the place of EIP-2929, and a history account that is
written without a call. Sources: SPEC 6; RULES-KAUSTINEN 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from stateless.evm.access import BASIC_DATA, CODE_HASH, Place
from stateless.evm.environment import BlockContext, ExecutionRules
from stateless.evm.table import SHANGHAI
from stateless.evm.witness_gas import WitnessGas
from stateless.forks import FORKS, Fork
from stateless.precompiles import precompiles
from stateless.rules import RuleSet
from stateless.witness_rules import PackedRules, WitnessCosts
from verkle.embedding import storage_position
from verkle.errors import UnsupportedError
from witness.header import Withdrawal

__all__ = ["verkle_fork"]

CREATE_GAS = 1000
"""Constant gas of CREATE and CREATE2 where creating is paid by leaves (EIP-4762)."""


def verkle_fork(rules: RuleSet, costs: WitnessCosts | None = None) -> Fork:
    """The fork that a rule set describes. ``costs``: other prices than its own, to see what they would do.

    Raises:
        UnsupportedError: ``EXECUTION_UNSUPPORTED``: how the network executed is not known.
    """
    packed = rules.execution
    if packed is None:
        raise UnsupportedError(
            "EXECUTION_UNSUPPORTED",
            f"blocks under {rules.name} cannot be executed: {rules.source}; check proof and roots with "
            "--proof-only",
            where={"rules": rules.name},
        )
    if costs is not None:
        packed = replace(packed, costs=costs)
    contracts = precompiles("shanghai")
    exempt = frozenset(contracts) | ({rules.history.address} if rules.history else frozenset())
    instructions = dict(SHANGHAI)
    for opcode in (0xF0, 0xF5):
        instructions[opcode] = replace(instructions[opcode], gas=CREATE_GAS)
    return replace(
        FORKS["shanghai"],
        name=rules.name,
        execution=ExecutionRules(instructions, contracts),
        policy=partial(WitnessGas, rules, packed, exempt),
        header_fields=rules.header_fields,
        history_account=rules.history,
        block_events=partial(_block_events, rules, packed),
    )


def _block_events(
    rules: RuleSet, packed: PackedRules, block: BlockContext, withdrawals: Sequence[Withdrawal]
) -> dict[Place, bool]:
    """The slot that the parent's hash went to, and the accounts of withdrawals, whatever they got (SPEC
    6.4)."""
    events: dict[Place, bool] = {}
    history = rules.history
    if history is not None:
        events[history.address, *storage_position(history.slot(block.number), rules.storage_offset)] = True
    if packed.withdrawals_touched:
        for withdrawal in withdrawals:
            events[withdrawal.address, 0, BASIC_DATA] = True
            events[withdrawal.address, 0, CODE_HASH] = True
    return events
