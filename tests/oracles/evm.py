"""The interpreter's judge: one instruction at a time, from the Yellow Paper, for what needs no state.

Nothing is decoded beforehand and nothing is shared with the interpreter that it judges: not the prices, not
the arithmetic, not the search for jump destinations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

WORD = 2**256
# Opcode → (gas, function of the operands, top first).
Operator = Callable[..., int]


def signed(value: int) -> int:
    return value - WORD if value >= WORD // 2 else value


def _sdiv(a: int, b: int) -> int:
    x, y = signed(a), signed(b)
    if y == 0:
        return 0
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


def _smod(a: int, b: int) -> int:
    x, y = signed(a), signed(b)
    return 0 if y == 0 else abs(x) % abs(y) * (-1 if x < 0 else 1)


def _signextend(size: int, value: int) -> int:
    if size > 31:
        return value
    part = value.to_bytes(32, "big")[31 - size :]
    return int.from_bytes(part, "big", signed=True)


def _byte(index: int, value: int) -> int:
    return value.to_bytes(32, "big")[index] if index < 32 else 0


def _shift(n: int, value: int, *, left: bool) -> int:
    if n > 255:
        return 0
    return value * 2**n if left else value // 2**n


UNARY: dict[int, tuple[int, Operator]] = {
    0x15: (3, lambda a: int(a == 0)),
    0x19: (3, lambda a: WORD - 1 - a),
    0x1E: (5, lambda a: 256 - len(f"{a:b}") if a else 256),
}
BINARY: dict[int, tuple[int, Operator]] = {
    0x01: (3, lambda a, b: a + b),
    0x02: (5, lambda a, b: a * b),
    0x03: (3, lambda a, b: a - b),
    0x04: (5, lambda a, b: a // b if b else 0),
    0x05: (5, _sdiv),
    0x06: (5, lambda a, b: a % b if b else 0),
    0x07: (5, _smod),
    0x0B: (5, _signextend),
    0x10: (3, lambda a, b: int(a < b)),
    0x11: (3, lambda a, b: int(a > b)),
    0x12: (3, lambda a, b: int(signed(a) < signed(b))),
    0x13: (3, lambda a, b: int(signed(a) > signed(b))),
    0x14: (3, lambda a, b: int(a == b)),
    0x16: (3, lambda a, b: a & b),
    0x17: (3, lambda a, b: a | b),
    0x18: (3, lambda a, b: a ^ b),
    0x1A: (3, _byte),
    0x1B: (3, lambda n, a: _shift(n, a, left=True)),
    0x1C: (3, lambda n, a: _shift(n, a, left=False)),
    0x1D: (3, lambda n, a: signed(a) // 2 ** min(n, 256)),
}
TERNARY: dict[int, tuple[int, Operator]] = {
    0x08: (8, lambda a, b, n: (a + b) % n if n else 0),
    0x09: (8, lambda a, b, n: a * b % n if n else 0),
}

End = Literal["stop", "return", "revert", "halt"]


class _Halt(Exception):
    pass


@dataclass
class Machine:
    """Code and gas in; ``run`` leaves stack, memory, gas and output."""

    code: bytes
    gas: int
    stack: list[int] = field(default_factory=list)
    memory: bytearray = field(default_factory=bytearray)
    output: bytes = b""
    pc: int = 0

    def run(self) -> End:
        try:
            while True:
                end = self.step()
                if end is not None:
                    return end
        except _Halt:
            self.gas = 0
            return "halt"

    def step(self) -> End | None:
        op = self.code[self.pc] if self.pc < len(self.code) else 0
        here, self.pc = self.pc, self.pc + 1
        for table, operands in ((UNARY, 1), (BINARY, 2), (TERNARY, 3)):
            if op in table:
                gas, function = table[op]
                self.pay(gas)
                self.push(function(*(self.pop() for _ in range(operands))) % WORD)
                return None
        if op == 0x00:
            return "stop"
        if op == 0x0A:
            base, exponent = self.pop(), self.pop()
            self.pay(10 + 50 * len(exponent.to_bytes(32, "big").lstrip(b"\0")))
            self.push(pow(base, exponent, WORD))
        elif op == 0x50:
            self.pay(2)
            self.pop()
        elif op == 0x51:
            self.pay(3)
            self.push(int.from_bytes(self.span(self.pop(), 32), "big"))
        elif op in {0x52, 0x53}:
            self.pay(3)
            at, value = self.pop(), self.pop()
            data = value.to_bytes(32, "big")[0 if op == 0x52 else 31 :]
            self.span(at, len(data))
            self.memory[at : at + len(data)] = data
        elif op in {0x56, 0x57}:
            self.pay(8 if op == 0x56 else 10)
            to = self.pop()
            if op == 0x56 or self.pop():
                self.pc = self.checked(to)
        elif op == 0x58:
            self.pay(2)
            self.push(here)
        elif op == 0x59:
            self.pay(2)
            self.push(len(self.memory))
        elif op == 0x5A:
            self.pay(2)
            self.push(self.gas)
        elif op == 0x5B:
            self.pay(1)
        elif op == 0x5E:
            to, at, size = self.pop(), self.pop(), self.pop()
            self.pay(3 + 3 * -(-size // 32))
            self.span(max(to, at), size)
            data = self.span(at, size)
            self.memory[to : to + len(data)] = data
        elif 0x5F <= op <= 0x7F:
            self.pay(2 if op == 0x5F else 3)
            size = op - 0x5F
            data = (self.code + bytes(32))[self.pc : self.pc + size]
            self.pc += size
            self.push(int.from_bytes(data, "big"))
        elif 0x80 <= op <= 0x8F:
            self.pay(3)
            self.reach(op - 0x7F)
            self.push(self.stack[-(op - 0x7F)])
        elif 0x90 <= op <= 0x9F:
            self.pay(3)
            depth = op - 0x8F
            self.reach(depth + 1)
            self.stack[-1], self.stack[-1 - depth] = self.stack[-1 - depth], self.stack[-1]
        elif op in {0xF3, 0xFD}:
            at, size = self.pop(), self.pop()
            self.output = self.span(at, size)
            return "return" if op == 0xF3 else "revert"
        else:
            raise _Halt
        return None

    def pay(self, gas: int) -> None:
        if gas > self.gas:
            raise _Halt
        self.gas -= gas

    def reach(self, depth: int) -> None:
        if len(self.stack) < depth:
            raise _Halt

    def pop(self) -> int:
        self.reach(1)
        return self.stack.pop()

    def push(self, value: int) -> None:
        if len(self.stack) == 1024:
            raise _Halt
        self.stack.append(value)

    def span(self, at: int, size: int) -> bytes:
        """The range, after paying for the memory that it reaches."""
        if size == 0:
            return b""
        words, before = -(-(at + size) // 32), len(self.memory) // 32
        if words > before:
            self.pay(memory_cost(words) - memory_cost(before))
            self.memory.extend(bytes(32 * (words - before)))
        return bytes(self.memory[at : at + size])

    def checked(self, to: int) -> int:
        at = 0
        while at < len(self.code):
            if at == to and self.code[at] == 0x5B:
                return to
            at += self.code[at] - 0x5F + 1 if 0x60 <= self.code[at] <= 0x7F else 1
        raise _Halt


def memory_cost(words: int) -> int:
    """Yellow Paper (326)."""
    return 3 * words + words**2 // 512
