"""A PUSH and the instruction behind it as one operation: a quarter of all code is PUSH.

Each maker takes the pushed value, which would have been on top of the stack. Gas and stack limits are those
of the two instructions, and are the segment's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from stateless.evm.code import Operation
from stateless.evm.instructions import arithmetic as a
from stateless.evm.instructions import memory as m
from stateless.evm.instructions.arithmetic import MASK

if TYPE_CHECKING:
    from stateless.evm.frame import Frame


def _add(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = value + s[-1] & MASK

    return operation


def _mul(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = value * s[-1] & MASK

    return operation


def _sub(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = value - s[-1] & MASK

    return operation


def _and(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] &= value

    return operation


def _or(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] |= value

    return operation


def _eq(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = 1 if value == s[-1] else 0

    return operation


def _lt(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = 1 if value < s[-1] else 0

    return operation


def _gt(value: int) -> Operation:
    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = 1 if value > s[-1] else 0

    return operation


def _shl(value: int) -> Operation:
    if value > 255:
        return _zero

    def operation(f: Frame, s: list[int]) -> None:
        s[-1] = s[-1] << value & MASK

    return operation


def _shr(value: int) -> Operation:
    if value > 255:
        return _zero

    def operation(f: Frame, s: list[int]) -> None:
        s[-1] >>= value

    return operation


def _zero(f: Frame, s: list[int]) -> None:
    s[-1] = 0


def _mload(value: int) -> Operation:
    end = value + 32

    def operation(f: Frame, s: list[int]) -> None:
        if end > len(f.memory):
            f.expand(value, 32)
        s.append(int.from_bytes(f.memory[value:end], "big"))

    return operation


def _mstore(value: int) -> Operation:
    end = value + 32

    def operation(f: Frame, s: list[int]) -> None:
        if end > len(f.memory):
            f.expand(value, 32)
        f.memory[value:end] = s.pop().to_bytes(32, "big")

    return operation


def push_below(value: int) -> Operation:
    """PUSH and SWAP1: the value goes below what is on top."""

    def operation(f: Frame, s: list[int]) -> None:
        s.append(s[-1])
        s[-2] = value

    return operation


FUSED: Final[Mapping[Operation, Callable[[int], Operation]]] = MappingProxyType(
    {
        a.add: _add,
        a.mul: _mul,
        a.sub: _sub,
        a.and_: _and,
        a.or_: _or,
        a.eq: _eq,
        a.lt: _lt,
        a.gt: _gt,
        a.shl: _shl,
        a.shr: _shr,
        m.mload: _mload,
        m.mstore: _mstore,
    }
)
"""By the operation of the second instruction."""
