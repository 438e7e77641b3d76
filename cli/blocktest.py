"""``stateless blocktest``: run the blockchain tests of fixture files."""

from __future__ import annotations

from cli import examples
from cli.fixture_tests import command_for

HELP = f"""Run blockchain tests of the execution-spec-tests: each block holds, or fails as its fixture says.

{examples.block(examples.BLOCKTEST)}

Each block is executed on the whole state, its witness is made, and it is verified again from that witness
alone; where the two differ the exit code is 6. A Verkle fixture's own witness must be the one that is made,
to the byte. Tests of other networks than Shanghai to Osaka (with its blob parameter forks) and the Verkle
rule sets are skipped and counted. Failures are printed as they come, with -v every test.

Read as well: chains of Verkle blocks with the alloc of their genesis, as in fixtures/verkle."""


command = command_for("block")
