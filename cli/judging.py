"""From an input named on the command line to results: read it, judge every block in it, keep what is shown.

Results are the JSON form of verdicts, so that they pass between processes as they are and what is drawn can
say no more than what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.settings import Settings
from cli.terminal import printable, warn
from verkle.errors import MalformedError, StatelessError

if TYPE_CHECKING:
    from stateless.verdict import Outcome
    from witness.block import BlockInput

# Of an input that was found by searching, not named: it is of no concern.
NOT_OURS: Final = "UNKNOWN_FORMAT"


@dataclass(frozen=True, slots=True)
class Task:
    """One input to judge. ``path``: ``None`` for standard input. ``named``: by the user, not found by a
    search. ``group``: index of the command's argument that named or found it."""

    name: str
    path: Path | None
    named: bool
    group: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the command's options say about how to judge."""

    rules: str | None
    chain_config: Mapping[str, object] | None
    pre_root: bytes | None
    proof_only: bool
    strict: bool
    allow_surplus: bool
    format: str | None
    max_bytes: int
    block: BlockInput | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A verdict as JSON, and why each check was skipped, in the order of the checks."""

    json: dict[str, Any]
    notes: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one task.

    ``passed_over``: it was found by searching and is of no known format. ``crash``: the fault of this
    program or machine that kept it from being judged, with a traceback where there is one; then there are no
    results.
    """

    results: tuple[Result, ...] = ()
    passed_over: bool = False
    crash: str | None = None
    traceback: str | None = None


def find_tasks(arguments: Iterable[str]) -> list[Task]:
    """All inputs that the arguments mean, in order, standard input not yet read.

    Everything is looked for before anything is judged: a mistyped path ends the command at once. Raises
    ``witness.errors.UsageError``.
    """
    from witness.errors import UsageError
    from witness.source import expand

    tasks: list[Task] = []
    for group, argument in enumerate(arguments):
        # One argument at a time, so that a directory without any block can be told by its group.
        tasks += [Task(source.name, source.path, source.named, group) for source in expand([argument])]
    if sum(task.path is None for task in tasks) > 1:
        raise UsageError("STDIN_TWICE", "standard input (-) can be read only once")
    return tasks


def read(task: Task, max_bytes: int) -> bytes:
    """The input's bytes, decompressed. Raises ``MalformedError``."""
    from witness.errors import UsageError
    from witness.source import Source

    try:
        return Source(task.name, task.path, task.named).read(max_bytes)
    except UsageError as error:  # it was there when it was looked for
        raise MalformedError("INPUT_UNREADABLE", error.message, where={"input": task.name}) from error


def work_through(
    tasks: Sequence[Task], work: Callable[[Task], Judged], jobs: int
) -> Iterator[tuple[Task, Judged]]:
    """Do ``work`` on every task, in ``jobs`` processes if there are tasks for several; yields in the order of
    the tasks. Other processes must be able to import ``work``."""
    if jobs > 1 and len(tasks) > 1:
        from cli.pool import run_each

        yield from run_each(tasks, work, min(jobs, len(tasks)))
        return
    for task in tasks:
        yield task, work(task)


def guarded(work: Callable[[], Judged]) -> Judged:
    """What comes of ``work``; its crash, where it ends in one: no input may hide the others."""
    try:
        return work()
    except MemoryError:
        return Judged(crash="out of memory")
    except Exception as error:  # noqa: BLE001 (whatever this program stumbles over)
        import traceback

        text = "".join(traceback.format_exception(error))
        return Judged(crash=f"internal error: {type(error).__name__}: {error}", traceback=text)


def warn_of_crash(settings: Settings, task: Task, judged: Judged) -> None:
    """Say on standard error which input it was, and with ``-v`` where."""
    if settings.verbose and judged.traceback:
        warn(judged.traceback.rstrip())
    warn(f"stateless: {printable(task.name)}: {judged.crash}")


def judge(task: Task, rules: Rules) -> Judged:
    """Read one input and judge each of its blocks."""
    return guarded(lambda: _judge(task, rules))


def _judge(task: Task, rules: Rules) -> Judged:
    try:
        data = read(task, rules.max_bytes)
    except StatelessError as error:
        return Judged((refusal(task.name, error),))
    from stateless.verifier import verify_all

    verdicts = verify_all(
        data,
        task.name,
        format=rules.format,
        rules=rules.rules,
        chain_config=rules.chain_config,
        pre_root=rules.pre_root,
        proof_only=rules.proof_only,
        strict=rules.strict,
        allow_surplus=rules.allow_surplus,
        block=rules.block,
    )
    if not task.named and len(verdicts) == 1:
        refused = verdicts[0].error
        if refused is not None and refused.code == NOT_OURS:
            return Judged(passed_over=True)
    return Judged(
        tuple(
            Result(verdict.to_json(), tuple(check.note for check in verdict.checks)) for verdict in verdicts
        )
    )


def refusal(name: str, error: StatelessError) -> Result:
    """The result for an input that could not even be read."""
    from stateless.verdict import Verdict
    from stateless.verifier import peak_memory_bytes

    error.stage = "DECODE"
    verdict = Verdict(
        input=name,
        name=name,
        verdict=outcome(error),
        error=error,
        peak_memory_bytes=peak_memory_bytes(),
    )
    return Result(verdict.to_json())


def outcome(error: StatelessError) -> Outcome:
    """The verdict that an error means."""
    families: dict[str, Outcome] = {
        "invalid": "invalid",
        "malformed": "malformed",
        "unsupported": "unsupported",
        "incomplete": "incomplete",
    }
    return families[error.family]


def other_files(number: int) -> str:
    """How many files were passed over, in words."""
    return "1 JSON file of another kind" if number == 1 else f"{number:,} JSON files of other kinds"


def nothing_found(argument: str, passed_over: int) -> Result:
    """The result for a directory, a glob or a list in which there was no block at all."""
    seen = f"only {other_files(passed_over)}" if passed_over else "no JSON file"
    return refusal(
        argument,
        MalformedError(
            "UNKNOWN_FORMAT", f"no block and no witness found here: {seen}", where={"input": argument}
        ),
    )


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """The exit code for these verdicts: the worst."""
    from stateless.verdict import Verdict, worst_exit_code

    return worst_exit_code(Verdict("", "", outcome) for outcome in outcomes)
