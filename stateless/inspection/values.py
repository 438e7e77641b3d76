"""A leaf's value in words."""

from __future__ import annotations

from typing import Final

from stateless.leaves import Kind
from stateless.rules import RuleSet
from verkle.constants import EMPTY_CODE_HASH

__all__ = ["ether", "leaf_meaning", "word"]

ETHER: Final = 10**18
PLAIN_BITS: Final = 64


def leaf_meaning(kind: Kind, value: bytes | None, rules: RuleSet | None) -> str:
    """What a leaf's 32 bytes say, empty where that is not known. Balances in wei below a finney."""
    if value is None or kind == "unknown" or rules is None:
        return ""
    if kind == "basic_data":
        nonce, balance = int.from_bytes(value[8:16], "big"), int.from_bytes(value[16:32], "big")
        size = int.from_bytes(value[5:8], "big")
        return f"nonce {nonce}, balance {ether(balance)}, code size {size}"
    if kind == "code_hash":
        return "the hash of no code" if value == EMPTY_CODE_HASH else f"0x{value.hex()}"
    if kind == "code":
        return f"{value[0]} bytes of push data, then code 0x{value[1:].hex()}"
    if kind == "storage":
        return word(value)
    number = int.from_bytes(value, "little")
    return ether(number) if kind == "balance" else str(number)


def word(value: bytes) -> str:
    """A storage value: a number where it is small, else hex."""
    number = int.from_bytes(value, "big")
    return str(number) if number.bit_length() <= PLAIN_BITS else f"0x{value.hex()}"


def ether(wei: int) -> str:
    """An amount, exact."""
    whole, rest = divmod(wei, ETHER)
    if wei < ETHER // 1000:
        return f"{wei} wei"
    fraction = f"{rest:018d}".rstrip("0")
    return f"{whole}.{fraction} ETH" if fraction else f"{whole} ETH"
