"""Are sampled trees like built ones, and both as the laws say? Figures of the three, side by side.

A built tree has all its keys. For the Patricia tree and the binary tree it is made, and asked for its proof;
of the Verkle tree only the shape is made, from the sorted stems, and the size of the proof from that: it
depends on nothing else, and the commitments of 2^14 stems alone would take a quarter of a minute.

Every key is present and every touched key too, one value to a stem.

Source: SCALE 1, *Laws to check the sampler against*.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from stateless.scale.binary_state import sample_binary
from stateless.scale.laws import (
    expected_branches,
    expected_depth,
    expected_nodes,
    expected_patricia_bytes,
    expected_siblings,
    expected_verkle_bytes,
)
from stateless.scale.patricia_state import TouchedAccount, sample_patricia
from stateless.scale.verkle_state import sample_verkle
from verkle.constants import EMPTY_CODE_HASH
from verkle.diff import StemDiff, SuffixDiff
from verkle.openings import PRESENT, Plan, lay_out
from verkle.pedersen import Committer
from verkle.prover import prove_diff, state_diff
from witness.binary import prover as binary_prover
from witness.binary.tree import BinaryTree
from witness.patricia.account import AccountLeaf, account_path, encode_account
from witness.patricia.bag import NodeBag
from witness.patricia.nodes import EMPTY_TRIE_ROOT, Branch, decode_node
from witness.patricia.trie import build, lookup

__all__ = ["Agreement", "Figures", "TreeName", "compare"]

TreeName = Literal["verkle", "binary", "patricia"]
WIDTHS: Final[Mapping[TreeName, int]] = MappingProxyType({"verkle": 256, "binary": 2, "patricia": 16})

_VALUE: Final = b"\x01" * 32
_BALANCE: Final = 10**20
_ACCOUNT: Final = encode_account(AccountLeaf(1, _BALANCE, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH))


class Figures(NamedTuple):
    """Means: ``depth`` of a touched leaf; distinct ``nodes`` above the touched leaves (Patricia: branches;
    all others: inner nodes); ``proof_bytes`` without values (Patricia: of all nodes on the paths; binary: of
    the hashes)."""

    depth: float
    nodes: float
    proof_bytes: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures of ``rounds`` sampled and built trees of ``keys`` keys, ``touched`` of them, and what to
    expect."""

    tree: TreeName
    keys: int
    touched: int
    rounds: int
    sampled: Figures
    built: Figures | None
    law: Figures

    def errors(self) -> dict[str, float]:
        """Relative differences of the sampled figures from the built ones and the law, by name."""
        return {
            f"{name}_from_{other}": mine / theirs - 1
            for other, figures in (("built", self.built), ("law", self.law))
            if figures is not None
            for name, mine, theirs in zip(Figures._fields, self.sampled, figures, strict=True)
        }

    @property
    def worst(self) -> float:
        """The greatest of these differences, whatever its sign."""
        return max(map(abs, self.errors().values()))


def compare(tree: TreeName, keys: int, touched: int, rounds: int = 4, *, build_too: bool = True) -> Agreement:
    """Sample ``rounds`` trees, and build as many, of other keys each time.

    ``build_too``: what is built has all its keys in memory: for up to some 2^17.

    Raises:
        ValueError: not at least two keys, and one of them touched; no rounds.
    """
    if not 1 <= touched <= keys or keys < 2 or rounds < 1:
        raise ValueError(f"{touched} of {keys} keys in {rounds} rounds cannot be compared")
    sampled, built = _MAKERS[tree]
    return Agreement(
        tree,
        keys,
        touched,
        rounds,
        _mean([sampled(b"sampled%d" % i, keys, touched) for i in range(rounds)]),
        _mean([built(b"built%d" % i, keys, touched) for i in range(rounds)]) if build_too else None,
        _law(tree, keys, touched),
    )


def _mean(figures: Sequence[Figures]) -> Figures:
    return Figures(*map(fmean, zip(*figures, strict=True)))


def _law(tree: TreeName, keys: int, touched: int) -> Figures:
    depth = expected_depth(WIDTHS[tree], keys)
    if tree == "verkle":
        nodes, size = sum(expected_nodes(256, keys, touched)), expected_verkle_bytes(keys, touched)
    elif tree == "binary":
        nodes, size = sum(expected_nodes(2, keys, touched)), 32 * expected_siblings(keys, touched)
    else:
        nodes = sum(expected_branches(16, keys, touched))
        size = expected_patricia_bytes(keys, touched, len(_ACCOUNT))
    return Figures(depth, nodes, size)


def _drawn(seed: bytes, count: int, size: int) -> Iterator[bytes]:
    for i in range(count):
        yield hashlib.sha256(seed + i.to_bytes(5, "big")).digest()[:size]


