"""From bytes to blocks: find out what an input is by its content, then read it.

Two tables are the whole of it, ``BINARY_FORMATS`` and ``FORMATS`` (JSON): each entry has a name (for
``--format``), a test and a reader, tried in order. Those named ``foreign`` only say what they saw. The binary
formats are told by their first bytes: ``d9d9f7`` (CBOR that says so), ``08000000`` (SSZ: the offset of the
first list), RLP by a list that is as long as the input.

A block and its witness may also come apart, as a node's replies do: each is read as a block without witness
or a witness without block, and ``witness.join`` puts them together.
Decoders judge nothing but form; what they refuse is listed in ``stateless.codes``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from verkle.errors import MalformedError
from witness import strict_json
from witness.block import BlockInput
from witness.errors import UsageError
from witness.fields import kind
from witness.formats import binary, block_file, chain_file, eest, foreign, patricia_files


class BinaryFormat(NamedTuple):
    """An encoding that is not text, told by its bytes."""

    name: str
    what: str
    recognise: Callable[[bytes], bool]
    read: Callable[[bytes, str], tuple[BlockInput, ...]]


class Format(NamedTuple):
    """A schema of parsed JSON documents."""

    name: str
    what: str
    recognise: Callable[[Any], bool]
    read: Callable[[Any, str], tuple[BlockInput, ...]]


BINARY_FORMATS: Final[tuple[BinaryFormat, ...]] = (
    BinaryFormat(
        "cbor", "a block or witness in this project's own format", binary.recognise_cbor, binary.read_cbor
    ),
    BinaryFormat("ssz", "a witness as the consensus container", binary.recognise_ssz, binary.read_ssz),
    BinaryFormat(
        "rlp",
        "a block, or a Merkle-Patricia witness, in RLP",
        patricia_files.recognise_rlp,
        patricia_files.read_rlp,
    ),
)
FORMATS: Final[tuple[Format, ...]] = (
    Format("block", "one block or witness of a Verkle devnet", block_file.recognise, block_file.read),
    Format("chain", "blocks on a genesis", chain_file.recognise, chain_file.read),
    Format("eest", "blockchain fixtures of the execution-spec-tests", eest.recognise, eest.read),
    Format(
        "zkpi",
        "a block and its witness as the zkpi tools save them",
        patricia_files.recognise_zkpi,
        patricia_files.read_zkpi,
    ),
    Format(
        "sbv",
        "a block and its witness as stateless-block-verifier saves them",
        patricia_files.recognise_sbv,
        patricia_files.read_sbv,
    ),
    Format(
        "zeth",
        "the replies for one block as zeth caches them",
        patricia_files.recognise_zeth,
        patricia_files.read_zeth,
    ),
    Format(
        "rpc",
        "replies of a node: a block, its witness, or both in one object",
        patricia_files.recognise_block_and_witness,
        patricia_files.read_block_and_witness,
    ),
    Format("foreign", "kinds that are known and not decided", foreign.recognise, foreign.read),
)
# What --format accepts: "json" looks for any JSON schema, the others insist on one.
FORMAT_NAMES: Final[tuple[str, ...]] = (
    "json",
    *(encoding.name for encoding in BINARY_FORMATS),
    *(entry.name for entry in FORMATS if entry.name != "foreign"),
)


def decode_blocks(data: bytes, name: str, *, format: str | None = None) -> tuple[BlockInput, ...]:
    """Read every block that an input holds, in order; never an empty tuple.

    Args:
        data: the whole input, decompressed.
        name: what to call a block whose input gives it no name.
        format: one of ``FORMAT_NAMES``; ``None`` detects by content.

    A block of an input with several that cannot be read is returned with its ``defect``. Raises
    ``MalformedError`` (``UNKNOWN_FORMAT``, ``JSON_*``, ``FIELD_*``, ``HEX_*``, ``SSZ_*``, ``CBOR_*``, …);
    ``UnsupportedError`` ``FORMAT_UNSUPPORTED`` or ``CBOR_SCHEMA_NEWER``; ``IncompleteError`` ``NO_BLOCKS``;
    ``UsageError`` for a format that is not known.
    """
    if format is not None and format not in FORMAT_NAMES:
        raise UsageError("FORMAT_NAME", f"there is no format {format!a}; known are {', '.join(FORMAT_NAMES)}")
    for encoding in BINARY_FORMATS:
        if encoding.name == format:
            return encoding.read(data, name)
    if format is None and data.lstrip()[:1] not in {b"{", b"[", b""}:
        for encoding in BINARY_FORMATS:
            if encoding.recognise(data):
                return encoding.read(data, name)
        raise MalformedError(
            "UNKNOWN_FORMAT",
            "the input is of no known format (it is not JSON: that starts with { or [)",
            where={"offset": 0},
            got=data[:8],
        )
    document = strict_json.parse(data)
    for entry in FORMATS:
        if (format in (None, "json") and entry.recognise(document)) or entry.name == format:
            return entry.read(document, name)
    raise MalformedError(
        "UNKNOWN_FORMAT",
        f"the input is JSON ({kind(document)}), but neither a block nor a witness in any known schema",
        got=_members(document),
    )


def _members(document: Any) -> list[str] | None:
    """The first names of an object, so that a reader sees what was taken for what."""
    if not isinstance(document, dict):
        return None
    return [ascii(name)[1:-1][:60] for name in list(document)[:8]]
