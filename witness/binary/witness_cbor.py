"""A witness of the binary tree, with its block or alone, in deterministic CBOR, with a digest.
``docs/format.md`` §5, in CDDL::

    file = #6.55799([ "stateless-binary", schema: 1, pre_root: root / null, post_root: root / null,
                      rules: text, witness, block / null, digest ])
    witness = [ shapes: [* bytes], shape_of: bytes, stems: bytes, stems_shared: bytes, values: bytes,
                proof: bytes ]
    root   = bytes .size 32
    digest = root                          ; BLAKE3 of all bytes before these 32

The block is that of a Verkle witness's file (``witness.cbor_block``). The state diff stands in columns, as
that of a Verkle witness does (``witness.cbor_columns``), its shapes without extension bytes; the proof is the
tree's own encoding (``witness.binary.encoding``). A file is read if and only if writing what was read gives
the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from verkle.errors import MalformedError
from witness.binary.container import BinaryWitness
from witness.binary.encoding import check_witness, proof_from_bytes, proof_to_bytes
from witness.binary.rules import rules_named
from witness.block import BlockInput
from witness.cbor_block import block_from_item, block_to_item
from witness.cbor_columns import Columns, read_columns, write_columns
from witness.cbor_fields import array, byte_string, optional, record, root, text
from witness.cbor_file import DIGEST_BYTES, check_canonical, check_digest, dump, newer_schema, seal
from witness.cbor_items import Item, decode, head
from witness.marks import CBOR_TAG

__all__ = [
    "SCHEMA",
    "SCHEMA_NAME",
    "block_from_cbor",
    "block_to_cbor",
    "is_binary_cbor",
    "witness_from_cbor",
    "witness_to_cbor",
]

SCHEMA_NAME: Final = "stateless-binary"
SCHEMA: Final = 1

_MEMBERS: Final = 8
_COLUMNS: Final = ("shapes", "shape_of", "stems", "stems_shared", "values", "proof")
_CONTENT: Final = ("pre_root", "post_root", "rules", "witness", "block")
# Tag, an array of eight, the name: what a file of any schema begins with.
_START: Final = CBOR_TAG + bytes((4 << 5 | _MEMBERS, 3 << 5 | len(SCHEMA_NAME))) + SCHEMA_NAME.encode()


def is_binary_cbor(data: bytes) -> bool:
    """Does a file say that it is of this format, of whatever schema?"""
    return data.startswith(_START)


def block_to_cbor(block: BlockInput) -> bytes:
    """The file of a block with its witness, or of the witness alone where nothing is said of a block.

    Not carried: ``name``, ``expect_exception``, and the block's own header among ``headers``.
    Raises ``ValueError`` for a block without such a witness, and as ``check_witness``.
    """
    if block.binary is None:
        raise ValueError("the block has no witness of the binary tree")
    items = [SCHEMA_NAME, SCHEMA, *_parts(block, block.binary), bytes(DIGEST_BYTES)]
    return seal(CBOR_TAG + dump(items)[:-DIGEST_BYTES])


def witness_to_cbor(witness: BinaryWitness) -> bytes:
    """The file of a witness alone. Raises as ``check_witness``."""
    return block_to_cbor(BlockInput(name="", binary=witness))


def _parts(block: BlockInput, witness: BinaryWitness) -> list[Item]:
    check_witness(witness)
    columns = write_columns(witness.state_diff, b"")
    shapes: list[Item] = [*columns.shapes]
    content: list[Item] = [
        shapes,
        columns.shape_of,
        columns.stems,
        columns.shared,
        columns.values,
        proof_to_bytes(witness.proof),
    ]
    return [witness.pre_root, witness.post_root, witness.rules, content, block_to_item(block)]


def witness_from_cbor(data: bytes) -> BinaryWitness:
    """The witness of a file, with a block or without. Raises as :func:`block_from_cbor`."""
    witness = block_from_cbor(data, "").binary
    if witness is None:
        raise ValueError("a file of this format has a witness")
    return witness


def block_from_cbor(data: bytes, name: str) -> BlockInput:
    """Read a file; ``block_to_cbor`` of the result is ``data``. ``name``: what the block is called.

    Raises ``UnsupportedError`` ``CBOR_SCHEMA_NEWER``, ``BINARY_RULES``; ``MalformedError`` ``CBOR_SCHEMA``,
    ``CBOR_DIGEST``, ``CBOR_NOT_CANONICAL``, those of ``witness.cbor_items``, ``witness.cbor_fields``,
    ``witness.cbor_columns`` and ``witness.cbor_block``, and of ``witness.binary.encoding``.
    """
    _check_schema(data)
    _, _, *content, digest = record(decode(data, len(CBOR_TAG)), (), _MEMBERS)
    check_digest(data, root(digest, ("digest",)))
    before, after, rules_name, parts, given = content
    pre_root = optional(before, ("pre_root",), root)
    post_root = optional(after, ("post_root",), root)
    rules = rules_named(text(rules_name, ("rules",)))
    columns = dict(zip(_COLUMNS, record(parts, ("witness",), len(_COLUMNS)), strict=True))

    def column(name: str) -> bytes:
        return byte_string(columns[name], ("witness", name))

    shapes_at = ("witness", "shapes")
    shapes = [byte_string(s, (*shapes_at, i)) for i, s in enumerate(array(columns["shapes"], shapes_at))]
    diff, _ = read_columns(
        Columns(shapes, column("shape_of"), column("stems"), column("stems_shared"), column("values"), b"")
    )
    witness = BinaryWitness(diff, proof_from_bytes(column("proof")), rules.name, pre_root, post_root)
    block = replace(block_from_item(given, ("block",), name, None), binary=witness)
    written = _parts(block, witness)
    check_canonical([((part,), a, b) for part, a, b in zip(_CONTENT, content, written, strict=True)])
    return block


def _check_schema(data: bytes) -> None:
    if is_binary_cbor(data):
        kind, number, _ = head(data, len(_START))
        if kind == 0 and number > SCHEMA:
            raise newer_schema(SCHEMA_NAME, number, SCHEMA)
        if (kind, number) == (0, SCHEMA):
            return
    raise MalformedError(
        "CBOR_SCHEMA",
        f'the CBOR is not an array of eight that begins with "{SCHEMA_NAME}" and the number of its schema',
        where={"offset": 0},
        got=data[: len(CBOR_TAG)],
    )
