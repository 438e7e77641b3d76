"""A full Verkle tree over a store of node records.

A store keeps byte strings by key and writes batches whole or not at all: :class:`MemoryStore` here, and
one on disk (:mod:`verkle.lmdb_store`). Everything else is the same for both. Nothing is ever deleted:
the tree of EIP-6800 has no deletion.

Keys of the store: ``b"n" ‖ path`` for inner nodes, ``b"l" ‖ stem`` for leaves.

Sources: EIP-6800; SPEC 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from verkle.banderwagon import IDENTITY, Point, add, encode_many
from verkle.constants import KEY_BYTES, VALUE_BYTES
from verkle.errors import InvalidError, MalformedError
from verkle.pedersen import Committer
from verkle.records import InnerRecord, LeafRecord, encode_points, merge_inner, new_leaf
from verkle.update import Leaf, Slot, Write, update

__all__ = ["EMPTY_ROOT", "Change", "MemoryStore", "NodeStore", "StemValues", "Tree"]

StemValues = Mapping[bytes, Mapping[int, bytes]]
"""Values to write: by stem (31 bytes), then by suffix."""

EMPTY_ROOT: Final = bytes(32)
INNER: Final = b"n"
LEAF: Final = b"l"


class NodeStore(Protocol):
    """Where node records are kept."""

    def get(self, key: bytes) -> bytes | None:
        """The record under a key."""

    def put(self, records: Mapping[bytes, bytes]) -> None:
        """Write all records, or, if anything goes wrong, none."""

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All records whose key begins with ``prefix``, keys ascending."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch changes: the records below the root, and the root's slots; nothing if it has none.

    ``root``: its commitment after the change alone, ``None`` where the change was worked out elsewhere.
    """

    root: Point | None
    records: Mapping[bytes, bytes]
    root_slots: Mapping[int, Slot]


