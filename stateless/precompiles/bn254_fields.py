"""The fields above the base field of bn254, in plain integers.

    Fp2  = Fp[i] / (i² + 1)          two integers, real part first
    Fp6  = Fp2[v] / (v³ − ξ)         six: 1, v, v²; ξ = 9 + i
    Fp12 = Fp6[w] / (w² − v)         twelve: the six without w, then the six with it

Elements are flat tuples of integers in [0, p). Products are summed as they are and reduced once for each
coefficient of the result, since reducing costs more than multiplying.

Sources: EIP-197 (the tower's constants); Devegili, Ó hÉigeartaigh, Scott, Dahab, "Multiplication and squaring
on pairing-friendly fields" (2006); Granger, Scott, "Faster squaring in the cyclotomic subgroup" (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

__all__ = [
    "ONE",
    "TWIST_FROBENIUS_X",
    "TWIST_FROBENIUS_Y",
    "Fp2",
    "Fp6",
    "Fp12",
    "P",
    "conjugate",
    "frobenius",
    "inverse",
    "multiply",
    "multiply2",
    "multiply_sparse",
    "square",
    "square_cyclotomic",
]

P: Final = 0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47

Fp2: TypeAlias = tuple[int, int]
Fp6: TypeAlias = tuple[int, int, int, int, int, int]
Fp12: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int, int, int]

ONE: Final[Fp12] = (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def multiply2(a: Fp2, b: Fp2) -> Fp2:
    """Product in Fp2."""
    (x, y), (u, v) = a, b
    return (x * u - y * v) % P, (x * v + y * u) % P


def _power2(base: Fp2, exponent: int) -> Fp2:
    result: Fp2 = (1, 0)
    for bit in f"{exponent:b}":
        result = multiply2(result, result)
        if bit == "1":
            result = multiply2(result, base)
    return result


# ξ^(j (p − 1) / 6) for j = 0 … 5: what the Frobenius map makes of w^j.
_GAMMA: Final = tuple(_power2((9, 1), j * (P - 1) // 6) for j in range(6))
TWIST_FROBENIUS_X: Final = _GAMMA[2]
TWIST_FROBENIUS_Y: Final = _GAMMA[3]


def _product6(left: Sequence[int], right: Sequence[int]) -> Fp6:
    """Product in Fp6, not reduced; the factors may be sums of a few elements (Karatsuba over Fp2)."""
    a, b, c, d, e, f = left
    g, h, j, k, m, n = right
    # products of like coefficients
    p0, q0 = a * g - b * h, a * h + b * g
    p1, q1 = c * j - d * k, c * k + d * j
    p2, q2 = e * m - f * n, e * n + f * m
    # those of unlike ones, from products of sums
    s, t, u, v = c + e, d + f, j + m, k + n
    p12, q12 = s * u - t * v - p1 - p2, s * v + t * u - q1 - q2
    s, t, u, v = a + c, b + d, g + j, h + k
    p01, q01 = s * u - t * v - p0 - p1, s * v + t * u - q0 - q1
    s, t, u, v = a + e, b + f, g + m, h + n
    p02, q02 = s * u - t * v - p0 - p2, s * v + t * u - q0 - q2
    return p0 + 9 * p12 - q12, q0 + 9 * q12 + p12, p01 + 9 * p2 - q2, q01 + 9 * q2 + p2, p02 + p1, q02 + q1


def multiply(left: Fp12, right: Fp12) -> Fp12:
    """Product in Fp12."""
    a, b = left[:6], left[6:]
    c, d = right[:6], right[6:]
    a0, a1, a2, a3, a4, a5 = _product6(a, c)
    b0, b1, b2, b3, b4, b5 = _product6(b, d)
    c0, c1, c2, c3, c4, c5 = _product6(
        [x + y for x, y in zip(a, b, strict=True)], [x + y for x, y in zip(c, d, strict=True)]
    )
    return (
        (a0 + 9 * b4 - b5) % P,
        (a1 + 9 * b5 + b4) % P,
        (a2 + b0) % P,
        (a3 + b1) % P,
        (a4 + b2) % P,
        (a5 + b3) % P,
        (c0 - a0 - b0) % P,
        (c1 - a1 - b1) % P,
        (c2 - a2 - b2) % P,
        (c3 - a3 - b3) % P,
        (c4 - a4 - b4) % P,
        (c5 - a5 - b5) % P,
    )


def square(element: Fp12) -> Fp12:
    """Square in Fp12."""
    a0, a1, a2, a3, a4, a5, b0, b1, b2, b3, b4, b5 = element
    t0, t1, t2, t3, t4, t5 = _product6(element[:6], element[6:])
    u0, u1, u2, u3, u4, u5 = _product6(
        (a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5),
        (a0 + 9 * b4 - b5, a1 + 9 * b5 + b4, a2 + b0, a3 + b1, a4 + b2, a5 + b3),
    )
    return (
        (u0 - t0 - 9 * t4 + t5) % P,
        (u1 - t1 - 9 * t5 - t4) % P,
        (u2 - t2 - t0) % P,
        (u3 - t3 - t1) % P,
        (u4 - t4 - t2) % P,
        (u5 - t5 - t3) % P,
        2 * t0 % P,
        2 * t1 % P,
        2 * t2 % P,
        2 * t3 % P,
        2 * t4 % P,
        2 * t5 % P,
    )


def _product_sparse(element: Sequence[int], b: Fp2, c: Fp2) -> Fp6:
    """``element`` · (b + c v) in Fp6, not reduced."""
    x0, x1, x2, x3, x4, x5 = element
    b0, b1 = b
    c0, c1 = c
    re, im = x4 * c0 - x5 * c1, x4 * c1 + x5 * c0
    return (
        x0 * b0 - x1 * b1 + 9 * re - im,
        x0 * b1 + x1 * b0 + 9 * im + re,
        x2 * b0 - x3 * b1 + x0 * c0 - x1 * c1,
        x2 * b1 + x3 * b0 + x0 * c1 + x1 * c0,
        x4 * b0 - x5 * b1 + x2 * c0 - x3 * c1,
        x4 * b1 + x5 * b0 + x2 * c1 + x3 * c0,
    )


def multiply_sparse(element: Fp12, b: Fp2, c: Fp2) -> Fp12:
    """``element`` · (1 + b w + c v w): the shape of a line whose constant term is 1."""
    x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5 = element
    s0, s1, s2, s3, s4, s5 = _product_sparse(element[:6], b, c)
    t0, t1, t2, t3, t4, t5 = _product_sparse(element[6:], b, c)
    return (
        (x0 + 9 * t4 - t5) % P,
        (x1 + 9 * t5 + t4) % P,
        (x2 + t0) % P,
        (x3 + t1) % P,
        (x4 + t2) % P,
        (x5 + t3) % P,
        (y0 + s0) % P,
        (y1 + s1) % P,
        (y2 + s2) % P,
        (y3 + s3) % P,
        (y4 + s4) % P,
        (y5 + s5) % P,
    )


def conjugate(element: Fp12) -> Fp12:
    """The element with w negated: its p^6-th power, and its inverse where its norm to Fp6 is 1."""
    x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5 = element
    return x0, x1, x2, x3, x4, x5, -y0 % P, -y1 % P, -y2 % P, -y3 % P, -y4 % P, -y5 % P


def frobenius(element: Fp12) -> Fp12:
    """The p-th power: every Fp2 coefficient conjugated, and times the constant of its power of w."""
    x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5 = element
    x2, x3 = multiply2((x2, -x3), _GAMMA[2])
    x4, x5 = multiply2((x4, -x5), _GAMMA[4])
    y0, y1 = multiply2((y0, -y1), _GAMMA[1])
    y2, y3 = multiply2((y2, -y3), _GAMMA[3])
    y4, y5 = multiply2((y4, -y5), _GAMMA[5])
    return x0, -x1 % P, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5


def inverse(element: Fp12) -> Fp12:
    """The inverse of an element other than 0, by norms down to Fp."""
    a, b = element[:6], element[6:]
    a0, a1, a2, a3, a4, a5 = _product6(a, a)
    b0, b1, b2, b3, b4, b5 = _product6(b, b)
    norm = (a0 - 9 * b4 + b5, a1 - 9 * b5 - b4, a2 - b0, a3 - b1, a4 - b2, a5 - b3)
    over = _inverse6((norm[0] % P, norm[1] % P, norm[2] % P, norm[3] % P, norm[4] % P, norm[5] % P))
    x0, x1, x2, x3, x4, x5 = _product6(a, over)
    y0, y1, y2, y3, y4, y5 = _product6(b, over)
    return (
        x0 % P,
        x1 % P,
        x2 % P,
        x3 % P,
        x4 % P,
        x5 % P,
        -y0 % P,
        -y1 % P,
        -y2 % P,
        -y3 % P,
        -y4 % P,
        -y5 % P,
    )


def _inverse6(element: Fp6) -> Fp6:
    """The inverse in Fp6."""
    a, b, c = element[:2], element[2:4], element[4:]
    aa, bb, cc = multiply2(a, a), multiply2(b, b), multiply2(c, c)
    ab, ac, bc = multiply2(a, b), multiply2(a, c), multiply2(b, c)
    # The other two conjugates over Fp2, multiplied.
    x = (aa[0] - 9 * bc[0] + bc[1]) % P, (aa[1] - 9 * bc[1] - bc[0]) % P
    y = (9 * cc[0] - cc[1] - ab[0]) % P, (9 * cc[1] + cc[0] - ab[1]) % P
    z = (bb[0] - ac[0]) % P, (bb[1] - ac[1]) % P
    cy, bz = multiply2(c, y), multiply2(b, z)
    ax = multiply2(a, x)
    re = (ax[0] + 9 * (cy[0] + bz[0]) - cy[1] - bz[1]) % P
    im = (ax[1] + 9 * (cy[1] + bz[1]) + cy[0] + bz[0]) % P
    over = pow(re * re + im * im, -1, P)
    norm = re * over % P, -im * over % P
    return (*multiply2(x, norm), *multiply2(y, norm), *multiply2(z, norm))


def square_cyclotomic(element: Fp12) -> Fp12:
    """Square of an element whose order divides p^4 − p^2 + 1."""
    x0, x1, x2, x3, x4, x5, y0, y1, y2, y3, y4, y5 = element
    a, b, c, d = _square4(x0, x1, y2, y3)
    e, f, g, h = _square4(y0, y1, x4, x5)
    j, k, m, n = _square4(x2, x3, y4, y5)
    return (
        (3 * a - 2 * x0) % P,
        (3 * b - 2 * x1) % P,
        (3 * e - 2 * x2) % P,
        (3 * f - 2 * x3) % P,
        (3 * j - 2 * x4) % P,
        (3 * k - 2 * x5) % P,
        (27 * m - 3 * n + 2 * y0) % P,
        (27 * n + 3 * m + 2 * y1) % P,
        (3 * c + 2 * y2) % P,
        (3 * d + 2 * y3) % P,
        (3 * g + 2 * y4) % P,
        (3 * h + 2 * y5) % P,
    )


def _square4(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """Square of (a + b i) + (c + d i) s, where s² = ξ; not reduced."""
    re, im = (c + d) * (c - d), 2 * c * d
    ac, bd = a * c, b * d
    return (
        (a + b) * (a - b) + 9 * re - im,
        2 * a * b + 9 * im + re,
        2 * (ac - bd),
        2 * ((a + b) * (c + d) - ac - bd),
    )
