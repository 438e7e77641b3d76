"""The names of all checks, in the order in which a verdict lists them, and the log that a run fills.

A check that a run does not reach is listed as skipped, so that every verdict on a tree of one kind has the
same rows and shows what it does not rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import MappingProxyType
from typing import Final

from stateless.verdict import Check
from verkle.errors import StatelessError

# Name of each check of a Verkle block, and what it says when it has passed.
VERKLE_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "block_hash": "keccak256 of the header's RLP is the block's hash",
        "transactions_root": "the trie over the transactions has the header's root",
        "withdrawals_root": "the trie over the withdrawals has the header's root",
        "header_fields": "the fields of the fork, no more and no fewer",
        "header_extra_data": "at most 32 bytes of extra data",
        "header_difficulty": "difficulty 0",
        "header_nonce": "nonce 0",
        "header_ommers": "no ommers",
        "header_gas_limit": "gas limit from 5000 to 2^63 - 1",
        "header_gas_used": "gas used is not above the gas limit",
        "header_number": "number is the parent's plus one",
        "header_timestamp": "later than the parent",
        "header_gas_limit_step": "gas limit within 1/1024 of the parent's",
        "header_base_fee": "base fee follows from the parent",
        "pre_state_root": "the state before the block is the parent's, and all that name it agree",
        "witness_shape": "ordered, counted and free of contradictions",
        "proof": "every value in the witness is opened against the state before the block",
        "node_kinds": "every node above an empty slot is shown to be an inner node",
        "execution": "the transactions were run and read nothing outside the witness",
        "gas_used": "gas used by the transactions is the header's",
        "receipts_root": "the trie over the receipts has the header's root",
        "logs_bloom": "the bloom filter over the logs is the header's",
        "state_writes": "the leaves that the block writes are the witness's new values",
        "witness_keys": "the witness holds the keys that the block touches, and no others",
        "post_state_root": "the state after the block has the header's root",
    }
)

# Those of a block with a Merkle-Patricia witness.
PATRICIA_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{
            name: words
            for name, words in VERKLE_CHECKS.items()
            if name.startswith("header_") or name in {"block_hash", "transactions_root", "withdrawals_root"}
        },
        "header_excess_blob_gas": "the excess of blob gas follows from the parent",
        "block_bytes": "the block's RLP is within its fork's limit",
        "pre_state_root": VERKLE_CHECKS["pre_state_root"],
        "proof": "the node of the state before the block is there; every node read has the hash asked for",
        "execution": VERKLE_CHECKS["execution"],
        "gas_used": VERKLE_CHECKS["gas_used"],
        "blob_gas_used": "blob gas used by the transactions is the header's",
        "receipts_root": VERKLE_CHECKS["receipts_root"],
        "logs_bloom": VERKLE_CHECKS["logs_bloom"],
        "requests_hash": "the requests that the block made have the header's hash",
        "post_state_root": VERKLE_CHECKS["post_state_root"],
    }
)

# Those of a block with a witness of the binary tree: it ran under the rules of a Verkle network or of a fork.
BINARY_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{
            name: words
            for name, words in PATRICIA_CHECKS.items()
            if name.startswith("header_")
            or name in {"block_hash", "transactions_root", "withdrawals_root", "block_bytes"}
        },
        "header_state_root": "the header's state root is that of the witness's tree",
        "pre_state_root": VERKLE_CHECKS["pre_state_root"],
        "witness_shape": VERKLE_CHECKS["witness_shape"],
        "proof": "every value in the witness, and the kind of every node on its way, hashes up to the root",
        "execution": VERKLE_CHECKS["execution"],
        "gas_used": VERKLE_CHECKS["gas_used"],
        "blob_gas_used": PATRICIA_CHECKS["blob_gas_used"],
        "receipts_root": VERKLE_CHECKS["receipts_root"],
        "logs_bloom": VERKLE_CHECKS["logs_bloom"],
        "requests_hash": PATRICIA_CHECKS["requests_hash"],
        "state_writes": VERKLE_CHECKS["state_writes"],
        "witness_keys": VERKLE_CHECKS["witness_keys"],
        "post_state_root": "the state after the block has the root that the file claims",
    }
)
CHECKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"verkle": VERKLE_CHECKS, "patricia": PATRICIA_CHECKS, "binary": BINARY_CHECKS}
)

NOT_REACHED: Final = "not reached"


@dataclass(slots=True)
class CheckLog:
    """The checks made so far. Steps write into it; none reads it."""

    _checks: dict[str, Check] = field(default_factory=dict)

    def add(self, check: Check) -> None:
        """Enter a check that was made, or skipped for a reason of its own."""
        self._checks[check.name] = check

    def skip(self, note: str, *names: str) -> None:
        """Enter checks that are not made, and why."""
        for name in names:
            self.add(Check(name, "skipped", note=note))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Enter ``name`` as passed when the body ends, as failed when it raises a StatelessError, with
        the time it took."""
        start = perf_counter()
        try:
            yield
        except StatelessError as error:
            ms = 1000 * (perf_counter() - start)
            self.add(Check(name, "failed", error.expected, error.got, ms))
            raise
        self.add(Check(name, "passed", ms=1000 * (perf_counter() - start)))

    def rows(self, tree: str) -> tuple[Check, ...]:
        """All checks of a tree in the order of its table."""
        return tuple(
            self._checks.get(name, Check(name, "skipped", note=NOT_REACHED)) for name in CHECKS[tree]
        )
