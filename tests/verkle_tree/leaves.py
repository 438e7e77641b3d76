"""Leaves for the tests of large trees: random ones, and states whose every batch is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

from verkle.build import build
from verkle.leaf_sort import Row
from verkle.tree import MemoryStore, Tree


def random_leaves(count: int, seed: int, *, stems: int | None = None) -> dict[bytes, bytes]:
    """``count`` leaves, under ``stems`` stems where that is given (else mostly one each)."""
    random = Random(seed)
    known = None if stems is None else [random.randbytes(31) for _ in range(stems)]
    leaves: dict[bytes, bytes] = {}
    while len(leaves) < count:
        stem = random.randbytes(31) if known is None else random.choice(known)
        leaves[stem + random.randbytes(1)] = random.randbytes(32)
    return leaves


def rows(leaves: Mapping[bytes, bytes]) -> list[Row]:
    return [Row(key, value) for key, value in leaves.items()]


def grown(leaves: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]) -> Tree:
    """The tree of these leaves in memory, put in one batch."""
    tree = Tree()
    tree.put(leaves)
    return tree


class Recording(MemoryStore):
    """Keeps (root, number of leaves) after every batch, the empty tree first."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[tuple[bytes, int]] = [(bytes(32), 0)]

    def put(self, records: Mapping[bytes, bytes]) -> None:
        super().put(records)
        tree = Tree(self)
        self.states.append((tree.root, sum(1 for _ in tree.items())))


def states_of(leaves: Mapping[bytes, bytes], batch_leaves: int) -> list[tuple[bytes, int]]:
    """What a store holds after every batch of a build, the empty tree first: (root, number of leaves)."""
    store = Recording()
    build(store, rows(leaves), batch_leaves=batch_leaves)
    return store.states


LEAVES = random_leaves(400, 11, stems=250)
BATCH = 16
"""What the builds are made of that are killed."""
