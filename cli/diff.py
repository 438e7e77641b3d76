"""``stateless diff``: two witnesses of one block, side by side, by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.parameters import FILE_HELP, AsJson, BlockBeside, RulesOrFork
from cli.settings import Settings, with_settings

if TYPE_CHECKING:
    from cli.branches import Branch
    from cli.terminal import Symbols
    from stateless.inspection.comparison import Comparison
    from verkle.errors import StatelessError
    from witness.block import BlockInput

SCHEMA: Final = "stateless/diff/1"
HELP = f"""Compare two witnesses: what one has and the other lacks, by meaning and not by byte.

{examples.block(examples.DIFF)}

Order, repetition, encoding and dialect are no difference. Nothing is verified. Exit code 0: both mean the
same; 1: they differ."""

LISTED: Final = 12
_SIDES: Final = {"a": ("only in A", "red"), "b": ("only in B", "green"), "both": ("differ", "yellow")}


@with_settings
def command(
    settings: Settings,
    a: Annotated[str, typer.Argument(metavar="A", help=FILE_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other file.")],
    rules: RulesOrFork = None,
    block: BlockBeside = None,
    pick: Annotated[
        str | None, typer.Option("--pick", metavar="N", help="Compare block N alone, from 1.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every difference.")] = False,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.inputs import STDIN
    from verkle.errors import StatelessError
    from witness.errors import UsageError

    if a == b == STDIN:
        raise UsageError("STDIN_TWICE", "standard input (-) can be read only once")
    chosen = None if rules is None else options.rules_or_fork(rules)
    pairs: list[tuple[BlockInput, BlockInput]] = []
    found: list[Comparison] = []
    error: StatelessError | None = None
    try:
        pairs = _pairs(a, b, settings.max_bytes, pick, block)
        found = [_compare(one, other, chosen) for one, other in pairs]
    except StatelessError as caught:
        caught.stage = caught.stage or "DECODE"
        error = caught
    if error is not None:
        code = ExitCode(error.exit_code)
    else:
        code = ExitCode.VALID if all(each.same for each in found) else ExitCode.INVALID
    if as_json:
        _print_json((a, b), pairs, found, error, code)
    else:
        _show(settings, (a, b), pairs, found, everything)
        if error is not None:
            from cli.error_words import warn_of

            warn_of(error)
    raise typer.Exit(code)


def _pairs(
    a: str, b: str, max_bytes: int, pick: str | None, block: str | None
) -> list[tuple[BlockInput, BlockInput]]:
    """The blocks to compare: number ``pick`` of each, or all in their order."""
    from cli.inputs import all_blocks
    from cli.settings import whole_number

    number = None if pick is None else whole_number(pick, "--pick", 1)
    left, right = (all_blocks(file, max_bytes, block=block) for file in (a, b))
    if number is None:
        if len(left) != len(right):
            raise typer.BadParameter(
                f"A holds {len(left)} blocks, B {len(right)}; say which to compare", param_hint="--pick"
            )
        return list(zip(left, right, strict=True))
    # A file with one block is meant by any number, so that a block can be compared with one of a chain.
    picked = []
    for name, blocks in (("A", left), ("B", right)):
        if len(blocks) > 1 and number > len(blocks):
            raise typer.BadParameter(f"{name} holds {len(blocks)} blocks, not {number}", param_hint="--pick")
        picked.append(blocks[number - 1] if len(blocks) > 1 else blocks[0])
    return [(picked[0], picked[1])]


def _compare(a: BlockInput, b: BlockInput, rules: str | None) -> Comparison:
    from stateless.inspection.difference import compare

    return compare(a, b, rules=rules)


def _print_json(
    inputs: tuple[str, str],
    pairs: list[tuple[BlockInput, BlockInput]],
    found: list[Comparison],
    error: StatelessError | None,
    code: int,
) -> None:
    from cli.json_output import error_member, print_object

    said: dict[str, Any] = {
        "inputs": list(inputs),
        "same": None if error is not None else not code,
        "blocks": [
            {"names": [one.name, other.name], **each.to_json()}
            for (one, other), each in zip(pairs, found, strict=False)
        ],
        "error": error_member(error),
    }
    print_object(SCHEMA, code, said)


def _show(
    settings: Settings,
    inputs: tuple[str, str],
    pairs: list[tuple[BlockInput, BlockInput]],
    found: list[Comparison],
    everything: bool,
) -> None:
    from cli.branches import show
    from cli.terminal import screen

    symbols = screen(settings).symbols
    for (one, other), each in zip(pairs, found, strict=False):
        if settings.quiet and each.same:
            continue
        root = _tree(inputs, (one.name, other.name), each, everything, symbols)
        show(settings, root)


def _tree(
    inputs: tuple[str, str],
    names: tuple[str, str],
    found: Comparison,
    everything: bool,
    symbols: Symbols,
) -> Branch:
    from cli.branches import Branch, styled
    from cli.terminal import printable
    from cli.words import count

    verdict = "the same meaning" if found.same else count(len(found.differences), "difference")
    root = Branch(styled((verdict, "bold green" if found.same else "bold yellow")))
    for letter, file, name, tree in zip("AB", inputs, names, found.trees, strict=True):
        said = "" if name == file else f", {printable(name)}"
        root.add((f"{letter} ", "bold"), printable(file), (f"  {tree}{said}", "dim"))
    for part in dict.fromkeys([each.part for each in found.differences]):
        members = [each for each in found.differences if each.part == part]
        shared = found.shared.get(part)
        branch = root.add((part, "bold"), ("" if shared is None else f"  {shared:,} in both", "dim"))
        for side, (words, style) in _SIDES.items():
            here = [each for each in members if each.side == side]
            if not here:
                continue
            verb = "differs" if words == "differ" and len(here) == 1 else words
            group = branch.add((f"{len(here):,} {verb}", style))
            for each in here if everything else here[:LISTED]:
                group.add(printable(each.what), *_values(each.a, each.b, each.key, symbols))
            if not everything and len(here) > LISTED:
                group.add((f"{symbols.ellipsis} and {len(here) - LISTED:,} more (--all)", "dim"))
    for note in found.notes:
        root.add(("note ", "dim"), (printable(note), "dim"))
    return root


def _values(a: object, b: object, key: bytes | None, symbols: Symbols) -> list[tuple[str, str]]:
    """What is not in the words: the two sides, or the hash that a thing goes by."""
    from cli.terminal import printable
    from cli.words import short_hex

    def text(value: object) -> str:
        if isinstance(value, bytes):
            return short_hex(value, ellipsis=symbols.ellipsis)
        return printable(str(value))

    if a is not None and b is not None:
        one, other = text(a), text(b)
        where = ""
        if one == other and isinstance(a, bytes) and isinstance(b, bytes):  # ends alike, as blooms do
            first = next((i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), 0)
            one, other = (text(side[first : first + 4]) for side in (a, b))
            where = f"  from byte {first:,}"
        return [(f"{where}  A {one}, B {other}", "dim")]
    return [] if key is None else [(f"  {short_hex(key, ellipsis=symbols.ellipsis)}", "dim")]
