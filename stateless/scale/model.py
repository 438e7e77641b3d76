"""What a state of N leaves is made of: the trees count different things, and one model gives all of them.

A leaf is what EIP-6800 and EIP-7864 store under one key: two for an account, one for a storage slot, one for
31 bytes of code. The parameters are assumptions, in the range of Ethereum's main network, and are part of
every figure that is made with them:

* one account in ``ACCOUNTS_PER_CONTRACT`` (5) is a contract;
* slots of a contract follow Zipf's law, P(k or more slots) = 1/k for k up to the number of contracts C, so
  that the r-th largest contract has about C/r: mean H_C, the C-th harmonic number;
* seven contracts in eight are proxies of 45 bytes, the eighth has a log-uniform size of 256 to 24,576 bytes;
* of a contract's slots the first ``HEADER_SLOTS`` (8) have numbers below 64; the others lie in groups of 256
  neighbours, ``SLOTS_PER_GROUP`` (1.5) in each.

Verkle and binary tree have a stem for each account (header, first 64 slots, first 128 chunks), for each group
of slots in use, and for each 256 chunks more. The Patricia tree has an account trie, and a storage trie for
each contract.

A block does not choose its contracts evenly: an access goes to a slot, so that a contract comes up in
proportion to its slots. Under Zipf's law its size is then log-uniform in 1 … C (:meth:`StateModel.slots_of`).

Source: SCALE 1, *What N means*.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Final

from stateless.scale.occupancy import MAX_KEYS
from verkle.constants import CHUNK_BYTES, WIDTH
from verkle.embedding import CODE_OFFSET

__all__ = ["StateModel", "state_model"]

ACCOUNTS_PER_CONTRACT: Final = 5
HEADER_SLOTS: Final = 8
SLOTS_PER_GROUP: Final = 1.5
CONTRACTS_PER_FULL_CODE: Final = 8
PROXY_BYTES: Final = 45
LEAST_CODE_BYTES: Final = 256
MOST_CODE_BYTES: Final = 24_576

LEAST_LEAVES: Final = 64
"""Smaller states than this the model does not describe."""

_EULER: Final = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class StateModel:
    """A state of ``leaves`` = 2·``accounts`` + ``slots`` + ``chunks``.

    ``groups``: stems that hold nothing but slots; ``code_stems``: nothing but code. ``contracts`` is also the
    number of slots of the largest contract.
    """

    leaves: int
    accounts: int
    contracts: int
    slots: int
    chunks: int
    groups: int
    code_stems: int

    @property
    def stems(self) -> int:
        """Stems of the Verkle tree and of the binary tree."""
        return self.accounts + self.groups + self.code_stems

    def slots_of(self, address: bytes) -> int:
        """Slots of a contract that a block touches: log-uniform in 1 … ``contracts``, by its address."""
        digest = hashlib.sha256(b"slots of a touched contract" + address).digest()
        share = (int.from_bytes(digest[:6], "big") + 0.5) / (1 << 48)
        return min(self.contracts, math.floor(math.pow(self.contracts + 1, share)))

    def to_json(self) -> dict[str, int]:
        """The members by name, and the stems."""
        return {name: getattr(self, name) for name in self.__slots__} | {"stems": self.stems}


def state_model(leaves: int) -> StateModel:
    """The model of a state with so many leaves.

    Raises:
        ValueError: fewer than 64 leaves, or more than 2^40.
    """
    if not LEAST_LEAVES <= leaves <= MAX_KEYS:
        raise ValueError(f"a modelled state has {LEAST_LEAVES} to 2^40 leaves, not {leaves}")
    low, high = ACCOUNTS_PER_CONTRACT, leaves // 2
    while low < high:  # the most accounts whose leaves do not pass the total
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _leaves(middle) <= leaves else (low, middle - 1)
    accounts = low
    contracts = accounts // ACCOUNTS_PER_CONTRACT
    chunks = round(contracts * _mean_chunks())
    return StateModel(
        leaves=leaves,
        accounts=accounts,
        contracts=contracts,
        slots=leaves - 2 * accounts - chunks,  # what rounding leaves over is slots
        chunks=chunks,
        groups=round(contracts * _mean_slots_beyond(contracts) / SLOTS_PER_GROUP),
        code_stems=round(contracts / CONTRACTS_PER_FULL_CODE * _mean_code_stems()),
    )


def _leaves(accounts: int) -> int:
    contracts = accounts // ACCOUNTS_PER_CONTRACT
    return math.ceil(2 * accounts + contracts * (_harmonic(contracts) + _mean_chunks()))


def _harmonic(count: int) -> float:
    """1 + 1/2 + … + 1/count."""
    if count < 100:
        return sum(1 / k for k in range(1, count + 1))
    return math.log(count) + _EULER + 1 / (2 * count) - 1 / (12 * count**2)


def _mean_slots_beyond(contracts: int) -> float:
    """Mean number of a contract's slots that do not lie in its header: Σ 1/k from the ninth on."""
    return max(0.0, _harmonic(contracts) - _harmonic(HEADER_SLOTS))


def _mean_over_codes(from_chunks: int, step: int) -> float:
    """Mean of ⌈(chunks − from_chunks)/step⌉ over full codes, whose number of bytes is log-uniform.

    The mean of a count is the sum of P(count ≥ j); with chunks = ⌈bytes/31⌉, chunks > c just if bytes > 31·c.
    """
    total, chunks = 0.0, from_chunks
    span = math.log(MOST_CODE_BYTES / LEAST_CODE_BYTES)
    while CHUNK_BYTES * chunks < MOST_CODE_BYTES:
        total += min(1.0, math.log(MOST_CODE_BYTES / max(CHUNK_BYTES * chunks, 1)) / span)
        chunks += step
    return total


def _mean_chunks() -> float:
    full = _mean_over_codes(0, 1)
    proxy = -(-PROXY_BYTES // CHUNK_BYTES)
    return (full + (CONTRACTS_PER_FULL_CODE - 1) * proxy) / CONTRACTS_PER_FULL_CODE


def _mean_code_stems() -> float:
    return _mean_over_codes(WIDTH - CODE_OFFSET, WIDTH)
