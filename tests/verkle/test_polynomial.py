"""Polynomials by their values: weights, Lagrange coefficients and quotients by their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import ipa, multiproof
from tests.verkle.strategies import domain_indices, examples, scalars
from verkle import polynomial
from verkle.field import R

outside = st.one_of(st.sampled_from((256, 257, 2101, R - 1, R - 255)), st.integers(256, R - 1))
coefficients = st.lists(scalars, min_size=1, max_size=4)


def values_of(coefficient_list: list[int]) -> list[int]:
    """The values on 0 … 255 of a polynomial given by its coefficients, constant first."""
    return [evaluate(coefficient_list, x) for x in range(256)]


def evaluate(coefficient_list: list[int], x: int) -> int:
    return sum(c * pow(x, k, R) for k, c in enumerate(coefficient_list)) % R


def test_weights() -> None:
    assert [pow(w, -1, R) for w in polynomial.weights_inverse()] == list(ipa.weights())


@given(outside)
@examples(10)
def test_lagrange_coefficients(z: int) -> None:
    inverses = polynomial.differences_inverse(z)
    assert all(inverse * (z - i) % R == 1 for i, inverse in enumerate(inverses))
    assert tuple(polynomial.lagrange_at(z, inverses)) == ipa.evaluation_vector(z)


@pytest.mark.parametrize("z", [0, 7, 255, R, R + 255])
def test_no_differences_inside_the_domain(z: int) -> None:
    with pytest.raises(ValueError, match="not invertible"):
        polynomial.differences_inverse(z)


@given(coefficients, outside)
@examples(10)
def test_evaluation_from_values(coefficient_list: list[int], z: int) -> None:
    weights = polynomial.lagrange_at(z, polynomial.differences_inverse(z))
    found = sum(f * w for f, w in zip(values_of(coefficient_list), weights, strict=True)) % R
    assert found == evaluate(coefficient_list, z)


@given(coefficients, domain_indices)
@examples(20)
def test_quotients(coefficient_list: list[int], at: int) -> None:
    """q(X)·(X − at) + f(at) = f(X), at every point of the domain and at one outside."""
    values = values_of(coefficient_list)
    quotient = polynomial.quotient(values, at)
    assert quotient == multiproof.quotient(values, at, values[at])
    z = 12345
    weights = ipa.evaluation_vector(z)
    q_at_z = sum(q * w for q, w in zip(quotient, weights, strict=True))
    assert (q_at_z * (z - at) + values[at] - evaluate(coefficient_list, z)) % R == 0
