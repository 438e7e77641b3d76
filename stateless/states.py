"""What can be asked of a state: build its tree on disk, its root, a value, its shape.

Everything works on a :class:`stateless.state_source.StateSource`, whatever it is read from, in memory that
does not grow with the state; only :func:`tree_of` keeps a state in memory, where it is in no store.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from stateless.state_source import StateSource
from verkle.build import Watcher, build, root_of
from verkle.errors import MalformedError
from verkle.leaf_sort import SortedLeaves
from verkle.lmdb_store import LmdbStore
from verkle.records import LeafRecord
from verkle.shape import Shape, shape_of
from verkle.store_schema import StateInfo
from verkle.tree import INNER, LEAF, MemoryStore, Tree

__all__ = ["build_store", "state_root", "state_shape", "state_value", "tree_of"]


def _unwatched(_: object) -> None: ...


def build_store(
    source: StateSource, path: Path, *, jobs: int = 1, progress: Watcher = _unwatched
) -> tuple[StateInfo, StateInfo]:
    """Put a state into the store at ``path``, made if it is not there; what it held before and holds now.

    Raises as ``LmdbStore`` and ``verkle.build.build``; the batches that were written before an error, or
    before an interruption, are kept.
    """
    with LmdbStore(path, write=True, embedding=source.embedding) as store:
        before = store.state
        build(store, source.rows(), jobs=jobs, progress=progress, directory=path)
        return before, store.state


def state_root(source: StateSource, *, jobs: int = 1, progress: Watcher = _unwatched) -> bytes:
    """The root, 32 bytes: computed, or, of a store, as it says and as its tree bears out."""
    if source.store is not None:
        return source.store.state.root
    return root_of(source.rows(), jobs=jobs, progress=progress)


def state_value(source: StateSource, key: bytes) -> bytes | None:
    """The value (32 bytes) of a tree key, ``None`` if it is absent."""
    if source.store is not None:
        return Tree(source.store).get(key)
    found = None
    with SortedLeaves(source.rows()) as leaves:
        for stem, values in leaves.stems():
            if stem == key[:-1]:
                found = values.get(key[-1])
    return found


def state_shape(source: StateSource) -> Shape:
    """The shape of the state's tree; of a store, its records are all read and counted.

    Raises ``MalformedError`` ``STORE_DAMAGED``.
    """
    if source.store is None:
        with SortedLeaves(source.rows()) as leaves:
            return shape_of((stem, len(values)) for stem, values in leaves.stems())
    store = source.store
    shape = shape_of((key[1:], LeafRecord(data, key[1:]).count) for key, data in store.scan(LEAF))
    inner_at = Counter(len(key) - len(INNER) for key, _ in store.scan(INNER))
    said = (store.state.stems, store.state.leaves)
    if inner_at != shape.inner_at or (shape.stems, shape.leaves) != said:
        raise MalformedError(
            "STORE_DAMAGED",
            "the store's records are not those of one tree",
            where={"store": str(store.path)},
            expected={"stems": said[0], "leaves": said[1], "inner_nodes": sum(shape.inner_at.values())},
            got={"stems": shape.stems, "leaves": shape.leaves, "inner_nodes": inner_at.total()},
        )
    return shape


def tree_of(source: StateSource, *, jobs: int = 1) -> Tree:
    """The whole tree: over the store, or built in memory."""
    if source.store is not None:
        return Tree(source.store)
    return build(MemoryStore(), source.rows(), jobs=jobs)
