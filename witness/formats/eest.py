"""Blockchain fixtures of the execution-spec-tests with witnesses of a Verkle or a Merkle-Patricia tree.

One fixture by itself, or an object of them keyed by test id::

    { "network", "genesisBlockHeader": {…}, "genesisRLP", "config": {"chainid"},
      "blocks": [ { "blockHeader": {…}, "rlp", "transactions": [object], "withdrawals": […],
                    "witness": {…} (Verkle) or "executionWitness": {…} (Merkle-Patricia) }
                | { "rlp", "expectException", "rlp_decoded" } ] }

A block is taken from its ``rlp``: only that has signed transactions. The JSON around it says the same once
more, and a fixture that contradicts itself is refused (``HEADER_JSON_MISMATCH``, ``BODY_JSON_MISMATCH``).
Members of transaction objects are not compared; the transactions root of the header binds the raw ones.

A block that must fail comes without a witness; ``rlp_decoded`` is its author's note and is not read. Nor are
``pre`` and ``postState``, nor the same witness in SSZ (``statelessInputBytes``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from verkle.errors import InvalidError, MalformedError, StatelessError, UnsupportedError
from witness.block import BlockInput
from witness.block_rlp import BlockBody, block_from_rlp
from witness.fields import (
    JsonPath,
    as_list,
    as_object,
    as_text,
    hex_bytes,
    member,
    optional_text,
    show,
)
from witness.formats.common import (
    chain_id_of,
    check_block_count,
    given_receipts,
    read_each,
    share,
    with_witness,
)
from witness.formats.sight import is_execution_witness
from witness.header import Header, header_differences
from witness.header_json import header_from_json, withdrawals_from_json
from witness.witness_json import is_witness


def _is_fixture(value: Any) -> bool:
    return isinstance(value, dict) and "genesisBlockHeader" in value and isinstance(value.get("blocks"), list)


def _fixtures(document: Any) -> list[tuple[str | None, Any]]:
    """The fixtures in a document with their test ids; empty if it is none of this schema."""
    if _is_fixture(document):
        return [(None, document)]
    if not isinstance(document, dict) or not any(_is_fixture(value) for value in document.values()):
        return []
    return list(document.items())


def recognise(document: Any) -> bool:
    """One fixture, or an object that holds some."""
    return bool(_fixtures(document))


def read(document: Any, name: str) -> tuple[BlockInput, ...]:
    """Raises also ``UnsupportedError`` ``FORMAT_UNSUPPORTED`` if no fixture in the file has witnesses."""
    fixtures = _fixtures(document)
    if not fixtures:
        raise MalformedError("UNKNOWN_FORMAT", "the input holds no blockchain fixture")
    if not any(_has_witnesses(value) for _, value in fixtures):
        raise _no_witnesses([value for _, value in fixtures])
    check_block_count(len(fixtures), ())
    blocks: list[BlockInput] = []
    for test_id, value in fixtures:
        check_block_count(len(blocks), ())
        path: JsonPath = () if test_id is None else (test_id,)
        label = name if test_id is None else as_text(test_id, path)
        try:
            blocks.extend(_read_fixture(as_object(value, path), label, path))
        except StatelessError as error:
            if len(fixtures) == 1:
                raise
            blocks.append(BlockInput(name=label, defect=error))
    return tuple(blocks)


def _has_witnesses(fixture: Any) -> bool:
    """Some block has one; or the fork is one whose blocks come with one, unless they are to be refused."""
    if not _is_fixture(fixture):
        return False
    return "verkle" in str(fixture.get("network")).lower() or any(
        isinstance(block, dict)
        and (is_witness(block.get("witness")) or is_execution_witness(block.get("executionWitness")))
        for block in fixture["blocks"]
    )


def _no_witnesses(fixtures: list[Any]) -> UnsupportedError:
    networks = sorted({str(value.get("network")) for value in fixtures if isinstance(value, dict)})
    return UnsupportedError(
        "FORMAT_UNSUPPORTED",
        "a blockchain fixture without witnesses",
        where={"format": "eest", "networks": [ascii(network)[1:-1][:80] for network in networks[:8]]},
    )


def _read_fixture(fixture: dict[str, Any], label: str, path: JsonPath) -> tuple[BlockInput, ...]:
    if not _has_witnesses(fixture):
        raise _no_witnesses([fixture])
    genesis = _genesis(fixture, path)
    config = fixture.get("config")
    config_path = (*path, "config")
    chain_id = None if config is None else chain_id_of(as_object(config, config_path), "chainid", config_path)
    blocks_path = (*path, "blocks")
    blocks = read_each(as_list(member(fixture, "blocks", path), blocks_path), label, blocks_path, _read_block)
    shared = share(blocks, [genesis], network=optional_text(fixture, "network", path), chain_id=chain_id)
    # A witness of nodes brings the headers that it rests on; what the fixture knows besides is no part of it.
    return tuple([block if block.patricia is None else replace(block, headers=()) for block in shared])


def _genesis(fixture: dict[str, Any], path: JsonPath) -> Header:
    """The genesis header, out of ``genesisRLP`` if there is one."""
    header_path = (*path, "genesisBlockHeader")
    header, _ = header_from_json(member(fixture, "genesisBlockHeader", path), header_path)
    if fixture.get("genesisRLP") is None:
        return header
    rlp_path = (*path, "genesisRLP")
    body = block_from_rlp(hex_bytes(fixture["genesisRLP"], rlp_path), show(rlp_path))
    _compare_headers(body.header, header, header_path)
    return body.header


def _read_block(value: Any, name: str, path: JsonPath) -> BlockInput:
    source = as_object(value, path)
    exception = optional_text(source, "expectException", path)
    block = BlockInput(name=name, expect_exception=exception)
    try:
        return _fill_block(block, source, path)
    except StatelessError as error:
        if exception is None:
            raise
        # What must fail may be such that it cannot even be decoded; that is the answer, not an accident.
        return replace(block, defect=error)


def _fill_block(block: BlockInput, source: dict[str, Any], path: JsonPath) -> BlockInput:
    stated: Header | None = None
    if source.get("blockHeader") is not None:
        stated, block_hash = header_from_json(source["blockHeader"], (*path, "blockHeader"))
        block = replace(block, block_hash=block_hash)

    if source.get("rlp") is not None:
        block = _from_rlp(block, source, stated, path)
    else:
        # Transactions here are objects without signatures in a form that could be hashed: not known.
        header = member(source, "blockHeader", path)  # one of the two must be there
        if stated is None:
            as_object(header, (*path, "blockHeader"))
        withdrawals = source.get("withdrawals")
        block = replace(
            block,
            header=stated,
            transactions=() if source.get("transactions") == [] else None,
            withdrawals=(
                None if withdrawals is None else withdrawals_from_json(withdrawals, (*path, "withdrawals"))
            ),
        )
    name = "executionWitness" if source.get("witness") is None else "witness"
    return with_witness(replace(block, receipts=given_receipts(source)), source, name, path)


def _from_rlp(block: BlockInput, source: dict[str, Any], stated: Header | None, path: JsonPath) -> BlockInput:
    rlp_path = (*path, "rlp")
    data = hex_bytes(source["rlp"], rlp_path)
    body = block_from_rlp(data, show(rlp_path))
    if stated is not None:
        _compare_headers(body.header, stated, (*path, "blockHeader"))
        _compare_bodies(body, source, path)
    return replace(
        block,
        header=body.header,
        transactions=body.transactions,
        ommers=body.ommers,
        withdrawals=body.withdrawals,
        rlp_bytes=len(data),
    )


def _compare_headers(encoded: Header, stated: Header, path: JsonPath) -> None:
    for field in header_differences(encoded, stated):
        raise InvalidError(
            "HEADER_JSON_MISMATCH",
            f"header field {field} in the RLP is not what {show(path)} says",
            where={"path": show(path), "field": field},
            expected=getattr(stated, field),
            got=getattr(encoded, field),
        )


def _compare_bodies(body: BlockBody, source: dict[str, Any], path: JsonPath) -> None:
    sides: tuple[tuple[str, Callable[[Any, JsonPath], object], object], ...] = (
        ("transactions", lambda value, place: len(as_list(value, place)), len(body.transactions)),
        ("uncleHeaders", lambda value, place: len(as_list(value, place)), body.ommers),
        ("withdrawals", withdrawals_from_json, body.withdrawals),
    )
    for name, read_side, got in sides:
        if source.get(name) is None:
            continue
        expected = read_side(source[name], (*path, name))
        if expected != got:
            counted = isinstance(expected, int)
            raise InvalidError(
                "BODY_JSON_MISMATCH",
                f"the body in the RLP does not have the {name} of {show((*path, name))}",
                where={"path": show((*path, name))},
                expected=expected if counted else None,
                got=got if counted else None,
            )
