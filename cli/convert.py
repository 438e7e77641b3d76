"""``stateless convert``: a block or witness in another encoding, and the sizes of witnesses in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.parameters import OUTPUT, EncodingName, InputFormat, Pick
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import note, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.sizes_table import Row
    from stateless.conversion import Encoding
    from stateless.verdict import Outcome
    from witness.block import BlockInput

HELP = f"""Write a block and its witness in another encoding, or compare the sizes of witnesses in all.

{examples.block(examples.CONVERT)}

json is the block file of the Verkle devnets; ssz the consensus container, which holds the witness alone: what
is lost is said, and given again at verify with --block and --pre-root; cbor this project's own format
(docs/format.md), which holds everything and is the smallest. Nothing is verified."""


@with_settings
def command(
    settings: Settings,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="IN", help="A file, or - for standard input; with --sizes also several."),
    ],
    output: Annotated[str | None, OUTPUT] = None,
    to: EncodingName = None,
    sizes: Annotated[bool, typer.Option("--sizes", help="Print a table of sizes in all encodings.")] = False,
    pick: Pick = None,
    format: InputFormat = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sizes as one JSON object.")] = False,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.inputs import one_block

    format = None if format is None else options.format_name(format)
    if output is None and not sizes:
        raise typer.BadParameter("say where to write (-o OUT), or ask for --sizes", param_hint="-o")
    if as_json and not sizes:
        raise typer.BadParameter("--json is for --sizes", param_hint="--json")
    if output is None:
        if to is not None:
            raise typer.BadParameter("--to is for -o OUT", param_hint="--to")
        raise typer.Exit(_sizes(settings, paths, format, pick, as_json))
    if len(paths) > 1:
        raise typer.BadParameter("one input only, to be written to one output", param_hint="IN")
    if output == "-" and sizes:
        raise typer.BadParameter("the table and the output would be mixed; give -o a file", param_hint="-o")
    encoding = options.encoding(output, to)
    block = one_block(paths[0], settings.max_bytes, pick=pick, format=format)
    _convert(settings, block, output, encoding)
    if sizes:
        raise typer.Exit(_print_sizes(settings, [_row(paths[0], block)], as_json, ["valid"]))


def _convert(settings: Settings, block: BlockInput, output: str, encoding: Encoding) -> None:
    from cli.output import STDOUT, write_whole
    from cli.words import size
    from stateless.conversion import encode_block

    encoded = encode_block(block, encoding)
    write_whole(output, encoded.data)
    if encoded.dropped:
        again = "; give them again at verify with --block FILE or --pre-root HEX" if encoding == "ssz" else ""
        note(settings, f"warning: {encoding} has no place for: {', '.join(encoded.dropped)}{again}")
    if output != STDOUT:
        note(settings, f"{printable(output)}: {encoding}, {size(len(encoded.data))}")


# Sizes.


def _sizes(
    settings: Settings, paths: Sequence[str], format: str | None, pick: str | None, as_json: bool
) -> int:
    """Measure every witness in the inputs; what cannot be read or has none is said on standard error."""
    from cli.error_words import warn_of
    from cli.judging import NOT_OURS, find_tasks, outcome, read
    from cli.words import count
    from verkle.errors import StatelessError
    from witness.decode import decode_blocks

    number = None if pick is None else whole_number(pick, "--pick", 1)
    rows: list[Row] = []
    outcomes: list[Outcome] = []
    passed_over = 0

    def refuse(name: str, error: StatelessError) -> None:
        warn_of(error, name)
        outcomes.append(outcome(error))

    for task in find_tasks(paths):
        try:
            blocks = decode_blocks(read(task, settings.max_bytes), task.name, format=format)
        except StatelessError as error:
            if error.code == NOT_OURS and not task.named:
                passed_over += 1
            else:
                refuse(task.name, error)
            continue
        for block in blocks if number is None else blocks[number - 1 : number]:
            try:
                rows.append(_row(task.name, block))
                outcomes.append("valid")
            except StatelessError as error:
                refuse(block.name, error)
    if passed_over:
        skipped = count(passed_over, "file of another kind", "files of other kinds")
        note(settings, f"skipped {skipped}, found while searching")
    if not rows and not outcomes:
        raise typer.BadParameter("no block and no witness found", param_hint="IN")
    return _print_sizes(settings, rows, as_json, outcomes)


def _row(name: str, block: BlockInput) -> Row:
    from cli.sizes_table import row
    from stateless.conversion import witness_of

    # A block without a name of its own is called by its input's path; the last of that is enough here.
    label = block.name if block.name != name else name.rpartition("/")[2]
    return row(name, label, witness_of(block))


def _print_sizes(settings: Settings, rows: Sequence[Row], as_json: bool, outcomes: Sequence[Outcome]) -> int:
    from cli.judging import exit_code
    from cli.sizes_table import print_json, print_table

    code = exit_code(outcomes) if outcomes else ExitCode.VALID
    if as_json:
        print_json(rows, code)
    elif rows:
        print_table(settings, rows)
    return code
