"""Kinds of nodes: honest witnesses, strict and not; and forgers, who lie about nodes at random.

A forger owns the true tree and proves true openings; only what he calls the nodes is false (SPEC 5.7, step
11).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from tests.oracles import prover as oracle
from tests.oracles.prover import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, Claim, Opening
from tests.vectors import vector_files
from tests.verkle.strategies import stem_families, suffixes, values
from tests.verkle_tree.test_prover import KINDS, full_tree
from verkle import multiproof
from verkle.banderwagon import Point, encode_many
from verkle.diff import IpaProof, KindOpening, StemDiff, SuffixDiff, VerkleProof
from verkle.errors import InvalidError, MalformedError
from verkle.post import post_root
from verkle.proof import PROTOCOL, verify_proof
from verkle.prover import prove_keys
from verkle.tree import Tree
from verkle.update import leaf_scalars
from witness.witness_json import witness_from_json

Forged = tuple[tuple[StemDiff, ...], VerkleProof]

# The published forgeries turned round


@pytest.mark.parametrize("path", vector_files("verkle-forged/*.json"))
def test_honest_witnesses_of_the_forged_states(path: Path) -> None:
    """From each file's state, the keys of its witness, told truly."""
    facts = json.loads(path.read_text())
    leaves = {
        bytes.fromhex(stem[2:]) + bytes([int(suffix)]): bytes.fromhex(value[2:])
        for stem, of_stem in facts["state"].items()
        for suffix, value in of_stem.items()
    }
    published = witness_from_json(facts["executionWitness"])
    keys, new = [], {}
    for stem_diff in published.state_diff:
        for leaf in stem_diff.suffixes:
            keys.append(stem_diff.stem + bytes([leaf.suffix]))
            if leaf.new is not None:
                new[keys[-1]] = leaf.new
    tree = full_tree(leaves)
    assert tree.root.hex() == facts["parentStateRoot"][2:]
    after = full_tree({**leaves, **new}).root
    forged = not path.stem.startswith("absence-honest")
    for kinds in KINDS:
        diff, proof = prove_keys(tree, keys, new, kinds=kinds)
        proven = verify_proof(tree.root, diff, proof)
        assert {key: proven.values[key] for key in keys} == {key: leaves.get(key) for key in keys}
        assert post_root(proven) == after
        if kinds == "assumed":
            assert bool(proven.unshown) == (facts["expectedStrict"] != "valid" and not forged)
            assert ((diff, proof) == (published.state_diff, published.proof)) == (not forged)
        else:
            assert proven.unshown == ()


# What --strict adds

BELOW = bytes([0x55])
INNER = {BELOW + bytes([k]) * 31: bytes([k]) * 32 for k in (16, 32)} | {bytes([0x99]) * 32: bytes(32)}


def added(leaves: Mapping[bytes, bytes], *keys: bytes) -> set[bytes]:
    tree = full_tree(leaves)
    diff, proof = prove_keys(tree, keys, kinds="keys")
    assert verify_proof(tree.root, diff, proof).unshown == ()
    return {stem.stem + bytes([leaf.suffix]) for stem in diff for leaf in stem.suffixes} - set(keys)


def test_the_key_that_shows_a_node_costs_no_commitment_where_slot_0_is_empty() -> None:
    absent = BELOW + bytes([0x77]) * 31
    assert added(INNER, absent) == {BELOW + bytes(31)}
    plain, shown = (prove_keys(full_tree(INNER), [absent], kinds=kinds)[1] for kinds in ("assumed", "keys"))
    assert shown.commitments == plain.commitments
    assert shown.extension_present == plain.extension_present * 2


def test_where_slot_0_is_full_it_is_the_first_leaf() -> None:
    first = BELOW + bytes(30) + b"\x05"
    absent = BELOW + bytes([0x77]) * 31
    assert added(INNER | {first: bytes(32)}, absent) == {first}
    deeper = {BELOW + b"\0\0" + bytes([k]) * 29: bytes(32) for k in (3, 4)}
    assert added(INNER | deeper, absent) == {min(deeper)}


