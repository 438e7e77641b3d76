"""Accounts as leaves under both layouts, against leaves that clients wrote and back again."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verkle.strategies import examples
from verkle.accounts import LIMITS, AccountHeader, account_leaves, decode_header, encode_header, is_present
from verkle.constants import EMPTY_CODE_HASH
from verkle.embedding import LeafLayout, chunkify
from verkle.errors import MalformedError, UnsupportedError
from witness.keccak import keccak256

LAYOUTS: tuple[LeafLayout, ...] = get_args(LeafLayout)
OFFSET = 256**31
CODE = b"\x60\x01" * 2000
CONTRACT = AccountHeader(nonce=1, balance=10**18, code_hash=keccak256(CODE), code_size=len(CODE))


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def little(number: int) -> bytes:
    return number.to_bytes(32, "little")


def test_empty_code_hash() -> None:
    assert keccak256(b"") == EMPTY_CODE_HASH


def test_basic_data() -> None:
    """Version, five reserved bytes less one, code size, nonce, balance: each big-endian."""
    header = AccountHeader(
        nonce=0x0102030405060708, balance=2**128 - 2, code_hash=b"\x07" * 32, code_size=0xABCDEF
    )
    basic = bytes.fromhex("00 00000000 abcdef 0102030405060708" + "ff" * 15 + "fe")
    assert encode_header("basic_data", header) == {0: basic, 1: b"\x07" * 32}


def test_devnet_accounts() -> None:
    """The first account of both genesis states, as besu's CSVs have it."""
    balance = 10**27
    assert encode_header("basic_data", AccountHeader(balance=balance)) == {
        0: bytes(16) + balance.to_bytes(16, "big"),
        1: EMPTY_CODE_HASH,
    }
    assert encode_header("five_leaves", AccountHeader(balance=balance)) == {
        0: bytes(32),
        1: little(balance),
        2: bytes(32),
        3: EMPTY_CODE_HASH,
    }


def test_code_size_has_a_leaf_only_with_code() -> None:
    assert encode_header("five_leaves", CONTRACT)[4] == little(4000)
    assert 4 not in encode_header("five_leaves", AccountHeader(nonce=5))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("field", ["nonce", "balance", "code_size"])
def test_numbers_that_fit_and_that_do_not(layout: LeafLayout, field: str) -> None:
    limit = 1 << LIMITS[layout][field]
    largest = AccountHeader(code_hash=CONTRACT.code_hash, **{field: limit - 1})
    assert decode_header(layout, encode_header(layout, largest)) == largest
    for number in (limit, -1):
        with pytest.raises(MalformedError) as caught:
            encode_header(layout, AccountHeader(**{field: number}))
        assert (caught.value.code, caught.value.got) == ("ACCOUNT_NUMBER_RANGE", number)
        assert caught.value.where == {"field": field, "layout": layout}


headers = st.builds(
    AccountHeader,
    nonce=st.integers(0, 2**64 - 1),
    balance=st.integers(0, 2**128 - 1),
    code_hash=st.binary(min_size=32, max_size=32).filter(lambda digest: digest != EMPTY_CODE_HASH),
    code_size=st.integers(0, 2**24 - 1),
)


@given(headers)
@examples(50)
def test_headers_come_back(header: AccountHeader) -> None:
    for layout in LAYOUTS:
        leaves = encode_header(layout, header)
        assert {len(value) for value in leaves.values()} == {32}
        assert is_present(layout, leaves)
        assert decode_header(layout, leaves) == header


@pytest.mark.parametrize("layout", LAYOUTS)
def test_absent_accounts(layout: LeafLayout) -> None:
    for leaves in ({}, dict.fromkeys(range(5)), {64: word(1)}):
        assert not is_present(layout, leaves)
        assert decode_header(layout, leaves) is None


def test_an_account_of_which_a_part_is_missing() -> None:
    assert decode_header("basic_data", {0: None, 1: b"\x01" * 32}) == AccountHeader(code_hash=b"\x01" * 32)
    assert decode_header("five_leaves", {1: little(7), 3: None}) == AccountHeader(balance=7)
    assert decode_header("five_leaves", {4: little(7)}) is None


@pytest.mark.parametrize(
    ("layout", "leaves"), [("basic_data", {0: b"\x01" + bytes(31)}), ("five_leaves", {0: little(1)})]
)
def test_unknown_version(layout: LeafLayout, leaves: dict[int, bytes]) -> None:
    with pytest.raises(UnsupportedError) as caught:
        decode_header(layout, leaves)
    assert (caught.value.code, caught.value.got) == ("ACCOUNT_VERSION", 1)


@pytest.mark.parametrize(
    ("layout", "leaves"),
    [
        ("basic_data", {0: b"\x00\x01" + bytes(30)}),
        ("basic_data", {0: bytes(4) + b"\x01" + bytes(27)}),
        ("five_leaves", {2: little(2**64)}),
        ("five_leaves", {1: bytes(32), 4: little(2**64)}),
    ],
)
def test_bits_that_no_layout_has(layout: LeafLayout, leaves: dict[int, bytes]) -> None:
    with pytest.raises(MalformedError) as caught:
        decode_header(layout, leaves)
    assert caught.value.code == "ACCOUNT_LEAF"


def test_chunks_and_storage() -> None:
    storage = {0: 5, 63: 6, 64: 7, 2**256 - 1: 8, 9: 0}
    leaves = list(account_leaves("basic_data", OFFSET, CONTRACT, CODE, storage))
    places = [(leaf.tree_index, leaf.suffix) for leaf in leaves]
    assert len(set(places)) == len(places)
    found = {(index, suffix): value for index, suffix, value in leaves}
    chunks = chunkify(CODE)
    assert len(chunks) == 130
    assert [found[divmod(128 + n, 256)] for n in range(130)] == chunks
    assert found[0, 64] == word(5)
    assert found[0, 127] == word(6)
    assert found[OFFSET // 256, 64] == word(7)
    assert found[(OFFSET + 2**256 - 1) // 256, 255] == word(8)
    assert len(leaves) == 2 + 130 + 4  # a word of 0 has no leaf


def test_the_old_storage_offset() -> None:
    leaves = account_leaves("five_leaves", 256 << 31, AccountHeader(), storage={64: 1})
    assert (2**31, 64, word(1)) in list(leaves)
