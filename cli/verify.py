"""``stateless verify``: judge every block in the inputs."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import examples, options
from cli.exit_codes import ExitCode
from cli.parameters import AsJson, BlockBeside, InputFormat, Paths, PreRoot, RulesOrFork, jobs_option
from cli.reports import Ending, Report, report_for
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import note, warn

if TYPE_CHECKING:
    from cli.judging import Rules, Task

# Below this many inputs they are judged before a bar would be read.
PROGRESS_FROM: Final = 8
NO_VERDICT: Final = (
    "This is no verdict on the input. Please report it with the input and what `stateless doctor` prints."
)

HELP = f"""Judge every block in the inputs: header, proof, execution, and the state root after the block.

{examples.block(examples.VERIFY)}

A block is executed from its witness alone: Merkle-Patricia ones from Shanghai to Osaka, Verkle ones under
the rules that are known in full (others are "unsupported"), and both with a witness of the binary tree, as
compare --keep writes them; --proof-only leaves the execution out.
Results go to standard output, everything else to standard error.

Read, and told by content: block and chain files of the Verkle devnets (block, chain), execution-spec-tests
fixtures (eest), the consensus container (ssz), this project's own format (cbor), replies of a node (rpc), RLP
(rlp), and what zkpi, stateless-block-verifier (sbv) and zeth save. In brackets: names for --format."""


@with_settings
def command(
    settings: Settings,
    paths: Paths,
    rules: RulesOrFork = None,
    chain_config: Annotated[
        str | None,
        typer.Option(
            "--chain-config", metavar="FILE", help="A geth chain configuration that names the rules."
        ),
    ] = None,
    pre_root: PreRoot = None,
    block: BlockBeside = None,
    proof_only: Annotated[
        bool, typer.Option("--proof-only", help="Check proof and roots alone; do not ask for execution.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse what would otherwise be listed as an assumption.")
    ] = False,
    allow_surplus: Annotated[
        bool, typer.Option("--allow-surplus", help="Take a witness with keys that its block does not touch.")
    ] = False,
    jobs: Annotated[str, jobs_option("Judge")] = "1",
    format: InputFormat = None,
    as_json: AsJson = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a block.")] = False,
) -> None:
    """See ``HELP``."""
    if as_json and as_jsonl:
        raise typer.BadParameter("--json and --jsonl exclude each other", param_hint="--json")
    how = _rules(settings, rules, chain_config, pre_root, block, proof_only, strict, allow_surplus, format)
    workers = whole_number(jobs, "--jobs", 1)
    from cli.judging import find_tasks

    tasks = find_tasks(paths)
    report = report_for(settings, as_json=as_json, as_jsonl=as_jsonl)
    raise typer.Exit(_run(settings, tasks, paths, how, workers, report))


def _run(
    settings: Settings,
    tasks: Sequence[Task],
    arguments: Sequence[str],
    how: Rules,
    workers: int,
    report: Report,
) -> int:
    """Judge, hand every result to ``report`` as it comes, and return the exit code."""
    from cli.judging import exit_code, judge, nothing_found, other_files, warn_of_crash, work_through

    start = perf_counter()
    found: Counter[int] = Counter()
    passed_over: Counter[int] = Counter()
    waiting = list(range(len(arguments)))
    crashed = False

    def close_groups(before: int) -> None:
        """A directory without a block is a result too, in its place among the others."""
        while waiting and waiting[0] < before:
            group = waiting.pop(0)
            if not found[group]:
                report.add(nothing_found(arguments[group], passed_over[group]))

    with _progress(settings, len(tasks), report) as advance:
        for task, judged in work_through(tasks, partial(judge, rules=how), workers):
            close_groups(task.group)
            for result in judged.results:
                report.add(result)
            passed_over[task.group] += judged.passed_over
            found[task.group] += not judged.passed_over
            if judged.crash is not None:
                crashed = True
                warn_of_crash(settings, task, judged)
                warn(NO_VERDICT)
            advance()
    close_groups(len(arguments))
    if passed_over.total():
        note(settings, f"skipped {other_files(passed_over.total())}, found while searching")
    code = ExitCode.INTERNAL if crashed else exit_code(report.outcomes)
    report.finish(Ending(code, perf_counter() - start))
    return code


# What the options mean.


def _rules(
    settings: Settings,
    rules: str | None,
    chain_config: str | None,
    pre_root: str | None,
    block: str | None,
    proof_only: bool,
    strict: bool,
    allow_surplus: bool,
    format: str | None,
) -> Rules:
    from cli.judging import Rules

    return Rules(
        rules=None if rules is None else options.rules_or_fork(rules),
        chain_config=None if chain_config is None else options.chain_config(chain_config, settings.max_bytes),
        pre_root=None if pre_root is None else options.state_root(pre_root),
        proof_only=proof_only,
        strict=strict,
        allow_surplus=allow_surplus,
        format=None if format is None else options.format_name(format),
        max_bytes=settings.max_bytes,
        block=None if block is None else options.block(block, settings.max_bytes),
    )


@contextmanager
def _progress(settings: Settings, total: int, report: Report) -> Iterator[Callable[[], None]]:
    """A bar on standard error for many inputs, if somebody watches. Gives what moves it one further."""
    from cli.terminal import console, is_interactive

    # A bar and lines on one terminal would tear each other apart.
    if total < PROGRESS_FROM or not is_interactive(settings) or (report.streams and sys.stdout.isatty()):
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "judging",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(settings, stderr=True),
        transient=True,
        redirect_stdout=False,  # rich would send results to standard error
        redirect_stderr=False,
    )
    with bar:
        judging = bar.add_task("", total=total)
        yield lambda: bar.advance(judging)
