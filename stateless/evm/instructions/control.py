"""Pushing, duplicating, exchanging, jumping and ending. Most are made when code is decoded.

Source: Yellow Paper appendix H.2, 0x00, 0x50s to 0x9f, 0xf3, 0xfd, 0xfe; EIP-3855.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from stateless.evm.code import Operation
from stateless.evm.frame import DONE
from stateless.evm.halts import Halt, Revert

if TYPE_CHECKING:
    from stateless.evm.frame import Frame


def push(value: int) -> Operation:
    """PUSH of a known value."""

    def operation(f: Frame, s: list[int]) -> None:
        s.append(value)

    return operation


def push_across(chunks: Sequence[int], start: int, size: int) -> Operation:
    """PUSH of data that touches these code chunks: they are paid for before it is known."""

    def operation(f: Frame, s: list[int]) -> None:
        f.environment.policy.push_chunks(f, chunks)
        f.code.require(start, start + size)
        s.append(int.from_bytes(f.code.data[start : start + size].ljust(size, b"\0"), "big"))

    return operation


def dup(n: int) -> Operation:
    """DUP1 … DUP16."""

    def operation(f: Frame, s: list[int]) -> None:
        s.append(s[-n])

    return operation


def swap(n: int) -> Operation:
    """SWAP1 … SWAP16."""
    at = -n - 1

    def operation(f: Frame, s: list[int]) -> None:
        s[-1], s[at] = s[at], s[-1]

    return operation


def pc(value: int) -> Operation:
    """PC: known when code is decoded."""
    return push(value)


def jump(f: Frame, s: list[int]) -> int:
    """JUMP to a destination from the stack."""
    destination = s.pop()
    if destination not in f.code.jump_destinations:
        _bad_jump(f, destination)
    return destination


def _bad_jump(f: Frame, destination: int) -> NoReturn:
    f.environment.policy.bad_jump(f, destination)
    f.code.require(destination, destination + 1)
    raise Halt("jump to what is no destination")


def jumpi(after: int) -> Operation:
    """JUMPI; ``after`` is where to go on if the condition is zero."""

    def operation(f: Frame, s: list[int]) -> int:
        destination = s.pop()
        if not s.pop():
            return after
        if destination not in f.code.jump_destinations:
            _bad_jump(f, destination)
        return destination

    return operation


def jumpi_to(destination: int, after: int) -> Operation:
    """PUSH and JUMPI together, to a valid destination."""

    def operation(f: Frame, s: list[int]) -> int:
        return destination if s.pop() else after

    return operation


def jumpi_unless(destination: int, after: int) -> Operation:
    """ISZERO, PUSH and JUMPI together, to a valid destination."""

    def operation(f: Frame, s: list[int]) -> int:
        return after if s.pop() else destination

    return operation


def stop(f: Frame, s: list[int]) -> int:
    """STOP."""
    return DONE


def end_of_code(f: Frame, s: list[int]) -> int:
    """The STOP that stands right behind the code, where running code is recorded."""
    f.environment.policy.end_of_code(f)
    return DONE


def return_(f: Frame, s: list[int]) -> int:
    """RETURN."""
    offset, size = s.pop(), s.pop()
    f.expand(offset, size)
    f.output = f.read(offset, size)
    return DONE


def revert(f: Frame, s: list[int]) -> int:
    """REVERT."""
    offset, size = s.pop(), s.pop()
    f.expand(offset, size)
    raise Revert(f.read(offset, size))


def invalid(f: Frame, s: list[int]) -> int:
    """INVALID, and every opcode that the rule set does not have."""
    raise Halt("invalid instruction")
