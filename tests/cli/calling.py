"""Calling the program inside the test's own process, with streams of its own."""

from __future__ import annotations

import io
import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cli.main import run

PROJECT = Path(__file__).resolve().parent.parent.parent
FIXTURES = PROJECT / "fixtures"
TRANSFER = FIXTURES / "blocks" / "address-high-bits.json"
CHAIN = FIXTURES / "blocks" / "transfer-new.json"
PACKED = FIXTURES / "blocks" / "big-100-txs.json.gz"
FALSE_PROOF = FIXTURES / "broken" / "current-value.json"
TRUNCATED = FIXTURES / "broken" / "truncated.json"
NO_WITNESS = FIXTURES / "broken" / "witness-removed.json"
# What the environment of a test run may say about terminals.
TERMINAL_VARIABLES = (
    "TERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "COLUMNS",
    "LINES",
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a call printed, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Standard output as one JSON object."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


class _Stream(io.TextIOWrapper):
    def __init__(self, encoding: str, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def said(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def call(
    *arguments: str | Path,
    stdin: bytes = b"",
    encoding: str = "utf-8",
    terminal: bool = False,
    env: dict[str, str] | None = None,
) -> Said:
    """Run the program. ``terminal``: whether its outputs claim to be one (100 columns)."""
    out, err = _Stream(encoding, terminal), _Stream(encoding, terminal)
    variables = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "50"} | (env or {})
    with ExitStack() as stack:
        changed = stack.enter_context(patch.dict("os.environ", variables))
        for name in TERMINAL_VARIABLES:
            if name not in variables:
                changed.pop(name, None)
        stack.enter_context(patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))))
        stack.enter_context(patch.object(sys, "stdout", out))
        stack.enter_context(patch.object(sys, "stderr", err))
        code = run([str(argument) for argument in arguments])
        return Said(int(code), out.said(), err.said())
