"""Figures of the report page about sizes: drawings, captions, and the same in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli import page_bars as bars
from cli import page_charts as charts
from cli import page_tables as tables
from cli.page_data import (
    PART_NAMES,
    PARTS,
    TREES,
    Comparison,
    Row,
    Variant,
    by_variant,
    common,
    mean,
    middle,
    one_policy,
)
from cli.page_numbers import power_of_two, share, size, whole
from cli.page_svg import escape
from cli.page_tables import Column

_TEXTURES: Final[Mapping[str, str]] = {
    "proof": "solid",
    "values": "tint",
    "code": "code",
    "headers": "headers",
}
KINDS: Final = (("circle", "point plain", "measured"), ("circle", "open plain", "modelled"))
TREE_KEY: Final = tuple((charts.SHAPES[tree], f"point {tree}", tree) for tree in TREES)


@dataclass(frozen=True, slots=True)
class Figure:
    """``wide``, ``narrow``: drawings; ``key``: items of the legend, HTML; ``table``: the same in numbers."""

    name: str
    title: str
    caption: str
    wide: str
    narrow: str
    key: tuple[str, ...]
    table: str


Draw = Callable[[str, int], str]


def figure(
    name: str, title: str, caption: str, draw: Draw, key: Sequence[str], table: str, width: int = bars.WIDE
) -> Figure:
    """Draw both drawings. ``width``: of the wide one."""
    narrow = draw(f"{name}-narrow", bars.NARROW)
    return Figure(name, title, caption, draw(f"{name}-wide", width), narrow, tuple(key), table)


def markers(*samples: tuple[str, str, str]) -> list[str]:
    """Items of a legend: shape, classes, word."""
    return [charts.shape_swatch(shape, class_) + escape(word) for shape, class_, word in samples]


# Bytes by part.


def _parts_bar(rows: Sequence[Row], variant: Variant, parts: Sequence[str]) -> bars.Bar:
    return bars.Bar(
        variant,
        tuple(
            bars.Segment(PART_NAMES[part], mean(rows, _part(part)) or 0.0, _TEXTURES[part]) for part in parts
        ),
        all(row.kind == "measured" for row in rows),
    )


def _part(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.part(name)


def _complete(row: Row) -> float | None:
    """The total, where all parts are known."""
    return None if any(row.part(part) is None for part in PARTS) else row.total_bytes


def parts(data: Comparison, keys: int | None, *, code: bool) -> Figure | None:
    """Stacked bars of the mean witness; ``keys``: in drawn states of this size, else in the blocks' own."""
    rows = data.own if keys is None else data.at(keys)
    if not code:
        rows = one_policy(rows)
    rows = common(rows, _complete)
    if not rows:
        return None
    shown = [part for part in PARTS if code or part != "code"]
    drawn = [_parts_bar(each, variant, shown) for variant, each in by_variant(rows).items()]
    if not code:
        drawn = [
            bars.Bar(bar.variant._replace(code_policy=None), bar.segments, bar.measured) for bar in drawn
        ]
    blocks = len({row.block for row in rows})
    where = "own state" if keys is None else f"a state of {power_of_two(keys)} leaves"
    title = f"Bytes by part{'' if code else ', code left out'}: {where}"
    least = min(drawn, key=lambda bar: bar.total)
    most = max(drawn, key=lambda bar: bar.total)
    said = f"{title}. Mean of {blocks} blocks. " + " ".join(
        f"{bar.variant.name}: {size(bar.total)}, of it "
        + ", ".join(
            f"{segment.name} {size(segment.size_bytes)}" for segment in bar.segments if segment.size_bytes
        )
        + "."
        for bar in drawn
    )
    caption = (
        f"The mean witness of {whole(blocks)} block{'' if blocks == 1 else 's'}: from {size(least.total)} "
        f"({least.variant.name}) to {size(most.total)} ({most.variant.name})."
    )
    key = [
        bars.swatch(f"key-{'own' if keys is None else 'drawn'}-{int(code)}-{part}", _TEXTURES[part])
        + escape(PART_NAMES[part])
        for part in shown
        if any(
            segment.size_bytes and segment.name == PART_NAMES[part]
            for bar in drawn
            for segment in bar.segments
        )
    ]
    used = {bar.measured for bar in drawn}
    key += markers(*(kind for kind, full in zip(KINDS, (True, False), strict=True) if full in used))
    name = f"parts-{'own' if keys is None else 'drawn'}-{'all' if code else 'bare'}"

    def draw(id_: str, width: int) -> str:
        return bars.stacked_bars(id_, width, title, said, drawn)

    return figure(name, title, caption, draw, key, _bar_table(name, drawn, shown))


