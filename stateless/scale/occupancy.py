"""Which prefixes of N random keys are in use: drawn where someone looks, the same in any order of looking.

A prefix that n keys share gives Bin(n, ½) of them to its left half, drawn from the seed and the prefix
alone, and the rest to its right half. A node of a binary tree is one such split, of a Patricia tree four, of
a Verkle tree eight. Where one key is alone its remaining bits are drawn at once. Memory follows the prefixes
that were asked for, whatever N is.

Notation: a *prefix* is an integer, a 1 before its bits. So the root is 1, the halves of p are 2p and 2p + 1,
and a whole key is a prefix with all its bits.

Source: SCALE 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from stateless.scale.binomial import half_binomial

__all__ = ["ROOT", "Child", "Occupancy", "key_of_prefix", "prefix_of"]

ROOT: Final = 1
"""The prefix of all keys."""

MAX_KEYS: Final = 1 << 40
MIN_KEY_BITS: Final = 128
MAX_KEY_BITS: Final = 256
"""Two of 2^40 keys of 128 bits coincide with a probability of 2^−49."""
CERTAIN: Final = 64
"""With so many keys for each slot of a node all are taken, but for a probability of e^−64 each."""

_PREFIX_BYTES: Final = MAX_KEY_BITS // 8 + 1


def prefix_of(data: bytes) -> int:
    """The prefix whose bits are these bytes, the first bit first."""
    return int.from_bytes(b"\x01" + data, "big")


def key_of_prefix(prefix: int) -> bytes:
    """The bytes of a prefix that has whole bytes: inverse of :func:`prefix_of`."""
    return prefix.to_bytes((prefix.bit_length() + 7) // 8, "big")[1:]


class Child(NamedTuple):
    """How many keys an extension of a prefix has (one or more), and the key if it is one."""

    keys: int
    key: int | None


class Occupancy:
    """N random keys of ``key_bits`` bits each."""

    __slots__ = ("_counts", "_seed", "key_bits", "keys")

    def __init__(self, seed: bytes, keys: int, key_bits: int) -> None:
        """``seed``: any bytes; different trees need different seeds.

        Raises ``ValueError`` for a number of keys outside 0 … 2^40, or of bits outside 128 … 256.
        """
        if not 0 <= keys <= MAX_KEYS:
            raise ValueError(f"a sampled state has 0 to 2^40 keys, not {keys}")
        if not MIN_KEY_BITS <= key_bits <= MAX_KEY_BITS:
            raise ValueError(f"keys have {MIN_KEY_BITS} to {MAX_KEY_BITS} bits, not {key_bits}")
        self.keys: Final = keys
        self.key_bits: Final = key_bits
        self._seed: Final = hashlib.sha256(seed).digest()
        self._counts: Final[dict[int, int]] = {ROOT: keys}

    @property
    def remembered(self) -> int:
        """How many prefixes are kept in memory."""
        return len(self._counts)

    def draw(self, label: bytes, prefix: int, size: int) -> bytes:
        """Random bytes that belong to a label (one byte) and a prefix."""
        data = self._seed + label + prefix.to_bytes(_PREFIX_BYTES, "big")
        return hashlib.shake_128(data).digest(size)

    def count(self, prefix: int) -> int:
        """How many keys begin with a prefix."""
        at = prefix
        steps = 0
        while (known := self._counts.get(at)) is None:
            at >>= 1
            steps += 1
        while steps and known > 1:
            steps -= 1
            left = self._left(at, known)
            self._counts[2 * at], self._counts[2 * at + 1] = left, known - left
            at = prefix >> steps
            known = self._counts[at]
        if not steps or not known:
            return known
        key = self._key_at(at)
        return int(key >> (key.bit_length() - prefix.bit_length()) == prefix)

    def lone(self, prefix: int) -> int:
        """The whole key that is the only one with a prefix. Raises ``ValueError`` if there is not one."""
        if self.count(prefix) != 1:
            raise ValueError(f"{self.count(prefix)} keys have this prefix, not one")
        while prefix not in self._counts:  # what is remembered ends where a key is alone
            prefix >>= 1
        return self._key_at(prefix)

    def first(self, prefix: int) -> int | None:
        """The lowest key with a prefix, ``None`` if there is none."""
        if not self.count(prefix):
            return None
        while self.count(prefix) > 1:
            prefix *= 2
            if not self.count(prefix):
                prefix += 1
        return self.lone(prefix)

    def below(self, prefix: int) -> Iterator[int]:
        """All keys with a prefix, ascending: for small states only."""
        todo = [prefix]
        while todo:
            at = todo.pop()
            if self.count(at) > 1:
                todo += (2 * at + 1, 2 * at)
            elif self.count(at):
                yield self.lone(at)

    def is_full(self, prefix: int, bits: int) -> bool:
        """Whether all 2^bits extensions of a prefix are certain to be in use."""
        return self.count(prefix) >= CERTAIN << bits

    def children(self, prefix: int, bits: int) -> dict[int, Child]:
        """Of the 2^bits extensions of a prefix those in use, by their bits, ascending.

        Nothing of it is remembered: who looks at all children will walk on to few of them.
        """
        known = self.count(prefix)
        if not known:
            return {}
        level: dict[int, Child] = {prefix: Child(known, self.lone(prefix) if known == 1 else None)}
        for _ in range(bits):
            below: dict[int, Child] = {}
            for at, child in level.items():
                if child.key is not None:
                    below[child.key >> (self.key_bits - at.bit_length())] = child
                    continue
                left = self._left(at, child.keys)
                for half, keys in ((2 * at, left), (2 * at + 1, child.keys - left)):
                    if keys:
                        below[half] = Child(keys, self._key_at(half) if keys == 1 else None)
            level = below
        mask = (1 << bits) - 1
        return {at & mask: child for at, child in level.items()}

    def _left(self, prefix: int, keys: int) -> int:
        """How many of the keys with a prefix, more than one, are in its left half."""
        return half_binomial(keys, lambda size: self.draw(b"b", prefix, size))

    def _key_at(self, top: int) -> int:
        """The key that is alone from the prefix ``top`` on, and not above."""
        bits = self.key_bits + 1 - top.bit_length()
        tail = int.from_bytes(self.draw(b"k", top, _PREFIX_BYTES), "big") & ((1 << bits) - 1)
        return top << bits | tail
