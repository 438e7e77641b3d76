"""What the precompiles cost, in gas: all their numbers in one place.

A price that a later fork changed has a row for each rule; which fork takes which stands in the table of
``stateless.precompiles``.

Sources: Yellow Paper appendix E (the first four), EIP-1108 (bn254), EIP-152 (BLAKE2), EIP-2565 and EIP-7883
(modular exponentiation), EIP-4844 (point evaluation), EIP-2537 (BLS12-381), EIP-7951 (P-256).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from stateless.evm.halts import OutOfGas

__all__ = ["MODEXP_EIP2565", "MODEXP_EIP7883", "ModexpPrice", "msm_gas", "pay", "word_gas"]

ECRECOVER: Final = 3000
SHA256: Final = (60, 12)
"""Once, and for each word of 32 bytes; likewise the next two."""
RIPEMD160: Final = (600, 120)
IDENTITY: Final = (15, 3)

BN254_ADD: Final = 150
BN254_MULTIPLY: Final = 6000
BN254_PAIRING: Final = (45000, 34000)
"""Once, and for each pair."""

BLAKE2F_ROUND: Final = 1
POINT_EVALUATION: Final = 50000
P256VERIFY: Final = 6900

G1_ADD: Final = 375
G2_ADD: Final = 600
G1_MULTIPLY: Final = 12000
G2_MULTIPLY: Final = 22500
BLS_PAIRING: Final = (37700, 32600)
MAP_FP_TO_G1: Final = 5500
MAP_FP2_TO_G2: Final = 23800


class ModexpPrice(NamedTuple):
    """How modular exponentiation is priced: complexity of a multiplication × iterations, over ``divisor``.

    Complexity is ``scale`` · words², words of 8 bytes of the longer of base and modulus; but ``small`` where
    that has at most 32 bytes (``None``: no such rule). ``long_exponent``: iterations for each byte of the
    exponent beyond 32. ``length_limit``: bytes that each of the three may have at most.
    """

    least: int
    divisor: int
    scale: int
    small: int | None
    long_exponent: int
    length_limit: int | None


MODEXP_EIP2565: Final = ModexpPrice(200, 3, 1, None, 8, None)
MODEXP_EIP7883: Final = ModexpPrice(500, 1, 2, 16, 16, 1024)
"""With the limit of EIP-7823, which came in the same fork."""

# Thousandths of the price of one multiplication that each of k costs in a sum of k, from k = 1 on; the last
# holds for all greater k (EIP-2537).
# fmt: off
G1_DISCOUNTS: Final = (
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
    673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
    625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
    596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
    575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
    558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
    543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
    530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
)
G2_DISCOUNTS: Final = (
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
    711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
    643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
    606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
    580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
    561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
    546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
    534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
)
# fmt: on


def pay(gas: int, price: int) -> int:
    """``price``, if ``gas`` covers it.

    Raises:
        OutOfGas: it does not.
    """
    if price > gas:
        raise OutOfGas
    return price


def word_gas(price: tuple[int, int], data: bytes | memoryview) -> int:
    """A price that is paid once and for each begun word of the input."""
    once, word = price
    return once + word * ((len(data) + 31) // 32)


def msm_gas(multiplication: int, discounts: tuple[int, ...], k: int) -> int:
    """Price of a sum of ``k`` multiplications."""
    return k * multiplication * discounts[min(k, len(discounts)) - 1] // 1000
