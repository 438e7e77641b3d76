"""The access events of a transaction: which leaves of the tree it touched, and what that costs.

An event is a place (20-byte address, tree index, suffix) and whether it was written. The first touch of a
leaf in a transaction is paid for, by leaf and by stem; later ones are free. Events of frames that fail stay:
the witness must hold what was looked at, whatever came of it. Nothing is shared between transactions.

Sources: EIP-4762, *Access events*, *Write events*; SPEC 6.2.
"""

from __future__ import annotations

from collections.abc import Callable

from stateless.evm.halts import OutOfGas
from stateless.witness_rules import WitnessCosts
from verkle.constants import BASIC_DATA, CODE_HASH

__all__ = ["AccessLog", "Place"]

Place = tuple[bytes, int, int]
"""(address of 20 bytes, tree index, suffix)."""


class AccessLog:
    """What one transaction touched. ``leaves``: whether each was written, in order of the first touch."""

    __slots__ = (
        "_absent",
        "_branches",
        "_costs",
        "_edited",
        "_fill",
        "branches",
        "chunk_edits",
        "chunks",
        "code_chunks",
        "fills",
        "leaves",
        "leaves_read",
        "lost",
        "subtree_edits",
        "warm",
        "warm_gas",
    )

    def __init__(
        self,
        costs: WitnessCosts,
        absent: Callable[[Place], bool] | None = None,
        fill: Callable[[Place], None] | None = None,
    ) -> None:
        """Where filling a leaf has a price: ``absent``: whether it is absent in the state; ``fill``: it is
        there from now on."""
        self._costs = costs
        self._absent = absent
        self._fill = fill
        self._branches: set[tuple[bytes, int]] = set()
        self._edited: set[tuple[bytes, int]] = set()
        self.leaves: dict[Place, bool] = {}
        self.chunks: dict[bytes, set[int]] = {}
        # what was paid for, counted
        self.branches = self.leaves_read = self.code_chunks = 0
        self.subtree_edits = self.chunk_edits = self.fills = self.warm = 0
        # gas for looking again at what was touched before; the last look of a frame may cost less than others
        self.warm_gas = 0
        # gas paid for events in steps that failed at a later one: it is part of what those forfeit
        self.lost = 0

    def begin(self, sender: bytes, target: bytes | None, *, value: bool, absent: bool) -> None:
        """The events of a transaction itself, which cost nothing (SPEC 6.3). ``absent``: the target counts as
        written because it does not exist."""
        branch = (sender, 0)
        self._branches.add(branch)
        self._edited.add(branch)
        leaves = self.leaves = {(sender, 0, BASIC_DATA): True, (sender, 0, CODE_HASH): False}
        if target is None:
            return
        branch = (target, 0)
        self._branches.add(branch)
        if value or absent:
            self._edited.add(branch)
        if target != sender:
            leaves[target, 0, BASIC_DATA] = value
            leaves[target, 0, CODE_HASH] = absent

    def close(self, fee_recipient: bytes | None) -> None:
        """The transaction has ended, and paid ``fee_recipient``: forget what only charging needs."""
        if fee_recipient is not None:
            self.leaves[fee_recipient, 0, BASIC_DATA] = True
            self.leaves[fee_recipient, 0, CODE_HASH] = True
        self._branches.clear()
        self._edited.clear()
        self.chunks.clear()

    def add_to(self, touched: dict[Place, bool]) -> None:
        """Put the events among those of the block."""
        for place, write in self.leaves.items():
            if write or place not in touched:
                touched[place] = write

    def record(self, place: Place, *, write: bool) -> None:
        """An event that costs nothing."""
        branch = place[:2]
        self._branches.add(branch)
        if write:
            self._edited.add(branch)
            self.leaves[place] = True
        else:
            self.leaves.setdefault(place, False)

    def touch(self, place: Place, available: int) -> int:
        """Record an access if ``available`` gas pays for it; return its cost, 0 if there was one before.

        Raises:
            OutOfGas: it does not; nothing is recorded.
        """
        leaves = self.leaves
        if place in leaves:
            return 0
        branch = place[:2]
        if branch in self._branches:
            cost = self._costs.witness_chunk_cost
            if cost > available:
                raise OutOfGas
        else:
            cost = self._costs.witness_chunk_cost + self._costs.witness_branch_cost
            if cost > available:
                raise OutOfGas
            self._branches.add(branch)
            self.branches += 1
        leaves[place] = False
        self.leaves_read += 1
        return cost

    def touch_chunk(self, place: Place, available: int) -> int:
        """:meth:`touch` of a code chunk that runs or is copied."""
        before = self.leaves_read
        cost = self.touch(place, available)
        self.code_chunks += self.leaves_read - before
        return cost

    def write(self, place: Place, available: int) -> int:
        """:meth:`touch` for a write, which is an access too."""
        known = self.leaves.get(place)
        if known:
            return 0
        costs = self._costs
        branch = place[:2]
        new_leaf = known is None
        new_branch = new_leaf and branch not in self._branches
        new_edit = branch not in self._edited
        cost = costs.chunk_edit_cost
        if new_leaf:
            cost += costs.witness_chunk_cost
        if new_branch:
            cost += costs.witness_branch_cost
        if new_edit:
            cost += costs.subtree_edit_cost
        if cost > available:
            raise OutOfGas
        if self._absent is not None and self._fill is not None and self._absent(place):
            cost += costs.chunk_fill_cost
            if cost > available:
                raise OutOfGas
            self._fill(place)
            self.fills += 1
        self.leaves[place] = True
        self._branches.add(branch)
        self._edited.add(branch)
        self.leaves_read += new_leaf
        self.branches += new_branch
        self.chunk_edits += 1
        self.subtree_edits += new_edit
        return cost
