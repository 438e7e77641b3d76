"""Inputs for the laws: scalars with their edges, points, small trees whose stems share long prefixes."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from tests.oracles.curve import GENERATOR, R, mul, serialise
from tests.oracles.tree import Tree


def examples(n: int) -> settings:
    """n examples under the usual profile, in proportion under another."""
    return settings(max_examples=max(1, n * settings().max_examples // 100))


EDGE_SCALARS = (0, 1, 2, 127, 128, 129, 255, 256, 2**128 - 1, 2**128, 2**248 - 1, R // 2, R - 2, R - 1)

scalars = st.one_of(st.sampled_from(EDGE_SCALARS), st.integers(0, R - 1), st.integers(0, 300))
domain_indices = st.one_of(st.sampled_from((0, 1, 2, 3, 4, 127, 128, 254, 255)), st.integers(0, 255))

_POINTS = [serialise(mul(pow(3, 7 * k, R), GENERATOR)) for k in range(32)] + [bytes(32)]
encoded_points = st.sampled_from(_POINTS)
"""32 compressed bytes of a group element, the identity among them."""

values = st.one_of(
    st.sampled_from((bytes(32), b"\xff" * 32, bytes(16) + b"\x01" * 16, b"\x01" * 16 + bytes(16))),
    st.binary(min_size=32, max_size=32),
)
suffixes = st.one_of(st.sampled_from((0, 1, 64, 127, 128, 129, 255)), st.integers(0, 255))
prefix_lengths = st.one_of(st.sampled_from((0, 1, 2, 29, 30)), st.integers(0, 30))


@st.composite
def stem_families(draw: st.DrawFn, max_size: int = 6) -> list[bytes]:
    """Different stems, many of which branch off an earlier one after a common prefix of up to 30 bytes."""
    byte = st.one_of(st.integers(0, 5), st.integers(0, 255))
    stems = [draw(st.binary(min_size=31, max_size=31))]
    for _ in range(draw(st.integers(0, max_size - 1))):
        parent = draw(st.sampled_from(stems))
        at = draw(prefix_lengths)
        branch = draw(byte)
        stem = parent[:at] + bytes([branch]) + draw(st.binary(min_size=30 - at, max_size=30 - at))
        if stem not in stems:
            stems.append(stem)
    return stems


@dataclass(frozen=True)
class Scenario:
    """A state, the keys that a block touches and what it writes (never the value that is there)."""

    tree: Tree
    keys: tuple[bytes, ...]
    new_values: dict[bytes, bytes]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """All three statuses come up, new stems beside each other in one slot among them."""
    stems = draw(stem_families(max_size=8))
    there = draw(st.integers(0, len(stems)))
    tree = Tree()
    for stem in stems[:there]:
        for suffix in draw(st.lists(suffixes, min_size=1, max_size=3, unique=True)):
            tree.put(stem + bytes([suffix]), draw(values))
    asked = draw(st.lists(st.sampled_from(stems), min_size=1, max_size=6, unique=True))
    keys = {stem + bytes([s]) for stem in asked for s in draw(st.lists(suffixes, min_size=1, max_size=3))}
    new_values = {}
    for key in sorted(keys):
        value = draw(st.one_of(st.none(), values))
        if value is not None and value != tree.get(key):
            new_values[key] = value
    return Scenario(tree, tuple(sorted(keys)), new_values)
