"""States of leaves to sample, and what is none: for both trees whose keys are a stem and a suffix."""

from __future__ import annotations

import hashlib
from typing import Final

from hypothesis import strategies as st

from stateless.scale.occupancy import ROOT, Occupancy, key_of_prefix
from tests.verkle.strategies import suffixes, values

Leaves = dict[bytes, bytes | None]


def stem(i: int) -> bytes:
    return hashlib.sha256(i.to_bytes(4, "big")).digest()[:31]


seeds = st.binary(max_size=4)
counts = st.one_of(st.integers(0, 600), st.sampled_from((0, 1, 2, 3, 2**14, 2**16, 2**24, 2**32)))
stems = st.one_of(st.binary(min_size=31, max_size=31), st.integers(0, 600).map(stem))
keys = st.builds(lambda stem, suffix: stem + bytes([suffix]), stems, suffixes)
leaves = st.dictionaries(keys, st.one_of(st.none(), values), min_size=1, max_size=12)
writes = st.dictionaries(keys, values, max_size=4)

NO_STATES: Final[tuple[tuple[int, Leaves, list[bytes]], ...]] = (
    (0, {bytes(31): None}, []),
    (0, {bytes(32): bytes(31)}, []),
    (0, {}, [bytes(32)]),
    (-1, {bytes(32): None}, []),
)
"""Count, leaves and visits, of which one is wrong."""
REFUSAL: Final = r"has 32 bytes|has 31 bytes|0 to 2\^40 keys"


def drawn_stems(tree: bytes, seed: bytes, count: int) -> list[bytes]:
    """The stems that a sampled state of ``tree`` is drawn to have, all of them."""
    return [key_of_prefix(key) for key in Occupancy(tree + seed, count, 248).below(ROOT)]


def stems_there(given_leaves: Leaves) -> set[bytes]:
    """Of the leaves that are there."""
    return {key[:-1] for key, value in given_leaves.items() if value is not None}
