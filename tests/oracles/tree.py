"""A whole Verkle tree in memory, every commitment by its definition in SPEC 4.1; for tests only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.oracles.curve import IDENTITY, Point, commit, map_to_field, serialise

Kind = Literal["inner", "leaf", "values"]
Leaves = Mapping[int, bytes]
"""suffix → value of 32 bytes; what is missing is absent."""


def halves(value: bytes | None) -> tuple[int, int]:
    """The two numbers that a value stands for in C1 or C2."""
    if value is None:
        return 0, 0
    return int.from_bytes(value[:16], "little") + 2**128, int.from_bytes(value[16:], "little")


def suffix_vector(leaves: Leaves, half: int) -> dict[int, int]:
    """The vector behind C1 (half 0) or C2 (half 1)."""
    out = {}
    for suffix, value in leaves.items():
        if suffix // 128 == half:
            out[2 * (suffix % 128)], out[2 * (suffix % 128) + 1] = halves(value)
    return out


def leaf_vector(stem: bytes, c1: Point, c2: Point) -> dict[int, int]:
    return {0: 1, 1: int.from_bytes(stem, "little"), 2: map_to_field(c1), 3: map_to_field(c2)}


def inner_vector(children: Mapping[int, Point]) -> dict[int, int]:
    return {i: map_to_field(child) for i, child in children.items()}


@dataclass(frozen=True)
class Node:
    kind: Kind
    vector: dict[int, int]
    commitment: Point
    stem: bytes = b""
    """Of a leaf."""

    def dense(self) -> tuple[int, ...]:
        return tuple(self.vector.get(i, 0) for i in range(256))


@dataclass
class Tree:
    """Change ``leaves`` only through :meth:`put`; nodes are computed afresh when they are asked for."""

    leaves: dict[bytes, dict[int, bytes]] = field(default_factory=dict)
    _nodes: dict[bytes, Node] | None = None

    @classmethod
    def of(cls, items: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]) -> Tree:
        """A tree of 32-byte keys and values."""
        tree = cls()
        for key, value in items.items() if isinstance(items, Mapping) else items:
            tree.put(key, value)
        return tree

    def put(self, key: bytes, value: bytes) -> None:
        if len(key) != 32 or len(value) != 32:
            raise ValueError("keys and values have 32 bytes")
        self.leaves.setdefault(key[:31], {})[key[31]] = value
        self._nodes = None

    def get(self, key: bytes) -> bytes | None:
        return self.leaves.get(key[:31], {}).get(key[31])

    def updated(self, items: Mapping[bytes, bytes]) -> Tree:
        """A new tree; this one stays as it is."""
        tree = Tree({stem: dict(values) for stem, values in self.leaves.items()})
        for key, value in items.items():
            tree.put(key, value)
        return tree

    @property
    def nodes(self) -> dict[bytes, Node]:
        """Every node by its path; C1 and C2 of a leaf at P stand at P‖02 and P‖03, both always."""
        if self._nodes is None:
            self._nodes = {}
            self._build(b"", sorted(self.leaves))
        return self._nodes

    def _build(self, path: bytes, stems: list[bytes]) -> Point:
        if len(stems) == 1 and path:
            return self._build_leaf(path, stems[0])
        groups: dict[int, list[bytes]] = {}
        for stem in stems:
            groups.setdefault(stem[len(path)], []).append(stem)
        children = {i: self._build(path + bytes([i]), group) for i, group in groups.items()}
        return self._add(path, "inner", inner_vector(children)).commitment

    def _build_leaf(self, path: bytes, stem: bytes) -> Point:
        c1, c2 = (
            self._add(path + bytes([2 + half]), "values", suffix_vector(self.leaves[stem], half)).commitment
            for half in (0, 1)
        )
        return self._add(path, "leaf", leaf_vector(stem, c1, c2), stem).commitment

    def _add(self, path: bytes, kind: Kind, vector: dict[int, int], stem: bytes = b"") -> Node:
        commitment = commit(vector) if vector else IDENTITY
        node = Node(kind, vector, commitment, stem)
        if self._nodes is not None:
            self._nodes[path] = node
        return node

    def root(self) -> bytes:
        """What a header carries as stateRoot."""
        return serialise(self.nodes[b""].commitment)
