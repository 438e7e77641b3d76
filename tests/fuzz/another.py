"""May another block than the seed's be accepted? Only if it differs in what nothing else depends on.

Whoever changes a header and hashes it again has made another block, and some of these are sound: a header may
say what it likes as extra data. This is the list of what a header may say; all else is fixed by the parent,
the body or the run, and a block that says otherwise must be refused.

Sources: execution-specs ``fork.py`` (validate_header); SPEC 10.2, 10.3.
"""

from __future__ import annotations

from dataclasses import fields

from witness.block import BlockInput
from witness.header import Header

# Nothing in the seeds' blocks reads them.
FREE = frozenset({"extra_data", "prev_randao", "parent_beacon_block_root"})
# A parent's, that its child's header or state does not depend on.
FREE_IN_PARENT = FREE | {
    "parent_hash", "ommers_hash", "coinbase", "transactions_root", "receipts_root", "logs_bloom",
    "difficulty", "nonce", "withdrawals_root", "requests_hash",
}  # fmt: skip

HELD_TO_CHILD = frozenset(
    {"timestamp", "gas_limit", "gas_used", "base_fee_per_gas", "excess_blob_gas", "blob_gas_used"}
)


def differing(one: Header, other: Header) -> set[str]:
    """Names of the fields that are not the same."""
    return {f.name for f in fields(Header) if getattr(one, f.name) != getattr(other, f.name)}


def objection(
    seed: BlockInput, seed_parent: Header | None, block: BlockInput, parent: Header | None
) -> str | None:
    """Why the accepted block must not be, or ``None``. ``parent``: the header that it names, if given."""
    header, original = block.header, seed.header
    if header is None or original is None:
        return "no header"
    changed = differing(original, header) - FREE
    if parent is not None:
        # held to the parent below, once more and by other code
        changed -= {"timestamp", "gas_limit"}
        if "parent_hash" in changed and seed_parent is not None:
            changed.discard("parent_hash")
            of_parent = differing(seed_parent, parent) - FREE_IN_PARENT - HELD_TO_CHILD
            if of_parent:
                return f"the parent's {', '.join(sorted(of_parent))} changed"
    if not block.transactions:
        changed.discard("coinbase")  # nobody pays it
    if "withdrawals_root" in changed and credits(block) == credits(seed):
        changed.discard("withdrawals_root")
    if changed:
        return f"the header's {', '.join(sorted(changed))} changed"
    if len(header.extra_data or b"") > 32:
        return "more than 32 bytes of extra data"
    return None if parent is None else _against_parent(header, parent)


def credits(block: BlockInput) -> dict[bytes, int]:
    """What withdrawals give to whom; their order and numbers change no state, nor do those of nothing."""
    total: dict[bytes, int] = {}
    for each in block.withdrawals or ():
        if each.amount_gwei:
            total[each.address] = total.get(each.address, 0) + each.amount_gwei
    return total


def _against_parent(header: Header, parent: Header) -> str | None:
    if (header.number or 0) != (parent.number or 0) + 1:
        return "the number does not follow"
    if (header.timestamp or 0) <= (parent.timestamp or 0):
        return "not later than its parent"
    limit, before, used = header.gas_limit or 0, parent.gas_limit or 0, parent.gas_used or 0
    if abs(limit - before) >= before // 1024 or limit < 5000:
        return "the gas limit jumps"
    target, fee = before // 2, parent.base_fee_per_gas or 0
    if used > target:
        expected = fee + max(fee * (used - target) // target // 8, 1)
    else:
        expected = fee - fee * (target - used) // target // 8
    if expected != header.base_fee_per_gas:
        return "the base fee does not follow"
    return None
