"""Keys of accounts: the vectors of SPEC 8.3, and positions that are the Verkle tree's."""

from __future__ import annotations

import pytest

from tests.oracles.accounts import account_items
from tests.oracles.binary_tree import DIGESTS
from verkle.accounts import AccountHeader
from verkle.constants import BASIC_DATA, CODE_HASH
from verkle.embedding import chunkify
from verkle.errors import UnsupportedError
from witness.binary.keys import (
    chunk_key,
    header_key,
    stem_of,
    storage_key,
)
from witness.binary.rules import DEFAULT, RULES, BinaryRules, hash_function, rules_named

ADDRESS = bytes.fromhex("71562b71999873DB5b286dF957af199Ec94617f7")
KNOWN = {
    "eip7864b-blake3": (
        "0bca631ab4c0225576c677ef71e5ef8475b2efb6ad65a122a53b172e5dc32800",
        "5cdc5da27f0d530096b66ddd8a9c98d27575e8e613fb00b9ed308125ffd79c40",
        "165738934b83ae76c6765840d5b7e8d974d37bbcdd4ab79e11beed9f111f4e00",
    ),
    "eip7864a-blake3": (
        "0bca631ab4c0225576c677ef71e5ef8475b2efb6ad65a122a53b172e5dc32800",
        "abdfcab0ed9dd702322fdc26d1a292dd9983368ed7311491c7f6443debd86c40",
        "65063812e9fbb4443863580b994699ed28ff8380e41fe8ec611743743c42f300",
    ),
    "eip7864b-sha256": (
        "b4e70b6a73234597a29660eaea515e70f39d8f441442dd6a709c575bfee47100",
        "646e29c17a51f311ac180c5ac05e4c3da72343bdc6f2ed7ab3e3805c4f3efe40",
        "706c53d6942cfbfe59ff792e31a7e94637f6efce10db1e06f43b8edf77411600",
    ),
    "eip7864a-sha256": (
        "b4e70b6a73234597a29660eaea515e70f39d8f441442dd6a709c575bfee47100",
        "dd6d2e437634fe3f7fbaa32800c4e9de8668aad8861edbae4b763761a936d640",
        "2afd09158fef4eb624401587a39ffe3f7a836335f12bcdf77104a95985710600",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_vectors(name: str) -> None:
    rules = RULES[name]
    assert rules.name == name
    keys = (
        header_key(rules, ADDRESS, BASIC_DATA),
        storage_key(rules, ADDRESS, 64),
        chunk_key(rules, ADDRESS, 128),
    )
    assert tuple(key.hex() for key in keys) == KNOWN[name]


def test_the_index_of_the_last_slot() -> None:
    """256^31 + slot passes 2^256 and still has an index of 32 bytes (go-ethereum carries a byte for it)."""
    last = 2**256 - 1
    index = (256**31 + last) // 256
    assert index.to_bytes(32, "big")[0] == 1
    expected = hash_function(DEFAULT)(bytes(12) + ADDRESS + index.to_bytes(32, "big"))[:31]
    assert storage_key(DEFAULT, ADDRESS, last) == expected + b"\xff"


def test_leaves_of_an_account() -> None:
    code = bytes(range(256)) * 20
    header = AccountHeader(nonce=1, balance=2, code_hash=b"\7" * 32, code_size=len(code))
    items = dict(account_items(DEFAULT, ADDRESS, header, code, {0: 5, 64: 6, 2**255: 7, 9: 0}))
    assert items[header_key(DEFAULT, ADDRESS, CODE_HASH)] == b"\7" * 32
    basic = items[header_key(DEFAULT, ADDRESS, BASIC_DATA)]
    assert basic == b"\0" * 5 + len(code).to_bytes(3, "big") + (1).to_bytes(8, "big") + (2).to_bytes(
        16, "big"
    )
    for slot, word in ((0, 5), (64, 6), (2**255, 7)):
        assert items[storage_key(DEFAULT, ADDRESS, slot)] == word.to_bytes(32, "big")
    chunks = chunkify(code)
    assert [items[chunk_key(DEFAULT, ADDRESS, i)] for i in range(len(chunks))] == chunks
    assert len(items) == 2 + 3 + len(chunks)


def test_the_hashes_are_those_of_the_oracle() -> None:
    for rules in RULES.values():
        assert hash_function(rules)(b"x" * 64) == DIGESTS[rules.hash](b"x" * 64)


def test_refusals() -> None:
    with pytest.raises(UnsupportedError) as caught:
        rules_named("eip7864c-\x1bblake3")
    assert caught.value.code == "BINARY_RULES"
    assert caught.value.got == "eip7864c-\\x1bblake3"
    assert rules_named(DEFAULT.name) == BinaryRules("blake3", "big")
    with pytest.raises(ValueError, match="20 bytes"):
        stem_of(DEFAULT, bytes(21), 0)
    with pytest.raises(ValueError, match="fits 32 bytes"):
        stem_of(DEFAULT, bytes(20), 1 << 256)
