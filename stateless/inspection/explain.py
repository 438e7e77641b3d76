"""From the root to a value: why a witness shows that an account, a slot or a chunk of code is what it is.

::

    explanation = explain(block, question("0x12…ef:7"))
    explanation.status, explanation.conclusion, [step.words for step in explanation.steps]

The proof is checked, so that what is said to be shown is shown; nothing is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stateless.headers import headers_by_hash
from stateless.inspection.explanation import Explanation
from stateless.inspection.questions import Question
from verkle.errors import IncompleteError
from witness.block import BlockInput

__all__ = ["EXPLAINERS", "explain", "pre_root_of", "tree_of"]

Explainer = Callable[[BlockInput, Question, str | None, tuple[bytes, str] | None], Explanation]


def _verkle(
    block: BlockInput, asked: Question, rules: str | None, root: tuple[bytes, str] | None
) -> Explanation:
    from stateless.inspection.explain_verkle import explain_verkle  # noqa: PLC0415 (one tree a run)

    return explain_verkle(block, asked, rules, root)


def _patricia(
    block: BlockInput, asked: Question, rules: str | None, root: tuple[bytes, str] | None
) -> Explanation:
    from stateless.inspection.explain_patricia import explain_patricia  # noqa: PLC0415

    del rules
    return explain_patricia(block, asked, root)


def _binary(
    block: BlockInput, asked: Question, rules: str | None, root: tuple[bytes, str] | None
) -> Explanation:
    from stateless.inspection.explain_binary import explain_binary  # noqa: PLC0415

    del rules
    if block.binary is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness of the binary tree")
    return explain_binary(block.binary, asked, root)


EXPLAINERS: Final[Mapping[str, Explainer]] = MappingProxyType(
    {"verkle": _verkle, "patricia": _patricia, "binary": _binary}
)
"""By tree. An explainer gets the block, what is asked, the name of a rule set, the root with its source."""


def explain(
    block: BlockInput, asked: Question, *, rules: str | None = None, pre_root: bytes | None = None
) -> Explanation:
    """Walk to what is asked for, in the tree that the witness is of.

    Args:
        block: a decoded block with its witness, or a witness alone.
        asked: what to look for.
        rules: name of a rule set of Verkle trees; goes before what the input says.
        pre_root: the state root before the block, 32 bytes; goes before what the input says.

    Raises:
        StatelessError: ``NO_WITNESS``, the block's defect, a witness whose shape is wrong, rules that are not
            named. What is wrong further on ends the walk and is in ``Explanation.error``.
        UsageError: the tree has nothing of the kind that is asked for.
    """
    if block.defect is not None:
        raise block.defect
    tree = tree_of(block)
    root = (pre_root, "option") if pre_root is not None else pre_root_of(block)
    explanation = EXPLAINERS[tree](block, asked, rules, root)
    if explanation.error is not None:
        explanation.error.stage = "PROOF"
    return explanation


def tree_of(block: BlockInput) -> str:
    """The tree that the witness of a block is of. Raises ``IncompleteError`` ``NO_WITNESS``."""
    if block.patricia is not None:
        return "patricia"
    if block.binary is not None:
        return "binary"
    if block.witness is not None:
        return "verkle"
    raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")


def pre_root_of(block: BlockInput) -> tuple[bytes, str] | None:
    """The state root before a block and what says it: ``parent_header`` (bound by hash), ``file``, or
    ``newest_header`` of a witness without its block (both asserted); ``None`` if nothing does."""
    if block.binary is not None:  # the headers have the roots of another tree
        return None if block.binary.pre_root is None else (block.binary.pre_root, "file")
    ancestors = () if block.patricia is None else block.patricia.ancestors
    if block.header is not None and block.header.parent_hash is not None:
        parent = headers_by_hash((*block.headers, *ancestors)).get(block.header.parent_hash)
        if parent is not None and parent.state_root is not None:
            return parent.state_root, "parent_header"
    given = block.witness.parent_state_root if block.witness is not None else None
    if block.patricia is not None:
        given = block.patricia.pre_state_root
    if given is not None:
        return given, "file"
    if block.header is None:
        newest = max(ancestors, key=lambda header: header.number or 0, default=None)
        if newest is not None and newest.state_root is not None:
            return newest.state_root, "newest_header"
    return None
