"""``docs/format.md`` is enough to read this project's format, and its example is right.

The reader here was written from that document alone: it shares no code with the program, takes honest files
only, and is as short as the document allows. ``cbor2`` reads the items, as any CBOR library would.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cbor2
import pytest
from blake3 import blake3
from hypothesis import given

from tests.vectors import vector_files
from tests.witness.strategies import witnesses
from witness.block import BlockInput
from witness.cbor import block_to_cbor, witness_to_cbor
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks
from witness.header import Header
from witness.witness_json import witness_to_json

EMPTY_CODE = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")


class Column:
    """Bytes taken from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        taken, self.data = self.data[:count], self.data[count:]
        assert len(taken) == count
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number


def read_file(data: bytes) -> tuple[dict[str, Any], Any]:
    """The witness as JSON has it, and the block's members."""
    assert data[:3] == bytes.fromhex("d9d9f7")
    assert blake3(data[:-32]).digest() == data[-32:]
    name, schema, pre_root, witness, block, digest = cbor2.loads(data)
    assert (name, schema, digest) == ("stateless", 1, data[-32:])
    return read_witness(witness, pre_root), block


def read_witness(members: Any, pre_root: bytes | None) -> dict[str, Any]:
    (shapes, shape_of, stems, stems_shared, values, extra_extensions, other_stems, other_stems_shared,
     commitments, multiproof, kinds) = members  # fmt: skip
    assert not kinds
    shape_column, value_column = Column(shape_of), Column(values)
    table = [EMPTY_CODE]
    state_diff, extensions = [], b""
    for stem in read_stems(stems, stems_shared):
        shape = shapes[shape_column.varint()]
        with_extension = len(shape) % 2
        extensions += shape[:with_extension]
        entries = []
        for at in range(with_extension, len(shape), 2):
            first, code, length = shape[at], shape[at + 1] >> 6, (shape[at + 1] & 63) + 1
            for suffix in range(first, first + length):
                current = read_value(value_column, table) if code & 1 else None
                new = read_value(value_column, table) if code & 2 else None
                entries.append({"suffix": suffix, "currentValue": hexed(current), "newValue": hexed(new)})
        state_diff.append({"stem": hexed(stem), "suffixDiffs": entries})
    assert not shape_column.data
    assert not value_column.data
    words = [hexed(multiproof[at : at + 32]) for at in range(0, 576, 32)]
    document: dict[str, Any] = {
        "stateDiff": state_diff,
        "verkleProof": {
            "otherStems": [hexed(stem) for stem in read_stems(other_stems, other_stems_shared)],
            "depthExtensionPresent": hexed(extensions + extra_extensions),
            "commitmentsByPath": [hexed(commitments[at : at + 32]) for at in range(0, len(commitments), 32)],
            "d": words[0],
            "ipaProof": {"cl": words[1:9], "cr": words[9:17], "finalEvaluation": words[17]},
        },
    }
    return document if pre_root is None else document | {"parentStateRoot": hexed(pre_root)}


def read_stems(column: bytes, shared: bytes) -> list[bytes]:
    entries = Column(shared)
    lengths: dict[int, int] = {}
    number = 0
    while entries.data:
        number += entries.varint()
        lengths[number] = entries.byte()
        number += 1
    count = (len(column) + sum(lengths.values())) // 31
    rest = Column(column)
    stems: list[bytes] = []
    for i in range(count):
        front = stems[-1][: lengths[i]] if i in lengths else b""
        stems.append(front + rest.take(31 - len(front)))
    assert not rest.data
    return stems


def read_value(column: Column, table: list[bytes]) -> bytes:
    head = column.byte()
    if head > 0x40:
        return table[head - 0x41 if head < 0xFF else 190 + column.varint()]
    if head < 0x20:
        value = bytes(head) + column.take(32 - head)
    elif head < 0x40:
        value = column.take(32 - (head - 0x20)) + bytes(head - 0x20) if head > 0x20 else bytes(32)
    else:
        mask = int.from_bytes(column.take(4), "big")
        value = b"".join(column.take(1) if mask >> 31 - i & 1 else b"\0" for i in range(32))
    if any(value) and value not in table:
        table.append(value)
    return value


