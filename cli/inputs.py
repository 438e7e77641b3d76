"""Reading what a command looks at: bytes, one block or several, a state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from cli.settings import Settings, whole_number
from cli.terminal import printable

if TYPE_CHECKING:
    from stateless.state_source import StateSource
    from witness.block import BlockInput

STDIN: Final = "-"


def read_input(file: str, max_bytes: int) -> bytes:
    """The bytes of a file, or of standard input. Raises as ``witness.source``."""
    from witness.source import Source

    return Source(file, None if file == STDIN else Path(file), named=True).read(max_bytes)


def all_blocks(
    file: str, max_bytes: int, *, block: str | None = None, format: str | None = None
) -> tuple[BlockInput, ...]:
    """Every block of a file; with ``block`` (a file) each witness joined to the block in that. ``format``: of
    the file, ``None``: told by content.

    Raises as ``witness.decode`` and ``witness.join``.
    """
    from witness.decode import decode_blocks

    blocks = decode_blocks(read_input(file, max_bytes), file, format=format)
    if block is None:
        return blocks
    from cli.options import block as read_block
    from witness.join import join

    beside = read_block(block, max_bytes)
    return tuple(join(each, beside) for each in blocks)


def one_block(
    file: str,
    max_bytes: int,
    *,
    pick: str | None = None,
    block: str | None = None,
    format: str | None = None,
) -> BlockInput:
    """The block that is meant: the only one of a file, or number ``pick`` (from 1).

    Raises as ``all_blocks``; ``typer.BadParameter`` where it is not clear which.
    """
    number = None if pick is None else whole_number(pick, "--pick", 1)
    blocks = all_blocks(file, max_bytes, block=block, format=format)
    if number is None and len(blocks) > 1:
        raise typer.BadParameter(
            f"{printable(file)} holds {len(blocks)} blocks; say which (1 to {len(blocks)})",
            param_hint="--pick",
        )
    if number is not None and number > len(blocks):
        raise typer.BadParameter(
            f"{printable(file)} holds {len(blocks)} blocks, not {number}", param_hint="--pick"
        )
    return blocks[(number or 1) - 1]


def open_state(settings: Settings, name: str, rules: str | None) -> StateSource:
    """The state of that name, for a ``with`` block; ``rules``: what ``--rules`` says.

    Raises ``typer.BadParameter``; as ``StateSource``.
    """
    from cli.options import rules_name
    from stateless.state_source import StateSource

    named = None if rules is None else rules_name(rules)
    return StateSource(name, rules=named, max_bytes=settings.max_bytes)
