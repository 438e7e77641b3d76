"""What a verifier gets to decide: one block, its witness, and what else the input says about them.

``None`` means throughout: the input does not say. Nothing is filled in by guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verkle.errors import StatelessError
from witness.containers import ExecutionWitness
from witness.header import Header, Withdrawal

if TYPE_CHECKING:  # the type only: most inputs of one run have one tree
    from witness.binary.container import BinaryWitness
    from witness.patricia.container import PatriciaWitness


@dataclass(frozen=True, slots=True)
class BlockInput:
    """One block of one input.

    Attributes:
        name: the scenario or test id, else the input's name; ``#n`` is appended (from 1) where an input
            holds several blocks.
        header: fields that the input does not have are ``None`` in it.
        block_hash: 32 bytes, as claimed beside the header; the verifier compares it.
        transactions: raw signed bytes in order, typed ones with their type byte first.
        withdrawals: in order.
        ommers: how many the body holds; a block after the merge has none.
        witness: the execution witness of a Verkle tree.
        patricia: the execution witness of a Merkle-Patricia tree.
        binary: the execution witness of a binary tree. An input has one of the three, or none.
        headers: all headers of an input that holds several (genesis, parent, every block, this one too);
            the verifier picks the parent **by hash**, never by position.
        network: the input's own name of network or fork, as written.
        rules: the input's own name of a rule set, as written.
        chain_id: from the input's configuration, not from transactions.
        chain_config: the chain configuration that the input holds, by geth's names (``pragueTime`` …), its
            values as they were written.
        expect_exception: what a test fixture says must go wrong with this block.
        receipts: what the input says of receipts, one item a transaction, as it was written. Nothing binds
            them to the block: they explain what differs (``stateless.receipt_hints``), and decide nothing.
        rlp_bytes: length of the block's RLP (header and body), where the input has it.
        defect: why this block could not be read, where the input holds others or expects it to fail (else
            the error is raised at once); header, body and witness are then ``None``, and whoever judges the
            block raises this error.
        parent_state_root: 32 bytes, where the input says it and holds no witness, which has its own.
    """

    name: str
    header: Header | None = None
    block_hash: bytes | None = None
    transactions: tuple[bytes, ...] | None = None
    withdrawals: tuple[Withdrawal, ...] | None = None
    ommers: int | None = None
    witness: ExecutionWitness | None = None
    patricia: PatriciaWitness | None = None
    binary: BinaryWitness | None = None
    headers: tuple[Header, ...] = ()
    network: str | None = None
    rules: str | None = None
    chain_id: int | None = None
    chain_config: Mapping[str, object] | None = field(default=None, hash=False)
    expect_exception: str | None = None
    receipts: tuple[object, ...] | None = field(default=None, compare=False)
    rlp_bytes: int | None = None
    defect: StatelessError | None = None
    parent_state_root: bytes | None = None
