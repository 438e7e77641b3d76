"""What to expect of a tree of uniform keys: depths, and how many nodes the walks to some keys go through.

Notation: w is the width of a node, n the number of keys in the tree, q = w^−d the share of keys below one
node at depth d, m the number of touched keys. All expectations are exact.

    P(leaf deeper than d) = 1 − (1 − q)^(n−1)
    P(a node is on the path of a touched key, and has other keys below it) = 1 − (1 − q)^m − m·q·(1 − q)^(n−1)

if all touched keys are among the n, and the like if some are not. That all keys of a node are in one part of
it, as for a node that is no branch, is the same with the keys that are not in the other part.

Source: SCALE 1, 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from verkle.constants import COMMITMENT_BYTES

__all__ = [
    "expected_branches",
    "expected_depth",
    "expected_nodes",
    "expected_patricia_bytes",
    "expected_siblings",
    "expected_verkle_bytes",
    "keys_at_depth",
]

NEGLIGIBLE: Final = 1e-9
ARGUMENT_BYTES: Final = 576
OTHER_STEM_BYTES: Final = 31
"""Of a Verkle proof: what is always there, and what each commitment and each foreign stem adds."""
BRANCH_BYTES: Final = 3 + 16 + 1
EXTENSION_BYTES: Final = 1 + 1 + 33
"""Of Patricia nodes: a branch whose references are all empty, an extension by one nibble."""


def expected_depth(width: int, keys: int) -> float:
    """Mean depth of a leaf among ``keys`` (1 or more) in a tree whose leaves begin at depth 1."""
    depth, total = 1, 1.0
    while (deeper := -math.expm1((keys - 1) * math.log1p(-(float(width) ** -depth)))) > NEGLIGIBLE:
        total += deeper
        depth += 1
    return total


def keys_at_depth(width: int, depth: float) -> int:
    """The least number of keys with this mean depth of a leaf (1 to 30): inverse of :func:`expected_depth`.

    For a storage trie of which only some leaves are known: their mean depth says how many slots there are.

    Raises:
        ValueError: a depth that no number of keys up to 2^64 has.
    """
    low, high = 1, 1 << 64
    if not 1 <= depth <= expected_depth(width, high):
        raise ValueError(f"no tree has a mean depth of {depth}")
    while low < high:
        middle = (low + high) // 2
        if expected_depth(width, middle) < depth:
            low = middle + 1
        else:
            high = middle
    return low


def expected_nodes(width: int, keys: int, present: int, absent: int = 0) -> tuple[float, ...]:
    """Distinct inner nodes, by depth, on the paths of ``present`` of the ``keys`` and of ``absent`` others.

    An inner node has two or more keys below it. (A Verkle tree has a root over a single key too.)
    """
    return _by_depth(width, _Walks(keys, present, absent).crowded)


def expected_branches(width: int, keys: int, present: int, absent: int = 0) -> tuple[float, ...]:
    """As :func:`expected_nodes`, of branches: nodes whose keys are not all below one child."""
    walks = _Walks(keys, present, absent)
    return _by_depth(width, lambda share: walks.crowded(share) - width * walks.crowded(share, share / width))


def expected_siblings(keys: int, present: int) -> float:
    """Hashes beside the paths of ``present`` (1 or more) of the ``keys`` of a binary tree.

    As many touched leaves have one branch fewer where their own paths part; every other branch on a path has
    one child beside it, and an internal node that is no branch has none.
    """
    return sum(expected_branches(2, keys, present)) + 1 - present


def expected_verkle_bytes(keys: int, present: int, absent: int = 0) -> float:
    """Bytes of a Verkle proof (without values) of as many stems, one half of the values of each being opened.

    Two absent stems that meet one leaf count it twice: right while they are few beside the keys.
    """
    inner = sum(expected_nodes(256, keys, present, absent)[1:])
    others = absent * _meets_a_leaf(256, keys)
    commitments = inner + 2 * present + others
    return ARGUMENT_BYTES + COMMITMENT_BYTES * commitments + OTHER_STEM_BYTES * others + present + absent


def expected_patricia_bytes(keys: int, present: int, value_bytes: int) -> float:
    """Bytes of the nodes on the paths of ``present`` of the ``keys``, whose values have 56 to 255 bytes.

    An inner node that is no branch is counted as an extension of its own, and nothing is embedded.
    """
    branches = sum(expected_branches(16, keys, present))
    extensions = sum(expected_nodes(16, keys, present)) - branches
    children = sum(_by_depth(16, _Walks(keys, present, 0).children_of_branch))
    rest_of_path = (64 - expected_depth(16, keys)) / 2 + 1
    leaf = 2 + 1 + rest_of_path + 2 + value_bytes
    return (BRANCH_BYTES * branches + 32 * children) + EXTENSION_BYTES * extensions + leaf * present


def _meets_a_leaf(width: int, keys: int) -> float:
    """P(an absent key's walk ends at a leaf): one key shares d places with it, none of the others d − 1."""
    total, depth = 0.0, 1
    while keys:
        share = float(width) ** -depth
        above = _missed(keys - 1, width * share) if depth > 1 else 0.0
        total += keys * share * (_missed(keys - 1, share) - above)
        if keys * share * width < NEGLIGIBLE:
            break
        depth += 1
    return total


def _by_depth(width: int, probability: Callable[[float], float]) -> tuple[float, ...]:
    """Expected numbers by depth, as long as there is something, of a probability that depends on q."""
    out: list[float] = []
    while True:
        share = float(width) ** -len(out)
        found = probability(share) / share
        if out and found < NEGLIGIBLE:
            return tuple(out)
        out.append(found)


@dataclass(frozen=True, slots=True)
class _Walks:
    """Walks to ``present`` of the ``keys`` and to ``absent`` others."""

    keys: int
    present: int
    absent: int

    def crowded(self, share: float, within: float | None = None) -> float:
        """P(a walk comes by a node with this share of all keys, and two or more of the keys are below it).

        ``within``: and all of them in a certain part of it, which has this share of all keys.
        """
        hit_by_absent = _hit(self.absent, share)
        outside = 1.0
        if within is not None and within < share:
            outside = _missed(self.keys, share - within)
            share = within / (1 - share + within)
        elsewhere = _missed(self.keys - 1, share) if self.keys else 0.0
        hit = _hit(self.present, share)
        by_present = hit - self.present * share * elsewhere
        others = self.keys - self.present
        only_others = 1 - hit - _missed(self.keys, share) - others * share * elsewhere
        return outside * (by_present + hit_by_absent * only_others)

    def children_of_branch(self, share: float) -> float:
        """Mean number of children of a node of width 16 on a walk, counted as 0 where it is no branch."""
        width, child = 16, share / 16
        in_one = self.crowded(share, child)
        branch = self.crowded(share) - width * in_one
        without_a_child = self.crowded(share, share - child) - (width - 1) * in_one
        return width * (branch - without_a_child)


def _hit(count: int, share: float) -> float:
    """P(one or more of ``count`` keys are below a node)."""
    if share >= 1:
        return 1.0 if count else 0.0
    return -math.expm1(count * math.log1p(-share))


def _missed(count: int, share: float) -> float:
    """P(none of ``count`` keys is below a node): (1 − q)^n."""
    if share >= 1:
        return 0.0 if count else 1.0
    return math.exp(count * math.log1p(-share))
