"""Changes of a Merkle-Patricia witness: nodes dropped, surplus, in another order; and altered, with every
hash above made anew, up to the root, the parent's header and the block's own hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.fuzz.mutate_block import header_of, rehashed, written
from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed
from witness import rlp
from witness.block import BlockInput
from witness.header import header_to_rlp
from witness.keccak import keccak256
from witness.patricia.container import PatriciaWitness

PATRICIA = ("patricia/json", "rlp/witness")
Change = Callable[[Random, BlockInput, PatriciaWitness], BlockInput]


def _entered(kind: str, seeds: tuple[str, ...] = PATRICIA, weight: float = 1.0) -> Callable[[Change], Change]:
    def enter(function: Change) -> Change:
        def mutate(random: Random, seed: Seed) -> bytes:
            if seed.block is None or seed.block.patricia is None:
                raise ValueError("a seed without a Merkle-Patricia witness")
            return written(seed, function(random, seed.block, seed.block.patricia))

        mutator(f"patricia.{kind}", *seeds, weight=weight)(mutate)
        return function

    return enter


def altered(random: Random, node: bytes) -> bytes:
    """Another node: of its items one is changed, dropped, added, exchanged; or of its bytes one."""
    choice = random.randrange(6)
    if choice == 0:
        data = bytearray(node)
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        return bytes(data)
    items = rlp.decode(node)
    if isinstance(items, bytes):
        return node + b"\0"
    i, j = random.randrange(len(items)), random.randrange(len(items))
    if choice == 1:
        items[i], items[j] = items[j], items[i]
    elif choice == 2:
        items.pop(i)
    elif choice == 3:
        items.insert(i, items[j])
    elif choice == 4:
        items[i] = random.choice((b"", b"\0", random.randbytes(32), [], [b"\x20", b"\1"], node))
    else:
        item = items[i]
        if isinstance(item, bytes) and item:
            data = bytearray(item)
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
            items[i] = bytes(data)
    return rlp.encode(items)


def relinked(nodes: tuple[bytes, ...], old: bytes, new: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """The nodes with ``old`` replaced and every hash above made anew, and the last that changed: the root.

    A reference is the hash, wherever it stands: of the state's nodes, and of an account to its storage."""
    pending = [(old, new)]
    found = list(nodes)
    top = new
    while pending:
        before, after = pending.pop()
        digest = keccak256(before)
        found[found.index(before)] = after
        top = after
        pending += [(node, node.replace(digest, keccak256(after))) for node in list(found) if digest in node]
    return tuple(found), keccak256(top)


@_entered("node-dropped", weight=2)
def dropped(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    nodes = list(witness.nodes)
    nodes.pop(random.randrange(len(nodes)))
    return replace(block, patricia=replace(witness, nodes=tuple(nodes)))


@_entered("node-altered", weight=2)
def node_altered(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    """Under its own new hash, which nothing refers to."""
    nodes = list(witness.nodes)
    at = random.randrange(len(nodes))
    nodes[at] = altered(random, nodes[at])
    return replace(block, patricia=replace(witness, nodes=tuple(nodes)))


@_entered("node-relinked", weight=6)
def node_relinked(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    """A whole other state before: its root in the parent's header, whose hash the block then names."""
    at = random.choice(witness.nodes)
    new = altered(random, at)
    nodes, root = relinked(witness.nodes, at, new)
    old = header_of(block)
    parent = next(h for h in witness.ancestors if keccak256(header_to_rlp(h)) == old.parent_hash)
    linked = replace(parent, state_root=root)
    ancestors = tuple([linked if header is parent else header for header in witness.ancestors])
    header = replace(old, parent_hash=keccak256(header_to_rlp(linked)))
    return rehashed(
        replace(block, header=header, patricia=replace(witness, nodes=nodes, ancestors=ancestors))
    )


@_entered("nodes-surplus", weight=1)
def surplus(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    """More than is needed: repeated nodes, codes as nodes, noise."""
    extra = random.choice(
        (
            random.choice(witness.nodes),
            random.randbytes(40),
            b"",
            witness.codes[0],
            altered(random, witness.nodes[0]),
        )
    )
    nodes = list(witness.nodes)
    nodes.insert(random.randrange(len(nodes) + 1), extra)
    return replace(block, patricia=replace(witness, nodes=tuple(nodes)))


@_entered("order", weight=1)
def order(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    nodes = tuple(random.sample(witness.nodes, len(witness.nodes)))
    return replace(block, patricia=replace(witness, nodes=nodes))


@_entered("codes", weight=2)
def codes(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    """Dropped, changed, surplus."""
    found = list(witness.codes)
    at = random.randrange(len(found))
    choice = random.randrange(3)
    if choice == 0:
        found.pop(at)
    elif choice == 1:
        code = bytearray(found[at])
        code[random.randrange(len(code))] ^= 1 << random.randrange(8)
        found[at] = bytes(code)
    else:
        found.append(random.choice((b"", found[at], random.randbytes(50), witness.nodes[0])))
    return replace(block, patricia=replace(witness, codes=tuple(found)))


@_entered("ancestors", weight=1)
def ancestors(random: Random, block: BlockInput, witness: PatriciaWitness) -> BlockInput:
    """Dropped, repeated, with one that is no ancestor."""
    found = list(witness.ancestors)
    choice = random.randrange(4)
    if choice == 0:
        found.pop()
    elif choice == 1:
        found.append(found[0])
    elif choice == 2:
        found.append(replace(found[0], number=random.randrange(100)))
    else:
        found.insert(0, header_of(block))
    return replace(block, patricia=replace(witness, ancestors=tuple(found)))
