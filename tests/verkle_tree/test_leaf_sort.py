"""Leaves come out in the order of their keys, from memory and from runs on disk alike."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verkle.strategies import examples
from tests.verkle_tree.leaves import random_leaves, rows
from verkle import leaf_sort
from verkle.errors import InvalidError, MachineError, MalformedError
from verkle.leaf_sort import Row, SortedLeaves

A, B = bytes([1]) * 32, bytes([2]) * 32


def flat(leaves: SortedLeaves) -> list[tuple[bytes, bytes]]:
    return [(stem + bytes([s]), value) for stem, values in leaves.stems() for s, value in values.items()]


@pytest.mark.parametrize("run", [1, 7, 100, 101, 1000])
def test_runs_of_any_length(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    monkeypatch.setattr(leaf_sort, "RUN_LEAVES", run)
    leaves = random_leaves(100, 3, stems=40)
    told: list[int] = []
    with SortedLeaves(rows(leaves), seen=told.append) as found:
        assert found.count == 100
        assert flat(found) == sorted(leaves.items())
        assert flat(found) == sorted(leaves.items())  # again, from the start
    assert told[-1] == 100
    assert told == sorted(told)


@given(st.dictionaries(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), max_size=20))
@examples(40)
def test_any_leaves(leaves: dict[bytes, bytes]) -> None:
    with SortedLeaves(rows(leaves)) as found:
        assert flat(found) == sorted(leaves.items())


def test_blocks_of_a_run_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaf_sort, "RUN_LEAVES", 2500)
    leaves = random_leaves(6000, 4)
    with SortedLeaves(rows(leaves)) as found:
        assert flat(found) == sorted(leaves.items())


@pytest.mark.parametrize("run", [2, 1000])
def test_a_key_twice(monkeypatch: pytest.MonkeyPatch, run: int) -> None:
    monkeypatch.setattr(leaf_sort, "RUN_LEAVES", run)
    given_rows = [Row(A, B, 2), Row(B, B, 3), Row(bytes(32), B, 4), Row(A, A, 7)]
    with pytest.raises(InvalidError) as caught:
        SortedLeaves(given_rows)
    assert caught.value.code == "KEY_REPEATED"
    assert caught.value.where == {"key": A, "line": 7, "earlier_line": 2}
    with pytest.raises(InvalidError) as caught:
        SortedLeaves([Row(A, B), Row(A, B)])
    assert caught.value.where == {"key": A}


@pytest.mark.parametrize(
    ("row", "code", "where"),
    [
        (Row(A[1:], B, 9), "KEY_LENGTH", {"line": 9}),
        (Row(A + b"\0", B), "KEY_LENGTH", {}),
        (Row(A, B[1:], 9), "VALUE_LENGTH", {"key": A, "line": 9}),
    ],
)
def test_lengths(row: Row, code: str, where: dict[str, object]) -> None:
    with pytest.raises(MalformedError) as caught:
        SortedLeaves([row])
    assert (caught.value.code, caught.value.where) == (code, where)


class _FullFile:
    closed = False

    def tell(self) -> int:
        return 0

    def writelines(self, lines: object) -> None:
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        self.closed = True


def test_no_room_for_the_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = _FullFile()
    monkeypatch.setattr(leaf_sort, "RUN_LEAVES", 2)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: file)
    with pytest.raises(MachineError) as caught:
        SortedLeaves(rows(random_leaves(5, 1)))
    assert caught.value.code == "STORE_FULL"
    assert file.closed


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(leaf_sort, "RUN_LEAVES", 10)
    leaves = random_leaves(45, 5)
    keys = list(leaves)
    Random(1).shuffle(keys)
    with SortedLeaves([Row(key, leaves[key]) for key in keys], tmp_path) as found:
        assert list(tmp_path.iterdir()) == []
        assert flat(found) == sorted(leaves.items())
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_rows_goes_through(tmp_path: Path) -> None:
    def failing() -> object:
        yield Row(A, B)
        raise MalformedError("CSV_ROW", "x")

    with pytest.raises(MalformedError, match="x"):
        SortedLeaves(failing(), tmp_path)  # type: ignore[arg-type]
