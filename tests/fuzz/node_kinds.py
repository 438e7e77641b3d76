"""Forgeries of node kinds, proven again: the openings and hashes are true, what the nodes are called is not.

SPEC 5.7 (step 11): a leaf called an inner node, so that a stem that is there is absent; the way on through
the leaf's slots 2 and 3 into C1 and C2; an empty slot called an inner node, so that a new leaf lies too deep;
a stem that is there, absent by another's. SPEC 8.4: a stem node of the binary tree read as an internal one,
and an internal node as a stem.

Proving takes a tenth of a second, so the Verkle ones are made once a process, ``POOL`` of them; a case is one
of them, as it is or with one more change of form (``tests.fuzz.mutate_witness``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from tests.fuzz import mutate_witness, small_states
from tests.fuzz.mutate_binary import written
from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed, dumped, verkle_json
from tests.fuzz.small_states import VALUE, forged, verkle_tree
from tests.oracles import curve
from tests.oracles.prover import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, Claim, claim_of
from tests.oracles.tree import Node, Tree
from tests.witness_binary import samples
from verkle.diff import StemDiff, SuffixDiff
from witness.binary.container import BinaryProof, BinaryWitness, PathEnd, ShownValue
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, hash_function
from witness.binary.subtree import ZERO, beside, grow
from witness.binary.tree import StemNode
from witness.cbor import witness_to_cbor
from witness.ssz import witness_to_ssz

POOL = 40
WITNESSES = ("verkle/witness", "cbor/witness", "ssz/witness")
H = hash_function(DEFAULT)

_PROOF_CHANGES: tuple[Callable[[Random, Any], None], ...] = (
    mutate_witness.commitments,
    mutate_witness.extension,
    mutate_witness.other_stems,
    mutate_witness.stem,
    mutate_witness.suffix,
    mutate_witness.new_value,
    mutate_witness.value,
    mutate_witness.leaf_added,
)


def _keys(random: Random, wanted: int) -> dict[bytes, bytes | None]:
    return {key: small_states.ASKED[key] for key in random.sample(sorted(small_states.ASKED), wanted)}


def _hidden(random: Random) -> dict[str, Any]:
    """A stem that is there, said to end in an empty slot one or more levels below its own leaf."""
    tree = verkle_tree()
    stem = random.choice(sorted(tree.leaves))
    depth = claim_of(tree, stem).depth
    below = depth + 1
    # through slot 2 or 3 into C1 or C2, where the stem goes that way
    if stem[depth] in (2, 3) and random.random() < 0.7:
        below += 1
    stay = {stem[:k] for k in range(below)} <= tree.nodes.keys()
    below = below if stay else depth + 1
    key = stem + bytes([random.choice((0, 1, 5, 200))])
    asked = {key: random.choice((None, VALUE)), **_keys(random, random.randint(0, 2))}
    return forged(
        {k: v for k, v in asked.items() if k[:31] != stem or k == key}, {stem: Claim(ABSENT_EMPTY, below)}
    )


def _phantom(random: Random) -> dict[str, Any]:
    """An empty slot that is called an inner node, all of whose slots are empty."""
    real = verkle_tree()
    tree = Tree(real.leaves)
    stem = small_states.stem(random.choice(("77", "5588", "0a")))
    true = claim_of(real, stem).depth
    depth = random.choice((true + 1, true + 2, 31))
    for k in range(true, depth):
        tree.nodes[stem[:k]] = Node("inner", {}, curve.IDENTITY)
    asked = {stem + b"\0": VALUE, **{k: v for k, v in _keys(random, 1).items() if k[:31] != stem}}
    return forged(asked, {stem: Claim(ABSENT_EMPTY, depth)}, tree=tree)


def _by_another(random: Random) -> dict[str, Any]:
    """A stem that is there, or an empty slot, said to be another stem's leaf; or at another depth."""
    tree = verkle_tree()
    stem = random.choice(sorted(tree.leaves))
    true = claim_of(tree, stem)
    status, depth = random.choice(
        ((ABSENT_OTHER, true.depth), (PRESENT, max(true.depth - 1, 1)), (ABSENT_EMPTY, true.depth))
    )
    asked = {stem + b"\0": VALUE, **{k: v for k, v in _keys(random, 1).items() if k[:31] != stem}}
    return forged(asked, {stem: Claim(status, depth)})


def _honest(random: Random) -> dict[str, Any]:
    """Other keys, in truth: what a forger's change is measured against."""
    return forged(_keys(random, random.randint(1, len(small_states.ASKED))), {})


_FORGERS = (_hidden, _hidden, _phantom, _by_another, _honest)


