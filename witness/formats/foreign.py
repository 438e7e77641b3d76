"""Kinds of input that are known by sight but not decided: better named than called unknown.

Each entry: what it is, and how it is told from others. Parts that come to read one of these take it out of
the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from verkle.errors import UnsupportedError
from witness.block import BlockInput


def _has(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(name in value for name in names)


def _is_execution_witness(value: Any) -> bool:
    """``debug_executionWitness``: lists of nodes, codes and headers."""
    return _has(value, "state", "codes") and isinstance(value["state"], list)


def _is_patricia(document: Any) -> bool:
    return (
        _is_execution_witness(document)
        or (_has(document, "jsonrpc", "result") and _is_execution_witness(document["result"]))
        or (_has(document, "witness") and _is_execution_witness(document["witness"]))
        or (_has(document, "executionWitness") and _is_execution_witness(document["executionWitness"]))
        or _has(document, "header", "states", "codes")
        or _has(document, "block_and_witness")
    )


def _is_raw_block(document: Any) -> bool:
    return _has(document, "jsonrpc", "result") and isinstance(document["result"], str | dict)


def _is_state_test(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and bool(document)
        and all(_has(value, "env", "pre", "transaction", "post") for value in document.values())
    )


KINDS: Final[tuple[tuple[str, Callable[[Any], bool]], ...]] = (
    ("a block with a Merkle-Patricia witness", _is_patricia),
    ("a reply of a node's JSON-RPC", _is_raw_block),
    ("a state test: it holds no block", _is_state_test),
)


def recognise(document: Any) -> bool:
    """One of ``KINDS``."""
    return any(matches(document) for _, matches in KINDS)


def recognise_rlp(data: bytes) -> bool:
    """One RLP list as long as the input says: a block or ``ExtWitness`` as geth writes them to files."""
    if len(data) < 2 or data[0] < 0xF8:
        return False
    start = data[0] - 0xF6
    return start + int.from_bytes(data[1:start], "big") == len(data)


def read_rlp(_data: bytes, _name: str) -> tuple[BlockInput, ...]:
    """Always raises ``UnsupportedError`` ``FORMAT_UNSUPPORTED``."""
    raise UnsupportedError(
        "FORMAT_UNSUPPORTED", "this is RLP, a block or a Merkle-Patricia witness; only JSON is read so far"
    )


def read(document: Any, _name: str) -> tuple[BlockInput, ...]:
    """Always raises ``UnsupportedError`` ``FORMAT_UNSUPPORTED``."""
    kind = next(kind for kind, matches in KINDS if matches(document))
    raise UnsupportedError("FORMAT_UNSUPPORTED", f"this is {kind}; only Verkle witnesses are decided so far")
