"""A Merkle-Patricia state of N accounts of which only the touched paths exist, read by the ordinary view.

Nodes on the touched paths are real nodes by their hash; what stands beside a path is a random hash if several
keys are below it, and the reference of the drawn leaf, embedded where that is shorter than 32 bytes, if one
is. A child that is the only one beside the walks is made too: it takes the branch's place if all others go.

So the nodes are all that reading and changing touched keys can ask for. Which of them a block does ask for is
what the view remembers (``PatriciaView.bag.touched``), and that is the witness.

Sources: Ethereum yellow paper, appendix D; SPEC 9.2, 9.3; SCALE 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stateless.scale.occupancy import Occupancy, key_of_prefix
from verkle.constants import EMPTY_CODE_HASH
from witness.keccak import keccak256
from witness.patricia.account import AccountLeaf, account_path, encode_account, encode_value, slot_path
from witness.patricia.bag import KEY_NIBBLES
from witness.patricia.nodes import (
    EMPTY_REFERENCE,
    EMPTY_TRIE_ROOT,
    HASH_REFERENCE_BYTES,
    HEX,
    Branch,
    Extension,
    Leaf,
    Node,
    encode_node,
    reference_of,
)

__all__ = ["PatriciaState", "SampledTrie", "TouchedAccount", "sample_patricia", "sample_trie"]

WIDTH: Final = 16
BITS: Final = 4


@dataclass(frozen=True, slots=True)
class TouchedAccount:
    """An account that is in the state before, and the slots of it that are touched.

    ``slots``: number → value before, 0 for absent. ``other_slots``: how many more there are. ``balance`` in
    wei, ``code_hash`` 32 bytes.
    """

    nonce: int = 0
    balance: int = 0
    code_hash: bytes = EMPTY_CODE_HASH
    slots: Mapping[int, int] = field(default_factory=dict)
    other_slots: int = 0


@dataclass(frozen=True, slots=True)
class SampledTrie:
    """``root``, RLP of nodes by hash, and for each touched key how many nibbles deep its walk ends."""

    root: bytes
    nodes: Mapping[bytes, bytes]
    depths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PatriciaState:
    """``root`` of the state, and the nodes, of storage too, that touched accounts and slots can need.

    ``depths``: by address; ``slot_depths``: by address and slot. ``remembered``: prefixes that were kept.
    """

    root: bytes
    nodes: Mapping[bytes, bytes]
    depths: Mapping[bytes, int]
    slot_depths: Mapping[tuple[bytes, int], int]
    remembered: int


def sample_patricia(
    seed: bytes, accounts: int, touched: Mapping[bytes, TouchedAccount | None]
) -> PatriciaState:
    """A state of ``accounts`` random accounts and the touched ones: 20-byte address → account, ``None`` for
    absent.

    The same arguments give the same state, in whatever order. A random account has a nonce of one byte, a
    balance of nine and neither code nor storage; a random slot has a value of 1 to 32 bytes, each length as
    likely.

    Raises:
        ValueError: an address of a wrong length; a number of accounts or slots that no state has.
    """
    nodes: dict[bytes, bytes] = {}
    values: dict[str, bytes | None] = {}
    slot_depths: dict[tuple[bytes, int], int] = {}
    remembered = 0
    for address, account in touched.items():
        if len(address) != 20:
            raise ValueError(f"an address has 20 bytes, not {len(address)}")
        path = account_path(address)
        values[path] = None
        if account is None:
            continue
        occupancy = Occupancy(b"storage" + address + seed, account.other_slots, 4 * KEY_NIBBLES)
        paths = {slot_path(slot): slot for slot in account.slots}
        storage = sample_trie(
            occupancy,
            {p: encode_value(account.slots[slot]) or None for p, slot in paths.items()},
            _slot_drawer(occupancy),
        )
        nodes.update(storage.nodes)
        slot_depths |= {(address, paths[p]): depth for p, depth in storage.depths.items()}
        remembered += occupancy.remembered
        values[path] = encode_account(
            AccountLeaf(account.nonce, account.balance, storage.root, account.code_hash)
        )
    occupancy = Occupancy(b"accounts" + seed, accounts, 4 * KEY_NIBBLES)
    state = sample_trie(occupancy, values, _account_drawer(occupancy))
    nodes.update(state.nodes)
    return PatriciaState(
        state.root,
        nodes,
        {address: state.depths[account_path(address)] for address in touched},
        slot_depths,
        remembered + occupancy.remembered,
    )


def _account_drawer(occupancy: Occupancy) -> Callable[[int], bytes]:
    def draw(key: int) -> bytes:
        data = occupancy.draw(b"v", key, 10)
        return encode_account(
            AccountLeaf(data[0], int.from_bytes(data[1:], "big"), EMPTY_TRIE_ROOT, EMPTY_CODE_HASH)
        )

    return draw


def _slot_drawer(occupancy: Occupancy) -> Callable[[int], bytes]:
    def draw(key: int) -> bytes:
        data = occupancy.draw(b"v", key, 33)
        return encode_value(int.from_bytes(data[1 : 2 + data[0] % 32], "big") or 1)

    return draw


def sample_trie(
    occupancy: Occupancy, values: Mapping[str, bytes | None], draw_value: Callable[[int], bytes]
) -> SampledTrie:
    """A trie of random keys and the given ones: path → value, ``None`` for absent.

    ``draw_value``: the value of a random key, which is given as its prefix.
    """
    sampler = _Sampler(occupancy, values, draw_value)
    top = sampler.node("", sorted(values))
    if top is None:
        return SampledTrie(EMPTY_TRIE_ROOT, {}, sampler.depths)
    encoded = encode_node(top)
    root = keccak256(encoded)
    return SampledTrie(root, {**sampler.nodes, root: encoded}, sampler.depths)


class _Sampler:
    """Makes the nodes that the walks to the keys of ``values`` meet, from the bottom up."""

    def __init__(
        self, occupancy: Occupancy, values: Mapping[str, bytes | None], draw_value: Callable[[int], bytes]
    ) -> None:
        self._occupancy = occupancy
        self._values = values
        self._draw_value = draw_value
        self.nodes: dict[bytes, bytes] = {}
        self.depths: dict[str, int] = {}

    def node(self, path: str, walks: Sequence[str]) -> Node | None:
        """The node below ``path``, which all ``walks`` share; ``None`` if there is no key."""
        own = [key for key in walks if self._values[key] is not None]
        prefix = _prefix_of(path)
        total = self._occupancy.count(prefix) + len(own)
        if total < 2:
            self.depths.update(dict.fromkeys(walks, len(path)))
            if not total:
                return None
            if own:
                return Leaf(own[0][len(path) :], self._values[own[0]] or b"")
            return self._drawn_leaf(len(path), self._occupancy.lone(prefix))
        here = path
        taken = self._taken(here, walks)
        while len(taken) == 1:
            here += HEX[next(iter(taken))]
            self.depths.update({key: len(here) for key in walks if not key.startswith(here)})
            walks = [key for key in walks if key.startswith(here)]
            taken = self._taken(here, walks)
        branch = self._branch(here, walks, taken)
        return branch if here == path else Extension(here[len(path) :], self._sealed(branch))

    def _taken(self, path: str, walks: Sequence[str]) -> dict[int, int | None]:
        """The nibbles that keys have after ``path``; of those that one drawn key has alone, that key."""
        prefix = _prefix_of(path)
        if self._occupancy.is_full(prefix, BITS):
            return dict.fromkeys(range(WIDTH))
        taken = {nibble: child.key for nibble, child in self._occupancy.children(prefix, BITS).items()}
        own = {int(key[len(path)], 16): None for key in walks if self._values[key] is not None}
        return taken | own

    def _branch(self, path: str, walks: Sequence[str], taken: Mapping[int, int | None]) -> Branch:
        groups: dict[int, list[str]] = {}
        for key in walks:
            groups.setdefault(int(key[len(path)], 16), []).append(key)
        children = [EMPTY_REFERENCE] * WIDTH
        beside = taken.keys() - groups.keys()
        if len(beside) == 1:  # if all others go, it is asked for
            groups[next(iter(beside))] = []
        for nibble, group in groups.items():
            node = self.node(path + HEX[nibble], group)
            if node is not None:
                children[nibble] = self._sealed(node)
        for nibble in beside - groups.keys():
            alone = taken[nibble]
            if alone is None:
                below = _prefix_of(path + HEX[nibble])
                children[nibble] = b"\xa0" + self._occupancy.draw(b"h", below, 32)
            else:
                children[nibble] = reference_of(encode_node(self._drawn_leaf(len(path) + 1, alone)))
        return Branch(tuple(children), b"")

    def _drawn_leaf(self, depth: int, key: int) -> Leaf:
        return Leaf(key_of_prefix(key).hex()[depth:], self._draw_value(key))

    def _sealed(self, node: Node) -> bytes:
        encoded = encode_node(node)
        reference = reference_of(encoded)
        if len(reference) == HASH_REFERENCE_BYTES:
            self.nodes[reference[1:]] = encoded
        return reference


def _prefix_of(path: str) -> int:
    return int("1" + path, 16)
