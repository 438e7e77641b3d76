"""How a frame can end other than by STOP or RETURN.

These never leave the interpreter: they end a frame, not the program, and say nothing about the input.
"""

from __future__ import annotations

__all__ = ["Halt", "KeepGas", "OutOfGas", "Revert"]


class Halt(Exception):
    """Exceptional halt: the frame's gas is gone and its changes are undone. ``reason`` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutOfGas(Halt):
    """The most common halt, with its own class because traces name it."""

    def __init__(self) -> None:
        super().__init__("out of gas")


class KeepGas(Exception):
    """A deployment that fails with its gas given back (Kaustinen-2 to 4, alone among networks)."""

    def __init__(self, gas: int) -> None:
        super().__init__("out of gas")
        self.gas = gas


class Revert(Exception):
    """REVERT: the changes are undone, the gas that is left and the output go back to the caller."""

    def __init__(self, output: bytes) -> None:
        super().__init__("revert")
        self.output = output
