"""Witnesses of the oracle's trees, honest ones and others; for tests only.

The maker walks the tree as go-verkle does: pre-order, a node's own openings by z, then what is below it.
:func:`make_witness` is honest. A liar starts from the same parts: it overrides the *claims* (where the
tree ends for a stem), which treats any node on the way as an inner one, or it changes the openings or
the state diff and proves again.

A witness is a dict in the JSON shape of SPEC 5.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.oracles import multiproof
from tests.oracles.curve import serialise
from tests.oracles.multiproof import Query
from tests.oracles.transcript import Transcript
from tests.oracles.tree import Tree

ABSENT_EMPTY, ABSENT_OTHER, PRESENT = 0, 1, 2

Witness = dict[str, Any]


class Claim(NamedTuple):
    """Where the way of a stem ends (SPEC 5.5)."""

    status: int
    depth: int


class Opening(NamedTuple):
    path: bytes
    z: int


def claim_of(tree: Tree, stem: bytes) -> Claim:
    """The truth."""
    for depth in range(1, 32):
        node = tree.nodes.get(stem[:depth])
        if node is None:
            return Claim(ABSENT_EMPTY, depth)
        if node.kind == "leaf":
            return Claim(PRESENT if node.stem == stem else ABSENT_OTHER, depth)
    raise AssertionError("a stem ends at depth 31 at the latest")


def openings_of(keys: Iterable[bytes], claims: Mapping[bytes, Claim]) -> list[Opening]:
    """What must be opened for the keys, each opening once, in go-verkle's pre-order."""
    suffixes: dict[bytes, set[int]] = {}
    for key in keys:
        suffixes.setdefault(key[:31], set()).add(key[31])
    return _visit(b"", sorted(suffixes), suffixes, claims)


def _visit(
    path: bytes, stems: list[bytes], suffixes: Mapping[bytes, set[int]], claims: Mapping[bytes, Claim]
) -> list[Opening]:
    depth = len(path)
    ending = [s for s in stems if claims[s].depth == depth and claims[s].status != ABSENT_EMPTY]
    passing = [s for s in stems if claims[s].depth > depth]
    own = {s[depth] for s in passing}
    below: list[Opening] = []
    if ending:
        own |= {0, 1}
        asked = {x for s in ending if claims[s].status == PRESENT for x in suffixes[s]}
        for half in (0, 1):
            wanted = sorted(x % 128 for x in asked if x // 128 == half)
            if wanted:
                own.add(2 + half)
                vector = path + bytes([2 + half])
                below += [Opening(vector, z) for x in wanted for z in (2 * x, 2 * x + 1)]
    for i in sorted({s[depth] for s in passing}):
        below += _visit(path + bytes([i]), [s for s in passing if s[depth] == i], suffixes, claims)
    return [Opening(path, z) for z in sorted(own)] + below


def queries_of(tree: Tree, openings: Iterable[Opening]) -> list[Query]:
    """With the true values. Any node may be opened anywhere, whatever it is."""
    out = []
    for path, z in openings:
        node = tree.nodes[path]
        out.append(Query(node.commitment, z, node.vector.get(z, 0), node.dense()))
    return out


def make_witness(
    tree: Tree,
    keys: Collection[bytes],
    new_values: Mapping[bytes, bytes] | None = None,
    *,
    claims: Mapping[bytes, Claim] | None = None,
    openings: Sequence[Opening] | None = None,
) -> Witness:
    """The witness of the keys, those of the new values among them.

    ``claims`` override the truth for some stems: their values are then said to be absent wherever the
    status is not *present*. ``openings`` override what is opened. Neither need be true or make sense.
    """
    new_values = new_values or {}
    keys = sorted({*keys, *new_values})
    stems = sorted({key[:31] for key in keys})
    all_claims = {stem: claim_of(tree, stem) for stem in stems} | dict(claims or {})
    opened = list(openings_of(keys, all_claims) if openings is None else openings)

    state_diff = []
    for stem in stems:
        present = all_claims[stem].status == PRESENT
        suffix_diffs = [
            {
                "suffix": key[31],
                "currentValue": hexed(tree.get(key)) if present else None,
                "newValue": hexed(new_values.get(key)),
            }
            for key in keys
            if key[:31] == stem
        ]
        state_diff.append({"stem": hexed(stem), "suffixDiffs": suffix_diffs})
    return {
        "parentStateRoot": hexed(tree.root()),
        "stateDiff": state_diff,
        "verkleProof": prove_claims(tree, stems, all_claims, opened),
    }


def prove_claims(
    tree: Tree, stems: Sequence[bytes], claims: Mapping[bytes, Claim], openings: Sequence[Opening]
) -> dict[str, Any]:
    """The ``verkleProof`` alone."""
    present = {stem[: claims[stem].depth] for stem in stems if claims[stem].status == PRESENT}
    stubs = {stem[: claims[stem].depth] for stem in stems if claims[stem].status == ABSENT_OTHER} - present
    paths = sorted({opening.path for opening in openings} - {b""})
    out: dict[str, Any] = {
        "otherStems": sorted(hexed(tree.nodes[path].stem) for path in stubs),
        "depthExtensionPresent": hexed(bytes(claims[s].depth << 3 | claims[s].status for s in stems)),
        "commitmentsByPath": [hexed(serialise(tree.nodes[path].commitment)) for path in paths],
    }
    if not openings:
        zero = hexed(bytes(32))
        return out | {"d": zero, "ipaProof": {"cl": [zero] * 8, "cr": [zero] * 8, "finalEvaluation": zero}}
    proof = multiproof.prove(Transcript("vt"), queries_of(tree, openings))
    return out | {
        "d": hexed(serialise(proof.d)),
        "ipaProof": {
            "cl": [hexed(serialise(p)) for p in proof.ipa.cl],
            "cr": [hexed(serialise(p)) for p in proof.ipa.cr],
            "finalEvaluation": hexed(proof.ipa.a.to_bytes(32, "big")),
        },
    }


def hexed(data: bytes | None) -> str | None:
    return None if data is None else "0x" + data.hex()
