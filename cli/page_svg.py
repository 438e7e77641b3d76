"""Pieces of charts: escaped elements, axes with round marks, markers that differ in shape, hatches.

Everything returns text. Colours are classes only (``page_style``), so that one drawing serves light and dark,
screen and paper, and the page's policy can forbid inline styles. Lengths are CSS pixels.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape as _escape

TEXT_WIDTH: Final = 6.2
"""Of a character of chart text, on average."""
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_QUOTES: Final = {'"': "&quot;", "'": "&#39;"}
# Marks that turn the direction of the text around them: a name could change what its neighbours seem to say.
_DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """``text`` without what no page may hold: control characters, half pairs, marks of direction."""
    return "".join(
        "\ufffd"
        if unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} or c in _DIRECTION
        else " "
        if unicodedata.category(c) in {"Zl", "Zp"}
        else c
        for c in text
    )


def escape(text: str) -> str:
    """``text`` as content or attribute of HTML and XML."""
    return _escape(clean(text), _QUOTES)


def shortened(text: str, most: int) -> str:
    """``text`` of at most so many characters, its middle left out."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 3
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :] if tail else ''}"


def number(value: float) -> str:
    """A coordinate."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def tag(name: str, *content: str, **attributes: str | float | None) -> str:
    """An element. Text in ``content`` must be escaped; attributes are. ``class_`` ▶ class, ``_`` ▶ ``-``."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{''.join(content)}</{name}>" if content else f"<{name}{said}/>"


def text(x: float, y: float, said: str, class_: str = "t", anchor: str | None = None) -> str:
    """A line of text; ``said`` is plain."""
    return tag("text", escape(said), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str) -> str:
    """An open line through points."""
    return tag("path", d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in points), class_=class_)


def note(said: str) -> str:
    """What a pointer that rests there is told."""
    return tag("title", escape(said))


def marker(shape: str, x: float, y: float, class_: str, said: str = "", radius: float = 4) -> str:
    """A point: circle, square, triangle, diamond or cross."""
    hint = (note(said),) if said else ()
    if shape == "circle":
        return tag("circle", *hint, cx=x, cy=y, r=radius, class_=class_)
    r = radius
    outlines = {
        "square": ((-0.9 * r, -0.9 * r), (0.9 * r, -0.9 * r), (0.9 * r, 0.9 * r), (-0.9 * r, 0.9 * r)),
        "triangle": ((0, -1.2 * r), (1.15 * r, 0.9 * r), (-1.15 * r, 0.9 * r)),
        "diamond": ((0, -1.3 * r), (1.3 * r, 0), (0, 1.3 * r), (-1.3 * r, 0)),
        "cross": (
            (-r, -r),
            (0, -0.35 * r),
            (r, -r),
            (0.35 * r, 0),
            (r, r),
            (0, 0.35 * r),
            (-r, r),
            (-0.35 * r, 0),
        ),
    }
    d = "M" + "L".join(f"{number(x + dx)} {number(y + dy)}" for dx, dy in outlines[shape]) + "Z"
    return tag("path", *hint, d=d, class_=class_)


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to places. ``ticks``: where marks stand; ``low`` ▶ ``start``, ``high`` ▶ ``end``."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """The place of a value; values outside stand at the border."""
        if self.logarithmic:
            span = math.log(self.high / self.low)
            part = math.log(max(value, self.low) / self.low) / span
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(part, 0.0), 1.0)


def linear_axis(most: float, start: float, end: float, marks: int = 5) -> Axis:
    """From 0 to ``most``, with round marks up to there."""
    most = max(most, 1e-9)
    step = _round_step(most / marks)
    count = math.floor(most / step + 1e-9)
    return Axis(0.0, most, start, end, False, tuple(step * i for i in range(count + 1)))


def log_axis(values: Sequence[float], start: float, end: float, *, most_marks: int = 7) -> Axis:
    """A little more than the positive ones of ``values``; round marks: 1, 2, 5 of each decade, or fewer."""
    positive = [value for value in values if value > 0] or [1.0, 10.0]
    low, high = min(positive), max(positive)
    margin = max((high / low) ** 0.04, 1.25 if high / low < 2 else 1.0)
    low, high = low / margin, high * margin
    marks: tuple[float, ...] = ()
    for steps, decades in _STEPS:
        marks = _marks(low, high, steps, decades)
        if len(marks) <= most_marks:
            break
    return Axis(low, high, start, end, True, marks)


def binary_axis(values: Sequence[float], start: float, end: float, *, most_marks: int = 8) -> Axis:
    """Marks at powers of two around the positive ones of ``values``."""
    positive = [value for value in values if value > 0] or [1.0, 2.0]
    low, high = math.floor(math.log2(min(positive))), math.ceil(math.log2(max(positive)))
    low -= 2.0**low > min(positive)  # a whole number just below a power of two is rounded to it
    high = max(high + (2.0**high < max(positive)), low + 1)
    step = next(step for step in (1, 2, 4, 8, 16) if (high - low) / step < most_marks or step == 16)
    low = step * math.floor(low / step)
    high = step * math.ceil(high / step)
    return Axis(2.0**low, 2.0**high, start, end, True, tuple(2.0**i for i in range(low, high + 1, step)))


_STEPS: Final[tuple[tuple[tuple[float, ...], int], ...]] = (
    ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 8), 1),
    ((1, 2, 3, 5, 7), 1),
    ((1, 2, 5), 1),
    ((1, 3), 1),
    ((1,), 1),
    ((1,), 2),
    ((1,), 3),
    ((1,), 6),
)
"""Marks of a decade, and decades from one to the next: finer ones first."""


def _marks(low: float, high: float, steps: Sequence[float], apart: int) -> tuple[float, ...]:
    decades = range(math.floor(math.log10(low)) - apart, math.ceil(math.log10(high)) + 1 + apart, apart)
    every = [step * 10.0**decade for decade in decades for step in steps]
    return tuple(mark for mark in every if low <= mark <= high)


def _round_step(wanted: float) -> float:
    decade = 10.0 ** math.floor(math.log10(wanted))
    return next(step * decade for step in (1, 2, 2.5, 5, 10) if step * decade >= wanted * (1 - 1e-9))


def grid_x(axis: Axis, top: float, bottom: float, label: Callable[[float], str], title: str) -> str:
    """Vertical lines at the marks, their labels below, the axis' title below these at the right."""
    pieces = []
    for tick in axis.ticks:
        x = axis(tick)
        anchor = "start" if x - axis.start < 12 and axis.start < 20 else "middle"
        pieces.append(line(x, top, x, bottom, "zero" if tick == 0 else "grid"))
        pieces.append(text(x, bottom + 16, label(tick), "tick", anchor))
    pieces.append(text(axis.end, bottom + 33, title, "axis", "end"))
    return "".join(pieces)


