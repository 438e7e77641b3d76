"""Small tries on purpose-made keys: short, alike, of one length or of several; values that embed or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from verkle.errors import StatelessError

T = TypeVar("T")


def attempt(call: Callable[[], T]) -> T | StatelessError:
    """What the call returns, or the refusal that it raises."""
    try:
        return call()
    except StatelessError as error:
        return error


# Nibbles 0, 1 and f alone, so that keys share prefixes and branches collapse often.
_BYTES = [0x00, 0x01, 0x0F, 0x10, 0x11, 0xF0, 0xFF]

VALUES = st.sampled_from([b"a", b"\x00", b"\x7f", b"\x80", b"x" * 5, b"y" * 31, b"z" * 32, b"w" * 60])


def keys(length: int | None) -> st.SearchStrategy[bytes]:
    """Keys of ``length`` bytes, or of one to four."""
    low, high = (1, 4) if length is None else (length, length)
    return st.lists(st.sampled_from(_BYTES), min_size=low, max_size=high).map(bytes)


def entries(length: int | None, *, max_size: int = 24) -> st.SearchStrategy[dict[bytes, bytes]]:
    """What a trie holds."""
    return st.dictionaries(keys(length), VALUES, max_size=max_size)


def changes(length: int | None) -> st.SearchStrategy[dict[bytes, bytes]]:
    """What is done to it; an empty value deletes."""
    return st.dictionaries(keys(length), VALUES | st.just(b""), max_size=12)


LENGTHS = st.sampled_from([2, 3, None])


@st.composite
def cases(draw: st.DrawFn) -> tuple[int | None, dict[bytes, bytes], dict[bytes, bytes]]:
    """Length of the keys, a trie, and changes that also hit keys that are in it."""
    length = draw(LENGTHS)
    before = draw(entries(length))
    after = draw(changes(length))
    if before:
        hit = draw(st.lists(st.sampled_from(sorted(before)), max_size=8))
        after.update({key: draw(VALUES | st.just(b"")) for key in hit})
    return length, before, after
