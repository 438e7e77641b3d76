"""Changes that know nothing of a format: bits, bytes, cuts, repeats, pieces of other inputs."""

from __future__ import annotations

from random import Random

from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed, seeds

EVERY = ("verkle-json", "patricia-json", "binary-json", "json", "cbor", "ssz", "rlp", "bytes")
_EDGES = (0, 1, 0x7F, 0x80, 0xFF)


def _slice(random: Random, data: bytes, at_most: int = 64) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, min(len(data), start + random.randint(1, at_most))


@mutator("bytes.bit", *EVERY, weight=8)
def flip(random: Random, seed: Seed) -> bytes:
    changed = bytearray(seed.data)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


@mutator("bytes.byte", *EVERY, weight=8)
def replace(random: Random, seed: Seed) -> bytes:
    changed = bytearray(seed.data)
    for _ in range(random.choice((1, 1, 2, 4))):
        edge = random.random() < 0.5
        changed[random.randrange(len(changed))] = random.choice(_EDGES) if edge else random.randrange(256)
    return bytes(changed)


@mutator("bytes.cut", *EVERY, weight=4)
def cut(random: Random, seed: Seed) -> bytes:
    return seed.data[: random.randrange(len(seed.data))]


@mutator("bytes.removed", *EVERY, weight=4)
def remove(random: Random, seed: Seed) -> bytes:
    start, end = _slice(random, seed.data)
    return seed.data[:start] + seed.data[end:]


@mutator("bytes.inserted", *EVERY, weight=4)
def insert(random: Random, seed: Seed) -> bytes:
    at = random.randrange(len(seed.data) + 1)
    return seed.data[:at] + random.randbytes(random.randint(1, 40)) + seed.data[at:]


@mutator("bytes.repeated", *EVERY, weight=4)
def repeat(random: Random, seed: Seed) -> bytes:
    start, end = _slice(random, seed.data, 200)
    times = random.choice((1, 1, 2, 50))
    return seed.data[:end] + seed.data[start:end] * times + seed.data[end:]


@mutator("bytes.swapped", *EVERY, weight=4)
def swap(random: Random, seed: Seed) -> bytes:
    """Two pieces of one length exchange places."""
    length = random.choice((1, 2, 4, 31, 32, 64))
    data = bytearray(seed.data)
    a, b = (random.randrange(max(1, len(data) - length)) for _ in range(2))
    data[a : a + length], data[b : b + length] = data[b : b + length], data[a : a + length]
    return bytes(data)


@mutator("bytes.number", *EVERY, weight=4)
def number(random: Random, seed: Seed) -> bytes:
    """A number at the edge of its width, in either byte order."""
    width = random.choice((1, 2, 4, 8))
    value = random.choice((0, 1, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, random.randrange(1 << 16)))
    raw = (value % 2 ** (8 * width)).to_bytes(width, random.choice(("big", "little")))
    at = random.randrange(len(seed.data))
    return seed.data[:at] + raw + seed.data[at + width :]


@mutator("bytes.spliced", *EVERY, weight=4)
def splice(random: Random, seed: Seed) -> bytes:
    """The front of one input, the end of another."""
    other = random.choice(list(seeds().values())).data
    return seed.data[: random.randrange(len(seed.data))] + other[random.randrange(len(other)) :]


@mutator("bytes.random", *EVERY, weight=2)
def noise(random: Random, seed: Seed) -> bytes:
    """Nothing of the input but its first bytes."""
    return seed.data[: random.randint(0, 12)] + random.randbytes(random.randint(0, 300))
