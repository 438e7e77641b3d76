"""The two prime fields, and what must be done in batches to be quick.

``Fp`` is Banderwagon's base field. It is the *scalar* field of BLS12-381, so an element is a
``py_arkworks_bls12381.Scalar``: an immutable Montgomery-form object, for which one multiplication,
addition or subtraction costs about the same (some 70 ns, nearly all of it the call), an inversion
thirty times and a power a hundred times as much. Formulas are therefore chosen by their *number of
operations*, inversions are batched, and a value stays an ``Fp`` until bytes are wanted.

``Fr`` is Banderwagon's scalar field, in which polynomials live. The library has no such field; its
elements are plain ``int`` in ``[0, R)``.

Sources: EIP-6800; Bandersnatch (ePrint 2021/1152); SPEC 1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from py_arkworks_bls12381 import Scalar as Fp

__all__ = [
    "HALF_P",
    "ONE",
    "ZERO",
    "Fp",
    "P",
    "R",
    "batch_inverse",
    "batch_inverse_fr",
    "fp_from_int",
    "sqrt",
]

P: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""Base field modulus."""
R: Final = 13108968793781547619861935127046491459309155893440570251786403306729687672801
"""Scalar field modulus: the prime order of the group."""
HALF_P: Final = (P - 1) // 2
"""An element is *positive* if, as an integer, it is greater than this."""

ZERO: Final = Fp(0)
ONE: Final = Fp(1)

_TWO_ADICITY: Final = 32
_ODD_PART: Final = (P - 1) >> _TWO_ADICITY
_NON_RESIDUE: Final = 5


def fp_from_int(value: int) -> Fp:
    """``value`` in ``[0, P)`` as an ``Fp``; through bytes, which is twenty times quicker than ``Fp(int)``."""
    return Fp.from_le_bytes(value.to_bytes(32, "little"))


def batch_inverse(values: Sequence[Fp]) -> list[Fp]:
    """Inverses of all values with one field inversion (Montgomery's trick); 0 stays 0.

    Zero maps to zero because the clients' batch inversion does, and ``map_to_field`` relies on it
    (SPEC 1.5).
    """
    running = ONE
    before: list[Fp] = []
    for value in values:
        before.append(running)
        if not value.is_zero():
            running = running * value
    inverse = running.inverse()
    out = [ZERO] * len(before)
    for i in range(len(before) - 1, -1, -1):
        value = values[i]
        if not value.is_zero():
            out[i] = inverse * before[i]
            inverse = inverse * value
    return out


def batch_inverse_fr(values: Sequence[int]) -> list[int]:
    """Inverses mod R of all values, none of which may be 0 mod R (``ValueError``)."""
    running = 1
    before: list[int] = []
    for value in values:
        before.append(running)
        running = running * value % R
    inverse = pow(running, -1, R)
    out = [0] * len(before)
    for i in range(len(before) - 1, -1, -1):
        out[i] = inverse * before[i] % R
        inverse = inverse * values[i] % R
    return out


class _RootTables(NamedTuple):
    """Powers of g, a generator of the 2^32-th roots of unity, for discrete logarithms by bytes."""

    half_power: Fp
    """(q − 1)/2 with p − 1 = 2^32 · q, as an exponent."""
    shift: Fp
    """2^8 as an exponent."""
    digit: dict[bytes, int]
    """little-endian bytes of g^(i·2^24) → i, for i in 0…255: the 256th roots of unity."""
    inverse: tuple[tuple[Fp, ...], ...]
    """inverse[k][i] = g^(−i·2^(8k)) for k in 0…3."""


@cache
def _root_tables() -> _RootTables:
    g = fp_from_int(pow(_NON_RESIDUE, _ODD_PART, P))
    g_inverse = g.inverse()
    rows = []
    for _ in range(4):
        row = [ONE]
        for _ in range(255):
            row.append(row[-1] * g_inverse)
        rows.append(tuple(row))
        g_inverse = row[-1] * g_inverse
    # g^(−i·2^24) is the (256 − i)-th power of the 256th root of unity g^(2^24)
    digit = {root.to_le_bytes(): -i % 256 for i, root in enumerate(rows[3])}
    return _RootTables(fp_from_int((_ODD_PART - 1) // 2), fp_from_int(256), digit, tuple(rows))


def sqrt(value: Fp) -> Fp | None:
    """A square root of ``value``, or ``None`` if it is not a square. Which of the two roots is not said.

    Sarkar's table method (ePrint 2020/1407): with p − 1 = 2^32·q, value^q is a 2^32-th root of unity;
    its discrete logarithm e is read byte by byte, and value^((q+1)/2) · g^(−e/2) is the root.
    """
    half_power, shift, digit, (inv0, inv8, inv16, inv24) = _root_tables()
    if value.is_zero():
        return ZERO
    power = value.pow(half_power)
    root = power * value
    t0 = power * root
    t8 = t0.pow(shift)
    t16 = t8.pow(shift)
    t24 = t16.pow(shift)
    e0 = digit[t24.to_le_bytes()]
    if e0 & 1:
        return None
    e1 = digit[(t16 * inv16[e0]).to_le_bytes()]
    e2 = digit[(t8 * inv8[e0] * inv16[e1]).to_le_bytes()]
    e3 = digit[(t0 * inv0[e0] * inv8[e1] * inv16[e2]).to_le_bytes()]
    half = (e0 | e1 << 8 | e2 << 16 | e3 << 24) >> 1
    return root * inv0[half & 255] * inv8[half >> 8 & 255] * inv16[half >> 16 & 255] * inv24[half >> 24]