def hexed(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()


@pytest.mark.parametrize(
    "path",
    vector_files(
        "verkle-blocks/kaustinen*.json", "verkle-blocks/no-parent-root/*.json", "verkle-blocks/invalid*.json"
    )
    + vector_files("verkle-geth/*.json", every=25)
    + vector_files("verkle-eest/filled/eip*/**/*.json", every=25),
)
def test_the_document_suffices(path: Path) -> None:
    for block in decode_blocks(path.read_bytes(), path.stem):
        if block.witness is not None:
            witness, members = read_file(block_to_cbor(block))
            assert witness == witness_to_json(block.witness)
            check_block(block, members)


@given(witnesses)
def test_the_document_suffices_for_any_witness(witness: ExecutionWitness) -> None:
    read, block = read_file(witness_to_cbor(witness))
    assert read == witness_to_json(witness)
    assert block is None


HEADER_FIELDS = (
    "parent_hash", "ommers_hash", "coinbase", "state_root", "transactions_root", "receipts_root",
    "logs_bloom", "difficulty", "number", "gas_limit", "gas_used", "timestamp", "extra_data", "prev_randao",
    "nonce", "base_fee_per_gas", "withdrawals_root", "blob_gas_used", "excess_blob_gas",
    "parent_beacon_block_root", "requests_hash",
)  # fmt: skip


def check_block(block: BlockInput, members: Any) -> None:
    if members is None:
        assert block.header is None
        return
    network, rules, chain_id, block_hash, header, transactions, withdrawals, ommers, headers = members
    assert (network, rules, chain_id) == (block.network, block.rules, block.chain_id)
    assert (block_hash, ommers) == (block.block_hash, block.ommers)
    if block.transactions is not None:
        assert tuple(transactions) == block.transactions
    if block.withdrawals is not None:
        assert [tuple(credit) for credit in withdrawals] == [
            (credit.index, credit.validator_index, credit.address, credit.amount_gwei)
            for credit in block.withdrawals
        ]
    if block.header is not None:
        check_header(block.header, header)
    others = [other for other in block.headers if other != block.header]
    for other, fields in zip(others, headers, strict=True):
        check_header(other, fields)


def check_header(header: Header, fields: Any) -> None:
    padded = [*fields, *[None] * (len(HEADER_FIELDS) - len(fields))]
    for name, field in zip(HEADER_FIELDS, padded, strict=True):
        if name in {"difficulty", "base_fee_per_gas"} and field is not None:
            field = int.from_bytes(field, "big")
        if name == "logs_bloom" and field == b"":
            field = bytes(256)
        assert field == getattr(header, name)


def document(project: Path) -> str:
    return (project / "docs" / "format.md").read_text(encoding="utf-8")


def test_the_example(project: Path) -> None:
    path = project / "fixtures" / "node-kinds" / "absence-honest-shown.json"
    (block,) = decode_blocks(path.read_bytes(), path.stem)
    data = block_to_cbor(block)
    rows = re.findall(
        r"^\| (\d+) \| (\d+) \| `([0-9a-f…]+)` \|", document(project).split("## 4.")[0], re.MULTILINE
    )
    at = 0
    for start, length, shown in rows:
        assert int(start) == at
        part = data[at : at + int(length)].hex()
        first, _, last = shown.partition("…")
        assert (part == shown) if not last else (part.startswith(first) and part.endswith(last))
        at += int(length)
    assert at == len(data)
    assert f"{len(data)} bytes where the JSON file has {path.stat().st_size:,}" in document(project)


def test_figures_in_the_document(project: Path, vectors: Path) -> None:
    """The sizes that it quotes, and the limits."""
    from stateless.conversion import encoded_sizes
    from witness import cbor_items, limits, strict_json
    from witness.fields import MAX_TEXT
    from witness.source import DEFAULT_MAX_BYTES

    path = vectors / "verkle-blocks" / "kaustinen6-block73.json"
    (block,) = decode_blocks(path.read_bytes(), path.stem)
    assert block.witness is not None
    sizes = encoded_sizes(block.witness)
    row = f"{sizes.json.plain_bytes:,} bytes | {sizes.ssz.plain_bytes:,} | {sizes.cbor.plain_bytes:,} |"
    assert row in document(project)
    text = document(project).partition("## 4.")[2]
    for number in (
        strict_json.MAX_TOKENS,
        cbor_items.MAX_ITEMS,
        limits.MAX_STEMS,
        limits.MAX_KEYS,
        limits.MAX_COMMITMENTS,
        MAX_TEXT,
    ):
        assert f"{number:,}" in text
    assert f"{strict_json.MAX_DEPTH}; {strict_json.MAX_TOKENS:,}; {strict_json.MAX_INTEGER_DIGITS}" in text
    assert f"{cbor_items.MAX_DEPTH}; {cbor_items.MAX_ITEMS:,}" in text
    assert DEFAULT_MAX_BYTES == 64 * 2**20
