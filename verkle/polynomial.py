"""Polynomials of degree below 256 by their values on the domain {0, …, 255} of ``Fr``.

A(X) = Π (X − i). Weights A'(i) = Π_{j≠i} (i − j) are i!·(255 − i)!·(−1)^(255−i), and so
A'(i) = −A'(255 − i).

Source: go-ipa ``ipa/barycentric.go``; SPEC 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import factorial
from operator import mul
from typing import Final

from verkle.field import R, batch_inverse_fr

__all__ = ["DOMAIN", "differences_inverse", "lagrange_at", "quotient", "weights_inverse"]

DOMAIN: Final = 256


@cache
def weights_inverse() -> tuple[int, ...]:
    """1 / A'(i) for i in the domain."""
    last = DOMAIN - 1
    weights = [(-1) ** (last - i) * factorial(i) * factorial(last - i) % R for i in range(DOMAIN)]
    return tuple(batch_inverse_fr(weights))


def differences_inverse(point: int) -> list[int]:
    """1 / (point − i) for every i of the domain, with one inversion; ``point`` must lie outside it."""
    return batch_inverse_fr([point - i for i in range(DOMAIN)])


def lagrange_at(point: int, inverses: list[int]) -> list[int]:
    """L_i(point) = A(point) / (A'(i)·(point − i)): f(point) = Σ f_i·L_i(point).

    ``inverses`` are :func:`differences_inverse` of the same point, which callers need anyway.
    """
    a = _product([point - i for i in range(DOMAIN)])
    return [a * w % R * inverse % R for w, inverse in zip(weights_inverse(), inverses, strict=True)]


@cache
def _differences() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Inverses of 0 (as 0), 1, … 255, and the weights A'(i)."""
    inverses = (0, *batch_inverse_fr(range(1, DOMAIN)))
    return inverses, tuple(batch_inverse_fr(weights_inverse()))


def quotient(values: Sequence[int], at: int) -> list[int]:
    """(f(X) − f(at)) / (X − at) for ``at`` in the domain, again by its values on the domain.

    For i ≠ at it is (f_i − f_at)/(i − at); at ``at`` itself, −Σ A'(at)/A'(i) times those (SPEC 3.2).
    """
    inverses, weights = _differences()
    here = values[at]
    out = [
        (here - f) * inverses[at - i] % R if i < at else (f - here) * inverses[i - at] % R
        for i, f in enumerate(values)
    ]
    out[at] = 0
    out[at] = -weights[at] * sum(map(mul, out, weights_inverse())) % R
    return out


def _product(values: Sequence[int]) -> int:
    out = 1
    for value in values:
        out = out * value % R
    return out
