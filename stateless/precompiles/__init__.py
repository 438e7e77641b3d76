"""The precompiled contracts, by fork: native functions at fixed addresses.

Each takes the input and the gas that it may use, and returns the gas it used and its output; it raises
``Halt`` (``OutOfGas`` where gas is short) to fail, which takes all gas. None of them sees the state. Their
modules, and the libraries behind them, are loaded when one is first called.

Sources: execution-specs ``vm/precompiled_contracts``; the EIPs named in each module.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from stateless.evm.environment import Precompile

__all__ = ["ForkName", "address", "precompiles"]

ForkName = Literal["shanghai", "cancun", "prague", "osaka"]
_FORKS: Final[tuple[ForkName, ...]] = ("shanghai", "cancun", "prague", "osaka")

# The fork that brought it (or changed it), its number, module and function; how many bytes of input make a
# difference (one more than it takes, where it takes no other number), None where all do.
_TABLE: Final[tuple[tuple[ForkName, int, str, str, int | None], ...]] = (
    ("shanghai", 0x01, "ecrecover", "ecrecover", 128),
    ("shanghai", 0x02, "hashes", "sha256", None),
    ("shanghai", 0x03, "hashes", "ripemd160", None),
    ("shanghai", 0x04, "hashes", "identity", None),
    ("shanghai", 0x05, "modexp", "modexp_eip2565", None),
    ("shanghai", 0x06, "bn254", "add_points", 128),
    ("shanghai", 0x07, "bn254", "multiply_point", 96),
    ("shanghai", 0x08, "bn254", "pairing", None),
    ("shanghai", 0x09, "blake2f", "blake2f", 214),
    ("cancun", 0x0A, "point_evaluation", "point_evaluation", 193),
    ("prague", 0x0B, "bls12_381", "g1_add", 257),
    ("prague", 0x0C, "bls12_381", "g1_msm", None),
    ("prague", 0x0D, "bls12_381", "g2_add", 513),
    ("prague", 0x0E, "bls12_381", "g2_msm", None),
    ("prague", 0x0F, "bls12_381", "pairing", None),
    ("prague", 0x10, "bls12_381", "map_fp_to_g1", 65),
    ("prague", 0x11, "bls12_381", "map_fp2_to_g2", 129),
    ("osaka", 0x05, "modexp", "modexp_eip7883", None),
    ("osaka", 0x100, "p256verify", "p256verify", 161),
)


def address(number: int) -> bytes:
    """The 20-byte address of a precompile."""
    return number.to_bytes(20, "big")


def precompiles(fork_name: ForkName) -> Mapping[bytes, Precompile]:
    """The precompiles of a fork, by 20-byte address, in ascending order of addresses."""
    until = _FORKS.index(fork_name)
    found = {
        address(number): _Lazy(module, name, most)
        for fork, number, module, name, most in _TABLE
        if _FORKS.index(fork) <= until
    }
    return MappingProxyType(dict(sorted(found.items())))


class _Lazy:
    """A precompile whose module is imported by its first call."""

    __slots__ = ("_function", "_module", "_most", "_name")

    def __init__(self, module: str, name: str, most: int | None) -> None:
        self._module = module
        self._name = name
        self._most = most
        self._function: Precompile | None = None

    def __call__(self, data: bytes | memoryview, gas: int) -> tuple[int, bytes]:
        if self._most is not None:
            data = bytes(data[: self._most])
        if self._function is None:
            self._function = getattr(import_module(f"stateless.precompiles.{self._module}"), self._name)
        return self._function(data, gas)

    def __repr__(self) -> str:
        return f"<precompile {self._name}>"
