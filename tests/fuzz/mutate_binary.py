"""Changes of a witness of the binary tree as a value, written in the encoding of its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tests.fuzz import small_states
from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed, dumped
from verkle.diff import StemDiff
from witness.binary import encoding, witness_cbor, witness_json
from witness.binary.container import BinaryProof, BinaryWitness, DeepSibling, PathEnd, ShownValue
from witness.binary.subtree import ZERO

BINARY = ("binary/json", "binary/cbor", "binary/bytes")
Change = Callable[[Random, BinaryWitness], BinaryWitness]


def written(seed: Seed, witness: BinaryWitness) -> bytes:
    """In the seed's encoding; what has no encoding (a length that does not fit) is left as it was."""
    try:
        if seed.name == "binary/json":
            return dumped(witness_json.witness_to_json(witness))
        if seed.name == "binary/cbor":
            return witness_cbor.witness_to_cbor(witness)
        return encoding.witness_to_bytes(witness)
    except ValueError:
        return seed.data


def _entered(kind: str, weight: float = 1.0) -> Callable[[Change], Change]:
    def enter(function: Change) -> Change:
        def mutate(random: Random, seed: Seed) -> bytes:
            return written(seed, function(random, small_states.binary_witness()))

        mutator(f"binary.{kind}", *BINARY, weight=weight)(mutate)
        return function

    return enter


def _hash(random: Random, node: bytes) -> bytes:
    data = bytearray(node)
    data[random.randrange(32)] ^= 1 << random.randrange(8)
    return random.choice((bytes(data), ZERO, random.randbytes(32)))


def _of_list(random: Random, items: tuple[Any, ...], other: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Dropped, repeated, exchanged, changed."""
    found = list(items)
    if not found:
        return items
    at, there = random.randrange(len(found)), random.randrange(len(found))
    choice = random.randrange(4)
    if choice == 0:
        found.pop(at)
    elif choice == 1:
        found.insert(there, found[at])
    elif choice == 2:
        found[at], found[there] = found[there], found[at]
    else:
        found[at] = other(found[at])
    return tuple(found)


@_entered("siblings", 3)
def siblings(random: Random, witness: BinaryWitness) -> BinaryWitness:
    proof = witness.proof
    name = random.choice(("siblings", "stem_siblings"))
    changed = _of_list(random, getattr(proof, name), lambda node: _hash(random, node))
    return replace(witness, proof=replace(proof, **{name: changed}))


def _end(random: Random, end: PathEnd, stems: list[bytes]) -> PathEnd:
    choice = random.randrange(5)
    if choice == 0:
        return replace(end, kind=random.choice(("empty", "own", "named")))
    if choice == 1:
        depth = random.choice((end.depth + 1, max(end.depth - 1, 0), random.randrange(249)))
        return replace(end, depth=min(depth, 248))
    if choice == 2:
        return replace(end, kind="named", stem=random.choice(stems))
    if choice == 3:
        return replace(end, shown=None)
    value = (
        b"\1" * 32 if end.shown is None else random.choice((_hash(random, end.shown.value), end.shown.value))
    )
    return replace(end, shown=ShownValue(random.randrange(256), value))


@_entered("ends", 3)
def ends(random: Random, witness: BinaryWitness) -> BinaryWitness:
    stems = [entry.stem for entry in witness.state_diff]
    proof = witness.proof
    return replace(
        witness, proof=replace(proof, ends=_of_list(random, proof.ends, lambda end: _end(random, end, stems)))
    )


@_entered("deep", 1)
def deep(random: Random, witness: BinaryWitness) -> BinaryWitness:
    """Siblings said to be deep, which none of this witness is."""
    steps: tuple[bytes | None, ...] = tuple(
        [random.choice((None, ZERO, random.randbytes(32))) for _ in range(9)]
    )
    more = DeepSibling(random.randrange(len(witness.proof.siblings) + 1), steps, random.randbytes(32))
    return replace(witness, proof=replace(witness.proof, deep=(more,) * random.choice((1, 1, 2))))


@_entered("diff", 4)
def diff(random: Random, witness: BinaryWitness) -> BinaryWitness:
    """Stems and leaves: dropped, repeated, exchanged, other values, other suffixes."""

    def leaf(entry: Any) -> Any:
        choice = random.randrange(4)
        value = random.choice((None, ZERO, b"\1" * 32, random.randbytes(32), entry.current, entry.new))
        if choice == 0:
            return replace(entry, current=value)
        if choice == 1:
            return replace(entry, new=value)
        return replace(entry, suffix=random.randrange(256))

    def stem(entry: StemDiff) -> StemDiff:
        if random.random() < 0.3:
            name = bytearray(entry.stem)
            name[random.randrange(31)] ^= 1 << random.randrange(8)
            return replace(entry, stem=bytes(name))
        return replace(entry, suffixes=_of_list(random, entry.suffixes, leaf))

    return replace(witness, state_diff=_of_list(random, witness.state_diff, stem))


@_entered("root", 1)
def root(random: Random, witness: BinaryWitness) -> BinaryWitness:
    """What the witness says of itself: its root, its rules."""
    from witness.binary.rules import RULES

    if random.random() < 0.5:
        return replace(witness, rules=random.choice(list(RULES)))
    return replace(witness, pre_root=random.choice((None, ZERO, random.randbytes(32))))


@_entered("emptied", 0.5)
def emptied(random: Random, witness: BinaryWitness) -> BinaryWitness:
    return random.choice(
        (
            replace(witness, state_diff=()),
            replace(witness, proof=BinaryProof()),
            replace(witness, state_diff=(), proof=BinaryProof()),
        )
    )
