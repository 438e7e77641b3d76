"""A block with its witness as stateless-block-verifier saves it, in the present and the earlier spelling.

::

    { "chain_id", "header": {…}, "prev_state_root", "transactions": [object], "withdrawals": […],
      "block_hashes": [hash, newest first], "states": [node], "codes": [code] }

The earlier spelling says ``pre_state_root`` and ``transaction``. There is no parent header: the state root
before the block is asserted by the file, and of the block hashes only the first is bound.
"""

from __future__ import annotations

from typing import Any

from witness.block import BlockInput
from witness.fields import JsonPath, as_list, as_object, hex_fixed, member
from witness.formats.common import chain_id_of
from witness.formats.execution_witness import hex_list
from witness.formats.transactions import transactions_from_objects
from witness.header_json import header_from_json, withdrawals_from_json
from witness.patricia.container import PatriciaWitness

__all__ = ["read"]


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """The one block of the document."""
    path: JsonPath = ()
    document = as_object(document, path)
    header, block_hash = header_from_json(member(document, "header", path), ("header",))
    listed = "transaction" if document.get("transactions") is None else "transactions"
    root_name = "pre_state_root" if document.get("prev_state_root") is None else "prev_state_root"
    root, withdrawals = document.get(root_name), document.get("withdrawals")
    hashes = document.get("block_hashes") or []
    return (
        BlockInput(
            name=name,
            header=header,
            block_hash=block_hash,
            transactions=transactions_from_objects(member(document, listed, path), (listed,)),
            withdrawals=(
                None if withdrawals is None else withdrawals_from_json(withdrawals, ("withdrawals",))
            ),
            patricia=PatriciaWitness(
                nodes=hex_list(document, "states", path),
                codes=hex_list(document, "codes", path),
                block_hashes=tuple(
                    [
                        hex_fixed(block_hash, 32, ("block_hashes", i))
                        for i, block_hash in enumerate(as_list(hashes, ("block_hashes",)))
                    ]
                ),
                pre_state_root=None if root is None else hex_fixed(root, 32, (root_name,)),
            ),
            chain_id=chain_id_of(document, "chain_id", path),
        ),
    )
