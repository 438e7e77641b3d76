"""``stateless statetest``: run the state tests of fixture files."""

from __future__ import annotations

from cli import examples
from cli.fixture_tests import command_for

HELP = f"""Run state tests of the execution-spec-tests: one transaction, then state root and logs.

{examples.block(examples.STATETEST)}

A transaction that must be refused must be so for the reason stated. Forks outside Shanghai to Osaka (with its
blob parameter forks) are skipped and counted. Failures are printed as they come, with -v every test."""


command = command_for("state")
