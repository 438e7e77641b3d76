"""A proof over the binary tree, and a witness with it, as values.

Nothing here checks: orders, counts and lengths are claims of the input (``witness.binary.shape``).

Notation. A *path end* is where the walk to one or several asked stems ends: at an empty slot, at a stem
node. A *sibling* is the hash of a node beside a path, 32 zero bytes where that slot is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from verkle.diff import StemDiff

__all__ = [
    "DEEP_STEPS",
    "BinaryProof",
    "BinaryWitness",
    "DeepSibling",
    "EndKind",
    "PathEnd",
    "ShownValue",
]

EndKind = Literal["empty", "own", "named"]
"""``empty``: no node. ``own``: the stem node of the one asked stem whose path ends here. ``named``: a stem
node whose stem the proof gives: another's, or that of one of several asked stems that end here."""

DEEP_STEPS: Final = 9
"""Hashes of 64 bytes, one within the other: more than the values of a stem have."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value that nobody asked for: the last one of its stem, which shows that a stem node is one."""

    suffix: int
    value: bytes


@dataclass(frozen=True, slots=True)
class PathEnd:
    """Where a walk ends: kind, depth (0 … 248), stem (31 bytes) where ``named``, what shows the kind."""

    kind: EndKind
    depth: int
    stem: bytes | None = None
    shown: ShownValue | None = None


@dataclass(frozen=True, slots=True)
class DeepSibling:
    """What shows that a sibling has nine levels below it, so that what is above it is no stem node.

    ``sibling``: its number among the proof's siblings. ``steps``: from the sibling down, to the right child
    (32 bytes: the hash of the left one, zeros if it is empty) or, where there is none, to the left one
    (``None``). ``bottom``: the hash that is reached.
    """

    sibling: int
    steps: tuple[bytes | None, ...]
    bottom: bytes


@dataclass(frozen=True, slots=True)
class BinaryProof:
    """The proof without its values.

    ``ends``: by path, ascending. ``siblings``: in the order in which a walk from the root, left before right,
    enters the nodes that hold them. ``stem_siblings``: end by end, each in the order of ``subtree.beside``.
    ``deep``: by sibling, ascending.
    """

    ends: tuple[PathEnd, ...] = ()
    siblings: tuple[bytes, ...] = ()
    stem_siblings: tuple[bytes, ...] = ()
    deep: tuple[DeepSibling, ...] = ()


@dataclass(frozen=True, slots=True)
class BinaryWitness:
    """Every value that a block touches, before and after, and one proof of all values before.

    ``rules``: the name of the tree's rules (``witness.binary.rules``). ``pre_root``: 32 bytes, the root
    before the block as *the input* states it, which who uses it must bind to the parent header or call
    asserted. ``post_root``: the root after the block as the input states it, for a block whose header has the
    root of another tree.
    """

    state_diff: tuple[StemDiff, ...]
    proof: BinaryProof
    rules: str
    pre_root: bytes | None = None
    post_root: bytes | None = None
