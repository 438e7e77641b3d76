"""Timing: phases of one piece of work, repeated, and what is said of the repetitions."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any, Final

OURS: Final = "stateless"
"""This implementation's name among those measured."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One phase of one piece of work: a duration a run, in milliseconds, in order."""

    name: str
    implementation: str
    phase: str
    runs_ms: tuple[float, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median_ms(self) -> float:
        """The middle run."""
        return statistics.median(self.runs_ms)

    @property
    def iqr_ms(self) -> float:
        """Distance between the quartiles; 0 for a single run."""
        if len(self.runs_ms) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.runs_ms, n=4, method="inclusive")
        return high - low

    def to_json(self) -> dict[str, Any]:
        """A member of ``results`` in ``stateless/bench/1``."""
        return {
            "name": self.name,
            "implementation": self.implementation,
            "phase": self.phase,
            "runs": len(self.runs_ms),
            "median_ms": round(self.median_ms, 4),
            "min_ms": round(min(self.runs_ms), 4),
            "iqr_ms": round(self.iqr_ms, 4),
            **self.facts,
        }


def ours(name: str, laps: Mapping[str, tuple[float, ...]], facts: Mapping[str, Any]) -> list[Measured]:
    """Every phase of a piece of this program's work."""
    return [Measured(name, OURS, phase, ms, facts) for phase, ms in laps.items()]


class Phases:
    """A clock that notes how long each phase of a run took."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._last = perf_counter_ns()

    def lap(self, phase: str) -> None:
        """The phase that began with the last lap ends now; a phase entered twice adds up."""
        now = perf_counter_ns()
        self.ms[phase] = self.ms.get(phase, 0.0) + (now - self._last) / 1e6
        self._last = now


def repeat(work: Callable[[Phases], None], runs: int) -> dict[str, tuple[float, ...]]:
    """Do ``work`` once unmeasured (tables are built then) and ``runs`` times measured; milliseconds by phase.

    Garbage is collected before each run, outside the clock, as the peers do it.
    """
    work(Phases())
    laps: list[Phases] = []
    for _ in range(runs):
        gc.collect()
        phases = Phases()
        work(phases)
        laps.append(phases)
    return {phase: tuple(lap.ms[phase] for lap in laps) for phase in laps[0].ms}


def summed(phases: Mapping[str, Sequence[float]], names: Sequence[str]) -> tuple[float, ...]:
    """Several phases as one, run by run."""
    return tuple(sum(run) for run in zip(*(phases[name] for name in names), strict=True))
