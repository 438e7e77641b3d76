"""Reading the values of options. What is wrong with one is a ``typer.BadParameter`` that names the option."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import typer

from cli.terminal import printable

if TYPE_CHECKING:
    from stateless.conversion import Encoding
    from witness.block import BlockInput

STATE_ROOT_BYTES: Final = 32


def did_you_mean(text: str, known: Iterable[str], most: int = 1) -> str:
    """What to put behind a refusal of ``text``: the names that are nearly it, if there are any."""
    from difflib import get_close_matches

    near = get_close_matches(text, list(known), n=most)
    return f". Did you mean {' or '.join(near)}?" if near else ""


def one_of(text: str, known: Collection[str], option: str) -> str:
    """``text``, which must be one of the known names."""
    if text not in known:
        raise typer.BadParameter(
            f"{text!a} is none of {', '.join(known)}{did_you_mean(text, known)}", param_hint=option
        )
    return text


def regular_expression(text: str) -> re.Pattern[str]:
    """What ``--run`` chooses by."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise typer.BadParameter(f"{text!a} is no regular expression: {error}", param_hint="--run") from None


def rules_name(name: str) -> str:
    """The name of a rule set that is known."""
    from stateless.rules import RULE_SETS, rules_named
    from verkle.errors import UnsupportedError

    try:
        return rules_named(name, "option").name
    except UnsupportedError:
        near = did_you_mean(name, RULE_SETS)
        raise typer.BadParameter(
            f"no rule set is called {name!a}; known are {', '.join(RULE_SETS)}{near}",
            param_hint="--rules",
        ) from None


def rules_or_fork(name: str) -> str:
    """The name of a rule set of Verkle blocks, or of a fork whose Merkle-Patricia blocks are executed."""
    from stateless.forks import FORKS
    from stateless.rules import RULE_SETS

    if name.lower() in FORKS:
        return name
    try:
        return rules_name(name)
    except typer.BadParameter:
        known = [*RULE_SETS, *FORKS]
        near = did_you_mean(name, known)
        raise typer.BadParameter(
            f"no rule set and no fork is called {name!a}; known are {', '.join(known)}{near}",
            param_hint="--rules",
        ) from None


def chain_config(name: str, max_bytes: int) -> Mapping[str, object]:
    """The JSON object in a file."""
    from pathlib import Path

    from verkle.errors import StatelessError
    from witness.errors import UsageError
    from witness.source import read_path
    from witness.strict_json import parse

    try:
        document = parse(read_path(Path(name), max_bytes))
    except (StatelessError, UsageError) as error:
        raise typer.BadParameter(f"{name}: {error}", param_hint="--chain-config") from None
    if not isinstance(document, dict):
        raise typer.BadParameter(f"{name} holds no JSON object", param_hint="--chain-config")
    return document


def state_root(text: str) -> bytes:
    """32 bytes from hex, with 0x or without."""
    try:
        # fromhex would allow spaces between the bytes
        root = bytes.fromhex(text.removeprefix("0x")) if " " not in text else None
    except ValueError:
        root = None
    if root is None:
        raise typer.BadParameter(
            f"{text!a} is not hex; a state root is 0x and 64 hex digits", param_hint="--pre-root"
        )
    if len(root) != STATE_ROOT_BYTES:
        raise typer.BadParameter(
            f"a state root has {STATE_ROOT_BYTES} bytes, this has {len(root)}", param_hint="--pre-root"
        )
    return root


def format_name(name: str) -> str:
    """The name of an input format that is known."""
    from witness.decode import FORMAT_NAMES

    return one_of(name, FORMAT_NAMES, "--format")


def block(name: str, max_bytes: int) -> BlockInput:
    """The one block that a file holds. What is wrong with the file itself is raised as of any input."""
    from pathlib import Path

    from witness.source import read_path

    return only_block(name, read_path(Path(name), max_bytes))


def only_block(name: str, data: bytes) -> BlockInput:
    """The one block in what was read from a file. Raises as ``block``."""
    from witness.decode import decode_blocks

    blocks = decode_blocks(data, name)
    if len(blocks) > 1:
        raise typer.BadParameter(
            f"{name} holds {len(blocks)} blocks; one is asked for (convert --pick N writes it by itself)",
            param_hint="--block",
        )
    return blocks[0]


def encoding(output: str, to: str | None) -> Encoding:
    """The encoding that ``--to`` names, or else the name of the output file.

    Raises ``typer.BadParameter``.
    """
    from stateless.conversion import ENCODINGS

    named = to if to is not None else output.rpartition(".")[2].lower()
    for known in ENCODINGS:
        if known == named:
            return known
    if to is not None:
        raise typer.BadParameter(f"{to!a} is none of {', '.join(ENCODINGS)}", param_hint="--to")
    raise typer.BadParameter(
        f"the name {printable(output)} does not say the encoding; give one of {', '.join(ENCODINGS)}",
        param_hint="--to",
    )
