"""The rules that a header obeys: against its own body and hash, by itself, and against its parent.

Each rule is one function from the facts about a block to a ``Check`` (passed, or skipped where the input
does not hold what the rule needs) and raises InvalidError where the rule is broken. ``HEADER_RULES`` is
their order. Sizes are in bytes, gas in gas, times in seconds, fees in wei per gas.

Not checked here, since it takes execution: gas used, receipts root, logs bloom, state root.

Sources: EIP-1559 (gas limit and base fee), EIP-3675 (what proof of stake fixes); SPEC 10.2, 10.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stateless.headers import HeaderFacts
from stateless.verdict import Check
from verkle.errors import InvalidError
from witness.header_json import EMPTY_OMMERS_HASH

DIFFICULTY: Final = 0
NONCE: Final = bytes(8)
MAX_EXTRA_DATA_BYTES: Final = 32
MIN_GAS_LIMIT: Final = 5000
MAX_GAS_LIMIT: Final = 2**63 - 1
GAS_LIMIT_STEP_DIVISOR: Final = 1024
ELASTICITY: Final = 2
BASE_FEE_CHANGE_DIVISOR: Final = 8

_LACKS: Final = "the input lacks this field"
_NO_PARENT: Final = "the input does not hold the parent's header"


def _skipped(name: str, note: str) -> Check:
    return Check(name, "skipped", note=note)


def next_base_fee(gas_limit: int, gas_used: int, base_fee: int) -> int:
    """Return the base fee of the block after one with these values (EIP-1559); ``gas_limit`` at least 2."""
    target = gas_limit // ELASTICITY
    change = base_fee * abs(gas_used - target) // target // BASE_FEE_CHANGE_DIVISOR
    if gas_used > target:
        return base_fee + max(change, 1)
    return base_fee - change


# Against the block's own body and hash.


def _block_hash(facts: HeaderFacts) -> Check:
    if facts.block_hash is None:
        return _skipped("block_hash", "the input lacks fields of the header")
    if facts.claimed_hash is None:
        return _skipped("block_hash", "the input does not say the block's hash")
    if facts.block_hash != facts.claimed_hash:
        raise InvalidError(
            "BLOCK_HASH_MISMATCH",
            "the header, with the roots of its body, does not have the hash that the input gives",
            where={"block": facts.header.number},
            expected=facts.claimed_hash,
            got=facts.block_hash,
        )
    return Check("block_hash", "passed", facts.claimed_hash, facts.block_hash)


def _transactions_root(facts: HeaderFacts) -> Check:
    expected, got = facts.header.transactions_root, facts.transactions_root
    return _body_root("transactions", "TRANSACTIONS_ROOT_MISMATCH", expected, got, facts.header.number)


def _withdrawals_root(facts: HeaderFacts) -> Check:
    expected, got = facts.header.withdrawals_root, facts.withdrawals_root
    return _body_root("withdrawals", "WITHDRAWALS_ROOT_MISMATCH", expected, got, facts.header.number)


def _body_root(what: str, code: str, expected: bytes | None, got: bytes | None, number: int | None) -> Check:
    name = f"{what}_root"
    if expected is None:
        return _skipped(name, "the header as given has none; the block hash covers it")
    if got is None:
        return _skipped(name, f"the input holds no {what}")
    if expected != got:
        raise InvalidError(
            code,
            f"the {what} are not those of the header",
            where={"block": number},
            expected=expected,
            got=got,
        )
    return Check(name, "passed", expected, got)


# By itself.


def _fields(facts: HeaderFacts) -> Check:
    if facts.rules is None:
        return _skipped("header_fields", "no rule set is named")
    if facts.field_count is None:
        return _skipped("header_fields", "the input lacks fields of the header")
    expected, got = facts.rules.header_fields, facts.field_count
    if expected != got:
        raise InvalidError(
            "HEADER_FIELDS",
            f"a header under {facts.rules.name} has {expected} fields",
            where={"block": facts.header.number},
            expected=expected,
            got=got,
        )
    return Check("header_fields", "passed", expected, got)


def _extra_data(facts: HeaderFacts) -> Check:
    extra_data = facts.header.extra_data
    if extra_data is None:
        return _skipped("header_extra_data", _LACKS)
    if len(extra_data) > MAX_EXTRA_DATA_BYTES:
        raise InvalidError(
            "HEADER_EXTRA_DATA",
            f"extra data is longer than {MAX_EXTRA_DATA_BYTES} bytes",
            where={"block": facts.header.number},
            expected=f"at most {MAX_EXTRA_DATA_BYTES}",
            got=len(extra_data),
        )
    return Check("header_extra_data", "passed")


def _difficulty(facts: HeaderFacts) -> Check:
    difficulty = facts.header.difficulty
    if difficulty is None:
        return _skipped("header_difficulty", _LACKS)
    if difficulty != DIFFICULTY:
        raise InvalidError(
            "HEADER_DIFFICULTY",
            "difficulty is not 0, as proof of stake demands",
            where={"block": facts.header.number},
            expected=DIFFICULTY,
            got=difficulty,
        )
    return Check("header_difficulty", "passed")


def _nonce(facts: HeaderFacts) -> Check:
    nonce = facts.header.nonce
    if nonce is None:
        return _skipped("header_nonce", _LACKS)
    if nonce != NONCE:
        raise InvalidError(
            "HEADER_NONCE",
            "the header's nonce is not 0, as proof of stake demands",
            where={"block": facts.header.number},
            expected=NONCE,
            got=nonce,
        )
    return Check("header_nonce", "passed")


def _ommers(facts: HeaderFacts) -> Check:
    ommers_hash = facts.header.ommers_hash
    if ommers_hash is None and facts.body_ommers is None:
        return _skipped("header_ommers", _LACKS)
    if ommers_hash not in (None, EMPTY_OMMERS_HASH) or facts.body_ommers:
        raise InvalidError(
            "HEADER_OMMERS",
            "the block has ommers, which proof of stake rules out",
            where={"block": facts.header.number, "ommers": facts.body_ommers},
            expected=EMPTY_OMMERS_HASH,
            got=ommers_hash,
        )
    return Check("header_ommers", "passed")


def _gas_limit(facts: HeaderFacts) -> Check:
    gas_limit = facts.header.gas_limit
    if gas_limit is None:
        return _skipped("header_gas_limit", _LACKS)
    if not MIN_GAS_LIMIT <= gas_limit <= MAX_GAS_LIMIT:
        raise InvalidError(
            "HEADER_GAS_LIMIT",
            f"the gas limit is not between {MIN_GAS_LIMIT} and 2^63 - 1",
            where={"block": facts.header.number},
            expected=[MIN_GAS_LIMIT, MAX_GAS_LIMIT],
            got=gas_limit,
        )
    return Check("header_gas_limit", "passed")


def _gas_used(facts: HeaderFacts) -> Check:
    gas_limit, gas_used = facts.header.gas_limit, facts.header.gas_used
    if gas_limit is None or gas_used is None:
        return _skipped("header_gas_used", _LACKS)
    if gas_used > gas_limit:
        raise InvalidError(
            "HEADER_GAS_USED",
            "more gas is used than the block's limit allows",
            where={"block": facts.header.number},
            expected=f"at most {gas_limit}",
            got=gas_used,
        )
    return Check("header_gas_used", "passed")


# Against the parent.


def _number(facts: HeaderFacts) -> Check:
    parent, number = facts.parent, facts.header.number
    if parent is None or parent.number is None:
        return _skipped("header_number", _NO_PARENT)
    if number is None:
        return _skipped("header_number", _LACKS)
    if number != parent.number + 1:
        raise InvalidError(
            "HEADER_NUMBER",
            "the block's number does not follow its parent's",
            where={"parent": facts.header.parent_hash},
            expected=parent.number + 1,
            got=number,
        )
    return Check("header_number", "passed")


def _timestamp(facts: HeaderFacts) -> Check:
    parent, timestamp = facts.parent, facts.header.timestamp
    if parent is None or parent.timestamp is None:
        return _skipped("header_timestamp", _NO_PARENT)
    if timestamp is None:
        return _skipped("header_timestamp", _LACKS)
    if timestamp <= parent.timestamp:
        raise InvalidError(
            "HEADER_TIMESTAMP",
            "the block is not later than its parent",
            where={"block": facts.header.number, "parent": facts.header.parent_hash},
            expected=f"at least {parent.timestamp + 1}",
            got=timestamp,
        )
    return Check("header_timestamp", "passed")


def _gas_limit_step(facts: HeaderFacts) -> Check:
    parent, gas_limit = facts.parent, facts.header.gas_limit
    if parent is None or parent.gas_limit is None:
        return _skipped("header_gas_limit_step", _NO_PARENT)
    if gas_limit is None:
        return _skipped("header_gas_limit_step", _LACKS)
    step = parent.gas_limit // GAS_LIMIT_STEP_DIVISOR
    if abs(gas_limit - parent.gas_limit) >= step:
        raise InvalidError(
            "HEADER_GAS_LIMIT_STEP",
            "the gas limit moves further from its parent's than 1/1024 of it",
            where={"block": facts.header.number, "parent_gas_limit": parent.gas_limit},
            expected=[parent.gas_limit - step + 1, parent.gas_limit + step - 1],
            got=gas_limit,
        )
    return Check("header_gas_limit_step", "passed")


def _base_fee(facts: HeaderFacts) -> Check:
    parent, base_fee = facts.parent, facts.header.base_fee_per_gas
    if (
        parent is None
        or parent.gas_limit is None
        or parent.gas_used is None
        or parent.base_fee_per_gas is None
    ):
        return _skipped("header_base_fee", _NO_PARENT)
    if base_fee is None:
        return _skipped("header_base_fee", _LACKS)
    if parent.gas_limit < ELASTICITY:
        return _skipped("header_base_fee", "the parent's gas limit leaves no target")
    expected = next_base_fee(parent.gas_limit, parent.gas_used, parent.base_fee_per_gas)
    if base_fee != expected:
        raise InvalidError(
            "HEADER_BASE_FEE",
            "the base fee does not follow from the parent's gas and base fee",
            where={"block": facts.header.number, "parent": facts.header.parent_hash},
            expected=expected,
            got=base_fee,
        )
    return Check("header_base_fee", "passed", expected, base_fee)


HEADER_RULES: Final[tuple[tuple[str, Callable[[HeaderFacts], Check]], ...]] = (
    ("block_hash", _block_hash),
    ("transactions_root", _transactions_root),
    ("withdrawals_root", _withdrawals_root),
    ("header_fields", _fields),
    ("header_extra_data", _extra_data),
    ("header_difficulty", _difficulty),
    ("header_nonce", _nonce),
    ("header_ommers", _ommers),
    ("header_gas_limit", _gas_limit),
    ("header_gas_used", _gas_used),
    ("header_number", _number),
    ("header_timestamp", _timestamp),
    ("header_gas_limit_step", _gas_limit_step),
    ("header_base_fee", _base_fee),
)