# --- Verkle ---------------------------------------------------------------------------------------


def _verkle_size(plan: Plan) -> int:
    """Bytes of a proof in which all stems are present."""
    return 576 + 32 * (len(plan.paths) - 1) + len(plan.diff)


def _sampled_verkle(seed: bytes, keys: int, touched: int) -> Figures:
    leaves = {stem + b"\0": _VALUE for stem in _drawn(seed, touched, 31)}
    state = sample_verkle(seed, keys - touched, leaves, committer=Committer())
    made = prove_diff(state.tree, state_diff(state.tree, leaves))
    plan = lay_out(made.diff, [(PRESENT, state.depths[stem.stem]) for stem in made.diff], ())
    proof = made.proof
    size = 576 + 32 * len(proof.commitments) + 31 * len(proof.other_stems) + len(proof.extension_present)
    return Figures(fmean(state.depths.values()), plan.kinds.count("inner"), size)


def _built_verkle(seed: bytes, keys: int, touched: int) -> Figures:
    stems = list(_drawn(seed, keys, 31))
    ordered = sorted(stems)
    diff = tuple(StemDiff(stem, (SuffixDiff(0, _VALUE, None),)) for stem in sorted(stems[:touched]))
    statuses = [(PRESENT, 1 + _shared(ordered, stem_diff.stem)) for stem_diff in diff]
    plan = lay_out(diff, statuses, ())
    return Figures(fmean(depth for _, depth in statuses), plan.kinds.count("inner"), _verkle_size(plan))


def _shared(ordered: Sequence[bytes] | Sequence[str], key: bytes | str) -> int:
    """How many first places a key among sorted ones has in common with the neighbour that is most like it."""
    at = bisect_left(ordered, key)
    near = [*ordered[max(at - 1, 0) : at], *ordered[at + 1 : at + 2]]
    return max(next(k for k, (a, b) in enumerate(zip(key, other, strict=True)) if a != b) for other in near)


# --- binary ---------------------------------------------------------------------------------------


def _binary_figures(tree: BinaryTree, keys: Mapping[bytes, bytes]) -> Figures:
    proof = binary_prover.prove_keys(tree, keys).proof
    hashes = sum(node != bytes(32) for node in (*proof.siblings, *proof.stem_siblings))
    # a binary tree with so many leaves, of which so many are touched, has one internal node fewer
    internal = len(proof.siblings) + len(proof.ends) - 1
    return Figures(fmean(end.depth for end in proof.ends), internal, 32 * hashes)


def _sampled_binary(seed: bytes, keys: int, touched: int) -> Figures:
    leaves = {stem + b"\0": _VALUE for stem in _drawn(seed, touched, 31)}
    return _binary_figures(sample_binary(seed, keys - touched, leaves).tree, leaves)


def _built_binary(seed: bytes, keys: int, touched: int) -> Figures:
    items = {stem + b"\0": _VALUE for stem in _drawn(seed, keys, 31)}
    return _binary_figures(BinaryTree(items=items), dict(list(items.items())[:touched]))


# --- Merkle-Patricia ------------------------------------------------------------------------------


def _patricia_figures(
    nodes: Mapping[bytes, bytes], root: bytes, paths: Sequence[str], depth: float
) -> Figures:
    bag = NodeBag(nodes)
    for path in paths:
        lookup(bag, root, path)
    found = bag.touched()
    branches = sum(isinstance(decode_node(node), Branch) for node in found)
    return Figures(depth, branches, sum(map(len, found)))


def _sampled_patricia(seed: bytes, keys: int, touched: int) -> Figures:
    addresses = list(_drawn(seed, touched, 20))
    state = sample_patricia(seed, keys - touched, dict.fromkeys(addresses, TouchedAccount(1, _BALANCE)))
    depth = fmean(state.depths.values())
    return _patricia_figures(state.nodes, state.root, list(map(account_path, addresses)), depth)


def _built_patricia(seed: bytes, keys: int, touched: int) -> Figures:
    paths = list(map(account_path, _drawn(seed, keys, 20)))
    trie = build(dict.fromkeys(paths, _ACCOUNT))
    ordered = sorted(paths)
    depth = fmean(1 + _shared(ordered, path) for path in paths[:touched])
    return _patricia_figures(trie.created, trie.root, paths[:touched], depth)


_Maker = Callable[[bytes, int, int], Figures]
_MAKERS: Final[Mapping[TreeName, tuple[_Maker, _Maker]]] = MappingProxyType(
    {
        "verkle": (_sampled_verkle, _built_verkle),
        "binary": (_sampled_binary, _built_binary),
        "patricia": (_sampled_patricia, _built_patricia),
    }
)
