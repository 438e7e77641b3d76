"""What comes out of setting two witnesses side by side (``stateless.inspection.difference``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stateless.verdict import to_plain

__all__ = ["Comparison", "Difference", "Side"]

Side = Literal["a", "b", "both"]
"""Which input has what the difference is about; ``both``: each has it, and they differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing. ``part``: of the block or witness. ``what``: in words. ``key``: the tree key, node hash or
    other name that it goes by. ``a``, ``b``: the two sides where there are any (bytes, numbers, text)."""

    part: str
    side: Side
    what: str
    key: bytes | None = None
    a: object = None
    b: object = None

    def to_json(self) -> dict[str, object]:
        """A member of ``differences``."""
        return {
            "part": self.part,
            "side": self.side,
            "what": self.what,
            "key": to_plain(self.key),
            "a": to_plain(self.a),
            "b": to_plain(self.b),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """``trees``: of a and b. ``shared``: how many things of each part both have, by part. ``notes``: what
    differs in form alone."""

    trees: tuple[str, str]
    differences: tuple[Difference, ...]
    shared: Mapping[str, int]
    notes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the two mean the same."""
        return not self.differences

    def to_json(self) -> dict[str, object]:
        """A member of ``blocks``."""
        return {
            "trees": list(self.trees),
            "same": self.same,
            "differences": [difference.to_json() for difference in self.differences],
            "shared": dict(self.shared),
            "notes": list(self.notes),
        }
