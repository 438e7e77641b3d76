"""A small state with every kind of path end, its proof, and witnesses of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.witness_binary.strategies import loose
from verkle.diff import StemDiff
from witness.binary.container import BinaryProof, BinaryWitness
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, hash_function
from witness.binary.tree import BinaryTree

H = hash_function(DEFAULT)


def stem(*front: int) -> bytes:
    return bytes(front).ljust(31, b"\x5a")


VALUES = [bytes([i]) * 32 for i in range(1, 8)]
ITEMS = {
    stem(0x10) + b"\0": VALUES[0],
    stem(0x10) + b"\1": VALUES[1],
    stem(0x10) + b"\xc0": VALUES[2],
    stem(0x50) + b"\7": VALUES[3],
    stem(0x80) + b"\0": VALUES[4],
    stem(0x81) + b"\0": VALUES[5],
    stem(0xE0) + b"\0": VALUES[6],
}
"""Ends: 0x10 and 0x50 at depth 2, 0x80 and 0x81 at depth 8, 0xe0 at depth 2."""
PRESENT = stem(0x10) + b"\1"
ABSENT_LEAF = stem(0x10) + b"\2"
EMPTY_SLOT = stem(0xA0) + b"\0"
OTHER = stem(0x51) + b"\0"
"""Its walk ends at 0x50."""
SEVERAL = (stem(0xE0) + b"\0", stem(0xE1) + b"\0")
"""One of two walks that end at one stem node."""
TREE = BinaryTree(DEFAULT, ITEMS)
ROOT = TREE.root
KEYS = (PRESENT, ABSENT_LEAF, EMPTY_SLOT, OTHER, *SEVERAL)
MADE = prove_keys(TREE, KEYS, {PRESENT: b"\xaa" * 32, OTHER: b"\xbb" * 32})
DIFF: tuple[StemDiff, ...] = MADE.diff
PROOF: BinaryProof = MADE.proof
WITNESS = BinaryWitness(DIFF, PROOF, DEFAULT.name, ROOT)


def doubtful() -> Iterator[tuple[bytes, BinaryWitness]]:
    """Root and witness of small states under the hash of ``strategies.loose``, with deep siblings."""
    random = Random(1)
    while True:
        tree = BinaryTree(DEFAULT)
        tree.digest = loose
        items = {random.randbytes(32): random.randbytes(32) for _ in range(5)}
        tree.put(items)
        made = prove_keys(tree, [min(items)])
        if made.proof.deep:
            yield tree.root, BinaryWitness(made.diff, made.proof, DEFAULT.name, tree.root)
