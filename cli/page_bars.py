"""Bars of the report page: bytes by part, what proofs are made of, how deep the walks go.

Every function draws at the width that it is given; the page asks for a wide and a narrow drawing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.page_data import Measured, Variant, mean_depth
from cli.page_numbers import NARROW_SPACE, size, size_tick
from cli.page_svg import (
    TEXT_WIDTH,
    Axis,
    escape,
    grid_x,
    hatches,
    line,
    linear_axis,
    marker,
    note,
    sample,
    shortened,
    svg,
    tag,
    text,
)

NARROW: Final = 320
WIDE: Final = 840
LABELS: Final = 186
"""Width of the column of names in a wide drawing."""
HATCHED: Final = ("code", "headers")
"""Textures drawn by a pattern; ``solid``, ``tint`` and ``faint`` are shades."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar. ``texture``: ``solid``, ``tint``, ``faint``, or one of ``HATCHED``."""

    name: str
    size_bytes: float
    texture: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A variant's parts. ``measured``: in how many of the blocks; else modelled. ``kind``: that in words."""

    variant: Variant
    segments: tuple[Segment, ...]
    measured: Measured
    kind: str

    @property
    def total(self) -> float:
        """Bytes of all parts."""
        return sum(segment.size_bytes for segment in self.segments)


def is_narrow(width: int) -> bool:
    """Whether names stand above what they name, as there is no column for them."""
    return width < 500


def label(x: float, y: float, variant: Variant, most: int) -> str:
    """A variant's name, its tree in its colour."""
    rest = ", ".join(part for part in (variant.group, variant.policy) if part)
    tree = shortened(variant.tree_name, most)
    tail = shortened(f", {rest}", max(most - len(tree), 8)) if rest else ""
    return tag(
        "text",
        tag("tspan", escape(tree), class_=f"hued {variant.class_}"),
        *((tag("tspan", escape(tail), class_="s"),) if tail else ()),
        x=x,
        y=y,
        class_="t",
    )


def kind_mark(x: float, y: float, bar: Bar) -> str:
    """A full dot for measured figures, a ring for modelled ones, a dot in a ring for some of both."""
    hue = bar.variant.class_
    if bar.measured == "all":
        return marker("circle", x, y, f"point {hue}", bar.kind, 3.6)
    inner = marker("circle", x, y, f"fill {hue}", radius=1.5) if bar.measured == "some" else ""
    return marker("circle", x, y, f"open {hue}", bar.kind, 3.6) + inner


def stacked_bars(name: str, width: int, title: str, said: str, bars: Sequence[Bar]) -> str:
    """One bar a variant, lengths to one scale, its sum and kind behind it."""
    narrow = is_narrow(width)
    left, right = (0, 80) if narrow else (LABELS, 88)
    step, top = (44, 4) if narrow else (30, 6)
    axis = linear_axis(max((bar.total for bar in bars), default=1), left, width - right, 3 if narrow else 6)
    pieces, y, tree = [], float(top), ""
    for bar in bars:
        if tree and tree != bar.variant.tree:
            y += 10
        tree = bar.variant.tree
        pieces.append(_bar(name, bar, axis, y, narrow))
        y += step
    grid = grid_x(axis, top, y, size_tick, "bytes")
    classes = dict.fromkeys(bar.variant.class_ for bar in bars)
    return svg(name, width, y + 40, title, said, hatches(name, classes), grid, *pieces)


def _bar(name: str, bar: Bar, place: Axis, y: float, narrow: bool) -> str:
    hue = bar.variant.class_
    high = 19
    pieces = [label(0, y + (12 if narrow else 17), bar.variant, 44 if narrow else 29)]
    y += 18 if narrow else 3
    start = 0.0
    for segment in bar.segments:
        if segment.size_bytes <= 0:
            continue
        x, end = place(start), place(start + segment.size_bytes)
        start += segment.size_bytes
        hint = note(f"{bar.variant.name}: {segment.name} {size(segment.size_bytes)}")
        wide = max(end - x - 1, 0.6)
        pieces.append(_box(name, segment.texture, hue, x, y, wide, high, hint))
        inside = size(segment.size_bytes)
        if segment.texture == "solid" and wide > len(inside) * TEXT_WIDTH + 14:
            pieces.append(text(x + 7, y + 13.5, inside, "on"))
    x = place(start) + 10
    pieces.append(kind_mark(x + 1, y + high / 2, bar))
    pieces.append(text(x + 10, y + 13.8, size(bar.total), "t b"))
    return "".join(pieces)


