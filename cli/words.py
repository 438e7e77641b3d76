"""Numbers, hashes and amounts as people read them. Everything here returns plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final

ETHER: Final = 10**18
GWEI: Final = 10**9
# Behind the point of an amount.
DIGITS: Final = 6


def count(number: int, word: str, several: str | None = None) -> str:
    """``1 key``, ``1,354 keys``."""
    return f"{number:,} {word if number == 1 else several or word + 's'}"


def size(number: int) -> str:
    """Bytes: exact, with thousands set apart."""
    return f"{number:,} B"


def gibibytes(number: int) -> str:
    """Bytes of a memory, roughly."""
    return f"{number / (1 << 30):.1f} GiB"


def mebibytes(number: int) -> str:
    """Bytes of a memory."""
    return f"{number / (1 << 20):,.1f} MiB"


def milliseconds(ms: float) -> str:
    """A duration with three digits or so: ``0.42 ms``, ``34.6 ms``, ``1.7 s``."""
    if ms >= 1000:
        return f"{ms / 1000:.1f} s"
    digits = 2 if ms < 10 else 1 if ms < 100 else 0
    return f"{ms:.{digits}f} ms"


def ether(wei: int, minus: str = "-", digits: int = DIGITS) -> str:
    """An amount in the unit that keeps it short: ETH, below a ten-thousandth of one gwei, dust in wei.
    Cut to ``digits`` behind the point."""
    sign, wei = (minus if wei < 0 else ""), abs(wei)
    if wei == 0:
        return "0"
    if wei >= ETHER // 10_000:
        return f"{sign}{_decimal(wei, ETHER, digits)} ETH"
    if wei >= GWEI // 100:
        return f"{sign}{_decimal(wei, GWEI, digits)} gwei"
    return f"{sign}{wei:,} wei"


def ether_change(before: int, after: int, arrow: str) -> str:
    """Two amounts, the unit said once where it is the same: ``1.5 → 1.7 ETH``. With as many digits as show
    that they differ, if they do."""
    old, new = ether(before), ether(after)
    digits = DIGITS
    while old == new and before != after:
        digits += 3
        old, new = ether(before, digits=digits), ether(after, digits=digits)
    number, _, unit = old.partition(" ")
    return f"{number} {arrow} {new}" if unit and new.endswith(f" {unit}") else f"{old} {arrow} {new}"


def _decimal(amount: int, unit: int, digits: int) -> str:
    """``amount / unit``, cut (never rounded up) to ``digits`` behind the point."""
    whole, rest = divmod(amount, unit)
    fraction = f"{rest * 10**digits // unit:0{digits}d}".rstrip("0")
    return f"{whole:,}.{fraction}" if fraction else f"{whole:,}"


def short_hex(data: bytes | str, head: int = 4, tail: int = 2, ellipsis: str = "…") -> str:
    """``0x1a2b3c4d…5e6f``; whole where that is hardly longer."""
    digits = data.hex() if isinstance(data, bytes) else data.removeprefix("0x")
    if len(digits) <= 2 * (head + tail) + 2:
        return "0x" + digits
    return f"0x{digits[: 2 * head]}{ellipsis}{digits[-2 * tail :] if tail else ''}"


def value_text(value: object) -> str:
    """A member of ``where``, ``expected`` or ``got`` in one line."""
    if value is None or (isinstance(value, str | Sequence | Mapping) and not value and value != b""):
        return "nothing"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {value_text(member)}" for name, member in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value_text(member) for member in value)
    return str(value)


def bare_name(file: str) -> str:
    """The name of a file, without its folder and what tells its encoding: ``a/b.json.gz`` → ``b``."""
    return PurePath(file).name.removesuffix(".gz").removesuffix(".json")


def label(name: str) -> str:
    """A JSON name as words: ``post_state_root`` → ``post state root``."""
    return name.replace("_", " ")
