"""``stateless explain``: from the root to one value, commitment by commitment; what an error code means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.parameters import FILE_HELP, AsJson, BlockBeside, Pick, PreRoot, RulesOrFork
from cli.settings import Settings, with_settings

if TYPE_CHECKING:
    from stateless.inspection.explanation import Explanation
    from stateless.inspection.questions import Question
    from verkle.errors import StatelessError
    from witness.block import BlockInput

SCHEMA: Final = "stateless/explain/1"
ERROR_SCHEMA: Final = "stateless/error-code/1"
HELP = f"""Walk the tree from the root to one value, or to the place that shows it absent, and say why to
believe it.

{examples.block(examples.EXPLAIN)}

WHAT is an address (20 bytes), ADDRESS:SLOT, a stem (31 bytes) or a key of the tree (32 bytes), in hex. The
proof is checked; nothing is executed. Exit code 0: explained, also where what is asked for is absent; 1: the
proof is false; 5: the witness does not say.

With --error CODE, print what an error code means, what usually causes it, and what to do."""


@with_settings
def command(
    settings: Settings,
    file: Annotated[str | None, typer.Argument(metavar="FILE", help=FILE_HELP)] = None,
    what: Annotated[
        str | None, typer.Argument(metavar="WHAT", help="ADDRESS, ADDRESS:SLOT, stem or key, in hex.")
    ] = None,
    slot: Annotated[
        str | None, typer.Option("--slot", metavar="N", help="A storage slot of the address; 0x allowed.")
    ] = None,
    chunk: Annotated[
        str | None, typer.Option("--chunk", metavar="N", help="A code chunk of the address, 31 bytes each.")
    ] = None,
    rules: RulesOrFork = None,
    pre_root: PreRoot = None,
    block: BlockBeside = None,
    pick: Pick = None,
    error: Annotated[
        str | None, typer.Option("--error", metavar="CODE", help="Explain an error code instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import options

    if error is not None:
        if file is not None:
            raise typer.BadParameter("--error takes no FILE", param_hint="--error")
        _error_code(error, as_json)
        return
    if file is not None and what is None:
        raise typer.BadParameter(
            "it is missing; say ADDRESS, ADDRESS:SLOT, a stem or a key, in hex", param_hint="WHAT"
        )
    if file is None or what is None:
        raise typer.BadParameter("say FILE and WHAT, or --error CODE", param_hint="FILE")
    from stateless.inspection.questions import question

    asked = question(what, slot=slot, chunk=chunk)
    chosen = None if rules is None else options.rules_or_fork(rules)
    root = None if pre_root is None else options.state_root(pre_root)
    _explain(settings, file, asked, (chosen, root, block, pick), as_json)


def _explain(
    settings: Settings,
    file: str,
    asked: Question,
    how: tuple[str | None, bytes | None, str | None, str | None],
    as_json: bool,
) -> None:
    from cli.inputs import one_block
    from stateless.inspection.explain import explain
    from verkle.errors import StatelessError

    rules, root, beside, pick = how
    found: BlockInput | None = None
    explanation: Explanation | None = None
    error: StatelessError | None = None
    try:
        found = one_block(file, settings.max_bytes, pick=pick, block=beside)
        explanation = explain(found, asked, rules=rules, pre_root=root)
        error = explanation.error
    except StatelessError as caught:
        caught.stage = caught.stage or ("DECODE" if found is None else "SHAPE")
        error = caught
    code = ExitCode.VALID if error is None else ExitCode(error.exit_code)
    if as_json:
        _print_json(file, found, asked, explanation, error, code)
    else:
        _show(settings, found, explanation, error)
    raise typer.Exit(code)


def _print_json(
    file: str,
    block: BlockInput | None,
    asked: Question,
    explanation: Explanation | None,
    error: StatelessError | None,
    code: int,
) -> None:
    from cli.json_output import error_member, print_object

    said: dict[str, Any] = {"input": file, "name": None if block is None else block.name}
    if explanation is not None:
        said |= explanation.to_json()
    else:
        unknown = ("status", "root", "root_from", "proof", "conclusion")
        said |= {"tree": None, "asked": asked.words, **dict.fromkeys(unknown)}
        said |= {"answers": [], "steps": [], "assumptions": []}
    said["error"] = error_member(error)
    print_object(SCHEMA, code, said)


def _show(
    settings: Settings,
    block: BlockInput | None,
    explanation: Explanation | None,
    error: StatelessError | None,
) -> None:
    from cli.branches import show
    from cli.error_words import warn_of
    from cli.terminal import console, folded, screen
    from cli.walk_drawn import walk_tree, walk_words

    if explanation is not None and settings.quiet:
        print(explanation.conclusion)
    elif explanation is not None and block is not None:
        view = screen(settings)
        root = walk_tree(explanation, block.name, view.symbols)
        show(settings, root)
        for line in ("", *walk_words(explanation)):
            if view.drawn:
                console(settings).print(line)
            else:
                print(folded(line))
    if error is not None:
        warn_of(error)


def _error_code(name: str, as_json: bool) -> None:
    """Print the page of one code."""
    from cli import options
    from stateless.code_table import CODES
    from stateless.codes import FAMILIES, code_page, lookup
    from stateless.codes import examples as calls

    entry = lookup(name.upper().replace("-", "_"))
    if entry is None:
        hint = options.did_you_mean(name.upper(), CODES, 3) or "; docs/errors.md has them all"
        raise typer.BadParameter(f"there is no code {name[:80]!a}{hint}", param_hint="--error")
    example = calls().get(entry.code)
    if not as_json:
        from cli.terminal import folded

        print(folded("\n".join(code_page(entry, example)), hanging=12))
        return
    from cli.json_output import print_object

    said = {
        "code": entry.code,
        "family": entry.family,
        "exit_code_of_family": FAMILIES[entry.family][0],
        "stages": list(entry.stages),
        "meaning": entry.meaning,
        "cause": entry.cause,
        "next_step": entry.next_step,
        "example": example,
    }
    print_object(ERROR_SCHEMA, ExitCode.VALID, said)
