"""The blocks before a block: its parent, found by hash, and the hashes that BLOCKHASH may ask for.

Headers prove each other: the block names its parent's hash, the parent that of the block before it. A list
of hashes without headers proves nothing but its first entry, which the block names itself; what code reads
of the rest is an assumption, and is kept for the verdict.

Source: SPEC 9.3; execution-specs ``projects/zkevm`` (256 contiguous headers at most; a hash counts as
proven if its header is there).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verkle.constants import BLOCK_HASH_WINDOW
from verkle.errors import IncompleteError, InvalidError
from witness.header import Header, header_to_rlp
from witness.keccak import keccak256

__all__ = ["Ancestors", "BlockHashes", "link_ancestors"]


class BlockHashes:
    """Hashes of earlier blocks by number, 32 bytes each; remembers which were asked for.

    ``proven``: bound to the block by headers. ``claimed``: listed by the input, not bound by anything.
    """

    __slots__ = ("_claimed", "_proven", "asked")

    def __init__(self, proven: Mapping[int, bytes], claimed: Mapping[int, bytes] | None = None) -> None:
        self._proven = proven
        self._claimed = claimed or {}
        self.asked: set[int] = set()

    def __call__(self, number: int) -> bytes:
        """The hash of block ``number``. Raises ``IncompleteError`` ``BLOCK_HASH_MISSING``."""
        block_hash = self._proven.get(number) or self._claimed.get(number)
        if block_hash is None:
            raise IncompleteError(
                "BLOCK_HASH_MISSING",
                f"the witness does not prove the hash of block {number}",
                where={"block": number, "oldest_proven": min(self._proven, default=None)},
            )
        self.asked.add(number)
        return block_hash

    @property
    def assumed(self) -> tuple[tuple[int, bytes], ...]:
        """Number and hash of each block whose hash was asked for and is only claimed, in order."""
        return tuple(
            (number, self._claimed[number]) for number in sorted(self.asked) if number not in self._proven
        )


@dataclass(frozen=True, slots=True)
class Ancestors:
    """What is known of the blocks before. ``parent``: its header, ``None`` if the input has no headers."""

    parent: Header | None
    block_hashes: BlockHashes


def link_ancestors(
    header: Header, ancestors: Sequence[Header], block_hashes: Sequence[bytes] = ()
) -> Ancestors:
    """Put the headers before ``header`` into a chain, by their hashes, whatever their order.

    ``block_hashes``: a list without headers, newest first.

    Raises ``InvalidError``: ``ANCESTORS_TOO_MANY`` beyond 256 of either, ``ANCESTORS_GAP`` if the headers
    are not one chain that ends in the parent, ``BLOCK_HASHES_WRONG`` if the list contradicts what is proven.
    ``IncompleteError`` ``HEADER_INCOMPLETE`` if one of the headers has no encoding.
    """
    for count in (len(ancestors), len(block_hashes)):
        if count > BLOCK_HASH_WINDOW:
            raise InvalidError(
                "ANCESTORS_TOO_MANY",
                f"the witness goes back {count} blocks, BLOCKHASH no further than {BLOCK_HASH_WINDOW}",
                expected=f"at most {BLOCK_HASH_WINDOW}",
                got=count,
            )
    if header.parent_hash is None or header.number is None:
        return Ancestors(None, BlockHashes({}))
    chain = _chain(header.parent_hash, header.number, ancestors)
    proven = {header.number - 1: header.parent_hash}
    proven.update({header.number - 1 - back: block_hash for back, (block_hash, _) in enumerate(chain)})
    claimed = {header.number - 1 - back: block_hash for back, block_hash in enumerate(block_hashes)}
    for number, block_hash in proven.items():
        if claimed.get(number, block_hash) != block_hash:
            raise InvalidError(
                "BLOCK_HASHES_WRONG",
                f"the list of block hashes gives another hash for block {number} than the one proven",
                where={"block": number},
                expected=block_hash,
                got=claimed[number],
            )
    return Ancestors(chain[0][1] if chain else None, BlockHashes(proven, claimed))


def _others(number: int) -> str:
    return "another" if number == 1 else f"{number} others"


def _chain(parent_hash: bytes, number: int, headers: Sequence[Header]) -> list[tuple[bytes, Header]]:
    """The headers with their hashes, newest first; every one of them is in it."""
    by_hash = {keccak256(header_to_rlp(header)): header for header in headers}
    chain: list[tuple[bytes, Header]] = []
    wanted: bytes | None = parent_hash
    while by_hash:
        number -= 1
        header = by_hash.pop(wanted, None) if wanted is not None else None
        if header is None or wanted is None:
            stray = max(by_hash.values(), key=lambda other: other.number or 0)
            raise InvalidError(
                "ANCESTORS_GAP",
                f"no header is that of block {number}, though the witness holds {_others(len(by_hash))}",
                where={"block": number, "other": stray.number},
                expected=wanted,
                got=keccak256(header_to_rlp(stray)),
            )
        if header.number != number:
            raise InvalidError(
                "ANCESTORS_GAP",
                f"the header of block {number} by its hash says that it is block {header.number}",
                where={"block": number},
                expected=number,
                got=header.number,
            )
        chain.append((wanted, header))
        wanted = header.parent_hash
    return chain
