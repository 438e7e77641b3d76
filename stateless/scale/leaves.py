"""Leaves that are given to a sampled state, by stem: for both trees whose keys are a stem and a suffix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from verkle.constants import KEY_BYTES, STEM_BYTES, VALUE_BYTES

__all__ = ["FOREIGN_SUFFIX", "by_stem", "touched_stems"]

FOREIGN_SUFFIX: Final = 0
"""Where a stem that is not the caller's has its one value."""


def by_stem(leaves: Mapping[bytes, bytes | None]) -> dict[bytes, dict[int, bytes]]:
    """The values that are there, by stem (31 bytes) and suffix, in the order of their keys.

    Raises ``ValueError``: a key or a value of a wrong length.
    """
    values: dict[bytes, dict[int, bytes]] = {}
    for key in sorted(leaves):
        value = leaves[key]
        if len(key) != KEY_BYTES or (value is not None and len(value) != VALUE_BYTES):
            raise ValueError("a key has 32 bytes, and a value, unless it is None, 32 bytes")
        if value is not None:
            values.setdefault(key[:-1], {})[key[-1]] = value
    return values


def touched_stems(leaves: Iterable[bytes], visits: Iterable[bytes]) -> list[bytes]:
    """The stems to which walks must be possible, ascending: of these keys, and those to be visited.

    Raises ``ValueError``: a stem of a wrong length.
    """
    touched = sorted({*(key[:-1] for key in leaves), *visits})
    for stem in touched:
        if len(stem) != STEM_BYTES:
            raise ValueError(f"a stem has {STEM_BYTES} bytes, not {len(stem)}")
    return touched
