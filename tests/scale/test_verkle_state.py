"""A sampled Verkle tree against the ordinary prover, the ordinary verifier, and the whole tree."""

from __future__ import annotations

from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.scale.verkle_state import sample_verkle
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
from verkle.openings import ABSENT_OTHER, PRESENT
from verkle.pedersen import Committer
from verkle.post import post_root
from verkle.proof import verify_proof
from verkle.prover import KindProof, prove_diff, prove_keys, state_diff
from verkle.tree import EMPTY_ROOT, Tree

COMMITTER = Committer()
KINDS: tuple[KindProof, ...] = get_args(KindProof)


@given(seeds, counts, leaves, writes, st.sampled_from(KINDS))
@examples(40)
def test_what_is_sampled_proves_and_verifies(
    seed: bytes,
    count: int,
    given_leaves: Leaves,
    new: dict[bytes, bytes],
    kinds: KindProof,
) -> None:
    pre = {**dict.fromkeys(new), **given_leaves}
    state = sample_verkle(seed, count, pre, committer=COMMITTER)
    root = state.tree.root
    diff, proof = prove_keys(state.tree, pre, new, kinds=kinds)
    proven = verify_proof(root, diff, proof)
    assert {key: proven.values[key] for key in pre} == pre
    if kinds != "assumed":
        assert proven.unshown == ()
    state.tree.put(new)
    assert post_root(proven) == state.tree.root


@given(seeds, counts, leaves, st.randoms(use_true_random=False))
@examples(10)
def test_the_same_seed_gives_the_same_tree(
    seed: bytes, count: int, given_leaves: Leaves, random: Random
) -> None:
    one = sample_verkle(seed, count, given_leaves, committer=COMMITTER)
    shuffled = list(given_leaves.items())
    random.shuffle(shuffled)
    other = sample_verkle(seed, count, dict(shuffled), committer=COMMITTER)
    assert one.tree.root == other.tree.root
    assert prove_keys(one.tree, given_leaves) == prove_keys(other.tree, given_leaves)
    assert one.depths == other.depths


@given(seeds, st.integers(0, 60), leaves)
@examples(10)
def test_walking_everywhere_gives_the_whole_tree(seed: bytes, count: int, given_leaves: Leaves) -> None:
    """With a walk to every stem nothing is beside: the root is that of the tree put together leaf by leaf."""
    everywhere = drawn_stems(b"verkle", seed, count)
    state = sample_verkle(seed, count, given_leaves, visits=everywhere, committer=COMMITTER)
    whole = Tree(committer=COMMITTER)
    whole.put(state.tree.items())
    assert state.tree.root == whole.root
    assert {key[:-1] for key, _ in whole.items()} == {
        *everywhere,
        *stems_there(given_leaves),
    }


@given(seeds, st.integers(2, 600), leaves)
@examples(20)
def test_walks_end_where_they_end_in_the_whole_tree(seed: bytes, count: int, given_leaves: Leaves) -> None:
    state = sample_verkle(seed, count, given_leaves, committer=COMMITTER)
    present = stems_there(given_leaves)
    everyone = sorted({*drawn_stems(b"verkle", seed, count), *present})
    for key in given_leaves:
        path, found = state.tree.locate(key[:-1])
        assert len(path) == state.depths[key[:-1]]
        below = [s for s in everyone if s.startswith(path)]
        assert below == ([] if found is None else [found])
        assert len(path) == 1 or len([s for s in everyone if s.startswith(path[:-1])]) > 1
        for depth in range(len(path)):
            taken = {s[depth] for s in everyone if s.startswith(path[:depth])}
            node = state.tree.inner_record(path[:depth])
            assert node is not None
            assert {index for index, _ in node.slots()} == taken
            for index, slot in node.slots():
                under = [s for s in everyone if s.startswith(path[:depth] + bytes([index]))]
                assert slot.stem == (under[0] if len(under) == 1 else None)


def test_the_first_leaf_below_a_foreign_leaf_is_there_for_kinds_shown_by_keys() -> None:
    """An absent stem that ends at an empty slot, in a state where most nodes above one are small."""
    absent = {stem(i) + b"\x05": None for i in range(150)}
    state = sample_verkle(b"", 2**16, absent, committer=COMMITTER)
    diff = state_diff(state.tree, absent)
    assumed, by_keys, by_openings = (prove_diff(state.tree, diff, kinds=kinds) for kinds in KINDS)
    assert assumed.unshown
    assert by_keys.unshown == by_openings.unshown == ()
    assert len(by_keys.diff) > len(diff)
    for made in (assumed, by_keys, by_openings):
        verify_proof(state.tree.root, made.diff, made.proof)


def test_foreign_leaves_are_leaves() -> None:
    absent = {stem(i) + b"\x05": None for i in range(40)}
    state = sample_verkle(b"", 1000, absent, committer=COMMITTER)
    diff, proof = prove_keys(state.tree, absent)
    met = [found for key in absent if (found := state.tree.locate(key[:-1])[1]) is not None]
    assert met
    assert set(proof.other_stems) == set(met)
    assert {status & 3 for status in proof.extension_present} == {0, ABSENT_OTHER}
    # and what the foreign stem holds can itself be proven
    foreign = sample_verkle(b"", 1000, {**absent, met[0] + b"\0": None}, committer=COMMITTER)
    diff, proof = prove_keys(foreign.tree, [met[0] + b"\0"])
    assert proof.extension_present[0] & 3 == PRESENT
    assert verify_proof(foreign.tree.root, diff, proof).values[met[0] + b"\0"] is not None


def test_nodes_do_not_grow_with_the_state() -> None:
    present = {stem(i) + b"\0": bytes(32) for i in range(100)}
    small, large = (sample_verkle(b"", count, present, committer=COMMITTER) for count in (2**16, 2**32))
    assert max(large.depths.values()) > max(small.depths.values())
    nodes = [len(state.tree.excerpt(key[:31] for key in present)) for state in (small, large)]
    assert nodes[1] < 3 * nodes[0]
    assert large.remembered < 3 * small.remembered


def test_the_empty_state_is_the_empty_tree() -> None:
    state = sample_verkle(b"", 0, {bytes(32): None}, committer=COMMITTER)
    assert state.tree.root == EMPTY_ROOT
    assert state.depths == {bytes(31): 1}


@pytest.mark.parametrize(("count", "wrong", "visits"), NO_STATES)
def test_what_is_no_state_is_refused(count: int, wrong: Leaves, visits: list[bytes]) -> None:
    with pytest.raises(ValueError, match=REFUSAL):
        sample_verkle(b"", count, wrong, visits=visits)
