"""A block and its Merkle-Patricia witness, together or one of them alone, as nodes and Rust tools give them.

::

    { "block": BLOCK, "witness": WITNESS, "chain_config": {…} }     both in one file; "chainConfig" too
    { "name", "block_and_witness": { …the above… }, "success" }     the same, as benchmark fixtures wrap it
    WITNESS                                                         reply of debug_executionWitness
    BLOCK                                                           reply of debug_getRawBlock or of
                                                                    eth_getBlockByNumber, with transactions

Either may stand in its JSON-RPC envelope (``{"jsonrpc", "id", "result"}``). A BLOCK is 0x-hex of its RLP, an
RPC object, or ``{"header", "body": {"transactions", "ommers", "withdrawals"}}``.

A witness without its block, and a block without its witness, are read so that two files can be joined
(``witness.join``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verkle.errors import MalformedError
from witness.block import BlockInput
from witness.block_rlp import block_from_rlp
from witness.fields import JsonPath, as_list, as_object, as_text, hex_bytes, member, optional_text, show
from witness.formats.common import chain_id_of, given_receipts
from witness.formats.execution_witness import chain_config_from_json, patricia_from_json
from witness.formats.sight import is_execution_witness, is_pair
from witness.formats.transactions import transactions_from_objects
from witness.header_json import header_from_json, withdrawals_from_json

__all__ = ["block_input_from_rlp", "read", "read_block"]

# A block asked for without its transactions lists their hashes, of 32 bytes: no transaction is as short.
_HASH_DIGITS = 66


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """The one block of the document, with or without its witness, or the witness without its block.

    Raises also ``MalformedError`` ``RPC_REPLY`` for the reply of a node that has no answer.
    """
    path: JsonPath = ()
    if isinstance(document, dict) and "block_and_witness" in document:
        name = optional_text(document, "name", path) or name
        path = ("block_and_witness",)
        document = document["block_and_witness"]
    if is_pair(document):
        return (_read_pair(document, name, path),)
    document, path = _result(document, path)
    if is_execution_witness(document):
        return (BlockInput(name=name, patricia=patricia_from_json(document, path)),)
    return (read_block(document, name, path),)


def _read_pair(source: dict[str, Any], name: str, path: JsonPath) -> BlockInput:
    block = read_block(*_named(_result(source["block"], (*path, "block")), name))
    config_name = "chainConfig" if source.get("chain_config") is None else "chain_config"
    config, chain_id = None, None
    if source.get(config_name) is not None:
        config, chain_id = chain_config_from_json(source[config_name], (*path, config_name))
    return replace(
        block,
        patricia=patricia_from_json(*_result(source["witness"], (*path, "witness"))),
        chain_config=config,
        chain_id=chain_id if chain_id is not None else chain_id_of(source, "chainId", path),
        network=optional_text(source, "network", path),
        rules=optional_text(source, "rules", path),
    )


def _named(found: tuple[Any, JsonPath], name: str) -> tuple[Any, str, JsonPath]:
    return found[0], name, found[1]


def _result(value: Any, path: JsonPath) -> tuple[Any, JsonPath]:
    """What a JSON-RPC reply holds, or the value itself where it is none; and its place."""
    if not isinstance(value, dict) or "jsonrpc" not in value:
        return value, path
    error = value.get("error")
    if error is not None:
        said = error.get("message") if isinstance(error, dict) else None
        text = as_text(said, (*path, "error", "message")) if isinstance(said, str) else "without a message"
        raise MalformedError(
            "RPC_REPLY",
            f"the node's reply is an error: {text}",
            where={"path": show((*path, "error"))},
            got=error.get("code") if isinstance(error, dict) else None,
        )
    if value.get("result") is None:
        raise MalformedError(
            "RPC_REPLY",
            "the node's reply is null: it does not have what was asked for",
            where={"path": show((*path, "result"))},
        )
    return value["result"], (*path, "result")


def read_block(value: Any, name: str, path: JsonPath) -> BlockInput:
    """Read a BLOCK, without witness."""
    if isinstance(value, str):
        data = hex_bytes(value, path)
        return block_input_from_rlp(data, name, show(path))
    source = as_object(value, path)
    body, body_path = source, path
    header_json, header_path = value, path
    if "header" in source:
        header_json, header_path = source["header"], (*path, "header")
        body_path = (*path, "body") if "body" in source else path
        body = as_object(source.get("body", source), body_path)
    header, block_hash = header_from_json(header_json, header_path)
    transactions = member(body, "transactions", body_path)
    withdrawals = body.get("withdrawals")
    ommers = body.get("ommers", body.get("uncles"))
    return BlockInput(
        name=name,
        header=header,
        block_hash=block_hash,
        transactions=(
            None
            if _are_hashes(transactions)
            else transactions_from_objects(transactions, (*body_path, "transactions"))
        ),
        withdrawals=(
            None if withdrawals is None else withdrawals_from_json(withdrawals, (*body_path, "withdrawals"))
        ),
        ommers=None if ommers is None else len(as_list(ommers, (*body_path, "ommers"))),
        receipts=given_receipts(source),
    )


def _are_hashes(transactions: Any) -> bool:
    return (
        isinstance(transactions, list)
        and bool(transactions)
        and all(isinstance(item, str) and len(item) == _HASH_DIGITS for item in transactions)
    )


def block_input_from_rlp(data: bytes, name: str, where: str = "") -> BlockInput:
    """A block out of its RLP, without witness. Raises as ``witness.block_rlp``."""
    body = block_from_rlp(data, where)
    return BlockInput(
        name=name,
        header=body.header,
        transactions=body.transactions,
        withdrawals=body.withdrawals,
        ommers=body.ommers,
        rlp_bytes=len(data),
    )
