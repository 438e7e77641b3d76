"""A build gives the tree of its leaves, whatever the batches, the processes and what was there before."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.tree import Tree as OracleTree
from tests.verkle.strategies import examples, stem_families, suffixes, values
from tests.verkle_tree.leaves import Recording, grown, random_leaves, rows, states_of
from verkle import build as building
from verkle.build import Progress, build, root_of
from verkle.errors import InvalidError, MachineError, MalformedError
from verkle.leaf_sort import Row
from verkle.tree import EMPTY_ROOT, INNER, LEAF, MemoryStore, Tree
from verkle.workers import Workers


@st.composite
def families(draw: st.DrawFn) -> dict[bytes, bytes]:
    return {
        stem + bytes([s]): draw(values)
        for stem in draw(stem_families(max_size=8))
        for s in draw(st.lists(suffixes, min_size=1, max_size=3, unique=True))
    }


# Laws


@given(families(), st.integers(1, 6), st.randoms(use_true_random=False))
@examples(40)
def test_order_and_batches_do_not_matter(leaves: dict[bytes, bytes], batch: int, random: Random) -> None:
    root = OracleTree.of(leaves).root()
    shuffled = rows(leaves)
    random.shuffle(shuffled)
    tree = build(MemoryStore(), shuffled, batch_leaves=batch)
    assert tree.root == root
    assert dict(tree.items()) == leaves
    one_by_one = Tree()
    for key, value, _ in shuffled:
        one_by_one.put({key: value})
    assert one_by_one.root == root


@given(families(), families(), st.integers(1, 6))
@examples(40)
def test_a_tree_that_is_there_already(old: dict[bytes, bytes], new: dict[bytes, bytes], batch: int) -> None:
    store = MemoryStore()
    build(store, rows(old), batch_leaves=batch)
    tree = build(store, rows(new), batch_leaves=batch)
    assert tree.root == grown(old | new).root
    assert dict(tree.items()) == old | new


@given(families(), st.integers(1, 6))
@examples(30)
def test_the_root_alone_needs_only_what_is_above_the_last_stem(
    leaves: dict[bytes, bytes], batch: int
) -> None:
    store = building._Passing()
    assert build(store, rows(leaves), batch_leaves=batch).root == grown(leaves).root
    last = max(leaves)[:-1]
    assert all(INNER + last[: len(key) - 1] == key for key, _ in store.scan(b""))


@given(families())
@examples(30)
def test_a_change_worked_out_on_an_excerpt(leaves: dict[bytes, bytes]) -> None:
    """Half of the leaves are there; the other half is worked out on the records that it depends on."""
    keys = sorted(leaves)
    tree = grown({key: leaves[key] for key in keys[::2]})
    new: dict[bytes, dict[int, bytes]] = {}
    for key in keys[1::2]:
        new.setdefault(key[:-1], {})[key[-1]] = leaves[key]
    excerpt = Tree(MemoryStore(tree.excerpt(new)))
    tree.take_over(excerpt.work_out(new))
    assert tree.root == grown(leaves).root
    assert dict(tree.items()) == leaves


def test_nothing_to_write() -> None:
    tree = build(MemoryStore(), [])
    assert tree.root == EMPTY_ROOT
    assert root_of([]) == EMPTY_ROOT
    leaves = random_leaves(20, 1)
    store = Recording()
    build(store, rows(leaves))
    build(store, rows(leaves))  # all there already: no batch
    assert len(store.states) == 2


# Processes


def test_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """On what was there already; leaves under few stems, and several batches under one slot of the root."""
    monkeypatch.setattr(building, "LEAST_BATCH", 100)
    old = random_leaves(300, 1, stems=100)
    new = random_leaves(500, 2) | random_leaves(300, 1, stems=50)
    new |= {b"\x07" + key[1:]: value for key, value in random_leaves(400, 3).items()}
    store = MemoryStore()
    build(store, rows(old))
    told: list[Progress] = []
    tree = build(store, rows(new), jobs=2, batch_leaves=100, progress=told.append)
    assert tree.root == grown(old | new).root
    assert dict(tree.items()) == old | new
    assert told[-1] == Progress("building", len(new), len(new))
    assert len(told) > 10


def test_the_root_by_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "LEAST_BATCH", 50)
    leaves = random_leaves(300, 4)
    assert root_of(rows(leaves), jobs=2) == grown(leaves).root


def test_a_damaged_record_is_refused_by_its_code_from_a_process_too() -> None:
    leaves = random_leaves(50, 5)
    tree = grown(leaves)
    stem = min(leaves)[:-1]
    records = tree.excerpt([stem])
    records[LEAF + stem] = records[LEAF + stem][:-1]
    with Workers(1) as workers:
        workers.send(0, records, {stem: {0: bytes(32)}})
        with pytest.raises(MalformedError) as caught:
            workers.receive()
        assert (caught.value.code, caught.value.where) == ("STORE_DAMAGED", {"stem": stem})
        workers.send(1, {}, {stem: {0: bytes(32)}})  # the process goes on
        assert list(workers.receive()) == [1]


def _send_and_receive(workers: Workers) -> None:
    """Which of the two finds a dead process is a matter of time."""
    workers.send(0, {}, {bytes(31): {0: bytes(32)}})
    workers.receive()


def test_a_process_that_is_killed() -> None:
    with Workers(2) as workers:
        for process in workers._processes:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        with pytest.raises(MachineError) as caught:
            _send_and_receive(workers)
    assert caught.value.code == "WORKER_ENDED"


def test_processes_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/interpreter")
    with pytest.raises(MachineError) as caught:
        Workers(1)
    assert caught.value.code == "WORKER_ENDED"


# What ends a build early


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Progress] = []
    build(MemoryStore(), rows(random_leaves(100, 6)), batch_leaves=30, progress=told.append)
    assert told[0] == Progress("reading", 100, None)
    done = [progress.leaves for progress in told[1:]]
    assert done == sorted(done)
    assert told[-1] == Progress("building", 100, 100)
    assert len(done) >= 4


@pytest.mark.parametrize("after", [1, 3])
@pytest.mark.parametrize("jobs", [1, 2])
def test_interrupted(monkeypatch: pytest.MonkeyPatch, after: int, jobs: int) -> None:
    """What is there is the state after a batch; the same call takes it up again."""
    monkeypatch.setattr(building, "LEAST_BATCH", 20)
    leaves = random_leaves(200, 7)
    batches = states_of(leaves, 20)
    written = 0

    def interrupt(progress: Progress) -> None:
        nonlocal written
        written += progress.phase == "building"
        if written == after:
            raise KeyboardInterrupt

    store = Recording()
    with pytest.raises(KeyboardInterrupt):
        build(store, rows(leaves), jobs=jobs, batch_leaves=20, progress=interrupt)
    assert store.states == batches[: after + 1]
    kept = dict(sorted(leaves.items())[: batches[after][1]])
    assert dict(Tree(store).items()) == kept
    assert build(store, rows(leaves)).root == batches[-1][0]


@pytest.mark.parametrize(
    ("row", "family", "code"),
    [
        (Row(bytes(31), bytes(32)), MalformedError, "KEY_LENGTH"),
        (Row(bytes(32), bytes(31)), MalformedError, "VALUE_LENGTH"),
        (Row(b"\xff" * 32, bytes(32)), InvalidError, "KEY_REPEATED"),
    ],
)
def test_refused_rows_leave_the_store_alone(row: Row, family: type[InvalidError], code: str) -> None:
    """Also where the fault is in the last of many batches."""
    store = Recording()
    given_rows = [*rows(random_leaves(50, 8)), Row(b"\xff" * 32, bytes(32)), row]
    with pytest.raises(family) as caught:
        build(store, given_rows, batch_leaves=10)
    assert caught.value.code == code
    assert len(store.states) == 1


def test_the_temporary_file_goes_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("verkle.leaf_sort.RUN_LEAVES", 10)
    leaves = random_leaves(35, 9)
    assert build(MemoryStore(), rows(leaves), directory=tmp_path).root == grown(leaves).root
    with pytest.raises(MachineError):
        build(MemoryStore(), rows(leaves), directory=tmp_path / "not there")
