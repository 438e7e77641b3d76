"""Where a run first leaves the receipts that came with a block: added to what is said when its gas, receipts
or bloom are not the header's. It explains a verdict and never changes it.

Such receipts stand in fixtures and in files of the devnets' clients. Nothing holds them to the block, so
they are read here alone, one part at a time; a part in no known form says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stateless.receipts import Receipt
from verkle.errors import StatelessError

__all__ = ["EXPLAINED", "explain_outcome"]

EXPLAINED: Final = frozenset({"GAS_USED_MISMATCH", "RECEIPTS_ROOT_MISMATCH", "LOGS_BLOOM_MISMATCH"})
"""Codes of what follows from receipts."""
_MAX_DIGITS: Final = 18  # 0x and 64 bits


def explain_outcome(error: StatelessError, given: Sequence[object] | None, ours: Sequence[Receipt]) -> None:
    """Add to ``error`` which transaction first differs from ``given``, and in what; or that none does.

    Args:
        error: what is about to be raised; left as it is unless its code is one of ``EXPLAINED``.
        given: the input's receipts in block order, as parsed from JSON; ``None`` if it has none.
        ours: what running the block gave.
    """
    if error.code not in EXPLAINED or given is None:
        return
    if len(given) != len(ours):
        error.message += f". The input has {len(given)} receipts for {len(ours)} transactions"
        return
    before = 0
    for index, (said, receipt) in enumerate(zip(given, ours, strict=True)):
        if not isinstance(said, Mapping):
            return
        differs = _difference(said, receipt, before)
        if differs is not None:
            error.message += (
                f". Transaction {index} is the first that differs from the input's receipts: {differs}"
            )
            error.where = {**error.where, "transaction": index}
            return
        before = receipt.cumulative_gas_used
    error.message += ". Every transaction is as the input's receipts have it"


def _difference(said: Mapping[Any, Any], ours: Receipt, before: int) -> str | None:
    """In words. ``before``: gas that the block used until then, which the receipts agree on."""
    status = _number(said.get("status"))
    if status is not None and status != ours.succeeded:
        words = ("failed", "succeeded")
        return f"it {words[ours.succeeded]} here, and {words[bool(status)]} there"
    total, own = _number(said.get("cumulativeGasUsed")), _number(said.get("gasUsed"))
    gas = own if total is None else total - before
    if gas is not None and gas != ours.gas_used:
        return f"it used {ours.gas_used:,} gas here, and {gas:,} there"
    logs = said.get("logs")
    if not isinstance(logs, list):
        return None
    if len(logs) != len(ours.logs):
        count = "1 log" if len(ours.logs) == 1 else f"{len(ours.logs)} logs"
        return f"it left {count} here, and {len(logs)} there"
    for number, (log, our_log) in enumerate(zip(logs, ours.logs, strict=True)):
        if not isinstance(log, Mapping):
            return None
        sides = (
            ("the address", our_log.address.hex()),
            ("the topics", [topic.hex() for topic in our_log.topics]),
            ("the data", our_log.data.hex()),
        )
        for part, got in sides:
            there = _hex(log.get(part.removeprefix("the ")))
            if there is not None and there != got:
                return f"{part} of its log {number}"
    return None


def _number(value: object) -> int | None:
    """A number or truth value in JSON, or hex of at most 64 bits."""
    if isinstance(value, str) and value.startswith("0x") and len(value) <= _MAX_DIGITS:
        try:
            return int(value, 16)
        except ValueError:
            return None
    return int(value) if isinstance(value, int) and 0 <= value < 1 << 64 else None


def _hex(value: object) -> str | list[str | None] | None:
    """Hex digits without prefix, of a text or of each in a list."""
    if isinstance(value, list):
        return [item[2:].lower() if isinstance(item, str) else None for item in value]
    return value[2:].lower() if isinstance(value, str) else None
