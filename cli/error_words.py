"""An error in words: what failed, where, what was expected and found, why it happens, what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cli.terminal import folded, printable, warn
from cli.words import label, value_text
from verkle.errors import StatelessError

CHANCE: Final = 4
# Parts of a place that say how far down it is, what they are at the root, and how that is said.
PATHS: Final = frozenset({"path", "reached"})
EMPTY: Final[tuple[object, ...]] = ("", "0x", b"", [], ())
ROOT: Final = "(the root)"


def error_rows(error: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(heading, text) of the JSON form of an error (``stateless.verdict.error_to_json``)."""
    from stateless.codes import STAGES, lookup

    entry = lookup(str(error["code"]))
    stage = error["stage"]
    rows = [("what", _sentence(str(error["message"])))]
    if stage is not None:
        rows.append(("stage", f"{stage}, {STAGES.get(stage, '')}".rstrip(", ")))
    rows += [("where", text) for text in where_texts(error)]
    for side in ("expected", "got"):
        if error[side] is not None:
            rows.append((side, value_text(error[side])))
    if entry is not None:
        rows += [("cause", f"usually {entry.cause}"), ("next", entry.next_step)]
    return [(heading, printable(text)) for heading, text in rows]


def where_texts(error: Mapping[str, Any]) -> list[str]:
    """One text for each part of the place that the message does not say."""
    places = {
        label(name): ROOT if name in PATHS and value in EMPTY else value_text(value)
        for name, value in error["where"].items()
        if value is not None
    }
    message = str(error["message"])
    return [
        f"{name} {text}"
        for name, text in places.items()
        if not (_says(message, text) or _says(message, f"{name} {text}"))
    ]


def _says(message: str, text: str) -> bool:
    """Whether a message has these words already; a short number may be there by chance."""
    return len(text) >= CHANCE and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) is not None


def one_line(error: Mapping[str, Any]) -> str:
    """Code, stage, message, place, expected and got in one line."""
    at = "" if error["stage"] is None else f" at {error['stage']}"
    text = f"{error['code']}{at}: {error['message']}"
    places = "; ".join(where_texts(error))
    if places:
        text += f" [{places}]"
    sides = {side: value_text(error[side]) for side in ("expected", "got") if error[side] is not None}
    if not all(_says(error["message"], value) for value in sides.values()):
        text += "".join(f", {side} {value}" for side, value in sides.items())
    return printable(text)


def error_lines(error: StatelessError) -> list[str]:
    """Plain lines, for standard error, of an error that ends a command."""
    from stateless.verdict import error_to_json

    plain = error_to_json(error)
    lines = [f"{error.family}: {error.code}"]
    rows = [f"  {heading:<9} {text}" for heading, text in error_rows(plain)]
    return lines + [folded(row, hanging=12, stderr=True) for row in rows]


def warn_of(error: StatelessError, name: str | None = None) -> None:
    """Print the lines on standard error, below the name of what is wrong."""
    head = [] if name is None else [printable(name)]
    warn("\n".join([*head, *error_lines(error)]))


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
