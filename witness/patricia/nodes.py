"""Nodes of a Merkle-Patricia trie: three kinds, one encoding for each, and no other is read.

Notation. A *path* is a string of hex digits, one a nibble: slicing, comparing and packing strings is quick,
and an error can show them as they are. A *reference* is what a parent holds of a child, with its RLP prefix:
33 bytes (``0xa0`` and the Keccak-256 of the child's RLP), or that RLP itself where it is shorter than 32
bytes (an *embedded* node), or the one byte ``EMPTY_REFERENCE``. A branch is then its references joined.

Source: Ethereum yellow paper, appendix C (hex-prefix encoding) and D (the trie); SPEC 9.3.
"""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn, TypeAlias

from verkle.errors import InvalidError
from witness.keccak import keccak256

__all__ = [
    "EMPTY_REFERENCE",
    "EMPTY_TRIE_ROOT",
    "HASH_REFERENCE_BYTES",
    "HEX",
    "Branch",
    "Extension",
    "Leaf",
    "Node",
    "decode_node",
    "encode_node",
    "encode_string",
    "reference_of",
]

# keccak256(RLP(b"")): the root of a trie without entries.
EMPTY_TRIE_ROOT: Final = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
EMPTY_REFERENCE: Final = b"\x80"
HASH_REFERENCE_BYTES: Final = 33
HEX: Final = "0123456789abcdef"
"""The digit of each nibble."""

_HASH_PREFIX: Final = 0xA0
# A branch with sixteen hashes is what most of a large trie is made of; it is told by its bytes alone.
_FULL_BRANCH_BYTES: Final = 532
_FULL_BRANCH_HEAD: Final = b"\xf9\x02\x11"
_FULL_BRANCH_PREFIXES: Final = bytes((_HASH_PREFIX,)) * 16


class Leaf(NamedTuple):
    """The rest of a key, and its value (never empty)."""

    path: str
    value: bytes


class Extension(NamedTuple):
    """A stretch of path (never empty) that all keys below share. ``child`` is the reference of a branch."""

    path: str
    child: bytes


class Branch(NamedTuple):
    """Sixteen references by the next nibble. ``value`` belongs to the key that ends here, ``b""`` for none;
    tries whose keys have one length have none."""

    children: tuple[bytes, ...]
    value: bytes


Node: TypeAlias = Leaf | Extension | Branch


def decode_node(data: bytes, *, branch_values: bool = False) -> Node:
    """Read a node out of its RLP, which must be the canonical one.

    Embedded children stay references; they are decoded when someone goes there. ``branch_values``: keys may
    end in a branch, which those of the state never do.

    Raises ``InvalidError``: ``PATRICIA_NODE_RLP``, ``PATRICIA_NODE_ITEMS``, ``PATRICIA_HEX_PREFIX``,
    ``PATRICIA_LEAF_VALUE``, ``PATRICIA_EXTENSION_EMPTY``, ``PATRICIA_REFERENCE``,
    ``PATRICIA_BRANCH_CHILDREN``, ``PATRICIA_BRANCH_VALUE``.
    """
    if (
        len(data) == _FULL_BRANCH_BYTES
        and data.startswith(_FULL_BRANCH_HEAD)
        and data[3:531:33] == _FULL_BRANCH_PREFIXES
        and data[531] == EMPTY_REFERENCE[0]
    ):
        return Branch(tuple([data[start : start + 33] for start in range(3, 531, 33)]), b"")
    items = _items(data)
    if len(items) == 17:
        return _branch(items, branch_values)
    if len(items) == 2:
        return _two_items(items[0], items[1])
    raise InvalidError(
        "PATRICIA_NODE_ITEMS", "a trie node has two or seventeen items", expected="2 or 17", got=len(items)
    )


def _branch(items: list[bytes], branch_values: bool) -> Branch:
    value = items.pop()
    for reference in items:
        if reference != EMPTY_REFERENCE:
            _check_reference(reference)
    if value != EMPTY_REFERENCE:
        if not branch_values:
            raise InvalidError("PATRICIA_BRANCH_VALUE", "a branch holds a value, where all keys are longer")
        if value[0] >= 0xC0:
            raise InvalidError("PATRICIA_BRANCH_VALUE", "the value of a branch is a list")
    present = 17 - items.count(EMPTY_REFERENCE) - (value == EMPTY_REFERENCE)
    if present < 2:
        raise InvalidError(
            "PATRICIA_BRANCH_CHILDREN",
            "a branch with fewer than two children stands where a leaf or an extension belongs",
            expected="2 or more",
            got=present,
        )
    return Branch(tuple(items), _payload(value))


