"""All leaves of an account of the binary tree, by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from verkle.accounts import AccountHeader, account_leaves
from verkle.constants import MAIN_STORAGE_OFFSET
from witness.binary.keys import stem_of
from witness.binary.rules import BinaryRules


def account_items(
    rules: BinaryRules,
    address: bytes,
    header: AccountHeader,
    code: bytes = b"",
    storage: Mapping[int, int] = MappingProxyType({}),
) -> Iterator[tuple[bytes, bytes]]:
    """Every (key, value) of an account, once each; a storage word of 0 has no leaf.

    Raises:
        MalformedError: as ``verkle.accounts.encode_header``.
    """
    stems: dict[int, bytes] = {}
    for index, suffix, value in account_leaves("basic_data", MAIN_STORAGE_OFFSET, header, code, storage):
        stem = stems.get(index)
        if stem is None:
            stem = stems[index] = stem_of(rules, address, index)
        yield stem + bytes([suffix]), value
