"""Bounds on work and memory, so that every block ends, on any machine.

Gas alone does not bound it. Under the witness gas of the Verkle networks a call hands its callee 2,300 gas
for which nothing like that is charged, so that gas can grow, programs can run for ever, and honest ones take
more steps than their gas limit; and a block with a made-up parent may state any gas limit. What is counted is
gas *charged*: what a transaction began with, and all stipends that were given, less what is left in all its
frames; gas that a failing frame forfeits in one piece is no work and is not counted. It is counted over all
transactions of a block.

Source: SPEC 6.5, CALL family, item 4.
"""

from __future__ import annotations

from typing import Final

from verkle.errors import UnsupportedError

__all__ = ["GAS_RANGE", "LEAST_BOUND", "MOST_BOUND", "MOST_MEMORY", "Meter", "block_bound", "check_memory"]

TIMES_GAS_LIMIT: Final = 16
LEAST_BOUND: Final = TIMES_GAS_LIMIT * 30_000_000
"""For blocks with a small gas limit: system calls have 30,000,000 gas whatever it is."""
GAS_RANGE: Final = 1 << 64
"""Clients count gas modulo this."""
MOST_BOUND: Final = 1 << 33
"""Sixteen times the gas of a block of 537 million: minutes of work."""
MOST_MEMORY: Final = 1 << 28
"""What one frame may have here, and all that wait for it: 256 MiB, which cost 137 * 10^9 gas. As much is for
what a transaction could undo: 2^21 changes, which cost 210 * 10^6 gas."""


def block_bound(gas_limit: int) -> int:
    """The most gas that running a block may charge here: 16 times its gas limit, within limits."""
    return min(max(TIMES_GAS_LIMIT * gas_limit, LEAST_BOUND), MOST_BOUND)


def check_memory(size: int) -> None:
    """Refuse what a made-up gas limit pays for and no machine has.

    Raises:
        UnsupportedError: ``EXECUTION_MEMORY``.
    """
    if size > MOST_MEMORY:
        raise UnsupportedError(
            "EXECUTION_MEMORY",
            "running the block takes more memory than is given to it here",
            expected=f"at most {MOST_MEMORY}",
            got=size,
        )


class Meter:
    """Counts the gas charged in a block. In the transaction that runs, ``granted``: stipends given so far;
    ``forfeited``: gas lost with frames that failed; ``parked``: gas of the frames that wait for a child."""

    __slots__ = ("_start", "bound", "forfeited", "granted", "left", "parked")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.left = bound
        self._start = self.granted = self.parked = self.forfeited = 0

    def begin(self, gas: int) -> None:
        """A message that is nobody's child begins with this gas."""
        self._start, self.granted, self.parked, self.forfeited = gas, 0, 0, 0

    def forfeit(self, gas: int) -> None:
        """A frame has failed, with this gas still unspent."""
        self._start -= gas
        self.forfeited += gas

    def wrap(self) -> None:
        """A frame's gas has gone below zero, and so is ``GAS_RANGE`` more; no work is undone by that."""
        self.forfeit(-GAS_RANGE)

    def unwrap(self) -> None:
        """A frame's gas has come back over ``GAS_RANGE``, and so is that much less."""
        self.forfeit(GAS_RANGE)

    def end(self, gas_left: int) -> None:
        """It has ended with this gas."""
        self.left -= self._start + self.granted - gas_left

    def floor(self) -> int:
        """The gas below which the running frame has charged more than the bound allows; often negative."""
        return self._start + self.granted - self.parked - self.left

    def check(self, gas: int) -> None:
        """Refuse a frame with this gas left, if the bound is passed.

        Raises:
            UnsupportedError: ``STEP_BOUND``.
        """
        if gas < self.floor():
            raise UnsupportedError(
                "STEP_BOUND",
                "running the block charges more gas than is allowed for here; such programs may never end",
                expected=f"at most {self.bound}",
                got=self.bound - self.left + self._start + self.granted - self.parked - gas,
            )
