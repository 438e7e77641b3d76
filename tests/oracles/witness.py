"""A witness verified and its post-state root, step by step as SPEC 5.7 and 5.8 say it; for tests only.

Takes the JSON shape of SPEC 5.3 as :mod:`tests.oracles.prover` makes it (``suffix`` a number).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracles import multiproof
from tests.oracles.curve import (
    Point,
    R,
    RefusedError,
    add,
    commit,
    deserialise,
    map_to_field,
    serialise,
)
from tests.oracles.ipa import IpaProof
from tests.oracles.multiproof import Multiproof, Query
from tests.oracles.prover import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, Claim, Opening
from tests.oracles.transcript import Transcript
from tests.oracles.tree import halves, inner_vector, leaf_vector, suffix_vector

Values = dict[int, bytes | None]


@dataclass(frozen=True)
class Proven:
    """What an accepted witness shows."""

    claims: dict[bytes, Claim]
    current: dict[bytes, Values]
    new: dict[bytes, dict[int, bytes]]
    leaves: dict[bytes, bytes]
    """path → stem of every leaf that is claimed."""
    commitments: dict[bytes, Point]
    ys: dict[Opening, int]
    unshown: list[tuple[bytes, bytes]]
    """(absent stem, path of a node above its empty slot that is not shown to be inner if those above are)."""


def _bytes(text: str, length: int, what: str) -> bytes:
    data = bytes.fromhex(text.removeprefix("0x"))
    if len(data) != length:
        raise RefusedError(f"{what} length")
    return data


def _value(text: str | None) -> bytes | None:
    return None if text is None else _bytes(text, 32, "value")


def verify(root: bytes, witness: Mapping[str, Any]) -> Proven:
    """Steps 1 to 11; the last never refuses, it only lists.

    Raises:
        RefusedError: with a reason in a few words.
    """
    proof = witness["verkleProof"]
    given = [deserialise(_bytes(text, 32, "point")) for text in proof["commitmentsByPath"]]
    others = [_bytes(text, 31, "stem") for text in proof["otherStems"]]
    current, new = _diff(witness["stateDiff"])
    claims = _claims(list(current), bytes.fromhex(proof["depthExtensionPresent"].removeprefix("0x")))
    if any(
        value is not None
        for stem, claim in claims.items()
        if claim.status != PRESENT
        for value in current[stem].values()
    ):
        raise RefusedError("absent stem with a value")

    leaves = _leaves(claims, others)
    fixed, derived = _openings(claims, current, leaves)
    paths = sorted({opening.path for opening in [*fixed, *derived]})
    if len(given) != len(paths) - 1:
        raise RefusedError("number of commitments")
    commitments = dict(zip(paths, [deserialise(root), *given], strict=True))
    _check_kinds(claims, leaves, commitments)

    ys = dict(fixed)
    for opening in derived:
        child = commitments.get(opening.path + bytes([opening.z]))
        y = 0 if child is None else map_to_field(child)
        if ys.setdefault(opening, y) != y:
            raise RefusedError("conflicting openings")
    queries = [Query(commitments[opening.path], opening.z, ys[opening]) for opening in sorted(ys)]
    if not multiproof.verify(Transcript("vt"), queries, _proof(proof)):
        raise RefusedError("false proof")
    return Proven(claims, current, new, leaves, commitments, ys, _unshown(claims, ys))


def _diff(state_diff: list[dict[str, Any]]) -> tuple[dict[bytes, Values], dict[bytes, dict[int, bytes]]]:
    current: dict[bytes, Values] = {}
    new: dict[bytes, dict[int, bytes]] = {}
    stems = [_bytes(entry["stem"], 31, "stem") for entry in state_diff]
    if stems != sorted(set(stems)):
        raise RefusedError("order of stems")
    for stem, entry in zip(stems, state_diff, strict=True):
        suffixes = [leaf["suffix"] for leaf in entry["suffixDiffs"]]
        if suffixes != sorted(set(suffixes)):
            raise RefusedError("order of suffixes")
        current[stem] = {leaf["suffix"]: _value(leaf["currentValue"]) for leaf in entry["suffixDiffs"]}
        written = {leaf["suffix"]: _value(leaf["newValue"]) for leaf in entry["suffixDiffs"]}
        new[stem] = {suffix: value for suffix, value in written.items() if value is not None}
    return current, new


def _claims(stems: list[bytes], extensions: bytes) -> dict[bytes, Claim]:
    if len(stems) != len(extensions):
        raise RefusedError("number of extension bytes")
    out = {}
    for stem, byte in zip(stems, extensions, strict=True):
        status, depth = byte & 7, byte >> 3
        if status > PRESENT or depth == 0:
            raise RefusedError("extension byte")
        out[stem] = Claim(status, depth)
    return out


def _leaves(claims: dict[bytes, Claim], others: list[bytes]) -> dict[bytes, bytes]:
    leaves: dict[bytes, bytes] = {}
    for stem, (status, depth) in claims.items():
        if status == PRESENT and leaves.setdefault(stem[:depth], stem) != stem:
            raise RefusedError("two stems in one leaf")
    stubs = sorted({s[:d] for s, (status, d) in claims.items() if status == ABSENT_OTHER} - set(leaves))
    if others != sorted(set(others)) or len(others) != len(stubs):
        raise RefusedError("other stems")
    leaves |= dict(zip(stubs, others, strict=True))
    for path, other in zip(stubs, others, strict=True):
        if not other.startswith(path):
            raise RefusedError("other stem elsewhere")
    for stem, (status, depth) in claims.items():
        if status == ABSENT_OTHER and leaves[stem[:depth]] == stem:
            raise RefusedError("absent by its own leaf")
    return leaves


def _openings(
    claims: dict[bytes, Claim], current: dict[bytes, Values], leaves: dict[bytes, bytes]
) -> tuple[dict[Opening, int], set[Opening]]:
    """Step 5: those whose y is given by the claim, and those whose y is a child's image."""
    fixed: dict[Opening, int] = {}
    derived: set[Opening] = set()
    for stem, (status, depth) in claims.items():
        path = stem[:depth]
        derived |= {Opening(stem[:i], stem[i]) for i in range(depth)}
        if status == ABSENT_EMPTY:
            fixed[Opening(path[:-1], path[-1])] = 0
            continue
        fixed[Opening(path, 0)] = 1
        fixed[Opening(path, 1)] = int.from_bytes(leaves[path], "little")
        if status == PRESENT:
            for suffix, value in current[stem].items():
                slot = 2 + suffix // 128
                derived.add(Opening(path, slot))
                for k, y in enumerate(halves(value)):
                    fixed[Opening(path + bytes([slot]), 2 * (suffix % 128) + k)] = y
    return fixed, derived


