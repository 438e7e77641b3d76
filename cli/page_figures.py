"""Figures of the report page about sizes: drawings, captions, and the same in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
    block_count,
    by_variant,
    common,
    how_measured,
    kind_words,
    mean,
    one_policy,
    with_code,
    without_code,
)
from cli.page_numbers import power_of_two, share, size, whole
from cli.page_svg import escape, shortened
from cli.page_tables import Column, word_columns

_TEXTURES: Final[Mapping[str, str]] = {
    "proof": "solid",
    "values": "tint",
    "code": "code",
    "headers": "headers",
}
HALF: Final = 410
"""Width of one of two drawings that stand side by side."""


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


def tree_samples(variants: Iterable[Variant]) -> list[tuple[str, str, str]]:
    """For a legend of the trees: the sample of each that occurs."""
    used = {variant.tree for variant in variants}
    return [(charts.SHAPES[tree], f"point {tree}", tree_word(tree)) for tree in TREES if tree in used]


# Bytes by part.


def _part(name: str) -> Callable[[Row], float | None]:
    return lambda row: row.part(name)


def _complete(row: Row) -> float | None:
    """The total, where all parts are known."""
    return None if any(row.part(part) is None for part in PARTS) else row.total_bytes


def parts(data: Comparison, keys: int | None, *, code: bool) -> Figure | None:
    """Stacked bars of the mean witness; ``keys``: in drawn states of this size, else in the blocks' own."""
    rows = data.own if keys is None else data.at(keys)
    rows = common(with_code(rows) if code else without_code(rows), _complete)
    if not rows:
        return None
    shown = [part for part in PARTS if code or part != "code"]
    drawn = [
        bars.Bar(
            variant if code else variant._replace(code_policy=None),
            tuple(
                bars.Segment(PART_NAMES[part], mean(each, _part(part)) or 0.0, _TEXTURES[part])
                for part in shown
            ),
            how_measured(each),
            kind_words(each),
        )
        for variant, each in by_variant(rows).items()
    ]
    blocks = block_count(rows)
    where = "own state" if keys is None else f"a state of {power_of_two(keys)} leaves"
    title = f"Bytes by part{'' if code else ', code left out'}: {where}"
    least = min(drawn, key=lambda bar: bar.total)
    most = max(drawn, key=lambda bar: bar.total)
    said = f"{title}. Mean of {blocks} blocks. " + " ".join(_bar_words(bar) for bar in drawn)
    whose = "The witness of one block" if blocks == 1 else f"The mean witness of {whole(blocks)} blocks"
    from_least = f"from {size(least.total)} ({least.variant.name})"
    caption = f"{whose}: {from_least} to {size(most.total)} ({most.variant.name})."
    name = f"parts-{'own' if keys is None else 'drawn'}-{'all' if code else 'bare'}"
    key = [
        bars.swatch(f"key-{name}-{part}", _TEXTURES[part]) + escape(PART_NAMES[part])
        for part in shown
        if any(
            segment.size_bytes and segment.name == PART_NAMES[part]
            for bar in drawn
            for segment in bar.segments
        )
    ]

    draw = partial(bars.stacked_bars, title=title, said=said, bars=drawn)
    return figure(name, title, caption, draw, key + kind_key(drawn), _bar_table(name, drawn, shown))


def kind_key(drawn: Sequence[bars.Bar]) -> list[str]:
    """Items of a legend for the marks behind the bars."""
    used = {bar.measured for bar in drawn}
    key = markers(("circle", "point plain", "measured")) if "all" in used else []
    if "some" in used:
        key.append(bars.half_swatch() + "measured in some blocks")
    return key + (markers(("circle", "open plain", "modelled")) if "none" in used else [])


def _bar_words(bar: bars.Bar) -> str:
    pieces = [f"{each.name} {size(each.size_bytes)}" for each in bar.segments if each.size_bytes]
    return f"{bar.variant.name}: {size(bar.total)} ({bar.kind}), of it {', '.join(pieces) or 'nothing'}."


def _bar_table(name: str, drawn: Sequence[bars.Bar], shown: Sequence[str]) -> str:
    columns = [
        *word_columns("Tree", "Code", "Kind"),
        *(Column(PART_NAMES[part].capitalize(), "kB, mean") for part in shown),
        Column("Together", "kB, mean"),
    ]
    lines = [
        (
            *tables.variant_cells(bar.variant),
            tables.words(bar.kind),
            *(tables.kilobytes_cell(segment.size_bytes) for segment in bar.segments),
            tables.kilobytes_cell(bar.total),
        )
        for bar in drawn
    ]
    return tables.table("Mean bytes by part.", columns, lines, name=f"{name}-numbers")


# Bytes against the size of the state.


