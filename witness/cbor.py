"""The project's own format: one block or one witness in deterministic CBOR, with a digest.

``docs/format.md`` defines it byte by byte. In the words of CDDL (RFC 8610)::

    file    = #6.55799([ "stateless", schema: 1, pre_root: root / null,
                         witness, block / null, digest ])
    witness = [ shapes: [* bytes], shape_of: bytes, stems: bytes, stems_shared: bytes,
                values: bytes, extra_extensions: bytes,
                other_stems: bytes, other_stems_shared: bytes,
                commitments: bytes, multiproof: bytes .size 576,
                kinds: [* [path: bytes, value: root]] ]
    block   = [ network: text / null, rules: text / null, chain_id: uint / null,
                block_hash: root / null, header / null, transactions: [* bytes] / null,
                withdrawals: [* withdrawal] / null, ommers: uint / null, headers: [* header] ]
    header  = [* uint / bytes / null]
    withdrawal = [index: uint, validator_index: uint, address: bytes .size 20, amount_gwei: uint]
    root    = bytes .size 32
    digest  = root                         ; BLAKE3 of all bytes before these 32

The state diff with the extension bytes, and the other-stems, stand in columns (``witness.cbor_columns``).

One encoding of each content is accepted: items are read strictly (``witness.cbor_items``), and what was read
must be written as the very items that it was read from. A file of a later schema is ``unsupported`` before
anything else of it is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from verkle.constants import COMMITMENT_BYTES, IPA_ROUNDS, STEM_BYTES, VALUE_BYTES
from verkle.diff import KindOpening
from verkle.errors import MalformedError
from witness.block import BlockInput
from witness.cbor_block import block_from_item, block_to_item
from witness.cbor_columns import (
    Columns,
    StemList,
    count_error,
    read_columns,
    read_stems,
    write_columns,
    write_stems,
)
from witness.cbor_fields import array, byte_string, fixed, optional, record, root
from witness.cbor_file import DIGEST_BYTES, check_canonical, check_digest, dump, newer_schema, seal
from witness.cbor_items import Item, decode, head
from witness.containers import ExecutionWitness, IpaProof, VerkleProof
from witness.fields import JsonPath
from witness.limits import MAX_COMMITMENTS, check_witness
from witness.marks import CBOR_TAG

# Short, since it counts: with it and without digest and state root, no file is larger than the SSZ.
SCHEMA_NAME: Final = "stateless"
SCHEMA: Final = 1

_MEMBERS: Final = 6
_UNSIGNED: Final = 0
_TEXT: Final = 3
_ARRAY: Final = 4
# d, eight points cl, eight cr, and the last scalar, big-endian as in the witness.
_MULTIPROOF_WORDS: Final = 2 + 2 * IPA_ROUNDS
_COLUMN_NAMES: Final = (
    "shapes",
    "shape_of",
    "stems",
    "stems_shared",
    "values",
    "extra_extensions",
    "other_stems",
    "other_stems_shared",
    "commitments",
    "multiproof",
    "kinds",
)


def block_to_cbor(block: BlockInput) -> bytes:
    """A whole block, or the witness alone where the input says nothing of a block.

    Not carried: ``name``, ``expect_exception``, and the block's own header among ``headers``.
    Raises ``ValueError`` for a block without witness, and as ``witness.limits.check_witness``.
    """
    if block.witness is None:
        raise ValueError("the block has no witness")
    items = [SCHEMA_NAME, SCHEMA, *_parts(block, block.witness), bytes(DIGEST_BYTES)]
    return seal(CBOR_TAG + dump(items)[:-DIGEST_BYTES])


def witness_to_cbor(witness: ExecutionWitness) -> bytes:
    """The witness alone."""
    return block_to_cbor(BlockInput(name="", witness=witness))


def witness_part_bytes(witness: ExecutionWitness) -> int:
    """Bytes of the witness within a file: without schema, state root and digest, which SSZ has not."""
    return len(dump(_witness_to_item(witness)))


def _parts(block: BlockInput, witness: ExecutionWitness) -> list[Item]:
    return [witness.parent_state_root, _witness_to_item(witness), block_to_item(block)]


def block_from_cbor(data: bytes, name: str) -> BlockInput:
    """Read a file; ``block_to_cbor`` of the result is ``data``.

    Raises ``UnsupportedError`` ``CBOR_SCHEMA_NEWER``, ``HEADER_TOO_NEW``; ``MalformedError``
    ``CBOR_SCHEMA``, ``CBOR_DIGEST``, ``CBOR_NOT_CANONICAL``, ``TRANSACTION_EMPTY``, and those of
    ``witness.cbor_items``, ``witness.cbor_fields`` and ``witness.cbor_columns``.
    """
    start = _check_schema(data)
    _, _, *content, digest = record(decode(data, start), (), _MEMBERS)
    check_digest(data, root(digest, ("digest",)))
    pre_root = optional(content[0], ("pre_root",), root)
    witness = _witness_from_item(content[1], ("witness",), pre_root)
    block = block_from_item(content[2], ("block",), name, witness)
    _check_canonical(content, _parts(block, witness))
    return block


def _check_schema(data: bytes) -> int:
    """Look at tag, name and number; returns where the array begins."""
    if not data.startswith(CBOR_TAG):
        raise MalformedError(
            "CBOR_SCHEMA",
            "not a file of this format: it does not begin with d9d9f7",
            where={"offset": 0},
            got=data[: len(CBOR_TAG)],
        )
    start = len(CBOR_TAG)
    name = SCHEMA_NAME.encode()
    kind, members, at = head(data, start)
    if kind == _ARRAY:
        kind, length, at = head(data, at)
        if kind == _TEXT and length == len(name) and data[at : at + length] == name:
            kind, number, _ = head(data, at + length)
            if kind == _UNSIGNED and number > SCHEMA:
                raise newer_schema(SCHEMA_NAME, number, SCHEMA)
            if (kind, number, members) == (_UNSIGNED, SCHEMA, _MEMBERS):
                return start
    raise MalformedError(
        "CBOR_SCHEMA",
        f'the CBOR is not an array of six that begins with "{SCHEMA_NAME}" and the number of its schema',
        where={"offset": start},
    )


def _check_canonical(got: Sequence[Item], expected: Sequence[Item]) -> None:
    """Is what was read written as it was? A witness is compared column by column, to name the place."""
    places: list[tuple[JsonPath, Item, Item]] = []
    for name, theirs, ours in zip(("pre_root", "witness", "block"), got, expected, strict=True):
        if name == "witness" and isinstance(theirs, list) and isinstance(ours, list):
            places += [
                ((name, column), a, b) for column, a, b in zip(_COLUMN_NAMES, theirs, ours, strict=True)
            ]
        else:
            places.append(((name,), theirs, ours))
    check_canonical(places)


def _witness_to_item(witness: ExecutionWitness) -> Item:
    check_witness(witness)
    proof = witness.proof
    columns = write_columns(witness.state_diff, proof.extension_present)
    others = write_stems(proof.other_stems)
    shapes: list[Item] = [*columns.shapes]
    kinds: list[Item] = [[kind.path, kind.value] for kind in proof.kinds]
    return [
        shapes,
        columns.shape_of,
        columns.stems,
        columns.shared,
        columns.values,
        columns.extra,
        others.stems,
        others.shared,
        b"".join(proof.commitments),
        b"".join((proof.d, *proof.ipa.cl, *proof.ipa.cr, proof.ipa.final_evaluation)),
        kinds,
    ]


def _witness_from_item(item: Item, path: JsonPath, pre_root: bytes | None) -> ExecutionWitness:
    given = dict(zip(_COLUMN_NAMES, record(item, path, len(_COLUMN_NAMES)), strict=True))

    def members(name: str) -> list[tuple[Item, JsonPath]]:
        return [(member, (*path, name, i)) for i, member in enumerate(array(given[name], (*path, name)))]

    def column(name: str) -> bytes:
        return byte_string(given[name], (*path, name))

    shapes = [byte_string(shape, place) for shape, place in members("shapes")]
    state_diff, extensions = read_columns(
        Columns(
            shapes,
            column("shape_of"),
            column("stems"),
            column("stems_shared"),
            column("values"),
            column("extra_extensions"),
        )
    )
    words = _words(fixed(given["multiproof"], (*path, "multiproof"), COMMITMENT_BYTES * _MULTIPROOF_WORDS))
    proof = VerkleProof(
        other_stems=read_stems(StemList(column("other_stems"), column("other_stems_shared")), "other_stems"),
        extension_present=extensions,
        commitments=_commitments(column("commitments"), (*path, "commitments")),
        d=words[0],
        ipa=IpaProof(
            cl=words[1 : 1 + IPA_ROUNDS],
            cr=words[1 + IPA_ROUNDS : 1 + 2 * IPA_ROUNDS],
            final_evaluation=words[1 + 2 * IPA_ROUNDS],
        ),
        kinds=tuple([_kind(kind, place) for kind, place in members("kinds")]),
    )
    return ExecutionWitness(state_diff, proof, pre_root)


def _commitments(column: bytes, path: JsonPath) -> tuple[bytes, ...]:
    if len(column) > COMMITMENT_BYTES * MAX_COMMITMENTS:
        raise count_error("commitments", MAX_COMMITMENTS, len(column) // COMMITMENT_BYTES)
    fixed(column, path, len(column) // COMMITMENT_BYTES * COMMITMENT_BYTES)
    return _words(column)


def _kind(item: Item, path: JsonPath) -> KindOpening:
    node, value = record(item, path, 2)
    return KindOpening(
        byte_string(node, (*path, 0), at_most=STEM_BYTES - 1), fixed(value, (*path, 1), VALUE_BYTES)
    )


def _words(data: bytes) -> tuple[bytes, ...]:
    return tuple([data[at : at + COMMITMENT_BYTES] for at in range(0, len(data), COMMITMENT_BYTES)])
