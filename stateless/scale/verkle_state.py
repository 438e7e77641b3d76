"""A Verkle tree of N stems of which only the touched paths exist, and which the ordinary prover proves.

What stands in the store are ordinary records (:mod:`verkle.records`): the inner nodes on the touched paths,
the touched leaves, and the foreign leaves that a walk to an absent stem meets. Their commitments really
commit to their children. What only stands beside a path has an image and nothing below: nobody goes there.

To commit to 256 random images for each node would cost 256 products. Instead all nodes share one vector v, of
which each product v_i·G_i is known: a node has s·v_i at each taken slot i that no walk enters, with a 64-bit
s drawn for it, so that it costs at most 128 additions, one short product, and one product more for each slot
that is entered. Sizes and the work of prover and verifier do not depend on these numbers.

Sources: EIP-6800; SPEC 4.1; SCALE 1.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from stateless.scale.leaves import FOREIGN_SUFFIX, by_stem, touched_stems
from stateless.scale.occupancy import Occupancy, key_of_prefix, prefix_of
from verkle.banderwagon import IDENTITY, Cached, Point, add, cache_many, map_to_field_many, multiply
from verkle.constants import STEM_BYTES, WIDTH
from verkle.field import R
from verkle.msm import accumulate, negate_cached
from verkle.pedersen import Committer
from verkle.proof import LEAF_SLOTS
from verkle.records import LeafRecord, encode_points, merge_inner
from verkle.tree import INNER, LEAF, MemoryStore, Tree
from verkle.update import Slot

__all__ = ["VerkleState", "sample_verkle"]

BITS: Final = 8


@dataclass(frozen=True, slots=True)
class VerkleState:
    """The tree, and what was drawn for it.

    ``tree``: give it to :func:`verkle.prover.prove_keys`, with keys of touched stems; it can be written to,
    too. ``depths``: for each touched stem how deep its walk ends (the root has depth 0). ``remembered``:
    prefixes kept while drawing.
    """

    tree: Tree
    depths: Mapping[bytes, int]
    remembered: int


@dataclass(slots=True)
class _Node:
    """An inner node: the slots beside the walks (taken slot → stem of a leaf, ``None`` for an inner node),
    those that walks enter, and the stems of touched leaves that hang on it."""

    beside: dict[int, bytes | None]
    leaves: dict[int, bytes]
    inner: list[int]


def sample_verkle(
    seed: bytes,
    stems: int,
    leaves: Mapping[bytes, bytes | None],
    *,
    committer: Committer | None = None,
    visits: Iterable[bytes] = (),
) -> VerkleState:
    """A state of ``stems`` random stems and the given leaves: 32-byte key → value, ``None`` for absent.

    A stem is in the tree if one of its leaves is; leaves that are given need not be proven. ``visits``: stems
    (31 bytes) besides those of ``leaves`` to which walks must be possible.

    The same arguments give the same tree, in whatever order the leaves are given. Other leaves give another
    root, since an image beside a path is replaced by that of a real node where a walk enters.

    Raises:
        ValueError: a key, a value or a stem of a wrong length; a number of stems that no state has.
    """
    occupancy = Occupancy(b"verkle" + seed, stems, 8 * STEM_BYTES)
    values = by_stem(leaves)
    touched = touched_stems(leaves, visits)
    walks = _Walks(occupancy, frozenset(values))
    walks.run(touched)
    more = sorted({stem for path in walks.doubtful for stem in walks.first_below(path)}.difference(touched))
    depths = {stem: walks.depths[stem] for stem in touched}
    if more:
        walks.run(sorted([*touched, *more]))
    committer = committer or Committer()
    records = _commit(walks, values, committer)
    return VerkleState(Tree(MemoryStore(records), committer), depths, occupancy.remembered)


class _Walks:
    """All nodes that the walks to some stems go through.

    ``doubtful``: nodes above an empty slot where a walk ends, that the openings of that walk do not show to
    be inner nodes. A prover that shows it by a key more (``verkle.prover``) takes the first leaf below.
    """

    def __init__(self, occupancy: Occupancy, present: frozenset[bytes]) -> None:
        self.occupancy: Final = occupancy
        self._present: Final = present
        self._sorted: Final = sorted(present)
        self.nodes: Final[dict[bytes, _Node]] = {}
        self.depths: Final[dict[bytes, int]] = {}
        self.foreign: Final[set[bytes]] = set()
        self.doubtful: Final[set[bytes]] = set()
        self._taken: Final[dict[bytes, dict[int, bytes | None]]] = {}

    def run(self, touched: Sequence[bytes]) -> None:
        """Walk to all of these stems, ascending and each once, and forget earlier walks."""
        for found in (self.nodes, self.depths, self.foreign, self.doubtful):
            found.clear()
        todo = [(b"", touched)] if self.occupancy.keys or self._present else []
        if not todo:
            self.depths.update(dict.fromkeys(touched, 1))
        while todo:
            path, stems = todo.pop()
            for index, group in self._enter(path, stems):
                todo.append((path + bytes([index]), group))

    def _enter(self, path: bytes, stems: Sequence[bytes]) -> list[tuple[int, list[bytes]]]:
        """Look at one inner node; returns the walks that go on below it, by slot."""
        prefix = prefix_of(path)
        depth = len(path) + 1
        groups: dict[int, list[bytes]] = {}
        for stem in stems:
            groups.setdefault(stem[depth - 1], []).append(stem)
        beside = dict(self._taken_by_drawn(path))
        node = self.nodes[path] = _Node(beside, {}, [])
        below: list[tuple[int, list[bytes]]] = []
        for index, group in groups.items():
            beside.pop(index, None)
            own = [stem for stem in group if stem in self._present]
            child = prefix << BITS | index
            total = self.occupancy.count(child) + len(own)
            if total > 1:
                node.inner.append(index)
                below.append((index, group))
                continue
            if total == 1:
                leaf = own[0] if own else key_of_prefix(self.occupancy.lone(child))
                node.leaves[index] = leaf
                if not own:
                    self.foreign.add(leaf)
            for stem in group:
                self.depths[stem] = depth
                if total == 0:
                    self._doubt(stem, depth)
        return below

    def _taken_by_drawn(self, path: bytes) -> dict[int, bytes | None]:
        """The slots of a node that drawn stems are in, with the stem where it is one."""
        taken = self._taken.get(path)
        if taken is None:
            prefix = prefix_of(path)
            if self.occupancy.is_full(prefix, BITS):
                taken = dict.fromkeys(range(WIDTH))
            else:
                taken = {
                    index: None if child.key is None else key_of_prefix(child.key)
                    for index, child in self.occupancy.children(prefix, BITS).items()
                }
            self._taken[path] = taken
        return taken

    def _doubt(self, stem: bytes, depth: int) -> None:
        for above in range(1, depth):
            if above == depth - 1 or 0 < stem[above] < LEAF_SLOTS:
                self.doubtful.add(stem[:above])

    def first_below(self, path: bytes) -> list[bytes]:
        """The lowest stem below a node, in a list that is empty if there is none."""
        prefix = prefix_of(path)
        drawn = self.occupancy.first(prefix)
        found = [] if drawn is None else [key_of_prefix(drawn)]
        at = bisect_left(self._sorted, path)
        found += [stem for stem in self._sorted[at : at + 1] if stem.startswith(path)]
        return [min(found)] if found else []


def _commit(
    walks: _Walks, values: Mapping[bytes, Mapping[int, bytes]], committer: Committer
) -> dict[bytes, bytes]:
    """The records of all that the walks go through, from the leaves up."""
    foreign = {
        stem: {FOREIGN_SUFFIX: walks.occupancy.draw(b"v", prefix_of(stem), 32)} for stem in walks.foreign
    }
    values = {**values, **foreign}
    change = Tree(committer=committer).work_out(values)
    records = {key: record for key, record in change.records.items() if key.startswith(LEAF)}
    images = {stem: LeafRecord(records[LEAF + stem], stem).half(0).image for stem in values}

    below: dict[bytes, int] = {}
    for depth in range(max(map(len, walks.nodes), default=-1), -1, -1):
        paths = [path for path in walks.nodes if len(path) == depth]
        factors = {
            path: int.from_bytes(walks.occupancy.draw(b"s", prefix_of(path), 8), "big") | 1 for path in paths
        }
        entered: dict[bytes, dict[int, Slot]] = {}
        for path in paths:
            node = walks.nodes[path]
            slots = {index: Slot(images[stem], stem) for index, stem in node.leaves.items()}
            slots |= {index: Slot(below[path + bytes([index])], None) for index in node.inner}
            entered[path] = slots
        deltas = committer.commit_many(
            [{index: slot.image for index, slot in slots.items()} for slots in entered.values()]
        )
        points = [
            add(delta, multiply(_sum_beside(walks.nodes[path].beside), factors[path]))
            for path, delta in zip(paths, deltas, strict=True)
        ]
        below = dict(zip(paths, map_to_field_many(points), strict=True))
        for path, encoded in zip(paths, encode_points(points), strict=True):
            slots = entered[path]
            for index, stem_beside in walks.nodes[path].beside.items():
                slots[index] = Slot(factors[path] * _mould().scalars[index] % R, stem_beside)
            records[INNER + path] = merge_inner(None, encoded, slots)
    return records


@dataclass(frozen=True, slots=True)
class _Mould:
    """The vector that all nodes share, its products v_i·G_i and their negatives, and the sum of all."""

    scalars: tuple[int, ...]
    plus: tuple[Cached, ...]
    minus: tuple[Cached, ...]
    total: Point


@cache
def _mould() -> _Mould:
    stream = hashlib.shake_128(b"images beside the touched paths").digest(48 * WIDTH)
    scalars = tuple(int.from_bytes(stream[48 * i : 48 * i + 48], "big") % R for i in range(WIDTH))
    points = Committer().commit_many([{index: scalar} for index, scalar in enumerate(scalars)])
    plus = tuple(cache_many(points))
    return _Mould(scalars, plus, tuple(negate_cached(plus)), accumulate(IDENTITY, plus))


def _sum_beside(beside: Iterable[int]) -> Point:
    """Σ v_i·G_i over these slots."""
    mould, chosen = _mould(), set(beside)
    if 2 * len(chosen) <= WIDTH:
        return accumulate(IDENTITY, [mould.plus[index] for index in chosen])
    return accumulate(mould.total, [mould.minus[index] for index in range(WIDTH) if index not in chosen])