def _bar_table(name: str, drawn: Sequence[bars.Bar], shown: Sequence[str]) -> str:
    columns = [
        Column("Tree", is_number=False),
        Column("Code", is_number=False),
        Column("Kind", is_number=False),
        *(Column(PART_NAMES[part].capitalize(), "kB, mean") for part in shown),
        Column("Together", "kB, mean"),
    ]
    lines = [
        (
            *tables.variant_cells(bar.variant),
            tables.words("measured" if bar.measured else "modelled"),
            *(tables.kilobytes_cell(segment.size_bytes) for segment in bar.segments),
            tables.kilobytes_cell(bar.total),
        )
        for bar in drawn
    ]
    return tables.table("Mean bytes by part.", columns, lines, name=f"{name}-numbers")


# Bytes against the size of the state.


def against_keys(data: Comparison) -> Figure | None:
    """Median proof against leaves of the state: the blocks' own states as points, drawn ones as a line."""
    if not data.sizes:
        return None
    rows = one_policy(row for row in data.ours if row.proof_bytes is not None and row.keys)
    shared = {
        row.block for row in common([row for row in rows if not row.is_own], lambda row: row.proof_bytes)
    }
    rows = tuple(row for row in rows if row.block in shared)
    lines = []
    for variant, each in by_variant(rows).items():
        points = _points([row for row in each if not row.is_own]) + _own_point(
            [row for row in each if row.is_own]
        )
        if points:
            lines.append(charts.Line(variant, tuple(sorted(points, key=lambda point: point.keys))))
    if not lines:
        return None
    title = "Bytes of proof against the size of the state"
    sentences = []
    for drawn in lines:
        first, last = drawn.points[0], drawn.points[-1]
        sentences.append(
            f"{drawn.variant.name}: {size(first.size_bytes)} at {power_of_two(round(first.keys))} leaves, "
            f"{size(last.size_bytes)} at {power_of_two(round(last.keys))}."
        )
    said = f"{title}, both axes logarithmic. Medians over the blocks. " + " ".join(sentences)
    growth = sorted(
        (drawn.points[-1].size_bytes / max(drawn.points[0].size_bytes, 1), drawn.variant) for drawn in lines
    )
    caption = (
        f"The median proof of the same blocks, code apart, in states of {power_of_two(data.sizes[0])} to "
        f"{power_of_two(data.sizes[-1])} leaves. Over the range it grows {growth[0][0]:.1f}-fold for "
        f"{growth[0][1].tree_name}"
        + (
            f" and {growth[-1][0]:.1f}-fold for {charts.short_name(growth[-1][1])}."
            if len(growth) > 1
            else "."
        )
    )
    used = dict.fromkeys(drawn.variant.tree for drawn in lines)
    key = markers(
        ("circle", "point plain", "measured, own state"),
        ("circle", "open plain", "modelled: proven in a drawn state"),
        *((shape, class_, tree_word(tree)) for shape, class_, tree in TREE_KEY if tree in used),
    )

    def draw(id_: str, width: int) -> str:
        return charts.size_lines(id_, width, title, said, lines)

    return figure("against-keys", title, caption, draw, key, _keys_table(lines))


