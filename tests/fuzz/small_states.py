"""Small states whose every leaf is known: the truth that a proof is held to, and honest witnesses of it.

The Verkle one is the oracle's tree, so that a forger can open any of its nodes anywhere
(``tests.oracles.prover``); proofs are made by the program's own prover, which is ten times as quick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from random import Random
from typing import Any, Protocol

from tests.oracles import prover
from tests.oracles.curve import serialise
from tests.oracles.prover import Claim, Opening, Witness, hexed
from tests.oracles.tree import Tree
from tests.witness_binary import samples as binary_samples
from verkle import multiproof
from verkle.proof import PROTOCOL
from verkle.transcript import scalar_bytes
from verkle.tree import Tree as VerkleTree
from witness.binary.container import BinaryWitness
from witness.binary.rules import DEFAULT
from witness.binary.tree import BinaryTree

VALUE = bytes(31) + b"\x07"


def stem(text: str) -> bytes:
    """A stem that begins as the hex says and goes on with 0x0a."""
    return bytes.fromhex(text).ljust(31, b"\x0a")


@cache
def verkle_tree() -> Tree:
    """Leaves at depths 1 to 3, below 0x55 also where a leaf's own slots 0 … 3 would be."""
    random = Random(5)
    items = {}
    for text in ("11", "5510", "5577", "550210", "550220", "5603", "9902", "aa"):
        for suffix in (0, 1, 200):
            items[stem(text) + bytes([suffix])] = random.randbytes(32)
    return Tree.of(items)


@cache
def verkle_root() -> bytes:
    """32 bytes."""
    return verkle_tree().root()


ASKED = {
    stem("11") + b"\0": b"\x22" * 32,
    stem("5510") + b"\1": None,
    stem("5577") + b"\x02": VALUE,
    stem("5588") + b"\0": VALUE,
    stem("5501") + b"\0": None,
    stem("77") + b"\5": None,
    stem("9977") + b"\0": VALUE,
}
"""Keys of the honest witness, and what is written: present, absent in a leaf, empty slots, another's leaf."""


@cache
def verkle_witness() -> Witness:
    """An honest one, in the JSON shape of SPEC 5.3."""
    return forged(ASKED, {})


def forged(
    asked: Mapping[bytes, bytes | None],
    claims: Mapping[bytes, Claim],
    openings: Sequence[Opening] | None = None,
    tree: Tree | None = None,
) -> Witness:
    """A witness of ``asked`` (key → new value) in which the stems of ``claims`` end where those say.

    The openings are true of the tree, whatever its nodes are called; with no claims it is honest.
    """
    of = tree or verkle_tree()
    keys = sorted(asked)
    stems = sorted({key[:31] for key in keys})
    all_claims = {each: prover.claim_of(of, each) for each in stems} | dict(claims)
    opened = list(prover.openings_of(keys, all_claims) if openings is None else openings)
    # what a claim names and the tree has not cannot be opened
    opened = [opening for opening in opened if opening.path in of.nodes]
    state_diff = []
    for each in stems:
        present = all_claims[each].status == prover.PRESENT
        state_diff.append(
            {
                "stem": hexed(each),
                "suffixDiffs": [
                    {
                        "suffix": key[31],
                        "currentValue": hexed(of.get(key)) if present else None,
                        "newValue": hexed(asked[key]),
                    }
                    for key in keys
                    if key[:31] == each
                ],
            }
        )
    return {
        "parentStateRoot": hexed(of.root()),
        "stateDiff": state_diff,
        "verkleProof": proof_of(of, stems, all_claims, opened),
    }


def proof_of(
    tree: Tree, stems: Sequence[bytes], claims: Mapping[bytes, Claim], opened: Sequence[Opening]
) -> dict[str, Any]:
    """``verkleProof`` of these openings, each to its true value."""
    present = {each[: claims[each].depth] for each in stems if claims[each].status == prover.PRESENT}
    others = {each[: claims[each].depth] for each in stems if claims[each].status == prover.ABSENT_OTHER}
    paths = sorted({opening.path for opening in opened} | {b""})
    vectors = [tree.nodes[path].vector for path in paths]
    encoded = [serialise(tree.nodes[path].commitment) for path in paths]
    place = {path: i for i, path in enumerate(paths)}
    rows = [(place[o.path], o.z, vectors[place[o.path]].get(o.z, 0)) for o in opened]
    made = multiproof.prove(PROTOCOL, vectors, encoded, rows)
    return {
        "otherStems": sorted(hexed(tree.nodes[path].stem) or "" for path in others - present),
        "depthExtensionPresent": hexed(
            bytes(claims[each].depth << 3 | claims[each].status for each in stems)
        ),
        "commitmentsByPath": [hexed(encoded[place[path]]) for path in paths if path],
        "d": hexed(made.d_bytes),
        "ipaProof": {
            "cl": [hexed(point) for point in made.ipa.left_bytes],
            "cr": [hexed(point) for point in made.ipa.right_bytes],
            "finalEvaluation": hexed(scalar_bytes(made.ipa.scalar)[::-1]),
        },
    }


class Truth(Protocol):
    """A state that is known."""

    def get(self, key: bytes) -> bytes | None:
        """The leaf at a key of 32 bytes."""
        ...

    def root_after(self, new: Mapping[bytes, bytes]) -> bytes:
        """The state root after writing these leaves."""
        ...


class _Verkle:
    def get(self, key: bytes) -> bytes | None:
        return verkle_tree().get(key)

    def root_after(self, new: Mapping[bytes, bytes]) -> bytes:
        return _verkle_root_after(tuple(sorted(new.items())))


@lru_cache(maxsize=512)
def _verkle_root_after(new: tuple[tuple[bytes, bytes], ...]) -> bytes:
    tree = VerkleTree()
    leaves = {
        of + bytes([suffix]): value
        for of, values in verkle_tree().leaves.items()
        for suffix, value in values.items()
    }
    tree.put(leaves | dict(new))
    return tree.root


class _Binary:
    def get(self, key: bytes) -> bytes | None:
        return binary_samples.ITEMS.get(key)

    def root_after(self, new: Mapping[bytes, bytes]) -> bytes:
        return BinaryTree(DEFAULT, {**binary_samples.ITEMS, **new}).root


VERKLE: Truth = _Verkle()
BINARY: Truth = _Binary()


@cache
def binary_witness() -> BinaryWitness:
    """One with every kind of path end."""
    return binary_samples.WITNESS


@cache
def binary_root() -> bytes:
    """32 bytes."""
    return binary_samples.ROOT
