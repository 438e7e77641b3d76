"""The gas that a transaction pays before anything of it runs, by fork, and the least it pays in all.

Sources: Yellow Paper appendix G; EIP-2028 (calldata), 2930 (access list), 3860 (initcode), 7623 (floor),
7702 (authorizations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stateless.transactions import Transaction

__all__ = ["INTRINSIC", "IntrinsicCosts", "floor_gas", "intrinsic_gas"]

TOKENS_PER_NONZERO_BYTE: Final = 4
"""Calldata is counted in tokens for the floor: one for a zero byte, four for another (EIP-7623)."""


@dataclass(frozen=True, slots=True)
class IntrinsicCosts:
    """Prices in gas: of any transaction, a byte of data, a creation and a word of its initcode, an address
    and a slot of the access list, an authorization; ``floor_token``: of a token of data, at least, in all."""

    base: int = 21000
    zero_byte: int = 4
    nonzero_byte: int = 16
    creation: int = 32000
    initcode_word: int = 2
    access_address: int = 2400
    access_slot: int = 1900
    authorization: int = 0
    floor_token: int = 0


_SHANGHAI: Final = IntrinsicCosts()
_PRAGUE: Final = replace(_SHANGHAI, authorization=25000, floor_token=10)

INTRINSIC: Final[Mapping[str, IntrinsicCosts]] = MappingProxyType(
    {"shanghai": _SHANGHAI, "cancun": _SHANGHAI, "prague": _PRAGUE, "osaka": _PRAGUE}
)


def intrinsic_gas(tx: Transaction, costs: IntrinsicCosts) -> int:
    """Gas taken from the limit before the message runs."""
    zeros = tx.data.count(0)
    gas = costs.base + zeros * costs.zero_byte + (len(tx.data) - zeros) * costs.nonzero_byte
    if tx.to is None:
        gas += costs.creation + costs.initcode_word * ((len(tx.data) + 31) // 32)
    gas += costs.access_address * len(tx.access_list)
    gas += costs.access_slot * sum(len(entry.slots) for entry in tx.access_list)
    return gas + costs.authorization * len(tx.authorizations)


def floor_gas(tx: Transaction, costs: IntrinsicCosts) -> int:
    """Gas that the transaction uses at least, after refunds; 0 where there is no such rule (EIP-7623)."""
    if not costs.floor_token:
        return 0
    zeros = tx.data.count(0)
    tokens = zeros + (len(tx.data) - zeros) * TOKENS_PER_NONZERO_BYTE
    return costs.base + costs.floor_token * tokens
