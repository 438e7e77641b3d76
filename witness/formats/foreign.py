"""Kinds of input that are known by sight but not decided: better named than called unknown.

Each entry: what it is, and how it is told from others. Parts that come to read one of these take it out of
the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from verkle.errors import UnsupportedError
from witness.block import BlockInput


def _has(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(name in value for name in names)


def _is_state_test(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and bool(document)
        and all(_has(value, "env", "pre", "transaction", "post") for value in document.values())
    )


KINDS: Final[tuple[tuple[str, Callable[[Any], bool]], ...]] = (
    ("a state test: it holds no block", _is_state_test),
    (
        "a reply of a node's JSON-RPC, to another question",
        lambda document: _has(document, "jsonrpc", "result"),
    ),
)


def recognise(document: Any) -> bool:
    """One of ``KINDS``."""
    return any(matches(document) for _, matches in KINDS)


def read(document: Any, _name: str) -> tuple[BlockInput, ...]:
    """Always raises ``UnsupportedError`` ``FORMAT_UNSUPPORTED``."""
    kind = next(kind for kind, matches in KINDS if matches(document))
    raise UnsupportedError("FORMAT_UNSUPPORTED", f"this is {kind}; blocks with their witnesses are decided")
