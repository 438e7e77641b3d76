"""What the report page is made of: numbers in words, axes, selections of rows that can be compared."""

from __future__ import annotations

import itertools
import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli import page_numbers as numbers
from cli.page import report_html
from cli.page_data import Row, Variant, common, comparison, how_measured, kind_words, one_policy, without_code
from cli.page_svg import Axis, binary_axis, clean, escape, linear_axis, log_axis, shortened, spread, tag
from tests.cli.compare_sample import document
from tests.cli.test_page import drawings, read

S = "\u202f"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (0, f"0{S}B"),
        (640, f"640{S}B"),
        (999, f"999{S}B"),
        (1000, f"1.0{S}kB"),
        (14_808, f"14.8{S}kB"),
        (999_949, f"999.9{S}kB"),
        (999_950, f"1.0{S}MB"),
        (1_234_567, f"1.2{S}MB"),
        (12_345_678_900_000, f"12{S}345.7{S}GB"),
    ],
)
def test_sizes(value: float | None, said: str) -> None:
    assert numbers.size(value) == said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (numbers.kilobytes(1_234_567), f"1{S}234.6"),
        (numbers.whole(1_048_576), f"1{S}048{S}576"),
        (numbers.power_of_two(1 << 28), "2²⁸"),
        (numbers.power_of_two(1430), f"1{S}430"),
        (numbers.power_of_two(0), "0"),
        (numbers.duration(0.416), f"0.42{S}ms"),
        (numbers.duration(34.56), f"34.6{S}ms"),
        (numbers.duration(17_000), f"17.0{S}s"),
        (numbers.size_tick(500_000), f"500{S}kB"),
        (numbers.size_tick(1500), f"1.5{S}kB"),
        (numbers.duration_tick(0.5), f"0.5{S}ms"),
        (numbers.ratio(24, 10), f"2.4{S}×"),
        (numbers.ratio(9, 10), f"0.90{S}×"),
        (numbers.ratio(1, 0), "–"),
        (numbers.share(1, 3), f"33{S}%"),
        (numbers.share(4, 1000), f"0.4{S}%"),
        (numbers.share(0, 0), f"0{S}%"),
    ],
)
def test_numbers_in_words(said: str, expected: str) -> None:
    assert said == expected


def test_quantiles() -> None:
    assert numbers.median([]) is None
    assert numbers.median([3, 1, 2]) == 2
    assert numbers.median([1, 2]) == 1.5
    assert [numbers.quantile([0, 10, 20, 30], part) for part in (0, 0.25, 1)] == [0, 7.5, 30]


@given(st.lists(st.floats(1e-3, 1e15), min_size=1, max_size=6))
def test_logarithmic_axes_hold_their_values_and_keep_their_order(values: list[float]) -> None:
    axis = log_axis(values, 100.0, 900.0, most_marks=7)
    assert 1 <= len(axis.ticks) <= 7
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    _laws(axis, values)


@given(st.lists(st.integers(1, 1 << 62), min_size=1, max_size=6))
@example([2**31 - 1])
@example([2**60 - 1])
@example([2**60 + 1])
def test_axes_of_powers_of_two_hold_their_values_and_keep_their_order(values: list[int]) -> None:
    axis = binary_axis(values, 100.0, 900.0, most_marks=8)
    assert 2 <= len(axis.ticks) <= 10
    assert all(tick == 2.0 ** round(math.log2(tick)) for tick in axis.ticks)
    assert axis.ticks[0] <= min(values)
    assert axis.ticks[-1] >= max(values)
    _laws(axis, values)


@given(st.lists(st.floats(0, 1e15), min_size=1, max_size=6))
def test_linear_axes_hold_their_values_and_keep_their_order(values: list[float]) -> None:
    axis = linear_axis(max(values), 100.0, 900.0)
    assert axis.ticks[0] == 0
    assert len(axis.ticks) <= 7
    _laws(axis, values)


