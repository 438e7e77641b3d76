"""What ``blocktest`` and ``statetest`` share: run the tests of every file, count, report, end."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from cli.exit_codes import ExitCode
from cli.judging import (
    NOT_OURS,
    Judged,
    Result,
    Task,
    find_tasks,
    guarded,
    other_files,
    read,
    warn_of_crash,
    work_through,
)
from cli.options import regular_expression
from cli.parameters import AsJson, Paths, TestPattern, jobs_option
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import console, folded, note, printable, screen, warn
from verkle.errors import MalformedError, StatelessError

if TYPE_CHECKING:
    from rich.console import Console

Kind = Literal["block", "state"]
SCHEMA: Final = "stateless/tests/1"
STATUSES: Final = ("passed", "failed", "skipped")
CROSS_CHECK: Final = "CROSS_CHECK_DIFFERS"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is run. ``pattern``: of the ids of tests, ``None`` for all."""

    kind: Kind
    pattern: str | None
    max_bytes: int


def command_for(kind: Kind) -> Callable[..., None]:
    """The command that runs the tests of one kind."""

    @with_settings
    def command(
        settings: Settings,
        paths: Paths,
        pattern: TestPattern = None,
        jobs: Annotated[str, jobs_option("Run")] = "1",
        as_json: AsJson = False,
    ) -> None:
        raise typer.Exit(run(settings, kind, paths, pattern, jobs, as_json=as_json))

    return command


def run(
    settings: Settings, kind: Kind, paths: Sequence[str], pattern: str | None, jobs: str, *, as_json: bool
) -> int:
    """Run the tests in all files; returns the exit code. Raises ``typer.BadParameter``, ``UsageError``."""
    workers = whole_number(jobs, "--jobs", 1)
    if pattern is not None:
        regular_expression(pattern)
    asked = Asked(kind, pattern, settings.max_bytes)
    tasks = find_tasks(paths)
    report = Report(settings, as_json=as_json)
    start = perf_counter()
    found: Counter[int] = Counter()
    passed_over = 0
    crashed = False
    for task, judged in work_through(tasks, partial(run_file, asked=asked), workers):
        for result in judged.results:
            report.add(result.json)
        passed_over += judged.passed_over
        found[task.group] += not judged.passed_over
        if judged.crash is not None:
            crashed = True
            warn_of_crash(settings, task, judged)
    for group, argument in enumerate(paths):
        if not found[group]:
            error = MalformedError("UNKNOWN_FORMAT", f"no {kind} test found here", where={"input": argument})
            report.add(_unreadable(argument, error))
    if passed_over:
        note(settings, f"skipped {other_files(passed_over)}, found while searching")
    if not report.seen and not crashed:
        raise typer.BadParameter(f"no test has an id that {pattern!a} matches", param_hint="--run")
    report.finish(perf_counter() - start)
    return ExitCode.INTERNAL if crashed else report.exit_code()


def run_file(task: Task, asked: Asked) -> Judged:
    """Read one file and run its tests; each result is the JSON of a test."""
    return guarded(lambda: _run_file(task, asked))


def _run_file(task: Task, asked: Asked) -> Judged:
    from stateless.eest.run import run_tests

    select: Callable[[str], bool] | None = None
    if asked.pattern is not None:
        expression = re.compile(asked.pattern)
        select = lambda name: expression.search(name) is not None  # noqa: E731
    try:
        results = [result.to_json() for result in run_tests(read(task, asked.max_bytes), asked.kind, select)]
    except StatelessError as error:
        if error.code == NOT_OURS and not task.named:
            return Judged(passed_over=True)
        return Judged((Result(_unreadable(task.name, error)),))
    return Judged(tuple(Result(result) for result in results))


def _unreadable(name: str, error: StatelessError) -> dict[str, Any]:
    from stateless.verdict import error_to_json

    error.stage = "DECODE"
    return {"name": name, "fork": None, "status": "failed", "error": error_to_json(error)}


class Report:
    """Counts results and prints them: failures as they come, with ``-v`` every test; the sum at the end, and
    on standard error what to do next."""

    def __init__(self, settings: Settings, *, as_json: bool) -> None:
        self._settings = settings
        self._screen = screen(settings)
        self._json: list[str] | None = [] if as_json else None
        self._by_fork: dict[str, Counter[str]] = {}
        self._codes: Counter[int] = Counter()
        self._errors: list[Mapping[str, Any]] = []
        self.seen = 0

    def add(self, result: Mapping[str, Any]) -> None:
        """Take the next result."""
        self.seen += 1
        fork = result["fork"] or "-"
        self._by_fork.setdefault(fork, Counter())[result["status"]] += 1
        if result["status"] == "failed":
            self._codes[_exit_code(result)] += 1
            self._errors.append(result["error"])
        if self._json is not None:
            self._json.append(json.dumps(result))
        elif result["status"] == "failed" or self._settings.verbose:
            print(folded(_line(result), hanging=4), flush=True)

    def exit_code(self) -> int:
        """6 if a cross-check differs, else 1 if a test fails, else 3 if an input cannot be read."""
        order = (ExitCode.CROSS_CHECK, ExitCode.INVALID, ExitCode.MALFORMED)
        return next((code for code in order if self._codes[code]), ExitCode.VALID)

    def finish(self, seconds: float) -> None:
        """Print the JSON object, or the sum."""
        totals = {status: self._total(status) for status in STATUSES}
        if self._json is not None:
            print(f'{json.dumps({"schema": SCHEMA, **totals})[:-1]}, "results": [')
            print(",\n".join(self._json))
            print("]}")
            return
        if self._settings.quiet:
            return
        text = ", ".join(f"{count:,} {status}" for status, count in totals.items())
        if self._screen.drawn:
            drawing = console(self._settings)
            self._draw(drawing)
            drawing.print(f"{text}, {seconds:.1f} s", style="bold red" if totals["failed"] else "bold green")
            self._say_next()
            return
        if totals["skipped"]:
            skipped = [(fork, counts["skipped"]) for fork, counts in self._by_fork.items()]
            text += f" ({', '.join(f'{printable(fork)} {count:,}' for fork, count in skipped if count)})"
        print(f"{text}, {seconds:.1f} s", flush=True)
        self._say_next()

    def _say_next(self) -> None:
        from cli.verdict_lines import next_steps

        for step in next_steps(self._errors):
            warn(step)

    def _total(self, status: str) -> int:
        return sum(counts[status] for counts in self._by_fork.values())

    def _draw(self, drawing: Console) -> None:
        from rich.table import Table

        table = Table("network", box=None)
        for status in STATUSES:
            table.add_column(status, justify="right")
        for fork, counts in self._by_fork.items():
            cells = [f"{counts[status]:,}" if counts[status] else "" for status in STATUSES]
            table.add_row(printable(fork), *cells)
        drawing.print(table)
        sys.stdout.flush()


def _exit_code(result: Mapping[str, Any]) -> ExitCode:
    if result["error"] is not None and result["error"]["code"] == CROSS_CHECK:
        return ExitCode.CROSS_CHECK
    return ExitCode.MALFORMED if result["fork"] is None else ExitCode.INVALID


def _line(result: Mapping[str, Any]) -> str:
    from cli.error_words import one_line

    text = f"{result['status']:<8} {printable(result['name'])}"
    if result["fork"] is not None:
        text += f"  {printable(result['fork'])}"
    return text if result["error"] is None else f"{text}  {one_line(result['error'])}"
