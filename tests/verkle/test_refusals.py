"""Every refusal of a witness's shape and proof, by code; and what a changed byte may do."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import prover
from tests.oracles.curve import P, R
from tests.oracles.prover import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, Claim, Witness, claim_of
from tests.oracles.tree import Tree
from tests.verkle import kats
from tests.verkle.implementations import FAST, ORACLE, Outcome, RefusalError, containers
from tests.verkle.strategies import examples
from verkle.diff import IpaProof, KindOpening, StemDiff, SuffixDiff, VerkleProof
from verkle.errors import InvalidError, MalformedError
from verkle.openings import plan
from verkle.proof import verify_proof

ONE, TWO = (bytes(31) + bytes([k]) for k in (1, 2))
A = bytes([1, 5]) + bytes(29)
B = bytes([1, 9]) + bytes(29)
C = bytes([7]) + bytes(30)
D = bytes([8, 8]) + bytes(29)
NEAR_C = bytes([7, 1]) + bytes(29)
NEAR_D = bytes([8, 1]) + bytes(29)
NOWHERE = bytes([1, 77]) + bytes(29)
TREE = Tree.of(
    {A + b"\0": ONE, A + b"\x80": TWO, B + b"\0": ONE, C + b"\0": TWO, D + b"\0": ONE, D + b"\1": ONE}
)
KEYS = (A + b"\0", A + b"\1", A + b"\x80", NEAR_C + b"\0", NEAR_D + b"\0", NOWHERE + b"\0")
NEW = {A + b"\0": TWO, NOWHERE + b"\5": ONE, NEAR_C + b"\0": TWO}
STEMS = [A, NOWHERE, NEAR_C, NEAR_D]
"""Of the state diff, ascending: present at 2, empty at 2, other at 1, other at 1."""


@cache
def _good() -> Witness:
    assert [claim_of(TREE, stem) for stem in STEMS] == [
        (PRESENT, 2),
        (ABSENT_EMPTY, 2),
        (ABSENT_OTHER, 1),
        (ABSENT_OTHER, 1),
    ]
    return prover.make_witness(TREE, KEYS, NEW)


def good() -> Witness:
    return copy.deepcopy(_good())


def test_the_witness_itself_is_good() -> None:
    outcome = FAST.check_witness(TREE.root(), good())
    assert outcome == ORACLE.check_witness(TREE.root(), good())
    assert outcome.post_root == TREE.updated(NEW).root()


Change = Callable[[Witness], object]


def at(index: int) -> Callable[[Witness], dict[str, Any]]:
    return lambda w: w["stateDiff"][index]


def extension(index: int, byte: int) -> Change:
    def change(w: Witness) -> None:
        extensions = bytearray.fromhex(w["verkleProof"]["depthExtensionPresent"][2:])
        extensions[index] = byte
        w["verkleProof"]["depthExtensionPresent"] = "0x" + extensions.hex()

    return change


def proof_part(name: str, to: Callable[[Any], Any]) -> Change:
    def change(w: Witness) -> None:
        w["verkleProof"][name] = to(w["verkleProof"][name])

    return change


def ipa_part(name: str, to: Callable[[Any], Any]) -> Change:
    def change(w: Witness) -> None:
        w["verkleProof"]["ipaProof"][name] = to(w["verkleProof"]["ipaProof"][name])

    return change


def suffix_part(stem: int, leaf: int, name: str, to: object) -> Change:
    def change(w: Witness) -> None:
        w["stateDiff"][stem]["suffixDiffs"][leaf][name] = to

    return change


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


SHAPE: list[tuple[str, type[Exception], Change]] = [
    ("STEM_ORDER", InvalidError, lambda w: w["stateDiff"].reverse()),
    ("STEM_ORDER", InvalidError, lambda w: w["stateDiff"].insert(0, w["stateDiff"].pop())),
    ("STEM_REPEATED", InvalidError, lambda w: w["stateDiff"].insert(1, at(0)(w))),
    ("STEM_LENGTH", MalformedError, lambda w: at(1)(w).update(stem=hexed(NOWHERE[:30]))),
    ("STEM_LENGTH", MalformedError, lambda w: at(1)(w).update(stem=hexed(NOWHERE + b"\0"))),
    ("STEM_LENGTH", MalformedError, lambda w: at(0)(w).update(stem="0x")),
    ("STEM_WITHOUT_SUFFIX", InvalidError, lambda w: at(1)(w).update(suffixDiffs=[])),
    ("SUFFIX_ORDER", InvalidError, lambda w: at(0)(w)["suffixDiffs"].reverse()),
    ("SUFFIX_REPEATED", InvalidError, suffix_part(0, 1, "suffix", 0)),
    ("SUFFIX_RANGE", MalformedError, suffix_part(0, 2, "suffix", 256)),
    ("SUFFIX_RANGE", MalformedError, suffix_part(0, 0, "suffix", -1)),
    ("VALUE_LENGTH", MalformedError, suffix_part(0, 0, "currentValue", hexed(bytes(31)))),
    ("VALUE_LENGTH", MalformedError, suffix_part(0, 0, "newValue", hexed(bytes(33)))),
    ("VALUE_LENGTH", MalformedError, suffix_part(0, 0, "newValue", "0x")),
    ("NEW_VALUE_UNCHANGED", InvalidError, suffix_part(0, 0, "newValue", hexed(ONE))),
    ("VALUE_UNDER_ABSENT_STEM", InvalidError, suffix_part(1, 0, "currentValue", hexed(ONE))),
    ("VALUE_UNDER_ABSENT_STEM", InvalidError, suffix_part(2, 0, "currentValue", hexed(bytes(32)))),
    ("EXTENSION_COUNT", InvalidError, proof_part("depthExtensionPresent", lambda s: s[:-2])),
    ("EXTENSION_COUNT", InvalidError, proof_part("depthExtensionPresent", lambda s: s + "0a")),
    ("EXTENSION_COUNT", InvalidError, proof_part("depthExtensionPresent", lambda _: "0x")),
    ("EXTENSION_STATUS", InvalidError, extension(0, 2 << 3 | 3)),
    ("EXTENSION_DEPTH", InvalidError, extension(0, PRESENT)),
    ("EXTENSION_DEPTH", InvalidError, extension(1, ABSENT_EMPTY)),
    ("EXTENSION_UNUSED_BIT", InvalidError, extension(0, 2 << 3 | 4 | PRESENT)),
    # a leaf at depth 1 above the inner node that the second stem needs, and the other way round
    ("PATH_CONFLICT", InvalidError, extension(0, 1 << 3 | PRESENT)),
    ("PATH_CONFLICT", InvalidError, extension(1, 1 << 3 | ABSENT_OTHER)),
    # an empty slot where there is an inner node
    ("PATH_CONFLICT", InvalidError, extension(1, 1 << 3 | ABSENT_EMPTY)),
    ("OTHER_STEM_ORDER", InvalidError, proof_part("otherStems", lambda s: s[::-1])),
    ("OTHER_STEM_ORDER", InvalidError, proof_part("otherStems", lambda s: [s[0], s[0]])),
    ("OTHER_STEM_MISSING", InvalidError, proof_part("otherStems", lambda s: s[1:])),
    ("OTHER_STEM_MISSING", InvalidError, proof_part("otherStems", lambda _: [])),
    ("OTHER_STEM_UNUSED", InvalidError, proof_part("otherStems", lambda s: [*s, "0x" + "ff" * 31])),
    ("OTHER_STEM_MISPLACED", InvalidError, proof_part("otherStems", lambda s: [hexed(A), s[1]])),
    ("OTHER_STEM_IS_ASKED", InvalidError, proof_part("otherStems", lambda s: [hexed(NEAR_C), s[1]])),
    ("STEM_LENGTH", MalformedError, proof_part("otherStems", lambda s: [s[0][:-2], s[1]])),
    ("STEM_LENGTH", MalformedError, proof_part("otherStems", lambda s: [s[0], s[1] + "00"])),
    ("COMMITMENT_MISSING", InvalidError, proof_part("commitmentsByPath", lambda c: c[:-1])),
    ("COMMITMENT_MISSING", InvalidError, proof_part("commitmentsByPath", lambda _: [])),
    ("COMMITMENT_UNUSED", InvalidError, proof_part("commitmentsByPath", lambda c: [*c, c[0]])),
    ("IPA_LENGTH", MalformedError, ipa_part("cl", lambda c: c[1:])),
    ("IPA_LENGTH", MalformedError, ipa_part("cr", lambda c: [*c, c[0]])),
    ("IPA_LENGTH", MalformedError, ipa_part("cr", lambda _: [])),
]


@pytest.mark.parametrize(
    ("code", "family", "change"), SHAPE, ids=[f"{i}-{case[0]}" for i, case in enumerate(SHAPE)]
)
def test_shape(code: str, family: type[InvalidError], change: Change) -> None:
    changed = good()
    change(changed)
    with pytest.raises(family) as caught:
        plan(*containers(changed))
    assert caught.value.code == code
    if code not in ("STEM_WITHOUT_SUFFIX", "NEW_VALUE_UNCHANGED"):  # refused beyond what SPEC 5.7 asks
        with pytest.raises((RefusalError, ValueError, IndexError, OverflowError)):
            ORACLE.check_witness(TREE.root(), changed)


def test_conflicts_about_one_leaf() -> None:
    """Two stems present in one leaf; a leaf and, at its pseudo-path of C1, a node of another stem."""
    near_a = bytes([1, 5, 2]) + bytes(28)
    claims = {A: Claim(PRESENT, 2), near_a: Claim(PRESENT, 2)}
    made = prover.make_witness(TREE, [A + b"\0", near_a + b"\0"], claims=claims)
    with pytest.raises(InvalidError) as caught:
        plan(*containers(made))
    assert caught.value.code == "LEAF_CONFLICT"
    claims[near_a] = Claim(ABSENT_EMPTY, 4)
    made = prover.make_witness(TREE, [A + b"\0", near_a + b"\0"], claims=claims)
    with pytest.raises(InvalidError) as caught:
        plan(*containers(made))
    assert (caught.value.code, caught.value.where["path"]) == ("PATH_CONFLICT", A[:2])


def test_leaves_at_two_depths_of_one_path() -> None:
    """Both orders: the longer path first, the shorter first."""
    near = A[:30] + b"\1"
    for deep, shallow in ((A, near), (near, A)):
        claims = {deep: Claim(ABSENT_OTHER, 30), shallow: Claim(ABSENT_OTHER, 20)}
        opened = [prover.Opening(b"", A[0])]
        diff, proof = containers(
            prover.make_witness(
                TREE,
                [A + b"\0", near + b"\0"],
                claims={s: Claim(ABSENT_EMPTY, 1) for s in claims},
                openings=opened,
            )
        )
        byte = bytes(claims[s.stem].depth << 3 | claims[s.stem].status for s in diff)
        with pytest.raises(InvalidError) as caught:
            plan(diff, replace(proof, extension_present=byte))
        assert caught.value.code == "PATH_CONFLICT"


def test_the_number_of_nodes_is_bounded_by_the_commitments() -> None:
    """A lie about depths costs the liar bytes: nothing is laid out for nodes without a commitment."""
    stems = sorted(sha256(i.to_bytes(4, "big")).digest()[:31] for i in range(20000))
    diff = tuple(StemDiff(stem, (SuffixDiff(0, None, None),)) for stem in stems)
    proof = replace(NO_PROOF, extension_present=bytes([31 << 3]) * len(stems))
    tracemalloc.start()
    try:
        with pytest.raises(InvalidError) as caught:
            plan(diff, proof)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "COMMITMENT_MISSING"
    assert peak < 8 << 20


# Nothing asked

NO_PROOF = VerkleProof((), b"", (), bytes(32), IpaProof((bytes(32),) * 8, (bytes(32),) * 8, bytes(32)))


def test_no_keys_and_no_proof() -> None:
    """geth leaves all of it empty or zero; other writers leave the lists empty."""
    for proof in (NO_PROOF, replace(NO_PROOF, d=b"", ipa=IpaProof((), (), b""))):
        assert plan((), proof).openings == ()
        assert verify_proof(TREE.root(), (), proof).values == {}


@pytest.mark.parametrize(
    "proof",
    [
        replace(NO_PROOF, other_stems=(bytes(31),)),
        replace(NO_PROOF, extension_present=b"\0"),
        replace(NO_PROOF, commitments=(bytes(32),)),
        replace(NO_PROOF, d=ONE),
        replace(NO_PROOF, ipa=replace(NO_PROOF.ipa, cl=(bytes(32),) * 7 + (ONE,))),
        replace(NO_PROOF, ipa=replace(NO_PROOF.ipa, cr=(ONE,) * 8)),
        replace(NO_PROOF, ipa=replace(NO_PROOF.ipa, final_evaluation=ONE)),
        replace(NO_PROOF, kinds=(KindOpening(b"\1", bytes(32)),)),
    ],
    ids=range(8),
)
def test_no_keys_but_a_proof(proof: VerkleProof) -> None:
    with pytest.raises(InvalidError) as caught:
        plan((), proof)
    assert caught.value.code == "PROOF_WITHOUT_KEYS"


def test_no_keys_and_a_root_that_is_no_point() -> None:
    for root, code in (
        (bytes.fromhex(kats.OUTSIDE_SUBGROUP[0]), "POINT_NOT_IN_SUBGROUP"),
        (b"", "POINT_LENGTH"),
    ):
        with pytest.raises((InvalidError, MalformedError)) as caught:
            verify_proof(root, (), NO_PROOF)
        assert caught.value.code == code


# Kind openings


@pytest.mark.parametrize(
    "kinds",
    [
        ((b"", 0),),  # the root needs none
        ((A[:2], 0),),  # a leaf
        ((A[:2] + b"\2", 0),),  # a half
        ((b"\x55", 0),),  # no node of the witness
        ((A[:1], 1),),  # shows nothing
        ((A[:1], R),),
        ((A[:1], 0), (A[:1], 0)),
    ],
)
def test_kind_openings(kinds: tuple[tuple[bytes, int], ...]) -> None:
    diff, proof = containers(good())
    given_kinds = tuple(KindOpening(path, value.to_bytes(32, "little")) for path, value in kinds)
    with pytest.raises(InvalidError) as caught:
        plan(diff, replace(proof, kinds=given_kinds))
    assert caught.value.code == "KIND_OPENING"


def test_a_kind_opening_of_what_is_open_already() -> None:
    """The node at A[:1] is opened at 0 for the key below that slot; one more opening there says nothing."""
    key = A[:1] + bytes(31)
    diff, proof = containers(prover.make_witness(TREE, [key, NOWHERE + b"\0"]))
    assert verify_proof(TREE.root(), diff, proof).unshown == ()
    with pytest.raises(InvalidError) as caught:
        plan(diff, replace(proof, kinds=(KindOpening(A[:1], bytes(32)),)))
    assert caught.value.code == "KIND_OPENING"


# The proof

BAD_POINTS = [
    (hexed(P.to_bytes(32, "big")), "POINT_NOT_CANONICAL"),
    ("0x" + kats.OUTSIDE_SUBGROUP[3], "POINT_NOT_IN_SUBGROUP"),
    (hexed((2).to_bytes(32, "big")), "POINT_NOT_ON_CURVE"),
    (hexed(bytes(31)), "POINT_LENGTH"),
]


@pytest.mark.parametrize(("point", "code"), BAD_POINTS)
@pytest.mark.parametrize(
    ("place", "where"),
    [
        (
            lambda w, p: w["verkleProof"]["commitmentsByPath"].__setitem__(1, p),
            {"part": "commitmentsByPath", "index": 1, "path": A[:2]},
        ),
        (lambda w, p: w["verkleProof"].update(d=p), {"part": "D"}),
        (lambda w, p: w["verkleProof"]["ipaProof"]["cl"].__setitem__(3, p), {"part": "cl", "index": 3}),
        (lambda w, p: w["verkleProof"]["ipaProof"]["cr"].__setitem__(7, p), {"part": "cr", "index": 7}),
    ],
    ids=["commitment", "d", "cl", "cr"],
)
def test_points(
    place: Callable[[Witness, str], object], where: dict[str, object], point: str, code: str
) -> None:
    changed = good()
    place(changed, point)
    with pytest.raises((InvalidError, MalformedError)) as caught:
        verify_proof(TREE.root(), *containers(changed))
    assert (caught.value.code, caught.value.where) == (code, where)
    with pytest.raises(RefusalError):
        ORACLE.check_witness(TREE.root(), changed)


def test_the_root_must_be_a_point() -> None:
    for text, code in BAD_POINTS:
        with pytest.raises((InvalidError, MalformedError)) as caught:
            verify_proof(bytes.fromhex(text[2:]), *containers(good()))
        assert (caught.value.code, caught.value.where) == (code, {"part": "state root"})


@pytest.mark.parametrize("scalar", [R, R + 1, 2**256 - 1])
def test_the_scalar_has_one_form(scalar: int) -> None:
    """go-verkle reduces it silently."""
    changed = good()
    changed["verkleProof"]["ipaProof"]["finalEvaluation"] = hexed(scalar.to_bytes(32, "big"))
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match="SCALAR_NOT_CANONICAL"):
            implementation.check_witness(TREE.root(), changed)


def test_the_scalar_is_big_endian() -> None:
    changed = good()
    argument = changed["verkleProof"]["ipaProof"]
    argument["finalEvaluation"] = hexed(bytes.fromhex(argument["finalEvaluation"][2:])[::-1])
    with pytest.raises(RefusalError, match=r"SCALAR_NOT_CANONICAL|PROOF_IPA_FALSE"):
        FAST.check_witness(TREE.root(), changed)


FALSE: list[Change] = [
    suffix_part(0, 2, "currentValue", hexed(ONE)),
    suffix_part(0, 0, "currentValue", None),
    suffix_part(0, 1, "currentValue", hexed(bytes(32))),  # absent is not zero
    suffix_part(0, 1, "suffix", 2),  # another absent value: the openings are others
    proof_part("commitmentsByPath", lambda c: [c[1], c[0], *c[2:]]),
    proof_part("commitmentsByPath", lambda c: [c[0]] * len(c)),
    proof_part("otherStems", lambda s: [s[0][:-2] + "01", s[1]]),
    ipa_part("cl", lambda c: c[::-1]),
    ipa_part("cr", lambda c: [c[0]] * 8),
    lambda w: w["verkleProof"]["ipaProof"].update(
        cl=w["verkleProof"]["ipaProof"]["cr"], cr=w["verkleProof"]["ipaProof"]["cl"]
    ),
    lambda w: w["verkleProof"].update(d=w["verkleProof"]["commitmentsByPath"][0]),
]


@pytest.mark.parametrize("change", FALSE, ids=range(len(FALSE)))
def test_false_proofs(change: Change) -> None:
    changed = good()
    change(changed)
    assert changed != good()
    for implementation in (FAST, ORACLE):
        with pytest.raises(RefusalError, match="PROOF_IPA_FALSE"):
            implementation.check_witness(TREE.root(), changed)


def test_another_root() -> None:
    with pytest.raises(RefusalError, match="PROOF_IPA_FALSE"):
        FAST.check_witness(TREE.updated({C + b"\0": ONE}).root(), good())


# A changed byte anywhere


def _strings(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, str):
        return [path]
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in items for found in _strings(value, (*path, key))]


@given(st.data())
@examples(120)
def test_a_changed_byte_is_refused_or_says_something_true(data: st.DataObject) -> None:
    """New values are not proven, they only change the root afterwards; and a stem that is absent may become
    another that is absent for the same reason. Whatever is accepted holds of the tree.
    """
    changed = good()
    del changed["parentStateRoot"]
    *parents, last = data.draw(st.sampled_from(_strings(changed)))
    holder = changed
    for key in parents:
        holder = holder[key]
    raw = bytearray.fromhex(holder[last][2:])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    holder[last] = hexed(bytes(raw))
    try:
        outcome = FAST.check_witness(TREE.root(), changed)
    except RefusalError:
        assert last != "newValue" or bytes(raw) == ONE
        return
    assert last in ("newValue", "stem")
    assert outcome.values == {key: TREE.get(key) for key in outcome.values}
    diff, _ = containers(changed)
    writes = {s.stem + bytes([leaf.suffix]): leaf.new for s in diff for leaf in s.suffixes if leaf.new}
    assert outcome.post_root == TREE.updated(writes).root()
    assert last == "stem" or outcome.post_root != TREE.updated(NEW).root()


@given(st.data())
@examples(60)
def test_both_judge_any_extension_bytes_alike(data: st.DataObject) -> None:
    """Random statuses and depths, and commitments to match their number: never accepted, never a crash."""
    changed = good()
    byte = st.builds(lambda depth, status: depth << 3 | status, st.integers(0, 4), st.integers(0, 3))
    extensions = bytes(data.draw(byte) for _ in STEMS)
    proof = changed["verkleProof"]
    proof["depthExtensionPresent"] = hexed(extensions)
    proof["otherStems"] = data.draw(st.sampled_from(([], proof["otherStems"][:1], proof["otherStems"])))
    pool = [*proof["commitmentsByPath"], hexed(bytes(32))]
    proof["commitmentsByPath"] = data.draw(st.lists(st.sampled_from(pool), max_size=9))
    outcomes: list[Outcome | None] = []
    for implementation in (FAST, ORACLE):
        try:
            outcomes.append(implementation.check_witness(TREE.root(), changed))
        except RefusalError:
            outcomes.append(None)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] is None or changed == good()


def test_great_depths_cost_no_more_than_the_commitments_brought() -> None:
    """65,536 stems at depth 31 claim two million paths; without commitments for them few are looked at."""
    stems = [i.to_bytes(2, "big") + bytes(29) for i in range(1 << 16)]
    diff = tuple(StemDiff(stem, (SuffixDiff(0, None, None),)) for stem in stems)
    zero = bytes(32)
    proof = VerkleProof((), bytes([31 << 3]) * len(diff), (), zero, IpaProof((zero,) * 8, (zero,) * 8, zero))
    with pytest.raises(InvalidError) as caught:
        plan(diff, proof)
    assert caught.value.code == "COMMITMENT_MISSING"
    assert isinstance(caught.value.expected, int)
    assert caught.value.expected < 2000
