"""Where inputs come from: limits, gzip, directories, globs, lists, and what is not there."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verkle.errors import MalformedError
from witness.source import Source, UsageError, expand, read_path, read_stream


class Endless(io.RawIOBase):
    """Zeros without end; counts what was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0
        self.taken += size
        return bytes(size)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises((MalformedError, UsageError)) as caught:
        call()
    error = caught.value
    assert isinstance(error, MalformedError | UsageError)
    return error.code


def test_an_endless_stream_is_refused_one_byte_after_the_limit() -> None:
    stream = Endless()
    tracemalloc.start()
    assert code_of(lambda: read_stream(stream, "-", 1_000_000)) == "INPUT_TOO_LARGE"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.taken == 1_000_001
    assert peak < 3_000_000


def test_a_bomb_is_refused_in_bounded_memory() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    assert code_of(lambda: read_stream(io.BytesIO(bomb), "-", 1_000_000)) == "INPUT_TOO_LARGE"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_the_limit_itself_is_allowed() -> None:
    for data in (b"", b"x", bytes(1000)):
        assert read_stream(io.BytesIO(data), "-", len(data)) == data
        longer = io.BytesIO(data + b"y")
        assert code_of(partial(read_stream, longer, "-", len(data))) == "INPUT_TOO_LARGE"
    # The limit holds for both sides of the compression.
    packed = gzip.compress(bytes(range(256)))
    assert len(packed) > 256
    assert code_of(lambda: read_stream(io.BytesIO(packed), "-", 256)) == "INPUT_TOO_LARGE"
    assert read_stream(io.BytesIO(packed), "-", len(packed)) == bytes(range(256))
    assert code_of(lambda: read_stream(io.BytesIO(b""), "-", -1)) == "LIMIT_NEGATIVE"


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_gzip_in_members(parts: list[bytes]) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    assert read_stream(io.BytesIO(packed), "-", 10_000) == b"".join(parts)
    assert read_stream(io.BytesIO(packed + bytes(512)), "-", 10_000) == b"".join(parts)


class Trickle(io.RawIOBase):
    """One byte a read, as a slow pipe."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._rest = data

    def read(self, size: int = -1, /) -> bytes:
        taken, self._rest = self._rest[:1], self._rest[1:]
        return taken


def test_gzip_through_a_slow_pipe() -> None:
    assert read_stream(Trickle(gzip.compress(b"abc" * 100)), "-") == b"abc" * 100
    assert read_stream(Trickle(b"\x1f"), "-") == b"\x1f"


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x8b",
        gzip.compress(b"abc")[:-1],
        gzip.compress(b"abc")[:-4] + bytes(4),
        gzip.compress(b"abc") + b"rest",
        gzip.compress(b"") * 5000,
    ],
)
def test_broken_gzip(data: bytes) -> None:
    assert code_of(lambda: read_stream(io.BytesIO(data), "-")) == "GZIP_CORRUPT"


def names(found: list[Source]) -> list[str]:
    return [source.name for source in found]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.json", "a.json", "z/1.json", "z/2.json.gz", "c/d/3.json", "notes.txt", ".git/x.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"{}") if name.endswith("gz") else b"{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_directory_is_searched_in_order(tree: Path) -> None:
    found = list(expand(["."]))
    assert names(found) == ["a.json", "b.json", "c/d/3.json", "z/1.json", "z/2.json.gz"]
    assert not any(source.named for source in found)
    assert [source.read() for source in found] == [b"{}"] * 5


def test_links_to_directories_are_not_followed(tree: Path) -> None:
    (tree / "z/loop").symlink_to(tree)
    (tree / "z/dangling.json").symlink_to(tree / "nowhere")
    os.mkfifo(tree / "z/pipe.json")
    assert names(list(expand(["z"]))) == ["z/1.json", "z/2.json.gz"]


def test_a_named_file_may_have_any_name(tree: Path) -> None:
    (source,) = expand([tree / "notes.txt"])
    assert source.named
    assert source.path == tree / "notes.txt"


def test_globs(tree: Path) -> None:
    assert names(list(expand(["*.json"]))) == ["a.json", "b.json"]
    assert names(list(expand(["**/*.json"]))) == ["a.json", "b.json", "c/d/3.json", "z/1.json"]
    assert names(list(expand(["[cz]"]))) == ["c/d/3.json", "z/1.json", "z/2.json.gz"]
    assert code_of(lambda: list(expand(["*.xml"]))) == "GLOB_EMPTY"
    (tree / "odd[1].json").write_bytes(b"{}")
    assert names(list(expand(["odd[1].json"]))) == ["odd[1].json"]


def test_lists(tree: Path) -> None:
    (tree / "files.txt").write_text("# some\nb.json\n\n  z  \n*.json\n-\n")
    found = list(expand(["@files.txt"]))
    assert names(found) == ["b.json", "z/1.json", "z/2.json.gz", "a.json", "b.json", "-"]
    (tree / "nested.txt").write_text("@files.txt\n")
    assert code_of(lambda: list(expand(["@nested.txt"]))) == "LIST_NESTED"
    assert code_of(lambda: list(expand(["@none.txt"]))) == "PATH_MISSING"
    (tree / "binary.txt").write_bytes(b"\xff\xfe")
    assert code_of(lambda: list(expand(["@binary.txt"]))) == "LIST_ENCODING"


def test_sources_are_found_lazily(tree: Path) -> None:
    found = expand(["a.json", "missing.json"])
    assert next(found).name == "a.json"
    assert code_of(lambda: next(found)) == "PATH_MISSING"


def test_standard_input(tree: Path) -> None:
    (source,) = expand(["-"])
    assert source.path is None
    assert source.read(stdin=io.BytesIO(gzip.compress(b"[]"))) == b"[]"
    assert code_of(lambda: list(expand(["-", "-"]))) == "STDIN_TWICE"


def test_no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert code_of(lambda: next(expand(["-"])).read()) == "STDIN_CLOSED"


def test_what_is_not_there(tree: Path) -> None:
    assert code_of(lambda: list(expand(["nothing"]))) == "PATH_MISSING"
    assert code_of(lambda: list(expand(["null\0character"]))) == "PATH_MISSING"
    assert code_of(lambda: read_path(tree / "nothing")) == "PATH_MISSING"
    assert code_of(lambda: read_path(tree / "a.json" / "below")) == "PATH_MISSING"
    assert code_of(lambda: read_path(tree)) == "INPUT_UNREADABLE"


def test_what_may_not_be_read(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the system's own answer, since whoever runs this may be allowed everything."""

    def denied(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", "z")

    monkeypatch.setattr(Path, "open", denied)
    assert code_of(lambda: read_path(tree / "a.json")) == "INPUT_UNREADABLE"
    monkeypatch.setattr(os, "scandir", denied)
    assert code_of(lambda: list(expand(["."]))) == "PATH_UNREADABLE"


def test_a_failing_stream() -> None:
    class Failing(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    assert code_of(lambda: read_stream(Failing(), "-")) == "INPUT_UNREADABLE"
