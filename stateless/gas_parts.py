"""The parts of what a transaction spends: values only.

Nothing here loads the interpreter.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from stateless.witness_rules import WitnessCosts

if TYPE_CHECKING:  # types only: both load the interpreter
    from stateless.apply import Spent
    from stateless.evm.access import AccessLog

__all__ = ["Events", "Gas", "gas_parts"]


@dataclass(frozen=True, slots=True)
class Events:
    """How often a transaction paid for each kind of access. Accesses that are free are not among them.

    ``branches``: stems met for the first time. ``chunks``: leaves, those of code left out;
    ``code_chunks``: leaves of code that ran or was copied. ``subtree_edits``: stems written for the first
    time; ``chunk_edits``: leaves written; ``fills``: of them absent before. ``warm``: looks at what was met
    before.
    """

    branches: int = 0
    chunks: int = 0
    code_chunks: int = 0
    subtree_edits: int = 0
    chunk_edits: int = 0
    fills: int = 0
    warm: int = 0

    def __add__(self, other: Events) -> Events:
        return _sum(self, other)

    def to_json(self) -> dict[str, int]:
        """Counts by name."""
        return {member.name: getattr(self, member.name) for member in fields(self)}


@dataclass(frozen=True, slots=True)
class Gas:
    """Where gas went. All parts add up to :attr:`used`, the last two taken off.

    ``intrinsic``: for the transaction itself. ``execution``: instructions, memory, precompiles, and what
    accesses cost that are not charged by leaf. ``branches`` to ``warm``: as in :class:`Events`.
    ``forfeited``: what frames that failed had left. ``stipends``: what calls with value were given;
    ``refund``: what was given back at the end (below zero: what a floor asked for on top).
    """

    intrinsic: int = 0
    execution: int = 0
    branches: int = 0
    chunks: int = 0
    code_chunks: int = 0
    subtree_edits: int = 0
    chunk_edits: int = 0
    fills: int = 0
    warm: int = 0
    forfeited: int = 0
    stipends: int = 0
    refund: int = 0

    @property
    def witness(self) -> int:
        """Of it, what is paid for the witness: branches to fills."""
        return (
            self.branches
            + self.chunks
            + self.code_chunks
            + self.subtree_edits
            + self.chunk_edits
            + self.fills
        )

    @property
    def used(self) -> int:
        """What the transaction used; below zero where its receipt has it modulo 2^64."""
        kept = self.intrinsic + self.execution + self.witness + self.warm + self.forfeited
        return kept - self.stipends - self.refund

    def __add__(self, other: Gas) -> Gas:
        return _sum(self, other)

    def to_json(self) -> dict[str, int]:
        """Gas by name, ``used`` at the end."""
        return {**{member.name: getattr(self, member.name) for member in fields(self)}, "used": self.used}


_Parts = TypeVar("_Parts", Events, Gas)


def _sum(a: _Parts, b: _Parts) -> _Parts:
    return type(a)(*(getattr(a, member.name) + getattr(b, member.name) for member in fields(a)))


def gas_parts(spent: Spent, log: AccessLog | None, costs: WitnessCosts) -> tuple[Gas, Events]:
    """The parts of what a transaction spent, and the events in them.

    ``log``: its access events, ``None`` under rules that keep none: then all accesses are in ``execution``.
    ``costs``: the prices under which it ran.
    """
    if log is None:
        return _with_rest(spent, Gas()), Events()
    events = Events(
        log.branches,
        log.leaves_read - log.code_chunks,
        log.code_chunks,
        log.subtree_edits,
        log.chunk_edits,
        log.fills,
        log.warm,
    )
    paid = Gas(
        branches=events.branches * costs.witness_branch_cost,
        chunks=events.chunks * costs.witness_chunk_cost,
        code_chunks=events.code_chunks * costs.witness_chunk_cost,
        subtree_edits=events.subtree_edits * costs.subtree_edit_cost,
        chunk_edits=events.chunk_edits * costs.chunk_edit_cost,
        fills=events.fills * costs.chunk_fill_cost,
        warm=log.warm_gas,
    )
    return _with_rest(spent, paid), events


def _with_rest(spent: Spent, paid: Gas) -> Gas:
    execution = spent.charged - paid.witness - paid.warm
    return paid + Gas(
        intrinsic=spent.intrinsic,
        execution=execution,
        forfeited=spent.forfeited,
        stipends=spent.stipends,
        refund=spent.refund,
    )
