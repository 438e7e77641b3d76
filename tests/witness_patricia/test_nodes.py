"""Nodes: one encoding, and every other refused by its code; bags and their limits; hostile shapes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.witness_patricia.strategies import attempt
from verkle.errors import IncompleteError, InvalidError, MalformedError, StatelessError
from witness import rlp
from witness.keccak import keccak256
from witness.patricia.account import (
    AccountLeaf,
    decode_account,
    decode_value,
    encode_account,
    encode_value,
)
from witness.patricia.bag import MAX_NODE_BYTES, NodeBag, index_nodes
from witness.patricia.nodes import (
    EMPTY_TRIE_ROOT,
    Branch,
    Extension,
    Leaf,
    Node,
    decode_node,
    encode_node,
    reference_of,
)
from witness.patricia.trie import lookup, update, visit

HASH = b"\xa0" + bytes(range(32))
EMBEDDED = rlp.encode([b"\x20", b"v"])
EMPTY = b"\x80"

PATHS = st.text("0123456789abcdef", max_size=64)
REFERENCES = st.binary(min_size=32, max_size=32).map(lambda digest: b"\xa0" + digest) | st.just(EMBEDDED)
BRANCHES = st.builds(
    lambda children, value: Branch(tuple(children), value),
    st.lists(REFERENCES | st.just(EMPTY), min_size=16, max_size=16).filter(
        lambda children: children.count(EMPTY) < 15
    ),
    st.just(b"") | st.binary(max_size=70),
)
NODES = (
    st.builds(Leaf, PATHS, st.binary(min_size=1, max_size=70))
    | st.builds(Extension, PATHS.filter(bool), REFERENCES)
    | BRANCHES
)


@given(NODES)
def test_decoding_gives_back_what_was_encoded(node: Node) -> None:
    encoded = encode_node(node)
    assert decode_node(encoded, branch_values=True) == node
    assert rlp.encode(rlp.decode(encoded)) == encoded
    assert reference_of(encoded) == (encoded if len(encoded) < 32 else b"\xa0" + keccak256(encoded))


@given(NODES, st.data())
def test_one_encoding_for_each_node(node: Node, data: st.DataObject) -> None:
    """Whatever bytes decode are those that the node encodes to: nothing is read in two ways."""
    encoded = bytearray(encode_node(node))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(encoded) - 1))
        encoded[at : at + data.draw(st.integers(0, 1))] = data.draw(st.binary(max_size=2))
        if not encoded:
            return
    check_any(bytes(encoded), branch_values=True)


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    check_any(data, branch_values=False)


def check_any(data: bytes, *, branch_values: bool) -> None:
    read = attempt(lambda: decode_node(data, branch_values=branch_values))
    if isinstance(read, StatelessError):
        assert isinstance(read, InvalidError)
        assert read.code.startswith("PATRICIA_")
    else:
        assert encode_node(read) == data


def raw_list(*items: bytes) -> bytes:
    """A list of items that are encoded already."""
    payload = b"".join(items)
    assert len(payload) < 56
    return bytes((0xC0 + len(payload),)) + payload


def branch(*children: bytes, value: bytes = b"") -> bytes:
    padded = [*children, *[EMPTY] * (16 - len(children))]
    payload = b"".join(padded) + rlp.encode(value)
    return (
        bytes((0xC0 + len(payload),)) if len(payload) < 56 else b"\xf8" + bytes((len(payload),))
    ) + payload


BAD_NODES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "PATRICIA_NODE_RLP"),
    ("a string", b"\x80", "PATRICIA_NODE_RLP"),
    ("a byte", b"\x05", "PATRICIA_NODE_RLP"),
    ("bytes after it", EMBEDDED + b"\x80", "PATRICIA_NODE_RLP"),
    ("cut short", rlp.encode([b"\x20", b"v" * 60])[:-1], "PATRICIA_NODE_RLP"),
    ("an item too long", raw_list(b"\x20", b"\x83ab"), "PATRICIA_NODE_RLP"),
    ("a hash too long", raw_list(b"\x20", b"\xa0" + bytes(20)), "PATRICIA_NODE_RLP"),
    ("a long length for a short list", b"\xf8\x03\x20\x81\x80", "PATRICIA_NODE_RLP"),
    ("a length with zeros", b"\xf9\x00\x40" + bytes(64), "PATRICIA_NODE_RLP"),
    ("a length cut short", b"\xf9\x01", "PATRICIA_NODE_RLP"),
    ("a length missing", b"\xf8", "PATRICIA_NODE_RLP"),
    ("a prefix before a small byte", raw_list(b"\x20", b"\x81\x05"), "PATRICIA_NODE_RLP"),
    ("a string's length not shortest", raw_list(b"\x20", b"\xb8\x02ab"), "PATRICIA_NODE_RLP"),
    ("no items", b"\xc0", "PATRICIA_NODE_ITEMS"),
    ("one item", raw_list(b"\x20"), "PATRICIA_NODE_ITEMS"),
    ("three items", raw_list(b"\x20", b"a", b"b"), "PATRICIA_NODE_ITEMS"),
    ("sixteen items", raw_list(*[EMPTY] * 16), "PATRICIA_NODE_ITEMS"),
    ("eighteen items", raw_list(*[EMPTY] * 18), "PATRICIA_NODE_ITEMS"),
    ("path empty", raw_list(EMPTY, b"v"), "PATRICIA_HEX_PREFIX"),
    ("path a list", raw_list(b"\xc0", b"v"), "PATRICIA_HEX_PREFIX"),
    ("path flag 4", raw_list(b"\x40", b"v"), "PATRICIA_HEX_PREFIX"),
    ("path flag f", raw_list(b"\x81\xf0", b"v"), "PATRICIA_HEX_PREFIX"),
    ("leaf padding not zero", raw_list(b"\x21", b"v"), "PATRICIA_HEX_PREFIX"),
    ("extension padding not zero", raw_list(b"\x82\x01\x11", HASH), "PATRICIA_HEX_PREFIX"),
    ("leaf without value", raw_list(b"\x20", EMPTY), "PATRICIA_LEAF_VALUE"),
    ("leaf with a list", raw_list(b"\x20", b"\xc1\x05"), "PATRICIA_LEAF_VALUE"),
    ("extension without path", raw_list(b"\x00", HASH), "PATRICIA_EXTENSION_EMPTY"),
    ("extension without child", raw_list(b"\x11", EMPTY), "PATRICIA_REFERENCE"),
    ("extension to a short string", raw_list(b"\x11", b"\x83abc"), "PATRICIA_REFERENCE"),
    ("child of 31 bytes", branch(HASH, b"\x9f" + bytes(31)), "PATRICIA_REFERENCE"),
    ("child a byte", branch(HASH, b"\x05"), "PATRICIA_REFERENCE"),
    ("child of 33 bytes", branch(HASH, b"\xa1" + bytes(33)), "PATRICIA_REFERENCE"),
    ("child embedded at 32 bytes", branch(HASH, rlp.encode([b"\x20", b"v" * 29])), "PATRICIA_REFERENCE"),
    ("no children", branch(), "PATRICIA_BRANCH_CHILDREN"),
    ("one child", branch(EMPTY, HASH), "PATRICIA_BRANCH_CHILDREN"),
    ("a value", branch(HASH, HASH, value=b"v"), "PATRICIA_BRANCH_VALUE"),
    ("a full branch with a value", rlp.encode([*[bytes(32)] * 16, b"v"]), "PATRICIA_BRANCH_VALUE"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in BAD_NODES], ids=[c[0] for c in BAD_NODES])
def test_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        decode_node(data)
    assert caught.value.code == code


def test_a_value_in_a_branch_where_keys_differ_in_length() -> None:
    assert decode_node(branch(HASH, value=b"v"), branch_values=True) == Branch((HASH, *[EMPTY] * 15), b"v")
    with pytest.raises(InvalidError) as caught:
        decode_node(raw_list(EMBEDDED, *[EMPTY] * 15, b"\xc0"), branch_values=True)
    assert caught.value.code == "PATRICIA_BRANCH_VALUE"
    with pytest.raises(InvalidError) as caught:
        decode_node(branch(value=b"v"), branch_values=True)
    assert caught.value.code == "PATRICIA_BRANCH_CHILDREN"


# --- bags and paths -----------------------------------------------------------------------------------


def bag_of(*nodes: bytes) -> NodeBag:
    return NodeBag(index_nodes(nodes))


def hashed(node: bytes) -> bytes:
    return b"\xa0" + keccak256(node)


def leaf(path: str, value: bytes = b"v" * 40) -> bytes:
    return encode_node(Leaf(path, value))


KEY = "0" * 64
# Every way through the trie meets the same refusals.
WAYS: list[tuple[str, Callable[[NodeBag, bytes], object]]] = [
    ("lookup", lambda bag, root: lookup(bag, root, KEY)),
    ("update", lambda bag, root: update(bag, root, {KEY: b"new"})),
    ("delete", lambda bag, root: update(bag, root, {KEY: b""})),
    ("visit", lambda bag, root: list(visit(bag, root))),
]


def shapes() -> list[tuple[str, tuple[bytes, ...], str]]:
    """Name, nodes with the root first, code."""
    short = leaf("0", b"v")
    short_child = branch(hashed(short), HASH)
    deep_leaf = leaf("0" * 63)
    extension_to_leaf = encode_node(Extension("00", hashed(leaf("0" * 62))))
    inner_extension = encode_node(Extension("0", hashed(branch(HASH, HASH))))
    return [
        ("a short node by its hash", (short_child, short), "PATRICIA_NODE_SHORT"),
        ("an empty trie by its hash", (branch(b"\xa0" + EMPTY_TRIE_ROOT, HASH),), "PATRICIA_NODE_SHORT"),
        ("a leaf too high", (leaf("0" * 63),), "PATRICIA_DEPTH"),
        ("a leaf too deep", (branch(hashed(leaf("0" * 64)), HASH), leaf("0" * 64)), "PATRICIA_DEPTH"),
        ("a leaf embedded too high", (branch(EMBEDDED, HASH),), "PATRICIA_DEPTH"),
        ("an extension to the end", (encode_node(Extension(KEY, HASH)),), "PATRICIA_DEPTH"),
        ("an extension beyond the end", (encode_node(Extension("0" * 65, HASH)),), "PATRICIA_DEPTH"),
        ("an extension to a leaf", (extension_to_leaf, leaf("0" * 62)), "PATRICIA_EXTENSION_CHILD"),
        (
            "an extension to an extension",
            (encode_node(Extension("0", hashed(inner_extension))), inner_extension, branch(HASH, HASH)),
            "PATRICIA_EXTENSION_CHILD",
        ),
        ("a node that is none", (branch(hashed(b"x" * 40), HASH), b"x" * 40), "PATRICIA_NODE_RLP"),
        ("an embedded node that is none", (branch(raw_list(EMPTY), HASH),), "PATRICIA_NODE_ITEMS"),
        (
            "a node cut short",
            (branch(hashed(deep_leaf[:-1]), HASH), deep_leaf[:-1]),
            "PATRICIA_NODE_RLP",
        ),
    ]


@pytest.mark.parametrize("way", [way[1] for way in WAYS], ids=[way[0] for way in WAYS])
@pytest.mark.parametrize(
    ("nodes", "code"), [case[1:] for case in shapes()], ids=[case[0] for case in shapes()]
)
def test_refused_on_the_way(
    nodes: tuple[bytes, ...], code: str, way: Callable[[NodeBag, bytes], object]
) -> None:
    with pytest.raises(InvalidError) as caught:
        way(bag_of(*nodes), keccak256(nodes[0]))
    assert caught.value.code == code
    assert KEY.startswith(str(caught.value.where["path"]))


def test_a_branch_below_the_end_of_the_keys() -> None:
    nodes = [branch(HASH, HASH)]
    for _ in range(64):
        nodes.append(branch(hashed(nodes[-1]), HASH))
    for _, way in WAYS:
        with pytest.raises(InvalidError) as caught:
            way(bag_of(*nodes), keccak256(nodes[-1]))
        assert caught.value.code == "PATRICIA_DEPTH"


def test_the_root_alone_may_be_short() -> None:
    nodes = bag_of(leaf("0", b"v"))
    root = keccak256(leaf("0", b"v"))
    assert isinstance(nodes.root(root), Leaf)
    short = NodeBag(index_nodes([leaf("00", b"v")]), key_nibbles=2)
    assert lookup(short, keccak256(leaf("00", b"v")), "00") == b"v"


def test_a_trie_that_can_be_walked_in_more_ways_than_there_is_time() -> None:
    """Sixteen times the same child on sixty levels: 16^60 ways, sixty nodes."""
    nodes = [leaf("0000")]
    for _ in range(60):
        nodes.append(rlp.encode([*[keccak256(nodes[-1])] * 16, b""]))
    assert len(list(visit(bag_of(*nodes), keccak256(nodes[-1])))) == 1
    assert lookup(bag_of(*nodes), keccak256(nodes[-1]), "f" * 60 + "0000") == b"v" * 40


def test_nodes_of_any_size_are_not_taken() -> None:
    assert len(index_nodes([bytes(MAX_NODE_BYTES)])) == 1
    for size in (MAX_NODE_BYTES + 1, 2 * 1024 * 1024):
        with pytest.raises(MalformedError) as caught:
            index_nodes([leaf(KEY), bytes(size)])
        assert caught.value.code == "PATRICIA_NODE_SIZE"
        assert caught.value.where == {"index": 1}
        assert caught.value.got == size


def test_repeated_nodes_and_the_empty_one_do_not_count() -> None:
    assert list(index_nodes([leaf(KEY), b"\x80", leaf(KEY)])) == [keccak256(leaf(KEY))]


def test_a_node_is_found_by_its_own_hash_alone() -> None:
    root = keccak256(leaf(KEY))
    with pytest.raises(IncompleteError) as caught:
        lookup(bag_of(leaf("1" * 64)), root, KEY)
    assert caught.value.code == "PATRICIA_NODE_MISSING"
    assert caught.value.where == {"node": root, "path": ""}


# --- leaves -------------------------------------------------------------------------------------------

ACCOUNTS = st.builds(
    AccountLeaf,
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**256 - 1),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)
H = bytes(32)


@given(ACCOUNTS)
def test_accounts(account: AccountLeaf) -> None:
    assert decode_account(encode_account(account)) == account


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        rlp.encode([b"", b"", H]),
        rlp.encode([b"", b"", H, H, b""]),
        rlp.encode([b"\x00", b"", H, H]),
        rlp.encode([b"\x00\x01", b"", H, H]),
        rlp.encode([b"\x01" + bytes(8), b"", H, H]),
        rlp.encode([b"", b"\x00", H, H]),
        rlp.encode([b"", b"\x00\x01", H, H]),
        rlp.encode([b"", b"\x01" + bytes(32), H, H]),
        rlp.encode([b"", b"", H[1:], H]),
        rlp.encode([b"", b"", H, H + b"\x00"]),
        rlp.encode([b"", b"", H, []]),
        rlp.encode([[], b"", H, H]),
        rlp.encode([b"", b"", H, H]) + b"\x00",
        rlp.encode([b"", b"", H, H])[:-1],
        b"\xf8\x44\x81\x01" + rlp.encode([b"", b"", H, H])[3:],
    ],
)
def test_no_accounts(data: bytes) -> None:
    with pytest.raises(InvalidError) as caught:
        decode_account(data)
    assert caught.value.code == "PATRICIA_ACCOUNT"


@given(st.integers(1, 2**256 - 1))
def test_values(value: int) -> None:
    encoded = encode_value(value)
    assert decode_value(encoded) == value
    assert rlp.decode(encoded) == rlp.encode_integer(value)


@given(st.binary(max_size=36))
def test_any_value(data: bytes) -> None:
    read = attempt(lambda: decode_value(data))
    if isinstance(read, StatelessError):
        assert read.code == "PATRICIA_STORAGE_VALUE"
    else:
        assert encode_value(read) == data


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\x80", b"\x81\x00", b"\x81\x7f", b"\x82\x00\x01", b"\x82\x01", b"\xa1" + b"\x01" * 33,
     b"\xc1\x01", b"\x82\x01\x01\x01", b"\xb8\x01\x80"],
)  # fmt: skip
def test_no_values(data: bytes) -> None:
    with pytest.raises(InvalidError) as caught:
        decode_value(data)
    assert caught.value.code == "PATRICIA_STORAGE_VALUE"


def test_zero_has_no_leaf() -> None:
    assert encode_value(0) == b""