def _check_kinds(
    claims: dict[bytes, Claim], leaves: dict[bytes, bytes], commitments: dict[bytes, Point]
) -> None:
    """No node is two things at once, there is none at an empty slot, and no empty slot is called a node.

    The last is not in SPEC 5.7: an empty slot has the image of the all-zero vector, and a prover who calls
    it an inner node chooses how deep a new stem will lie, and so the root afterwards.
    """
    inner = {stem[:i] for stem, (_, depth) in claims.items() for i in range(depth)}
    if inner & leaves.keys():
        raise RefusedError("inner node and leaf at one path")
    if any(map_to_field(commitments[path]) == 0 for path in inner if path):
        raise RefusedError("empty inner node")
    if any(
        status == ABSENT_EMPTY and stem[:depth] in commitments for stem, (status, depth) in claims.items()
    ):
        raise RefusedError("a node at an empty slot")


def _proof(proof: Mapping[str, Any]) -> Multiproof:
    cl, cr = (
        tuple(deserialise(_bytes(text, 32, "point")) for text in proof["ipaProof"][k]) for k in ("cl", "cr")
    )
    if len(cl) != 8 or len(cr) != 8:
        raise RefusedError("rounds")
    final = int.from_bytes(_bytes(proof["ipaProof"]["finalEvaluation"], 32, "scalar"), "big")
    if final >= R:
        raise RefusedError("scalar not canonical")
    return Multiproof(deserialise(_bytes(proof["d"], 32, "point")), IpaProof(cl, cr, final))


