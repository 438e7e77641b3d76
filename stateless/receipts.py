"""Receipts, their bloom filters and their root.

Sources: Yellow Paper 4.3.1; EIP-658 (status), EIP-2718 (typed receipts); SPEC 10.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stateless.evm.state import Log
from verkle.constants import BLOOM_BYTES
from witness import rlp
from witness.keccak import keccak256
from witness.patricia.ordered import ordered_root

__all__ = ["Receipt", "bloom_of", "receipts_root"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction left. Gas in units; ``contract``: the address a creation was for, failed or not."""

    type: int
    succeeded: bool
    gas_used: int
    cumulative_gas_used: int
    logs: tuple[Log, ...]
    contract: bytes | None

    def encode(self, bloom: bytes) -> bytes:
        """The receipt as it enters the trie: RLP, behind its type if it has one."""
        body = rlp.encode(
            [
                rlp.encode_integer(self.succeeded),
                rlp.encode_integer(self.cumulative_gas_used),
                bloom,
                [[log.address, list(log.topics), log.data] for log in self.logs],
            ]
        )
        return bytes([self.type]) + body if self.type else body


def bloom_of(logs: Iterable[Log]) -> bytes:
    """The 2,048-bit filter of addresses and topics: three bits each, counted from the last byte."""
    bits = 0
    for item in {part for log in logs for part in (log.address, *log.topics)}:
        digest = keccak256(item)
        for at in (0, 2, 4):
            bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(BLOOM_BYTES, "big")


def receipts_root(receipts: Sequence[Receipt]) -> tuple[bytes, bytes]:
    """The receipts' root and the block's bloom."""
    blooms = [bloom_of(receipt.logs) for receipt in receipts]
    total = 0
    for bloom in blooms:
        total |= int.from_bytes(bloom, "big")
    encoded = [receipt.encode(bloom) for receipt, bloom in zip(receipts, blooms, strict=True)]
    return ordered_root(encoded), total.to_bytes(BLOOM_BYTES, "big")
