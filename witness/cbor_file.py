"""What this project's two files of CBOR share: tag, schema, canonical items, a digest at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from verkle.errors import MalformedError, UnsupportedError
from witness.cbor_items import Item
from witness.fields import JsonPath, show

__all__ = ["DIGEST_BYTES", "check_canonical", "check_digest", "dump", "newer_schema", "seal"]

DIGEST_BYTES: Final = 32


def dump(item: Item) -> bytes:
    """The one encoding of an item."""
    import cbor2  # noqa: PLC0415 (only who reads or writes these formats pays for it)

    return cbor2.dumps(item, canonical=True)


def seal(body: bytes) -> bytes:
    """The file: all that is before the digest, and the digest of it (BLAKE3)."""
    from blake3 import blake3  # noqa: PLC0415

    return body + blake3(body).digest()


def check_digest(data: bytes, digest: bytes) -> None:
    """Hold a file against the digest that it ends with. Raises ``MalformedError`` ``CBOR_DIGEST``."""
    from blake3 import blake3  # noqa: PLC0415

    got = blake3(data[:-DIGEST_BYTES]).digest()
    if got != digest:
        raise MalformedError(
            "CBOR_DIGEST",
            "the digest at the end of the file is not that of the bytes before it",
            where={"offset": len(data) - DIGEST_BYTES},
            expected=digest,
            got=got,
        )


def check_canonical(parts: Iterable[tuple[JsonPath, Item, Item]]) -> None:
    """Is each part, as it was read, what it is written as? A part: place, as read, as written.

    Raises ``MalformedError`` ``CBOR_NOT_CANONICAL`` with the first place that is not.
    """
    for path, given, written in parts:
        if given != written:
            raise MalformedError(
                "CBOR_NOT_CANONICAL",
                f"{show(path)} is not written in the one way that counts",
                where={"path": show(path)},
            )


def newer_schema(name: str, number: int, known: int) -> UnsupportedError:
    """The refusal of a file whose schema is later than ``known``."""
    return UnsupportedError(
        "CBOR_SCHEMA_NEWER",
        f"the file is of schema {number}; this program knows schema {known}",
        where={"schema": name},
        expected=known,
        got=number,
    )
