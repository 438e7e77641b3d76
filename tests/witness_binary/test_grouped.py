"""Groups of one level hold what the proof holds; of more, what an honest count by hand says."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings

from tests.oracles.binary_tree import Internal, Node, Stem, Tree, bits_of
from tests.witness_binary.strategies import Case, cases
from verkle.errors import MalformedError
from witness.binary.container import BinaryProof, PathEnd
from witness.binary.grouped import grouped_sizes
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT
from witness.binary.tree import BinaryTree

Bits = Literal[1, 2, 4]
SIZES: tuple[Bits, ...] = (1, 2, 4)


def count_above_stems(tree: Tree, stems: list[bytes], bits: int) -> tuple[int, int]:
    """Groups and hashes, walking each stem by itself and collecting what it passes."""
    groups: set[str] = set()
    walked: set[str] = set()
    beside: set[str] = set()
    paths = ["".join(map(str, bits_of(stem))) for stem in stems]

    def below(node: Node, path: str, lowest: int) -> None:
        """Everything that is there at the lowest depth of a group, or ends above it."""
        if node is None:
            return
        if len(path) == lowest or isinstance(node, Stem):
            beside.add(path)
            return
        below(node.left, path + "0", lowest)
        below(node.right, path + "1", lowest)

    for path in paths:
        node, depth = tree.top, 0
        while isinstance(node, Internal):
            if depth % bits == 0:
                groups.add(path[:depth])
                walked.add(path[:depth])
                below(node, path[:depth], depth + bits)
            node = node.right if path[depth] == "1" else node.left
            depth += 1
        walked.add(path[:depth])
    return len(groups), len(beside - walked)


@given(cases())
@settings(max_examples=60)
def test_above_stems(case: Case) -> None:
    items, keys, _ = case
    oracle, tree = Tree(items=items), BinaryTree(DEFAULT, items)
    for bits in SIZES:
        sizes = grouped_sizes(tree, keys, bits)
        expected = count_above_stems(oracle, sorted({key[:31] for key in keys}), bits)
        assert (sizes.tree_groups, sizes.tree_hashes) == expected


def siblings_without_kinds(proof: BinaryProof) -> int:
    return sum(node != bytes(32) for node in proof.siblings)


def test_groups_of_one_level_are_the_proof() -> None:
    random = Random(1)
    items = {random.randbytes(31) + random.randbytes(1): random.randbytes(32) for _ in range(200)}
    stem = random.randbytes(31)
    items |= {stem + bytes([suffix]): random.randbytes(32) for suffix in range(0, 256, 2)}
    tree = BinaryTree(DEFAULT, items)
    keys = [*random.sample(sorted(items), 30), *(stem + bytes([suffix]) for suffix in (0, 2, 9, 200))]
    made = prove_keys(tree, keys)
    assert all(end.shown is None for end in made.proof.ends)
    sizes = grouped_sizes(tree, keys, 1)
    assert sizes.tree_hashes == siblings_without_kinds(made.proof)
    assert sizes.stem_hashes == sum(node != bytes(32) for node in made.proof.stem_siblings)
    assert sizes.total_bytes == sizes.bitmap_bytes + 32 * (sizes.tree_hashes + sizes.stem_hashes)
    totals = [grouped_sizes(tree, keys, bits).total_bytes for bits in SIZES]
    assert totals == sorted(totals)


def test_within_a_full_stem() -> None:
    """One key of 256: (2^k − 1) hashes in each of 8/k groups."""
    tree = BinaryTree(DEFAULT, {bytes(31) + bytes([suffix]): b"\1" * 32 for suffix in range(256)})
    for bits in SIZES:
        sizes = grouped_sizes(tree, [bytes(32)], bits)
        assert (sizes.stem_groups, sizes.stem_hashes) == (8 // bits, 8 // bits * (2**bits - 1))
        assert (sizes.tree_groups, sizes.tree_hashes) == (0, 0)
        assert sizes.bitmap_bytes == 8 // bits * 2**bits // 8 + (bits == 0)


def test_no_keys_and_no_tree() -> None:
    tree = BinaryTree(DEFAULT, {bytes(32): b"\1" * 32})
    for bits in SIZES:
        assert grouped_sizes(tree, [], bits).total_bytes == 0
        assert grouped_sizes(BinaryTree(), [bytes(32)], bits).total_bytes == 0
    assert prove_keys(BinaryTree(), [bytes(32)]).proof.ends == (PathEnd("empty", 0),)
    with pytest.raises(MalformedError) as caught:
        grouped_sizes(tree, [b""], 1)
    assert caught.value.code == "KEY_LENGTH"
