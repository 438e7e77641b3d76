"""The manual page, made of the help screens: ``python -m cli.manual > docs/stateless.1``.

Source: man-pages(7), for the sections and their order; groff_man(7), for the macros.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import typer

from cli.exit_codes import MEANINGS, WORST
from cli.fetch import AUTH
from cli.fixtures import VECTORS_VARIABLE
from cli.main import PROGRAM, app
from cli.settings import TABLES_VARIABLE

__all__ = ["manual_page"]

ENVIRONMENT: Final = (
    ("NO_COLOR, FORCE_COLOR, TTY_COMPATIBLE, TTY_INTERACTIVE", "What may be drawn, as everywhere."),
    (TABLES_VARIABLE, "As --tables: how much memory the tables of fixed generators may take."),
    (VECTORS_VARIABLE, "The folder from which fixtures build makes the fixtures."),
    (AUTH, "The Authorization header that fetch sends."),
)
_KEPT: Final = "\b"  # in front of a paragraph whose lines stay as they are


def manual_page() -> str:
    """The whole page as roff."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name=PROGRAM)
    lines = [
        '.\\" Made by python -m cli.manual from the help screens; change those.',
        f".TH {PROGRAM.upper()} 1",
        ".SH NAME",
        f"{PROGRAM} \\- decide Ethereum blocks from their witness",
        ".SH SYNOPSIS",
        f".B {PROGRAM}",
        "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
        *_text(group.help or ""),
        ".SH OPTIONS",
        *_options(group, context),
        ".SH COMMANDS",
    ]
    for words, command, inner in _commands(group, context):
        usage = " ".join(_escaped(piece) for piece in command.collect_usage_pieces(inner))
        lines += [f".SS {' '.join(words)}", f".B {PROGRAM} {' '.join(words)}", usage, ".PP"]
        lines += _text(command.help or "")
        lines += _arguments(command)
        lines += _options(command, inner)
    lines += [".SH EXIT STATUS"]
    for code, meaning in MEANINGS.items():
        lines += _tagged(f"\\fB{code.value}\\fR", meaning)
    lines += [".PP", WORST, ".SH ENVIRONMENT"]
    for name, meaning in ENVIRONMENT:
        lines += _tagged(f"\\fB{name}\\fR", meaning)
    lines += [
        ".SH SEE ALSO",
        "The README, docs/errors.md (every error code; also",
        f'.BR "{PROGRAM} explain \\-\\-error CODE" )',
        "and docs/format.md.",
    ]
    return "\n".join(lines) + "\n"


def _commands(group: Any, context: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Every command that does something, with the words that call it."""
    for name, command in group.commands.items():
        inner = typer.Context(command, info_name=name, parent=context)
        if hasattr(command, "commands"):
            yield from (((name, *words), *rest) for words, *rest in _commands(command, inner))
        else:
            yield (name,), command, inner


def _text(help_text: str) -> list[str]:
    """Paragraphs of a help text."""
    lines: list[str] = []
    for paragraph in help_text.strip().split("\n\n"):
        if lines:
            lines.append(".PP")
        if paragraph.startswith(_KEPT):
            kept = paragraph.removeprefix(_KEPT).strip("\n").split("\n")
            lines += [".nf", *(_escaped(line) for line in kept), ".fi"]
        else:
            lines += [_escaped(line.strip()) for line in paragraph.split("\n")]
    return lines


def _arguments(command: Any) -> list[str]:
    lines: list[str] = []
    for param in command.params:
        if param.param_type_name == "argument":
            lines += _tagged(f"\\fI{_escaped(str(param.metavar))}\\fR", _escaped(param.help or ""))
    return lines


def _options(command: Any, context: Any) -> list[str]:
    lines: list[str] = []
    for param in command.get_params(context):
        record = param.get_help_record(context) if param.param_type_name == "option" else None
        if record is not None:
            lines += _tagged(f"\\fB{_escaped(record[0])}\\fR", _escaped(record[1]))
    return lines


def _tagged(tag: str, text: str) -> list[str]:
    return [".TP", tag, text]


def _escaped(line: str) -> str:
    """A line that roff prints as it stands."""
    text = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    sys.stdout.write(manual_page())
