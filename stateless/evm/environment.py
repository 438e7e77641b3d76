"""What surrounds running code: the block, the transaction, the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stateless.evm.decode import Entry, decoding_table
from stateless.evm.state import State

if TYPE_CHECKING:
    from stateless.evm.meter import Meter
    from stateless.evm.policy import AccessPolicy
    from stateless.evm.table import Instruction

__all__ = ["BlockContext", "Environment", "ExecutionRules", "Precompile", "TransactionContext"]

Precompile = Callable[[bytes | memoryview, int], tuple[int, bytes]]
"""(input, gas) → (gas used, output); raises ``Halt`` to fail, which takes all gas. Pays, then copies."""


@dataclass(frozen=True, slots=True)
class ExecutionRules:
    """What the interpreter needs of a rule set.

    ``instructions``: by opcode. ``precompiles``: by 20-byte address. Limits in bytes.
    ``destroys_old_contracts``: SELFDESTRUCT removes any contract, not only new ones (before EIP-6780).
    ``delegation``: code may point to other code (EIP-7702).
    """

    instructions: Mapping[int, Instruction]
    precompiles: Mapping[bytes, Precompile]
    code_limit: int = 24576
    initcode_limit: int = 49152
    destroys_old_contracts: bool = False
    delegation: bool = False
    refund_divisor: int = 5
    table: tuple[Entry, ...] = field(init=False, repr=False, compare=False)
    """``instructions`` as decoding reads them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", decoding_table(self.instructions))


@dataclass(frozen=True, slots=True)
class BlockContext:
    """The block as code sees it. ``block_hash(number)`` serves the 256 blocks before."""

    chain_id: int
    coinbase: bytes
    number: int
    timestamp: int
    gas_limit: int
    base_fee: int
    prev_randao: bytes
    blob_base_fee: int
    block_hash: Callable[[int], bytes]


class TransactionContext(NamedTuple):
    """The transaction as code sees it; ``gas_price`` is the effective one."""

    origin: bytes
    gas_price: int
    blob_hashes: tuple[bytes, ...] = ()


class Environment(NamedTuple):
    """All of it, with the state and the policy that prices accesses."""

    block: BlockContext
    transaction: TransactionContext
    state: State
    policy: AccessPolicy
    rules: ExecutionRules
    meter: Meter
