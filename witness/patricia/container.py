"""A Merkle-Patricia witness as an input gives it, whatever its dialect, and what it weighs.

Source: SPEC 9.1, 9.2 (the dialects), 9.4 (parts are measured apart).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from witness.header import Header, header_to_rlp, missing_fields

__all__ = ["PatriciaSizes", "PatriciaWitness", "patricia_sizes"]


@dataclass(frozen=True, slots=True)
class PatriciaWitness:
    """Nodes, codes and headers; nothing in it counts but what its hash is asked for.

    Attributes:
        nodes: RLP of trie nodes, of the state and of storage, in any order.
        codes: bytecode of contracts, in any order.
        ancestors: headers before the block, in any order; the newest is the parent.
        block_hashes: hashes of the blocks before, **newest first**, where the input gives a list of them
            instead of headers. Only the first is bound, by the block's own parent hash.
        pre_state_root: 32 bytes, where the input names the state before by itself. It is asserted: only a
            parent header binds it.
        keys: addresses (20 bytes) and slots (32) that were read, where the dialect lists them. For sizes
            only; nobody looks anything up by them.
    """

    nodes: tuple[bytes, ...]
    codes: tuple[bytes, ...] = ()
    ancestors: tuple[Header, ...] = ()
    block_hashes: tuple[bytes, ...] = ()
    pre_state_root: bytes | None = None
    keys: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PatriciaSizes:
    """Bytes and counts of a witness; the bytes are those of the parts themselves, without any container."""

    witness_bytes: int
    state_bytes: int
    codes_bytes: int
    headers_bytes: int
    keys_bytes: int
    nodes: int
    codes: int
    headers: int
    keys: int

    def to_json(self) -> dict[str, int | None]:
        """Return the members by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def patricia_sizes(witness: PatriciaWitness) -> PatriciaSizes:
    """Measure a witness. A header that lacks fields has no encoding and weighs nothing."""
    state_bytes = _total(witness.nodes)
    codes_bytes = _total(witness.codes)
    keys_bytes = _total(witness.keys)
    headers_bytes = _total(
        header_to_rlp(header) for header in witness.ancestors if not missing_fields(header)
    ) + _total(witness.block_hashes)
    return PatriciaSizes(
        witness_bytes=state_bytes + codes_bytes + headers_bytes + keys_bytes,
        state_bytes=state_bytes,
        codes_bytes=codes_bytes,
        headers_bytes=headers_bytes,
        keys_bytes=keys_bytes,
        nodes=len(witness.nodes),
        codes=len(witness.codes),
        headers=len(witness.ancestors),
        keys=len(witness.keys),
    )


def _total(parts: Iterable[bytes]) -> int:
    return sum(map(len, parts))
