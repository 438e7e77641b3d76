"""Figures of the report page with a mark for each block: sizes, encodings, times of verification."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from cli import page_charts as charts
from cli import page_tables as tables
from cli.page_data import (
    ENCODINGS,
    Comparison,
    Row,
    block_count,
    by_variant,
    common,
    middle,
    one_policy,
    with_code,
)
from cli.page_figures import HALF, Figure, figure, markers, tree_samples, tree_word
from cli.page_numbers import duration, kilobytes, quantile, size, whole
from cli.page_tables import Cell, Column, word_columns


def distribution(data: Comparison) -> Figure | None:
    """Every block's witness under every variant."""
    rows = common(with_code(data.own), lambda row: row.total_bytes or None)
    if not rows:
        return None
    strips = [
        charts.Strip(
            variant,
            tuple((row.block, float(row.total_bytes or 0), row.kind == "measured") for row in each),
        )
        for variant, each in by_variant(rows).items()
    ]
    blocks = block_count(rows)
    title = "Block by block"
    said = f"{title}: sizes of the witnesses of {blocks} blocks. " + " ".join(
        f"{strip.variant.name}: median {size(_half(strip))}, from {size(min(_values(strip)))} to "
        f"{size(max(_values(strip)))}."
        for strip in strips
    )
    caption = (
        f"One mark a block ({whole(blocks)}), the middle half shaded, the median as a bar; the axis is "
        "logarithmic."
    )
    key = markers(*tree_samples(strip.variant for strip in strips))
    if any(not measured for strip in strips for _, _, measured in strip.values):
        key += markers(("circle", "open plain", "modelled"))

    draw = partial(charts.strips, title=title, said=said, rows=strips)
    columns = [
        *word_columns("Tree", "Code"),
        *(Column(name, "kB") for name in ("Least", "First quarter", "Median", "Third quarter", "Most")),
    ]
    cells = [
        (
            *tables.variant_cells(strip.variant),
            *(tables.kilobytes_cell(quantile(_values(strip), part)) for part in (0.0, 0.25, 0.5, 0.75, 1.0)),
        )
        for strip in strips
    ]
    table = tables.table("Sizes of a block's witness.", columns, cells, name="distribution-numbers")
    return figure("distribution", title, caption, draw, key, table)


def _half(strip: charts.Strip) -> float | None:
    return quantile(_values(strip), 0.5)


def _values(strip: charts.Strip) -> list[float]:
    return [value for _, value, _ in strip.values]


# Encodings.


def _own(row: Row) -> float | None:
    return row.encodings.get("own")


def _bare(data: Comparison) -> tuple[Row, ...]:
    return tuple(row for row in data.own if row.variant.code_policy == "none")


def encodings(data: Comparison) -> Figure | None:
    """The median witness in each encoding: with code, or without if that compares more blocks."""
    choices = [
        common([row for row in rows if row.encodings], _own) for rows in (with_code(data.own), _bare(data))
    ]
    rows, bare = max(
        zip(choices, (False, True), strict=True), key=lambda each: (block_count(each[0]), not each[1])
    )
    found = []
    for variant, each in by_variant(rows).items():
        sizes = tuple(
            (name, value)
            for name in ENCODINGS
            if (value := middle(each, lambda row, name=name: row.encodings.get(name))) is not None  # type: ignore[misc]
        )
        if sizes:
            found.append(charts.Encoded(variant._replace(code_policy=None) if bare else variant, sizes))
    if not found or all(len(each.sizes) < 2 for each in found):
        return None
    title = "Encodings and compression"
    said = f"{title}, medians. " + " ".join(
        f"{row.variant.name}: {', '.join(f'{name} {size(value)}' for name, value in row.sizes)}."
        for row in found
    )
    blocks = block_count(rows)
    whose = "one block's witness" if blocks == 1 else f"the median witness of {whole(blocks)} blocks"
    caption = f"What a container adds to {whose}, and what a compressor takes off again"
    caption += "; code left out." if bare else "."
    names = {
        "own": "own layout", "ssz": "SSZ", "cbor": "CBOR", "snappy": "snappy", "zstd": "zstd",
    }  # fmt: skip
    used = {name for row in found for name, _ in row.sizes}
    key = markers(
        *(
            (charts.ENCODING_SHAPES[name], f"{'point' if name == 'own' else 'open'} plain", names[name])
            for name in ENCODINGS
            if name in used
        )
    )

    draw = partial(charts.encoding_points, title=title, said=said, rows=found)
    columns = [
        *word_columns("Tree", "Code"),
        *(Column(names[name], "kB") for name in ENCODINGS if name in used),
    ]
    cells: list[tuple[Cell, ...]] = []
    for row in found:
        by_name = dict(row.sizes)
        cells.append(
            (
                *tables.variant_cells(row.variant),
                *(
                    tables.figure(by_name.get(name), kilobytes(by_name.get(name)))
                    for name in ENCODINGS
                    if name in used
                ),
            )
        )
    table = tables.table("Medians.", columns, cells, name="encodings-numbers")
    return figure("encodings", title, caption, draw, key, table)


# Time.


def times(data: Comparison) -> list[Figure]:
    """Verification against openings (Verkle), and of all trees against leaves touched."""
    rows = one_policy(row for row in data.ours if row.verify_ms)
    opened = [row for row in rows if row.openings and row.variant.tree == "verkle"]
    touched = [row for row in rows if row.keys_touched]
    found = []
    for name, title, unit, chosen in (
        ("time-openings", "Verifying against openings: Verkle", "openings", opened),
        ("time-leaves", "Verifying against leaves: all trees", "leaves touched", touched),
    ):
        if not chosen:
            continue
        points = [
            charts.Timing(
                row.variant,
                row.block,
                float((row.openings if unit == "openings" else row.keys_touched) or 0),
                row.verify_ms or 0.0,
                row.kind == "measured",
            )
            for row in chosen
        ]
        found.append(_time_figure(name, title, unit, points))
    return found


def _time_figure(name: str, title: str, unit: str, points: Sequence[charts.Timing]) -> Figure:
    trees = dict.fromkeys(point.variant.tree for point in sorted(points, key=lambda p: p.variant.order))
    sentences = []
    for tree in trees:
        here = [p for p in points if p.variant.tree == tree]
        low, high = min(here, key=lambda p: p.count), max(here, key=lambda p: p.count)
        sentences.append(
            f"{tree_word(tree)}: {duration(low.milliseconds)} at {whole(low.count)}, "
            f"{duration(high.milliseconds)} at {whole(high.count)} {unit}."
        )
    said = f"{title}, both axes logarithmic. " + " ".join(sentences)
    caption = " ".join(sentences)
    key = markers(
        *((charts.SHAPES.get(t, "diamond"), f"dot {t}", tree_word(t)) for t in trees if len(trees) > 1)
    )
    if any(not p.measured for p in points):
        key += markers(("circle", "open plain", "modelled: drawn state"))

    draw = partial(charts.time_points, title=title, said=said, points=points, unit=unit)
    columns = [
        *word_columns("Block", "Tree", "Kind"),
        Column(unit.capitalize()),
        Column("Verify", "ms"),
    ]
    cells = [
        (
            tables.words(p.block),
            tables.variant_cells(p.variant)[0],
            tables.words("measured" if p.measured else "modelled"),
            tables.count_cell(p.count),
            tables.milliseconds_cell(p.milliseconds),
        )
        for p in points
    ]
    table = tables.table("Each verification.", columns, cells, name=f"{name}-numbers")
    return figure(name, title, caption, draw, key, table, HALF)
