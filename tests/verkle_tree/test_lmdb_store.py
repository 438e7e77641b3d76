"""A tree on disk is the tree in memory; the store says what it holds, to many readers and one writer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import lmdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import PROJECT
from tests.verkle.strategies import examples, stem_families, suffixes, values
from tests.verkle_tree.leaves import grown, random_leaves, rows
from verkle import lmdb_store
from verkle.build import build
from verkle.errors import MachineError, MalformedError, StatelessError, UnsupportedError
from verkle.lmdb_store import LmdbStore
from verkle.store_schema import EMPTY_STATE, Embedding, StateInfo
from verkle.tree import EMPTY_ROOT, MemoryStore, Tree

KAUSTINEN = Embedding("kaustinen7", "basic_data", "map_to_field", 256**31)
OTHER = Embedding("kaustinen6", "five_leaves", "map_to_field", 256**31)
LEAVES = random_leaves(150, 1, stems=60)


def built(
    path: Path, leaves: Mapping[bytes, bytes] = LEAVES, embedding: Embedding | None = None
) -> StateInfo:
    with LmdbStore(path, write=True, embedding=embedding) as store:
        build(store, rows(leaves))
        return store.state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store"


# Laws


@given(
    batches=st.lists(
        st.dictionaries(st.tuples(st.integers(0, 7), suffixes), values, min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
    stems=stem_families(max_size=8),
)
@examples(25)
def test_memory_and_disk(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[dict[tuple[int, int], bytes]],
    stems: list[bytes],
) -> None:
    path = tmp_path_factory.mktemp("law") / "store"
    memory = MemoryStore()
    everything: dict[bytes, bytes] = {}
    with LmdbStore(path, write=True) as disk:
        for batch in batches:
            leaves = {stems[i % len(stems)] + bytes([s]): value for (i, s), value in batch.items()}
            everything |= leaves
            Tree(memory).put(leaves)
            Tree(disk).put(leaves)
            assert Tree(disk).root == Tree(memory).root == disk.state.root
            assert list(disk.scan(b"n")) == list(memory.scan(b"n"))
            assert list(disk.scan(b"l")) == list(memory.scan(b"l"))
            assert disk.state.leaves == len(everything)
            assert disk.state.stems == len({key[:-1] for key in everything})
        said = disk.state
    with LmdbStore(path) as again:
        assert again.state == said
        assert dict(Tree(again).items()) == everything
    shutil.rmtree(path)


# What the store says


def test_a_new_store_is_empty(path: Path) -> None:
    with LmdbStore(path, write=True, embedding=KAUSTINEN) as store:
        assert store.state == StateInfo(EMPTY_ROOT, 0, 0, KAUSTINEN)
        assert Tree(store).root == EMPTY_ROOT
    with LmdbStore(path) as store:
        assert store.state.embedding == KAUSTINEN
        assert list(store.scan(b"")) != []  # the record of the store itself
        assert list(Tree(store).items()) == []


def test_counts_and_root(path: Path) -> None:
    state = built(path)
    assert state == StateInfo(grown(LEAVES).root, len({key[:-1] for key in LEAVES}), len(LEAVES), None)
    key = min(LEAVES)
    with LmdbStore(path, write=True) as store:
        Tree(store).put({key: b"\x01" * 32})
        assert (store.state.stems, store.state.leaves) == (state.stems, state.leaves)
        Tree(store).put({key[:-1] + bytes([key[-1] ^ 1]): b"\x01" * 32})
        assert (store.state.stems, store.state.leaves) == (state.stems, state.leaves + 1)


def test_rules_may_be_said_later_but_not_changed(path: Path) -> None:
    built(path)
    with LmdbStore(path) as store:
        assert store.state.embedding is None
    built(path, random_leaves(3, 2), KAUSTINEN)
    with LmdbStore(path, embedding=KAUSTINEN) as store:
        assert store.state.embedding == KAUSTINEN
    for write in (False, True):
        with pytest.raises(UnsupportedError) as caught:
            LmdbStore(path, write=write, embedding=OTHER)
        assert caught.value.code == "STORE_RULES"
        assert (caught.value.expected, caught.value.got) == ("kaustinen7", "kaustinen6")


def test_scans(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(path)
    everything = sorted(LEAVES.items())
    for size in (1, 3, 500):
        monkeypatch.setattr(lmdb_store, "SCAN_RECORDS", size)
        with LmdbStore(path) as store:
            assert list(Tree(store).items()) == everything
            first = everything[0][0][:1]
            assert [key for key, _ in store.scan(b"l" + first)] == sorted(
                {b"l" + key[:-1] for key in LEAVES if key.startswith(first)}
            )
            assert list(store.scan(b"no such")) == []


def test_writing_while_a_scan_is_under_way(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmdb_store, "SCAN_RECORDS", 4)
    built(path)
    with LmdbStore(path, write=True) as store:
        scan = Tree(store).items()
        first = [next(scan) for _ in range(3)]
        Tree(store).put({b"\xff" * 32: b"\x02" * 32})
        assert [*first, *scan] == [*sorted(LEAVES.items()), (b"\xff" * 32, b"\x02" * 32)]


def test_the_map_grows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmdb_store, "FIRST_MAP_BYTES", 1 << 14)
    assert built(path).leaves == len(LEAVES)
    with LmdbStore(path) as store:
        assert dict(Tree(store).items()) == LEAVES


def test_the_largest_map(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmdb_store, "FIRST_MAP_BYTES", 1 << 14)
    monkeypatch.setattr(lmdb_store, "LARGEST_MAP_BYTES", 1 << 16)
    with LmdbStore(path, write=True) as store:
        with pytest.raises(MachineError) as caught:
            Tree(store).put(LEAVES)
        assert caught.value.code == "STORE_FULL"
        assert store.state == EMPTY_STATE
        assert Tree(store).root == EMPTY_ROOT


# Readers and writers

READER = """
import sys
from pathlib import Path
from verkle.lmdb_store import LmdbStore
from verkle.tree import Tree
with LmdbStore(Path(sys.argv[1])) as store:
    print(store.state.leaves, flush=True)
    sys.stdin.readline()
    print(store.state.root.hex(), Tree(store).root.hex(), sum(1 for _ in Tree(store).items()), flush=True)
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def readers(path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    built(path)
    found = [python(READER, path) for _ in range(3)]
    yield found
    for reader in found:
        reader.kill()
        reader.communicate()


def test_readers_keep_the_state_that_they_opened(path: Path, readers: list[subprocess.Popen[str]]) -> None:
    """Three at once, while a writer goes on and makes the file larger than their maps."""
    before = grown(LEAVES).root.hex()
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == f"{len(LEAVES)}\n"
    more = random_leaves(3000, 3, stems=20)
    built(path, more)
    for reader in readers:
        out, err = reader.communicate("\n", timeout=60)
        assert (out, err) == (f"{before} {before} {len(LEAVES)}\n", "")
    with LmdbStore(path) as store:
        assert store.state.leaves == len(LEAVES | more)


WRITER = """
import sys
from pathlib import Path
from verkle.lmdb_store import LmdbStore
with LmdbStore(Path(sys.argv[1]), write=True):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_one_writer(path: Path) -> None:
    built(path)
    writer = python(WRITER, path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "open\n"
    with pytest.raises(MachineError) as caught:
        LmdbStore(path, write=True)
    assert caught.value.code == "STORE_LOCKED"
    with LmdbStore(path) as store:  # readers are no matter
        assert store.state.leaves == len(LEAVES)
    writer.kill()
    writer.communicate()
    LmdbStore(path, write=True).close()


def test_twice_in_one_process(path: Path) -> None:
    built(path)
    with LmdbStore(path):
        with pytest.raises(MachineError) as caught:
            LmdbStore(path)
        assert caught.value.code == "STORE_LOCKED"
    LmdbStore(path).close()


def test_a_reader_does_not_write(path: Path) -> None:
    built(path)
    with LmdbStore(path) as store:
        with pytest.raises(MachineError) as caught:
            Tree(store).put({bytes(32): bytes(32)})
        assert caught.value.code == "STORE_UNWRITABLE"


UNPRIVILEGED = """
import os, sys
import lmdb, resource
from pathlib import Path
from verkle.errors import StatelessError
from verkle.lmdb_store import LmdbStore
from verkle.tree import Tree
if os.geteuid() == 0:
    os.setuid(65534)
with LmdbStore(Path(sys.argv[1])) as store:
    print(Tree(store).root.hex(), flush=True)
    sys.stdin.readline()
try:
    LmdbStore(Path(sys.argv[1]), write=True)
except StatelessError as error:
    print(error.code, flush=True)
"""


def test_a_store_that_may_only_be_read() -> None:
    """Another user's: no place in LMDB's table of readers. Writers are kept out as long as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "store"
        built(path)
        for file in path.iterdir():
            file.chmod(0o444)
        path.chmod(0o555)
        reader = python(UNPRIVILEGED, path)
        assert reader.stdout is not None
        first = reader.stdout.readline()
        if os.geteuid() == 0:  # who may write in spite of the permissions
            assert refusal(path, write=True).code == "STORE_LOCKED"
        out, err = reader.communicate("\n", timeout=30)
        path.chmod(0o755)
        assert (first, out, err) == (grown(LEAVES).root.hex() + "\n", "STORE_UNWRITABLE\n", "")


# What is no store, or a broken one


def refusal(path: Path, *, write: bool = False) -> StatelessError:
    with pytest.raises(StatelessError) as caught:
        LmdbStore(path, write=write)
    return caught.value


@pytest.mark.parametrize("write", [False, True])
def test_what_is_no_store(tmp_path: Path, write: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"key,value\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    other = tmp_path / "other"
    other.mkdir()
    (other / "data.mdb").write_bytes(b"no LMDB file " * 2000)
    foreign = tmp_path / "foreign"
    with lmdb.open(str(foreign)) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"name", b"value")
        transaction.put(lmdb_store.STATE_KEY, b"somebody else's")
    for path in (file, folder, other, foreign):
        error = refusal(path, write=write)
        assert isinstance(error, MalformedError)
        assert (error.code, error.where["store"]) == ("STORE_FOREIGN", str(path))
    assert (folder / "notes.txt").read_text() == "mine"
    assert {entry.name for entry in folder.iterdir()} == {"notes.txt"}


def test_what_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing").code == "STORE_FOREIGN"
    assert refusal(tmp_path / "no" / "folder", write=True).code == "STORE_UNWRITABLE"
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path / "empty").code == "STORE_FOREIGN"
    LmdbStore(tmp_path / "empty", write=True).close()
    LmdbStore(tmp_path / "empty").close()


