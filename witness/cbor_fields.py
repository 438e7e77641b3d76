"""Typed reading of CBOR items: each function takes an item and its place, and returns what it must be.

Places are written as those of JSON (``witness.fields``), ``$.block.header.gas_limit``, with the names of
``docs/format.md``. Errors: ``FIELD_TYPE``, ``FIELD_LENGTH``, all ``MalformedError``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from verkle.errors import MalformedError
from witness.cbor_items import Item
from witness.fields import JsonPath, as_text, show, type_error

T = TypeVar("T")


def uint(item: Item, path: JsonPath) -> int:
    """An unsigned integer below 2^64."""
    if not isinstance(item, int):
        raise _type_error(item, "an unsigned integer", path)
    return item


def text(item: Item, path: JsonPath) -> str:
    """A label: printable, of at most ``witness.fields.MAX_TEXT`` characters."""
    if not isinstance(item, str):
        raise _type_error(item, "text", path)
    return as_text(item, path)


def byte_string(item: Item, path: JsonPath, *, at_most: int | None = None) -> bytes:
    """A byte string."""
    if not isinstance(item, bytes):
        raise _type_error(item, "bytes", path)
    if at_most is not None and len(item) > at_most:
        raise _length_error(path, f"at most {at_most} bytes", f"{len(item)} bytes")
    return item


def fixed(item: Item, path: JsonPath, length: int) -> bytes:
    """Exactly so many bytes."""
    value = byte_string(item, path)
    if len(value) != length:
        raise _length_error(path, f"{length} bytes", f"{len(value)} bytes")
    return value


def array(item: Item, path: JsonPath) -> list[Item]:
    """An array of any length."""
    if not isinstance(item, list):
        raise _type_error(item, "an array", path)
    return item


def record(item: Item, path: JsonPath, length: int) -> list[Item]:
    """An array of exactly so many members."""
    members = array(item, path)
    if len(members) != length:
        raise _length_error(path, f"{length} members", f"{len(members)} members")
    return members


def optional(item: Item, path: JsonPath, read: Callable[[Item, JsonPath], T]) -> T | None:
    """``None`` for null, else what ``read`` makes of it."""
    return None if item is None else read(item, path)


def root(item: Item, path: JsonPath) -> bytes:
    """32 bytes."""
    return fixed(item, path, 32)


def _length_error(path: JsonPath, expected: str, got: str) -> MalformedError:
    return MalformedError(
        "FIELD_LENGTH",
        f"{show(path)} has {got} instead of {expected}",
        where={"path": show(path)},
        expected=expected,
        got=got,
    )


def _type_error(item: Item, wanted: str, path: JsonPath) -> MalformedError:
    names = {int: "an unsigned integer", bytes: "bytes", str: "text", list: "an array", type(None): "null"}
    return type_error(names[type(item)], wanted, path)
