"""From inputs to comparisons: read, compare each block, keep the result, several at once if asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from cli.exit_codes import ExitCode
from cli.judging import (
    NOT_OURS,
    Judged,
    Result,
    Task,
    exit_code,
    guarded,
    nothing_found,
    outcome,
    read,
    warn_of_crash,
    work_through,
)
from cli.settings import Settings
from cli.terminal import note, printable, warn
from verkle.errors import StatelessError

if TYPE_CHECKING:
    from stateless.compare.engine import Asked, Compared
    from stateless.compare.keeping import Kept
    from stateless.verdict import Outcome as Verdict

__all__ = ["How", "Outcome", "compare_all"]

BROKEN: Final = "COMPARE_"
"""Codes that begin so say that a proof of this program's own fails."""


@dataclass(frozen=True, slots=True)
class How:
    """What the options say. ``fresh``: use nothing that was kept. ``folder``: where the witnesses that are
    made are written, ``None``: nowhere."""

    asked: Asked
    max_bytes: int
    fresh: bool
    folder: str | None = None


@dataclass(slots=True)
class Outcome:
    """What came of all inputs.

    ``inputs``: SHA-256 in hex of each that was compared, by name. ``refused``: members of ``refused`` in the
    document. ``broken``: the error of a proof that failed in this run; then there is no report.
    """

    compared: list[Compared] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    refused: list[Mapping[str, Any]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    broken: str | None = None
    crashed: bool = False

    @property
    def exit_code(self) -> int:
        """The worst of the inputs'."""
        return ExitCode.INTERNAL if self.crashed else exit_code(self.verdicts)


def compare_all(
    settings: Settings, arguments: Sequence[str], tasks: Sequence[Task], how: How, jobs: int
) -> Outcome:
    """Compare every block of every input that the arguments mean; says on standard error what is done and
    what is refused."""
    found = Outcome()
    start = perf_counter()
    for number, (task, judged) in enumerate(work_through(tasks, partial(compare_one, how=how), jobs), 1):
        if judged.crash is not None:
            found.crashed = True
            warn_of_crash(settings, task, judged)
            found.broken = found.broken or judged.crash
        for result in judged.results:
            _take(found, task, result.json)
        if not judged.passed_over and len(tasks) > 1:
            said = f"{number} of {len(tasks)}, {perf_counter() - start:.1f} s: {printable(task.name)}"
            kept = sum(result.json.get("kept", False) for result in judged.results)
            note(settings, said + (", kept from before" if kept else ""))
        if found.broken is not None:
            warn("A proof of this run does not hold, or the run failed: there is no report.")
            break
    for name in () if found.compared or found.refused or found.crashed else arguments:
        _take(found, None, nothing_found(name, len(tasks)).json)
    return found


def _take(found: Outcome, task: Task | None, said: Mapping[str, Any]) -> None:
    error = said.get("error")
    if error is None:
        from stateless.compare.engine import Compared
        from stateless.compare.rows import row_from_json

        rows = tuple(row_from_json(row) for row in said["rows"])
        found.compared.append(Compared(said["block"], rows, said["kept"]))
        found.verdicts.append("valid")
        if task is not None:
            found.inputs[task.name] = said["digest"]
        return
    from cli.error_words import one_line

    warn(f"not measured: {printable(str(said['name']))}: {one_line(error)}")
    found.refused.append({"input": said["input"], "name": said["name"], "error": error})
    found.verdicts.append(said.get("verdict", "malformed"))
    if str(error["code"]).startswith(BROKEN):
        found.broken = str(error["code"])


def compare_one(task: Task, how: How) -> Judged:
    """Read one input and compare each of its blocks; results are JSON, to pass between processes."""
    return guarded(lambda: _compare(task, how))


def _compare(task: Task, how: How) -> Judged:
    from witness.decode import decode_blocks

    try:
        data = read(task, how.max_bytes)
        blocks = decode_blocks(data, task.name)
    except StatelessError as error:
        error.stage = "DECODE"
        if not task.named and error.code == NOT_OURS:
            return Judged(passed_over=True)
        return Judged((_refused(task.name, task.name, error),))
    from pathlib import PurePath

    from cli.version import version
    from stateless.compare.cache import Cache, default_folder
    from stateless.compare.engine import compare_block

    digest = hashlib.sha256(data).digest()
    cache = Cache(default_folder(), version() or "checkout")
    results: list[Result] = []
    for number, block in enumerate(blocks):
        made: list[Kept] = []
        kept = None if how.fresh or how.folder is not None else cache.load(digest, number, how.asked)
        if kept is None:
            if block.name == task.name:  # nothing in the input names it; a path does not belong in a chart
                block = replace(block, name=PurePath(task.name).name)
            try:
                kept = compare_block(block, digest, how.asked, keep=made.append)
            except StatelessError as error:
                results.append(_refused(task.name, block.name, error))
                continue
            cache.keep(digest, number, how.asked, kept)
            if how.folder is not None:
                from cli.kept_witnesses import write_witnesses

                write_witnesses(how.folder, made)
        results.append(_result(kept, digest))
    return Judged(tuple(results))


def _result(compared: Compared, digest: bytes) -> Result:
    rows = [row.to_json() for row in compared.rows]
    return Result(
        {"block": dict(compared.block), "rows": rows, "digest": digest.hex(), "kept": compared.kept}
    )


def _refused(source: str, name: str, error: StatelessError) -> Result:
    from stateless.verdict import error_to_json

    said = {"input": source, "name": name, "error": error_to_json(error), "verdict": outcome(error)}
    return Result(said)
