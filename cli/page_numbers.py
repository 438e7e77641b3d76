"""Numbers as the report page prints them: short, with units, thousands set apart by a narrow space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NARROW_SPACE: Final = "\u202f"
"""Between thousands and before units: narrow, and no line breaks there."""
NOTHING: Final = "–"
"""What stands where nothing is known."""
TIMES: Final = "×"
_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def whole(number: float | None) -> str:
    """``12 345``."""
    return NOTHING if number is None else f"{number:,.0f}".replace(",", NARROW_SPACE)


def kilobytes(number: float | None) -> str:
    """Bytes as kB (1,000 bytes) with one decimal and no unit, for columns that name it."""
    return NOTHING if number is None else f"{number / 1000:,.1f}".replace(",", NARROW_SPACE)


def size(number: float | None) -> str:
    """Bytes in the unit that keeps them short: ``640 B``, ``14.8 kB``, ``1.2 MB``."""
    if number is None:
        return NOTHING
    if number < 1000:
        return f"{number:.0f}{NARROW_SPACE}B"
    for unit, name in ((1e3, "kB"), (1e6, "MB"), (1e9, "GB")):
        if number < 999.95 * unit:
            return f"{number / unit:.1f}{NARROW_SPACE}{name}"
    return f"{kilobytes(number / 1e6)}{NARROW_SPACE}GB"


def size_tick(number: float) -> str:
    """As :func:`size`, for the marks of an axis: no decimal that is zero."""
    return size(number).replace(".0" + NARROW_SPACE, NARROW_SPACE)


def milliseconds(number: float | None) -> str:
    """A time in ms with three digits or so and no unit, for columns that name it."""
    if number is None:
        return NOTHING
    digits = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:,.{digits}f}".replace(",", NARROW_SPACE)


def duration(number: float | None) -> str:
    """A time with its unit: ``0.42 ms``, ``34.6 ms``, ``1.7 s``."""
    if number is None:
        return NOTHING
    if number >= 1000:
        return f"{number / 1000:,.1f}".replace(",", NARROW_SPACE) + NARROW_SPACE + "s"
    return milliseconds(number) + NARROW_SPACE + "ms"


def duration_tick(number: float) -> str:
    """As :func:`duration`, for the marks of an axis: ``5 ms``, ``0.5 ms``, ``2 s``."""
    if number >= 1000:
        return f"{number / 1000:g}{NARROW_SPACE}s"
    return f"{number:g}{NARROW_SPACE}ms"


def share(part: float, of: float) -> str:
    """A part of a whole in percent: ``36 %``, ``0.4 %``."""
    percent = 100 * part / of if of else 0.0
    return f"{percent:.{0 if percent >= 9.95 or percent == 0 else 1}f}{NARROW_SPACE}%"


def ratio(number: float, of: float) -> str:
    """How many times: ``2.4 ×``, ``17 ×``."""
    if of <= 0:
        return NOTHING
    times = number / of
    return f"{times:.{2 if times < 0.995 else 1 if times < 9.95 else 0}f}{NARROW_SPACE}{TIMES}"


def power_of_two(number: float) -> str:
    """``2²⁸`` where the number is one, else the number."""
    exponent = int(number).bit_length() - 1
    return f"2{str(exponent).translate(_SUPERSCRIPTS)}" if number == 2.0**exponent else whole(number)


def median(values: Sequence[float]) -> float | None:
    """The middle one, ``None`` of none."""
    return quantile(values, 0.5)


def quantile(values: Sequence[float], portion: float) -> float | None:
    """The value below which this portion lies, between neighbours in proportion; ``None`` of none."""
    if not values:
        return None
    ordered = sorted(values)
    place = portion * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