def tree_word(tree: str) -> str:
    """A tree's name in a legend."""
    return Variant(tree, None, None).tree_name


def _points(rows: Sequence[Row]) -> list[charts.Point]:
    points = []
    for keys in sorted({row.keys for row in rows if row.keys}):
        here = [row for row in rows if row.keys == keys]
        value = middle(here, lambda row: row.proof_bytes)
        if value is not None:
            points.append(charts.Point(keys, value, False, any(row.verified for row in here)))
    return points


def _own_point(rows: Sequence[Row]) -> list[charts.Point]:
    keys, value = middle(rows, lambda row: row.keys), middle(rows, lambda row: row.proof_bytes)
    if keys is None or value is None:
        return []
    measured = all(row.kind == "measured" for row in rows)
    return [charts.Point(keys, value, measured, any(row.verified for row in rows))]


def _keys_table(lines: Sequence[charts.Line]) -> str:
    columns = [
        Column("Tree", is_number=False),
        Column("Code", is_number=False),
        Column("Kind", is_number=False),
        Column("State", "leaves"),
        Column("Proof", "kB, median"),
    ]
    cells = [
        (
            *tables.variant_cells(each.variant),
            tables.words("measured" if p.measured else "modelled"),
            tables.keys_cell(round(p.keys)),
            tables.kilobytes_cell(p.size_bytes),
        )
        for each in lines
        for p in each.points
    ]
    return tables.table("Median bytes of proof.", columns, cells, name="against-keys-numbers")


# Where the bytes go.


def made_of(data: Comparison) -> Figure | None:
    """What proofs consist of: commitments or hashes, what names the leaves, the rest."""
    rows = common(one_policy(row for row in data.own if _pieces(row)), lambda row: row.proof_bytes)
    if not rows:
        return None
    drawn = []
    for variant, each in by_variant(rows).items():
        texture = {name: texture for row in each for name, _, texture in _pieces(row)}
        sums = dict.fromkeys(texture, 0)
        for row in each:
            for name, many, _ in _pieces(row):
                sums[name] += many
        segments = tuple(bars.Segment(name, many / len(each), texture[name]) for name, many in sums.items())
        measured = all(row.kind == "measured" for row in each)
        drawn.append(bars.Bar(variant._replace(code_policy=None), segments, measured))
    title = "What the proofs are made of"
    said = f"{title}. " + " ".join(
        f"{bar.variant.name}: "
        + ", ".join(f"{s.name} {share(s.size_bytes, bar.total)}" for s in bar.segments if s.size_bytes)
        + "."
        for bar in drawn
    )
    parts_said = [
        f"{bar.variant.tree_name} {share(bar.segments[0].size_bytes, bar.total)} {bar.segments[0].name}"
        for bar in _one_a_tree(drawn)
        if bar.total
    ]
    caption = f"The mean proof, without values, code and headers: {'; '.join(parts_said)}."
    key = [
        bars.swatch("key-made-solid", "solid") + "commitments, or hashes of siblings",
        bars.swatch("key-made-tint", "tint") + "what names leaves: stems",
        bars.swatch("key-made-faint", "faint") + "the rest: multiproof, framing, nodes",
    ]

    def draw(id_: str, width: int) -> str:
        return bars.stacked_bars(id_, width, title, said, drawn)

    columns = [
        Column("Tree", is_number=False),
        Column("Piece", is_number=False),
        Column("Size", "kB, mean"),
        Column("Share", "%"),
    ]
    cells = [
        (
            tables.variant_cells(bar.variant)[0],
            tables.words(segment.name),
            tables.kilobytes_cell(segment.size_bytes),
            tables.figure(
                100 * segment.size_bytes / bar.total if bar.total else None,
                share(segment.size_bytes, bar.total),
            ),
        )
        for bar in drawn
        for segment in bar.segments
    ]
    table = tables.table("Mean bytes of each piece.", columns, cells, name="made-of-numbers")
    return figure("made-of", title, caption, draw, key, table)


