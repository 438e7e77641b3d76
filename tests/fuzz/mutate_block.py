"""Changes of a block as a value, written again in its own encoding: header, body, parent.

With a new hash after the change, or under the hash it had. A block with a new hash is another block; whether
such a one may be accepted is for ``tests.fuzz.another`` to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from stateless.transaction_decode import decode_transaction
from stateless.transactions import encode_transaction
from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed, dumped, ext_witness, patricia_document
from tests.stateless.transaction_samples import KEY, signed
from witness.block import BlockInput
from witness.block_json import block_to_json
from witness.cbor import block_to_cbor
from witness.header import Header, Withdrawal, header_to_rlp, withdrawal_to_rlp
from witness.keccak import keccak256
from witness.patricia.ordered import ordered_root

BLOCKS = ("chain/transfer-new", "chain/withdrawals-zero", "chain/tx-types", "block/transfer-new")
WHOLE = (*BLOCKS, "cbor/transfer-new", "patricia/json")
Change = Callable[[Random, BlockInput], BlockInput]

_ROOTS = (
    "state_root",
    "transactions_root",
    "receipts_root",
    "withdrawals_root",
    "parent_hash",
    "ommers_hash",
)
_NUMBERS = (
    "number", "gas_limit", "gas_used", "timestamp", "base_fee_per_gas", "difficulty", "blob_gas_used",
    "excess_blob_gas",
)  # fmt: skip
_OTHERS = ("coinbase", "logs_bloom", "extra_data", "prev_randao", "nonce", "parent_beacon_block_root")


def written(seed: Seed, block: BlockInput) -> bytes:
    """A block in the encoding of its seed."""
    if block.patricia is not None:
        return ext_witness(block) if seed.family == "rlp" else dumped(patricia_document(block))
    return block_to_cbor(block) if seed.family == "cbor" else dumped(block_to_json(block))


def header_of(block: BlockInput) -> Header:
    """The header, which every seed has."""
    if block.header is None:
        raise ValueError("a seed without header")
    return block.header


def rehashed(block: BlockInput) -> BlockInput:
    """Under the hash that its header has now, and with its body's roots as they are now."""
    header = header_of(block)
    return replace(block, block_hash=keccak256(header_to_rlp(header)))


def _entered(kind: str, seeds: tuple[str, ...] = WHOLE, weight: float = 1.0) -> Callable[[Change], Change]:
    def enter(function: Change) -> Change:
        def mutate(random: Random, seed: Seed) -> bytes:
            if seed.block is None:
                raise ValueError("a seed without block")
            return written(seed, function(random, seed.block))

        mutator(f"block.{kind}", *seeds, weight=weight / 3)(mutate)
        return function

    return enter


def changed_header(random: Random, header: Header) -> Header:
    """One field, as its type allows."""
    names = [name for name in (*_ROOTS, *_NUMBERS, *_OTHERS) if getattr(header, name) is not None]
    name = random.choice(names)
    value: Any = getattr(header, name)
    if isinstance(value, int):
        new: Any = random.choice(
            (value + 1, value - 1, 0, 2 * value, 2**63, value ^ 1 << random.randrange(63))
        )
        new = max(new, 0)
    elif name == "extra_data":
        new = random.randbytes(random.choice((0, 1, 32, 33, 200)))
    elif random.random() < 0.3:
        new = random.choice((bytes(len(value)), b"\xff" * len(value), random.randbytes(len(value))))
    else:
        flipped = bytearray(value)
        flipped[random.randrange(len(value))] ^= 1 << random.randrange(8)
        new = bytes(flipped)
    return replace(header, **{name: new})


@_entered("header", weight=2)
def header_alone(random: Random, block: BlockInput) -> BlockInput:
    return replace(block, header=changed_header(random, header_of(block)))


@_entered("header-rehashed", weight=2)
def header_rehashed(random: Random, block: BlockInput) -> BlockInput:
    return rehashed(replace(block, header=changed_header(random, header_of(block))))


@_entered("header-fields-missing", BLOCKS, weight=0.1)
def header_missing(random: Random, block: BlockInput) -> BlockInput:
    """Fields that are not stated, one to three of them, and perhaps another one false."""
    header = header_of(block)
    names = random.sample((*_ROOTS, *_NUMBERS[:5], *_OTHERS[:4]), random.randint(1, 3))
    if random.random() < 0.5:
        header = changed_header(random, header)
    return replace(block, header=replace(header, **dict.fromkeys(names)))


@_entered("parent", weight=1)
def parent(random: Random, block: BlockInput) -> BlockInput:
    """The parent's header says something else, under the hash that the block names."""
    return _with_parent(block, lambda header: changed_header(random, header))


@_entered("parent-relinked", weight=2)
def parent_relinked(random: Random, block: BlockInput) -> BlockInput:
    """… and the block names the new one, and is hashed again."""
    changed = _with_parent(block, lambda header: changed_header(random, header))
    others = changed.patricia.ancestors if changed.patricia is not None else changed.headers
    old = header_of(block).parent_hash
    mended = [h for h in others if h.number == (header_of(block).number or 0) - 1 or h.number is None]
    at = mended[-1] if mended else others[0]
    digest = keccak256(header_to_rlp(at))
    if digest == old:
        return changed
    return rehashed(replace(changed, header=replace(header_of(changed), parent_hash=digest)))


