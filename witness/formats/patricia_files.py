"""The schemas of blocks with a Merkle-Patricia witness, by sight; each reader is imported when it is needed.

Most inputs of one run are of one kind, and the start of the program is counted in milliseconds.
"""

from __future__ import annotations

from typing import Any

from witness.block import BlockInput
from witness.formats.sight import is_execution_witness, is_pair

__all__ = [
    "read_block_and_witness",
    "read_rlp",
    "read_sbv",
    "read_zeth",
    "read_zkpi",
    "recognise_block_and_witness",
    "recognise_rlp",
    "recognise_sbv",
    "recognise_zeth",
    "recognise_zkpi",
]


def recognise_rlp(data: bytes) -> bool:
    """One RLP list, longer than 55 bytes, that ends where the input ends."""
    if len(data) < 2 or data[0] < 0xF8:
        return False
    start = data[0] - 0xF6
    return start + int.from_bytes(data[1:start], "big") == len(data)


def read_rlp(data: bytes, name: str) -> tuple[BlockInput, ...]:
    """A block, or a witness, in RLP."""
    from witness.formats.rlp_file import read  # noqa: PLC0415

    return read(data, name)


def recognise_zkpi(document: Any) -> bool:
    """Blocks in a list beside one witness."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("blocks"), list)
        and is_execution_witness(document.get("witness"))
    )


def read_zkpi(document: Any, name: str) -> tuple[BlockInput, ...]:
    """A block as the zkpi tools save it."""
    from witness.formats.zkpi import read  # noqa: PLC0415

    return read(document, name)


def recognise_sbv(document: Any) -> bool:
    """A header beside nodes and codes, all at the top."""
    return isinstance(document, dict) and all(name in document for name in ("header", "states", "codes"))


def read_sbv(document: Any, name: str) -> tuple[BlockInput, ...]:
    """A block as stateless-block-verifier saves it."""
    from witness.formats.sbv import read  # noqa: PLC0415

    return read(document, name)


def recognise_zeth(document: Any) -> bool:
    """Blocks and proofs in lists of pairs."""
    return isinstance(document, dict) and all(
        isinstance(document.get(name), list) for name in ("full_blocks", "proofs", "code")
    )


def read_zeth(document: Any, name: str) -> tuple[BlockInput, ...]:
    """A block as zeth's cache of replies holds it."""
    from witness.formats.zeth import read  # noqa: PLC0415

    return read(document, name)


def recognise_block_and_witness(document: Any) -> bool:
    """A witness, a block as a node gives it, a JSON-RPC reply of either, or an object with both."""
    if not isinstance(document, dict):
        return False
    if "jsonrpc" in document:
        return "error" in document or document.get("result") is None or _is_part(document["result"])
    return _is_part(document) or is_pair(document) or is_pair(document.get("block_and_witness"))


def read_block_and_witness(document: Any, name: str) -> tuple[BlockInput, ...]:
    """A block, a witness, or both."""
    from witness.formats.block_and_witness import read  # noqa: PLC0415

    return read(document, name)


def _is_part(value: Any) -> bool:
    return (
        isinstance(value, str)
        or is_execution_witness(value)
        or (isinstance(value, dict) and "sha3Uncles" in value and "transactions" in value)
    )
