"""Changes of the project's own CBOR files: heads that are not canonical, items, columns; sealed again.

A digest finds damage and not forgery: most cases have a new one, so that what is behind it is reached.
"""

from __future__ import annotations

from random import Random
from typing import Any

import cbor2
from blake3 import blake3

from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed
from witness.cbor_items import head

CBOR = "cbor"
DIGEST = 32


def sealed(body: bytes) -> bytes:
    """All before the digest, and its digest."""
    return body + blake3(body).digest()


def heads(data: bytes) -> list[tuple[int, int, int]]:
    """Place, major type and length of the head of every item, tag and all."""
    found = [(0, 6, 3)]
    at = 3
    while at < len(data):
        if data[at] == 0xF6:
            found.append((at, 7, 1))
            at += 1
            continue
        kind, argument, behind = head(data, at)
        found.append((at, kind, behind - at))
        at = behind + (argument if kind in (2, 3) else 0)
    return found


def _longer(random: Random, data: bytes, at: int, length: int) -> bytes:
    """The head in a longer form than it needs."""
    kind, argument, _ = head(data, at)
    widths = [w for w in (1, 2, 4, 8) if w >= length]
    width = random.choice(widths)
    return bytes([kind << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[width]]) + argument.to_bytes(width, "big")


@mutator("cbor.head", CBOR, weight=5)
def item_head(random: Random, seed: Seed) -> bytes:
    """Longer than it needs, indefinite, of another major type, with another argument."""
    body = seed.data[:-DIGEST]
    at, kind, length = random.choice([row for row in heads(seed.data) if row[1] not in (6, 7)])
    choice = random.randrange(6)
    if choice == 0:
        new = _longer(random, seed.data, at, length)
    elif choice == 1:
        new = bytes([kind << 5 | 31])
    elif choice == 2:
        new = bytes([random.randrange(8) << 5 | body[at] & 31]) + body[at + 1 : at + length]
    elif choice == 3:
        new = bytes([kind << 5 | random.choice((26, 27))]) + b"\xff" * random.choice((4, 8))
    elif choice == 4:
        new = random.choice(
            (b"\xf4", b"\xf5", b"\xf7", b"\xf9\x3c\x00", b"\xfb" + bytes(8), b"\xc2\x41\x01", b"\xff")
        )
    else:
        new = bytes([body[at] ^ random.choice((1, 2, 3))]) + body[at + 1 : at + length]
    return sealed(body[:at] + new + body[at + length :])


@mutator("cbor.byte", CBOR, weight=5)
def byte(random: Random, seed: Seed) -> bytes:
    """One byte anywhere, sealed again: also in every column."""
    body = bytearray(seed.data[:-DIGEST])
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(3, len(body))
        body[at] = random.choice((body[at] ^ 1 << random.randrange(8), random.randrange(256)))
    return sealed(bytes(body))


def _places(items: Any) -> list[tuple[list[Any], int]]:
    found = []
    for i, item in enumerate(items):
        found.append((items, i))
        if isinstance(item, list):
            found += _places(item)
    return found


def _rewritten(items: list[Any]) -> bytes:
    body = b"\xd9\xd9\xf7" + cbor2.dumps(items, canonical=True)
    return body if len(body) < DIGEST else sealed(body[:-DIGEST])


@mutator("cbor.item", CBOR, weight=6)
def item(random: Random, seed: Seed) -> bytes:
    """Dropped, repeated, exchanged, of another type, null; canonical all the same, and sealed."""
    items = cbor2.loads(seed.data[3:])
    at, i = random.choice(_places(items))
    choice = random.randrange(6)
    if choice == 0:
        at.pop(i)
    elif choice == 1:
        at.insert(i, at[i])
    elif choice == 2:
        other, j = random.choice(_places(items))
        at[i], other[j] = other[j], at[i] if not isinstance(at[i], list) else None
    elif choice == 3:
        at[i] = random.choice(
            (None, 0, 1, 2**64 - 1, -1, "", "text", b"", bytes(32), [], [[]], {}, 1.5, True)
        )
    elif choice == 4 and isinstance(at[i], int):
        at[i] = random.choice((at[i] + 1, 2**32, 2**64 - 1, max(at[i] - 1, 0)))
    else:
        at[i] = [at[i]]
    return _rewritten(items)


@mutator("cbor.column", CBOR, weight=6)
def column(random: Random, seed: Seed) -> bytes:
    """A column, which is bytes to CBOR: cut, lengthened, pieces of it moved, varints that are too long."""
    items = cbor2.loads(seed.data[3:])
    columns = [(at, i) for at, i in _places(items[:-1]) if isinstance(at[i], bytes) and at[i]]
    at, i = random.choice(columns)
    data = bytearray(at[i])
    place = random.randrange(len(data))
    choice = random.randrange(6)
    if choice == 0:
        del data[place:]
    elif choice == 1:
        data[place:place] = random.choice(
            (b"\0", b"\x80", b"\x80\x00", b"\xff\xff\xff\xff\xff\x7f", b"\x41", b"\x20")
        )
    elif choice == 2:
        data += random.choice((b"\0", b"\x80", bytes(31), bytes(32), bytes(data)))
    elif choice == 3:
        del data[place : place + random.choice((1, 2, 31, 32))]
    elif choice == 4:
        data[place] = random.choice((0, 1, 0x20, 0x40, 0x41, 0x7F, 0x80, 0xFE, 0xFF))
    else:
        other = random.randrange(len(data))
        data[place], data[other] = data[other], data[place]
    at[i] = bytes(data)
    return _rewritten(items)


@mutator("cbor.nested", CBOR, weight=0.2)
def nested(random: Random, seed: Seed) -> bytes:
    """Deep arrays, and arrays that say that they are long."""
    depth = random.choice((7, 8, 9, 1000, 100_000))
    if random.random() < 0.5:
        return sealed(seed.data[:14] + b"\x81" * depth + b"\xf6")
    return sealed(
        seed.data[:14] + b"\x9a" + random.choice((2**20, 2**32 - 1)).to_bytes(4, "big") + b"\xf6" * depth
    )


@mutator("cbor.schema", CBOR, weight=1)
def schema(random: Random, seed: Seed) -> bytes:
    items = cbor2.loads(seed.data[3:])
    which = random.randrange(2)
    items[which] = random.choice(("stateless", "stateless-binary", "", "x", 0, 1, 2, 2**64 - 1, None))
    return _rewritten(items)


@mutator("cbor.digest", CBOR, weight=0.5)
def digest(random: Random, seed: Seed) -> bytes:
    """Not sealed again."""
    body = bytearray(seed.data)
    body[random.randrange(3, len(body))] ^= 1 << random.randrange(8)
    return bytes(body)
