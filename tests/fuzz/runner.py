"""Run a campaign: cases by number, in worker processes with a limit on memory, and count what comes of them.

A worker takes a stretch of numbers at a time and writes the number of the case that it is at into memory
that it shares: if it dies, that case is the finding, and the stretch goes on behind it.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from typing import Any

from tests.fuzz.judge import MEMORY, SECONDS, run_case
from tests.fuzz.registry import make_case, mutators
from tests.fuzz.seeds import seeds

STRETCH = 2000


@dataclass
class Report:
    """Counts: cases by kind and result, refusals by code, the slowest cases; findings as (number, what)."""

    cases: int = 0
    results: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int]] = field(default_factory=list)
    findings: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    peak_memory: int = 0

    def add(self, other: Report) -> None:
        """Take in the counts of a stretch."""
        self.cases += other.cases
        self.results += other.results
        self.codes += other.codes
        self.slowest = sorted([*self.slowest, *other.slowest], reverse=True)[:10]
        self.findings += other.findings
        self.seconds += other.seconds
        self.peak_memory = max(self.peak_memory, other.peak_memory)

    def to_json(self) -> dict[str, Any]:
        """As plain values, which ``from_json`` reads."""
        return {
            "cases": self.cases,
            "results": [[kind, result, count] for (kind, result), count in sorted(self.results.items())],
            "codes": dict(self.codes.most_common()),
            "slowest": self.slowest,
            "findings": self.findings,
            "seconds": self.seconds,
            "peak_memory": self.peak_memory,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        """A report that was kept."""
        return cls(
            value["cases"],
            Counter({(kind, result): count for kind, result, count in value["results"]}),
            Counter(value["codes"]),
            [(seconds, number) for seconds, number in value["slowest"]],
            [(number, what) for number, what in value["findings"]],
            value["seconds"],
            value["peak_memory"],
        )

    def by_result(self) -> Counter[str]:
        """How many cases ended in each way."""
        total: Counter[str] = Counter()
        for (_, result), count in self.results.items():
            total[result] += count
        return total


def run_stretch(
    campaign: int,
    first: int,
    last: int,
    at: Any = None,
    until: float | None = None,
    kinds: tuple[str, ...] = (),
) -> Report:
    """Cases ``first`` … ``last`` - 1 in this process; ``until``: the monotonic time at which to stop."""
    report = Report()
    for number in range(first, last):
        if until is not None and time.monotonic() >= until:
            break
        if at is not None:
            at.value = number
        case = make_case(campaign, number, kinds)
        outcome = run_case(case)
        report.cases += 1
        # what a weaker acceptance leaves open is counted apart
        result = f"weaker: {outcome.what}" if outcome.result == "weaker" else outcome.result
        report.results[case.kind, result] += 1
        report.seconds += outcome.seconds
        if outcome.result == "refused":
            report.codes[outcome.what] += 1
        elif outcome.result == "finding":
            report.findings.append((number, outcome.what))
        report.slowest = sorted([*report.slowest, (outcome.seconds, number)], reverse=True)[:10]
    report.peak_memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return report


def limit_memory(limit: int = MEMORY) -> None:
    """Let this process have no more address space than that."""
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _work(
    campaign: int, kinds: tuple[str, ...], tasks: Any, results: Any, at: Any, until: float | None
) -> None:
    limit_memory()
    while True:
        stretch = tasks.get()
        if stretch is None:
            return
        results.put((stretch, run_stretch(campaign, *stretch, at, until, kinds)))


@dataclass
class _Worker:
    process: ForkProcess
    tasks: Any
    at: Any
    stretch: tuple[int, int] | None = None


def run(
    campaign: int,
    cases: int,
    *,
    seconds: float | None = None,
    jobs: int = 1,
    first: int = 0,
    kinds: tuple[str, ...] = (),
    tell: Callable[[Report], None] | None = None,
) -> Report:
    """Cases ``first`` … of a campaign in ``jobs`` processes, until there are ``cases`` or time is up."""
    mutators()
    for seed in seeds().values():  # in the parent, once for all workers
        seed.meanings()
    context = multiprocessing.get_context("fork")
    until = None if seconds is None else time.monotonic() + seconds
    waiting = [(at, min(at + STRETCH, first + cases)) for at in range(first, first + cases, STRETCH)][::-1]
    results = context.SimpleQueue()
    total = Report()

    def start() -> _Worker:
        tasks, at = context.SimpleQueue(), context.Value("q", -1, lock=False)
        process = context.Process(
            target=_work, args=(campaign, kinds, tasks, results, at, until), daemon=True
        )
        process.start()
        return _Worker(process, tasks, at)

    def give(worker: _Worker) -> None:
        late = until is not None and time.monotonic() >= until
        worker.stretch = None if late or not waiting else waiting.pop()
        worker.tasks.put(worker.stretch)

    workers = [start() for _ in range(jobs)]
    for worker in workers:
        give(worker)
    while any(worker.stretch is not None for worker in workers):
        while not results.empty():
            stretch, report = results.get()
            total.add(report)
            worker = next(each for each in workers if each.stretch == stretch)
            give(worker)
            if tell is not None:
                tell(total)
        for i, worker in enumerate(workers):
            if worker.stretch is not None and not worker.process.is_alive() and results.empty():
                number, (_, end) = worker.at.value, worker.stretch
                total.findings.append((number, f"the process died with {worker.process.exitcode}"))
                total.cases += 1
                waiting.append((number + 1, end))
                workers[i] = start()
                give(workers[i])
        time.sleep(0.02)
    for worker in workers:
        worker.process.join()
    return total


def limits() -> str:
    """The limits of a case, in words."""
    return f"{SECONDS:g} s of the processor and {MEMORY >> 20} MiB of address space"
