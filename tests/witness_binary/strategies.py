"""States and keys for the tests of the binary tree; and a hash with which every rule about kinds comes up.

Stems share nothing, a few bits, all bits but the last, or differ in chosen places; suffixes crowd or do not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from blake3 import blake3
from hypothesis import strategies as st

from witness.binary import post, proof, rules, tree
from witness.binary.rules import RULES, BinaryRules

_FIRST = [0x00, 0x01, 0x40, 0x80, 0x81, 0xC0, 0xFF]


def raw(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def _flipped(bit: int) -> bytes:
    return (1 << (247 - bit)).to_bytes(31, "big")


STEMS = st.one_of(
    raw(31),
    # 31 zero bytes but for the first ones, the last one, or one bit anywhere
    st.builds(lambda front: bytes(front).ljust(31, b"\0"), st.lists(st.sampled_from(_FIRST), max_size=2)),
    st.builds(lambda last: bytes(30) + bytes([last]), st.integers(0, 3)),
    st.integers(0, 247).map(_flipped),
    st.sampled_from([bytes(31), b"\xff" * 31]),
)
SUFFIXES = st.integers(0, 255) | st.sampled_from([0, 1, 2, 127, 128, 254, 255])
VALUES = raw(32) | st.sampled_from([bytes(32), b"\1" * 32])
KEYS = st.builds(lambda stem, suffix: stem + bytes([suffix]), STEMS, SUFFIXES)
ITEMS = st.dictionaries(KEYS, VALUES, max_size=14)
ALL_RULES: st.SearchStrategy[BinaryRules] = st.sampled_from(list(RULES.values()))

Case = tuple[dict[bytes, bytes], list[bytes], dict[bytes, bytes]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A state, keys that are asked for, and writes to some of them: present, absent, beside one another."""
    items = draw(ITEMS)
    asked = set(draw(st.lists(KEYS, max_size=6)))
    if items:
        there = st.sampled_from(sorted(items))
        asked |= set(draw(st.lists(there, max_size=8)))
        # the stem of one that is there, another suffix; a stem that is the same for some bits
        asked |= {key[:31] + bytes([draw(SUFFIXES)]) for key in draw(st.lists(there, max_size=3))}
        asked |= {_near(draw, key) for key in draw(st.lists(there, max_size=3))}
    keys = sorted(asked)
    written = draw(st.lists(st.sampled_from(keys), max_size=8)) if keys else []
    return items, keys, {key: draw(VALUES) for key in written}


def _near(draw: st.DrawFn, key: bytes) -> bytes:
    number = int.from_bytes(key, "big") ^ 1 << draw(st.integers(8, 255))
    return number.to_bytes(32, "big")


def loose(data: bytes) -> bytes:
    """BLAKE3, but every other hash ends in a zero byte, and none has much in its first: like a stem's half.

    Thirty bytes are left, so that it is as good a hash as any here.
    """
    digest = bytearray(blake3(data).digest())
    digest[31] *= digest[31] & 1
    digest[0] &= 0x80
    return bytes(digest)


@pytest.fixture
def loose_hash(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """All trees, proofs and roots are made with ``loose``, whatever their rules say."""
    for module in (rules, tree, proof, post):
        monkeypatch.setattr(module, "hash_function", lambda _: loose)
    return loose
