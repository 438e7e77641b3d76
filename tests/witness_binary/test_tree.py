"""The whole tree: known roots, the oracle as the judge, order, and writes one by one."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.binary_tree import DIGESTS, root_of
from tests.witness_binary.strategies import ALL_RULES, ITEMS, KEYS, VALUES
from verkle.errors import InvalidError, MalformedError
from witness.binary.rules import DEFAULT, RULES, BinaryRules
from witness.binary.tree import BinaryTree

FOUR = (0x00, 0x80, 0x01, 0x81)


def key(first: int, suffix: int = 0) -> bytes:
    return bytes([first]) + bytes(30) + bytes([suffix])


def little(number: int) -> bytes:
    return number.to_bytes(32, "little")


ONE = {bytes(32): b"\1" * 32}
TWO = {**ONE, key(0x80): b"\2" * 32}
CONTENTS = {
    "one": ONE,
    "two": TWO,
    "four": {key(first): little(i + 1) for i, first in enumerate(FOUR)},
    "four from zero": {key(first): little(i) for i, first in enumerate(FOUR)},
    "one stem": {key(0, suffix): bytes([i + 1]) * 32 for i, suffix in enumerate((3, 4, 9, 255))},
}
# SPEC 8.2.
KNOWN = [
    ("one", "blake3", "694545468677064fd833cddc8455762fe6b21c6cabe2fc172529e0f573181cd5"),
    ("one", "sha256", "aab1060e04cb4f5dc6f697ae93156a95714debbf77d54238766adc5709282b6f"),
    ("two", "blake3", "85fc622076752a6fcda2c886c18058d639066a83473d9684704b5a29455ed2ed"),
    ("two", "sha256", "dfc69c94013a8b3c65395625a719a87534a7cfd38719251ad8c8ea7fe79f065e"),
    ("four", "blake3", "e93c209026b8b00d76062638102ece415028bd104e1d892d5399375a323f2218"),
    ("four", "sha256", "d2d47bbbad257cf82b09bcdd05ca436f0b2482ca0d31a423ad0a2a2f2667f670"),
    ("one stem", "blake3", "aa12acb5689a2dc03e9d7ab0350449c70cdad286750dc8ba1dd092f5e100191a"),
    ("one stem", "sha256", "95408f8e449f5745ac648bbc53fef7e46f0f486218a1d35b94b3ffcb0dfaf703"),
]


def rules_of(digest: str) -> BinaryRules:
    return RULES[f"eip7864b-{digest}"]


@pytest.mark.parametrize(("content", "digest", "root"), KNOWN)
def test_known_roots(content: str, digest: str, root: str) -> None:
    items = CONTENTS[content]
    assert BinaryTree(rules_of(digest), items).root.hex() == root
    assert root_of(items, DIGESTS[digest]).hex() == root


def test_other_implementations_roots(vectors: Path) -> None:
    """jsign/binary-tree-spec test_tree.py; go-ethereum trie/bintrie/trie_test.go, whose fourth value is 3."""
    document = json.loads((vectors / "binary/eip7864_binary_tree_kats.json").read_text())
    order = {"blake3": ("one", "two", "four"), "sha256": ("one", "two", "four from zero")}
    seen = 0
    for name, contents in order.items():
        group = next(value for label, value in document.items() if label.startswith(name))
        assert len(group) == len(contents)
        for content, root in zip(contents, group.values(), strict=True):
            assert BinaryTree(rules_of(name), CONTENTS[content]).root.hex() == root
            seen += 1
    assert seen == 6


def test_the_empty_tree() -> None:
    tree = BinaryTree()
    assert tree.root == bytes(32)
    assert tree.top is None
    assert list(tree.items()) == []
    assert tree.get(bytes(32)) is None


@given(ITEMS, ALL_RULES)
def test_built_at_once_or_one_by_one_it_is_the_oracles(items: dict[bytes, bytes], rules: BinaryRules) -> None:
    expected = root_of(items, DIGESTS[rules.hash])
    tree = BinaryTree(rules, items)
    assert tree.root == expected
    assert list(tree.items()) == sorted(items.items())
    one_by_one = BinaryTree(rules)
    for item in items.items():
        one_by_one.put([item])
    assert one_by_one.root == expected
    assert all(tree.get(k) == one_by_one.get(k) == items[k] for k in items)


@given(ITEMS, st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_writes_after_the_root_was_asked_for(
    items: dict[bytes, bytes], batches: list[dict[bytes, bytes]]
) -> None:
    """Nodes keep their hashes; what is written shows all the same."""
    tree = BinaryTree(DEFAULT, items)
    state = dict(items)
    for batch in batches:
        assert tree.root == root_of(state)
        tree.put(batch)
        state.update(batch)
        assert tree.root == root_of(state)
    assert dict(tree.items()) == state


def test_a_crowded_stem_is_written_by_its_paths() -> None:
    """From 32 values on a stem keeps its nodes."""
    random = Random(3)
    items = {bytes(31) + bytes([i]): random.randbytes(32) for i in range(0, 256, 3)}
    tree = BinaryTree(DEFAULT, items)
    assert tree.root == root_of(items)
    for _ in range(20):
        items[bytes(31) + random.randbytes(1)] = random.randbytes(32)
        tree.put(items)
        assert tree.root == root_of(items)


def test_a_write_costs_its_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(4)
    tree = BinaryTree(DEFAULT, {random.randbytes(32): random.randbytes(32) for _ in range(2000)})
    assert tree.root
    made = 0
    honest = tree.digest

    def counting(data: bytes) -> bytes:
        nonlocal made
        made += 1
        return honest(data)

    tree.digest = counting
    tree.put({random.randbytes(32): random.randbytes(32)})
    assert tree.root
    # eight levels with the value, the stem node, and some eleven internal nodes
    assert 10 <= made <= 60


def test_absent_is_not_zero() -> None:
    assert BinaryTree(DEFAULT, {bytes(32): bytes(32)}).root != bytes(32)
    with_zero = BinaryTree(DEFAULT, {**ONE, key(0, 1): bytes(32)})
    assert with_zero.root != BinaryTree(DEFAULT, ONE).root
    assert with_zero.get(key(0, 1)) == bytes(32)


def test_refusals() -> None:
    tree = BinaryTree()
    for bad, code in (({b"k": b"\1" * 32}, "KEY_LENGTH"), ({bytes(32): b"v"}, "VALUE_LENGTH")):
        with pytest.raises(MalformedError) as caught:
            tree.put(bad)
        assert caught.value.code == code
    with pytest.raises(InvalidError) as twice:
        tree.put([(bytes(32), bytes(32)), (bytes(32), b"\1" * 32)])
    assert twice.value.code == "KEY_REPEATED"
    with pytest.raises(MalformedError) as short:
        tree.get(bytes(31))
    assert short.value.code == "KEY_LENGTH"
    assert tree.root == bytes(32)