def _one_a_tree(drawn: Sequence[bars.Bar]) -> list[bars.Bar]:
    return list({bar.variant.tree: bar for bar in reversed(drawn)}.values())[::-1]


def _pieces(row: Row) -> list[tuple[str, int, str]]:
    """Name, bytes and texture of what a proof consists of, in all its size; nothing if it is not known."""
    if row.proof_bytes is None:
        return []
    if row.variant.tree == "verkle":
        if row.commitments is None or row.stems is None or row.other_stems is None:
            return []
        first, second = 32 * row.commitments, row.stems + 31 * row.other_stems
        names = ("commitments", "stems", "multiproof")
    else:
        if row.siblings is None:
            return []
        first, second = 32 * row.siblings, 0
        names = ("sibling hashes", "stems", "nodes and framing")
    rest = row.proof_bytes - first - second
    if rest < 0:
        return []
    return [
        (names[0], first, "solid"),
        *([(names[1], second, "tint")] if second else []),
        (names[2], rest, "faint"),
    ]


def depths(data: Comparison) -> Figure | None:
    """How deep the walks go: in the own states, and in the largest drawn ones."""
    large = data.sizes[-1] if data.sizes else None
    panels = []
    for tree in dict.fromkeys(row.variant.tree for row in one_policy(data.ours) if row.depths):
        rows = [row for row in one_policy(data.ours) if row.variant.tree == tree and row.depths]
        bits = min((row.variant.group_bits or 0) for row in rows)
        rows = [row for row in rows if (row.variant.group_bits or 0) == bits]
        own, drawn = (
            _together([row for row in rows if row.is_own]),
            _together([row for row in rows if not row.is_own and row.keys == large]),
        )
        panels.append(bars.Depths(rows[0].variant, own, drawn))
    panels.sort(key=lambda panel: panel.variant.order)
    if not panels:
        return None
    title = "How deep the walks go"
    word = f"drawn state of {power_of_two(large)} leaves" if large else "drawn state"
    said = f"{title}. " + " ".join(_depth_words(panel, word) for panel in panels)
    caption = (
        "Share of the walks that end at each depth: wide nodes keep paths short, and every further level is "
        "paid for by each leaf that is touched."
    )
    key = [bars.swatch("key-depth-own", "tint") + "own state"]
    key += [bars.swatch("key-depth-large", "solid") + escape(word)] if large else []

    def draw(id_: str, width: int) -> str:
        return bars.depth_bars(id_, width, title, said, panels, word)

    columns = [
        Column("Tree", is_number=False),
        Column("Depth"),
        Column("Own state", "walks"),
        Column("Drawn", "walks"),
    ]
    cells = [
        (
            tables.variant_cells(panel.variant._replace(group_bits=None))[0],
            tables.count_cell(depth),
            tables.count_cell(panel.own.get(depth)),
            tables.count_cell(panel.large.get(depth)),
        )
        for panel in panels
        for depth in sorted({*panel.own, *panel.large})
    ]
    table = tables.table(
        "Walks by the depth at which they end, all blocks.", columns, cells, name="depths-numbers"
    )
    return figure("depths", title, caption, draw, key, table)


def _together(rows: Sequence[Row]) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in rows:
        for depth, many in row.depths.items():
            found[depth] = found.get(depth, 0) + many
    return dict(sorted(found.items()))


def _depth_words(panel: bars.Depths, word: str) -> str:
    own, large = panel.means()
    said = [
        f"{mean:.1f} in {where}"
        for mean, where in ((own, "the blocks' own states"), (large, f"a {word}"))
        if mean is not None
    ]
    return f"{panel.variant.tree_name}: mean depth {' and '.join(said)}."
