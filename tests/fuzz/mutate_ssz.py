"""Changes of the SSZ container: offsets, gaps, optional values, lists that exchange their places."""

from __future__ import annotations

from random import Random

from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed

OFFSET = 4
_PROOF_FIXED = 3 * OFFSET + 32 * 18


def _at(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + OFFSET], "little")


def offsets(data: bytes) -> list[int]:
    """Places of all offsets of a sound container."""
    diff, proof = _at(data, 0), _at(data, 4)
    found = [0, 4, proof, proof + 4, proof + 8]
    count = _at(data, diff) // OFFSET
    stems = [diff + OFFSET * i for i in range(count)]
    found += stems
    ends = [*[diff + _at(data, place) for place in stems[1:]], proof]
    for place, end in zip(stems, ends, strict=True):
        stem = diff + _at(data, place)
        leaves = stem + 31 + OFFSET
        found.append(stem + 31)
        if leaves < end:
            first = [leaves + OFFSET * i for i in range(_at(data, leaves) // OFFSET)]
            found += first
            for at in first:
                leaf = leaves + _at(data, at)
                found += [leaf + 1, leaf + 5]
    return found


@mutator("ssz.offset", "ssz", weight=8)
def offset(random: Random, seed: Seed) -> bytes:
    """One offset: off by a little, by a unit, at the edges of its width, another's."""
    places = offsets(seed.data)
    data, at = bytearray(seed.data), random.choice(places)
    now = _at(seed.data, at)
    other = _at(seed.data, random.choice(places))
    new = random.choice((now + 1, now - 1, now + 4, now - 4, now + 33, now - 31, 0, other, 2**31, 2**32 - 1))
    data[at : at + OFFSET] = (new % 2**32).to_bytes(OFFSET, "little")
    return bytes(data)


@mutator("ssz.gap", "ssz", weight=3)
def gap(random: Random, seed: Seed) -> bytes:
    """Bytes that belong to nothing, with every later offset of one list moved along."""
    places = offsets(seed.data)
    at, width = random.choice(places), random.choice((1, 4, 31, 32, 33))
    data = bytearray(seed.data)
    for place in places:
        if place >= at and random.random() < 0.8:
            data[place : place + OFFSET] = ((_at(seed.data, place) + width) % 2**32).to_bytes(
                OFFSET, "little"
            )
    where = random.choice((at + OFFSET, len(data), random.randrange(len(data))))
    return bytes(data[:where]) + random.choice((bytes(width), random.randbytes(width))) + bytes(data[where:])


@mutator("ssz.optional", "ssz", weight=0.5)
def optional(random: Random, seed: Seed) -> bytes:
    """The byte in front of a value: 0 as of a union, 2, 255; or the value of the other place."""
    data = bytearray(seed.data)
    ones = [at + 8 for at in offsets(seed.data) if at + 8 < len(data) and data[at + 8] == 1]
    at = random.choice(ones or [0])
    data[at] = random.choice((0, 2, 255))
    return bytes(data)


@mutator("ssz.proof", "ssz", weight=2)
def proof(random: Random, seed: Seed) -> bytes:
    """Pieces of 31 and 32 bytes of the proof: dropped, repeated, exchanged."""
    start = _at(seed.data, 4)
    width = random.choice((31, 32, 32))
    at = random.randrange(start, len(seed.data) - width)
    other = random.randrange(start, len(seed.data) - width)
    data = bytearray(seed.data)
    choice = random.randrange(3)
    if choice == 0:
        del data[at : at + width]
    elif choice == 1:
        data[at:at] = seed.data[other : other + width]
    else:
        data[at : at + width] = seed.data[other : other + width]
    return bytes(data)


@mutator("ssz.lists", "ssz", weight=2)
def lists(random: Random, seed: Seed) -> bytes:
    """The borders between other-stems, extension bytes and commitments are moved."""
    start = _at(seed.data, 4)
    data = bytearray(seed.data)
    bounds = [_at(data, start + OFFSET * i) for i in range(3)]
    which = random.randrange(1, 3)
    bounds[which] += random.choice((-32, -31, -1, 1, 31, 32, 62, 64))
    for i, bound in enumerate(bounds):
        data[start + OFFSET * i : start + OFFSET * (i + 1)] = (bound % 2**32).to_bytes(OFFSET, "little")
    return bytes(data)


@mutator("ssz.count", "ssz", weight=0.3)
def count(random: Random, seed: Seed) -> bytes:
    """Lists that say that they have very many members."""
    number = random.choice((256, 257, 65_536, 65_537, 1 << 20))
    first = (OFFSET * number).to_bytes(OFFSET, "little")
    body = first * random.choice((1, number if number < 70_000 else 1)) + bytes(random.choice((0, 8, 64)))
    diff = _at(seed.data, 0)
    return (
        seed.data[:4] + (diff + len(body)).to_bytes(OFFSET, "little") + body + seed.data[_at(seed.data, 4) :]
    )
