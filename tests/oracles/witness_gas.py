"""Access events and their cost as EIP-4762 words them: four sets, and a sum over what is not in them yet."""

from __future__ import annotations

BRANCH, CHUNK, SUBTREE_EDIT, CHUNK_EDIT = 1900, 200, 3000, 500

Place = tuple[bytes, int, int]


class Events:
    """The sets of one transaction."""

    def __init__(self) -> None:
        self.accessed_subtrees: set[tuple[bytes, int]] = set()
        self.accessed_leaves: set[Place] = set()
        self.edited_subtrees: set[tuple[bytes, int]] = set()
        self.edited_leaves: set[Place] = set()

    def touch(self, address: bytes, tree_index: int, sub: int, write: bool, available: int) -> int | None:
        """The cost, or ``None`` if it is more than there is, and then nothing is recorded (SPEC 6.2)."""
        subtree, leaf = (address, tree_index), (address, tree_index, sub)
        cost = 0
        if subtree not in self.accessed_subtrees:
            cost += BRANCH
        if leaf not in self.accessed_leaves:
            cost += CHUNK
        if write and subtree not in self.edited_subtrees:
            cost += SUBTREE_EDIT
        if write and leaf not in self.edited_leaves:
            cost += CHUNK_EDIT
        if cost > available:
            return None
        self.accessed_subtrees.add(subtree)
        self.accessed_leaves.add(leaf)
        if write:
            self.edited_subtrees.add(subtree)
            self.edited_leaves.add(leaf)
        return cost
