"""The two fields: batches equal single inversions, and square roots equal the oracle's up to sign."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import curve
from tests.verkle.strategies import examples, scalars
from verkle.field import P, R, batch_inverse, batch_inverse_fr, fp_from_int, sqrt

base_field = st.one_of(st.sampled_from((0, 1, 2, P - 1, P - 2, (P - 1) // 2)), st.integers(0, P - 1))


def test_moduli() -> None:
    assert (P, R) == (curve.P, curve.R)


@pytest.mark.parametrize("value", [P, P + 1, 2**256 - 1])
def test_not_canonical(value: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own, without a stable text
        fp_from_int(value)


@given(st.lists(base_field, max_size=12))
@examples(30)
def test_batch_inverse(numbers: list[int]) -> None:
    found = [int(v) for v in batch_inverse([fp_from_int(n) for n in numbers])]
    assert found == [pow(n, -1, P) if n else 0 for n in numbers]


@given(st.lists(scalars.filter(bool), max_size=12))
@examples(30)
def test_batch_inverse_of_scalars(numbers: list[int]) -> None:
    assert batch_inverse_fr(numbers) == [pow(n, -1, R) for n in numbers]


def test_no_inverse_of_zero_among_scalars() -> None:
    for numbers in ([0], [1, 0, 2], [R], [3, 2 * R]):
        with pytest.raises(ValueError, match="not invertible"):
            batch_inverse_fr(numbers)


@given(base_field)
@examples(100)
def test_sqrt(number: int) -> None:
    root, expected = sqrt(fp_from_int(number)), curve.sqrt(number)
    assert (root is None) == (expected is None)
    if root is not None and expected is not None:
        assert int(root) in (expected, -expected % P)


@given(base_field)
@examples(50)
def test_sqrt_of_a_square(number: int) -> None:
    root = sqrt(fp_from_int(number * number % P))
    assert root is not None
    assert int(root) in (number, -number % P)


def test_sqrt_of_roots_of_unity() -> None:
    """The discrete logarithm that the method takes, at every bit it can have, alone and with all below."""
    generator = pow(5, (P - 1) >> 32, P)
    assert sqrt(fp_from_int(generator)) is None
    exponents = [1 << k for k in range(32)] + [(1 << k) - 1 for k in range(33)] + [0x80808080, 0x01FF00FE]
    for exponent in exponents:
        power = pow(generator, exponent, P)
        root = sqrt(fp_from_int(power))
        if exponent % 2:
            assert root is None
        else:
            assert root is not None
            assert int(root) ** 2 % P == power
