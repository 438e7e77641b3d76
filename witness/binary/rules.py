"""What differs between the binary trees that exist: the hash, and the order of bytes in the tree index.

===================  =========================================================================
``eip7864b-blake3``  the EIP's text since 2026-03-09 (ca51874f1): index big-endian, BLAKE3
``eip7864b-sha256``  the same with SHA-256: what go-ethereum builds
``eip7864a-blake3``  the EIP's text before (e8d605681 … 64180327c): index little-endian
``eip7864a-sha256``  that with SHA-256
===================  =========================================================================

BLAKE3 is provisional in the EIP. Later texts of it have keys of several lengths and another tree; they are
not here.

Source: EIP-7864 with its history; SPEC 8.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from verkle.errors import UnsupportedError

__all__ = ["DEFAULT", "RULES", "BinaryRules", "Hash", "hash_function", "rules_named"]

Hash: TypeAlias = Callable[[bytes], bytes]
"""From bytes to 32 bytes."""


@dataclass(frozen=True, slots=True)
class BinaryRules:
    """One binary tree. ``index_order``: of the 32 bytes of the tree index, where a key is hashed."""

    hash: Literal["blake3", "sha256"]
    index_order: Literal["big", "little"]

    @property
    def name(self) -> str:
        """The name under which the table has these rules."""
        return f"eip7864{'b' if self.index_order == 'big' else 'a'}-{self.hash}"


DEFAULT: Final = BinaryRules("blake3", "big")
RULES: Final[Mapping[str, BinaryRules]] = MappingProxyType(
    {
        rules.name: rules
        for rules in (
            DEFAULT,
            BinaryRules("sha256", "big"),
            BinaryRules("blake3", "little"),
            BinaryRules("sha256", "little"),
        )
    }
)


def rules_named(name: str) -> BinaryRules:
    """The rules of a name. Raises ``UnsupportedError`` ``BINARY_RULES``."""
    rules = RULES.get(name)
    if rules is None:
        raise UnsupportedError(
            "BINARY_RULES",
            "the rules of the binary tree are of a name that is not known here",
            expected=", ".join(RULES),
            got=ascii(name[:80])[1:-1],
        )
    return rules


def hash_function(rules: BinaryRules) -> Hash:
    """The hash itself, without the tree's exception for 64 zero bytes."""
    if rules.hash == "sha256":
        sha256 = hashlib.sha256

        def with_sha256(data: bytes) -> bytes:
            return sha256(data).digest()

        return with_sha256

    from blake3 import blake3  # noqa: PLC0415 (only who works on such a tree pays for it)

    def with_blake3(data: bytes) -> bytes:
        return blake3(data).digest()

    return with_blake3
