"""Sampled trees, built trees and the laws agree; and a Verkle tree's shape has a real tree's figures."""

from __future__ import annotations

import pytest

from stateless.scale import check
from stateless.scale.check import Figures, TreeName, compare
from verkle.pedersen import Committer
from verkle.prover import prove_keys
from verkle.tree import Tree

ROUNDS: dict[TreeName, int] = {"verkle": 3, "binary": 12, "patricia": 12}


def assert_agree(tree: TreeName, keys: int, rounds: int) -> None:
    errors = compare(tree, keys, 200, rounds).errors()
    assert errors.keys() == {
        f"{name}_from_{other}" for name in ("depth", "nodes", "proof_bytes") for other in ("built", "law")
    }
    for name, error in errors.items():
        # nodes vary more than the bytes and depths that they go into
        assert abs(error) < (0.05 if name.startswith("nodes") else 0.03), (name, error)


@pytest.mark.parametrize("exponent", [10, 11, 12, 13, 14])
@pytest.mark.parametrize("tree", ROUNDS)
def test_sampled_built_and_expected_figures_agree(tree: TreeName, exponent: int) -> None:
    rounds = ROUNDS[tree]
    assert_agree(tree, 1 << exponent, rounds if tree == "verkle" else max(3, rounds >> max(0, exponent - 12)))


@pytest.mark.parametrize("exponent", [20, 32, 40])
@pytest.mark.parametrize("tree", ROUNDS)
def test_large_samples_are_as_the_laws_say(tree: TreeName, exponent: int) -> None:
    found = compare(tree, 1 << exponent, 200, 1, build_too=False)
    assert found.built is None
    assert found.errors().keys() == {"depth_from_law", "nodes_from_law", "proof_bytes_from_law"}
    assert found.worst < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("tree", ROUNDS)
def test_they_agree_at_131072_keys(tree: TreeName) -> None:
    assert_agree(tree, 1 << 17, 3)


def real_figures(seed: bytes, keys: int, touched: int) -> Figures:
    tree = Tree(committer=Committer())
    stems = list(check._drawn(seed, keys, 31))
    tree.put({stem + b"\0": check._VALUE for stem in stems})
    paths = [tree.locate(stem)[0] for stem in stems[:touched]]
    _, proof = prove_keys(tree, [stem + b"\0" for stem in stems[:touched]])
    inner = {path[:depth] for path in paths for depth in range(len(path))}
    size = 576 + 32 * len(proof.commitments) + 31 * len(proof.other_stems) + len(proof.extension_present)
    return Figures(sum(map(len, paths)) / touched, len(inner), size)


def test_the_shape_of_a_verkle_tree_has_the_figures_of_a_real_one() -> None:
    assert real_figures(b"real", 1 << 10, 200) == check._built_verkle(b"real", 1 << 10, 200)


@pytest.mark.slow
def test_so_has_that_of_a_larger_one() -> None:
    assert real_figures(b"real", 1 << 14, 200) == check._built_verkle(b"real", 1 << 14, 200)


def test_agreement_names_its_worst_difference() -> None:
    ones = Figures(1.0, 1.0, 1.0)
    one = check.Agreement("binary", 5, 1, 1, Figures(1.1, 1.0, 1.0), ones, Figures(1.1, 1.0, 0.8))
    assert one.errors()["depth_from_built"] == pytest.approx(0.1)
    assert one.errors()["depth_from_law"] == pytest.approx(0)
    assert one.worst == pytest.approx(0.25)


@pytest.mark.parametrize(("keys", "touched", "rounds"), [(10, 11, 1), (10, 0, 1), (1, 1, 1), (10, 5, 0)])
def test_what_cannot_be_compared_is_refused(keys: int, touched: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare("binary", keys, touched, rounds)
