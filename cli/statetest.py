"""``stateless statetest``: run the state tests of fixture files."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import examples
from cli.settings import Settings, with_settings

HELP = f"""Run state tests of the execution-spec-tests: one transaction, then state root and logs.

{examples.block(examples.STATETEST)}

A transaction that must be refused must be so for the reason stated. Forks outside Shanghai to Osaka (with its
blob parameter forks) are skipped and counted. Failures are printed as they come, with -v every test."""


@with_settings
def command(
    settings: Settings,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="File, directory, glob, - (standard input) or @list; .gz allowed."
        ),
    ],
    pattern: Annotated[
        str | None, typer.Option("--run", metavar="REGEX", help="Run only tests whose id it is found in.")
    ] = None,
    jobs: Annotated[str, typer.Option("--jobs", "-j", metavar="N", help="Run in N processes.")] = "1",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """See ``HELP``."""
    from cli.fixture_tests import run

    raise typer.Exit(run(settings, "state", paths, pattern, jobs, as_json=as_json))
