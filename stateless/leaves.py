"""What a leaf means by its suffix and layout, and what the header leaves of an account say.

Sources: EIP-6800, *Tree embedding* and *Header values*; SPEC 4.3 to 4.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stateless.rules import RuleSet
from verkle.constants import EMPTY_CODE_HASH, WIDTH
from verkle.embedding import CODE_OFFSET, HEADER_LEAVES, HEADER_STORAGE_OFFSET, LeafLayout

Kind = Literal[
    "basic_data", "code_hash", "version", "balance", "nonce", "code_size", "storage", "code", "unknown"
]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a stem. ``index``: the storage slot or code chunk, where it is known."""

    suffix: int
    kind: Kind
    index: int | None
    current: bytes | None
    new: bytes | None

    @property
    def written(self) -> bool:
        """Whether the block writes it."""
        return self.new is not None


@dataclass(frozen=True, slots=True)
class AccountFields:
    """What the header leaves say of an account, ``None`` for what they do not. Balance in wei."""

    nonce: int | None = None
    balance: int | None = None
    code_size: int | None = None
    code_hash: bytes | None = None

    @property
    def has_code(self) -> bool:
        """Whether the leaves show that it has code."""
        return bool(self.code_size) or self.code_hash not in (None, EMPTY_CODE_HASH)


def meaning(suffix: int, tree_index: int | None, rules: RuleSet | None) -> tuple[Kind, int | None]:
    """Kind and slot or chunk number of a leaf. ``tree_index``: of its stem within the account, ``None``
    where neither is known."""
    if rules is None or tree_index is None:
        return "unknown", None
    if tree_index == 0:
        names = HEADER_LEAVES[rules.layout]
        if suffix < len(names):
            return names[suffix], None  # type: ignore[return-value]  # the names are among the kinds
        if suffix < HEADER_STORAGE_OFFSET:
            return "unknown", None
        if suffix < CODE_OFFSET:
            return "storage", suffix - HEADER_STORAGE_OFFSET
        return "code", suffix - CODE_OFFSET
    position = WIDTH * tree_index + suffix
    if position >= rules.storage_offset:
        return "storage", position - rules.storage_offset
    return "code", position - CODE_OFFSET


def account_fields(values: Mapping[Kind, bytes | None], layout: LeafLayout) -> AccountFields | None:
    """The account that header leaves describe; ``None`` if no leaf is there, so that there is none."""
    known = {kind: value for kind, value in values.items() if value is not None}
    if not known:
        return None
    code_hash = known.get("code_hash")
    if layout == "basic_data":
        data = known.get("basic_data")
        if data is None:
            return AccountFields(code_hash=code_hash)
        return AccountFields(
            nonce=int.from_bytes(data[8:16], "big"),
            balance=int.from_bytes(data[16:32], "big"),
            code_size=int.from_bytes(data[5:8], "big"),
            code_hash=code_hash,
        )
    numbers = {kind: int.from_bytes(value, "little") for kind, value in known.items() if kind != "code_hash"}
    return AccountFields(numbers.get("nonce"), numbers.get("balance"), numbers.get("code_size"), code_hash)


def header_kinds(layout: LeafLayout) -> tuple[Kind, ...]:
    """The kinds of an account's header leaves."""
    return HEADER_LEAVES[layout]  # type: ignore[return-value]  # the names are among the kinds
