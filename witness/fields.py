"""Typed reading of parsed JSON: each function takes a value and its place, and returns what it must be.

A place is a JSON path as a tuple of names and indices, shown as ``$.blocks[0].header.gasUsed``. Every error
is a ``MalformedError`` with that path: ``FIELD_MISSING``, ``FIELD_TYPE``, ``FIELD_RANGE``, ``HEX_SYNTAX``,
``HEX_LENGTH``. A bool is never an integer, a number never a string.
"""

from __future__ import annotations

from binascii import unhexlify
from typing import Any, Final, TypeAlias

from verkle.errors import MalformedError

JsonPath: TypeAlias = tuple[str | int, ...]

# Names and labels end up on terminals and in reports.
MAX_TEXT: Final = 2048
_ABSENT: Final = object()


def show(path: JsonPath) -> str:
    """``$.blocks[0].header``; names that are not plain words are quoted and escaped to ASCII."""
    parts = ["$"]
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.isascii() and step.replace("_", "a").isalnum():
            parts.append(f".{step}")
        else:
            parts.append(f"[{step!a}]")
    return "".join(parts)


def member(container: dict[str, Any], name: str, path: JsonPath) -> Any:
    """The member ``name``, which must be there (it may be null)."""
    value = container.get(name, _ABSENT)
    if value is _ABSENT:
        raise MalformedError(
            "FIELD_MISSING", f"{show(path)} has no {name}", where={"path": show((*path, name))}
        )
    return value


def as_object(value: Any, path: JsonPath) -> dict[str, Any]:
    """The value, which must be an object."""
    if not isinstance(value, dict):
        raise _type_error(value, "an object", path)
    return value


def as_list(value: Any, path: JsonPath) -> list[Any]:
    """The value, which must be a list."""
    if not isinstance(value, list):
        raise _type_error(value, "a list", path)
    return value


def as_text(value: Any, path: JsonPath) -> str:
    """A label: printable characters, at most ``MAX_TEXT``, since it will be shown as it is."""
    if not isinstance(value, str):
        raise _type_error(value, "a string", path)
    if len(value) > MAX_TEXT or not value.isprintable():
        raise MalformedError(
            "FIELD_TYPE",
            f"{show(path)} is not a label: more than {MAX_TEXT} characters, or some that cannot be printed",
            where={"path": show(path)},
        )
    return value


def optional_text(container: dict[str, Any], name: str, path: JsonPath) -> str | None:
    """The label ``name``, or ``None`` where it is null or missing."""
    value = container.get(name)
    return None if value is None else as_text(value, (*path, name))


def as_integer(value: Any, path: JsonPath, bits: int) -> int:
    """An integer of at most ``bits`` bits: a JSON number or 0x-hex (leading zeros allowed, EEST has them)."""
    if type(value) is int:
        number = value
    elif isinstance(value, str):
        digits = value[2:]
        if not value.startswith("0x") or not digits or not _is_hex(digits):
            raise MalformedError(
                "HEX_SYNTAX",
                f"{show(path)} is not an integer in 0x-hex",
                where={"path": show(path)},
                got=_excerpt(value),
            )
        number = int(digits, 16) if len(digits) <= 2 + bits // 4 else -1
    else:
        raise _type_error(value, "an integer (number or 0x-hex)", path)
    if not 0 <= number < 1 << bits:
        raise MalformedError(
            "FIELD_RANGE",
            f"{show(path)} is not within 0 … 2^{bits} - 1",
            where={"path": show(path)},
            expected=f"0 … 2^{bits} - 1",
            got=_excerpt(str(value)),
        )
    return number


def hex_fixed(value: Any, length: int, path: JsonPath, *, bare: bool = False) -> bytes:
    """Exactly ``length`` bytes of hex after ``0x``; with ``bare`` the prefix may be missing."""
    if type(value) is str:
        digits = value[2:] if value[:2] == "0x" else value if bare else None
        if digits is not None and len(digits) == 2 * length:
            try:
                return unhexlify(digits)
            except ValueError:
                pass
    return _explain_hex(value, path, bare, length)


def hex_bytes(value: Any, path: JsonPath, *, bare: bool = False) -> bytes:
    """Any number of bytes of hex after ``0x``; with ``bare`` the prefix may be missing."""
    if type(value) is str:
        digits = value[2:] if value[:2] == "0x" else value if bare else None
        if digits is not None:
            try:
                return unhexlify(digits)
            except ValueError:
                pass
    return _explain_hex(value, path, bare, None)


def _explain_hex(value: Any, path: JsonPath, bare: bool, length: int | None) -> bytes:
    """Say what is wrong with a value that is not the hex asked for. Always raises."""
    if not isinstance(value, str):
        raise _type_error(value, "a hex string", path)
    place = {"path": show(path)}
    if not value.startswith("0x") and not bare:
        raise MalformedError(
            "HEX_SYNTAX", f"{show(path)} does not start with 0x", where=place, got=_excerpt(value)
        )
    digits = value.removeprefix("0x")
    if digits and not _is_hex(digits):
        raise MalformedError(
            "HEX_SYNTAX",
            f"{show(path)} holds something other than hex digits",
            where=place,
            got=_excerpt(value),
        )
    if length is None:
        raise MalformedError(
            "HEX_LENGTH", f"{show(path)} has an odd number of hex digits", where=place, got=len(digits)
        )
    got = f"{len(digits)} hex digits" if len(digits) % 2 else f"{len(digits) // 2} bytes"
    raise MalformedError(
        "HEX_LENGTH",
        f"{show(path)} has {got} instead of {length} bytes",
        where=place,
        expected=f"{length} bytes",
        got=got,
    )


def _is_hex(digits: str) -> bool:
    return not digits.strip("0123456789abcdefABCDEF")


def _type_error(value: Any, wanted: str, path: JsonPath) -> MalformedError:
    return type_error(kind(value), wanted, path)


def type_error(got: str, wanted: str, path: JsonPath) -> MalformedError:
    """The refusal of a value of another kind, both kinds in words."""
    return MalformedError(
        "FIELD_TYPE",
        f"{show(path)} is {got}, not {wanted}",
        where={"path": show(path)},
        expected=wanted,
        got=got,
    )


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "an integer" if isinstance(value, int) else "a fraction"


def _excerpt(text: str) -> str:
    """At most 80 characters of a value, printable, for an error."""
    return ascii(text if len(text) <= 80 else text[:77] + "...")[1:-1]
