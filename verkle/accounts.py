"""What of an account lies in which leaves, under either layout of the header leaves.

========  =======================================================  ======================================
suffix    ``basic_data`` (EIP-6800 since 2024-07, Kaustinen 7)     ``five_leaves`` (Kaustinen 2 to 6)
========  =======================================================  ======================================
0         version 1 B · 0 (4 B) · code size 3 B · nonce 8 B ·      version
          balance 16 B, each big-endian
1         code hash                                                balance
2                                                                  nonce
3                                                                  code hash
4                                                                  code size, only of an account with code
========  =======================================================  ======================================

The numbers of ``five_leaves`` are little-endian, padded with zeros to 32 bytes. Storage words and code
chunks are the same under both: a word is 32 bytes big-endian, a chunk as :func:`verkle.embedding.chunkify`
makes it.

Sources: EIP-6800, *Tree embedding*; SPEC 4.3, 4.4, 4.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from verkle.constants import EMPTY_CODE_HASH, WORD_BYTES
from verkle.embedding import HEADER_LEAVES, LeafLayout, chunk_position, chunkify, storage_position
from verkle.errors import MalformedError, UnsupportedError

__all__ = [
    "LIMITS",
    "AccountHeader",
    "AccountLeaf",
    "account_leaves",
    "decode_header",
    "decode_numbers",
    "encode_header",
    "is_present",
]


VERSION: Final = 0
"""The only version of an account that there is."""

CODE_SIZE_AT: Final = 5
NONCE_AT: Final = 8
BALANCE_AT: Final = 16

LIMITS: Final[Mapping[LeafLayout, Mapping[str, int]]] = MappingProxyType(
    {
        "basic_data": MappingProxyType({"nonce": 64, "balance": 128, "code_size": 24}),
        "five_leaves": MappingProxyType({"nonce": 64, "balance": 256, "code_size": 64}),
    }
)
"""Bits that a header's numbers have room for."""

_ALWAYS: Final[Mapping[LeafLayout, tuple[str, ...]]] = MappingProxyType(
    {
        "basic_data": ("basic_data", "code_hash"),
        "five_leaves": ("version", "balance", "nonce", "code_hash"),
    }
)
"""Leaves that every account has."""


@dataclass(frozen=True, slots=True)
class AccountHeader:
    """The account itself, without storage and code. ``code_hash``: 32 bytes; ``code_size`` in bytes."""

    nonce: int = 0
    balance: int = 0
    code_hash: bytes = EMPTY_CODE_HASH
    code_size: int = 0


class AccountLeaf(NamedTuple):
    """A leaf of an account: where, relative to its address, and the value (32 bytes)."""

    tree_index: int
    suffix: int
    value: bytes


def encode_header(layout: LeafLayout, header: AccountHeader) -> dict[int, bytes]:
    """The header leaves, all at tree index 0, by suffix.

    ``five_leaves`` has no leaf for the code size of an account without code.

    Raises:
        MalformedError: ``ACCOUNT_NUMBER_RANGE``: a number that its place has no room for.
    """
    for name, bits in LIMITS[layout].items():
        number = getattr(header, name)
        if not 0 <= number < 1 << bits:
            raise MalformedError(
                "ACCOUNT_NUMBER_RANGE",
                f"an account's {name.replace('_', ' ')} does not fit the {bits} bits of its leaf",
                where={"field": name, "layout": layout},
                expected=f"0 … 2^{bits} - 1",
                got=number,
            )
    if layout == "basic_data":
        basic = (
            VERSION.to_bytes(CODE_SIZE_AT, "little")
            + header.code_size.to_bytes(NONCE_AT - CODE_SIZE_AT, "big")
            + header.nonce.to_bytes(BALANCE_AT - NONCE_AT, "big")
            + header.balance.to_bytes(WORD_BYTES - BALANCE_AT, "big")
        )
        return {0: basic, 1: header.code_hash}
    numbers = {"version": VERSION, "balance": header.balance, "nonce": header.nonce}
    if header.code_hash != EMPTY_CODE_HASH:
        numbers["code_size"] = header.code_size
    names = HEADER_LEAVES[layout]
    leaves = {names.index(name): number.to_bytes(WORD_BYTES, "little") for name, number in numbers.items()}
    leaves[names.index("code_hash")] = header.code_hash
    return leaves


