"""``stateless fixtures``: blocks that come with the sources, what each must show, and whether it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import examples
from cli.commands import QuickCommand
from cli.exit_codes import ExitCode
from cli.parameters import AsJson
from cli.settings import Settings, with_settings
from cli.version import SOURCES

if TYPE_CHECKING:
    from stateless.manifest import Promise

SCHEMA: Final = "stateless/fixtures/1"
VECTORS_VARIABLE: Final = "STATELESS_VECTORS"
WHERE: Final = (
    "FOLDER is one with a MANIFEST.json; by default fixtures/ here, else that of the checkout the program "
    "runs from."
)
HELP = f"""Blocks that come with the sources: what each must show, and whether it does.

{examples.block(examples.FIXTURES)}"""
HELP_LIST = f"""List the files of a folder and the verdict that each must get.

{examples.block(examples.FIXTURES_LIST)}

{WHERE}"""
HELP_CHECK = f"""Verify every file of a folder and hold the answers against its manifest.

{examples.block(examples.FIXTURES_CHECK)}

{WHERE} Exit code 0: every answer is as promised; 1: one is not."""
HELP_BUILD = f"""Make the fixtures of the checkout again, from the vectors that they are taken from.

{examples.block(examples.FIXTURES_BUILD)}

VECTORS holds verkle-geth and verkle-forged; by default ${VECTORS_VARIABLE}, else ../shared/vectors."""

app = typer.Typer(rich_markup_mode=None, help=HELP)

Folder = Annotated[str | None, typer.Argument(metavar="FOLDER", help="A folder with a manifest.")]
Run = Annotated[str | None, typer.Option("--run", metavar="REGEX", help="Only files whose name has a match.")]


@app.command("list", cls=QuickCommand, help=HELP_LIST, short_help="The files, and what each must show.")
@with_settings
def list_(settings: Settings, folder: Folder = None, run: Run = None, as_json: AsJson = False) -> None:
    """See ``HELP_LIST``."""
    from cli.tables import Table, plain, plain_width
    from cli.terminal import columns, folded

    del settings
    here = _folder(folder)
    rows = _chosen(here, run)
    if as_json:
        _print_json(here, ExitCode.VALID, [row.to_json() for row in rows])
        return
    table = Table(
        ("file", "verdict", "what"),
        tuple((row.file, _promised(row), _what(row)) for row in rows),
        frozenset(range(3)),
    )
    _, *lines = plain(table)
    width = columns()
    if width is None or plain_width(table) <= width:
        print("\n".join(lines))
        return
    for row in rows:
        print(folded("\n".join((row.file, f"    {_promised(row)}", f"    {_what(row)}")), hanging=4))


@app.command("check", cls=QuickCommand, help=HELP_CHECK, short_help="Whether each shows it.")
@with_settings
def check(settings: Settings, folder: Folder = None, run: Run = None, as_json: AsJson = False) -> None:
    """See ``HELP_CHECK``."""
    from cli.terminal import folded, printable, screen
    from cli.words import count
    from stateless.manifest import differences, judge
    from verkle.errors import StatelessError
    from witness.errors import UsageError

    here = _folder(folder)
    symbols = screen(settings).symbols
    results: list[dict[str, object]] = []
    wrong = 0
    for row in _chosen(here, run):
        try:
            found = list(differences(here, row, judge(here, row)))
        except (StatelessError, UsageError) as error:  # the file is not there, or cannot be read
            found = [str(error)]
        wrong += bool(found)
        results.append({**row.to_json(), "passed": not found, "differences": found})
        if as_json or (settings.quiet and not found):
            continue
        sign = symbols.failed if found else symbols.passed
        line = f"{sign} {printable(row.file)}: {printable('; '.join(found) or _promised(row))}"
        print(folded(line, hanging=4), flush=True)
    code = ExitCode.INVALID if wrong else ExitCode.VALID
    if as_json:
        _print_json(here, code, results)
    elif not settings.quiet:
        print(f"{count(len(results), 'file')}, {wrong:,} not as promised")
    raise typer.Exit(code)


@app.command("build", cls=QuickCommand, help=HELP_BUILD, short_help="Make them again, from the vectors.")
@with_settings
def build(
    settings: Settings,
    vectors: Annotated[
        str | None, typer.Argument(metavar="VECTORS", help="The folder of the vectors.")
    ] = None,
) -> None:
    """See ``HELP_BUILD``."""
    import os

    from cli.terminal import note
    from cli.words import count
    from witness.errors import UsageError

    maker = _maker()
    source = Path(vectors or os.environ.get(VECTORS_VARIABLE) or "../shared/vectors")
    if not (source / "verkle-geth").is_dir():
        raise UsageError(
            "VECTORS", f"there is no verkle-geth in {str(source)!a}, from which fixtures are made"
        )
    rows = maker.write(source)
    note(settings, f"{count(len(rows), 'file')} made in {maker.HERE}")


def _maker() -> Any:
    """The module that makes the fixtures, of the checkout that the program runs from and no other."""
    from importlib import import_module
    from importlib.util import find_spec

    from witness.errors import UsageError

    own = SOURCES / "fixtures" / "build.py"
    spec = find_spec("fixtures.build") if find_spec("fixtures") is not None else None
    if spec is None or spec.origin is None or Path(spec.origin).resolve() != own:
        raise UsageError(
            "FIXTURES_BUILD", "fixtures are made in a checkout of the sources, which this is not"
        )
    return import_module("fixtures.build")


def _folder(named: str | None) -> Path:
    from stateless.manifest import MANIFEST_NAME

    if named is not None:
        return Path(named)
    here = Path("fixtures")
    return here if (here / MANIFEST_NAME).is_file() else SOURCES / "fixtures"


def _chosen(folder: Path, run: str | None) -> list[Promise]:
    from cli.options import regular_expression
    from stateless.manifest import read_manifest

    pattern = regular_expression(run or "")
    return [row for row in read_manifest(folder) if pattern.search(row.file)]


def _promised(row: Promise) -> str:
    words = row.verdict if row.code is None else f"{row.verdict}: {row.code}"
    if row.executed and row.code is None:
        words += ", executed"
    if row.of_proof_only:
        words += " under --proof-only"
    if row.strict_code is not None:
        words += ", refused under --strict"
    return words


def _what(row: Promise) -> str:
    """What a file is, and how to see its verdict where it takes more than ``verify``."""
    return f"{row.what} ({row.asked})" if row.asked else row.what


def _print_json(folder: Path, code: int, rows: list[dict[str, object]]) -> None:
    from cli.json_output import print_object

    print_object(SCHEMA, code, {"folder": str(folder), "results": rows})
