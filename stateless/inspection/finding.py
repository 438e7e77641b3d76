"""What ``stateless.inspection.lint`` is asked, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass

from stateless.inspection.lint_rules import RULES, Level
from stateless.verdict import to_plain
from verkle.errors import StatelessError

__all__ = ["Finding", "LintOptions", "LintReport"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found. ``rule``: a member of ``RULES``. ``place``: the part of the witness, as
    ``nodes[3]`` or ``stateDiff[1].suffixDiffs[0]``, empty for the whole. ``key``: the tree key, stem or
    hash."""

    rule: str
    message: str
    place: str = ""
    key: bytes | None = None

    @property
    def level(self) -> Level:
        """That of its rule."""
        return RULES[self.rule].level

    def to_json(self) -> dict[str, object]:
        """A member of ``findings``."""
        return {
            "rule": self.rule,
            "level": self.level,
            "message": self.message,
            "place": self.place,
            "key": to_plain(self.key),
        }


@dataclass(frozen=True, slots=True)
class LintOptions:
    """``rules``: name of a rule set or fork. ``execute``: run a block to see what it needs."""

    rules: str | None = None
    execute: bool = True


@dataclass(frozen=True, slots=True)
class LintReport:
    """``notes``: what was not looked at, and why. ``error``: why the witness is not legal at all."""

    tree: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    error: StatelessError | None = None