def is_present(layout: LeafLayout, leaves: Mapping[int, bytes | None]) -> bool:
    """Whether an account is there: one of the leaves that every account has is (SPEC 4.4)."""
    return any(leaves.get(HEADER_LEAVES[layout].index(name)) is not None for name in _ALWAYS[layout])


def decode_header(layout: LeafLayout, leaves: Mapping[int, bytes | None]) -> AccountHeader | None:
    """The account in these header leaves (32 bytes each, by suffix); ``None`` if it is not there.

    A leaf that is missing beside others counts as zero, the code hash as that of no code: so the clients
    read what a deletion or a half-written account left.

    Raises:
        UnsupportedError: ``ACCOUNT_VERSION``: a version other than 0.
        MalformedError: ``ACCOUNT_LEAF``: bits set where the layout has none.
    """
    if not is_present(layout, leaves):
        return None
    found = {name: leaves.get(suffix) for suffix, name in enumerate(HEADER_LEAVES[layout])}
    code_hash = found.pop("code_hash") or EMPTY_CODE_HASH
    numbers: dict[str, int] = {}
    for name, leaf in found.items():
        numbers |= decode_numbers(name, leaf)
    return AccountHeader(code_hash=code_hash, **numbers)


def decode_numbers(name: str, leaf: bytes | None) -> dict[str, int]:
    """The numbers in one header leaf (32 bytes, 0 if it is absent), of those named in ``AccountHeader``.

    ``name``: of ``HEADER_LEAVES``, other than the code hash.

    Raises:
        UnsupportedError, MalformedError: as :func:`decode_header`.
    """
    value = leaf or bytes(WORD_BYTES)
    if name == "basic_data":
        _check_version(value[0])
        if any(value[1:CODE_SIZE_AT]):
            raise MalformedError("ACCOUNT_LEAF", "reserved bytes of basic data are set", got=value)
        return {
            "nonce": int.from_bytes(value[NONCE_AT:BALANCE_AT], "big"),
            "balance": int.from_bytes(value[BALANCE_AT:], "big"),
            "code_size": int.from_bytes(value[CODE_SIZE_AT:NONCE_AT], "big"),
        }
    number = int.from_bytes(value, "little")
    if name == "version":
        _check_version(number)
        return {}
    limit = LIMITS["five_leaves"][name]
    if number >> limit:
        raise MalformedError(
            "ACCOUNT_LEAF",
            f"an account's {name.replace('_', ' ')} is larger than clients can hold",
            where={"field": name},
            expected=f"0 … 2^{limit} - 1",
            got=number,
        )
    return {name: number}


def _check_version(version: int) -> None:
    if version != VERSION:
        raise UnsupportedError(
            "ACCOUNT_VERSION", "an account of a version that is not known", expected=VERSION, got=version
        )


def account_leaves(
    layout: LeafLayout,
    main_storage_offset: int,
    header: AccountHeader,
    code: bytes = b"",
    storage: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[AccountLeaf]:
    """Every leaf of an account, once each: header, code chunks, storage words that are not 0.

    ``storage``: slot → word, both below 2^256. A word of 0 has no leaf: nothing was ever written there.

    Raises:
        MalformedError: as :func:`encode_header`.
    """
    for suffix, value in encode_header(layout, header).items():
        yield AccountLeaf(0, suffix, value)
    for number, chunk in enumerate(chunkify(code)):
        yield AccountLeaf(*chunk_position(number), chunk)
    for slot, word in storage.items():
        if word:
            yield AccountLeaf(*storage_position(slot, main_storage_offset), word.to_bytes(WORD_BYTES, "big"))
