"""How large the state is that a block is proven in: said by the user, or told from the block's own witness.

Source: SCALE 1, *What N means*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from stateless.compare.source import PatriciaOwn, Source, VerkleOwn
from stateless.scale.laws import expected_depth, keys_at_depth
from stateless.scale.model import LEAST_LEAVES, StateModel, state_model
from verkle.openings import PRESENT
from witness.errors import UsageError

__all__ = ["LEAST_KEYS", "MOST_KEYS", "OWN", "Size", "own_size", "parse_sizes", "size_of"]

OWN: Final = "own"
LEAST_KEYS: Final = 1 << 10
MOST_KEYS: Final = 1 << 36
_POWER: Final = re.compile(r"([0-9]{1,2})(?:\^|\*\*)([0-9]{1,2})")
_NUMBER: Final = re.compile(r"[0-9]{1,12}")
_DEPTH_KNOWN_FROM: Final = 1.01


@dataclass(frozen=True, slots=True)
class Size:
    """A state's size. ``own``: that of the block's own state, as far as its witness tells. ``slots``: of
    contracts whose own witness tells how many they have."""

    model: StateModel
    own: bool
    slots: Mapping[bytes, int]

    @property
    def keys(self) -> int:
        """Total leaves."""
        return self.model.leaves

    def slots_of(self, address: bytes) -> int:
        """Slots of a contract."""
        known = self.slots.get(address)
        return self.model.slots_of(address) if known is None else known


def parse_sizes(text: str) -> tuple[int | None, ...]:
    """``own``, ``1024``, ``2^20`` and ``2**20``, with commas between; ``None`` for ``own``. Each once,
    ascending, ``own`` first.

    Raises:
        UsageError: ``COMPARE_KEYS``: anything else, or a number outside 2^10 … 2^36.
    """
    found: set[int | None] = set()
    for part in text.split(","):
        word = part.strip()
        if word == OWN:
            found.add(None)
            continue
        power, number = _POWER.fullmatch(word), _NUMBER.fullmatch(word)
        keys = 0
        if power is not None and int(power[1]) > 1 and int(power[2]) <= 64:
            keys = int(power[1]) ** int(power[2])
        elif number is not None:
            keys = int(word)
        if not LEAST_KEYS <= keys <= MOST_KEYS:
            raise UsageError(
                "COMPARE_KEYS",
                f"{word[:40]!a} is no number of keys: own, or 2^10 to 2^36, written 1024, 2^20 or 2**20",
            )
        found.add(keys)
    return tuple(sorted(found, key=lambda keys: keys or 0))


def size_of(source: Source, keys: int | None) -> Size:
    """The size that a number of keys means, ``None``: the block's own state's."""
    if keys is None:
        return own_size(source)
    return Size(state_model(keys), False, {})


def own_size(source: Source) -> Size:
    """How large the block's own state is, by the mean depth of what its witness shows.

    Keys are uniform, so that a mean depth is the mark of a number of keys (``stateless.scale.laws``). It is
    an estimate from a sample, good to some ten per cent for a block of the main network; a state too small
    for the model counts as one of ``LEAST_LEAVES`` leaves.
    """
    if isinstance(source.own, VerkleOwn):
        depths = [
            extension.depth for extension in source.own.tree.plan.extensions if extension.status == PRESENT
        ]
        return Size(_model_with("stems", _keys(256, depths)), True, {})
    own: PatriciaOwn = source.own
    by_account: dict[bytes, list[int]] = {}
    for (address, _), depth in own.slot_depths.items():
        by_account.setdefault(address, []).append(depth)
    slots = {address: _keys(16, depths) for address, depths in by_account.items()}
    return Size(_model_with("accounts", _keys(16, list(own.depths.values()))), True, slots)


def _keys(width: int, depths: Sequence[int]) -> int:
    """The number of keys in a tree whose leaves lie this deep, 1 where nothing is known."""
    depth = fmean(depths) if depths else 1.0
    if depth < _DEPTH_KNOWN_FROM:
        return 1
    return keys_at_depth(width, min(depth, expected_depth(width, 1 << 38)))


def _model_with(name: str, count: int) -> StateModel:
    """The smallest model that has so many accounts or stems."""
    low, high = LEAST_LEAVES, 1 << 40
    while low < high:
        middle = (low + high) // 2
        if getattr(state_model(middle), name) < count:
            low = middle + 1
        else:
            high = middle
    return state_model(low)
