"""A witness from one input, and from another the block that it belongs to.

SSZ and other bare witnesses say nothing of the block, nor do a node's replies, which come one by one. Whoever
has the block in a second file gives both.
"""

from __future__ import annotations

from dataclasses import replace

from verkle.errors import InvalidError
from witness.block import BlockInput


def join(witness_from: BlockInput, block_from: BlockInput) -> BlockInput:
    """The block of the second input, with the name and the witness of the first.

    All that the first says of a block gives way to what the second says; nothing of a witness is taken from
    the second but the state root before the block, where the first has none. That the two belong together is
    for the verifier to find out: the witness must prove the second's state root, and lead to its header's;
    ancestors in a Merkle-Patricia witness must end in the block's parent.

    Raises ``InvalidError`` ``PRE_ROOT_CONFLICT`` if both state a state root before the block and they differ,
    and the ``defect`` of an input that could not be read.
    """
    for block in (witness_from, block_from):
        if block.defect is not None:
            raise block.defect
    witness = witness_from.witness
    beside = block_from.parent_state_root
    if block_from.witness is not None:
        beside = block_from.witness.parent_state_root
    if witness is not None and beside is not None:
        if witness.parent_state_root not in (None, beside):
            raise InvalidError(
                "PRE_ROOT_CONFLICT",
                "the witness and the block given with it state different pre-state roots",
                where={"witness": witness_from.name, "block": block_from.name},
                expected=beside,
                got=witness.parent_state_root,
            )
        witness = replace(witness, parent_state_root=beside)
    return replace(
        block_from,
        name=witness_from.name,
        witness=witness,
        patricia=witness_from.patricia,
        binary=witness_from.binary,
    )
