"""What the process's exit code means: one number, one meaning, for every command (DESIGN 4)."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final


class ExitCode(IntEnum):
    """The exit codes of the program."""

    VALID = 0
    INVALID = 1
    USAGE = 2
    MALFORMED = 3
    UNSUPPORTED = 4
    INCOMPLETE = 5
    CROSS_CHECK = 6
    INTERNAL = 70
    INTERRUPTED = 130
    READER_GONE = 141


MEANINGS: Final = MappingProxyType(
    {
        ExitCode.VALID: "everything that was asked for holds",
        ExitCode.INVALID: "a block or its witness is wrong",
        ExitCode.USAGE: "the command was called wrongly",
        ExitCode.MALFORMED: "an input cannot be read or decoded",
        ExitCode.UNSUPPORTED: "an input is of a kind that is not decided here",
        ExitCode.INCOMPLETE: "an input lacks what the decision needs",
        ExitCode.CROSS_CHECK: "two ways to the same answer differ",
        ExitCode.INTERNAL: "a fault of this program or of the machine, no verdict",
        ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
        ExitCode.READER_GONE: "whoever read the output closed it (| head)",
    }
)


WORST: Final = "Of several blocks the worst decides: 1, 3, 4, 5, 0."


def help_table() -> str:
    """The table for a help screen; the leading ``\\b`` keeps its line breaks."""
    rows = [f"{code.value:>5}  {text}" for code, text in MEANINGS.items()]
    return "\b\n" + "\n".join(["Exit codes:", *rows]) + f"\n\n{WORST}"