def _unshown(claims: dict[bytes, Claim], ys: Mapping[Opening, int]) -> list[tuple[bytes, bytes]]:
    """Step 11: what must be assumed, node by node from the root down, each given the nodes above it.

    A stem has none exactly if all nodes above its empty slot are shown in SPEC's sense.
    """
    proven_leaves = {stem[:depth] for stem, (status, depth) in claims.items() if status != ABSENT_EMPTY}

    def shown_inner(path: bytes) -> bool:
        if not path or any(leaf.startswith(path) and leaf != path for leaf in proven_leaves):
            return True
        opened = {opening.z: y for opening, y in ys.items() if opening.path == path}
        return opened.get(0, 1) != 1 or any(z >= 4 and y for z, y in opened.items())

    return [
        (stem, stem[:i])
        for stem, (status, depth) in claims.items()
        if status == ABSENT_EMPTY
        for i in range(depth)
        if not shown_inner(stem[:i])
    ]


# The post-state root (SPEC 5.8)


def post_root(proven: Proven) -> bytes:
    """Every node on the way to a change is computed anew, from the top down, by recursion."""
    return serialise(_changed(proven, b"", [stem for stem, values in proven.new.items() if values]))


def _changed(proven: Proven, path: bytes, stems: list[bytes]) -> Point:
    """The new commitment of the node at ``path``; ``stems`` are those below it that change."""
    if not stems:
        return proven.commitments[path]
    if path in proven.leaves:
        there = proven.leaves[path]
        after = _rewritten(proven, path) if there in stems else proven.commitments[path]
        leaves = {stem: _new_leaf(stem, proven.new[stem]) for stem in stems if stem != there} | {there: after}
        return _subtree(leaves, len(path))
    commitment = proven.commitments[path]
    for i in sorted({stem[len(path)] for stem in stems}):
        child = path + bytes([i])
        below = [stem for stem in stems if stem.startswith(child)]
        if child in proven.commitments:
            before = map_to_field(proven.commitments[child])
            after = _changed(proven, child, below)
        else:
            before = 0
            after = _subtree({stem: _new_leaf(stem, proven.new[stem]) for stem in below}, len(child))
        commitment = add(commitment, commit({i: map_to_field(after) - before}))
    return commitment


def _rewritten(proven: Proven, path: bytes) -> Point:
    """The leaf at ``path`` with its new values."""
    stem = proven.leaves[path]
    change = {}
    for half in (0, 1):
        old, new = {}, {}
        for suffix, value in proven.new[stem].items():
            new[suffix] = value
            before = proven.current[stem][suffix]
            if before is not None:
                old[suffix] = before
        if any(suffix // 128 == half for suffix in new):
            c = proven.commitments[path + bytes([2 + half])]
            plus, minus = suffix_vector(new, half), suffix_vector(old, half)
            c_new = add(c, commit({i: plus[i] - minus.get(i, 0) for i in plus}))
            change[2 + half] = map_to_field(c_new) - map_to_field(c)
    return add(proven.commitments[path], commit(change))


def _new_leaf(stem: bytes, values: Mapping[int, bytes]) -> Point:
    c1, c2 = (commit(suffix_vector(values, half)) for half in (0, 1))
    return commit(leaf_vector(stem, c1, c2))


def _subtree(leaves: Mapping[bytes, Point], depth: int) -> Point:
    if len(leaves) == 1:
        return next(iter(leaves.values()))
    groups: dict[int, dict[bytes, Point]] = {}
    for stem, commitment in leaves.items():
        groups.setdefault(stem[depth], {})[stem] = commitment
    return commit(inner_vector({i: _subtree(group, depth + 1) for i, group in groups.items()}))
