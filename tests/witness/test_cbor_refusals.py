"""What the project's own format does not take, each by its code and place.

Files are made here from items, with a right digest: what is refused is what stands under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from blake3 import blake3

from tests.witness.samples import HEADER, WITNESS
from verkle.constants import EMPTY_CODE_HASH
from verkle.errors import MalformedError, StatelessError, UnsupportedError
from witness.block import BlockInput
from witness.cbor import block_from_cbor, block_to_cbor
from witness.cbor_columns import (
    Columns,
    StemList,
    ValueReader,
    ValueWriter,
    read_columns,
    read_stems,
    write_columns,
    write_stems,
)
from witness.cbor_items import decode
from witness.containers import StemDiff, SuffixDiff
from witness.decode import decode_blocks
from witness.header import HEADER_RULES
from witness.limits import MAX_COMMITMENTS, MAX_KEYS

BLOCK = BlockInput(
    name="block", header=HEADER, transactions=(b"\x01",), withdrawals=(), witness=WITNESS, network="Verkle"
)
WITNESS_AT, BLOCK_AT = 3, 4
COLUMNS = (
    "shapes", "shape_of", "stems", "stems_shared", "values", "extra_extensions", "other_stems",
    "other_stems_shared", "commitments", "multiproof", "kinds",
)  # fmt: skip
MEMBERS = (
    "network", "rules", "chain_id", "block_hash", "header", "transactions", "withdrawals", "ommers",
    "headers",
)  # fmt: skip


def items() -> list[Any]:
    """The six members of a file, the digest included."""
    found = decode(block_to_cbor(BLOCK), 3)
    assert isinstance(found, list)
    return found


def seal(members: Sequence[Any], *, tag: bytes = b"\xd9\xd9\xf7") -> bytes:
    """A file of these members with the digest made anew."""
    body = tag + cbor2.dumps([*members[:-1], bytes(32)], canonical=True)[:-32]
    return body + blake3(body).digest()


def refusal(data: bytes) -> StatelessError:
    with pytest.raises(StatelessError) as caught:
        block_from_cbor(data, "block")
    return caught.value


def with_column(name: str, value: Any) -> bytes:
    members = items()
    members[WITNESS_AT][COLUMNS.index(name)] = value
    return seal(members)


def with_member(name: str, value: Any) -> bytes:
    members = items()
    members[BLOCK_AT][MEMBERS.index(name)] = value
    return seal(members)


def test_the_seal_of_these_tests_is_right() -> None:
    assert seal(items()) == block_to_cbor(BLOCK)


# The frame.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xd9\xd9\xf6",
        seal(items(), tag=b""),
        seal(items(), tag=b"\xd9\xd9\xf7\xd9\xd9\xf7"),
        b"\xd9\xd9\xf7" + cbor2.dumps("stateless"),
        b"\xd9\xd9\xf7" + cbor2.dumps({"stateless": 1}),
        seal(["stateles", *items()[1:]]),
        seal(["statelessly", *items()[1:]]),
        seal([b"stateless", *items()[1:]]),
        seal(["stateless", 0, *items()[2:]]),
        seal(["stateless", "1", *items()[2:]]),
        seal([*items()[:-1], None, b""]),
        seal([*items()[:-2], b""]),
    ],
)
def test_not_a_file_of_ours(data: bytes) -> None:
    assert refusal(data).code == "CBOR_SCHEMA"


@pytest.mark.parametrize("schema", [2, 23, 24, 2**64 - 1])
@pytest.mark.parametrize("rest", [items()[2:], [], [{"any": 1.5}, b""]])
def test_a_later_schema(schema: int, rest: list[Any]) -> None:
    """Whatever follows: it is not looked at."""
    data = b"\xd9\xd9\xf7" + cbor2.dumps(["stateless", schema, *rest])
    error = refusal(data)
    assert isinstance(error, UnsupportedError)
    assert (error.code, error.expected, error.got) == ("CBOR_SCHEMA_NEWER", 1, schema)


@pytest.mark.parametrize(
    "data", [b"\xd9\xd9\xf7", b"\xd9\xd9\xf7\x86", b"\xd9\xd9\xf7\x86\x69statel", seal(items())[:14]]
)
def test_cut_within_the_head(data: bytes) -> None:
    assert refusal(data).code in {"CBOR_TRUNCATED", "CBOR_SCHEMA"}


def test_the_digest() -> None:
    data = block_to_cbor(BLOCK)
    changed = bytearray(data)
    changed[200] ^= 1
    wrong = bytearray(data)
    wrong[-1] ^= 1
    for broken in (changed, wrong):
        error = refusal(bytes(broken))
        assert isinstance(error, MalformedError)
        assert (error.code, error.where) == ("CBOR_DIGEST", {"offset": len(data) - 32})
    members = items()
    assert refusal(b"\xd9\xd9\xf7" + cbor2.dumps([*members[:-1], bytes(31)])).code == "FIELD_LENGTH"
    assert refusal(b"\xd9\xd9\xf7" + cbor2.dumps([*members[:-1], None])).code == "FIELD_TYPE"


def test_cut_and_extended() -> None:
    data = block_to_cbor(BLOCK)
    for end in range(15, len(data), 7):
        assert refusal(data[:end]).code == "CBOR_TRUNCATED"
    assert refusal(data + b"\0").code == "CBOR_TRAILING_BYTES"
    assert refusal(data + data).code == "CBOR_TRAILING_BYTES"


def test_what_the_items_do_not_take() -> None:
    """One of each kind; ``test_cbor_items`` has them all."""
    assert refusal(with_member("network", 1.5)).code == "CBOR_KIND"
    assert refusal(with_member("network", {"a": 1})).code == "CBOR_KIND"
    assert refusal(with_member("chain_id", -1)).code == "CBOR_KIND"
    assert refusal(with_member("chain_id", 2**64)).code == "CBOR_KIND"
    assert refusal(with_member("network", [[[[[[[[]]]]]]]])).code == "CBOR_TOO_DEEP"
    members = items()
    indefinite = seal(members).replace(b"\xd9\xd9\xf7\x86", b"\xd9\xd9\xf7\x9f")
    assert refusal(indefinite).code == "CBOR_NOT_CANONICAL"


# Fields.


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (seal([*items()[:2], 1, *items()[3:]]), "FIELD_TYPE", "$.pre_root"),
        (seal([*items()[:2], bytes(31), *items()[3:]]), "FIELD_LENGTH", "$.pre_root"),
        (seal([*items()[:3], None, *items()[4:]]), "FIELD_TYPE", "$.witness"),
        (seal([*items()[:3], items()[3][:-1], *items()[4:]]), "FIELD_LENGTH", "$.witness"),
        (seal([*items()[:4], 0, b""]), "FIELD_TYPE", "$.block"),
        (seal([*items()[:4], items()[4][:-1], b""]), "FIELD_LENGTH", "$.block"),
        (with_column("shapes", b""), "FIELD_TYPE", "$.witness.shapes"),
        (with_column("shapes", [1]), "FIELD_TYPE", "$.witness.shapes[0]"),
        (with_column("shape_of", []), "FIELD_TYPE", "$.witness.shape_of"),
        (with_column("commitments", bytes(33)), "FIELD_LENGTH", "$.witness.commitments"),
        (with_column("multiproof", bytes(575)), "FIELD_LENGTH", "$.witness.multiproof"),
        (with_column("kinds", [[b"", bytes(32), 0]]), "FIELD_LENGTH", "$.witness.kinds[0]"),
        (with_column("kinds", [[b"", bytes(31)]]), "FIELD_LENGTH", "$.witness.kinds[0][1]"),
        (with_column("kinds", [[bytes(31), bytes(32)]]), "FIELD_LENGTH", "$.witness.kinds[0][0]"),
        (with_column("kinds", [["", bytes(32)]]), "FIELD_TYPE", "$.witness.kinds[0][0]"),
        (with_member("network", b"Verkle"), "FIELD_TYPE", "$.block.network"),
        (with_member("network", "a\nb"), "FIELD_TYPE", "$.block.network"),
        (with_member("rules", "a" * 2049), "FIELD_TYPE", "$.block.rules"),
        (with_member("chain_id", "1"), "FIELD_TYPE", "$.block.chain_id"),
        (with_member("block_hash", bytes(33)), "FIELD_LENGTH", "$.block.block_hash"),
        (with_member("header", 1), "FIELD_TYPE", "$.block.header"),
        (with_member("header", [1]), "FIELD_TYPE", "$.block.header.parent_hash"),
        (with_member("header", [bytes(31)]), "FIELD_LENGTH", "$.block.header.parent_hash"),
        (with_member("header", [None] * 7 + [bytes(33)]), "FIELD_LENGTH", "$.block.header.difficulty"),
        (with_member("header", [None] * 7 + [1]), "FIELD_TYPE", "$.block.header.difficulty"),
        (with_member("header", [None] * 8 + [b"\x01"]), "FIELD_TYPE", "$.block.header.number"),
        (with_member("header", [None] * 6 + [bytes(255)]), "FIELD_LENGTH", "$.block.header.logs_bloom"),
        (with_member("transactions", b""), "FIELD_TYPE", "$.block.transactions"),
        (with_member("transactions", [1]), "FIELD_TYPE", "$.block.transactions[0]"),
        (with_member("transactions", [b"\x01", b""]), "TRANSACTION_EMPTY", "$.block.transactions[1]"),
        (with_member("withdrawals", [[0, 0, bytes(20)]]), "FIELD_LENGTH", "$.block.withdrawals[0]"),
        (with_member("withdrawals", [[0, 0, bytes(19), 0]]), "FIELD_LENGTH", "$.block.withdrawals[0][2]"),
        (with_member("withdrawals", [[0, None, bytes(20), 0]]), "FIELD_TYPE", "$.block.withdrawals[0][1]"),
        (with_member("ommers", b""), "FIELD_TYPE", "$.block.ommers"),
        (with_member("headers", None), "FIELD_TYPE", "$.block.headers"),
        (with_member("headers", [None]), "FIELD_TYPE", "$.block.headers[0]"),
        (with_member("headers", [[bytes(1)]]), "FIELD_LENGTH", "$.block.headers[0].parent_hash"),
    ],
)
def test_fields(data: bytes, code: str, path: str) -> None:
    error = refusal(data)
    assert isinstance(error, MalformedError)
    assert (error.code, error.where["path"]) == (code, path)


def test_a_header_with_more_fields_than_are_known() -> None:
    error = refusal(with_member("header", [None] * len(HEADER_RULES) + [0]))
    assert isinstance(error, UnsupportedError)
    assert (error.code, error.where) == ("HEADER_TOO_NEW", {"path": "$.block.header"})


# One encoding.

VALUES = items()[WITNESS_AT][COLUMNS.index("values")]


def header_items(**changes: Any) -> list[Any]:
    """The header of the sample, with some fields written otherwise."""
    (fields,) = [items()[BLOCK_AT][MEMBERS.index("header")]]
    names = [rule.name for rule in HEADER_RULES]
    for name, value in changes.items():
        fields[names.index(name)] = value
    return list(fields)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        # shapes: a run cut in two, one not needed, one twice, out of order
        (with_column("shapes", [bytes.fromhex("0a0040ff80"), bytes.fromhex("1240c0"), b"\x12"]), "shapes"),
        (with_column("shape_of", b"\x80\x00\x01"), "shape_of"),
        (with_column("shape_of", b"\x01\x00"), "shapes"),
        # values: a zero word as 32 bytes, a small number as 32 bytes, one written twice
        (with_column("values", VALUES[:-2] + b"\x20\x00" + bytes(32)), "values"),
        (with_column("values", VALUES[:-2] + b"\x40\x00\x00\x00\x00\x20"), "values"),
        (with_column("values", b"\x00" + bytes(31) + VALUES[1:]), "values"),
        (with_member("header", header_items(logs_bloom=bytes(256))), None),
        (with_member("header", header_items(difficulty=b"\x00")), None),
        (with_member("header", [*header_items(), None]), None),
        (with_member("headers", [header_items()]), None),
        (seal([*items()[:4], [None] * 8 + [[]], b""]), None),
    ],
)
def test_another_way_to_write_the_same(data: bytes, path: str | None) -> None:
    error = refusal(data)
    expected = "$.block" if path is None else f"$.witness.{path}"
    assert (error.code, error.where["path"]) == ("CBOR_NOT_CANONICAL", expected)


def columns_of(*stems: StemDiff, extensions: bytes = b"") -> Columns:
    return write_columns(stems, extensions)


def reads_as(columns: Columns) -> tuple[tuple[StemDiff, ...], bytes]:
    return read_columns(columns)


def test_columns_that_read_alike_are_written_in_one_way() -> None:
    """Each of these says the same as what is written, in other bytes."""
    stem = StemDiff(bytes(31), (SuffixDiff(0, None, None), SuffixDiff(1, None, None)))
    written = columns_of(stem, stem, extensions=b"\x0a\x0a")
    same = reads_as(written)
    others = [
        written._replace(shapes=[b"\x0a\x00\x00\x01\x00"]),  # a run in two
        written._replace(shapes=[*written.shapes, b"\x0a"]),  # a shape too many
        written._replace(shapes=written.shapes * 2, shape_of=b"\x00\x01"),  # one twice
        written._replace(shape_of=b"\x80\x00\x00"),  # a varint padded
        written._replace(stems=bytes(62), shared=b""),  # what is shared written out
        written._replace(stems=bytes(58), shared=b"\x01\x04"),  # not all that is shared
        written._replace(stems=bytes(31), shared=b"\x81\x00\x1f"),
        written._replace(shapes=[b"\x0a" + written.shapes[0][1:], written.shapes[0][1:]],
                         shape_of=b"\x00\x01", extra=b"\x0a"),  # an extension byte out of its place
    ]  # fmt: skip
    for other in others:
        assert reads_as(other) == same
        assert other != written


def test_values_are_written_in_the_shortest_form() -> None:
    forms = {
        bytes(32): "20",
        bytes(31) + b"\x01": "1f01",
        b"\x01" + bytes(31): "3f01",
        b"\x01" + bytes(30) + b"\x01": "40800000010101",
        b"\0" * 7 + b"\x01" + b"\0" * 7 + b"\x02" + b"\0" * 16: "40010100000102",
        b"\x01" * 32: "00" + "01" * 32,
        # as short in two forms: the first
        b"\x01" * 27 + b"\0" * 4 + b"\x01": "00" + "01" * 27 + "00000000" + "01",
        b"\0" + b"\x01" * 30 + b"\0": "01" + "01" * 30 + "00",
        EMPTY_CODE_HASH: "41",
    }
    for value, written in forms.items():
        writer = ValueWriter()
        writer.write(value)
        assert writer.written.hex() == written
        reader = ValueReader(bytes.fromhex(written))
        assert reader.read() == value
        reader.close()


def test_numbers_of_values() -> None:
    """190 numbers in one byte, the others in a varint, unless the value by itself is as short."""
    values = [i.to_bytes(2, "big") + b"\x7f" * 30 for i in range(400)]
    small = b"\x05".rjust(32, b"\0")
    writer = ValueWriter()
    for value in [*values, small]:
        writer.write(value)
    start = len(writer.written)
    for value in (values[0], values[188], values[189], values[189 + 127], values[189 + 128], small):
        writer.write(value)
    assert writer.written[start:].hex() == "42feff00ff7fff80011f05"
    reader = ValueReader(bytes(writer.written))
    read = [reader.read() for _ in range(407)]
    reader.close()
    assert read[401:] == [values[0], values[188], values[189], values[189 + 127], values[189 + 128], small]


# Columns that do not fit together.

ONE = columns_of(StemDiff(bytes(31), (SuffixDiff(0, b"\x7f" * 32, None),)), extensions=b"\x0a")


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        (ONE._replace(shape_of=b"\x01"), "shape_of"),
        (ONE._replace(shape_of=b"\x80"), "shape_of"),
        (ONE._replace(shape_of=b"\xff" * 5 + b"\x01"), "shape_of"),
        (ONE._replace(shapes=[]), "shape_of"),
        (ONE._replace(shape_of=b""), "stems"),
        (ONE._replace(shape_of=b"\x00\x00"), "stems"),
        (ONE._replace(stems=bytes(30)), "stems"),
        (ONE._replace(stems=bytes(62)), "stems"),
        (ONE._replace(shared=b"\x00"), "stems (shared)"),
        (ONE._replace(shared=b"\x00\x02"), "stems (shared)"),
        (ONE._replace(shared=b"\x00\x20"), "stems (shared)"),
        (ONE._replace(stems=bytes(28), shared=b"\x00\x03"), "stems"),
        (ONE._replace(stems=bytes(28), shared=b"\x01\x03"), "stems"),
        (ONE._replace(stems=bytes(28), shared=b"\x80\x80\x80\x80\x01\x03"), "stems"),
        (ONE._replace(shapes=[b"\x0a\xff\x01"]), "shapes[0]"),
        (ONE._replace(values=b""), "values"),
        (ONE._replace(values=ONE.values[:-1]), "values"),
        (ONE._replace(values=ONE.values + b"\x20"), "values"),
        (ONE._replace(values=b"\x42"), "values"),
        (ONE._replace(values=b"\xff"), "values"),
        (ONE._replace(values=b"\xff\x00"), "values"),
        (ONE._replace(values=b"\x40\x00\x00\x00"), "values"),
        (ONE._replace(values=b"\x40\xff\xff\xff\xff\x01"), "values"),
    ],
)  # fmt: skip
def test_columns(columns: Columns, column: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_columns(columns)
    assert (caught.value.code, caught.value.where["column"]) == ("CBOR_COLUMN", column)


# Limits.


@pytest.mark.parametrize(
    ("columns", "column", "limit"),
    [
        (ONE._replace(shape_of=bytes(65537)), "shape_of", 65536),
        (ONE._replace(stems=bytes(31 * 65537)), "stems", 65536),
        (ONE._replace(extra=bytes(65536)), "extra_extensions", 65536),
        (ONE._replace(shapes=[b"\x0a" + b"\x00\x3f" * 5]), "shapes[0]", 256),
        (
            columns_of(StemDiff(bytes(31), tuple(SuffixDiff(i, None, None) for i in range(256))))._replace(
                shape_of=bytes(MAX_KEYS // 256 + 1)
            ),
            "shape_of",
            MAX_KEYS,
        ),
    ],
)
def test_limits_of_columns(columns: Columns, column: str, limit: int) -> None:
    with pytest.raises(MalformedError) as caught:
        read_columns(columns)
    error = caught.value
    assert (error.code, error.where["column"]) == ("WITNESS_COUNT", column)
    assert error.expected == f"at most {limit}"


def test_limits_of_the_rest() -> None:
    assert refusal(with_column("commitments", bytes(32 * (MAX_COMMITMENTS + 1)))).code == "WITNESS_COUNT"
    assert refusal(with_column("other_stems", bytes(31 * 65537))).code == "WITNESS_COUNT"


def test_stems_in_any_order() -> None:
    stems = (b"\x02" * 31, b"\x02" * 30 + b"\x01", b"\x01" * 31, b"\x01" * 31, b"\x02" * 31)
    listed = write_stems(stems)
    assert listed == StemList(b"\x02" * 31 + b"\x01" + b"\x01" * 31 + b"" + b"\x02" * 31, b"\x01\x1e\x01\x1f")
    assert read_stems(listed, "stems") == stems


def test_a_format_insisted_on() -> None:
    data = block_to_cbor(BLOCK)
    assert decode_blocks(data, "block", format="cbor") == (BLOCK,)
    for format in ("json", "ssz", "eest"):
        with pytest.raises(MalformedError):
            decode_blocks(data, "block", format=format)
    with pytest.raises(MalformedError) as caught:
        decode_blocks(b"{}", "block", format="cbor")
    assert caught.value.code == "CBOR_SCHEMA"


def test_what_a_name_may_be() -> None:
    """A label is shown as it is; ``block_from_cbor`` refuses one that could move the cursor."""
    block = replace(BLOCK, network="\u200b")
    assert refusal(block_to_cbor(block)).code == "FIELD_TYPE"
