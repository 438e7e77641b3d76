"""One block in one JSON object, as saved from the Verkle devnets; and a Verkle witness alone.

::

    { "network", "rules", "chainId", "parentStateRoot", "parentHeader": {…}, "header": {…},
      "transactions": [raw], "withdrawals": […], "receipts": […],
      "executionWitness": {"stateDiff", "verkleProof"} }

Everything but the witness may be missing or null, members of the header too. The witness may be a
Merkle-Patricia one (``witness.formats.execution_witness``) or one of the binary tree
(``witness.binary.witness_json``) in the same place. Two neighbours are read the
same way: an engine API payload, whose header fields stand at the top beside ``executionWitness``; and a bare
witness ``{"stateDiff", "verkleProof"}``, or with ``"binaryProof"``.
"""

from __future__ import annotations

from typing import Any

from witness.block import BlockInput
from witness.fields import JsonPath, as_object, optional_text
from witness.formats.common import chain_id_of, given_receipts, share, with_witness
from witness.header_json import (
    header_from_json,
    transactions_from_json,
    with_merge_constants,
    withdrawals_from_json,
)
from witness.witness_json import is_binary_witness, is_witness, witness_from_json


def recognise(document: Any) -> bool:
    """A witness, or an object with a place for one; or at least a header and the transactions to it."""
    if not isinstance(document, dict):
        return False
    if "executionWitness" in document or is_witness(document):
        return True
    return (
        isinstance(document.get("header"), dict) and "transactions" in document and "states" not in document
    )


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """The one block of the document, or its witness without a block."""
    if is_binary_witness(document):
        from witness.binary.witness_json import witness_from_json as binary_from_json  # noqa: PLC0415

        return (BlockInput(name=name, binary=binary_from_json(document)),)
    if is_witness(document):
        return (BlockInput(name=name, witness=witness_from_json(document)),)
    block = read_block(document, name, ())
    if document.get("parentHeader") is None:
        return (block,)
    parent, _ = header_from_json(document["parentHeader"], ("parentHeader",))
    return share([block], [with_merge_constants(parent)])


def read_block(value: Any, name: str, path: JsonPath) -> BlockInput:
    """Read one block object of this schema (``verkle-geth`` files hold a list of the same)."""
    source = as_object(value, path)
    header, block_hash = None, None
    if source.get("header") is not None:
        header, block_hash = header_from_json(
            source["header"], (*path, "header"), beside=source.get("blockHash"), beside_path=path
        )
    elif source.get("parentHash") is not None:  # an engine payload
        header, block_hash = header_from_json(source, path)
    transactions, withdrawals = source.get("transactions"), source.get("withdrawals")
    block = BlockInput(
        name=name,
        header=None if header is None else with_merge_constants(header),
        block_hash=block_hash,
        transactions=(
            None if transactions is None else transactions_from_json(transactions, (*path, "transactions"))
        ),
        withdrawals=(
            None if withdrawals is None else withdrawals_from_json(withdrawals, (*path, "withdrawals"))
        ),
        network=optional_text(source, "network", path),
        rules=optional_text(source, "rules", path),
        chain_id=chain_id_of(source, "chainId", path),
        receipts=given_receipts(source),
    )
    return with_witness(block, source, "executionWitness", path)
