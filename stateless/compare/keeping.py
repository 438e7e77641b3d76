"""What a comparison proves, as inputs of the verifier: the block with the witness that was made for a tree.

::

    compare_block(block, digest, asked, keep=kept.append)
    kept[0].block, kept[0].alone

Of the binary tree the block with its witness, which ``verify`` executes. Of a Verkle tree the block with its
own witness; or, made in a sampled state, the witness alone, since the header's state roots are those of
another state: ``verify --proof-only`` checks it. There is no file form of a Merkle-Patricia witness here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from stateless.compare.size import OWN, Size
from stateless.compare.source import Source
from witness.binary.container import BinaryWitness
from witness.block import BlockInput
from witness.containers import ExecutionWitness

__all__ = ["Keep", "Kept", "kept_binary", "kept_verkle"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A witness that was made, with its block. ``keys``: ``own``, or the number of leaves of the state.
    ``alone``: it has no block, and nothing to run."""

    tree: Literal["verkle", "binary"]
    keys: str
    block: BlockInput

    @property
    def alone(self) -> bool:
        """Whether it has no block."""
        return self.block.header is None


Keep = Callable[[Kept], None]
"""Takes what was made."""


def kept_binary(block: BlockInput, source: Source, size: Size, witness: BinaryWitness) -> Kept:
    """The block with a binary witness. Its rules and chain are named, as they were found: a file of this kind
    holds no chain configuration."""
    ancestors = () if block.patricia is None else block.patricia.ancestors
    others = [header for header in (*block.headers, *ancestors) if header != block.header]
    own = () if block.header is None or not others else (block.header,)
    whole = replace(
        block,
        witness=None,
        patricia=None,
        binary=witness,
        headers=(*dict.fromkeys(others), *own),
        rules=source.rerun.fork.name,
        chain_id=source.rerun.context.chain_id,
        chain_config=None,
    )
    return Kept("binary", _keys(size), whole)


def kept_verkle(
    block: BlockInput, source: Source, size: Size, sampled: ExecutionWitness | None = None
) -> Kept:
    """The block with its own witness, or a witness made in a sampled state."""
    if sampled is None:
        return Kept("verkle", _keys(size), block)
    return Kept("verkle", _keys(size), BlockInput(source.name, witness=sampled))


def _keys(size: Size) -> str:
    return OWN if size.own else str(size.keys)