def _two_items(path_item: bytes, second: bytes) -> Node:
    packed = _payload(path_item).hex() if path_item[0] < 0xC0 else ""
    # The first nibble: 2 for a leaf, plus 1 where the count is odd; an even count is padded by a zero.
    flag = packed[:1]
    if flag not in {"0", "1", "2", "3"} or (flag in "02" and packed[1] != "0"):
        raise InvalidError(
            "PATRICIA_HEX_PREFIX",
            "the path of a trie node is not in hex-prefix encoding",
            got=f"0x{packed[:80]}",
        )
    path = packed[1:] if flag in "13" else packed[2:]
    if flag in "23":
        if second[0] >= 0xC0 or second == EMPTY_REFERENCE:
            raise InvalidError("PATRICIA_LEAF_VALUE", "the value of a leaf is empty, or a list")
        return Leaf(path, _payload(second))
    if not path:
        raise InvalidError("PATRICIA_EXTENSION_EMPTY", "an extension node has no path")
    _check_reference(second)
    return Extension(path, second)


def _check_reference(reference: bytes) -> None:
    """A child that is there: a hash of 32 bytes, or a list shorter than 32 bytes."""
    first, size = reference[0], len(reference)
    if first == _HASH_PREFIX or (first >= 0xC0 and size < 32):
        return
    raise InvalidError(
        "PATRICIA_REFERENCE",
        "a child of a trie node is neither a hash of 32 bytes nor a node shorter than 32 bytes",
        got=reference[:40],
    )


def _items(data: bytes) -> list[bytes]:
    """The items of the list that ``data`` is, each with its prefix; lists within it are not looked into."""
    end = len(data)
    if not data or data[0] < 0xC0:
        _not_rlp("it is not a list")
    position, stop = _span(data, 0, end)
    if stop != end:
        _not_rlp(f"{end - stop} bytes follow the list")
    items: list[bytes] = []
    while position < end:
        prefix = data[position]
        if prefix == _HASH_PREFIX:
            stop = position + 33
        elif prefix <= 0x80:
            stop = position + 1
        else:
            _, stop = _span(data, position, end)
        if stop > end:
            _not_rlp("an item runs beyond the list")
        items.append(data[position:stop])
        if len(items) > 17:
            raise InvalidError(
                "PATRICIA_NODE_ITEMS", "a trie node has more than seventeen items", expected="2 or 17"
            )
        position = stop
    return items


def _span(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Start and end of the payload of an item that has a prefix; checks that its length is canonical."""
    prefix = data[position]
    short = prefix - (0xC0 if prefix >= 0xC0 else 0x80)
    if short < 56:
        start = position + 1
        stop = start + short
        if prefix == 0x81 and start < end and data[start] < 0x80:
            _not_rlp("a byte below 0x80 has a prefix")
    else:
        start = position + 1 + short - 55
        size = data[position + 1 : min(start, end)]
        if start > end or size[0] == 0:
            _not_rlp("a length is cut short, or has leading zeros")
        length = int.from_bytes(size, "big")
        if length < 56:
            _not_rlp("a length is not in its shortest form")
        stop = start + length
    if stop > end:
        _not_rlp("an item runs beyond the end")
    return start, stop


def _not_rlp(what: str) -> NoReturn:
    raise InvalidError("PATRICIA_NODE_RLP", f"a trie node is not canonical RLP: {what}")


def _payload(item: bytes) -> bytes:
    """The bytes of a string item, given with its prefix, whose form is known to be right."""
    prefix = item[0]
    if prefix < 0x80:
        return item
    return item[1:] if prefix < 0xB8 else item[prefix - 0xB6 :]


def encode_node(node: Node) -> bytes:
    """The RLP of a node. ``decode_node(encode_node(node)) == node``."""
    if isinstance(node, Branch):
        payload = b"".join(node.children) + encode_string(node.value)
    elif isinstance(node, Leaf):
        payload = encode_string(_hex_prefix(node.path, "2", "3")) + encode_string(node.value)
    else:
        payload = encode_string(_hex_prefix(node.path, "0", "1")) + node.child
    return _prefix(0xC0, len(payload)) + payload


def encode_string(data: bytes) -> bytes:
    """The RLP of a byte string."""
    if len(data) == 1 and data[0] < 0x80:
        return data
    return _prefix(0x80, len(data)) + data


def reference_of(encoded: bytes) -> bytes:
    """What a parent holds of the node with this RLP."""
    return encoded if len(encoded) < 32 else b"\xa0" + keccak256(encoded)


def _prefix(base: int, length: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((base + 55 + len(size),)) + size


def _hex_prefix(path: str, even: str, odd: str) -> bytes:
    return bytes.fromhex(odd + path if len(path) % 2 else even + "0" + path)
