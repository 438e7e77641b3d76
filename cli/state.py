"""``stateless state``: build the tree of a state on disk, and ask a state for its root, values and shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import examples
from cli.commands import QuickCommand
from cli.inputs import open_state
from cli.parameters import AsJson, jobs_option
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import warn

if TYPE_CHECKING:
    from verkle.build import Progress

KEY_BYTES: Final = 32
SOURCES: Final = (
    "SRC is a geth genesis or its alloc (JSON), a CSV with a key and a value in hex a row, or a store; also "
    "- for standard input, and .gz. The rules by which accounts become leaves come from --rules, or from the "
    "genesis."
)
HELP = f"""Build the tree of a state on disk, and ask a state for its root, values and shape.

{examples.block(examples.STATE)}

{SOURCES}"""
HELP_BUILD = f"""Put a state into a store, which is made if it is not there.

{examples.block(examples.STATE_BUILD)}

{SOURCES}

The store is written in batches, each whole or not at all: a build that is interrupted, killed or out of disk
keeps the batches before, and the same command takes it up again."""
HELP_ROOT = f"""Print the state root.

{examples.block(examples.STATE_ROOT)}

{SOURCES}"""
HELP_GET = f"""Print the value of a tree key, or "absent".

{examples.block(examples.STATE_GET)}

{SOURCES}"""
HELP_STATS = f"""Print how many leaves a state has, how deep they lie, and how many bytes the tree takes.

{examples.block(examples.STATE_STATS)}

{SOURCES}

Of a store every record is read: one that is damaged is found."""

app = typer.Typer(rich_markup_mode=None, help=HELP)

Source = Annotated[str, typer.Argument(metavar="SRC", help="Genesis, alloc, CSV, store, or -.")]
Rules = Annotated[str | None, typer.Option("--rules", metavar="NAME", help="Rule set; goes before SRC's.")]
Jobs = Annotated[str, jobs_option("Compute")]


@app.command("build", cls=QuickCommand, help=HELP_BUILD, short_help="Put a state into a store.")
@with_settings
def build(
    settings: Settings,
    source: Source,
    output: Annotated[str, typer.Option("-o", "--output", metavar="STORE", help="The store's directory.")],
    rules: Rules = None,
    jobs: Jobs = "1",
    as_json: AsJson = False,
) -> None:
    """See ``HELP_BUILD``."""
    from pathlib import Path

    from cli.state_report import show_build
    from cli.words import count
    from stateless.states import build_store

    workers = whole_number(jobs, "--jobs", 1)
    start = perf_counter()
    with open_state(settings, source, rules) as state:
        with _progress(settings) as watch:
            try:
                before, after = build_store(state, Path(output), jobs=workers, progress=watch)
            except KeyboardInterrupt:
                warn(f"{count(watch.written, 'leaf', 'leaves')} written; the same command goes on from there")
                raise
        seconds = perf_counter() - start
        show_build(settings, state, Path(output), before, after, seconds, as_json=as_json)


@app.command("root", cls=QuickCommand, help=HELP_ROOT)
@with_settings
def root(
    settings: Settings, source: Source, rules: Rules = None, jobs: Jobs = "1", as_json: AsJson = False
) -> None:
    """See ``HELP_ROOT``."""
    from cli.state_report import show_root
    from stateless.states import state_root

    workers = whole_number(jobs, "--jobs", 1)
    with open_state(settings, source, rules) as state:
        with _progress(settings) as watch:
            found = state_root(state, jobs=workers, progress=watch)
        show_root(state, found, as_json=as_json)


@app.command("get", cls=QuickCommand, help=HELP_GET)
@with_settings
def get(
    settings: Settings,
    source: Source,
    key: Annotated[str, typer.Argument(metavar="KEY", help="A tree key, 32 bytes in hex.")],
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_GET``."""
    from cli.state_report import show_value
    from stateless.states import state_value

    wanted = _key(key)
    with open_state(settings, source, rules) as state:
        show_value(state, wanted, state_value(state, wanted), as_json=as_json)


@app.command(
    "stats",
    cls=QuickCommand,
    help=HELP_STATS,
    short_help="Print how many leaves there are, and how deep.",
)
@with_settings
def stats(settings: Settings, source: Source, rules: Rules = None, as_json: AsJson = False) -> None:
    """See ``HELP_STATS``."""
    from cli.state_report import show_shape
    from stateless.states import state_shape

    with open_state(settings, source, rules) as state:
        show_shape(settings, state, state_shape(state), as_json=as_json)


def _key(text: str) -> bytes:
    digits = text.removeprefix("0x")
    if len(digits) != 2 * KEY_BYTES or digits.strip("0123456789abcdefABCDEF"):
        raise typer.BadParameter(f"{text!a} is not 32 bytes in hex", param_hint="KEY")
    return bytes.fromhex(digits)


class _Watch:
    """Sees a build go on, and remembers how far it has come."""

    def __init__(self, show: Callable[[Progress], None] | None) -> None:
        self.written = 0
        self._show = show

    def __call__(self, progress: Progress) -> None:
        if progress.phase == "building":
            self.written = progress.leaves
        if self._show is not None:
            self._show(progress)


@contextmanager
def _progress(settings: Settings) -> Iterator[_Watch]:
    """A bar and a rate on standard error, if somebody watches."""
    from cli.terminal import console, is_interactive

    if not is_interactive(settings):
        yield _Watch(None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console(settings, stderr=True),
        transient=True,
        redirect_stdout=False,  # rich would send results to standard error
        redirect_stderr=False,
    )
    task = bar.add_task("reading", total=None, rate="")
    began: dict[str, float] = {}

    def show(progress: Progress) -> None:
        now = perf_counter()
        passed = now - began.setdefault(progress.phase, now)
        rate = f"{progress.leaves / passed:,.0f} leaves/s" if passed else ""
        bar.update(
            task, description=progress.phase, completed=progress.leaves, total=progress.total, rate=rate
        )

    with bar:
        began["reading"] = perf_counter()
        yield _Watch(show)
