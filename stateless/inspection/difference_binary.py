"""Two witnesses of the binary tree: keys that only one has, values that differ, and the roots they claim.

A key is named by account, slot or chunk where the block names the address, else by its stem. Of proofs of
the same leaves only that they differ is said: a state and a set of keys have one proof
(``witness.binary.proof``).
"""

from __future__ import annotations

from stateless.compare.embedding import LEAF_RULES
from stateless.compare.leaf_view import binary_stems
from stateless.inspection.comparison import Comparison, Difference
from stateless.inspection.difference_verkle import leaf_differences, leaves_of
from stateless.inspection.names import TreeNames, tree_names
from verkle.errors import IncompleteError
from witness.binary.rules import rules_named
from witness.block import BlockInput

__all__ = ["compare_binary"]


def compare_binary(a: BlockInput, b: BlockInput) -> Comparison:
    """See ``stateless.inspection.difference``; the block itself is left to it.

    Raises:
        StatelessError: ``NO_WITNESS``, ``BINARY_RULES``.
    """
    if a.binary is None or b.binary is None:
        raise IncompleteError("NO_WITNESS", "one of the inputs holds no witness of the binary tree")
    left, right = leaves_of(a.binary.state_diff), leaves_of(b.binary.state_diff)
    asked = {key[:31] for key in (*left, *right)}
    one, other = (
        tree_names(block, asked, LEAF_RULES, stems_of=binary_stems(rules_named(name)))
        for block, name in ((a, a.binary.rules), (b, b.binary.rules))
    )
    names = TreeNames(LEAF_RULES, {**other.owners, **one.owners}, {**other.roles, **one.roles})
    differences: list[Difference] = []
    if a.binary.rules != b.binary.rules:
        what = "they are of trees with other rules, which put the same account in other places"
        differences.append(Difference("rules of the tree", "both", what, a=a.binary.rules, b=b.binary.rules))
    found = leaf_differences(left, right, names)
    differences += found
    roots = a.binary.post_root, b.binary.post_root
    if None not in roots and roots[0] != roots[1]:
        what = "they claim two states after the block"
        differences.append(Difference("state root after", "both", what, a=roots[0], b=roots[1]))
    notes: list[str] = []
    if a.binary.proof != b.binary.proof:
        if found or a.binary.pre_root != b.binary.pre_root:
            notes.append("the proofs differ, as they must for different contents")
        else:
            what = "the proof is another, though both are of the same leaves"
            differences.append(Difference("proof", "both", what))
    return Comparison(
        ("binary", "binary"), tuple(differences), {"keys": len(left.keys() & right.keys())}, tuple(notes)
    )
