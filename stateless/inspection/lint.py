"""What is legal in a witness and poor or suspicious all the same.

::

    report = lint(block)
    [(finding.rule, finding.place, finding.message) for finding in report.findings]

A block is executed, where that is possible, to know what it needs; nothing is judged. What could not be
looked at is said in ``LintReport.notes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stateless.inspection.explain import pre_root_of, tree_of
from stateless.inspection.lint_rules import RULES, Level
from stateless.verdict import to_plain
from verkle.errors import StatelessError, UnsupportedError
from witness.block import BlockInput

__all__ = ["LINTERS", "Finding", "LintOptions", "LintReport", "lint"]


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


Linter = Callable[[BlockInput, LintOptions], LintReport]


def _verkle(block: BlockInput, options: LintOptions) -> LintReport:
    from stateless.inspection.lint_verkle import lint_verkle  # noqa: PLC0415 (one tree a run)

    return lint_verkle(block, options)


def _patricia(block: BlockInput, options: LintOptions) -> LintReport:
    from stateless.inspection.lint_patricia import lint_patricia  # noqa: PLC0415 (loads the interpreter)

    return lint_patricia(block, options)


LINTERS: Final[Mapping[str, Linter]] = MappingProxyType({"verkle": _verkle, "patricia": _patricia})
"""By tree."""


def lint(block: BlockInput, options: LintOptions | None = None) -> LintReport:
    """Look at a block and its witness.

    Raises:
        StatelessError: the block's defect, ``NO_WITNESS``; ``RULES_UNKNOWN`` for an option that is none.
    """
    if block.defect is not None:
        raise block.defect
    tree = tree_of(block)
    if tree not in LINTERS:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED", f"a witness of the {tree} tree: there are no rules for it"
        )
    report = LINTERS[tree](block, options or LintOptions())
    root = pre_root_of(block)
    if root is not None and root[1] == "parent_header":
        return report
    said = "nothing names it" if root is None else f"it comes from the {root[1]}"
    asserted = Finding("pre-root-asserted", f"The state root before the block is not bound: {said}.")
    return LintReport(report.tree, (*report.findings, asserted), report.notes, report.error)
