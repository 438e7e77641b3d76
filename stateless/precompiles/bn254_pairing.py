"""The pairing check on bn254: is the product of the pairings of some pairs of points 1?

The optimal ate pairing. All pairs share the squarings of the accumulator and the final exponentiation; the
points of the second group are doubled and added in affine coordinates, with one inversion a step for all.

The loop leaves [6u + 2]Q for each point Q of the second group, so it also tells whether Q is in the subgroup
of order n, as EIP-197 demands: exactly then [6u + 2]Q + ψ(Q) − ψ²(Q) + ψ³(Q) = 0, ψ being the Frobenius map
on the twist. (The norm of 6u + 2 + ψ − ψ² + ψ³ as an element of Z[ψ] has no factor in common with the
cofactor 2p − n, so no other point is sent to 0; a test computes it.) A point outside may also meet a zero
denominator on the way, which those inside never do.

Sources: EIP-197; Vercauteren, "Optimal pairings" (2008); Fuentes-Castañeda, Knapp, Rodríguez-Henríquez,
"Faster hashing to G2" (2011) for the final exponentiation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stateless.curve import Curve, Point
from stateless.precompiles.bn254_fields import (
    ONE,
    TWIST_FROBENIUS_X,
    TWIST_FROBENIUS_Y,
    Fp2,
    Fp12,
    P,
    conjugate,
    frobenius,
    inverse,
    multiply,
    multiply2,
    multiply_sparse,
    square,
    square_cyclotomic,
)

__all__ = ["G1", "G2Point", "SubgroupError", "is_on_twist", "pairing_check"]

U: Final = 4965661367192848881
"""The curve's parameter: p and n are polynomials in it."""

G1: Final = Curve(
    p=P,
    b=3,
    n=0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001,
    beta=0x30644E72E131A0295E6DD9E7E0ACCCB0C28F069FBB966E3DE4BD44E5607CFD48,
    basis=(
        (0x6F4D8248EEB859FC8211BBEB7D4F1128, -0x89D3256894D213E3),
        (0x89D3256894D213E3, 0x6F4D8248EEB859FD0BE4E1541221250B),
    ),
)

G2Point = tuple[Fp2, Fp2]
"""x and y on the twist y² = x³ + 3/ξ over Fp2; infinity is not one of them."""

# 3 / (9 + i) = 3 (9 − i) / 82
TWIST_B: Final[Fp2] = (27 * pow(82, -1, P) % P, -3 * pow(82, -1, P) % P)


def _signed_digits(value: int) -> tuple[int, ...]:
    """Digits −1, 0, 1 of the non-adjacent form, highest first."""
    digits: list[int] = []
    while value:
        digit = 2 - value % 4 if value & 1 else 0
        digits.append(digit)
        value = (value - digit) >> 1
    return tuple(reversed(digits))


LOOP: Final = _signed_digits(6 * U + 2)
EXPONENT: Final = _signed_digits(U)


class SubgroupError(ValueError):
    """A point of the twist is not in the subgroup of order n."""


def is_on_twist(point: G2Point) -> bool:
    """Whether the coordinates fulfil the twist's equation. They must be below p."""
    x, y = point
    cube = multiply2(multiply2(x, x), x)
    return multiply2(y, y) == ((cube[0] + TWIST_B[0]) % P, (cube[1] + TWIST_B[1]) % P)


def pairing_check(pairs: Sequence[tuple[Point | None, G2Point]]) -> bool:
    """Whether the product of e(first, second) over ``pairs`` is 1.

    Points must be on their curves; ``None`` is infinity, whose pairing is 1. Those of the second group must
    be in the subgroup whatever stands beside them.

    Raises:
        SubgroupError: one is not.
    """
    if not pairs:
        return True
    return _final_exponentiation(_miller_loop(pairs)) == ONE


def _miller_loop(pairs: Sequence[tuple[Point | None, G2Point]]) -> Fp12:
    # A line through multiples of Q, taken at P = (x, y), is y − slope·x·w + (slope·x_T − y_T)·v·w. Divided by
    # y, which the final exponentiation does not see, its constant term is 1.
    at: list[tuple[int, int] | None] = []
    for point, _ in pairs:
        if point is None:
            at.append(None)
        else:
            over_y = pow(point[1], -1, P)
            at.append((-point[0] * over_y % P, over_y))
    points = [second for _, second in pairs]
    negated = _negated(points)
    running = list(points)
    f = ONE
    for digit in LOOP[1:]:
        f = _step(square(f), running, None, at)
        if digit:
            f = _step(f, running, points if digit > 0 else negated, at)
    once = [_psi(point) for point in points]
    twice = [_psi(point) for point in once]
    f = _step(f, running, once, at)
    f = _step(f, running, _negated(twice), at)
    if running != _negated([_psi(point) for point in twice]):
        raise SubgroupError("a point is not in the subgroup")
    return f


