"""The program's front door: the commands, the global options, and the one place that ends the process.

``run`` is the installed command. Whatever happens below it becomes one of the exit codes of
``cli.exit_codes`` and, at most, a few plain lines on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from cli import examples
from cli.commands import Entry, LateGroup
from cli.exit_codes import ExitCode, help_table
from cli.settings import Color, MaxBytes, Quiet, Settings, Tables, Verbose, merge
from cli.terminal import make_output_safe
from cli.version import version

PROGRAM = "stateless"
REPORT = "Please report it with the command, the input and what `stateless doctor` prints."

# The last of each is for the list of commands: whole on a line of 60.
COMMANDS: Final = (
    Entry("verify", "cli.verify", "Judge every block in the inputs."),
    Entry("inspect", "cli.inspect", "Show what a Verkle witness holds."),
    Entry("explain", "cli.explain", "Walk from the root to one value; error codes."),
    Entry("diff", "cli.diff", "What one witness has and another lacks."),
    Entry("lint", "cli.lint", "Find what is legal and poor in a witness."),
    Entry("gas", "cli.gas", "What a block's gas was spent on, and would be."),
    Entry("compare", "cli.compare", "Prove the same work under three trees."),
    Entry("convert", "cli.convert", "Write a witness in another encoding, or sizes."),
    Entry("prove", "cli.prove", "Prove tree keys out of a state."),
    Entry("fetch", "cli.fetch", "Ask a node for a block and its witness."),
    Entry("blocktest", "cli.blocktest", "Run blockchain tests of fixture files."),
    Entry("statetest", "cli.statetest", "Run state tests of fixture files."),
    Entry("doctor", "cli.doctor", "Show versions and machine, run a self-test."),
    Entry("state", "cli.state", "Build the tree of a state, or ask it."),
    Entry("fixtures", "cli.fixtures", "Blocks that come with the sources."),
    Entry("bench", "cli.bench", "Measure, beside other implementations."),
)


class Commands(LateGroup):
    """All of them."""

    ENTRIES = COMMANDS


app = typer.Typer(
    name=PROGRAM,
    cls=Commands,
    help=(
        "Decide Ethereum blocks from their witness (Verkle, Merkle-Patricia or binary) and the state root "
        "before them, with nothing else."
        f"\n\n{examples.block(examples.TOP)}"
    ),
    epilog=help_table(),
    no_args_is_help=True,
    rich_markup_mode=None,  # help without rich: at once, and plain enough for a serial console
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {version() or '(a checkout, not installed)'}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    quiet: Quiet = False,
    verbose: Verbose = False,
    color: Color = None,
    max_bytes: MaxBytes = None,
    tables: Tables = None,
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version.")
    ] = False,
) -> None:
    del show_version
    context.obj = merge(Settings(), quiet, verbose, color, max_bytes, tables)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` (default: the process's) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    make_output_safe()
    try:
        code = _invoke(words)
        _flush()
    except BrokenPipeError:
        _let_go_of_output()
        return ExitCode.READER_GONE
    except OSError as error:  # the disk under standard output is full, say
        _let_go_of_output()
        return _internal(error, words)
    return code


def _invoke(words: list[str]) -> int:
    command = typer.main.get_command(app)
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:  # a shell asks for completions
        command.main(words, prog_name=PROGRAM)
    # Not command.main(): that ends the process with 1, "invalid", when the reader of a pipe goes away.
    try:
        with command.make_context(PROGRAM, words) as context:
            command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except typer.TyperException as error:
        return _usage(error)
    except (BrokenPipeError, SystemExit):
        raise
    except Exception as error:  # noqa: BLE001 (the last line of defence)
        return _refused_or_internal(error, words)
    return ExitCode.VALID


def _usage(error: typer.TyperException) -> int:
    """Print a mistake in the call, found by typer or by a command, the way typer does."""
    show = getattr(error, "show", None)
    if show is None:
        print(f"Error: {error.format_message()}", file=sys.stderr)
    else:
        show()
    return ExitCode.USAGE


def _refused_or_internal(error: Exception, words: Sequence[str]) -> int:
    from verkle.errors import StatelessError
    from witness.errors import UsageError

    if isinstance(error, UsageError):
        print(f"Error: {error.message}\nTry '{PROGRAM} -h' for help.", file=sys.stderr)
        return ExitCode.USAGE
    if isinstance(error, StatelessError):
        from cli.error_words import error_lines

        print("\n".join(error_lines(error)), file=sys.stderr)
        return error.exit_code
    return _internal(error, words)


def _internal(error: Exception, words: Sequence[str]) -> int:
    if {"-v", "--verbose"} & set(words):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    print(f"{PROGRAM}: internal error: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"{REPORT} -v shows the traceback.", file=sys.stderr)
    return ExitCode.INTERNAL


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _let_go_of_output() -> None:
    """Point standard output at nothing, so that the interpreter's own flush at exit cannot fail."""
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 (a device, not a path of the user's)
        os.dup2(nothing.fileno(), 1)
