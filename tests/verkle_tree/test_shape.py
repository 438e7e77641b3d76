"""The shape of a tree from its stems is the shape of the tree."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.verkle.strategies import examples, stem_families, suffixes
from tests.verkle_tree.leaves import random_leaves
from verkle.shape import Shape, shape_of
from verkle.tree import INNER, LEAF, MemoryStore, Tree


def counted(leaves: dict[bytes, bytes]) -> Shape:
    """By looking at every record of the tree."""
    store = MemoryStore()
    tree = Tree(store)
    tree.put(leaves)
    inner = dict(store.scan(INNER))
    stems = {key[1:]: data for key, data in store.scan(LEAF)}
    values = Counter(key[:-1] for key in leaves)
    return Shape(
        stems=len(stems),
        leaves=len(leaves),
        stems_at=dict(sorted(Counter(len(tree.locate(stem)[0]) for stem in stems).items())),
        inner_at=dict(sorted(Counter(len(key) - 1 for key in inner).items())),
        stems_with=dict(sorted(Counter(values.values()).items())),
        inner_bytes=sum(map(len, inner.values())),
        leaf_bytes=sum(map(len, stems.values())),
    )


def measured(leaves: dict[bytes, bytes]) -> Shape:
    return shape_of(sorted(Counter(key[:-1] for key in leaves).items()))


@given(stem_families(max_size=10), st.data())
@examples(40)
def test_shapes(stems: list[bytes], data: st.DataObject) -> None:
    leaves = {
        stem + bytes([s]): bytes(32)
        for stem in stems
        for s in data.draw(st.lists(suffixes, min_size=1, max_size=3, unique=True))
    }
    assert measured(leaves) == counted(leaves)


def test_a_tree_of_random_leaves() -> None:
    leaves = random_leaves(600, 1, stems=400)
    assert measured(leaves) == counted(leaves)


def test_the_empty_tree() -> None:
    assert shape_of([]) == Shape(0, 0, {}, {}, {}, 0, 0)