def _negated(points: Sequence[G2Point]) -> list[G2Point]:
    return [(x, (-y[0] % P, -y[1] % P)) for x, y in points]


def _step(
    f: Fp12, running: list[G2Point], others: Sequence[G2Point] | None, at: Sequence[tuple[int, int] | None]
) -> Fp12:
    """Add to each of ``running`` the point of ``others``, or itself, and multiply the lines into ``f``."""
    if others is None:
        below = [(2 * y[0], 2 * y[1]) for _, y in running]
    else:
        below = [(q[0][0] - t[0][0], q[0][1] - t[0][1]) for t, q in zip(running, others, strict=True)]
    for i, (over, place) in enumerate(zip(_inverses(below), at, strict=True)):
        x, y = running[i]
        x0, x1 = x
        if others is None:
            other = x
            slope = multiply2((3 * (x0 + x1) * (x0 - x1), 6 * x0 * x1), over)
        else:
            other, y2 = others[i]
            slope = multiply2((y2[0] - y[0], y2[1] - y[1]), over)
        s0, s1 = slope
        # −y_T + slope · x_T is the line's last coefficient, and what the new y needs too.
        c0 = (s0 * x0 - s1 * x1 - y[0]) % P
        c1 = (s0 * x1 + s1 * x0 - y[1]) % P
        n0 = ((s0 + s1) * (s0 - s1) - x0 - other[0]) % P
        n1 = (2 * s0 * s1 - x1 - other[1]) % P
        running[i] = (n0, n1), ((c0 - s0 * n0 + s1 * n1) % P, (c1 - s0 * n1 - s1 * n0) % P)
        if place is not None:
            minus_x_over_y, over_y = place
            f = multiply_sparse(
                f,
                (s0 * minus_x_over_y % P, s1 * minus_x_over_y % P),
                (c0 * over_y % P, c1 * over_y % P),
            )
    return f


def _inverses(elements: Sequence[Fp2]) -> list[Fp2]:
    """The inverses of all, with one inversion in Fp of the product of their norms.

    Raises:
        SubgroupError: one is 0.
    """
    norms = [(re * re + im * im) % P for re, im in elements]
    before: list[int] = []
    product = 1
    for norm in norms:
        before.append(product)
        product = product * norm % P
    if not product:
        raise SubgroupError("a multiple of a point is infinity")
    over = pow(product, -1, P)
    inverses: list[Fp2] = []
    for (re, im), norm, rest in zip(reversed(elements), reversed(norms), reversed(before), strict=True):
        own = over * rest % P
        over = over * norm % P
        inverses.append((re * own % P, -im * own % P))
    inverses.reverse()
    return inverses


def _psi(point: G2Point) -> G2Point:
    """The Frobenius map, seen on the twist: multiplies by p in the subgroup of order n."""
    (x0, x1), (y0, y1) = point
    return multiply2((x0, -x1), TWIST_FROBENIUS_X), multiply2((y0, -y1), TWIST_FROBENIUS_Y)


def _final_exponentiation(f: Fp12) -> Fp12:
    """f to a power that is a multiple, by a number prime to n, of (p^12 − 1) / n."""
    f = multiply(conjugate(f), inverse(f))
    f = multiply(frobenius(frobenius(f)), f)
    # From here on conjugates are inverses. The hard part is, up to that multiple, a sum of powers of p with
    # coefficients that are polynomials in u.
    a = conjugate(_power_u(f))
    b = square_cyclotomic(a)
    c = multiply(square_cyclotomic(b), b)
    d = conjugate(_power_u(c))
    e = _power_u(square_cyclotomic(d))
    g = multiply(multiply(e, d), conjugate(c))
    h = multiply(g, b)
    k = multiply(multiply(multiply(g, d), f), frobenius(h))
    k = multiply(frobenius(frobenius(g)), k)
    return multiply(frobenius(frobenius(frobenius(multiply(conjugate(f), h)))), k)


def _power_u(element: Fp12) -> Fp12:
    """``element`` to the power u, for one whose conjugate is its inverse."""
    result = element
    inverted = conjugate(element)
    for digit in EXPONENT[1:]:
        result = square_cyclotomic(result)
        if digit:
            result = multiply(result, element if digit > 0 else inverted)
    return result
