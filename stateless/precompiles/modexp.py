"""0x05: modular exponentiation of integers of any length.

Sources: EIP-198 (the function), EIP-2565 (its price until Prague), EIP-7823 and EIP-7883 (limit and price
from Osaka on).
"""

from __future__ import annotations

from stateless.evm.halts import Halt
from stateless.evm.meter import check_memory
from stateless.precompiles.prices import MODEXP_EIP2565, MODEXP_EIP7883, ModexpPrice, pay

__all__ = ["modexp_eip2565", "modexp_eip7883", "modexp_gas"]

LENGTHS_BYTES = 96


def modexp_eip2565(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """``_modexp`` at the price of EIP-2565."""
    return _modexp(data, gas, MODEXP_EIP2565)


def modexp_eip7883(data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
    """``_modexp`` at the price of EIP-7883."""
    return _modexp(data, gas, MODEXP_EIP7883)


def _modexp(data: bytes | memoryview, gas: int, price: ModexpPrice) -> tuple[int, bytes]:
    """Input: lengths of base, exponent and modulus in bytes, 32 bytes each, then the three, big-endian, as if
    followed by zeros. Output: base^exponent mod modulus in as many bytes as the modulus; 0 modulo 0 is 0.

    Raises ``UnsupportedError`` ``EXECUTION_MEMORY``: more bytes than are given here to memory.
    """
    base_bytes, exponent_bytes, modulus_bytes = (_integer(data, i, 32) for i in (0, 32, 64))
    limit = price.length_limit
    if limit is not None and max(base_bytes, exponent_bytes, modulus_bytes) > limit:
        raise Halt(f"an operand of modexp is longer than {limit} bytes")
    exponent_start = LENGTHS_BYTES + base_bytes
    head = _integer(data, exponent_start, min(32, exponent_bytes))
    # Nothing below is longer than what has been paid for: the price grows with the square of base and
    # modulus, and with the exponent unless both are empty.
    used = pay(gas, modexp_gas(price, base_bytes, exponent_bytes, modulus_bytes, head))
    if not modulus_bytes:
        return used, b""
    # base and exponent lie within the input where the modulus is not 0; it alone can be longer
    check_memory(modulus_bytes)
    modulus = _integer(data, exponent_start + exponent_bytes, modulus_bytes)
    if not modulus:
        return used, bytes(modulus_bytes)
    base = _integer(data, LENGTHS_BYTES, base_bytes)
    exponent = _integer(data, exponent_start, exponent_bytes)
    return used, pow(base, exponent, modulus).to_bytes(modulus_bytes, "big")


def modexp_gas(
    price: ModexpPrice, base_bytes: int, exponent_bytes: int, modulus_bytes: int, exponent_head: int
) -> int:
    """The price in gas. ``exponent_head``: the first 32 bytes of the exponent, or all where it is shorter."""
    longer = max(base_bytes, modulus_bytes)
    if price.small is not None and longer <= 32:
        complexity = price.small
    else:
        complexity = price.scale * ((longer + 7) // 8) ** 2
    iterations = max(exponent_head.bit_length() - 1, 0)
    iterations += price.long_exponent * max(exponent_bytes - 32, 0)
    return max(price.least, complexity * max(iterations, 1) // price.divisor)


def _integer(data: bytes | memoryview, start: int, length: int) -> int:
    """Big-endian integer of ``length`` bytes at ``start``; beyond the input all is 0."""
    part = data[start : start + length]
    return int.from_bytes(part, "big") << 8 * (length - len(part))
