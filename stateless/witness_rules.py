"""Witness gas as data: what touching a leaf costs, and where the networks that charged for it differ.

Only numbers and switches stand here; ``evm.witness_gas`` and ``evm.early_gas`` are the policies that read
them. Nothing here loads the interpreter.

Sources: EIP-4762 (*Parameters*); gballet/go-ethereum at the commits of ``stateless.rules``; SPEC 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["WITNESS_COSTS", "PackedRules", "WitnessCosts"]


@dataclass(frozen=True, slots=True)
class WitnessCosts:
    """Prices in gas, by the names of EIP-4762 (SPEC 6.1).

    ``witness_branch_cost``: a stem touched for the first time in a transaction; ``witness_chunk_cost``: a
    leaf;
    ``subtree_edit_cost``, ``chunk_edit_cost``: the same for writing; ``chunk_fill_cost``: writing a leaf
    that is absent. ``warm_cost``: what is charged instead where nothing else is.
    """

    witness_branch_cost: int = 1900
    witness_chunk_cost: int = 200
    subtree_edit_cost: int = 3000
    chunk_edit_cost: int = 500
    chunk_fill_cost: int = 0
    warm_cost: int = 100


WITNESS_COSTS: Final = WitnessCosts()


@dataclass(frozen=True, slots=True)
class PackedRules:
    """The rules since accounts lie in BASIC_DATA and CODE_HASH: Kaustinen-7 and what came of it.

    ``new_account_gas``: for a CALL that gives value to an empty account. ``exempt_gas``: for looking at a
    precompile or system contract. ``callcode_value_touches``: CALLCODE with value touches both balances.
    ``absent_target_written``: the target of a transaction that does not exist counts as written.
    ``fee_recipient_touched``: by a transaction that pays it. ``withdrawals_touched``.
    ``scarce_warm``: a warm look at an account with less than ``warm_cost`` left takes what is left and
    succeeds.
    """

    costs: WitnessCosts = WITNESS_COSTS
    new_account_gas: int = 25000
    exempt_gas: int = 100
    callcode_value_touches: bool = False
    absent_target_written: bool = True
    fee_recipient_touched: bool = True
    withdrawals_touched: bool = True
    scarce_warm: bool = True