@cache
def pool(number: int) -> dict[str, Any]:
    """Forgery ``number``: the same in every process."""
    random = Random(f"pool:{number}")
    return _FORGERS[number % len(_FORGERS)](random)


def _encoded(seed: Seed, document: dict[str, Any]) -> bytes:
    if seed.family == "verkle-json":
        return dumped(document)
    witness = verkle_json(dumped(document))
    return witness_to_cbor(witness) if seed.family == "cbor" else witness_to_ssz(witness)


@mutator("node-kinds.verkle", *WITNESSES, weight=0.1)
def verkle(random: Random, seed: Seed) -> bytes:
    return _encoded(seed, pool(random.randrange(POOL)))


@mutator("node-kinds.verkle-changed", "verkle/witness", weight=0.5)
def verkle_changed(random: Random, seed: Seed) -> bytes:
    document = copy.deepcopy(pool(random.randrange(POOL)))
    for _ in range(random.randint(1, 2)):
        change = random.choice(_PROOF_CHANGES)
        try:
            change(random, document)
        except (IndexError, ValueError):  # nothing there to change
            continue
    return dumped(document)


@mutator("node-kinds.binary-stem-as-internal", "binary/json", "binary/bytes", weight=2)
def stem_as_internal(random: Random, seed: Seed) -> bytes:
    """The walk goes into the stem's own node, right into its values, and ends where they are empty."""
    key = random.choice(sorted(samples.ITEMS))
    of = key[:31]
    honest = prove_keys(samples.TREE, [key])
    depth = honest.proof.ends[0].depth
    bits = f"{int.from_bytes(of, 'big'):0248b}"
    nodes, _ = StemNode(of, {k[31]: v for k, v in samples.ITEMS.items() if k[:31] == of}).nodes(H)
    more: list[bytes] = []
    at = 0
    for below in range(random.randint(1, 6)):
        bit = int(bits[depth + below])
        if below == 0:
            more.append(of + b"\0" if bit else nodes[1])
            at = 1 if bit else 0
        else:
            more.append(nodes.get(2 * at + 1 - bit, ZERO))
            at = 2 * at + bit
    end = PathEnd("empty", depth + len(more))
    proof = BinaryProof((end,), (*honest.proof.siblings, *more))
    diff = (StemDiff(of, (SuffixDiff(key[31], None, random.choice((None, VALUE))),)),)
    return written(seed, BinaryWitness(diff, proof, DEFAULT.name, samples.ROOT))


@mutator("node-kinds.binary-internal-as-stem", "binary/json", "binary/bytes", weight=2)
def internal_as_stem(random: Random, seed: Seed) -> bytes:
    """An internal node's left hash is read as stem ‖ 00, its right one as the top of the values."""
    key = random.choice(sorted(samples.ITEMS))
    honest = prove_keys(samples.TREE, [key])
    [end] = honest.proof.ends
    depth = random.randrange(end.depth + 1)
    sibling = honest.proof.siblings[depth] if depth < len(honest.proof.siblings) else random.randbytes(32)
    shown = ShownValue(random.randrange(256), random.choice((VALUE, random.randbytes(32))))
    named = PathEnd("named", depth, random.choice((sibling[:31], key[:30] + b"\xff")), shown)
    values, _ = grow({shown.suffix: shown.value}, H)
    stem_siblings = tuple([values.get(i, sibling) for i in beside([shown.suffix])])
    proof = BinaryProof((named,), honest.proof.siblings[:depth], stem_siblings)
    diff = (StemDiff(key[:31], (SuffixDiff(key[31], None, None),)),)
    return written(seed, BinaryWitness(diff, proof, DEFAULT.name, samples.ROOT))


@mutator("node-kinds.binary-hidden", "binary/json", "binary/bytes", weight=2)
def hidden(random: Random, seed: Seed) -> bytes:
    """A stem that is there, said to be an empty slot or another's, with the siblings that it has."""
    key = random.choice(sorted(samples.ITEMS))
    honest = prove_keys(samples.TREE, [key])
    [end] = honest.proof.ends
    other = random.choice(sorted(samples.ITEMS))[:31]
    kinds = (
        PathEnd("empty", end.depth),
        PathEnd("named", end.depth, other, ShownValue(other[0], VALUE)),
        PathEnd("own", end.depth, None, ShownValue(random.randrange(256), VALUE)),
        PathEnd("empty", max(end.depth - 1, 0)),
    )
    made = random.choice(kinds)
    siblings = honest.proof.siblings[: made.depth]
    within = honest.proof.stem_siblings if made.kind != "empty" else ()
    diff = (StemDiff(key[:31], (SuffixDiff(key[31], None, VALUE),)),)
    return written(
        seed, BinaryWitness(diff, BinaryProof((made,), siblings, within), DEFAULT.name, samples.ROOT)
    )
