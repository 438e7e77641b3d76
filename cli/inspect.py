"""``stateless inspect``: what a witness holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.parameters import FILE_HELP, AsJson
from cli.settings import Settings, with_settings
from cli.terminal import warn

if TYPE_CHECKING:
    from cli.inspect_tree import Subject
    from verkle.errors import StatelessError
    from witness.block import BlockInput

SCHEMA: Final = "stateless/inspect/1"
HELP = f"""Show what a witness holds: accounts, storage, code, how they are proven, and what each part costs.

{examples.block(examples.INSPECT)}

Verkle witnesses only. Nothing is verified. Stems are named where the block tells whose they are (coinbase,
recipients, withdrawals, block hashes); senders and callees take execution to find."""


@with_settings
def command(
    settings: Settings,
    file: Annotated[str, typer.Argument(metavar="FILE", help=FILE_HELP)],
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="NAME", help="Rule set; goes before what the input says.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every stem and slot.")] = False,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli.inputs import all_blocks
    from cli.judging import exit_code, outcome
    from cli.options import rules_name
    from verkle.errors import StatelessError

    chosen = None if rules is None else rules_name(rules)
    try:
        blocks = all_blocks(file, settings.max_bytes)
    except StatelessError as error:
        error.stage = "DECODE"
        if not as_json:
            raise
        _print_json(file, [], (), error.exit_code, error)
        raise typer.Exit(error.exit_code) from None
    pairs = [_look(block, chosen, everything) for block in blocks]
    code = exit_code("valid" if error is None else outcome(error) for _, error in pairs)
    if as_json:
        _print_json(file, pairs, blocks, code)
    else:
        _show(settings, pairs, blocks)
    raise typer.Exit(code)


def _look(
    block: BlockInput, rules: str | None, everything: bool
) -> tuple[Subject | None, StatelessError | None]:
    """What is to be shown of a block, and what is wrong with it."""
    from cli.contents import contents
    from cli.inspect_tree import Subject
    from stateless.rules import rules_of_block
    from verkle.errors import IncompleteError, StatelessError, UnsupportedError
    from verkle.openings import plan
    from witness.sizes import witness_sizes

    if block.defect is not None:
        return None, block.defect
    if block.patricia is not None or block.binary is not None:
        tree, taken = ("Merkle-Patricia", "verify, explain, diff and lint")
        if block.binary is not None:
            tree, taken = ("binary", "verify, explain and diff")
        what = f"a {tree} witness: only the contents of Verkle witnesses are listed; {taken} take it"
        return None, UnsupportedError("FORMAT_UNSUPPORTED", what)
    if block.witness is None:
        return None, IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    try:
        rule_set, source = rules_of_block(block, rules)
    except UnsupportedError as error:
        warn(f"{error.message}; leaves and accounts have no names here without --rules")
        rule_set, source = None, None
    fault: StatelessError | None = None
    try:
        planned = plan(block.witness.state_diff, block.witness.proof)
    except StatelessError as error:
        error.stage = "SHAPE"
        planned, fault = None, error
    stems = contents(
        block, block.witness.state_diff, rule_set, None if planned is None else planned.extensions
    )
    sizes = witness_sizes(block.witness)
    return Subject(block, rule_set, source, stems, sizes, planned, everything), fault


def _show(
    settings: Settings,
    pairs: list[tuple[Subject | None, StatelessError | None]],
    blocks: tuple[BlockInput, ...],
) -> None:
    from cli.branches import show
    from cli.error_words import warn_of
    from cli.inspect_tree import tree
    from cli.terminal import screen

    symbols = screen(settings).symbols
    for block, (subject, error) in zip(blocks, pairs, strict=True):
        if subject is not None:
            show(settings, tree(subject, symbols))
        if error is not None:
            warn_of(error, block.name)


def _print_json(
    file: str,
    pairs: list[tuple[Subject | None, StatelessError | None]],
    blocks: tuple[BlockInput, ...],
    code: int,
    undecoded: StatelessError | None = None,
) -> None:
    from cli.inspect_json import block_json
    from cli.json_output import error_member, print_object

    said: dict[str, Any] = {
        "input": file,
        "blocks": [
            block_json(block, subject, error) for block, (subject, error) in zip(blocks, pairs, strict=True)
        ],
        "error": error_member(undecoded),
    }
    print_object(SCHEMA, code, said)
