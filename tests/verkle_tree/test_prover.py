"""Laws of the prover: what it proves verifies and is true, equals the oracle's to the byte, and yields to no
change.

Trees are those of ``tests.verkle.strategies``: stems that share prefixes of up to thirty bytes, so that walks
end at every depth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import prover as oracle
from tests.oracles.tree import Tree as OracleTree
from tests.verkle.implementations import containers
from tests.verkle.strategies import Scenario, examples, scenarios, values
from verkle.diff import StemDiff, VerkleProof
from verkle.errors import InvalidError, MalformedError
from verkle.lmdb_store import LmdbStore
from verkle.openings import PRESENT
from verkle.pedersen import Committer
from verkle.post import post_root
from verkle.proof import verify_proof
from verkle.prover import KindProof, prove_keys
from verkle.tree import INNER, LEAF, MemoryStore, Tree

KINDS: tuple[KindProof, ...] = get_args(KindProof)
COMMITTER = Committer()
Witness = tuple[tuple[StemDiff, ...], VerkleProof]


def items(tree: OracleTree) -> dict[bytes, bytes]:
    return {stem + bytes([s]): value for stem, leaves in tree.leaves.items() for s, value in leaves.items()}


def full_tree(leaves: Mapping[bytes, bytes]) -> Tree:
    tree = Tree(committer=COMMITTER)
    tree.put(leaves)
    return tree


@given(scenarios(), st.sampled_from(KINDS))
@examples(40)
def test_what_is_proven_verifies_and_is_true(scenario: Scenario, kinds: KindProof) -> None:
    leaves = items(scenario.tree)
    tree = full_tree(leaves)
    diff, proof = prove_keys(tree, scenario.keys, scenario.new_values, kinds=kinds)
    proven = verify_proof(tree.root, diff, proof)
    assert {key: leaves.get(key) for key in proven.values} == proven.values
    asked = {*scenario.keys, *scenario.new_values}
    assert asked <= proven.values.keys()
    if kinds != "keys":
        assert asked == proven.values.keys()
    if kinds != "assumed":
        assert proven.unshown == ()
    assert post_root(proven) == full_tree({**leaves, **scenario.new_values}).root


@given(scenarios())
@examples(12)
def test_equal_to_the_oracle(scenario: Scenario) -> None:
    made = prove_keys(full_tree(items(scenario.tree)), scenario.keys, scenario.new_values)
    assert made == containers(oracle.make_witness(scenario.tree, scenario.keys, scenario.new_values))


PARTS = (
    "current",
    "suffix",
    "stem",
    "status",
    "depth",
    "commitment",
    "other",
    "d",
    "cl",
    "cr",
    "final",
    "kind",
)


def changes(diff: tuple[StemDiff, ...], proof: VerkleProof, data: st.DataObject) -> Witness:
    """The witness with one thing changed."""
    what = data.draw(st.sampled_from(PARTS))
    at = data.draw(st.integers(0, len(diff) - 1))
    stem_diff, byte = diff[at], proof.extension_present[at]
    leaf = data.draw(st.sampled_from(stem_diff.suffixes))

    def stems(changed: StemDiff) -> Witness:
        return (*diff[:at], changed, *diff[at + 1 :]), proof

    def leaves(changed: object) -> Witness:
        suffixes = tuple(changed if each is leaf else each for each in stem_diff.suffixes)
        return stems(StemDiff(stem_diff.stem, suffixes))  # type: ignore[arg-type]

    def extension(changed: int) -> Witness:
        present = proof.extension_present
        return diff, replace(proof, extension_present=present[:at] + bytes([changed]) + present[at + 1 :])

    def swap(parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """One part more or less, or another in the place of one."""
        if not parts or data.draw(st.booleans()):
            return (*parts, bytes(32)) if data.draw(st.booleans()) or not parts else parts[:-1]
        i = data.draw(st.integers(0, len(parts) - 1))
        other = data.draw(st.sampled_from((*proof.commitments, bytes(len(parts[i])), proof.d)))
        return (*parts[:i], other, *parts[i + 1 :])

    if what == "current":
        current = data.draw(st.one_of(st.none(), values))
        return leaves(replace(leaf, current=current, new=None if leaf.new == current else leaf.new))
    if what == "suffix":
        return leaves(replace(leaf, suffix=data.draw(st.integers(0, 255))))
    if what == "stem":
        i, bit = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 7))
        changed = bytearray(stem_diff.stem)
        changed[i] ^= 1 << bit
        return stems(replace(stem_diff, stem=bytes(changed)))
    if what == "status":
        return extension(byte & ~3 | data.draw(st.integers(0, 3)))
    if what == "depth":
        return extension(data.draw(st.integers(0, 31)) << 3 | byte & 3)
    if what == "commitment":
        return diff, replace(proof, commitments=swap(proof.commitments))
    if what == "other":
        return diff, replace(proof, other_stems=swap(proof.other_stems))
    if what == "d":
        return diff, replace(
            proof, d=data.draw(st.sampled_from((*proof.commitments, *proof.ipa.cl, bytes(32))))
        )
    if what == "kind":
        return diff, replace(proof, kinds=proof.kinds[:-1])
    if what == "final":
        final = data.draw(st.binary(min_size=32, max_size=32))
        return diff, replace(proof, ipa=replace(proof.ipa, final_evaluation=final))
    sides = {"cl": proof.ipa.cl, "cr": proof.ipa.cr}
    return diff, replace(proof, ipa=replace(proof.ipa, **{what: swap(sides[what])}))  # type: ignore[arg-type]


@given(scenarios(), st.sampled_from(KINDS), st.data())
@examples(60)
def test_what_is_changed_is_refused_or_still_true(
    scenario: Scenario, kinds: KindProof, data: st.DataObject
) -> None:
    """Whatever verifies after a change says no false thing: another key that is absent too, in the same empty
    slot, is the one change that may pass."""
    leaves = items(scenario.tree)
    tree = full_tree(leaves)
    diff, proof = prove_keys(tree, scenario.keys, scenario.new_values, kinds=kinds)
    changed = changes(diff, proof, data)
    if changed == (diff, proof):
        return
    try:
        proven = verify_proof(tree.root, *changed)
    except (InvalidError, MalformedError):
        return
    assert {key: leaves.get(key) for key in proven.values} == proven.values
    assert changed[1] == proof
    told = {leaf for stem in diff for leaf in stem.suffixes if leaf.current is not None}
    assert told <= {leaf for stem in changed[0] for leaf in stem.suffixes}


def test_no_keys() -> None:
    tree = full_tree({bytes(32): bytes(32)})
    for kinds in KINDS:
        diff, proof = prove_keys(tree, (), kinds=kinds)
        assert diff == ()
        assert verify_proof(tree.root, diff, proof).values == {}


# Stores

DEEP = {bytes([7]) * k + bytes([128 + k]) * (31 - k) + bytes([k]): bytes([k]) * 32 for k in range(32)}
"""A leaf at every depth, two at the last."""
ABSENT = bytes([7]) * 20 + bytes([99]) * 12


def test_disk_is_as_memory(tmp_path: Path) -> None:
    keys = (*list(DEEP)[::5], ABSENT)
    with LmdbStore(tmp_path / "store", write=True) as store:
        Tree(store).put(DEEP)
    with LmdbStore(tmp_path / "store") as store:
        for kinds in KINDS:
            assert prove_keys(Tree(store), keys, kinds=kinds) == prove_keys(
                full_tree(DEEP), keys, kinds=kinds
            )


class CountingStore(MemoryStore):
    reads = 0

    def get(self, key: bytes) -> bytes | None:
        self.reads += 1
        return super().get(key)


def test_reads_grow_with_the_witness_not_with_the_state() -> None:
    keys = [bytes([k]) * 32 for k in range(40, 44)]
    reads = []
    for size in (40, 1200):
        store = CountingStore()
        leaves = {bytes([k % 256, k // 256, k % 7]).ljust(32, b"\1"): bytes(32) for k in range(size)}
        tree = Tree(store, COMMITTER)
        tree.put({**leaves, **dict.fromkeys(keys, bytes(32))})
        store.reads = 0
        diff, proof = prove_keys(tree, keys)
        reads.append(store.reads)
        assert store.reads <= 3 * (len(proof.commitments) + 1) + len(diff)
    assert reads[1] <= 2 * reads[0]


@pytest.mark.parametrize("lost", [LEAF + ABSENT[:20] + bytes([148]) * 11, INNER + ABSENT[:9]])
def test_a_store_that_lost_a_record(lost: bytes) -> None:
    store = MemoryStore()
    Tree(store, COMMITTER).put(DEEP)
    assert store.get(lost)
    store.keep({key for prefix in (INNER, LEAF) for key, _ in store.scan(prefix)} - {lost})
    with pytest.raises(MalformedError) as caught:
        prove_keys(Tree(store), [ABSENT[:20] + bytes([148]) * 12, ABSENT])
    assert caught.value.code == "STORE_DAMAGED"


def test_statuses_at_every_depth() -> None:
    tree = full_tree(DEEP)
    diff, proof = prove_keys(tree, DEEP)
    assert {byte & 3 for byte in proof.extension_present} == {PRESENT}
    assert sorted(byte >> 3 for byte in proof.extension_present) == [*range(1, 32), 31]
    assert verify_proof(tree.root, diff, proof).values == DEEP