def _with_parent(block: BlockInput, change: Callable[[Header], Header]) -> BlockInput:
    wanted = header_of(block).parent_hash

    def each(header: Header) -> Header:
        return change(header) if keccak256(header_to_rlp(header)) == wanted else header

    if block.patricia is not None:
        ancestors = tuple([each(header) for header in block.patricia.ancestors])
        return replace(block, patricia=replace(block.patricia, ancestors=ancestors))
    own = header_of(block)
    return replace(block, headers=tuple([h if h == own else each(h) for h in block.headers]))


def with_body_roots(block: BlockInput) -> BlockInput:
    """The header's roots of the body follow it; then a new hash."""
    header = replace(
        header_of(block),
        transactions_root=ordered_root(block.transactions or ()),
        withdrawals_root=ordered_root([withdrawal_to_rlp(w) for w in block.withdrawals or ()]),
    )
    return rehashed(replace(block, header=header))


def changed_transactions(random: Random, block: BlockInput) -> BlockInput:
    """Dropped, repeated, swapped, signed again (by another key or for another nonce), one byte."""
    raw = list(block.transactions or ())
    choice = random.randrange(6)
    if not raw:
        raw.append(random.randbytes(random.randint(1, 120)))
        return replace(block, transactions=tuple(raw))
    at = random.randrange(len(raw))
    if choice == 0:
        raw.pop(at)
    elif choice == 1:
        raw.insert(random.randrange(len(raw) + 1), raw[at])
    elif choice == 2:
        other = random.randrange(len(raw))
        raw[at], raw[other] = raw[other], raw[at]
    elif choice == 3:
        flipped = bytearray(raw[at])
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
        raw[at] = bytes(flipped)
    elif choice == 4:
        raw[at] = raw[at][: random.randint(1, len(raw[at]))]
    else:
        raw[at] = _resigned(random, raw[at])
    return replace(block, transactions=tuple(raw))


def _resigned(random: Random, raw: bytes) -> bytes:
    tx = decode_transaction(raw, 0)
    edit: dict[str, Any] = random.choice(
        (
            {},
            {"nonce": tx.nonce + 1},
            {"value": tx.value + 1},
            {"gas_limit": tx.gas_limit + random.choice((1, -1, 2**40))},
            {"to": random.randbytes(20)},
            {"data": tx.data + b"\0"},
            {"max_fee": tx.max_fee + 1, "max_priority_fee": tx.max_priority_fee + 1},
        )
    )
    return encode_transaction(signed(replace(tx, **edit), key=random.choice((KEY, KEY + 1))))


@_entered("transactions", weight=2)
def transactions(random: Random, block: BlockInput) -> BlockInput:
    return changed_transactions(random, block)


@_entered("transactions-rehashed", weight=3)
def transactions_rehashed(random: Random, block: BlockInput) -> BlockInput:
    """The header's root follows the new list: only running the block can tell."""
    return with_body_roots(changed_transactions(random, block))


def changed_withdrawals(random: Random, block: BlockInput) -> BlockInput:
    """Dropped, repeated, swapped, another amount or receiver, one more."""
    found = list(block.withdrawals or ())
    fresh = Withdrawal(7, 8, random.randbytes(20), random.choice((0, 1, 2**64 - 1)))
    if not found or random.random() < 0.2:
        found.append(fresh)
        return replace(block, withdrawals=tuple(found))
    at, other = random.randrange(len(found)), random.randrange(len(found))
    choice = random.randrange(5)
    if choice == 0:
        found.pop(at)
    elif choice == 1:
        found.insert(other, found[at])
    elif choice == 2:
        found[at], found[other] = found[other], found[at]
    elif choice == 3:
        found[at] = replace(found[at], amount_gwei=random.choice((0, found[at].amount_gwei + 1, 2**64 - 1)))
    else:
        found[at] = replace(found[at], address=random.randbytes(20))
    return replace(block, withdrawals=tuple(found))


@_entered("withdrawals", weight=2)
def withdrawals(random: Random, block: BlockInput) -> BlockInput:
    return changed_withdrawals(random, block)


@_entered("withdrawals-rehashed", weight=3)
def withdrawals_rehashed(random: Random, block: BlockInput) -> BlockInput:
    return with_body_roots(changed_withdrawals(random, block))


@_entered("body-missing", BLOCKS, weight=0.1)
def body_missing(random: Random, block: BlockInput) -> BlockInput:
    """No transactions, withdrawals, parent, chain id, rules: one to three of them are not stated."""
    options: tuple[dict[str, Any], ...] = (
        {"transactions": None}, {"withdrawals": None}, {"headers": ()}, {"chain_id": None}, {"rules": None},
        {"block_hash": None}, {"network": "made-up"}, {"rules": "cancun"}, {"chain_id": 2},
    )  # fmt: skip
    for edit in random.sample(options, random.randint(1, 3)):
        block = replace(block, **edit)
    return block
