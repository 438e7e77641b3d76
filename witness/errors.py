"""Mistakes in how the program is called, as against what is wrong with an input (``verkle.errors``)."""

from __future__ import annotations

from typing import ClassVar


class UsageError(Exception):
    """The call cannot be carried out: no such path, no such option value. Exit code 2.

    Attributes:
        code: stable upper-case name, e.g. ``PATH_MISSING``.
        message: one sentence in plain words.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
