"""The laws of depth and number of nodes: given figures, all small trees, and trees of random keys."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random
from statistics import fmean

import pytest

from stateless.scale.laws import (
    expected_branches,
    expected_depth,
    expected_nodes,
    expected_patricia_bytes,
    expected_siblings,
    expected_verkle_bytes,
    keys_at_depth,
)


@pytest.mark.parametrize(("width", "depth"), [(2, 18.333), (16, 4.990), (256, 2.872)])
def test_mean_depths_at_131072_keys(width: int, depth: float) -> None:
    assert expected_depth(width, 131_072) == pytest.approx(depth, abs=6e-4)


@pytest.mark.parametrize("width", [2, 16, 256])
@pytest.mark.parametrize("keys", [2, 3, 1000, 2**20, 2**32])
def test_the_number_of_keys_follows_from_the_depth(width: int, keys: int) -> None:
    assert keys_at_depth(width, expected_depth(width, keys)) == pytest.approx(keys, rel=1e-6)


@pytest.mark.parametrize("depth", [0.9, 80.0])
def test_a_depth_that_no_tree_has(depth: float) -> None:
    with pytest.raises(ValueError, match="no tree has"):
        keys_at_depth(2, depth)


def walked(keys: list[tuple[int, ...]], touched: list[tuple[int, ...]], wanted: str) -> list[int]:
    """Nodes, or branches, by depth on the touched paths of a tree, counted one by one."""
    out = []
    for depth in range(len(touched[0])):
        below = Counter(
            key[:depth] for key in (keys if wanted == "nodes" else {key[: depth + 1] for key in keys})
        )
        out.append(sum(below[prefix] > 1 for prefix in {key[:depth] for key in touched}))
    return out


@pytest.mark.parametrize(("width", "present", "absent", "others"), [(2, 2, 0, 1), (2, 1, 1, 1), (3, 1, 1, 1)])
@pytest.mark.parametrize("wanted", ["nodes", "branches"])
def test_small_trees_all_of_them(width: int, present: int, absent: int, others: int, wanted: str) -> None:
    """Every choice of keys of two places: the mean of the first two depths is what the law says."""
    choices = list(product(product(range(width), repeat=2), repeat=present + absent + others))
    sums = [0, 0]
    for choice in choices:  # absent keys first, then touched ones that are present, then the others
        found = walked(list(choice[absent:]), list(choice[: present + absent]), wanted)
        sums = [a + b for a, b in zip(sums, found, strict=True)]
    expect = expected_nodes if wanted == "nodes" else expected_branches
    law = expect(width, present + others, present, absent)
    assert [s / len(choices) for s in sums] == pytest.approx(list(law[:2]))


@pytest.mark.parametrize(("width", "places"), [(2, 24), (16, 8), (256, 5)])
def test_trees_of_random_keys(width: int, places: int) -> None:
    random = Random(width)
    rounds, keys, present, absent = 250, 200, 30, 20
    nodes, branches = [], []
    for _ in range(rounds):
        drawn = [tuple(random.randrange(width) for _ in range(places)) for _ in range(keys + absent)]
        nodes.append(sum(walked(drawn[:keys], drawn[keys - present :], "nodes")))
        branches.append(sum(walked(drawn[:keys], drawn[keys - present :], "branches")))
    assert fmean(nodes) == pytest.approx(sum(expected_nodes(width, keys, present, absent)), rel=0.03)
    assert fmean(branches) == pytest.approx(sum(expected_branches(width, keys, present, absent)), rel=0.03)


@pytest.mark.parametrize("keys", [2**10, 2**20, 2**32, 2**40])
@pytest.mark.parametrize("width", [2, 16, 256])
def test_one_touched_key_goes_as_deep_as_a_leaf_is(keys: int, width: int) -> None:
    """A single path has as many inner nodes as its leaf is deep; so has each of many paths, deep down."""
    assert sum(expected_nodes(width, keys, 1)) == pytest.approx(expected_depth(width, keys), rel=1e-6)
    if keys < 2**20:  # the touched keys are not few among them
        return
    below = [n for d, n in enumerate(expected_nodes(width, keys, 100)) if width**d > 1e7]
    alone = [n for d, n in enumerate(expected_nodes(width, keys, 1)) if width**d > 1e7]
    assert sum(below) == pytest.approx(100 * sum(alone), rel=1e-3)


def test_everything_touched_is_the_whole_tree() -> None:
    """A binary tree has as many branches as leaves, less one, and no hash is then beside a path."""
    for keys in (1, 2, 1000):
        assert sum(expected_branches(2, keys, keys)) == pytest.approx(keys - 1, abs=1e-3)
        assert expected_siblings(keys, keys) == pytest.approx(0, abs=1e-3)


def test_sizes_of_single_paths() -> None:
    assert expected_siblings(2**32, 1) == pytest.approx(sum(expected_branches(2, 2**32, 1)))
    # root, so no commitment; leaf, half and proof
    assert expected_verkle_bytes(1, 1) == pytest.approx(576 + 64 + 1)
    # an absent stem in a tree of one: at the same root slot once in 256
    assert expected_verkle_bytes(1, 0, 1) == pytest.approx(576 + 1 + (32 + 31) / 256)
    # two accounts in a Patricia tree: nearly always one branch of two
    value = 70
    one = expected_patricia_bytes(2, 1, value)
    assert one == pytest.approx(84 + (2 + 1 + 32.5 + 2 + value), rel=0.05)
