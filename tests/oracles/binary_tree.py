"""The binary tree as EIP-7864 tells it: nodes, insertion value by value, hashes by definition. Tests only.

One rule of SPEC 8.2 is in `hash_of`: what is not there, and 64 zero bytes, hash to 32 zero bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from blake3 import blake3

Digest = Callable[[bytes], bytes]


def with_blake3(data: bytes) -> bytes:
    return blake3(data).digest()


def with_sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


DIGESTS: dict[str, Digest] = {"blake3": with_blake3, "sha256": with_sha256}


@dataclass
class Stem:
    stem: bytes
    values: list[bytes | None] = field(default_factory=lambda: [None] * 256)


@dataclass
class Internal:
    left: Node = None
    right: Node = None


Node = Stem | Internal | None


def bits_of(stem: bytes) -> list[int]:
    return [byte >> (7 - i) & 1 for byte in stem for i in range(8)]


class Tree:
    def __init__(self, digest: Digest = with_blake3, items: Mapping[bytes, bytes] | None = None) -> None:
        self.digest = digest
        self.top: Node = None
        for key, value in (items or {}).items():
            self.insert(key, value)

    # --- insertion --------------------------------------------------------------------------------------

    def insert(self, key: bytes, value: bytes) -> None:
        assert len(key) == len(value) == 32
        self.top = self._insert(self.top, key[:31], key[31], value, 0)

    def _insert(self, node: Node, stem: bytes, suffix: int, value: bytes, depth: int) -> Node:
        if node is None:
            node = Stem(stem)
            node.values[suffix] = value
            return node
        bits = bits_of(stem)
        if isinstance(node, Stem):
            if node.stem == stem:
                node.values[suffix] = value
                return node
            return self._split(node, bits_of(node.stem), stem, suffix, value, depth)
        if bits[depth] == 0:
            node.left = self._insert(node.left, stem, suffix, value, depth + 1)
        else:
            node.right = self._insert(node.right, stem, suffix, value, depth + 1)
        return node

    def _split(
        self, old: Stem, old_bits: list[int], stem: bytes, suffix: int, value: bytes, depth: int
    ) -> Internal:
        bits = bits_of(stem)
        if old_bits[depth] == bits[depth]:
            below: Node = self._split(old, old_bits, stem, suffix, value, depth + 1)
            return Internal(left=below) if bits[depth] == 0 else Internal(right=below)
        new = Stem(stem)
        new.values[suffix] = value
        return Internal(old, new) if bits[depth] == 1 else Internal(new, old)

    # --- hashes -----------------------------------------------------------------------------------------

    def hash_of(self, data: bytes | None) -> bytes:
        if data is None or data == bytes(64):
            return bytes(32)
        assert len(data) in (32, 64)
        return self.digest(data)

    def root(self) -> bytes:
        return self._hash(self.top)

    def _hash(self, node: Node) -> bytes:
        if node is None:
            return bytes(32)
        if isinstance(node, Internal):
            return self.hash_of(self._hash(node.left) + self._hash(node.right))
        return self.hash_of(node.stem + b"\0" + self.values_top(node))

    def values_top(self, node: Stem) -> bytes:
        level = [self.hash_of(value) for value in node.values]
        while len(level) > 1:
            level = [self.hash_of(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
        return level[0]

    # --- walks ------------------------------------------------------------------------------------------

    def walk(self, stem: bytes) -> tuple[int, Node]:
        """Depth and node where the walk to a stem ends."""
        node, depth = self.top, 0
        for bit in bits_of(stem):
            if not isinstance(node, Internal):
                break
            node = node.right if bit else node.left
            depth += 1
        return depth, node


def root_of(
    items: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]], digest: Digest = with_blake3
) -> bytes:
    return Tree(digest, dict(items)).root()
