"""The forks of mainnet as data: what each changed for executing a block, in one table.

Sources: execution-specs ``src/ethereum/{shanghai,cancun,prague,osaka}``; EIP-7892 (BPO forks); SPEC 10.4
and 10.5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from stateless.blobs import BlobSchedule
from stateless.evm.access import Place
from stateless.evm.environment import BlockContext, ExecutionRules
from stateless.evm.policy import AccessPolicy, WarmCold
from stateless.evm.table import CANCUN, OSAKA, SHANGHAI
from stateless.intrinsic import INTRINSIC, IntrinsicCosts
from stateless.precompiles import precompiles
from stateless.rules import HISTORY_ADDRESS, HistoryAccount
from witness.header import Withdrawal

__all__ = ["FORKS", "Fork", "SystemCall"]

BEACON_ROOTS_ADDRESS: Final = bytes.fromhex("000f3df6d732807ef1319fb7b8bb8522d0beac02")
WITHDRAWAL_REQUESTS_ADDRESS: Final = bytes.fromhex("00000961ef480eb55e80d19ad83579a64c007002")
CONSOLIDATION_REQUESTS_ADDRESS: Final = bytes.fromhex("0000bbddc7ce488642fb579f8b00f3a590007251")


@dataclass(frozen=True, slots=True)
class SystemCall:
    """A call that the block itself makes. ``request_type``: its output is a request of that type, and it
    must succeed (EIP-7002, EIP-7251); without one it may fail silently."""

    address: bytes
    request_type: int | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """What executing a block needs to know of a fork.

    ``header_fields``: number of fields of a header's RLP. ``beacon_roots``, ``history``: system calls before
    the transactions, with the parent beacon root and the parent hash; ``history_account``: the parent hash is
    written into its storage without a call, which makes the account where ``makes_history``;
    ``deletes_stirred``: see ``stateless.evm.state.State``; ``block_events``: the access events of the block
    itself, where such are kept. ``requests``: those after them;
    ``deposits``: deposit logs are requests too. ``transaction_gas_limit``, ``block_bytes_limit``,
    ``transaction_blobs_limit``: ``None`` where there is none.
    """

    name: str
    execution: ExecutionRules
    policy: Callable[[], AccessPolicy]
    intrinsic: IntrinsicCosts
    transaction_types: frozenset[int]
    header_fields: int
    blobs: BlobSchedule | None = None
    beacon_roots: SystemCall | None = None
    history: SystemCall | None = None
    history_account: HistoryAccount | None = None
    makes_history: bool = False
    deletes_stirred: bool = False
    block_events: Callable[[BlockContext, Sequence[Withdrawal]], dict[Place, bool]] | None = None
    requests: tuple[SystemCall, ...] = ()
    deposits: bool = False
    transaction_gas_limit: int | None = None
    transaction_blobs_limit: int | None = None
    block_bytes_limit: int | None = None


_SHANGHAI: Final = Fork(
    name="shanghai",
    execution=ExecutionRules(SHANGHAI, precompiles("shanghai"), destroys_old_contracts=True),
    policy=WarmCold,
    intrinsic=INTRINSIC["shanghai"],
    transaction_types=frozenset({0, 1, 2}),
    header_fields=17,
)
_CANCUN: Final = replace(
    _SHANGHAI,
    name="cancun",
    execution=ExecutionRules(CANCUN, precompiles("cancun")),
    intrinsic=INTRINSIC["cancun"],
    transaction_types=frozenset({0, 1, 2, 3}),
    header_fields=20,
    blobs=BlobSchedule(3, 6, 3338477),
    beacon_roots=SystemCall(BEACON_ROOTS_ADDRESS),
)
_PRAGUE: Final = replace(
    _CANCUN,
    name="prague",
    execution=ExecutionRules(CANCUN, precompiles("prague"), delegation=True),
    intrinsic=INTRINSIC["prague"],
    transaction_types=frozenset({0, 1, 2, 3, 4}),
    header_fields=21,
    blobs=BlobSchedule(6, 9, 5007716),
    history=SystemCall(HISTORY_ADDRESS),
    requests=(SystemCall(WITHDRAWAL_REQUESTS_ADDRESS, 1), SystemCall(CONSOLIDATION_REQUESTS_ADDRESS, 2)),
    deposits=True,
)
_OSAKA: Final = replace(
    _PRAGUE,
    name="osaka",
    execution=ExecutionRules(OSAKA, precompiles("osaka"), delegation=True),
    intrinsic=INTRINSIC["osaka"],
    blobs=BlobSchedule(6, 9, 5007716, reserve=True),
    transaction_gas_limit=1 << 24,
    transaction_blobs_limit=6,
    block_bytes_limit=(10 << 20) - (2 << 20),
)


def _with_blobs(name: str, target: int, limit: int, fraction: int) -> Fork:
    """A fork that changes the blob schedule alone (EIP-7892)."""
    return replace(_OSAKA, name=name, blobs=BlobSchedule(target, limit, fraction, reserve=True))


FORKS: Final[Mapping[str, Fork]] = MappingProxyType(
    {
        fork.name: fork
        for fork in (
            _SHANGHAI,
            _CANCUN,
            _PRAGUE,
            _OSAKA,
            _with_blobs("bpo1", 10, 15, 8346193),
            _with_blobs("bpo2", 14, 21, 11684671),
            _with_blobs("bpo3", 21, 32, 20609697),
            _with_blobs("bpo4", 14, 21, 13739630),
        )
    }
)
