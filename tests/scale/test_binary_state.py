"""A sampled binary tree against the ordinary prover, the ordinary verifier, and the whole tree."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stateless.scale.binary_state import sample_binary
from tests.scale.leaves import (
    NO_STATES,
    REFUSAL,
    Leaves,
    counts,
    drawn_stems,
    leaves,
    seeds,
    stem,
    stems_there,
    writes,
)
from tests.verkle.strategies import examples
from witness.binary.post import post_root
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, RULES, BinaryRules
from witness.binary.tree import EMPTY_ROOT, BinaryTree

rule_sets = st.sampled_from(list(RULES.values()))


@given(seeds, counts, leaves, writes, rule_sets)
@example(b"\0", 2, {bytes(32): None}, {}, DEFAULT)  # an empty left half could be the stem of zeros
@examples(100)
def test_what_is_sampled_proves_and_verifies(
    seed: bytes,
    count: int,
    given_leaves: Leaves,
    new: dict[bytes, bytes],
    rules: BinaryRules,
) -> None:
    pre = {**dict.fromkeys(new), **given_leaves}
    state = sample_binary(seed, count, pre, rules)
    root = state.tree.root
    made = prove_keys(state.tree, pre, new)
    proven = verify_proof(root, made.diff, made.proof, rules)
    assert proven.values == pre
    state.tree.put(new)
    assert post_root(proven).root == state.tree.root


@given(seeds, counts, leaves, st.randoms(use_true_random=False))
@examples(30)
def test_the_same_seed_gives_the_same_tree(
    seed: bytes, count: int, given_leaves: Leaves, random: Random
) -> None:
    one = sample_binary(seed, count, given_leaves)
    shuffled = list(given_leaves.items())
    random.shuffle(shuffled)
    other = sample_binary(seed, count, dict(shuffled))
    assert one.tree.root == other.tree.root
    assert prove_keys(one.tree, given_leaves) == prove_keys(other.tree, given_leaves)
    assert one.depths == other.depths


@given(seeds, st.integers(0, 60), leaves)
@examples(30)
def test_walking_everywhere_gives_the_whole_tree(seed: bytes, count: int, given_leaves: Leaves) -> None:
    """With a walk to every stem nothing is beside: the root is that of the tree put together leaf by leaf."""
    everywhere = drawn_stems(b"binary", seed, count)
    state = sample_binary(seed, count, given_leaves, visits=everywhere)
    whole = BinaryTree(items=dict(state.tree.items()))
    assert state.tree.root == whole.root
    present = stems_there(given_leaves)
    assert {key[:-1] for key, _ in whole.items()} == {*everywhere, *present}


@given(seeds, st.integers(0, 600), leaves)
@examples(30)
def test_walks_end_where_they_end_in_the_whole_tree(seed: bytes, count: int, given_leaves: Leaves) -> None:
    state = sample_binary(seed, count, given_leaves)
    present = stems_there(given_leaves)
    everyone = [f"{int.from_bytes(s, 'big'):0248b}" for s in {*drawn_stems(b"binary", seed, count), *present}]
    for key in given_leaves:
        bits, depth = f"{int.from_bytes(key[:-1], 'big'):0248b}", state.depths[key[:-1]]
        assert sum(other.startswith(bits[:depth]) for other in everyone) < 2
        assert not depth or sum(other.startswith(bits[: depth - 1]) for other in everyone) > 1
    made = prove_keys(state.tree, given_leaves)
    whole = BinaryTree(items={s + b"\0": bytes(32) for s in {*drawn_stems(b"binary", seed, count), *present}})
    as_whole = prove_keys(whole, given_leaves)
    assert [(end.depth, end.stem) for end in made.proof.ends if end.kind != "own"] == [
        (end.depth, end.stem) for end in as_whole.proof.ends if end.kind != "own"
    ]
    assert len(made.proof.siblings) == len(as_whole.proof.siblings)
    assert [s == bytes(32) for s in made.proof.siblings] == [s == bytes(32) for s in as_whole.proof.siblings]


def test_where_a_node_could_be_a_stem_the_levels_below_are_there() -> None:
    """One tree in some 128 needs it; a path to the left at the root, over a hash that ends in a zero byte."""
    deep = 0
    for i in range(1500):
        key = bytes(i % 2) + b"\x01" + stem(i)[i % 2 :]
        state = sample_binary(i.to_bytes(2, "big"), 2**10, {key: bytes(32)})
        made = prove_keys(state.tree, [key])
        verify_proof(state.tree.root, made.diff, made.proof, state.tree.rules)
        deep += len(made.proof.deep)
    assert deep > 3


def test_nodes_do_not_grow_with_the_state() -> None:
    present = {stem(i) + b"\0": bytes(32) for i in range(100)}
    small, large = (sample_binary(b"", count, present) for count in (2**16, 2**32))
    assert small.nodes < large.nodes < 3 * small.nodes
    assert large.remembered < 3 * small.remembered


def test_the_empty_state_is_the_empty_tree() -> None:
    state = sample_binary(b"", 0, {bytes(32): None})
    assert state.tree.root == EMPTY_ROOT
    assert state.depths == {bytes(31): 0}


@pytest.mark.parametrize(("count", "wrong", "visits"), NO_STATES)
def test_what_is_no_state_is_refused(count: int, wrong: Leaves, visits: list[bytes]) -> None:
    with pytest.raises(ValueError, match=REFUSAL):
        sample_binary(b"", count, wrong, visits=visits)
