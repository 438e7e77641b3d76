"""A smaller input that fails in the same way: pieces are left out, by halves, until nothing more can go.

JSON loses members and items, by whole ones; what then still fails, or is no JSON, loses bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.fuzz.mutate_json import places
from tests.fuzz.seeds import dumped

TRIES = 600
"""How many inputs are judged at most."""


def minimise(data: bytes, fails: Callable[[bytes], bool], tries: int = TRIES) -> bytes:
    """The smallest input found for which ``fails`` still holds; ``data`` itself, if nothing can go."""
    left = [tries]

    def still(smaller: bytes) -> bool:
        if left[0] <= 0 or len(smaller) >= len(data):
            return False
        left[0] -= 1
        return fails(smaller)

    return _bytes(_members(data, still), still)


def _members(data: bytes, still: Callable[[bytes], bool]) -> bytes:
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError):
        return data
    number = 0
    while True:
        found = list(places(document))
        if number >= len(found):
            return data
        at, key = found[number]
        kept = at[key]
        if isinstance(at, dict):
            del at[key]
        else:
            at.pop(key)
        smaller = _text(document)
        if smaller is not None and still(smaller):
            data = smaller
            continue
        if isinstance(at, dict):
            at[key] = kept
        else:
            at.insert(key, kept)
        number += 1


def _text(document: Any) -> bytes | None:
    try:
        return dumped(document)
    except UnicodeEncodeError:
        return None


def _bytes(data: bytes, still: Callable[[bytes], bool]) -> bytes:
    width = len(data) // 2
    while width:
        at = 0
        while at < len(data):
            smaller = data[:at] + data[at + width :]
            if smaller and still(smaller):
                data = smaller
            else:
                at += width
        width //= 2
    return data
