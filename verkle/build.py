"""Put any number of leaves into a tree, in batches, in several processes.

The leaves are sorted first (:mod:`verkle.leaf_sort`), so that a batch is a range of keys: batches touch
different nodes, but for those that share a slot of the root, and each node below the root is worked out about
once. A batch is written whole before the next one: whatever ends the build, the store then holds what it
held before, and all new leaves up to some key.

With ``jobs`` the batches are worked out in other processes, which get the values and the records that their
change depends on and send back the records that it makes; only this process reads and writes the store. A
batch that shares a slot of the root with one before it waits for that one. Memory grows with the batch and
the number of processes, not with the state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from verkle.leaf_sort import Row, SortedLeaves
from verkle.pedersen import Committer
from verkle.tree import INNER, LEAF, Change, MemoryStore, NodeStore, Tree
from verkle.workers import Workers

__all__ = ["BATCH_LEAVES", "Progress", "build", "root_of"]

BATCH_LEAVES: Final = 10_000
"""Most leaves in a batch: a few seconds of work."""
LEAST_BATCH: Final = 1_000
"""Leaves that are worth a process of their own; with several, batches are no smaller than this."""
BATCHES_EACH: Final = 4
"""Batches for each process at least, if there are leaves enough, so that all end at about one time."""
AHEAD: Final = 2
"""Batches for each process that may be on their way or wait for one before them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is. ``total``: of leaves, not known while they are read."""

    phase: Literal["reading", "building"]
    leaves: int
    total: int | None


Watcher = Callable[[Progress], None]
Batch = tuple[dict[bytes, dict[int, bytes]], int]
"""Values to write, and how many."""


def build(
    store: NodeStore,
    rows: Iterable[Row],
    *,
    jobs: int = 1,
    batch_leaves: int = BATCH_LEAVES,
    progress: Watcher = lambda _: None,
    directory: Path | None = None,
) -> Tree:
    """Put all rows into the store's tree, which need not be empty, and return it.

    ``directory``: for the temporary file of the sorting (default: the system's).

    Raises:
        MalformedError: ``KEY_LENGTH``, ``VALUE_LENGTH``; InvalidError: ``KEY_REPEATED``: then nothing has
            been written.
        MachineError: ``STORE_FULL``, ``WORKER_ENDED``; MalformedError: ``STORE_DAMAGED``: then the batches
            before have been written.
    """
    committer = Committer()
    tree = Tree(store, committer)
    with SortedLeaves(rows, directory, lambda n: progress(Progress("reading", n, None))) as leaves:
        jobs = max(1, min(jobs, leaves.count // LEAST_BATCH))
        if jobs > 1:
            batch_leaves = min(batch_leaves, max(LEAST_BATCH, leaves.count // (jobs * BATCHES_EACH)))
        batches = _batches(leaves.stems(), batch_leaves)
        done = 0
        with closing(_in_processes(tree, batches, jobs) if jobs > 1 else _here(tree, batches)) as sizes:
            for size in sizes:
                done += size
                progress(Progress("building", done, leaves.count))
    return tree


def root_of(rows: Iterable[Row], *, jobs: int = 1, progress: Watcher = lambda _: None) -> bytes:
    """The root (32 bytes) of the tree of these rows, in memory that does not grow with it.

    Raises: as :func:`build`.
    """
    return build(_Passing(), rows, jobs=jobs, progress=progress).root


class _Passing(MemoryStore):
    """Keeps of a tree that is built in the order of its keys only what later keys can still change.

    A later stem meets no leaf that is there, and of the inner nodes only those above the last stem.
    """

    def put(self, records: Mapping[bytes, bytes]) -> None:
        """Write all records, and forget those that nothing will depend on."""
        super().put(records)
        last = max(key for key in records if key.startswith(LEAF))[1:]
        self.keep(INNER + last[:depth] for depth in range(len(last)))


def _batches(stems: Iterator[tuple[bytes, dict[int, bytes]]], limit: int) -> Iterator[Batch]:
    """Batches of some ``limit`` leaves, cut where the first byte of the stem changes if possible."""
    batch: dict[bytes, dict[int, bytes]] = {}
    size = 0
    for _, group in groupby(stems, key=lambda pair: pair[0][0]):
        for part, part_size in _parts(group, limit):
            if size + part_size > limit and batch:
                yield batch, size
                batch, size = {}, 0
            batch |= part
            size += part_size
    if batch:
        yield batch, size


def _parts(
    stems: Iterable[tuple[bytes, dict[int, bytes]]], limit: int
) -> Iterator[tuple[dict[bytes, dict[int, bytes]], int]]:
    part: dict[bytes, dict[int, bytes]] = {}
    size = 0
    for stem, values in stems:
        part[stem] = values
        size += len(values)
        if size >= limit:
            yield part, size
            part, size = {}, 0
    if part:
        yield part, size


def _here(tree: Tree, batches: Iterable[Batch]) -> Generator[int]:
    for values, size in batches:
        tree.put_stems(values)
        yield size


def _in_processes(tree: Tree, batches: Iterator[Batch], jobs: int) -> Generator[int]:
    """Write every batch, in order; yields their sizes."""
    pending: deque[tuple[int, int]] = deque()  # size and last root slot of batches not written yet
    changes: dict[int, Change] = {}
    sent = written = 0
    with Workers(jobs) as workers:
        upcoming = next(batches, None)
        while upcoming is not None or pending:
            while upcoming is not None and workers.idle and len(pending) < AHEAD * jobs:
                values, size = upcoming
                if pending and next(iter(values))[0] == pending[-1][1]:
                    break
                workers.send(sent, tree.excerpt(values), values)
                sent += 1
                pending.append((size, next(reversed(values))[0]))
                upcoming = next(batches, None)
            changes |= workers.receive()
            while written in changes:
                tree.take_over(changes.pop(written))
                written += 1
                yield pending.popleft()[0]
