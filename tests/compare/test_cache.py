"""Results that are kept: found again for the same question alone, and never when damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stateless.compare.cache import Cache, default_folder
from stateless.compare.engine import Asked
from tests.compare.samples import PATRICIA, compared

DIGEST = b"\x01" * 32
ASKED = Asked()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    folder = tmp_path / "kept"
    made = Cache(folder, "1.0")
    assert made.keep(DIGEST, 0, ASKED, compared(PATRICIA))
    return made


def kept_file(cache: Cache) -> Path:
    assert cache.folder is not None
    (path,) = cache.folder.iterdir()
    return path


def test_what_is_kept_comes_back(cache: Cache) -> None:
    found = cache.load(DIGEST, 0, ASKED)
    assert found is not None
    assert found.kept
    assert [row.to_json() for row in found.rows] == [row.to_json() for row in compared(PATRICIA).rows]
    assert found.block == compared(PATRICIA).block


@pytest.mark.parametrize(
    "asked",
    [
        replace(ASKED, seed="other"),
        replace(ASKED, sizes=(1024,)),
        replace(ASKED, trees=("binary",)),
        replace(ASKED, rules="kaustinen7"),
    ],
)
def test_another_question_finds_nothing(cache: Cache, asked: Asked) -> None:
    assert cache.load(DIGEST, 0, asked) is None


def test_another_input_block_or_version_finds_nothing(cache: Cache) -> None:
    assert cache.load(b"\x02" * 32, 0, ASKED) is None
    assert cache.load(DIGEST, 1, ASKED) is None
    assert Cache(cache.folder, "1.1").load(DIGEST, 0, ASKED) is None


@pytest.mark.parametrize("at", [0, 70, -1])
def test_a_damaged_file_counts_as_none(cache: Cache, at: int) -> None:
    path = kept_file(cache)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert cache.load(DIGEST, 0, ASKED) is None


@pytest.mark.parametrize("body", [b"", b"{}", b'{"block": 1, "rows": [1]}', b"[]"])
def test_a_file_that_somebody_else_wrote_counts_as_none(cache: Cache, body: bytes) -> None:
    import hashlib

    path = kept_file(cache)
    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert cache.load(DIGEST, 0, ASKED) is None


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Cache(tmp_path / "file" / "below", "1.0").keep(DIGEST, 0, ASKED, compared(PATRICIA))


def test_without_a_folder_nothing_is_kept() -> None:
    none = Cache(None, "1.0")
    assert not none.keep(DIGEST, 0, ASKED, compared(PATRICIA))
    assert none.load(DIGEST, 0, ASKED) is None


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "stateless" / "compare"
