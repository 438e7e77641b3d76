"""Charts of the report page with points: sizes against keys, times against openings, blocks apart, encodings.

Every function draws at the width that it is given; the page asks for a wide and a narrow drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from cli.page_bars import LABELS, is_narrow, label
from cli.page_data import Variant
from cli.page_numbers import duration, duration_tick, power_of_two, quantile, size, size_tick, whole
from cli.page_svg import (
    binary_axis,
    grid_x,
    grid_y,
    line,
    log_axis,
    marker,
    note,
    path,
    sample,
    shortened,
    spread,
    svg,
    tag,
    text,
)

T = TypeVar("T")

SHAPES: Final = {"verkle": "circle", "patricia": "square", "binary": "triangle", "other": "diamond"}
"""The marker of each tree, so that colour is never alone."""
ENCODING_SHAPES: Final = {
    "own": "circle",
    "ssz": "square",
    "cbor": "triangle",
    "snappy": "diamond",
    "zstd": "cross",
}
MOST_DOTS: Final = 300
"""Of one variant in one drawing; of more blocks, this many evenly by rank stand for all."""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure at a number of keys. ``own``: the size that the block came with. ``proven``: a proof was made
    and verified; else bytes were counted."""

    keys: int
    size_bytes: int
    measured: bool
    own: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of one variant, by ascending keys; those in drawn states are joined."""

    variant: Variant
    points: tuple[Point, ...]


def short_name(variant: Variant) -> str:
    """For the end of a line: ``Patricia``, ``Binary 4 bits``."""
    name = variant.tree_name.removeprefix("Merkle-")
    return f"{name} {variant.group}".strip()


def size_lines(name: str, width: int, title: str, said: str, lines: Sequence[Line]) -> str:
    """Bytes against leaves of the state, both axes logarithmic: points, lines, their names at the end."""
    narrow = is_narrow(width)
    left, right, top, bottom = 54, (78 if narrow else 112), 26, (290 if narrow else 400)
    points = [point for each in lines for point in each.points]
    x = binary_axis([p.keys for p in points], left, width - right, most_marks=4 if narrow else 9)
    y = log_axis([p.size_bytes for p in points], bottom, top)
    pieces = [
        grid_y(y, left, width - right, size_tick, "bytes of proof"),
        grid_x(x, top, bottom, power_of_two, "leaves of the state"),
    ]
    ends = []
    for each in lines:
        hue, dashes = each.variant.class_, {2: " dash", 4: " dots"}.get(each.variant.group_bits or 1, "")
        modelled = [(x(p.keys), y(p.size_bytes)) for p in each.points if not p.own]
        if len(modelled) > 1:
            pieces.append(path(modelled, f"law {hue}{dashes}"))
        for p in each.points:
            hint = f"{each.variant.name}: {size(p.size_bytes)} at {power_of_two(p.keys)} leaves"
            if p.measured or p.proven:
                class_ = "point" if p.measured else "open"
                shape = SHAPES[hue]
                pieces.append(
                    marker(
                        shape, x(p.keys), y(p.size_bytes), f"{class_} {hue}", hint, 5.5 if p.measured else 4
                    )
                )
        ends.append((x(each.points[-1].keys), y(each.points[-1].size_bytes)))
    places = spread([end[1] for end in ends], 17, top + 4, bottom)
    for each, end, place in zip(lines, ends, places, strict=True):
        start = width - right + 10
        pieces.append(line(end[0] + 7, end[1], start - 2, place, "leader"))
        words = short_name(each.variant)
        said_short = shortened(words.replace(" bits", "").replace(" bit", "") if narrow else words, 16)
        pieces.append(text(start + 2, place + 4, said_short, f"hued {each.variant.class_}"))
    return svg(name, width, bottom + 40, title, said, *pieces)


@dataclass(frozen=True, slots=True)
class Timing:
    """One verification."""

    variant: Variant
    block: str
    count: float
    milliseconds: float
    measured: bool


def time_points(name: str, width: int, title: str, said: str, points: Sequence[Timing], unit: str) -> str:
    """Milliseconds against a count, both axes logarithmic."""
    narrow = width < 360
    left, right, top, bottom = 54, 14, 26, (240 if narrow else 270)
    x = log_axis([p.count for p in points], left, width - right, most_marks=6)
    y = log_axis([p.milliseconds for p in points], bottom, top, most_marks=7)
    pieces = [
        grid_y(y, left, width - right, duration_tick, "time to verify"),
        grid_x(x, top, bottom, whole, unit),
    ]
    for p in sorted(_some(points, 3 * MOST_DOTS), key=lambda each: each.measured):
        hue = p.variant.class_
        hint = f"{p.block}, {p.variant.name}: {duration(p.milliseconds)}, {whole(p.count)} {unit}"
        class_ = f"{'dot' if p.measured else 'open'} {hue}"
        pieces.append(
            marker(SHAPES[hue], x(p.count), y(p.milliseconds), class_, hint, 4 if p.measured else 3)
        )
    return svg(name, width, bottom + 40, title, said, *pieces)


@dataclass(frozen=True, slots=True)
class Strip:
    """A figure of every block under one variant."""

    variant: Variant
    values: tuple[tuple[str, float, bool], ...]
    """Block, figure, whether it was measured."""


def strips(name: str, width: int, title: str, said: str, rows: Sequence[Strip]) -> str:
    """A dot a block, the middle half as a box, the median as a line; bytes on a logarithmic axis."""
    narrow = is_narrow(width)
    left, right = (4, 12) if narrow else (LABELS, 84)
    step, top = (56, 4) if narrow else (40, 8)
    axis = log_axis(
        [value for row in rows for _, value, _ in row.values],
        left,
        width - right,
        most_marks=4 if narrow else 8,
    )
    pieces, y, tree = [], float(top), ""
    for row in rows:
        if tree and tree != row.variant.tree:
            y += 8
        tree = row.variant.tree
        pieces.append(_strip(row, axis, y, width, narrow))
        y += step
    grid = grid_x(axis, top, y, size_tick, "bytes of a block's witness")
    return svg(name, width, y + 40, title, said, grid, *pieces)


def _strip(row: Strip, axis: Callable[[float], float], y: float, width: int, narrow: bool) -> str:
    hue = row.variant.class_
    values = sorted(value for _, value, _ in row.values)
    quarter, half, three = (quantile(values, part) or 0.0 for part in (0.25, 0.5, 0.75))
    words = label(0, y + (12 if narrow else 22), row.variant, 40 if narrow else 29)
    value = text(width - 2, y + (12 if narrow else 22), size(half), "t b", "end")
    centre = y + (35 if narrow else 18)
    pieces = [words, value, line(axis(values[0]), centre, axis(values[-1]), centre, f"whisker {hue}")]
    hint = note(f"{row.variant.name}: median {size(half)}, middle half {size(quarter)} to {size(three)}")
    pieces.append(
        tag(
            "rect", hint, x=axis(quarter), y=centre - 12, width=max(axis(three) - axis(quarter), 1),
            height=24, class_=f"wash {hue}", rx=2,
        )
    )  # fmt: skip
    taken: dict[int, int] = {}
    for block, size_bytes, measured in sorted(_some(row.values, MOST_DOTS), key=lambda each: each[1]):
        x = axis(size_bytes)
        lane = taken.get(round(x / 6), 0)
        taken[round(x / 6)] = lane + 1
        shift = ((lane + 1) // 2) * (5 if lane % 2 else -5)
        dot = f"{'dot' if measured else 'open'} {hue}"
        where = centre + max(min(shift, 14), -14)
        pieces.append(
            marker(SHAPES[hue], x, where, dot, f"{block}: {size(size_bytes)}", 3.4 if measured else 2.8)
        )
    pieces.append(line(axis(half), centre - 15, axis(half), centre + 15, f"median {hue}"))
    return "".join(pieces)


def _some(values: Sequence[T], most: int) -> Sequence[T]:
    """Not more than ``most`` of them, evenly, first and last among them."""
    if len(values) <= most:
        return values
    return [values[i * (len(values) - 1) // (most - 1)] for i in range(most)]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes of a variant's witnesses in each encoding."""

    variant: Variant
    sizes: tuple[tuple[str, float], ...]


