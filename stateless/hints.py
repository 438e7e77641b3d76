"""Likely causes, added to a message where the evidence fits. They explain a verdict and never change it.

Source: SPEC 5.8 (iv), 5.9; the blocks in which the clients of the devnets contradict themselves.
"""

from __future__ import annotations

from stateless.rules import HistoryAccount, RuleSet
from verkle.embedding import CODE_OFFSET, HEADER_LEAVES, HEADER_STORAGE_OFFSET, StemHash, tree_key
from verkle.openings import PRESENT, Plan


def post_root_hint(plan: Plan, rules: RuleSet | None) -> str | None:
    """Why the root rebuilt from a witness may differ from the header's although its proof is right.

    Known are two ways in which clients created an account and left part of its header leaves out of the
    witness; then the header's root does not follow from the witness, whoever computes it.
    """
    if rules is None:
        return None
    if rules.history is not None and rules.history.kept:
        leaves = len(HEADER_LEAVES[rules.layout])
        if _creates_history_account(plan, rules.history, rules.stem_hash, leaves):
            return (
                "The likely cause: this is the first block that writes to the history account "
                f"0x{rules.history.address.hex()}, which does not exist before it. The network's client "
                "created the account and wrote its header leaves without putting them into the witness, so "
                "the header's root does not follow from the witness"
            )
    if rules.layout == "basic_data":
        stem = _half_created_account(plan)
        if stem is not None:
            return (
                f"A possible cause: leaf 0 of stem 0x{stem.hex()} is written where nothing was before, and "
                "leaf 1 is not in the witness. If this is an account, the network's client created it and "
                "wrote its code hash without putting that into the witness, so the header's root does not "
                "follow from the witness"
            )
    return None


def _creates_history_account(plan: Plan, history: HistoryAccount, stem_hash: StemHash, leaves: int) -> bool:
    """Does the witness prove the history account's stem absent, and write a slot in it but no header leaf?"""
    stem = tree_key(history.address, 0, 0, stem_hash)[:31]
    for diff, extension in zip(plan.diff, plan.extensions, strict=True):
        if diff.stem == stem and extension.status != PRESENT:
            written = [leaf.suffix for leaf in diff.suffixes if leaf.new is not None]
            return any(HEADER_STORAGE_OFFSET <= suffix < CODE_OFFSET for suffix in written) and not any(
                suffix < leaves for suffix in written
            )
    return False


def _half_created_account(plan: Plan) -> bytes | None:
    """The first stem whose leaf 0 appears, looking like BASIC_DATA of an account without code, while its
    leaf 1 is not in the witness."""
    for diff in plan.diff:
        first = diff.suffixes[0]
        if (
            first.suffix == 0
            and first.current is None
            and first.new is not None
            and first.new[:8] == bytes(8)
            and not any(leaf.suffix == 1 for leaf in diff.suffixes)
        ):
            return diff.stem
    return None
