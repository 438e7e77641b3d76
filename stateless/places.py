"""What the leaves of an account mean, in words: places (address, tree index, suffix) of a Verkle tree.

Source: EIP-6800, *Tree embedding*; SPEC 4.3, 4.6.
"""

from __future__ import annotations

from stateless.rules import RuleSet
from verkle.constants import WIDTH
from verkle.embedding import CODE_OFFSET, HEADER_LEAVES, HEADER_STORAGE_OFFSET

__all__ = ["meaning", "words"]


def meaning(rules: RuleSet, tree_index: int, suffix: int) -> dict[str, object]:
    """What a leaf holds: ``{"field": name}``, ``{"slot": 32 bytes}``, ``{"chunk": number}``, or nothing where
    the rule set puts nothing there."""
    position = tree_index * WIDTH + suffix
    if tree_index == 0 and suffix < HEADER_STORAGE_OFFSET:
        names = HEADER_LEAVES[rules.layout]
        return {"field": names[suffix]} if suffix < len(names) else {}
    if tree_index == 0 and suffix < CODE_OFFSET:
        return {"slot": (suffix - HEADER_STORAGE_OFFSET).to_bytes(32, "big")}
    if position >= rules.storage_offset:
        return {"slot": (position - rules.storage_offset).to_bytes(32, "big")}
    return {"chunk": position - CODE_OFFSET}


def words(rules: RuleSet, address: bytes, tree_index: int, suffix: int) -> str:
    """The same for people: ``the balance of account 0x…``."""
    of = f"of account 0x{address.hex()}"
    for kind, value in meaning(rules, tree_index, suffix).items():
        if isinstance(value, bytes):
            return f"slot 0x{int.from_bytes(value, 'big'):x} {of}"
        if kind == "chunk":
            return f"code chunk {value} {of}"
        return f"the {str(value).replace('_', ' ')} {of}"
    return f"leaf {suffix} {of}"
