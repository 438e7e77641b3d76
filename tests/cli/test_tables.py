"""Tables: what is left out so that the rest fits, and that no terminal gets a broken one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.tables import LEFT_OUT, Table, drawn_width, fitted, places, plain, plain_width
from tests.cli import calling
from tests.cli.calling import call

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
CELLS = st.text("abc9 ", max_size=12)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    count = draw(st.integers(1, 5))
    lines = st.tuples(*[CELLS] * count)
    return Table(
        draw(lines),
        tuple(draw(st.lists(lines, max_size=4))),
        frozenset(draw(st.sets(st.integers(0, count - 1)))),
        draw(st.none() | lines),
        draw(st.none() | st.integers(0, count - 1)),
    )


@given(tables(), st.data())
def test_a_table_without_columns_has_the_others(table: Table, data: st.DataObject) -> None:
    count = len(table.headings)
    gone = data.draw(st.sets(st.integers(0, count - 1), max_size=count - 1))
    left = table
    for column in sorted(gone, reverse=True):
        left = left.without(column)
    kept = [i for i in range(count) if i not in gone]
    assert left.headings == tuple(table.headings[i] for i in kept)
    assert left.lines == tuple(tuple(line[i] for i in kept) for line in table.lines)
    assert [kept[i] for i in sorted(left.left)] == [i for i in kept if i in table.left]
    assert left.broken == (kept.index(table.broken) if table.broken in kept else None)
    assert (left.total is None) == (table.total is None)


@given(tables(), st.integers(1, 80), st.data())
def test_no_more_is_left_out_than_must_be(table: Table, width: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(1, len(table.headings))))
    found = fitted(table, width, order)
    narrower = [fitted(table, 0, order[:count]) for count in range(len(order) + 1)]
    fits = [each for each in narrower if drawn_width(each) <= width]
    assert found == (fits[0] if fits else narrower[-1])


def test_what_the_last_line_says_is_kept() -> None:
    table = Table(("tx", "to", "gas"), (("0", "0xab", "1"),), frozenset({1}), ("", "total of 1", "1"))
    assert table.without(1).total == ("total", "1")
    assert table.without(2).total == ("", "total of 1")


def test_plain_columns() -> None:
    table = Table(("name", "bytes"), (("a", "1,000"), ("long", "2")), frozenset({0}), ("total", "1,002"))
    assert plain(table) == ["name   bytes", "a      1,000", "long       2", "total  1,002"]
    assert plain_width(table) == 12
    assert places(("a", "b", "a"), ("b", "a")) == (1, 0, 2)


RANDOM = calling.FIXTURES / "blocks" / "random-128.json"
CALLS: dict[str, tuple[str | Path, ...]] = {
    "compare": ("compare", RANDOM, "--trees", "patricia,binary"),
    "sizes": ("convert", "--sizes", calling.PACKED, calling.CHAIN),
    "gas": ("gas", RANDOM, "--set", "witness_branch_cost=950"),
    "bench": ("bench", "tree", "--leaves", "2"),
}


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("name", CALLS)
def test_columns_are_left_out_and_none_is_broken(
    name: str, term: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for width in (40, 60, 80):
        said = call(*CALLS[name], terminal=True, env={"COLUMNS": str(width), "TERM": term})
        lines = _ESCAPE.sub("", said.out).splitlines()
        assert ("╭" in said.out) == (term == "xterm")
        assert all(len(line) <= width or len(max(line.split(), key=len)) > 30 for line in lines), lines
        frames = [line for line in lines if line[:1] in "╭├╰" and line]
        assert all(line[-1] in "╮┤╯" for line in frames)
        rows = [line for line in lines if line.startswith("│")]
        assert not any("…│" in line.replace(" ", "") for line in rows)
        if width == 40:
            assert "left out" in " ".join(lines)
    assert LEFT_OUT not in call(*CALLS[name]).out