def _box(name: str, texture: str, hue: str, x: float, y: float, wide: float, high: float, hint: str) -> str:
    if texture in HATCHED:
        return tag("rect", hint, x=x, y=y, width=wide, height=high, fill=f"url(#{name}-{texture}-{hue})")
    class_ = {"solid": "fill", "tint": "tint", "faint": "wash"}[texture]
    return tag("rect", hint, x=x, y=y, width=wide, height=high, class_=f"{class_} {hue}")


def swatch(name: str, texture: str, hue: str = "plain") -> str:
    """The sample of a texture for a legend."""
    definitions = hatches(name, [hue]) if texture in HATCHED else ""
    return sample(22, 12, definitions, _box(name, texture, hue, 0, 0, 22, 12, ""))


def half_swatch() -> str:
    """The sample of the mark for figures that are measured in some blocks."""
    ring = marker("circle", 8, 7, "open plain", radius=4.4)
    return sample(16, 14, ring + marker("circle", 8, 7, "fill plain", radius=1.8))


@dataclass(frozen=True, slots=True)
class Depths:
    """How many walks of a tree end at each depth, in the blocks' own states and in the largest drawn ones."""

    variant: Variant
    own: Mapping[int, int]
    large: Mapping[int, int]

    def means(self) -> tuple[float | None, float | None]:
        """Mean depths of the two."""
        return mean_depth(self.own), mean_depth(self.large)


def depth_bars(name: str, width: int, title: str, said: str, panels: Sequence[Depths], large: str) -> str:
    """A panel a tree: share of the walks that end at each depth. ``large``: the size of the drawn states."""
    narrow = is_narrow(width)
    columns = 1 if narrow else max(len(panels), 1)
    gap, high = 34, 150
    each = (width - gap * (columns - 1)) / columns
    pieces = []
    for i, panel in enumerate(panels):
        x = (i % columns) * (each + gap)
        y = (i // columns) * (high + 68)
        pieces.append(_depth_panel(panel, x, y, each, high, large))
    rows = -(-len(panels) // columns)
    return svg(name, width, rows * (high + 68), title, said, *pieces)


def _depth_panel(panel: Depths, left: float, top: float, width: float, high: float, large: str) -> str:
    hue = panel.variant.class_
    means = " → ".join(f"{mean:.1f}" for mean in panel.means() if mean is not None)
    pieces = [
        tag(
            "text",
            tag("tspan", escape(panel.variant.tree_name), class_=f"hued {hue}"),
            tag("tspan", escape(f"  mean depth {means}"), class_="s"),
            x=left,
            y=top + 13,
            class_="t",
        )
    ]
    every = [*panel.own, *panel.large]
    if not every:
        return "".join([*pieces, text(left, top + 40, "no depths in the data", "t s")])
    first, last = min(every), max(every)
    slot = min(width / (last - first + 1), 46)
    base = top + 24 + high
    shares = [
        (depths, class_, word)
        for depths, class_, word in ((panel.own, "tint", "own state"), (panel.large, "fill", large))
        if depths
    ]
    most = max(many / sum(depths.values()) for depths, _, _ in shares for many in depths.values())
    bar = max(slot * 0.84 / len(shares), 1)
    for j, (depths, class_, word) in enumerate(shares):
        total = sum(depths.values())
        for depth, many in depths.items():
            height = max((high - 16) * many / total / most, 1)
            x = left + (depth - first) * slot + slot * 0.08 + j * bar
            hint = note(f"{panel.variant.tree_name}, {word}: {100 * many / total:.1f} % end at depth {depth}")
            pieces.append(
                tag(
                    "rect", hint, x=x, y=base - height, width=max(bar - 0.6, 0.8), height=height,
                    class_=f"{class_} {hue}",
                )
            )  # fmt: skip
            if many / total == most:
                share = f"{100 * most:.0f}{NARROW_SPACE}%"
                at_end = x + bar / 2 + 20 > left + width
                where = left + width if at_end else x + bar / 2
                pieces.append(text(where, base - height - 5, share, "tick", "end" if at_end else "middle"))
    pieces.append(line(left, base, left + max(slot * (last - first + 1), 40), base, "zero"))
    every_nth = next(n for n in (1, 2, 5, 10, 50, 1000) if slot * n >= 17)
    pieces += [
        text(left + (depth - first + 0.5) * slot, base + 16, str(depth), "tick", "middle")
        for depth in range(first, last + 1)
        if depth % every_nth == 0 or last - first < every_nth
    ]
    pieces.append(text(left, base + 33, "depth at which a walk ends", "axis"))
    return "".join(pieces)
