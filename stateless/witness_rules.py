"""Witness gas as data: what touching a leaf costs, and where the networks that charged for it differ.

Only numbers and switches stand here; ``evm.witness_gas`` and ``evm.early_gas`` are the policies that read
them. Nothing here loads the interpreter.

Sources: EIP-4762 (*Parameters*); gballet/go-ethereum at the commits of ``stateless.rules``; SPEC 6;
RULES-KAUSTINEN 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["WITNESS_COSTS", "EarlyRules", "HashSource", "PackedRules", "WitnessCosts"]


@dataclass(frozen=True, slots=True)
class WitnessCosts:
    """Prices in gas, by the names of EIP-4762 (SPEC 6.1).

    ``witness_branch_cost``: a stem touched for the first time in a transaction; ``witness_chunk_cost``: a
    leaf; ``subtree_edit_cost``, ``chunk_edit_cost``: the same for writing; ``chunk_fill_cost``: writing a
    leaf that is absent. ``warm_cost``: what is charged instead where nothing else is.
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


HashSource = Literal["headers", "touch_then_headers", "raw_slots", "ring"]
"""Where BLOCKHASH looks: in headers (2.2); there too, once a place that depends on the block's number alone
is touched (2.3); in the history account's slots, of which it touches places that are not theirs (2.4); in
those slots as they lie in the tree, for their price (2.5)."""


@dataclass(frozen=True, slots=True)
class EarlyRules:
    """The rules while each field of an account had a leaf of its own: Kaustinen-2 to 4, and 6. The defaults
    are what most of them had in common; numbers in brackets: paragraphs of RULES-KAUSTINEN.

    ``warm_cold``: the prices of EIP-2929 and 2200, with leaves on top (2.2 to 2.4), not leaves alone (2.5).
    ``destroys_old_contracts``: SELFDESTRUCT as it was before EIP-6780 (2.1).
    ``transaction_pays``: for the leaves of its sender and target (2.2; free by 2.3).
    ``creation_pays``: a creating transaction, before it runs, for the leaves of the new account (2.2).
    ``fee_recipient_by_block``: touched once a block, whatever it gets (2.2), and not by each transaction that
    pays it (2.3).
    ``unpaid_is_free``: what the execution step of PUSH, CODECOPY, EXTCODECOPY or EXTCODESIZE touches and the
    frame cannot pay is not charged at all (2.2), while otherwise the frame is out of gas (2.3).
    ``initcode_chunks``: PUSH and CODECOPY touch chunks of initcode, as if it were the new account's (2.2);
    not by 2.4.
    ``caller_read_for_absent``: a call of an absent account reads the caller's header (2.2), not the
    callee's (2.3).
    ``chunk_behind_end``: a range of code that goes beyond its end touches the chunk that the first byte
    behind the end would lie in (2.1).
    ``deployed_chunks_read``: deploying touches the code's chunks, for nothing and as if read (2.4).
    ``deletion_fills``: deleting an account overwrites its whole header stem with zeros (2.1).
    ``looks``: the instructions whose look at an account or slot goes unproven (2.7).
    """

    costs: WitnessCosts = WITNESS_COSTS
    warm_cold: bool = True
    destroys_old_contracts: bool = False
    transaction_pays: bool = False
    creation_pays: bool = True
    fee_recipient_by_block: bool = False
    unpaid_is_free: bool = False
    initcode_chunks: bool = False
    caller_read_for_absent: bool = False
    chunk_behind_end: bool = True
    deployed_chunks_read: bool = False
    block_hashes: HashSource = "headers"
    deletion_fills: bool = True
    looks: frozenset[str] = frozenset({"BALANCE", "EXTCODEHASH", "EXTCODESIZE"})
