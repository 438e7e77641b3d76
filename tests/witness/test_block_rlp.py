"""Blocks and headers as the network encodes them: what they decode to, and each refusal by its code."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.witness.samples import HEADER, LEGACY, TYPED, WITHDRAWAL, block_rlp
from verkle.errors import (
    IncompleteError,
    InvalidError,
    MalformedError,
    StatelessError,
    UnsupportedError,
)
from witness import rlp
from witness.block_rlp import block_from_rlp
from witness.header import (
    Header,
    header_from_rlp_item,
    header_to_rlp,
    missing_fields,
    withdrawals_from_rlp_item,
)

MALFORMED, INVALID, UNSUPPORTED = MalformedError, InvalidError, UnsupportedError


def _block_items() -> list[rlp.Item]:
    items = rlp.decode(block_rlp())
    assert isinstance(items, list)
    return items


def _header_items() -> list[rlp.Item]:
    items = rlp.decode(header_to_rlp(HEADER))
    assert isinstance(items, list)
    return items


RLP_BLOCKS: list[tuple[str, rlp.Item, str, type[StatelessError]]] = [
    ("a string", b"block", "BLOCK_FIELDS", MALFORMED),
    ("two parts", _block_items()[:2], "BLOCK_FIELDS", MALFORMED),
    ("five parts", [*_block_items(), b""], "BLOCK_FIELDS", MALFORMED),
    ("transactions a string", [_header_items(), b"", [], []], "BLOCK_FIELDS", MALFORMED),
    ("ommers a string", [_header_items(), [], b"", []], "BLOCK_FIELDS", MALFORMED),
    ("transaction empty", [_header_items(), [b""], [], []], "TRANSACTION_EMPTY", MALFORMED),
    ("withdrawals a string", [_header_items(), [], [], b""], "WITHDRAWAL_FIELD", MALFORMED),
    ("withdrawals missing", [_header_items(), [], []], "WITHDRAWALS_PRESENCE", INVALID),
    ("withdrawals too early", [_header_items()[:16], [], [], []], "WITHDRAWALS_PRESENCE", INVALID),
    ("header a string", [b"", [], [], []], "HEADER_FIELD_COUNT", MALFORMED),
    ("header short", [_header_items()[:14], [], []], "HEADER_FIELD_COUNT", MALFORMED),
    ("header too new", [[*_header_items(), *[b""] * 8], [], []], "HEADER_TOO_NEW", UNSUPPORTED),
]

HEADER_FIELDS: list[tuple[int, str, rlp.Item]] = [
    (0, "31 bytes", bytes(31)),
    (2, "21 bytes", bytes(21)),
    (6, "255 bytes", bytes(255)),
    (7, "33 bytes", b"\x01" * 33),
    (8, "a zero byte", b"\x00"),
    (9, "a leading zero", b"\x00\x01"),
    (10, "nine bytes", b"\x01" * 9),
    (11, "a list", []),
    (12, "a list", []),
    (14, "no bytes", b""),
    (15, "a leading zero", b"\x00\x07"),
    (16, "no bytes", b""),
]


@pytest.mark.parametrize(
    ("index", "item"),
    [(index, item) for index, _, item in HEADER_FIELDS],
    ids=[f"{index}: {label}" for index, label, _ in HEADER_FIELDS],
)
def test_encoded_header_fields(index: int, item: rlp.Item) -> None:
    items = _header_items()
    items[index] = item
    with pytest.raises(MalformedError) as caught:
        header_from_rlp_item(items, "$.rlp")
    assert caught.value.code == "HEADER_FIELD"
    assert caught.value.where == {"path": "$.rlp", "field": fields(Header)[index].name}


@pytest.mark.parametrize(
    ("item", "code", "family"), [case[1:] for case in RLP_BLOCKS], ids=[case[0] for case in RLP_BLOCKS]
)
def test_encoded_blocks(item: rlp.Item, code: str, family: type[StatelessError]) -> None:
    with pytest.raises(StatelessError) as caught:
        block_from_rlp(rlp.encode(item), "$.rlp")
    assert (caught.value.code, type(caught.value)) == (code, family)
    assert caught.value.where["path"] == "$.rlp"


def test_an_encoded_block_decodes() -> None:
    body = block_from_rlp(block_rlp())
    assert body.header == HEADER
    assert body.transactions == (LEGACY, TYPED)
    assert body.withdrawals == (WITHDRAWAL,)
    assert block_from_rlp(
        block_rlp(replace(HEADER, withdrawals_root=None), withdrawals=False)
    ).withdrawals is None  # fmt: skip


@pytest.mark.parametrize(
    "item",
    [
        b"",
        [b""],
        [[b"", b"", bytes(20)]],
        [[b"", b"", bytes(19), b""]],
        [[b"", b"", bytes(20), b"\x00"]],
        [[b"", b"\x01" * 9, bytes(20), b""]],
        [[[], b"", bytes(20), b""]],
    ],
)
def test_encoded_withdrawals(item: rlp.Item) -> None:
    with pytest.raises(MalformedError) as caught:
        withdrawals_from_rlp_item(item)
    assert caught.value.code == "WITHDRAWAL_FIELD"


def test_a_header_with_gaps_has_no_encoding() -> None:
    assert missing_fields(HEADER) == ()
    assert missing_fields(replace(HEADER, requests_hash=bytes(32))) == (
        "blob_gas_used",
        "excess_blob_gas",
        "parent_beacon_block_root",
    )
    assert len(missing_fields(Header())) == 15
    with pytest.raises(IncompleteError) as caught:
        header_to_rlp(replace(HEADER, state_root=None))
    assert caught.value.code == "HEADER_INCOMPLETE"
    assert caught.value.where["fields"] == ["state_root"]


@pytest.mark.parametrize("count", [15, 16, 17, 20, 21])
def test_headers_of_every_fork_round_trip(count: int) -> None:
    full = replace(
        HEADER,
        blob_gas_used=0,
        excess_blob_gas=2**64 - 1,
        parent_beacon_block_root=bytes(32),
        requests_hash=bytes(32),
    )
    items = rlp.decode(header_to_rlp(full))
    assert isinstance(items, list)
    header = header_from_rlp_item(items[:count])
    assert rlp.decode(header_to_rlp(header)) == items[:count]
