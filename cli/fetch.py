"""``stateless fetch``: a block and its witness from a node, in a file that ``verify`` reads."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from cli import examples
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import note, printable

AUTH: Final = "STATELESS_RPC_AUTH"

HELP = f"""Ask a node for a block and its witness, and write both into one file for verify.

{examples.block(examples.FETCH)}

The node need not be trusted: verify decides. It must offer debug_executionWitness (geth, reth and others, in
the debug namespace); public endpoints mostly do not. What {AUTH} holds is sent as the
Authorization header. The file is written whole or not at all."""


@with_settings
def command(
    settings: Settings,
    rpc: Annotated[str, typer.Option("--rpc", metavar="URL", help="The node, http:// or https://.")],
    block: Annotated[
        str, typer.Option("--block", metavar="N", help="Number, hash (0x and 64 digits), or latest.")
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output.")
    ],
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="SECONDS", help="For each answer of the node.")
    ] = "60",
) -> None:
    """See ``HELP``."""
    from cli.output import STDOUT, write_whole
    from cli.words import size
    from stateless.fetch import Node, fetch_block

    seconds = whole_number(timeout, "--timeout", 1)
    node = Node(
        rpc, auth=os.environ.get(AUTH) or None, timeout_s=float(seconds), max_bytes=settings.max_bytes
    )
    fetched = fetch_block(node, block)
    write_whole(output, fetched.document)
    if output != STDOUT:
        form = "" if fetched.raw else ", the block as an object (no debug_getRawBlock)"
        note(settings, f"{printable(output)}: block {fetched.number}, {size(len(fetched.document))}{form}")
