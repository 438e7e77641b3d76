"""Which fork's rules a Merkle-Patricia block ran under: by name, by chain configuration, or by its chain.

In this order (DESIGN 10): the caller's ``--rules``; a geth chain configuration; the file's own ``rules`` or
``network``; chain id and timestamp in a table of public networks. Nothing is guessed.

Sources: go-ethereum ``params/config.go``; SPEC 10.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from stateless.blobs import BlobSchedule
from stateless.forks import FORKS, Fork
from stateless.rules import RulesFrom
from verkle.errors import MalformedError, UnsupportedError

__all__ = ["NETWORKS", "Network", "Selected", "fork_named", "select_fork"]

MAINNET_DEPOSITS: Final = bytes.fromhex("00000000219ab540356cbb839cbe05303d7705fa")
SEPOLIA_DEPOSITS: Final = bytes.fromhex("7f02c3e3c98b133055b8b348b2ac625669ed295d")
HOLESKY_DEPOSITS: Final = bytes.fromhex("4242424242424242424242424242424242424242")

_ORDER: Final = ("shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2")
_LATER: Final = ("amsterdam",)
"""Forks whose time a configuration may give and that are not executed here."""


@dataclass(frozen=True, slots=True)
class Network:
    """A chain: times (seconds) at which forks begin, ascending; the contract whose logs are deposits."""

    name: str
    times: tuple[tuple[str, int], ...]
    deposit_contract: bytes = MAINNET_DEPOSITS


def _network(name: str, *times: int, deposits: bytes = MAINNET_DEPOSITS, later: int | None = None) -> Network:
    ends = () if later is None else ((_LATER[0], later),)
    return Network(name, (*zip(_ORDER, times, strict=True), *ends), deposits)


NETWORKS: Final[Mapping[int, Network]] = MappingProxyType(
    {
        1: _network("mainnet", 1681338455, 1710338135, 1746612311, 1764798551, 1765290071, 1767747671),
        11155111: _network(
            "sepolia",
            1677557088,
            1706655072,
            1741159776,
            1760427360,
            1761017184,
            1761607008,
            deposits=SEPOLIA_DEPOSITS,
            later=1791294816,
        ),
        17000: _network(
            "holesky",
            1696000704,
            1707305664,
            1740434112,
            1759308480,
            1759800000,
            1760389824,
            deposits=HOLESKY_DEPOSITS,
        ),
        560048: _network("hoodi", 0, 0, 1742999832, 1761677592, 1762365720, 1762955544),
    }
)


@dataclass(frozen=True, slots=True)
class Selected:
    """The rules that a block is judged by, and what named them."""

    fork: Fork
    rules_from: RulesFrom
    deposit_contract: bytes


def fork_named(name: str) -> Fork:
    """The fork of a name, in any case.

    Raises:
        UnsupportedError: ``FORK_UNSUPPORTED``: not one that is executed here.
    """
    fork = FORKS.get(name.lower())
    if fork is None:
        raise _unsupported(f"blocks of {name[:60]!r} are not executed here", name[:60])
    return fork


def select_fork(
    *,
    option: str | None,
    chain_config: Mapping[str, object] | None,
    file_config: Mapping[str, object] | None,
    file_name: str | None,
    chain_id: int | None,
    timestamp: int | None,
) -> Selected:
    """The fork of a block, by the first of these that says one.

    Raises:
        UnsupportedError: ``FORK_UNSUPPORTED``; ``RULES_NOT_NAMED`` if nothing says one.
        MalformedError: ``CHAIN_CONFIG``: a configuration with members of the wrong type.
    """
    network = NETWORKS.get(chain_id or 0)
    deposits = MAINNET_DEPOSITS if network is None else network.deposit_contract
    if option is not None:
        return Selected(fork_named(option), "option", deposits)
    if chain_config is not None:
        return _from_config(chain_config, "chain_config", deposits, timestamp)
    if file_name is not None:
        return Selected(fork_named(file_name), "file", deposits)
    if file_config is not None and any(key.endswith("Time") for key in file_config):
        return _from_config(file_config, "file", deposits, timestamp)
    if network is None or timestamp is None:
        raise UnsupportedError(
            "RULES_NOT_NAMED",
            "nothing names the rules of this block; name them with --rules or --chain-config",
            where={"chain_id": chain_id},
        )
    return Selected(_at(network.times, timestamp), "network_table", deposits)


def _at(times: tuple[tuple[str, int], ...], timestamp: int) -> Fork:
    begun = [name for name, time in times if time <= timestamp]
    if not begun:
        raise _unsupported("the block is older than the first fork that is executed here", timestamp)
    return fork_named(begun[-1])


def _from_config(
    config: Mapping[str, object], source: RulesFrom, deposits: bytes, timestamp: int | None
) -> Selected:
    """The fork that a geth chain configuration gives at a time, with its own blob schedule if it has one."""
    times = []
    for name in (*_ORDER, "bpo3", "bpo4", *_LATER):
        time = config.get(f"{name}Time")
        if time is None:
            continue
        if type(time) is not int:
            raise MalformedError(
                "CHAIN_CONFIG", f"{name}Time is not a number", where={"member": f"{name}Time"}
            )
        times.append((name, time))
    if timestamp is None:
        raise _unsupported("a chain configuration needs the block's time, which is not given", None)
    fork = _at(tuple(times), timestamp)
    contract = config.get("depositContractAddress")
    if isinstance(contract, str):
        try:
            deposits = bytes.fromhex(contract.removeprefix("0x"))
        except ValueError:
            raise MalformedError(
                "CHAIN_CONFIG",
                "depositContractAddress is not hex",
                where={"member": "depositContractAddress"},
            ) from None
    schedule = config.get("blobSchedule")
    entry = schedule.get(fork.name) if isinstance(schedule, Mapping) else None
    if isinstance(entry, Mapping) and fork.blobs is not None:
        fork = replace(fork, blobs=_blob_schedule(entry, fork.name, reserve=fork.blobs.reserve))
    return Selected(fork, source, deposits)


def _blob_schedule(entry: Mapping[str, object], name: str, *, reserve: bool) -> BlobSchedule:
    numbers = [entry.get(key) for key in ("target", "max", "baseFeeUpdateFraction")]
    target, limit, fraction = (number if isinstance(number, int) else 0 for number in numbers)
    if not 0 < target <= limit or fraction < 1:
        raise MalformedError(
            "CHAIN_CONFIG", "an entry of blobSchedule is not of numbers in range", where={"member": name}
        )
    return BlobSchedule(target, limit, fraction, reserve)


def _unsupported(message: str, got: object) -> UnsupportedError:
    return UnsupportedError("FORK_UNSUPPORTED", message, expected=sorted(FORKS), got=got)