def test_a_store_whose_making_was_cut_short(path: Path) -> None:
    path.mkdir()
    (path / "lock.mdb").write_bytes(bytes(8192))
    (path / "data.mdb").touch()
    assert refusal(path).code == "STORE_FOREIGN"
    LmdbStore(path, write=True).close()
    shutil.rmtree(path)
    lmdb.open(str(path)).close()
    assert refusal(path).code == "STORE_FOREIGN"
    LmdbStore(path, write=True).close()
    LmdbStore(path).close()
    assert built(path).leaves == len(LEAVES)


def raw_change(path: Path, key: bytes, change: bytes | None) -> None:
    """Replace or remove what is under a key, behind the store's back."""
    with lmdb.open(str(path)) as environment, environment.begin(write=True) as transaction:
        if change is None:
            assert transaction.delete(key)
        else:
            transaction.put(key, change)


def raw(path: Path, key: bytes) -> bytes:
    with lmdb.open(str(path)) as environment, environment.begin() as transaction:
        data = transaction.get(key)
        assert isinstance(data, bytes)
        return data


def checked(key: bytes, record: bytes) -> bytes:
    return record + lmdb_store._checksum(key, record)


@pytest.mark.parametrize("schema", [0, 2, 65535])
def test_another_schema(path: Path, schema: int) -> None:
    built(path)
    key = lmdb_store.STATE_KEY
    record = raw(path, key)[:-4]
    head = record.index(b"\0") + 1
    raw_change(path, key, checked(key, record[:head] + schema.to_bytes(2, "big") + b"unknown fields"))
    for write in (False, True):
        error = refusal(path, write=write)
        assert isinstance(error, UnsupportedError)
        assert (error.code, error.expected, error.got) == ("STORE_SCHEMA", 1, schema)


