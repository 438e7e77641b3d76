"""Arithmetic, comparison and bits: nothing but the stack.

The instruction's first operand is on top of the stack. Constant gas is charged by the segment.
Source: Yellow Paper appendix H.2, 0x00s to 0x10s; EIP-145 (shifts), EIP-7939 (CLZ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

MASK: Final = (1 << 256) - 1
SIGN: Final = 1 << 255
MODULUS: Final = 1 << 256
EXP_BYTE: Final = 50
"""Gas for each byte of the exponent (EIP-160)."""


def add(f: Frame, s: list[int]) -> None:
    """ADD."""
    a = s.pop()
    s[-1] = a + s[-1] & MASK


def mul(f: Frame, s: list[int]) -> None:
    """MUL."""
    a = s.pop()
    s[-1] = a * s[-1] & MASK


def sub(f: Frame, s: list[int]) -> None:
    """SUB: top − next."""
    a = s.pop()
    s[-1] = a - s[-1] & MASK


def div(f: Frame, s: list[int]) -> None:
    """DIV; by zero gives zero."""
    a = s.pop()
    b = s[-1]
    s[-1] = a // b if b else 0


def sdiv(f: Frame, s: list[int]) -> None:
    """SDIV: signed, rounding to zero; −2^255 / −1 wraps to itself."""
    a = s.pop()
    b = s[-1]
    if b:
        if a & SIGN:
            a -= MODULUS
        if b & SIGN:
            b -= MODULUS
        quotient = abs(a) // abs(b)
        s[-1] = (quotient if (a < 0) == (b < 0) else -quotient) & MASK


def mod(f: Frame, s: list[int]) -> None:
    """MOD; by zero gives zero."""
    a = s.pop()
    b = s[-1]
    s[-1] = a % b if b else 0


def smod(f: Frame, s: list[int]) -> None:
    """SMOD: signed, with the sign of the dividend."""
    a = s.pop()
    b = s[-1]
    if b:
        if b & SIGN:
            b = MODULUS - b
        s[-1] = -((MODULUS - a) % b) & MASK if a & SIGN else a % b


def addmod(f: Frame, s: list[int]) -> None:
    """ADDMOD, without wrapping in between."""
    a = s.pop()
    b = s.pop()
    n = s[-1]
    s[-1] = (a + b) % n if n else 0


def mulmod(f: Frame, s: list[int]) -> None:
    """MULMOD, without wrapping in between."""
    a = s.pop()
    b = s.pop()
    n = s[-1]
    s[-1] = a * b % n if n else 0


def exp(f: Frame, s: list[int]) -> None:
    """EXP; pays for the length of the exponent."""
    a = s.pop()
    b = s[-1]
    f.charge(EXP_BYTE * ((b.bit_length() + 7) >> 3))
    s[-1] = pow(a, b, MODULUS)


def signextend(f: Frame, s: list[int]) -> None:
    """SIGNEXTEND: the number in the lowest top+1 bytes, sign carried up."""
    size = s.pop()
    if size < 31:
        value = s[-1]
        bit = 8 * size + 7
        low = value & ((1 << bit + 1) - 1)
        s[-1] = low | (MASK ^ ((1 << bit + 1) - 1)) if low >> bit else low


def lt(f: Frame, s: list[int]) -> None:
    """LT."""
    a = s.pop()
    s[-1] = 1 if a < s[-1] else 0


def gt(f: Frame, s: list[int]) -> None:
    """GT."""
    a = s.pop()
    s[-1] = 1 if a > s[-1] else 0


def slt(f: Frame, s: list[int]) -> None:
    """SLT: flipping the sign bit turns signed order into unsigned."""
    a = s.pop()
    s[-1] = 1 if a ^ SIGN < s[-1] ^ SIGN else 0


def sgt(f: Frame, s: list[int]) -> None:
    """SGT."""
    a = s.pop()
    s[-1] = 1 if a ^ SIGN > s[-1] ^ SIGN else 0


def eq(f: Frame, s: list[int]) -> None:
    """EQ."""
    a = s.pop()
    s[-1] = 1 if a == s[-1] else 0


def iszero(f: Frame, s: list[int]) -> None:
    """ISZERO."""
    s[-1] = 0 if s[-1] else 1


def and_(f: Frame, s: list[int]) -> None:
    """AND."""
    a = s.pop()
    s[-1] &= a


def or_(f: Frame, s: list[int]) -> None:
    """OR."""
    a = s.pop()
    s[-1] |= a


def xor(f: Frame, s: list[int]) -> None:
    """XOR."""
    a = s.pop()
    s[-1] ^= a


def not_(f: Frame, s: list[int]) -> None:
    """NOT."""
    s[-1] ^= MASK


def byte(f: Frame, s: list[int]) -> None:
    """BYTE: number top of the next, counted from the most significant."""
    i = s.pop()
    s[-1] = s[-1] >> 8 * (31 - i) & 0xFF if i < 32 else 0


def shl(f: Frame, s: list[int]) -> None:
    """SHL."""
    n = s.pop()
    s[-1] = s[-1] << n & MASK if n < 256 else 0


def shr(f: Frame, s: list[int]) -> None:
    """SHR."""
    n = s.pop()
    s[-1] = s[-1] >> n if n < 256 else 0


def sar(f: Frame, s: list[int]) -> None:
    """SAR: signed shift right."""
    n = s.pop()
    value = s[-1]
    if value & SIGN:
        s[-1] = (value - MODULUS) >> n & MASK if n < 256 else MASK
    else:
        s[-1] = value >> n if n < 256 else 0


def clz(f: Frame, s: list[int]) -> None:
    """CLZ: leading zero bits; 256 for zero."""
    s[-1] = 256 - s[-1].bit_length()


def pop(f: Frame, s: list[int]) -> None:
    """POP."""
    s.pop()
