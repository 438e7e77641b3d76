"""What is legal in a witness and poor or suspicious all the same.

::

    report = lint(block)
    [(finding.rule, finding.place, finding.message) for finding in report.findings]

A block is executed, where that is possible, to know what it needs; nothing is judged. What could not be
looked at is said in ``LintReport.notes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stateless.inspection.explain import pre_root_of, tree_of
from stateless.inspection.finding import Finding, LintOptions, LintReport
from verkle.errors import UnsupportedError
from witness.block import BlockInput

__all__ = ["LINTERS", "lint"]

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
            "FORMAT_UNSUPPORTED",
            f"a {tree} witness: there are no rules for it; verify, explain and diff take it",
        )
    report = LINTERS[tree](block, options or LintOptions())
    root = pre_root_of(block)
    if root is not None and root[1] == "parent_header":
        return report
    said = "nothing names it" if root is None else f"it comes from the {root[1]}"
    asserted = Finding("pre-root-asserted", f"The state root before the block is not bound: {said}.")
    return LintReport(report.tree, (*report.findings, asserted), report.notes, report.error)
