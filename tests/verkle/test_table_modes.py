"""The memory modes of tables: one commitment in all of them, combs as the mode allows, how one is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verkle.strategies import examples
from verkle import table_modes
from verkle.banderwagon import encode_many
from verkle.combs import WIDE
from verkle.field import R
from verkle.pedersen import MAX_WIDE, WIDE_FROM, Committer
from verkle.table_modes import MODES, VARIABLE, TableMode, chosen_mode, memory_limit, mode_named

GIB = 1 << 30
scalars = st.one_of(st.integers(0, 5), st.integers(0, R - 1), st.integers(R - 5, R))
vectors = st.lists(st.dictionaries(st.integers(0, 5), scalars, max_size=4), max_size=4)


@pytest.fixture(scope="module")
def used() -> dict[TableMode, Committer]:
    """Committers that have made what combs they make, for generators 0 … 3."""
    committers = {mode: Committer(mode) for mode in MODES}
    for committer in committers.values():
        committer.commit_many([dict.fromkeys(range(4), 1)] * WIDE_FROM)
    return committers


@examples(40)
@given(many=vectors)
def test_one_commitment_in_all_modes(used: dict[TableMode, Committer], many: list[dict[int, int]]) -> None:
    fresh = encode_many(Committer("small").commit_many(many))
    assert {mode: encode_many(used[mode].commit_many(many)) for mode in MODES} == dict.fromkeys(MODES, fresh)


def test_small_makes_no_combs_and_large_makes_more(used: dict[TableMode, Committer]) -> None:
    assert {mode: len(committer._combs) for mode, committer in used.items()} == {
        "small": 0, "default": 4, "large": 4,
    }  # fmt: skip
    for mode, wide in (("default", MAX_WIDE), ("large", MAX_WIDE + 2)):
        committer = Committer(mode)  # type: ignore[arg-type]
        committer.commit_many([dict.fromkeys(range(MAX_WIDE + 2), 1)] * WIDE_FROM)
        assert [comb.spacing for comb in committer._combs.values()].count(WIDE) == wide


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine of 4 GiB without limits, in a folder that stands for its control groups."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "own").write_text("1:cpu:/elsewhere\n0::/a/b\n")
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr(table_modes, "_CGROUPS", str(tmp_path))
    monkeypatch.setattr(table_modes, "_OWN_CGROUP", str(tmp_path / "own"))
    monkeypatch.setattr(table_modes, "_physical", lambda: 4 * GIB)
    monkeypatch.setattr(table_modes, "_of_address_space", lambda: None)
    memory_limit.cache_clear()
    yield tmp_path
    memory_limit.cache_clear()


def test_a_large_machine(machine: Path) -> None:
    assert (memory_limit(), chosen_mode()) == (4 * GIB, "default")


@pytest.mark.parametrize(("limit", "mode"), [(GIB - 1, "small"), (GIB, "default")])
@pytest.mark.parametrize("source", ["_physical", "_of_address_space"])
def test_below_one_gib(
    machine: Path, monkeypatch: pytest.MonkeyPatch, source: str, limit: int, mode: str
) -> None:
    monkeypatch.setattr(table_modes, source, lambda: limit)
    assert (memory_limit(), chosen_mode()) == (limit, mode)


@pytest.mark.parametrize("group", ["a/b", "a", "."])
def test_the_limit_of_a_control_group_and_of_those_around_it(machine: Path, group: str) -> None:
    (machine / "a" / "b" / "memory.max").write_text("max\n")
    (machine / group / "memory.max").write_text("536870912\n")
    assert (memory_limit(), chosen_mode()) == (GIB // 2, "small")


def test_nothing_is_known(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_modes, "_physical", lambda: None)
    (machine / "own").unlink()
    assert (memory_limit(), chosen_mode()) == (None, "default")


def test_the_limit_of_the_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    for soft, limit in ((resource.RLIM_INFINITY, None), (12345, 12345)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert table_modes._of_address_space() == limit


@pytest.mark.parametrize("name", MODES)
def test_the_variable_goes_before_the_machine(
    machine: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(VARIABLE, name)
    assert chosen_mode() == name == mode_named(name)
    for automatic in ("auto", ""):
        monkeypatch.setenv(VARIABLE, automatic)
        assert chosen_mode() == "default"


@pytest.mark.parametrize("name", ["none", "SMALL", "small ", "tiny"])
def test_no_such_mode(machine: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(VARIABLE, name)
    with pytest.raises(ValueError, match="is none of auto, small, default, large"):
        chosen_mode()