def test_one_opening_for_each_node_above_the_slot() -> None:
    """Two nodes of one child each: both are opened at 0, where the child is not."""
    chain = {BELOW + b"\x77" + bytes([k]) * 30: bytes(32) for k in (16, 32)}
    tree = full_tree(chain | {bytes([0x99]) * 32: bytes(32)})
    absent = BELOW + b"\x77" + bytes([64]) * 30
    _, proof = prove_keys(tree, [absent], kinds="openings")
    assert [kind.path for kind in proof.kinds] == [absent[:2]]  # the first is opened at 0x77, to a child
    absent = BELOW + b"\x02" + bytes([64]) * 30
    low = {BELOW + b"\x02" + bytes([k]) * 30: bytes(32) for k in (16, 32)}
    tree = full_tree(low | {bytes([0x99]) * 32: bytes(32)})
    _, proof = prove_keys(tree, [absent], kinds="openings")
    assert [kind.path for kind in proof.kinds] == [absent[:1], absent[:2]]


def test_nothing_is_added_where_all_is_shown() -> None:
    for keys in ((BELOW + bytes([0x77]) * 31, min(INNER)), (bytes([0x42]) * 32,), tuple(INNER)):
        tree = full_tree(INNER)
        assert added(INNER, *keys) == set()
        assert prove_keys(tree, keys, kinds="openings") == prove_keys(tree, keys)


# Forgers


class Node(NamedTuple):
    vector: dict[int, int]
    commitment: Point