def encoding_points(name: str, width: int, title: str, said: str, rows: Sequence[Encoded]) -> str:
    """A row a variant, a marker an encoding, bytes on a logarithmic axis."""
    narrow = is_narrow(width)
    left, right = (4, 14) if narrow else (LABELS, 24)
    step, top = (40, 4) if narrow else (28, 8)
    axis = log_axis(
        [each for row in rows for _, each in row.sizes], left, width - right, most_marks=4 if narrow else 8
    )
    y = float(top)
    pieces = []
    for row in rows:
        hue = row.variant.class_
        pieces.append(label(0, y + (12 if narrow else 18), row.variant, 44 if narrow else 29))
        centre = y + (26 if narrow else 14)
        places = [axis(each) for _, each in row.sizes]
        pieces.append(line(min(places), centre, max(places), centre, f"whisker {hue}"))
        for encoding, size_bytes in row.sizes:
            hint = f"{row.variant.name}: {size(size_bytes)} as {encoding}"
            class_ = f"{'point' if encoding == 'own' else 'open'} {hue}"
            pieces.append(marker(ENCODING_SHAPES[encoding], axis(size_bytes), centre, class_, hint, 4.4))
        y += step
    grid = grid_x(axis, top, y, size_tick, "bytes of a witness")
    return svg(name, width, y + 40, title, said, grid, *pieces)


def shape_swatch(shape: str, class_: str) -> str:
    """The sample of a marker for a legend."""
    return sample(16, 14, marker(shape, 8, 7, class_, radius=4.4))
