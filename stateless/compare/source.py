"""A block, verified and run once (``reading``): what it touched, its own witness, how to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from stateless.ancestors import BlockHashes
from stateless.blockrun import BlockBody, Execution, execute_block
from stateless.compare.access_set import AccessSet
from stateless.evm.environment import BlockContext
from stateless.forks import Fork
from stateless.receipts import receipts_root
from stateless.rules import RuleSet
from stateless.view import StateView
from verkle.errors import InvalidError
from verkle.proof import ProvenTree
from witness.containers import ExecutionWitness
from witness.patricia.container import PatriciaWitness

__all__ = ["PatriciaOwn", "Rerun", "Source", "VerkleOwn"]


@dataclass(frozen=True, slots=True)
class Rerun:
    """All that running the block takes beside a state, and what came of it the first time."""

    context: BlockContext
    body: BlockBody
    fork: Fork
    first: Execution

    def on(self, view: StateView) -> tuple[Execution, float]:
        """Run the block on another state; the execution, and milliseconds.

        Raises:
            StatelessError: it cannot be run on that; ``InvalidError`` ``COMPARE_RUN_DIFFERS``: gas or
                receipts come out otherwise.
        """
        start = perf_counter()
        execution = execute_block(view, self.context, self.body, self.fork, keep_logs=False)
        ms = 1000 * (perf_counter() - start)
        got, expected = (
            (each.gas_used, receipts_root(each.receipts), tuple(each.requests))
            for each in (execution, self.first)
        )
        if got != expected:
            raise InvalidError(
                "COMPARE_RUN_DIFFERS",
                "run again on another tree's witness, the block gives other gas, receipts or requests",
                expected=expected,
                got=got,
            )
        return execution, ms


@dataclass(frozen=True, slots=True)
class VerkleOwn:
    """The block's own Verkle witness, as verified: the state that it really ran on."""

    witness: ExecutionWitness
    tree: ProvenTree
    rules: RuleSet
    proof_ms: float
    execute_ms: float
    rebuild_ms: float


@dataclass(frozen=True, slots=True)
class PatriciaOwn:
    """The block's own Patricia witness: as it came, and what of it is needed.

    ``depths``: of accounts, by address, in nibbles; ``slot_depths``: the same of slots.
    """

    given: PatriciaWitness
    needed: PatriciaWitness
    depths: Mapping[bytes, int]
    slot_depths: Mapping[tuple[bytes, int], int]
    block_hashes: BlockHashes


@dataclass(frozen=True, slots=True)
class Source:
    """``name`` and ``number`` of the block, its ``tree``, and one of the two witnesses. ``header_bytes``: of
    earlier headers that a verifier needs under every tree."""

    name: str
    number: int | None
    transactions: int
    tree: Literal["verkle", "patricia"]
    pre_root: bytes
    post_root: bytes
    header_bytes: int
    accesses: AccessSet
    rerun: Rerun
    verkle: VerkleOwn | None = None
    patricia: PatriciaOwn | None = None

    @property
    def own(self) -> VerkleOwn | PatriciaOwn:
        """The witness that it came with."""
        own = self.verkle or self.patricia
        if own is None:
            raise ValueError("a source has the witness that it was read from")
        return own
