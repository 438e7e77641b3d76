"""The one hierarchy of errors, at the bottom so that every room can raise it.

Input from outside is never met with ``assert`` and never ends in a traceback: what is wrong with it
is raised as one of the families below, with a stable ``code`` and the evidence. The meaning, usual
cause and next step of each code stand in ``stateless.codes``; a test holds the raise sites and that
table equal.

Families and exit codes (httpie's habit: one number, one meaning)::

    InvalidError      1   the block or the witness is wrong
    MalformedError    3   the input cannot be decoded
    UnsupportedError  4   the fork, schema or rule set is not known here
    IncompleteError   5   the witness lacks what the decision needs
    MachineError     70   the machine fails: a full disk, a lock; nothing is said of the input
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class StatelessError(Exception):
    """Base of all errors about the input.

    Attributes:
        code: stable upper-case name, e.g. ``PROOF_IPA_FALSE``.
        message: one sentence in plain words.
        where: what the error is about (path, stem, suffix, transaction, …); bytes are kept as bytes
            and rendered as 0x-hex by whoever prints them.
        expected, got: the two sides of a failed comparison, ``None`` where there are none.
        stage: the step of the verifier in which it was raised (``DECODE``, ``SHAPE``, ``PROOF``,
            ``EXECUTE``, ``REBUILD``, ``COMPARE``); filled in by the verifier.
    """

    family: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: Mapping[str, object] | None = None,
        expected: object = None,
        got: object = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where: dict[str, object] = dict(where or {})
        self.expected = expected
        self.got = got
        self.stage: str | None = None


class InvalidError(StatelessError):
    """The block or the witness is wrong: a verdict, not a failure to read."""

    family = "invalid"
    exit_code = 1


class MalformedError(StatelessError):
    """The input cannot be decoded into a block or a witness."""

    family = "malformed"
    exit_code = 3


class UnsupportedError(StatelessError):
    """The input is of a kind that this program does not decide."""

    family = "unsupported"
    exit_code = 4


class IncompleteError(StatelessError):
    """The input lacks something without which nothing can be decided."""

    family = "incomplete"
    exit_code = 5


class MachineError(StatelessError):
    """The machine does not do what is asked: a full disk, missing permission, another process's lock."""

    family = "machine"
    exit_code = 70
