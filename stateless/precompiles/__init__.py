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

# The fork that brought it (or changed it), its number, module and function.
_TABLE: Final[tuple[tuple[ForkName, int, str, str], ...]] = (
    ("shanghai", 0x01, "ecrecover", "ecrecover"),
    ("shanghai", 0x02, "hashes", "sha256"),
    ("shanghai", 0x03, "hashes", "ripemd160"),
    ("shanghai", 0x04, "hashes", "identity"),
    ("shanghai", 0x05, "modexp", "modexp_eip2565"),
    ("shanghai", 0x06, "bn254", "add_points"),
    ("shanghai", 0x07, "bn254", "multiply_point"),
    ("shanghai", 0x08, "bn254", "pairing"),
    ("shanghai", 0x09, "blake2f", "blake2f"),
    ("cancun", 0x0A, "point_evaluation", "point_evaluation"),
    ("prague", 0x0B, "bls12_381", "g1_add"),
    ("prague", 0x0C, "bls12_381", "g1_msm"),
    ("prague", 0x0D, "bls12_381", "g2_add"),
    ("prague", 0x0E, "bls12_381", "g2_msm"),
    ("prague", 0x0F, "bls12_381", "pairing"),
    ("prague", 0x10, "bls12_381", "map_fp_to_g1"),
    ("prague", 0x11, "bls12_381", "map_fp2_to_g2"),
    ("osaka", 0x05, "modexp", "modexp_eip7883"),
    ("osaka", 0x100, "p256verify", "p256verify"),
)


def address(number: int) -> bytes:
    """The 20-byte address of a precompile."""
    return number.to_bytes(20, "big")


def precompiles(fork_name: ForkName) -> Mapping[bytes, Precompile]:
    """The precompiles of a fork, by 20-byte address, in ascending order of addresses."""
    until = _FORKS.index(fork_name)
    found = {
        address(number): _Lazy(module, name)
        for fork, number, module, name in _TABLE
        if _FORKS.index(fork) <= until
    }
    return MappingProxyType(dict(sorted(found.items())))


class _Lazy:
    """A precompile whose module is imported by its first call."""

    __slots__ = ("_function", "_module", "_name")

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name
        self._function: Precompile | None = None

    def __call__(self, data: bytes, gas: int) -> tuple[int, bytes]:
        if self._function is None:
            self._function = getattr(import_module(f"stateless.precompiles.{self._module}"), self._name)
        return self._function(data, gas)

    def __repr__(self) -> str:
        return f"<precompile {self._name}>"
