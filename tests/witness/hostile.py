"""Inputs that are nearly right, and the one thing that a decoder may answer them with beside a reading."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from verkle.errors import StatelessError
from witness.block import BlockInput
from witness.decode import decode_blocks

Maker = Callable[[], dict[str, Any]]


def check_evidence(error: StatelessError) -> None:
    """What is to be shown can be shown, and without moving the cursor."""
    assert error.code.isupper()
    shown = [error.message, *error.where, *(str(value) for value in error.where.values())]
    assert all(text.isprintable() for text in shown)
    assert all(text.encode() for text in shown)


def attempt(data: bytes, format: str | None = None) -> tuple[BlockInput, ...] | None:
    """The blocks, or ``None`` where they are refused as they should be."""
    try:
        blocks = decode_blocks(data, "input", format=format)
    except StatelessError as error:
        check_evidence(error)
        return None
    assert blocks
    return blocks


def names_of(value: Any) -> set[str]:
    """All names of members in a document."""
    if isinstance(value, dict):
        return set(value).union(*(names_of(member) for member in value.values()))
    return set().union(*(names_of(member) for member in value)) if isinstance(value, list) else set()


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in a document."""
    found = [path] if path else []
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, member in steps:
        found += places(member, (*path, step))
    return found


def json_values(makers: Sequence[Maker], words: Sequence[str]) -> st.SearchStrategy[Any]:
    """Values of JSON, with the names of members that these documents have, and these words among the text."""
    names = sorted(set().union(*(names_of(make()) for make in makers)))
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**300), 2**300)
        | st.floats()
        | st.text(max_size=10)
        | st.sampled_from(words),
        lambda children: (
            st.lists(children, max_size=4)
            | st.dictionaries(st.sampled_from(names) | st.text(max_size=4), children, max_size=5)
        ),
        max_leaves=25,
    )


@st.composite
def with_one_member_changed(
    draw: st.DrawFn, makers: Sequence[Maker], values: st.SearchStrategy[Any]
) -> bytes:
    """One of these documents, one member of it removed or replaced."""
    document: Any = draw(st.sampled_from(makers))()
    path = draw(st.sampled_from(places(document)))
    target = document
    for step in path[:-1]:
        target = target[step]
    if draw(st.booleans()):
        del target[path[-1]]
    else:
        target[path[-1]] = draw(values)
    return json.dumps(document).encode()


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """These bytes with one to three places set, cut out or put in between; perhaps the same."""
    broken = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        position = draw(st.integers(0, len(broken) - 1))
        how = draw(st.sampled_from(["set", "cut", "insert"]))
        if how == "set":
            broken[position] = draw(st.integers(0, 255))
        elif how == "cut":
            del broken[position : position + draw(st.integers(1, 64))]
        else:
            broken[position:position] = draw(st.binary(min_size=1, max_size=64))
    return bytes(broken)