def nodes_of(tree: Tree, stems: Iterable[bytes]) -> dict[bytes, Node]:
    """Every node by its path; C1 and C2 of a leaf at P stand at P‖02 and P‖03."""
    nodes = {}
    for stem in stems:
        path, _ = tree.locate(stem)
        for depth in range(len(path)):
            inner = tree.inner_record(stem[:depth])
            assert inner
            nodes[stem[:depth]] = Node(inner.vector(), inner.commitment)
        leaf = tree.leaf_record(stem)
        assert leaf
        halves: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for suffix, value in leaf.values():
            at = 2 * (suffix % 128)
            halves[suffix // 128][at], halves[suffix // 128][at + 1] = leaf_scalars(value)
        images = {2: leaf.half(1).image, 3: leaf.half(2).image}
        nodes[path] = Node({0: 1, 1: int.from_bytes(stem, "little"), **images}, leaf.half(0).commitment)
        for which, vector in enumerate(halves):
            nodes[path + bytes([2 + which])] = Node(vector, leaf.half(1 + which).commitment)
    return nodes


def forge(
    nodes: Mapping[bytes, Node],
    leaves: Mapping[bytes, bytes],
    others: Mapping[bytes, bytes],
    keys: Iterable[bytes],
    claims: Mapping[bytes, Claim],
    shown: Iterable[bytes],
) -> Forged:
    """The witness of the keys whose stems end as claimed, every opening with its true value."""
    stems = sorted(claims)
    opened = sorted({*oracle.openings_of(keys, claims), *(Opening(path, 0) for path in shown)})
    paths = sorted({b"", *(opening.path for opening in opened)})
    vectors = [nodes[path].vector for path in paths]
    index = {path: i for i, path in enumerate(paths)}
    encoded = encode_many([nodes[path].commitment for path in paths])
    made = multiproof.prove(
        PROTOCOL, vectors, encoded, [(index[p], z, nodes[p].vector.get(z, 0)) for p, z in opened]
    )
    present = {stem[:depth] for stem, (status, depth) in claims.items() if status == PRESENT}
    stubs = {stem[:depth] for stem, (status, depth) in claims.items() if status == ABSENT_OTHER} - present
    diff = []
    for stem in stems:
        asked = sorted(key for key in keys if key[:31] == stem)
        told = [leaves.get(key) if claims[stem].status == PRESENT else None for key in asked]
        diff.append(
            StemDiff(
                stem, tuple(SuffixDiff(k[31], value, None) for k, value in zip(asked, told, strict=True))
            )
        )
    kinds = [KindOpening(path, nodes[path].vector.get(0, 0).to_bytes(32, "little")) for path in sorted(shown)]
    return tuple(diff), VerkleProof(
        tuple(sorted(others.get(path, path.ljust(31, b"\0")) for path in stubs)),
        bytes(depth << 3 | status for status, depth in (claims[stem] for stem in stems)),
        tuple(encoded[1:]),
        made.d_bytes,
        IpaProof(made.ipa.left_bytes, made.ipa.right_bytes, made.ipa.scalar.to_bytes(32, "big")),
        tuple(kinds),
    )


@st.composite
def forgeries(draw: st.DrawFn) -> tuple[bytes, dict[bytes, bytes], Forged]:
    """A root, its leaves, and a witness in which some stems end anywhere: at any depth, through leaves and
    through halves (C1, C2) called inner nodes, at nodes of any kind called leaves; kinds opened or not."""
    stems = draw(stem_families(max_size=6))
    leaves = {
        stem + bytes([suffix]): draw(values)
        for stem in stems
        for suffix in draw(st.lists(suffixes, min_size=1, max_size=3, unique=True))
    }
    tree = full_tree(leaves)
    nodes = nodes_of(tree, stems)
    claims: dict[bytes, Claim] = {}
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(sorted(nodes)))
        stem = draw(st.sampled_from(stems))
        if draw(st.booleans()) and len(path) < 31:
            stem = path + draw(st.binary(min_size=31 - len(path), max_size=31 - len(path)))
        deepest = max(depth for depth in range(31) if stem[:depth] in nodes)
        depth = draw(st.sampled_from((deepest + 1, deepest + 1, max(deepest, 1))))
        status = draw(st.sampled_from((ABSENT_EMPTY, ABSENT_EMPTY, ABSENT_EMPTY, ABSENT_OTHER, PRESENT)))
        claims[stem] = Claim(status, depth)
    keys = {stem + bytes([draw(suffixes)]) for stem in claims}
    for stem in draw(st.lists(st.sampled_from(stems), max_size=2)):  # told truly
        if stem not in claims:
            claims[stem] = Claim(PRESENT, len(tree.locate(stem)[0]))
            keys.add(stem + bytes([draw(suffixes)]))
    opened = {opening.path for opening in oracle.openings_of(keys, claims)}
    assume(opened <= nodes.keys())
    zeros = {opening.path for opening in oracle.openings_of(keys, claims) if opening.z == 0}
    inner = {stem[:i] for stem, (_, depth) in claims.items() for i in range(1, depth)} - zeros
    shown = draw(st.sets(st.sampled_from(sorted(inner)))) if inner and draw(st.booleans()) else set()
    others = {tree.locate(stem)[0]: stem for stem in stems}
    return tree.root, leaves, forge(nodes, leaves, others, keys, claims, shown)


def verdict(made: tuple[bytes, dict[bytes, bytes], Forged]) -> str:
    """``refused``, ``true``, or ``lie``; fails if a lie is believed without an assumption."""
    root, leaves, (diff, proof) = made
    try:
        proven = verify_proof(root, diff, proof)
    except (InvalidError, MalformedError):
        return "refused"
    false = {key[:31] for key, value in proven.values.items() if leaves.get(key) != value}
    assert false <= {unshown.stem for unshown in proven.unshown}
    return "lie" if false else "true"


def test_no_lie_is_believed_without_an_assumption() -> None:
    """Strict refuses whatever rests on an assumption, so what it accepts must be true. The forger is able:
    lies that pass with an assumption, truths, and lies that do not pass are all made."""
    seen: Counter[str] = Counter()
    for number in range(12):

        @seed(number)
        @settings(
            max_examples=40,
            derandomize=False,
            database=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(forgeries())
        def judge(made: tuple[bytes, dict[bytes, bytes], Forged]) -> None:
            seen[verdict(made)] += 1

        judge()
        if number and seen.keys() == {"refused", "true", "lie"}:
            break
    assert seen.keys() == {"refused", "true", "lie"}
