"""One block or witness in another encoding, and how large a witness is in each.

::

    encoded = encode_block(block, "cbor")
    encoded.data, encoded.dropped

A witness passes through every encoding unchanged, but for the state root before the block, which SSZ has no
place for; what is written is read back and compared before it is handed out. What an encoding has no place
for is named in ``dropped``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from stateless.headers import headers_by_hash
from verkle.errors import IncompleteError, UnsupportedError
from witness.block import BlockInput
from witness.block_json import block_to_json, checked_witness_to_json, json_bytes
from witness.cbor import block_to_cbor, witness_part_bytes, witness_to_cbor
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks
from witness.header_json import with_merge_constants
from witness.ssz import witness_to_ssz

Encoding = Literal["json", "ssz", "cbor"]
ENCODINGS: Final[tuple[Encoding, ...]] = ("json", "ssz", "cbor")

# What a block says beside its witness, in words for who is told that it is lost.
_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "header": "header",
        "block_hash": "block hash",
        "transactions": "transactions",
        "withdrawals": "withdrawals",
        "ommers": "count of ommers",
        "headers": "parent header",
        "network": "network",
        "rules": "rules",
        "chain_id": "chain id",
        "chain_config": "chain configuration",
        "expect_exception": "expected exception",
    }
)
_PRE_ROOT: Final = "state root before the block"


@dataclass(frozen=True, slots=True)
class Encoded:
    """``data``: the whole file. ``dropped``: what the input says and the encoding has no place for."""

    data: bytes
    dropped: tuple[str, ...]


def witness_of(block: BlockInput) -> ExecutionWitness:
    """The Verkle witness of a block.

    Raises ``IncompleteError`` ``NO_WITNESS``; ``UnsupportedError`` ``FORMAT_UNSUPPORTED`` for a witness of
    another tree; the block's ``defect`` if it could not be read.
    """
    if block.defect is not None:
        raise block.defect
    if block.patricia is not None:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED",
            "a Merkle-Patricia witness: only Verkle witnesses are written and measured; verify, explain, "
            "diff and lint take it",
        )
    if block.binary is not None:
        raise UnsupportedError(
            "FORMAT_UNSUPPORTED",
            "a binary witness: only Verkle witnesses are written and measured; verify, explain and "
            "diff take it",
        )
    if block.witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    return block.witness


def encode_block(block: BlockInput, to: Encoding) -> Encoded:
    """Write a block with its witness.

    Of the other headers that an input holds only the parent's is kept, which binds the state root before the
    block: the rest belongs to other blocks.

    Raises as ``witness_of``, and ``UnsupportedError`` ``KINDS_UNWRITABLE`` where the proof has openings that
    only CBOR can carry.
    """
    witness = witness_of(block)
    block = _with_parent_alone(block)
    data = _write(block, witness, to)
    (back,) = decode_blocks(data, block.name, format=to)
    dropped = [label for name, label in _LABELS.items() if _said(back, name) != _said(block, name)]
    kept = back.witness
    if kept is not None and kept.parent_state_root is None and witness.parent_state_root is not None:
        dropped.append(_PRE_ROOT)
        kept = replace(kept, parent_state_root=witness.parent_state_root)
    if kept != witness:
        raise RuntimeError(f"a witness written as {to} is read back as another")
    return Encoded(data, tuple(dropped))


def _said(block: BlockInput, name: str) -> object:
    """A member of a block, to be compared; what the merge fixed is not lost where a reader fills it in."""
    value = getattr(block, name)
    if name == "ommers":
        return value or 0
    if name == "headers":
        return [with_merge_constants(header) for header in value]
    return with_merge_constants(value) if name == "header" and value is not None else value


def _write(block: BlockInput, witness: ExecutionWitness, to: Encoding) -> bytes:
    if to == "json":
        return json_bytes(block_to_json(block))
    return witness_to_ssz(witness) if to == "ssz" else block_to_cbor(block)


def _with_parent_alone(block: BlockInput) -> BlockInput:
    header = block.header
    parent = None
    if header is not None and header.parent_hash is not None:
        parent = headers_by_hash(block.headers).get(header.parent_hash)
    return replace(block, headers=() if parent is None or header is None else (parent, header))


@dataclass(frozen=True, slots=True)
class EncodedSize:
    """Bytes of one witness in one encoding, as they are and after zlib at its highest level.

    ``None`` where the encoding cannot carry the witness.
    """

    plain_bytes: int | None
    zlib_bytes: int | None


@dataclass(frozen=True, slots=True)
class EncodedSizes:
    """One witness, without a block, in every encoding.

    ``json``: without white space. ``cbor``: the whole file, with schema, state root and digest;
    ``cbor_witness_bytes`` counts the witness in it alone, which is what SSZ has.
    """

    json: EncodedSize
    ssz: EncodedSize
    cbor: EncodedSize
    cbor_witness_bytes: int


def encoded_sizes(witness: ExecutionWitness) -> EncodedSizes:
    """Measure a witness by writing it."""
    fits = not witness.proof.kinds
    return EncodedSizes(
        json=_size(lambda: _compact(witness)) if fits else EncodedSize(None, None),
        ssz=_size(lambda: witness_to_ssz(witness)) if fits else EncodedSize(None, None),
        cbor=_size(lambda: witness_to_cbor(witness)),
        cbor_witness_bytes=witness_part_bytes(witness),
    )


def _compact(witness: ExecutionWitness) -> bytes:
    return json.dumps(checked_witness_to_json(witness), separators=(",", ":")).encode()


def _size(write: Callable[[], bytes]) -> EncodedSize:
    import zlib  # noqa: PLC0415 (for this table alone)

    data = write()
    return EncodedSize(len(data), len(zlib.compress(data, 9)))
