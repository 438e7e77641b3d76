"""A block with its witness as the zkpi tools save it ("zero-knowledge proof input").

::

    { "version", "blocks": [ { "header": {…}, "transaction": [object], "uncles", "withdrawals" } ],
      "witness": { "state", "codes", "ancestors": [header] }, "chainConfig": {…},
      "extra": { "accessList", "stateDiffs", "preState", … } }

``extra`` says once more, without proof, what executing the block finds; it is not read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verkle.errors import UnsupportedError
from witness.block import BlockInput
from witness.fields import JsonPath, as_list, as_object, member
from witness.formats.common import read_each
from witness.formats.execution_witness import chain_config_from_json, patricia_from_json
from witness.formats.transactions import transactions_from_objects
from witness.header_json import header_from_json, withdrawals_from_json

__all__ = ["read"]


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """The one block of the document. Raises ``UnsupportedError`` ``FORMAT_UNSUPPORTED`` if it holds several,
    of which only the first stands on the state that the witness shows."""
    document = as_object(document, ())
    given = as_list(member(document, "blocks", ()), ("blocks",))
    if len(given) > 1:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED",
            f"the file holds {len(given)} blocks and one witness; only one block with its witness is decided",
            where={"path": "$.blocks"},
            expected=1,
            got=len(given),
        )
    (block,) = read_each(given, name, ("blocks",), _read_block)
    config, chain_id = None, None
    if document.get("chainConfig") is not None:
        config, chain_id = chain_config_from_json(document["chainConfig"], ("chainConfig",))
    witness = patricia_from_json(member(document, "witness", ()), ("witness",))
    return (replace(block, patricia=witness, chain_id=chain_id, chain_config=config),)


def _read_block(value: Any, name: str, path: JsonPath) -> BlockInput:
    source = as_object(value, path)
    header, block_hash = header_from_json(member(source, "header", path), (*path, "header"))
    withdrawals, uncles = source.get("withdrawals"), source.get("uncles")
    return BlockInput(
        name=name,
        header=header,
        block_hash=block_hash,
        transactions=transactions_from_objects(member(source, "transaction", path), (*path, "transaction")),
        withdrawals=(
            None if withdrawals is None else withdrawals_from_json(withdrawals, (*path, "withdrawals"))
        ),
        ommers=None if uncles is None else len(as_list(uncles, (*path, "uncles"))),
    )
