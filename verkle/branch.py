"""A store on top of another one: what is written stays on top, what lies below is never changed.

So one state can have several successors, as the blocks of a chain that forks have, without a copy of it; a
branch of a branch lies on the same store below, so reading costs two look-ups however long the chain is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge

from verkle.tree import NodeStore

__all__ = ["BranchStore"]


class BranchStore:
    """A :class:`verkle.tree.NodeStore` over ``below``, which is only read."""

    def __init__(self, below: NodeStore) -> None:
        self._below: NodeStore = below
        self._records: dict[bytes, bytes] = {}
        if isinstance(below, BranchStore):
            self._below = below._below
            self._records.update(below._records)

    def get(self, key: bytes) -> bytes | None:
        """The record under a key."""
        found = self._records.get(key)
        return self._below.get(key) if found is None else found

    def put(self, records: Mapping[bytes, bytes]) -> None:
        """Write all records, on top."""
        self._records.update(records)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All records whose key begins with ``prefix``, keys ascending."""
        own = sorted(item for item in self._records.items() if item[0].startswith(prefix))
        below = (item for item in self._below.scan(prefix) if item[0] not in self._records)
        return merge(own, below)