def _laws(axis: Axis, values: Sequence[float]) -> None:
    places = [axis(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(100 <= place <= 900 for place in places)
    apart = [after - before for before, after in itertools.pairwise(axis(tick) for tick in axis.ticks)]
    assert all(gap > 0 for gap in apart)


@given(st.lists(st.floats(0, 500), max_size=12))
def test_labels_are_spread_in_order_and_inside(places: list[float]) -> None:
    found = spread(places, 17, 0, 500)
    order = sorted(range(len(places)), key=lambda i: places[i])
    assert all(-1e-6 <= place <= 500 + 1e-6 for place in found)
    assert all(found[b] - found[a] >= 17 - 1e-6 for a, b in itertools.pairwise(order))


@given(st.text(), st.text())
def test_any_text_is_content_and_attribute_of_xml(content: str, attribute: str) -> None:
    element = ET.fromstring(tag("text", escape(content), id=attribute))  # noqa: S314
    assert (element.text or "") == clean(content)
    assert element.get("id") == clean(attribute)


@given(st.text(), st.integers(4, 50))
def test_long_names_are_shortened(name: str, most: int) -> None:
    found = shortened(name, most)
    assert len(found) <= most
    assert found == name or "…" in found


def _rows(*members: dict[str, Any]) -> tuple[Row, ...]:
    found = comparison(
        {"results": [{"kind": "measured", "block": "a", "tree": "verkle"} | m for m in members]}
    )
    return found.own + found.drawn + found.quoted


def test_blocks_are_compared_that_every_tree_has() -> None:
    rows = _rows(
        {"block": "a", "total_bytes": 1},
        {"block": "b", "total_bytes": 2},
        {"block": "a", "tree": "binary", "total_bytes": 3},
        {"block": "b", "tree": "binary", "total_bytes": None},
    )
    assert [row.total_bytes for row in common(rows, lambda row: row.total_bytes)] == [1, 3]
    alone = _rows({"block": "a", "total_bytes": 1}, {"block": "b", "tree": "binary", "total_bytes": 2})
    assert common(alone, lambda row: row.total_bytes) == alone


def test_one_code_policy_a_tree() -> None:
    rows = _rows(
        *(
            {"tree": tree, "code_policy": policy}
            for tree in ("patricia", "binary")
            for policy in ("whole", "chunks")
        ),
        {"tree": "verkle", "code_policy": "none"},
    )
    assert [(row.variant.tree, row.variant.code_policy) for row in one_policy(rows)] == [
        ("patricia", "whole"),
        ("binary", "chunks"),
        ("verkle", "none"),
    ]
    assert [row.variant.tree for row in without_code(rows)] == ["verkle"]


def test_what_does_not_say_that_it_was_measured_is_not_passed_off_as_such() -> None:
    rows = _rows({}, {"kind": None}, {"kind": "Measured"}, {"kind": "quoted"})
    assert [row.kind for row in rows] == ["measured", "modelled", "modelled", "quoted"]
    assert how_measured(rows[:1]) == "all"
    assert how_measured(rows[:2]) == "some"
    assert how_measured(rows[1:3]) == "none"
    assert kind_words(rows[:3]) == "measured in 1 of 3 blocks"


def test_names_of_variants() -> None:
    assert Variant("verkle", None, "chunks").name == "Verkle"
    assert Variant("patricia", None, "whole").name == "Merkle-Patricia, whole code"
    assert Variant("binary", 1, "chunks").name == "Binary, 1 bit, chunks run"
    assert Variant("binary", 4, None).name == "Binary, 4 bits"
    assert Variant("new tree", 3, "half").name == "new tree, half"


def test_own_and_drawn_states_are_kept_apart() -> None:
    data = comparison(document((4, 12), (1 << 10, 1 << 20)))
    assert data.sizes == (1 << 10, 1 << 20)
    assert all(row.is_own for row in data.own)
    assert not any(row.is_own for row in data.drawn)
    assert {row.keys for row in data.at(1 << 20)} == {1 << 20}
    assert [row.source for row in data.quoted] == ["zkevm-benchmark-runs, 8 × RTX 5090"]


def test_the_sample_that_the_comparison_itself_wrote(project: Path) -> None:
    sample = json.loads((project / "fixtures/reports/sample-compare.json").read_text())
    page = report_html(sample)
    text = "".join(read(page).text)
    drawings(page)
    for block in sample["blocks"]:
        assert block["block"] in text
        assert block["block_digest"].removeprefix("0x") in text
    for row in sample["results"]:
        if row["kind"] == "quoted":
            assert row["source"] in text