def against_keys(data: Comparison) -> list[Figure]:
    """Bytes of proof against leaves of the state: for the block that touches most, then, smaller, for those
    that touch least and a middling number."""
    touched = {
        row.block: row.keys_touched or 0
        for row in data.drawn
        if row.proof_bytes is not None and row.variant.tree == data.drawn[0].variant.tree
    }
    order = sorted(touched, key=lambda block: touched[block])
    chosen = dict.fromkeys([*order[-1:], *order[:1], *order[len(order) // 2 :][:1]])
    found = [_block_lines(data, block, i) for i, block in enumerate(chosen)]
    return [each for each in found if each is not None]


def _block_lines(data: Comparison, block: str, place: int) -> Figure | None:
    rows = one_policy(row for row in data.ours if row.block == block and row.proof_bytes and row.keys)
    lines = [
        charts.Line(
            variant,
            tuple(
                charts.Point(
                    row.keys or 0,
                    row.proof_bytes or 0,
                    row.kind == "measured",
                    row.is_own,
                    bool(row.verified),
                )
                for row in sorted(each, key=lambda row: row.keys or 0)
            ),
        )
        for variant, each in by_variant(rows).items()
    ]
    if not lines:
        return None
    title = f"Proof against state: {shortened(block, 40)}"
    touched = max((row.keys_touched or 0 for row in rows), default=0)
    ends = [(each.variant, each.points[0], each.points[-1]) for each in lines]
    sentences = [
        f"{variant.name}: {size(low.size_bytes)} at {power_of_two(low.keys)} leaves, "
        f"{size(high.size_bytes)} at {power_of_two(high.keys)}."
        for variant, low, high in ends
    ]
    said = f"{title}, both axes logarithmic. " + " ".join(sentences)
    growth = sorted(((high.size_bytes / low.size_bytes, variant) for variant, low, high in ends), key=_first)
    folds = [f"{times:.1f}-fold under {charts.short_name(variant)}" for times, variant in growth]
    caption = (
        f"The same work ({whole(touched)} leaves touched), proven in larger and larger states. From the "
        f"smallest to the largest the proof grows {' and '.join(dict.fromkeys((folds[0], folds[-1])))}."
    )
    if len({each.variant.code_policy for each in lines}) > 1:
        caption += " Where a tree holds code in chunks, its proof covers those that ran."
    points = [point for each in lines for point in each.points]
    key = markers(
        *tree_samples(each.variant for each in lines),
        *((("circle", "point plain", "measured, own state"),) if any(p.measured for p in points) else ()),
        ("circle", "open plain", "modelled"),
    )

    draw = partial(charts.size_lines, title=title, said=said, lines=lines)
    name = f"against-keys-{place}"
    width = bars.WIDE if place == 0 else HALF
    return figure(name, title, caption, draw, key, _keys_table(lines, f"{name}-numbers"), width)


def _first(pair: tuple[float, Variant]) -> float:
    return pair[0]


def tree_word(tree: str) -> str:
    """A tree's name in a legend."""
    return Variant(tree, None, None).tree_name


def _keys_table(lines: Sequence[charts.Line], name: str) -> str:
    columns = [
        *word_columns("Tree", "Code", "Kind"),
        Column("State", "leaves"),
        Column("Proof", "kB"),
    ]
    cells = [
        (
            *tables.variant_cells(each.variant),
            tables.words("measured" if p.measured else "modelled"),
            tables.keys_cell(p.keys),
            tables.kilobytes_cell(p.size_bytes),
        )
        for each in lines
        for p in each.points
    ]
    return tables.table("Bytes of proof.", columns, cells, name=name)


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
        bare = variant._replace(code_policy=None)
        drawn.append(bars.Bar(bare, segments, how_measured(each), kind_words(each)))
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
        bars.swatch("key-made-solid", "solid") + "commitments, sibling hashes, or nodes",
        bars.swatch("key-made-tint", "tint") + "stems that stand in the place of others",
        bars.swatch("key-made-faint", "faint") + "the rest: multiproof, statuses, lengths",
    ]

    draw = partial(bars.stacked_bars, title=title, said=said, bars=drawn)
    columns = [
        *word_columns("Tree", "Piece"),
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
    names: tuple[str, str, str]
    if row.variant.tree == "patricia":
        return [("nodes", row.proof_bytes, "solid")]
    if row.variant.tree == "verkle":
        if row.commitments is None or row.stems is None or row.other_stems is None:
            return []
        first, second = 32 * row.commitments, row.stems + 31 * row.other_stems
        names = ("commitments", "stems", "multiproof")
    else:
        if row.siblings is None:
            return []
        first, second = 32 * row.siblings, 31 * (row.other_stems or 0)
        names = ("sibling hashes", "stems", "the rest")
    rest = row.proof_bytes - first - second
    if rest < 0:
        return []
    return [(names[0], first, "solid"), (names[1], second, "tint"), (names[2], rest, "faint")]


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

    draw = partial(bars.depth_bars, title=title, said=said, panels=panels, large=word)
    columns = [
        *word_columns("Tree"),
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
