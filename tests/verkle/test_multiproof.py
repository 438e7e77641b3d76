"""Multiproofs: the oracle's and the program's are one and the same, and nothing else is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.oracles import curve, multiproof
from tests.oracles.transcript import Transcript
from tests.verkle.implementations import BOTH, FAST, RefusalError
from tests.verkle.strategies import domain_indices, examples, scalars
from verkle import banderwagon, pedersen
from verkle import multiproof as fast
from verkle.errors import InvalidError, MalformedError
from verkle.field import R

vectors = st.dictionaries(domain_indices, scalars, max_size=5)


@dataclass(frozen=True)
class Case:
    """Vectors and openings of them: (which vector, z)."""

    vectors: tuple[dict[int, int], ...]
    openings: tuple[tuple[int, int], ...]

    def oracle(self) -> list[multiproof.Query]:
        committed = [curve.commit(vector) for vector in self.vectors]
        dense = [tuple(vector.get(i, 0) for i in range(256)) for vector in self.vectors]
        return [multiproof.Query(committed[i], z, dense[i][z], dense[i]) for i, z in self.openings]

    def with_values(self) -> list[tuple[int, int, int]]:
        return [(i, z, self.vectors[i].get(z, 0)) for i, z in self.openings]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    many = draw(st.lists(vectors, min_size=1, max_size=3))
    opening = st.tuples(st.integers(0, len(many) - 1), domain_indices)
    return Case(tuple(many), tuple(draw(st.lists(opening, min_size=1, max_size=5))))


def prove_fast(case: Case, openings: list[tuple[int, int, int]] | None = None) -> bytes:
    encoded = banderwagon.encode_many(pedersen.commit_many(case.vectors))
    proof = fast.prove(b"vt", case.vectors, encoded, openings or case.with_values())
    return fast.proof_to_bytes(proof)


def check_fast(case: Case, openings: list[tuple[int, int, int]], proof: bytes) -> bool:
    points = pedersen.commit_many(case.vectors)
    encoded = banderwagon.encode_many(points)
    return fast.verify(b"vt", points, encoded, openings, fast.proof_from_bytes(proof))


@given(cases())
@examples(8)
def test_both_provers_write_the_same_bytes(case: Case) -> None:
    """Repeated openings, equal vectors and the zero vector among them."""
    queries = case.oracle()
    expected = multiproof.prove(Transcript("vt"), queries).to_bytes()
    assert prove_fast(case) == expected
    assert check_fast(case, case.with_values(), expected)
    assert multiproof.verify(Transcript("vt"), queries, multiproof.multiproof_from_bytes(expected))


@given(cases(), st.data())
@examples(15)
def test_a_false_opening_has_no_proof(case: Case, data: st.DataObject) -> None:
    """Neither with the true proof nor with one made for the false value."""
    openings = case.with_values()
    proof = prove_fast(case)
    at = data.draw(st.integers(0, len(openings) - 1))
    i, z, y = openings[at]
    false = data.draw(scalars)
    assume(false != y)
    openings[at] = i, z, false
    assert not check_fast(case, openings, proof)
    assert not check_fast(case, openings, prove_fast(case, openings))


def test_one_commitment_listed_twice_is_one_opened_twice() -> None:
    """The transcript knows commitments, not their places in a list."""
    vector = {0: 5, 9: 6}
    once = Case((vector,), ((0, 0), (0, 9), (0, 0)))
    twice = Case((vector, vector), ((0, 0), (1, 9), (1, 0)))
    assert prove_fast(once) == prove_fast(twice)
    assert check_fast(twice, twice.with_values(), prove_fast(once))


@pytest.mark.parametrize("openings", [((0, 0),), ((0, 7), (1, 255)), ((1, 0), (1, 0))])
def test_zero_vectors(openings: tuple[tuple[int, int], ...]) -> None:
    """Every point of the proof may be the identity."""
    case = Case(({}, {7: 0}), openings)
    proof = prove_fast(case)
    assert proof == bytes(576)
    for implementation in BOTH:
        queries = [(implementation.identity, z, 0) for _, z in openings]
        assert implementation.check_multiproof("vt", queries, proof)
        assert not implementation.check_multiproof("vt", [(*queries[0][:2], 1), *queries[1:]], proof)


def test_nothing_to_show() -> None:
    """No library has a proof of no openings; an empty witness is the tree's business."""
    proof = fast.proof_from_bytes(prove_fast(Case(({0: 1},), ((0, 0),))))
    assert not fast.verify(b"vt", [], [], [], proof)
    with pytest.raises(curve.RefusedError, match="no queries"):
        multiproof.verify(Transcript("vt"), [], multiproof.multiproof_from_bytes(bytes(576)))


