"""Every refusal of a binary proof by its code, each from one change to a proof that holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from stateless.code_table import CODES
from tests.witness_binary.samples import (
    ABSENT_LEAF,
    DIFF,
    EMPTY_SLOT,
    ITEMS,
    OTHER,
    PRESENT,
    PROOF,
    ROOT,
    SEVERAL,
    TREE,
    H,
    stem,
)
from verkle.diff import StemDiff, SuffixDiff
from verkle.errors import StatelessError
from witness.binary.container import BinaryProof, DeepSibling, PathEnd, ShownValue
from witness.binary.encoding import proof_from_bytes
from witness.binary.grouped import grouped_sizes
from witness.binary.post import post_root
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, rules_named
from witness.binary.subtree import ZERO

Diff = tuple[StemDiff, ...]
X = b"\xee" * 32
STEMS = [stem_diff.stem for stem_diff in DIFF]
OWN, NAMED, EMPTY, GROUP = 0, 1, 2, 3
"""The ends of the sample: 0x10, where 0x51 ends at 0x50, 0xa0, and where 0xe0 and 0xe1 end."""


def test_the_sample_has_what_it_should() -> None:
    assert [end.kind for end in PROOF.ends] == ["own", "named", "empty", "named"]
    assert [stem(0x10), stem(0x51), stem(0xA0), stem(0xE0), stem(0xE1)] == STEMS
    proven = verify_proof(ROOT, DIFF, PROOF, DEFAULT)
    assert proven.values == {
        key: ITEMS.get(key) for key in (PRESENT, ABSENT_LEAF, EMPTY_SLOT, OTHER, *SEVERAL)
    }


def ends(number: int, **changes: object) -> BinaryProof:
    changed = list(PROOF.ends)
    changed[number] = replace(changed[number], **changes)  # type: ignore[arg-type]
    return replace(PROOF, ends=tuple(changed))


def diff(number: int, **changes: object) -> Diff:
    changed = list(DIFF)
    changed[number] = replace(changed[number], **changes)  # type: ignore[arg-type]
    return tuple(changed)


def leaf(number: int, **changes: object) -> Diff:
    first, *rest = DIFF[number].suffixes
    return diff(number, suffixes=(replace(first, **changes), *rest))  # type: ignore[arg-type]


def deep(sibling: int, **changes: object) -> BinaryProof:
    one = DeepSibling(sibling, (X,) * 9, X)
    return replace(PROOF, deep=(replace(one, **changes),))  # type: ignore[arg-type]


def deeper_empty() -> BinaryProof:
    """The empty slot claimed one level deeper, beside another empty one: the root stays what it is.

    No walk of the sample has a sibling above stems after it, so the new one is the last.
    """
    proof = ends(EMPTY, depth=PROOF.ends[EMPTY].depth + 1)
    return replace(proof, siblings=(*PROOF.siblings, ZERO))


SHAPES: list[tuple[str, Diff, BinaryProof]] = [
    ("STEM_LENGTH", diff(0, stem=b"\x10" * 30), PROOF),
    ("STEM_REPEATED", diff(1, stem=STEMS[0]), PROOF),
    ("STEM_ORDER", diff(1, stem=stem(0x05)), PROOF),
    ("STEM_WITHOUT_SUFFIX", diff(0, suffixes=()), PROOF),
    ("SUFFIX_RANGE", leaf(2, suffix=256), PROOF),
    ("SUFFIX_RANGE", leaf(2, suffix=-1), PROOF),
    ("SUFFIX_REPEATED", leaf(0, suffix=2), PROOF),
    ("SUFFIX_ORDER", leaf(0, suffix=9), PROOF),
    ("VALUE_LENGTH", leaf(0, current=b"\1"), PROOF),
    ("VALUE_LENGTH", leaf(0, new=b"\1"), PROOF),
    ("NEW_VALUE_UNCHANGED", leaf(0, new=ITEMS[PRESENT]), PROOF),
    ("BINARY_HASH_LENGTH", DIFF, replace(PROOF, siblings=(b"\1", *PROOF.siblings[1:]))),
    ("BINARY_HASH_LENGTH", DIFF, replace(PROOF, stem_siblings=(X[1:], *PROOF.stem_siblings[1:]))),
    ("BINARY_HASH_LENGTH", DIFF, deep(0, bottom=b"")),
    ("BINARY_HASH_LENGTH", DIFF, deep(0, steps=(None,) * 8 + (b"\1",))),
    ("BINARY_DEPTH", DIFF, ends(OWN, depth=249)),
    ("BINARY_DEPTH", DIFF, ends(OWN, depth=-1)),
    ("STEM_LENGTH", DIFF, ends(NAMED, stem=X)),
    ("VALUE_LENGTH", DIFF, ends(NAMED, shown=ShownValue(7, b"\1"))),
    ("SUFFIX_RANGE", DIFF, ends(NAMED, shown=ShownValue(256, X))),
    ("BINARY_WITHOUT_KEYS", (), PROOF),
    ("BINARY_WITHOUT_KEYS", (), BinaryProof(siblings=(X,))),
    (
        "BINARY_END_MISSING",
        DIFF,
        replace(PROOF, ends=PROOF.ends[:-1], stem_siblings=PROOF.stem_siblings[:-8]),
    ),
    ("BINARY_END_UNUSED", DIFF, replace(PROOF, ends=(*PROOF.ends, PathEnd("empty", 9)))),
    ("BINARY_END_UNUSED", DIFF[:3], PROOF),
    ("BINARY_END_KIND", DIFF, ends(OWN, stem=STEMS[0])),
    ("BINARY_END_KIND", DIFF, ends(NAMED, stem=None)),
    ("BINARY_END_KIND", DIFF, ends(GROUP, kind="own", stem=None)),
    ("BINARY_PATH_CONFLICT", DIFF, ends(NAMED, depth=1)),
    ("BINARY_STEM_MISPLACED", DIFF, ends(NAMED, stem=stem(0x90))),
    ("BINARY_STEM_NEEDLESS", DIFF, ends(OWN, kind="named", stem=STEMS[0])),
    ("BINARY_VALUE_UNDER_ABSENT_STEM", leaf(1, current=X), PROOF),
    ("BINARY_VALUE_UNDER_ABSENT_STEM", leaf(2, current=X), PROOF),
    ("BINARY_VALUE_UNDER_ABSENT_STEM", leaf(4, current=X), PROOF),
    ("BINARY_SHOWN_VALUE", DIFF, ends(EMPTY, shown=ShownValue(0, X))),
    ("BINARY_SHOWN_VALUE", DIFF, ends(OWN, shown=ShownValue(1, ITEMS[PRESENT]))),
    ("BINARY_KIND_UNSHOWN", DIFF, ends(NAMED, shown=None)),
    ("BINARY_SIBLING_MISSING", DIFF, replace(PROOF, siblings=PROOF.siblings[:-1])),
    ("BINARY_SIBLING_MISSING", DIFF, replace(PROOF, stem_siblings=PROOF.stem_siblings[:-1])),
    ("BINARY_SIBLING_MISSING", DIFF, ends(OWN, depth=248)),
    ("BINARY_SIBLING_UNUSED", DIFF, replace(PROOF, siblings=(*PROOF.siblings, X))),
    ("BINARY_SIBLING_UNUSED", DIFF, replace(PROOF, stem_siblings=(*PROOF.stem_siblings, ZERO))),
    ("BINARY_DEEP_SIBLING", DIFF, deep(len(PROOF.siblings))),
    ("BINARY_DEEP_SIBLING", DIFF, deep(-1)),
    ("BINARY_DEEP_SIBLING", DIFF, deep(0, steps=(X,) * 8)),
    ("BINARY_DEEP_SIBLING", DIFF, deep(0, bottom=ZERO)),
    ("BINARY_DEEP_SIBLING", DIFF, replace(PROOF, deep=(deep(0).deep[0],) * 2)),
]
PROOFS: list[tuple[str, Diff, BinaryProof]] = [
    ("BINARY_PROOF_FALSE", leaf(0, current=X), PROOF),
    ("BINARY_PROOF_FALSE", DIFF, replace(PROOF, siblings=(X, *PROOF.siblings[1:]))),
    ("BINARY_PROOF_FALSE", DIFF, replace(PROOF, stem_siblings=(X, *PROOF.stem_siblings[1:]))),
    ("BINARY_PROOF_FALSE", DIFF, ends(NAMED, stem=stem(0x52))),
    ("BINARY_PROOF_FALSE", DIFF, ends(NAMED, shown=ShownValue(7, X))),
    ("BINARY_KIND_UNSHOWN", leaf(0, current=None), PROOF),
    ("BINARY_KIND_NEEDLESS", DIFF, deep(0)),
    ("BINARY_INTERNAL_EMPTY", DIFF, deeper_empty()),
]


@pytest.mark.parametrize(
    ("code", "state_diff", "proof"),
    [*SHAPES, *PROOFS],
    ids=[f"{code}-{i}" for i, (code, _, _) in enumerate([*SHAPES, *PROOFS])],
)
def test_refused(code: str, state_diff: Diff, proof: BinaryProof) -> None:
    with pytest.raises(StatelessError) as caught:
        verify_proof(ROOT, state_diff, proof, DEFAULT)
    assert caught.value.code == code
    assert caught.value.family == CODES[code].family


def test_two_empty_children_of_a_branch() -> None:
    """Two absent stems said to part below an empty slot."""
    key, other = EMPTY_SLOT, stem(0xA1) + b"\0"
    made = prove_keys(TREE, [key, other])
    assert [end.depth for end in made.proof.ends] == [3]
    proof = BinaryProof(
        (PathEnd("empty", 8), PathEnd("empty", 8)), (*made.proof.siblings, ZERO, ZERO, ZERO, ZERO)
    )
    with pytest.raises(StatelessError) as caught:
        verify_proof(ROOT, made.diff, proof, DEFAULT)
    assert caught.value.code == "BINARY_INTERNAL_EMPTY"


def test_another_root() -> None:
    with pytest.raises(StatelessError) as caught:
        verify_proof(X, DIFF, PROOF, DEFAULT)
    assert (caught.value.code, caught.value.expected, caught.value.got) == ("BINARY_PROOF_FALSE", X, ROOT)


def test_every_change_of_every_value_and_sibling_is_refused() -> None:
    for i in range(len(PROOF.siblings)):
        for node in (X, ZERO):
            if PROOF.siblings[i] != node:
                siblings = (*PROOF.siblings[:i], node, *PROOF.siblings[i + 1 :])
                with pytest.raises(StatelessError):
                    verify_proof(ROOT, DIFF, replace(PROOF, siblings=siblings), DEFAULT)
    for i in range(len(PROOF.stem_siblings)):
        for node in (X, ZERO, H(X)):
            if PROOF.stem_siblings[i] != node:
                siblings = (*PROOF.stem_siblings[:i], node, *PROOF.stem_siblings[i + 1 :])
                with pytest.raises(StatelessError):
                    verify_proof(ROOT, DIFF, replace(PROOF, stem_siblings=siblings), DEFAULT)


def test_great_depths_cost_no_more_than_the_siblings_that_are_there() -> None:
    """Many ends at depth 248 with nothing for them: refused at the first one that lacks siblings."""
    stems = [i.to_bytes(4, "big") + bytes(27) for i in range(20_000)]
    state_diff = tuple([StemDiff(one, (SuffixDiff(0, None, None),)) for one in stems])
    proof = BinaryProof(tuple([PathEnd("empty", 248)] * len(stems)))
    with pytest.raises(StatelessError) as caught:
        verify_proof(ROOT, state_diff, proof, DEFAULT)
    assert caught.value.code == "BINARY_SIBLING_MISSING"


ELSEWHERE: dict[str, Callable[[], object]] = {
    "BINARY_RULES": lambda: rules_named("eip7864"),
    "BINARY_KEY_UNPROVEN": lambda: post_root(verify_proof(ROOT, DIFF, PROOF, DEFAULT), {X: X}),
    "BINARY_GROUP_BITS": lambda: grouped_sizes(TREE, [PRESENT], 3),  # type: ignore[arg-type]
    "BINARY_TRUNCATED": lambda: proof_from_bytes(b""),
    "BINARY_TRAILING_BYTES": lambda: proof_from_bytes(bytes(5)),
    "BINARY_NOT_CANONICAL": lambda: proof_from_bytes(b"\x80\0"),
    "BINARY_END_UNKNOWN": lambda: proof_from_bytes(b"\1\3\0"),
}


@pytest.mark.parametrize("code", ELSEWHERE)
def test_refused_elsewhere(code: str) -> None:
    with pytest.raises(StatelessError) as caught:
        ELSEWHERE[code]()
    assert caught.value.code == code
    assert caught.value.family == CODES[code].family


def test_every_code_is_reached() -> None:
    reached = {code for code, _, _ in (*SHAPES, *PROOFS)} | ELSEWHERE.keys()
    assert {code for code in CODES if code.startswith("BINARY_")} <= reached