def grid_y(axis: Axis, left: float, right: float, label: Callable[[float], str], title: str) -> str:
    """Horizontal lines at the marks, their labels at the left, the axis' title above them."""
    pieces = [text(left - 52, axis.end - 14, title, "axis")]
    for tick in axis.ticks:
        y = axis(tick)
        pieces.append(line(left, y, right, y, "zero" if tick == 0 else "grid"))
        pieces.append(text(left - 8, y + 4, label(tick), "tick", "end"))
    return "".join(pieces)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels near where they belong, in the same order, ``gap`` apart if there is room."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    gap = min(gap, (high - low) / max(len(places) - 1, 1))
    settled = [min(max(places[i], low), high) for i in order]
    for i in range(1, len(settled)):
        settled[i] = max(settled[i], settled[i - 1] + gap)
    if settled and settled[-1] > high:
        settled[-1] = high
        for i in range(len(settled) - 2, -1, -1):
            settled[i] = min(settled[i], settled[i + 1] - gap)
    result = [0.0] * len(places)
    for i, place in zip(order, settled, strict=True):
        result[i] = place
    return result


def svg(name: str, width: float, height: float, title: str, said: str, *content: str) -> str:
    """A drawing with its text alternative. ``name``: unique in the page."""
    return tag(
        "svg",
        tag("title", escape(title), id=f"{name}-title"),
        tag("desc", escape(said), id=f"{name}-desc"),
        *content,
        xmlns=_NAMESPACE,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="chart",
    )


def sample(width: int, height: int, *content: str) -> str:
    """A small drawing for a legend; decoration, the word stands beside it."""
    return tag(
        "svg",
        *content,
        xmlns=_NAMESPACE,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        aria_hidden="true",
        focusable="false",
        class_="chart",
    )


def hatches(name: str, classes: Iterable[str]) -> str:
    """Definitions of two textures in each colour: stripes for code, dots for headers."""
    patterns = []
    for each in classes:
        ground = tag("rect", width=7, height=7, class_=f"faint {each}")
        stripe = tag("rect", width=2.6, height=7, class_=f"fill {each}")
        patterns.append(
            tag(
                "pattern", ground, stripe, id=f"{name}-code-{each}", width=7, height=7,
                patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
            )
        )  # fmt: skip
        dot = tag("circle", cx=3, cy=3, r=1.3, class_=f"fill {each}")
        ground = tag("rect", width=6, height=6, class_=f"faint {each}")
        patterns.append(
            tag(
                "pattern", ground, dot, id=f"{name}-headers-{each}", width=6, height=6,
                patternUnits="userSpaceOnUse",
            )
        )  # fmt: skip
    return tag("defs", *patterns)
