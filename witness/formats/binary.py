"""The two binary encodings of witnesses, told by their first bytes; each codec is imported when it is needed.

Most inputs are JSON, and the start of the program is counted in milliseconds.
"""

from __future__ import annotations

from witness.block import BlockInput
from witness.marks import CBOR_TAG, SSZ_FIRST_OFFSET


def recognise_cbor(data: bytes) -> bool:
    """CBOR that says that it is CBOR."""
    return data.startswith(CBOR_TAG)


def read_cbor(data: bytes, name: str) -> tuple[BlockInput, ...]:
    """The one block or witness of a file in one of this project's own two formats: with the witness of a
    Verkle tree, or of a binary one."""
    from witness.binary.witness_cbor import block_from_cbor as binary_from_cbor  # noqa: PLC0415
    from witness.binary.witness_cbor import is_binary_cbor  # noqa: PLC0415
    from witness.cbor import block_from_cbor  # noqa: PLC0415

    read = binary_from_cbor if is_binary_cbor(data) else block_from_cbor
    return (read(data, name),)


def recognise_ssz(data: bytes) -> bool:
    """What begins as the witness container must; no other format that is read here does."""
    return data.startswith(SSZ_FIRST_OFFSET)


def read_ssz(data: bytes, name: str) -> tuple[BlockInput, ...]:
    """The witness of a file in SSZ, without a block."""
    from witness.ssz import witness_from_ssz  # noqa: PLC0415

    return (BlockInput(name=name, witness=witness_from_ssz(data)),)