class MemoryStore:
    """Records in a dictionary."""

    def __init__(self, records: Mapping[bytes, bytes] | None = None) -> None:
        self._records: dict[bytes, bytes] = dict(records or {})

    def get(self, key: bytes) -> bytes | None:
        """The record under a key."""
        return self._records.get(key)

    def put(self, records: Mapping[bytes, bytes]) -> None:
        """Write all records."""
        self._records.update(records)

    def keep(self, keys: Iterable[bytes]) -> None:
        """Forget all records but these."""
        self._records = {key: self._records[key] for key in keys if key in self._records}

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All records whose key begins with ``prefix``, keys ascending."""
        for key in sorted(k for k in self._records if k.startswith(prefix)):
            yield key, self._records[key]


class Tree:
    """Get, iterate, write, and the root. Also a :class:`verkle.update.TreeView` of itself.

    ``committer``: keeps its tables from one batch to the next, and may serve several trees.
    """

    def __init__(self, store: NodeStore | None = None, committer: Committer | None = None) -> None:
        self._store: NodeStore = MemoryStore() if store is None else store
        self._commit_many = (committer or Committer()).commit_many
        self._inner: dict[bytes, InnerRecord | None] = {}

    # --- reading ----------------------------------------------------------------------------------

    @property
    def store(self) -> NodeStore:
        """Where the records are."""
        return self._store

    @property
    def root(self) -> bytes:
        """The root commitment in 32 bytes; of the empty tree, zeros."""
        node = self.inner_record(b"")
        return EMPTY_ROOT if node is None else encode_many([node.commitment])[0]

    def get(self, key: bytes) -> bytes | None:
        """The value of a 32-byte key, ``None`` if it is absent."""
        record = self.leaf_record(key[:-1])
        return None if record is None else record.value(key[-1])

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All (key, value), keys ascending."""
        for key, data in self._store.scan(LEAF):
            stem = key[1:]
            for suffix, value in LeafRecord(data, stem).values():
                yield stem + bytes([suffix]), value

    def inner_record(self, path: bytes) -> InnerRecord | None:
        """The inner node at a path."""
        if path in self._inner:
            return self._inner[path]
        data = self._store.get(INNER + path)
        return None if data is None else InnerRecord(data, path)

    def leaf_record(self, stem: bytes) -> LeafRecord | None:
        """The leaf of a stem."""
        data = self._store.get(LEAF + stem)
        return None if data is None else LeafRecord(data, stem)

    def locate(self, stem: bytes) -> tuple[bytes, bytes | None]:
        """Where the walk to a stem ends: the path, and the stem of the leaf there (``None``: empty)."""
        for depth in range(len(stem)):
            path = stem[:depth]
            node = self._require(path) if depth else self.inner_record(path)
            slot = None if node is None else node.slot(stem[depth])
            if slot is None:
                return stem[: depth + 1], None
            if slot.stem is not None:
                return stem[: depth + 1], slot.stem
        raise MalformedError("STORE_DAMAGED", "a walk passes the last byte of its stem", where={"stem": stem})

    def _require(self, path: bytes) -> InnerRecord:
        node = self.inner_record(path)
        if node is None:
            raise MalformedError("STORE_DAMAGED", "an inner node is missing", where={"path": path})
        return node

    # --- verkle.update.TreeView -------------------------------------------------------------------

    def inner(self, path: bytes) -> Point:
        """The commitment of the inner node at a path."""
        node = self.inner_record(path)
        if node is None and not path:
            return IDENTITY
        return self._require(path).commitment

    def slot_image(self, path: bytes) -> int:
        """The image that the parent of ``path`` has for it; 0 if the slot is empty."""
        node = self.inner_record(path[:-1])
        slot = None if node is None else node.slot(path[-1])
        return 0 if slot is None else slot.image

    def leaf(self, stem: bytes) -> Leaf:
        """The leaf of a stem that is present."""
        record = self.leaf_record(stem)
        if record is None:
            raise MalformedError("STORE_DAMAGED", "a leaf is missing", where={"stem": stem})
        return record.leaf

    # --- writing ----------------------------------------------------------------------------------

    def put(self, items: Mapping[bytes, bytes] | Iterable[tuple[bytes, bytes]]) -> None:
        """Write many leaves in one batch. What equals the present value is no change.

        Raises:
            MalformedError: ``KEY_LENGTH``, ``VALUE_LENGTH``.
            InvalidError: ``KEY_REPEATED``: one key twice in one batch.
        """
        pairs = items.items() if isinstance(items, Mapping) else items
        values: dict[bytes, dict[int, bytes]] = {}
        for key, value in pairs:
            _check(key, value)
            of_stem = values.setdefault(key[:-1], {})
            if key[-1] in of_stem:
                raise InvalidError("KEY_REPEATED", "a batch has one key twice", where={"key": key})
            of_stem[key[-1]] = value
        self.put_stems(values)

    def put_stems(self, values: StemValues) -> None:
        """As :meth:`put`, of values that are by stem already; lengths are not checked again."""
        change = self.work_out(values)
        if change.root is not None:
            self._write(change, change.root)

    def work_out(self, values: StemValues) -> Change:
        """What :meth:`put_stems` would change; nothing is written."""
        try:
            return self._work_out(values)
        finally:
            self._inner.clear()

    def excerpt(self, stems: Iterable[bytes]) -> dict[bytes, bytes]:
        """The records that a change of these stems' values depends on: a store for :meth:`work_out`."""
        records: dict[bytes, bytes | None] = {}
        for stem in stems:
            records[LEAF + stem] = self._store.get(LEAF + stem)
            for depth in range(len(stem)):
                key = INNER + stem[:depth]
                if key not in records:
                    records[key] = self._store.get(key)
                if records[key] is None:
                    break
        return {key: record for key, record in records.items() if record is not None}

    def take_over(self, change: Change) -> None:
        """Write what was worked out on a copy of this tree that differed, if at all, in other root slots."""
        if not change.root_slots:
            return
        delta = {i: slot.image - self.slot_image(bytes([i])) for i, slot in change.root_slots.items()}
        self._write(change, add(self.inner(b""), self._commit_many([delta])[0]))

    def _write(self, change: Change, root: Point) -> None:
        record = merge_inner(self.inner_record(b""), encode_points([root])[0], change.root_slots)
        self._store.put({**change.records, INNER: record})

    def _work_out(self, values: StemValues) -> Change:
        writes: dict[bytes, list[Write]] = {}
        all_values: dict[bytes, dict[int, bytes]] = {}
        for stem in sorted(values):
            record = self.leaf_record(stem)
            old = {} if record is None else dict(record.values())
            changed = [Write(s, old.get(s), v) for s, v in values[stem].items() if old.get(s) != v]
            if changed:
                writes[stem] = changed
                all_values[stem] = {**old, **values[stem]}
        if not writes:
            return Change(None, {}, {})
        self._remember(writes)
        result = update(self, writes, self._commit_many)
        points = [
            p for leaf in result.leaves.values() for p in (leaf.commitment, *(h[0] for h in leaf.halves))
        ]
        encoded = encode_points([*points, *result.inner.values()])
        records = {
            LEAF + stem: new_leaf(encoded[3 * i : 3 * i + 3], leaf, all_values[stem])
            for i, (stem, leaf) in enumerate(result.leaves.items())
        }
        for point, path in zip(encoded[len(points) :], result.inner, strict=True):
            if path:
                records[INNER + path] = merge_inner(self.inner_record(path), point, result.slots[path])
        return Change(result.root, records, result.slots[b""])

    def _remember(self, stems: Iterable[bytes]) -> None:
        """Keep the inner nodes above these stems at hand for the length of one batch."""
        for stem in stems:
            for depth in range(len(stem)):
                path = stem[:depth]
                if path not in self._inner:
                    self._inner[path] = self.inner_record(path)
                if self._inner[path] is None:
                    break


def _check(key: bytes, value: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise MalformedError("KEY_LENGTH", "a tree key has 32 bytes", expected=KEY_BYTES, got=len(key))
    if len(value) != VALUE_BYTES:
        raise MalformedError(
            "VALUE_LENGTH",
            "a leaf value has 32 bytes",
            where={"key": key},
            expected=VALUE_BYTES,
            got=len(value),
        )
