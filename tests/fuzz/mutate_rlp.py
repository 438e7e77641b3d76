"""Changes of RLP: lengths that are not the shortest, items dropped, exchanged, of the other kind, nested."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed
from witness import rlp

RLP = "rlp"


def _head(random: Random, base: int, length: int, *, honest: bool) -> bytes:
    if honest:
        if length < 56:
            return bytes([base + length])
        size = rlp.encode_integer(length)
        return bytes([base + 55 + len(size)]) + size
    width = random.choice((1, 2, 4, 8))
    false = random.choice((length, length, length + 1, max(length - 1, 0), 2 ** (8 * width) - 1))
    return bytes([base + 55 + width]) + (false % 2 ** (8 * width)).to_bytes(width, "big")


def _encode(random: Random, item: Any, target: list[int]) -> bytes:
    """The encoding, in which item number ``target[0]`` has a head that it should not have."""
    target[0] -= 1
    honest = target[0] != 0
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80 and honest:
            return item
        if len(item) == 1 and item[0] < 0x80:
            return random.choice((b"\x81", b"\xb8\x01")) + item
        return _head(random, 0x80, len(item), honest=honest) + item
    payload = b"".join([_encode(random, each, target) for each in item])
    return _head(random, 0xC0, len(payload), honest=honest) + payload


def _places(items: Any) -> list[tuple[list[Any], int]]:
    found = []
    for i, item in enumerate(items):
        found.append((items, i))
        if isinstance(item, list):
            found += _places(item)
    return found


@mutator("rlp.head", RLP, weight=4)
def head(random: Random, seed: Seed) -> bytes:
    items = rlp.decode(seed.data)
    return _encode(random, items, [random.randint(1, len(_places(items)) + 1)])


@mutator("rlp.item", RLP, weight=6)
def item(random: Random, seed: Seed) -> bytes:
    items: Any = rlp.decode(seed.data)
    at, i = random.choice(_places(items))
    choice = random.randrange(9)
    if choice == 0:
        at.pop(i)
    elif choice == 1:
        at.insert(i, at[i])
    elif choice == 2:
        j = random.randrange(len(at))
        at[i], at[j] = at[j], at[i]
    elif choice == 3:
        at[i] = random.choice((b"", [], b"\0", [b""], [[]], bytes(32), b"\xff" * 33, bytes(300)))
    elif choice == 4:
        at[i] = [at[i]]
    elif choice == 5:
        at[i] = rlp.encode(at[i])
    elif choice == 6 and isinstance(at[i], bytes):
        at[i] = random.choice((b"\0" + at[i], at[i] + b"\0", at[i][:-1], at[i][1:]))
    elif choice == 7 and isinstance(at[i], bytes) and at[i]:
        data = bytearray(at[i])
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        at[i] = bytes(data)
    else:
        at.append(random.choice((b"", [], at[i])))
    return rlp.encode(items)


@mutator("rlp.swapped", RLP, weight=2)
def swapped(random: Random, seed: Seed) -> bytes:
    """Two items of different lists exchange places."""
    items: Any = rlp.decode(seed.data)
    leaves = [(at, i) for at, i in _places(items) if isinstance(at[i], bytes)]
    (at, i), (other, j) = random.sample(leaves, 2)
    at[i], other[j] = other[j], at[i]
    return rlp.encode(items)


@mutator("rlp.ends", RLP, weight=1)
def ends(random: Random, seed: Seed) -> bytes:
    extra = random.choice((b"\0", b"\x80", b"\xc0", seed.data))
    return random.choice(
        (seed.data + extra, extra + seed.data, seed.data[: random.randrange(len(seed.data))])
    )


@mutator("rlp.nested", RLP, weight=0.3)
def nested(random: Random, seed: Seed) -> bytes:
    value: rlp.Item = random.choice((b"", b"\1" * 60))
    for _ in range(random.choice((12, 15, 16, 17, 200))):
        value = [value]
    items: Any = rlp.decode(seed.data)
    at, i = random.choice(_places(items))
    at[i] = value
    return rlp.encode(items) if random.random() < 0.7 else b"\xc1" * random.choice((16, 17, 50_000)) + b"\xc0"
