"""``stateless compare``: the same work proven under several trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.parameters import AsJson, Paths, RulesOrFork, jobs_option
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import note

if TYPE_CHECKING:
    from cli.comparing import How, Outcome
    from stateless.compare.engine import Compared

NOT_PACKED: Final = (
    "zstd and snappy are not measured: what packs comes with the extra compare (stateless[compare])"
)
HELP = f"""Run blocks once and prove what they touch under each tree: bytes, times, operations, side by side.

{examples.block(examples.COMPARE)}

A block is first verified under its own tree; one that is not valid is not measured. Its accesses are then put
into a Verkle tree, a Merkle-Patricia trie and a binary tree of the sizes asked for: its own, or states of N
leaves of which only what the block touches is made. Each proof is verified in the run that makes its row, the
block is run again on it alone, and the root after the block is rebuilt from it. Figures are measured,
modelled or quoted, and say which. Results of blocks are kept and used again; --fresh makes them anew.

--keep writes what was made as files: under the binary tree each block with its witness, which verify
executes; under Verkle its own, or, of a sampled state, the witness alone, for verify --proof-only."""


@with_settings
def command(
    settings: Settings,
    paths: Paths,
    trees: Annotated[
        str, typer.Option("--trees", metavar="LIST", help="Of verkle, patricia, binary.")
    ] = "verkle,patricia,binary",
    keys: Annotated[
        str, typer.Option("--keys", metavar="LIST", help="Leaves of the state: own, or 2^10 to 2^36.")
    ] = "own",
    seed: Annotated[
        str, typer.Option("--seed", metavar="TEXT", help="Draws other states of the same sizes.")
    ] = "stateless",
    rules: RulesOrFork = None,
    jobs: Annotated[str, jobs_option("Compare")] = "1",
    html: Annotated[str | None, typer.Option("--html", metavar="F", help="Write a page.")] = None,
    to_csv: Annotated[str | None, typer.Option("--csv", metavar="F", help="Write CSV; - prints it.")] = None,
    as_markdown: Annotated[bool, typer.Option("--md", help="Print a Markdown table.")] = False,
    as_json: AsJson = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Use no result that was kept.")] = False,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="DIR", help="Write the witnesses made, for verify.")
    ] = None,
) -> None:
    """See ``HELP``."""
    from cli import options
    from cli.comparing import How, compare_all
    from cli.judging import find_tasks
    from stateless.compare.engine import Asked, parse_trees
    from stateless.compare.size import parse_sizes

    if as_json and as_markdown:
        raise typer.BadParameter("--json and --md exclude each other", param_hint="--md")
    printed = [as_json, as_markdown, to_csv == "-", html == "-"]
    if sum(printed) > 1:
        raise typer.BadParameter("only one of the results can go to standard output", param_hint="--csv")
    asked = Asked(
        parse_trees(trees),
        parse_sizes(keys),
        seed,
        None if rules is None else options.rules_or_fork(rules),
    )
    workers = whole_number(jobs, "--jobs", 1)
    for target in (html, to_csv):
        if target is not None:
            _check_target(target)
    if keep is not None:
        from cli.kept_witnesses import make_folder

        make_folder(keep)
    how = How(asked, settings.max_bytes, fresh, keep)
    start = perf_counter()
    outcome = compare_all(settings, paths, find_tasks(paths), how, workers)
    code = outcome.exit_code
    if outcome.broken is not None:  # a proof that fails stops the report
        raise typer.Exit(code)
    said = _document(outcome, how)
    measured = bool(outcome.compared)  # a report of nothing takes no file's place
    if html is not None and measured:
        from cli.output import write_whole
        from cli.page import report_html

        write_whole(html, report_html(said).encode())
    rows = [row for block in outcome.compared for row in block.rows]
    if to_csv is not None and measured:
        from cli.output import write_whole
        from stateless.compare.document import to_csv as csv_of

        write_whole(to_csv, csv_of(rows).encode())
    if measured and not as_json and all(row.encodings.zstd is None for row in rows):
        note(settings, NOT_PACKED)
    if as_json:
        import json

        print(json.dumps(said, indent=2))
    elif measured and as_markdown:
        from stateless.compare.document import to_markdown

        print(to_markdown(outcome.compared), end="")
    elif measured and not any(printed):
        from cli.compare_table import show

        show(settings, outcome.compared, perf_counter() - start)
    raise typer.Exit(code)


def _check_target(name: str) -> None:
    """Whether a file can be written there, asked before minutes of work and not after.

    Raises ``UsageError`` ``OUTPUT_UNWRITABLE``.
    """
    import os
    from pathlib import Path

    from cli.terminal import printable
    from witness.errors import UsageError

    if name == "-":
        return
    try:
        target = Path(name).resolve()
        folder = target.parent
        if target.is_dir():
            reason = "it is a directory"
        elif not folder.is_dir():
            reason = "there is no such directory"
        elif os.access(target if target.exists() and not target.is_file() else folder, os.W_OK):
            return
        else:
            reason = "permission denied"
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise UsageError("OUTPUT_UNWRITABLE", f"cannot write {printable(name)}: {reason}")


def _document(outcome: Outcome, how: How) -> dict[str, Any]:
    from cli.version import version
    from stateless.compare.document import document

    return document(
        outcome.compared,
        how.asked,
        version=version(),
        exit_code=int(outcome.exit_code),
        provenance=_provenance(outcome.compared, outcome.inputs, how),
        refused=outcome.refused,
    )


def _provenance(compared: Sequence[Compared], inputs: Mapping[str, str], how: How) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    from cli import machine

    try:
        packer: str | None = installed("cramjam")
    except PackageNotFoundError:
        packer = None
    sizes = ",".join("own" if keys is None else str(keys) for keys in how.asked.sizes)
    return {
        "command": f"stateless compare … --trees {','.join(how.asked.trees)} --keys {sizes}",
        "seed": how.asked.seed,
        "machine": machine.machine(),
        "python": machine.python(),
        "libraries": machine.libraries() | {"cramjam": packer},
        "fixtures": dict(inputs),
        "kept": sum(block.kept for block in compared),
    }
