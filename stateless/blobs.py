"""The price of blob space.

Sources: EIP-4844, EIP-7691 (schedule of Prague), EIP-7892 (BPO forks), EIP-7918 (reserve price); SPEC 10.4.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from verkle.errors import InvalidError

__all__ = ["GAS_PER_BLOB", "BlobSchedule", "blob_base_fee", "excess_blob_gas"]

GAS_PER_BLOB: Final = 131072
BLOB_BASE_COST: Final = 8192
"""Execution gas that a blob is reckoned to cost at least (EIP-7918)."""
WORD_BITS: Final = 256
WORD_EXPONENT: Final = 178
"""e to this power is beyond 256 bits."""


class BlobSchedule(NamedTuple):
    """Blobs a block aims at and may have, and how fast the fee moves. ``reserve``: EIP-7918 holds."""

    target: int
    limit: int
    update_fraction: int
    reserve: bool = False


def fake_exponential(factor: int, numerator: int, denominator: int) -> int:
    """factor · e^(numerator / denominator), by its series in integers (EIP-4844)."""
    term = factor * denominator
    total, i = 0, 1
    while term > 0:
        total += term
        term = term * numerator // (denominator * i)
        i += 1
    return total // denominator


def blob_base_fee(excess: int, schedule: BlobSchedule) -> int:
    """Wei for one unit of blob gas.

    Raises:
        InvalidError: ``BLOB_FEE_OVERFLOW``: it does not fit 256 bits. The excess grows by blobs that are paid
            for, so no chain comes to that; and the series below takes the longer the larger it is.
    """
    fraction = schedule.update_fraction
    fee = fake_exponential(1, excess, fraction) if excess < WORD_EXPONENT * fraction else None
    if fee is None or fee >> WORD_BITS:
        raise InvalidError(
            "BLOB_FEE_OVERFLOW",
            "the excess blob gas makes blob gas dearer than any balance",
            where={"update_fraction": fraction},
            expected=f"below {WORD_EXPONENT * fraction}",
            got=excess,
        )
    return fee


def excess_blob_gas(
    parent_excess: int, parent_used: int, parent_base_fee: int, schedule: BlobSchedule
) -> int:
    """The excess of a block, by its *own* schedule also where the parent had another (EIP-7918, 7892).

    Raises as :func:`blob_base_fee`, of the parent.
    """
    total = parent_excess + parent_used
    target = schedule.target * GAS_PER_BLOB
    if total < target:
        return 0
    if schedule.reserve:
        price = GAS_PER_BLOB * blob_base_fee(parent_excess, schedule)
        if BLOB_BASE_COST * parent_base_fee > price:
            return parent_excess + parent_used * (schedule.limit - schedule.target) // schedule.limit
    return total - target
