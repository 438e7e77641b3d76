"""Roots of ordered tries: fixed answers, a second implementation, and real blocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vectors import vector_files
from witness import rlp
from witness.decode import decode_blocks
from witness.header import withdrawal_to_rlp
from witness.keccak import keccak256
from witness.patricia.ordered import EMPTY_TRIE_ROOT, ordered_root


def naive_root(items: list[bytes]) -> bytes:
    """The yellow paper's c(J, i) word by word: nibbles in tuples, filtered anew for each of 16 slots."""
    pairs = []
    for index, item in enumerate(items):
        key = rlp.encode(rlp.encode_integer(index))
        pairs.append((tuple(int(digit, 16) for digit in key.hex()), item))

    def prefixed(nibbles: tuple[int, ...], flag: int) -> bytes:
        padded = (flag + 1, *nibbles) if len(nibbles) % 2 else (flag, 0, *nibbles)
        return bytes.fromhex("".join(f"{nibble:x}" for nibble in padded))

    def node(pairs: list[tuple[tuple[int, ...], bytes]], i: int) -> rlp.Item:
        if not pairs:
            return b""
        if len(pairs) == 1:
            return [prefixed(pairs[0][0][i:], 2), pairs[0][1]]
        j = max(j for j in range(i, 64) if len({key[:j] for key, _ in pairs}) == 1)
        if j > i:
            return [prefixed(pairs[0][0][i:j], 0), inner(pairs, j)]
        slots = [inner([pair for pair in pairs if pair[0][i : i + 1] == (n,)], i + 1) for n in range(16)]
        ended = [value for key, value in pairs if len(key) == i]
        return [*slots, ended[0] if ended else b""]

    def inner(pairs: list[tuple[tuple[int, ...], bytes]], i: int) -> rlp.Item:
        encoded = rlp.encode(node(pairs, i))
        return node(pairs, i) if len(encoded) < 32 else keccak256(encoded)

    return keccak256(rlp.encode(node(pairs, 0)))


def test_empty_root() -> None:
    assert ordered_root([]) == EMPTY_TRIE_ROOT == keccak256(rlp.encode(b"")) == naive_root([])
    assert EMPTY_TRIE_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=24))
@example([b"\x01"])
@example([b"\x7f", b"\x80"])
@example([bytes([n % 255 + 1]) for n in range(129)])
def test_equals_the_definition(items: list[bytes]) -> None:
    assert ordered_root(items) == naive_root(items)


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 127, 128, 129, 255, 256, 257])
@pytest.mark.parametrize("size", [1, 28, 29, 30, 31, 32, 33, 200])
def test_counts_and_sizes_at_the_edges(count: int, size: int) -> None:
    """Where RLP(index) grows by a byte, and where a node stops being inlined into its parent."""
    items = [bytes([n % 251 + 1]) * size for n in range(count)]
    assert ordered_root(items) == naive_root(items)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=300))
def test_equals_py_trie(items: list[bytes]) -> None:
    trie = pytest.importorskip("trie", reason="the oracle trie is not installed (extra: oracle)")
    oracle = trie.HexaryTrie({})
    for index, item in enumerate(items):
        oracle[rlp.encode(rlp.encode_integer(index))] = item
    assert oracle.root_hash == ordered_root(items)


@given(st.lists(st.binary(min_size=1, max_size=8), min_size=2, max_size=40), st.data())
def test_every_item_and_its_place_count(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    changed = [*items[:index], items[index] + b"\x00", *items[index + 1 :]]
    assert ordered_root(changed) != ordered_root(items)
    assert ordered_root(items[:-1]) != ordered_root(items)
    if items[0] != items[1]:
        assert ordered_root([items[1], items[0], *items[2:]]) != ordered_root(items)


def test_an_empty_item_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="empty item"):
        ordered_root([b"\x01", b""])


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=4))
def test_roots_of_made_blocks(path: Path) -> None:
    for block in json.loads(path.read_bytes())["blocks"]:
        transactions = [bytes.fromhex(raw[2:]) for raw in block["transactions"]]
        assert "0x" + ordered_root(transactions).hex() == block["header"]["transactionsTrie"]


@pytest.mark.parametrize(
    "path", vector_files("verkle-eest/filled/**/*.json", every=9) + vector_files("verkle-geth/w*.json")
)
def test_roots_in_headers(path: Path) -> None:
    for block in decode_blocks(path.read_bytes(), path.name):
        header, transactions, withdrawals = block.header, block.transactions, block.withdrawals
        assert header is not None
        assert transactions is not None
        assert withdrawals is not None
        assert ordered_root(transactions) == header.transactions_root
        assert ordered_root([withdrawal_to_rlp(item) for item in withdrawals]) == header.withdrawals_root


@pytest.mark.parametrize("path", vector_files("verkle-blocks/kaustinen6-block7[23].json"))
def test_roots_of_devnet_blocks(path: Path) -> None:
    document = json.loads(path.read_bytes())
    transactions = [bytes.fromhex(raw[2:]) for raw in document["transactions"]]
    assert "0x" + ordered_root(transactions).hex() == document["header"]["transactionsTrie"]