# Other openings, changed bytes


@cache
def example() -> tuple[Case, bytes]:
    case = Case(({0: 1, 1: 77, 2: R - 5, 200: 2**252}, {4: 9}), ((0, 0), (0, 2), (0, 201), (1, 4)))
    return case, prove_fast(case)


def test_order_and_number_count() -> None:
    case, proof = example()
    openings = case.with_values()
    for shuffled in permutations(openings):
        assert check_fast(case, list(shuffled), proof) == (list(shuffled) == openings)
    assert not check_fast(case, [*openings, openings[0]], proof)
    assert not check_fast(case, openings[1:], proof)
    assert not check_fast(case, openings[:-1], proof)


@given(st.integers(0, 575), st.integers(1, 255))
@examples(150)
def test_a_changed_byte_is_refused(at: int, difference: int) -> None:
    case, proof = example()
    changed = proof[:at] + bytes([proof[at] ^ difference]) + proof[at + 1 :]
    try:
        accepted = check_fast(case, case.with_values(), changed)
    except InvalidError as error:
        assert error.code.startswith(("POINT_", "SCALAR_"))  # noqa: PT017 - a refusal too
        accepted = False
    assert not accepted


def test_every_part_is_read() -> None:
    """Two parts exchanged, or one replaced by another good point: refused, and not for its encoding."""
    case, proof = example()
    parts = [proof[i : i + 32] for i in range(0, 576, 32)]
    for at in range(17):
        other = parts[(at + 1) % 17]
        swapped = [*parts[:at], other, *parts[at + 1 :]]
        assert not check_fast(case, case.with_values(), b"".join(swapped))
        gone = [*parts[:at], bytes(32), *parts[at + 1 :]]
        assert not check_fast(case, case.with_values(), b"".join(gone))


@pytest.mark.parametrize("length", [0, 544, 575, 577, 608])
def test_length(length: int) -> None:
    with pytest.raises(MalformedError) as caught:
        fast.proof_from_bytes(bytes(length))
    assert (caught.value.code, caught.value.expected, caught.value.got) == ("PROOF_LENGTH", 576, length)


@pytest.mark.parametrize("scalar", [R, R + 1, 2**256 - 1])
def test_the_scalar_has_one_form(scalar: int) -> None:
    _, proof = example()
    for implementation in BOTH:
        with pytest.raises(RefusalError, match="SCALAR_NOT_CANONICAL"):
            implementation.check_multiproof(
                "vt", [(implementation.generator, 0, 0)], proof[:-32] + scalar.to_bytes(32, "little")
            )


def test_reading_and_writing() -> None:
    _, proof = example()
    assert fast.proof_to_bytes(fast.proof_from_bytes(proof)) == proof
    assert multiproof.multiproof_from_bytes(proof).to_bytes() == proof


@pytest.mark.parametrize(
    ("at", "where"),
    [
        (0, {"part": "D"}),
        (1, {"part": "cl", "index": 0}),
        (8, {"part": "cl", "index": 7}),
        (9, {"part": "cr", "index": 0}),
        (16, {"part": "cr", "index": 7}),
    ],
)
def test_the_wrong_point_is_named(at: int, where: dict[str, object]) -> None:
    _, proof = example()
    with pytest.raises(InvalidError) as caught:
        fast.proof_from_bytes(proof[: 32 * at] + b"\xff" * 32 + proof[32 * at + 32 :])
    assert (caught.value.code, caught.value.where) == ("POINT_NOT_CANONICAL", where)


def test_the_transcripts_label_counts() -> None:
    case, proof = example()
    points = pedersen.commit_many(case.vectors)
    queries = [(points[i], z, y) for i, z, y in case.with_values()]
    assert FAST.check_multiproof("vt", queries, proof)
    assert not FAST.check_multiproof("vt ", queries, proof)
    assert not FAST.check_multiproof("", queries, proof)
