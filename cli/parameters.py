"""Arguments and options that several commands have, each written once.

Options that every command has are in ``cli.settings``. The commands take what is given as text;
``cli.options`` and ``whole_number`` read it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

FILE_HELP: Final = "A file, or - for standard input; .gz allowed."
LEAST_RUNS: Final = 5
"""Of a measurement; fewer say nothing of how far the runs lie apart."""

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH", help="File, directory, glob, - (standard input) or @list; .gz allowed."),
]
RulesOrFork = Annotated[
    str | None,
    typer.Option("--rules", metavar="NAME", help="Rule set or fork; goes before what the input says."),
]
PreRoot = Annotated[
    str | None, typer.Option("--pre-root", metavar="HEX", help="State root before the block, 32 bytes.")
]
BlockBeside = Annotated[
    str | None,
    typer.Option("--block", metavar="FILE", help="The block, where the input is a witness alone (SSZ, say)."),
]
Pick = Annotated[
    str | None, typer.Option("--pick", metavar="N", help="Which block, from 1, where there are several.")
]
InputFormat = Annotated[
    str | None, typer.Option("--format", metavar="F", help="Of all inputs; by default told by content.")
]
OUTPUT: Final[Any] = typer.Option("-o", "--output", metavar="OUT", help="Where to; - is standard output.")
EncodingName = Annotated[
    str | None,
    typer.Option("--to", metavar="json|ssz|cbor", help="The encoding. [default: by the name of OUT]"),
]
TestPattern = Annotated[
    str | None, typer.Option("--run", metavar="REGEX", help="Run only tests whose id it is found in.")
]
Runs = Annotated[str, typer.Option("--runs", metavar="N", help="Measured runs, 5 or more.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def jobs_option(verb: str) -> Any:
    """The option ``--jobs``; ``verb``: what the processes do."""
    return typer.Option("--jobs", "-j", metavar="N", help=f"{verb} in N processes.")
