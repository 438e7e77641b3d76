"""JSON from strangers: the standard library's parser under a prescan, and nothing left to chance.

Refused beyond what RFC 8259 refuses: a name twice in one object (which one counts depends on the reader),
NaN and Infinity, nesting deeper than ``MAX_DEPTH``, more than ``MAX_TOKENS`` values, integers longer than
``MAX_INTEGER_DIGITS`` and surrogates without their other half. All limits apply before the costly step
that they bound.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from verkle.errors import MalformedError
from witness.fields import JsonPath, show

MAX_DEPTH: Final = 64
# Quotes, commas and opening brackets together: what bounds the number of Python objects made. The largest
# public fixture has 40,000 of them in 2.5 MB.
MAX_TOKENS: Final = 4_000_000
# 2^256 has 78 digits; no field of a block is longer.
MAX_INTEGER_DIGITS: Final = 80

_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse(data: bytes) -> Any:
    """The value of the JSON text ``data`` (UTF-8, no byte-order mark).

    Raises ``MalformedError``: ``INPUT_EMPTY``, ``JSON_UTF8``, ``JSON_SYNTAX``, ``JSON_TOO_DEEP``,
    ``JSON_TOO_LARGE``, ``JSON_DUPLICATE_KEY``, ``JSON_NUMBER``; with the byte offset or the JSON path.
    """
    if not data.strip():
        raise MalformedError("INPUT_EMPTY", "the input is empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(
            "JSON_UTF8", f"not UTF-8 at byte {error.start}", where={"offset": error.start}
        ) from None
    tokens = data.count(b'"') // 2 + data.count(b",") + data.count(b"[") + data.count(b"{")
    if tokens > MAX_TOKENS:
        raise MalformedError(
            "JSON_TOO_LARGE",
            "the JSON text holds too many values",
            expected=f"at most {MAX_TOKENS}",
            got=tokens,
        )
    _refuse_depth(data)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from None
    except _Duplicate:
        raise _duplicate_error(text) from None
    except RecursionError:  # unreachable under the prescan; kept so that a hole in it is not a traceback
        raise _too_deep() from None
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


def _refuse_depth(data: bytes) -> None:
    """Follow the brackets outside strings, so that the parser never recurses deeper than the limit.

    Strings are cut away in C. Where the text is not JSON this may misjudge what comes after the fault, but
    the parser stops at the fault.
    """
    if b"\\" in data:
        # Pairs first: in \\" the quote is not escaped.
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    depth = 0
    for bracket in b"".join(data.split(b'"')[::2]).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()
        elif depth:
            depth -= 1
        else:
            return


def _too_deep() -> MalformedError:
    return MalformedError(
        "JSON_TOO_DEEP", f"the JSON text is nested deeper than {MAX_DEPTH}", expected=f"at most {MAX_DEPTH}"
    )


class _Duplicate(Exception):
    """A name occurs twice in an object; where is found in a second pass."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Duplicate
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise MalformedError(
            "JSON_NUMBER",
            f"an integer has {len(digits)} digits",
            expected=f"at most {MAX_INTEGER_DIGITS}",
            got=len(digits),
        )
    return int(digits)


def _constant(name: str) -> Any:
    raise MalformedError("JSON_NUMBER", f"{name} is not a JSON number")


def _syntax_error(text: str, error: json.JSONDecodeError) -> MalformedError:
    offset = len(text[: error.pos].encode())
    size = len(text.encode())
    cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
    what = "the JSON text ends too early" if cut else f"not valid JSON: {error.msg.lower()}"
    return MalformedError(
        "JSON_SYNTAX",
        f"{what} (byte {offset} of {size}, line {error.lineno}, column {error.colno})",
        where={"offset": offset, "line": error.lineno, "column": error.colno},
    )


class _Pairs(list[tuple[str, Any]]):
    """An object kept as its pairs, for the second pass."""


def _duplicate_error(text: str) -> MalformedError:
    """Read the text once more, keeping pairs, and walk to the first object with a repeated name."""
    try:
        value = json.loads(text, object_pairs_hook=_Pairs, parse_int=str)
    except json.JSONDecodeError as error:  # a fault further on
        return _syntax_error(text, error)
    todo: list[tuple[JsonPath, Any]] = [((), value)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, _Pairs):
            seen: set[str] = set()
            for key, _ in value:
                if key in seen:
                    return MalformedError(
                        "JSON_DUPLICATE_KEY",
                        f"the name {key!a} occurs twice in the object at {show(path)}",
                        where={"path": show((*path, key))},
                    )
                seen.add(key)
            todo.extend(((*path, key), member) for key, member in reversed(value))
        elif isinstance(value, list):
            todo.extend(((*path, i), member) for i, member in reversed(list(enumerate(value))))
    return MalformedError("JSON_DUPLICATE_KEY", "a name occurs twice in one object")


def _refuse_lone_surrogates(value: Any) -> None:
    """Python reads the escape of half a pair into a string that no output can carry."""
    todo: list[tuple[JsonPath, Any]] = [((), value)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise MalformedError(
                    "JSON_UTF8", "a string holds half a surrogate pair", where={"path": show(path)}
                ) from None
        elif isinstance(value, dict):
            for key, member in value.items():
                todo.append((path, key))
                todo.append(((*path, key), member))
        elif isinstance(value, list):
            todo.extend(((*path, i), member) for i, member in enumerate(value))
