"""Two witnesses side by side: what one has and the other lacks, by meaning and not by byte.

::

    found = compare(block_a, block_b)
    found.same, [(each.part, each.side, each.what) for each in found.differences]

What says the same in another way (order, repetition, another dialect or encoding) is no difference; it is
noted. Nothing is verified: two witnesses can be the same and both be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from stateless.inspection.comparison import Comparison, Difference
from stateless.inspection.explain import pre_root_of, tree_of
from witness.block import BlockInput
from witness.header import Header
from witness.header_json import with_merge_constants
from witness.keccak import keccak256

__all__ = ["COMPARERS", "compare"]

Comparer = Callable[[BlockInput, BlockInput, str | None], Comparison]


def _verkle(a: BlockInput, b: BlockInput, rules: str | None) -> Comparison:
    from stateless.inspection.difference_verkle import compare_verkle  # noqa: PLC0415 (one tree a run)

    return compare_verkle(a, b, rules)


def _patricia(a: BlockInput, b: BlockInput, rules: str | None) -> Comparison:
    from stateless.inspection.difference_patricia import compare_patricia  # noqa: PLC0415

    del rules
    return compare_patricia(a, b)


def _binary(a: BlockInput, b: BlockInput, rules: str | None) -> Comparison:
    from stateless.inspection.difference_binary import compare_binary  # noqa: PLC0415

    del rules
    return compare_binary(a, b)


COMPARERS: Final[Mapping[str, Comparer]] = MappingProxyType(
    {"verkle": _verkle, "patricia": _patricia, "binary": _binary}
)
"""By tree. A comparer gets both blocks and the name of a rule set, and compares what is of the tree alone."""


def compare(a: BlockInput, b: BlockInput, *, rules: str | None = None) -> Comparison:
    """Compare two blocks with their witnesses.

    Args:
        a, b: decoded blocks, or witnesses alone.
        rules: name of a rule set, which names keys of Verkle trees; goes before what the inputs say.

    Raises:
        StatelessError: a block's defect, ``NO_WITNESS``.
    """
    for block in (a, b):
        if block.defect is not None:
            raise block.defect
    trees = tree_of(a), tree_of(b)
    differences = [*_block(a, b), *_pre_root(a, b)]
    notes = [
        f"{name} says nothing of the block" for name, block in (("A", a), ("B", b)) if block.header is None
    ]
    if trees[0] != trees[1]:
        what = f"A is of a {trees[0]} tree, B of a {trees[1]} tree: their contents cannot be compared"
        differences.append(Difference("tree", "both", what, a=trees[0], b=trees[1]))
        return Comparison(trees, tuple(differences), {}, tuple(notes))
    found = COMPARERS[trees[0]](a, b, rules)
    return Comparison(trees, (*differences, *found.differences), found.shared, (*notes, *found.notes))


def _block(a: BlockInput, b: BlockInput) -> Iterator[Difference]:
    """What both say of the block; what one leaves out is no difference."""
    if a.header is not None and b.header is not None:
        left, right = with_merge_constants(a.header), with_merge_constants(b.header)
        for member in fields(Header):
            values = getattr(left, member.name), getattr(right, member.name)
            if None not in values and values[0] != values[1]:
                name = member.name.replace("_", " ")
                yield Difference("header", "both", f"another {name}", a=values[0], b=values[1])
    for part, first, second in (
        ("transactions", a.transactions, b.transactions),
        ("withdrawals", a.withdrawals, b.withdrawals),
    ):
        if first is None or second is None:
            continue
        if len(first) != len(second):
            yield Difference(part, "both", f"another number of {part}", a=len(first), b=len(second))
        for number, (one, other) in enumerate(zip(first, second, strict=False), 1):
            if one != other:
                sides = [keccak256(each) if isinstance(each, bytes) else str(each) for each in (one, other)]
                yield Difference(part, "both", f"{part[:-1]} {number} is another", a=sides[0], b=sides[1])


def _pre_root(a: BlockInput, b: BlockInput) -> Iterator[Difference]:
    roots = [pre_root_of(block) for block in (a, b)]
    left, right = roots
    if left is not None and right is not None and left[0] != right[0]:
        yield Difference("state root before", "both", "they speak of two states", a=left[0], b=right[0])