@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"[]",
        b"{}",
        b'{"root": "00", "stems": 1, "leaves": 1, "embedding": null}',
        b'{"root": 5, "stems": 1, "leaves": 1, "embedding": null}',
        b'{"root": "%s", "stems": -1, "leaves": 1, "embedding": null}' % (b"00" * 32),
        b'{"root": "%s", "stems": 1, "leaves": true, "embedding": null}' % (b"00" * 32),
        b'{"root": "%s", "stems": 1, "leaves": 1, "embedding": {"rules": "x"}}' % (b"00" * 32),
        b'{"root": "%s", "stems": 1, "leaves": 1, "embedding": {"rules": "x", "layout": "y", '
        b'"stem_hash": "z", "storage_offset": 1}}' % (b"00" * 32),
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_damaged_fields(path: Path, fields: bytes) -> None:
    built(path)
    key = lmdb_store.STATE_KEY
    record = raw(path, key)
    raw_change(path, key, checked(key, record[: record.index(b"\0") + 3] + fields))
    assert refusal(path).code == "STORE_DAMAGED"


def test_a_deeply_nested_record_under_a_high_recursion_limit(path: Path) -> None:
    """The parser's own stack must not be what gives way."""
    built(path)
    record = raw(path, lmdb_store.STATE_KEY)
    nested = record[: record.index(b"\0") + 3] + b"[" * 1_000_000
    raw_change(path, lmdb_store.STATE_KEY, checked(lmdb_store.STATE_KEY, nested))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000_000)
    try:
        assert refusal(path).code == "STORE_DAMAGED"
    finally:
        sys.setrecursionlimit(limit)


