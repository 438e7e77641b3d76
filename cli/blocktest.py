"""``stateless blocktest``: run the blockchain tests of fixture files."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import examples
from cli.parameters import AsJson, Paths, TestPattern, jobs_option
from cli.settings import Settings, with_settings

HELP = f"""Run blockchain tests of the execution-spec-tests: each block holds, or fails as its fixture says.

{examples.block(examples.BLOCKTEST)}

Each block is executed on the whole state, its witness is made, and it is verified again from that witness
alone; where the two differ the exit code is 6. A Verkle fixture's own witness must be the one that is made,
to the byte. Tests of other networks than Shanghai to Osaka (with its blob parameter forks) and the Verkle
rule sets are skipped and counted. Failures are printed as they come, with -v every test.

Read as well: chains of Verkle blocks with the alloc of their genesis, as in fixtures/verkle."""


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

    raise typer.Exit(run(settings, "block", paths, pattern, jobs, as_json=as_json))
