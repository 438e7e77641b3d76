"""What a build that is killed, interrupted or out of disk leaves behind: a state before or after a batch.

The builds run in processes of their own, on leaves whose every batch is known; after each, the store is
opened, its every record read, and compared with the state that so many batches make.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from stateless.state_source import StateSource
from stateless.states import state_shape
from tests.vectors import PROJECT
from tests.verkle_tree.leaves import BATCH, LEAVES, states_of
from verkle.errors import MalformedError
from verkle.lmdb_store import LmdbStore
from verkle.tree import Tree

KILLS = 50

BUILDER = """
import resource, sys
from pathlib import Path
from tests.verkle_tree.leaves import BATCH, LEAVES, rows
from verkle import build as building
from verkle.build import build
from verkle.errors import StatelessError
from verkle.lmdb_store import LmdbStore
building.LEAST_BATCH = BATCH
path, jobs, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("begin", flush=True)
try:
    with LmdbStore(path, write=True) as store:
        build(store, rows(LEAVES), jobs=jobs, batch_leaves=BATCH)
except StatelessError as error:
    print(error.code, flush=True)
else:
    print("end", flush=True)
"""


class Builder:
    """A process that builds, from the moment on that it begins."""

    def __init__(self, path: Path, *, jobs: int = 1, limit: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BUILDER, str(path), str(jobs), str(limit)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "begin\n"

    def end(self) -> str:
        """The last thing that it said."""
        assert self.process.stdout is not None
        with self.process.stdout as out:
            said = out.read()
        self.process.wait()
        return said.strip()


@pytest.fixture(scope="module")
def states() -> list[tuple[bytes, int]]:
    return states_of(LEAVES, BATCH)


def held(path: Path, states: list[tuple[bytes, int]]) -> int:
    """How many batches are in a store; fails if it is in no such state."""
    if not path.exists():
        return 0
    try:
        source = StateSource(str(path))
    except MalformedError as error:
        if error.code == "STORE_FOREIGN":  # not even made yet
            return 0
        raise
    with source:
        shape = state_shape(source)  # reads all, and compares counts
        assert source.store is not None
        said = source.store.state
        items = dict(Tree(source.store).items())
    batches = states.index((said.root, said.leaves))
    assert shape.leaves == said.leaves
    assert items == dict(sorted(LEAVES.items())[: said.leaves])
    return batches


@pytest.mark.slow
def test_killed_at_fifty_points(tmp_path: Path, states: list[tuple[bytes, int]]) -> None:
    path = tmp_path / "store"
    builder = Builder(path)
    start = time.perf_counter()
    assert builder.end() == "end"
    whole = time.perf_counter() - start
    assert held(path, states) == len(states) - 1
    random = Random(2)
    found = set()
    for _ in range(KILLS):
        shutil.rmtree(path, ignore_errors=True)
        builder = Builder(path)
        time.sleep(random.uniform(0, whole))
        builder.process.send_signal(signal.SIGKILL)
        builder.end()
        found.add(held(path, states))
    assert len(found) > 5  # the points were spread over the build
    # what the last one left is taken up, and comes to the same
    assert Builder(path).end() == "end"
    assert held(path, states) == len(states) - 1


def workers_of(parent: int) -> list[int]:
    """Processes that compute, of a build."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if above == parent and b"verkle.workers" in words:
                found.append(int(folder.name))
    return found


def gone(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_several_processes(tmp_path: Path, states: list[tuple[bytes, int]], how: signal.Signals) -> None:
    """Those that compute end with the one that writes."""
    path = tmp_path / "store"
    builder = Builder(path, jobs=2)
    workers: list[int] = []
    for _ in range(500):
        workers = workers_of(builder.process.pid)
        if len(workers) == 2 and path.exists():
            break
        time.sleep(0.01)
    assert len(workers) == 2
    time.sleep(0.3)
    builder.process.send_signal(how)
    builder.end()
    for _ in range(1000):
        if all(map(gone, workers)):
            break
        time.sleep(0.01)
    assert all(map(gone, workers))
    held(path, states)
    assert Builder(path, jobs=2).end() == "end"
    assert held(path, states) == len(states) - 1


@pytest.mark.parametrize("kilobytes", [4, 9, 16, 40, 90, 150])
def test_a_file_that_may_not_grow(tmp_path: Path, states: list[tuple[bytes, int]], kilobytes: int) -> None:
    path = tmp_path / "store"
    builder = Builder(path, limit=kilobytes << 10)
    assert builder.end() == "STORE_FULL"
    held(path, states)
    assert Builder(path).end() == "end"
    assert held(path, states) == len(states) - 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 120 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=120k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path, states: list[tuple[bytes, int]]) -> None:
    path = small_disk / "store"
    assert Builder(path).end() == "STORE_FULL"
    assert 0 < held(path, states) < len(states) - 1
    moved = tmp_path / "store"
    shutil.copytree(path, moved)
    assert Builder(moved).end() == "end"
    assert held(moved, states) == len(states) - 1


def test_a_disk_that_is_full_from_the_start(small_disk: Path) -> None:
    """Not even the table of readers has room: LMDB alone would be ended by the system."""
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    assert Builder(small_disk / "store").end() == "STORE_FULL"
    (small_disk / "filler").unlink()
    LmdbStore(small_disk / "store", write=True).close()
