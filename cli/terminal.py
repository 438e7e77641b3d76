"""What may be drawn: on which stream, with colours or without, in which characters.

Two kinds of output. *Drawn*: boxes, colours, tables to the terminal's width, by rich, which is imported only
then. *Plain*: lines of text for pipes, files, dumb terminals and serial consoles; in ASCII where the
encoding has no more.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from cli.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Symbols:
    """The signs that output uses beside ASCII text."""

    passed: str
    failed: str
    skipped: str
    arrow: str
    dash: str
    dot: str
    ellipsis: str
    minus: str
    branch: str
    last: str
    trunk: str
    full: str
    half: str


UNICODE: Final = Symbols("✓", "✗", "–", "→", "–", "·", "…", "−", "├── ", "└── ", "│   ", "█", "▌")
ASCII: Final = Symbols("ok", "FAIL", "-", "->", "-", "|", "...", "-", "|-- ", "`-- ", "|   ", "#", "")
GAP: Final = "    "
BARS: Final = {
    "bar.back": "dim",
    "bar.complete": "cyan",
    "bar.finished": "green",
    "bar.pulse": "cyan",
    "progress.download": "green",
    "progress.elapsed": "dim",
    "progress.percentage": "cyan",
    "progress.remaining": "dim",
}
"""Progress in the terminal's own colours: rich's are made for dark backgrounds."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How standard output is written. ``drawn``: rich may draw on it."""

    drawn: bool
    symbols: Symbols


def screen(settings: Settings) -> Screen:
    """Look at standard output and the environment."""
    unicode = _speaks_unicode(sys.stdout)
    dumb = os.environ.get("TERM") in {"dumb", "unknown"}
    wanted = settings.color == "always" or (not dumb and is_terminal(sys.stdout))
    return Screen(unicode and wanted, UNICODE if unicode and not dumb else ASCII)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at the stream; the environment may say so or deny it, as rich understands it."""
    compatible = os.environ.get("TTY_COMPATIBLE", "")
    if compatible in {"0", "1"}:
        return compatible == "1"
    if os.environ.get("FORCE_COLOR", ""):
        return True
    return stream is not None and stream.isatty()


def is_interactive(settings: Settings) -> bool:
    """Whether progress may move on standard error."""
    if settings.quiet or os.environ.get("TTY_INTERACTIVE") == "0":
        return False
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and os.environ.get("TERM") not in {"dumb", "unknown"}
        and _speaks_unicode(sys.stderr)
    )


def console(settings: Settings, *, stderr: bool = False) -> Console:
    """A rich console on one of the two streams."""
    from rich.console import Console
    from rich.theme import Theme

    forced = settings.color == "always"
    return Console(
        stderr=stderr,
        force_terminal=True if forced else None,
        no_color=True if settings.color == "never" else None,
        color_system="truecolor" if forced and not os.environ.get("COLORTERM") else "auto",
        theme=Theme(BARS),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def printable(text: str) -> str:
    """``text`` as it may be shown: control characters and half pairs escaped, so that no name of a file can
    move the cursor or end a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def columns(*, stderr: bool = False) -> int | None:
    """How many a line of the output has; ``None``: no terminal, and so as many as it takes."""
    stream = sys.stderr if stderr else sys.stdout
    return shutil.get_terminal_size().columns if is_terminal(stream) else None


def folded(text: str, hanging: int = 0, *, stderr: bool = False) -> str:
    """Lines of output, broken between words to the width of the terminal; for pipes and files as they are.
    ``hanging``: how far what follows a break is set in. ``stderr``: they go to standard error."""
    width = columns(stderr=stderr)
    if width is None:
        return text
    return "\n".join(
        textwrap.fill(
            line,
            width,
            subsequent_indent=" " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        if len(line) > width
        else line
        for line in text.split("\n")
    )


def note(settings: Settings, text: str) -> None:
    """A remark that is no result, on standard error."""
    if not settings.quiet:
        warn(text)


def warn(text: str) -> None:
    """Something that went wrong, on standard error."""
    print(folded(text, hanging=2, stderr=True), file=sys.stderr)


def make_output_safe() -> None:
    """Let no character that an encoding lacks end the program; do without streams that are closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _speaks_unicode(stream: TextIO | None) -> bool:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    return encoding.startswith("utf")
