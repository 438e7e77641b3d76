"""``stateless statetest``: run the state tests of fixture files."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import examples
from cli.parameters import AsJson, Paths, TestPattern, jobs_option
from cli.settings import Settings, with_settings

HELP = f"""Run state tests of the execution-spec-tests: one transaction, then state root and logs.

{examples.block(examples.STATETEST)}

A transaction that must be refused must be so for the reason stated. Forks outside Shanghai to Osaka (with its
blob parameter forks) are skipped and counted. Failures are printed as they come, with -v every test."""


@with_settings
def command(
    settings: Settings,
    paths: Paths,
    pattern: TestPattern = None,
    jobs: Annotated[str, jobs_option("Run")] = "1",
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli.fixture_tests import run

    raise typer.Exit(run(settings, "state", paths, pattern, jobs, as_json=as_json))