def test_a_changed_byte_in_any_record(path: Path) -> None:
    built(path)
    with LmdbStore(path) as store:
        keys = [key for key, _ in store.scan(b"")]
    for key in [*keys[:: max(1, len(keys) // 30)], lmdb_store.STATE_KEY, b"n"]:
        sound = raw(path, key)
        at = 70 % len(sound)
        raw_change(path, key, sound[:at] + bytes([sound[at] ^ 4]) + sound[at + 1 :])
        with pytest.raises(MalformedError) as caught:
            _read_all(path)
        assert caught.value.code == "STORE_DAMAGED"
        raw_change(path, key, sound)
    _read_all(path)


def _read_all(path: Path) -> None:
    with LmdbStore(path) as store:
        assert sum(1 for _ in store.scan(b"")) > 0


def test_a_point_that_is_none(path: Path) -> None:
    """With its checksum: no accident."""
    built(path)
    record = raw(path, b"n")[:-4]
    raw_change(path, b"n", checked(b"n", b"\xff" * 32 + record[32:]))
    assert refusal(path).code == "STORE_DAMAGED"


def test_a_lock_that_the_system_does_not_have(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(path)

    def flock(descriptor: int, kind: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    error = refusal(path, write=True)
    assert (error.code, "No locks available" in error.message) == ("STORE_UNWRITABLE", True)


def test_places_of_readers_that_were_killed(path: Path) -> None:
    """They would keep old pages from being used again."""
    built(path)
    reader = python(READER, path)
    assert reader.stdout is not None
    reader.stdout.readline()
    reader.kill()
    reader.communicate()
    with LmdbStore(path, write=True) as store:
        assert store._environment.reader_check() == 0  # opening has seen to it


def test_a_root_that_is_not_the_trees(path: Path) -> None:
    built(path)
    raw_change(path, b"n", None)
    assert refusal(path).code == "STORE_DAMAGED"


@pytest.mark.parametrize("pages", [1, 2, 3, 10])
@pytest.mark.parametrize("write", [False, True])
def test_a_file_cut_short(path: Path, pages: int, write: bool) -> None:
    built(path)
    file = path / "data.mdb"
    file.write_bytes(file.read_bytes()[: 4096 * pages - 50])
    assert refusal(path, write=write).code in ("STORE_DAMAGED", "STORE_FOREIGN")


def test_without_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lmdb", None)
    error = refusal(path, write=True)
    assert isinstance(error, MachineError)
    assert error.code == "STORE_NO_LMDB"
