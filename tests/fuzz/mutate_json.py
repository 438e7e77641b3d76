"""Changes of JSON documents: members, types, hex, numbers, order; and of the text around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.fuzz.registry import mutator
from tests.fuzz.seeds import Seed, dumped

JSON = ("verkle-json", "patricia-json", "binary-json", "json")
Place = tuple[Any, Any]
"""A container and the key or index of a member in it."""

_ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53, 2**64, 2**256, -(2**64), 1.5, 1e400, "", "0x", "0x0", "0X00", "0x00",
    "0x" + "00" * 31, "0x" + "00" * 32, "0x" + "ff" * 32, " 0x00", "00", "\ud800", "\0", "é", [], {}, [[]],
    {"": None}, "0x" + "0" * 3000,
)  # fmt: skip


def places(value: Any) -> Iterator[Place]:
    """Every member of every container, in the order of the document."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in steps:
        yield value, key
        yield from places(member)


def pick(random: Random, document: Any, fits: Callable[[Any, Any], bool]) -> Place | None:
    """A place whose container and value fit."""
    found = [(at, key) for at, key in places(document) if fits(at, at[key])]
    return random.choice(found) if found else None


def changed(seed: Seed, change: Callable[[Any], object]) -> bytes:
    """The document after an edit in place."""
    document = json.loads(seed.data)
    change(document)
    return dumped(document) if not _has_surrogate(document) else json.dumps(document).encode()


def _has_surrogate(document: Any) -> bool:
    return "\\ud8" in json.dumps(document)


def is_hex(value: Any) -> bool:
    """A string of hex with its prefix."""
    return isinstance(value, str) and value.startswith("0x") and len(value) > 3


@mutator("json.member-dropped", *JSON, weight=3)
def drop(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        at, key = pick(random, document, lambda at, _: isinstance(at, dict)) or (document, None)
        at.pop(key, None)

    return changed(seed, change)


@mutator("json.member-null", *JSON, weight=2)
def null(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        at, key = random.choice(list(places(document)))
        at[key] = None

    return changed(seed, change)


@mutator("json.item-dropped", *JSON, weight=3)
def drop_item(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        found = pick(random, document, lambda at, _: isinstance(at, list))
        if found:
            found[0].pop(found[1])

    return changed(seed, change)


@mutator("json.item-repeated", *JSON, weight=3)
def repeat_item(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        found = pick(random, document, lambda at, _: isinstance(at, list))
        if found:
            at, key = found
            for _ in range(random.choice((1, 1, 2, 60))):
                at.insert(random.choice((key, len(at))), at[key])

    return changed(seed, change)


@mutator("json.items-swapped", *JSON, weight=3)
def swap_items(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        found = pick(random, document, lambda _, value: isinstance(value, list) and len(value) > 1)
        if found:
            items = found[0][found[1]]
            a, b = random.sample(range(len(items)), 2)
            items[a], items[b] = items[b], items[a]

    return changed(seed, change)


@mutator("json.values-swapped", *JSON, weight=3)
def swap_values(random: Random, seed: Seed) -> bytes:
    """Two strings of one length, or two numbers, exchange places, wherever they are."""

    def change(document: Any) -> None:
        first = pick(random, document, lambda _, value: is_hex(value) or isinstance(value, int))
        if first is None:
            return
        value = first[0][first[1]]
        second = pick(
            random,
            document,
            lambda _, other: (
                type(other) is type(value) and (isinstance(value, int) or len(other) == len(value))
            ),
        )
        if second:
            first[0][first[1]], second[0][second[1]] = second[0][second[1]], value

    return changed(seed, change)


@mutator("json.retyped", *JSON, weight=3)
def retype(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        at, key = random.choice(list(places(document)))
        at[key] = random.choice(_ODD_VALUES)

    return changed(seed, change)


@mutator("json.wrapped", *JSON)
def wrap(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        at, key = random.choice(list(places(document)))
        at[key] = random.choice(([at[key]], {"result": at[key]}, [at[key], at[key]], {str(key): at[key]}))

    return changed(seed, change)


@mutator("json.renamed", *JSON, weight=2)
def rename(random: Random, seed: Seed) -> bytes:
    def change(document: Any) -> None:
        found = pick(random, document, lambda at, _: isinstance(at, dict))
        if found:
            at, key = found
            names = [str(name) for at, name in places(document) if isinstance(at, dict)]
            new = random.choice((key.upper(), key + " ", "_" + key, "", key[:-1], random.choice(names)))
            at[new] = at.pop(key)

    return changed(seed, change)


@mutator("json.shuffled", *JSON)
def shuffle(random: Random, seed: Seed) -> bytes:
    """Members in another order mean the same."""

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            names = random.sample(list(value), len(value))
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    return dumped(shuffled(json.loads(seed.data)))


@mutator("json.hex", *JSON, weight=8)
def hex_string(random: Random, seed: Seed) -> bytes:
    """Case, length, an odd digit, a digit that is none, the prefix, one digit changed."""

    def change(document: Any) -> None:
        found = pick(random, document, lambda _, value: is_hex(value))
        if not found:
            return
        at, key = found
        text, digit = at[key], random.randrange(2, len(at[key]))
        at[key] = random.choice(
            (
                text.upper(),
                "0x" + text[2:].upper(),
                text + random.choice("0f"),
                text + "00",
                text[:-1],
                text[:-2],
                "0x00" + text[2:],
                text[2:],
                text[:digit] + random.choice("g_ -\u0660") + text[digit + 1 :],
                *[text[:digit] + random.choice("0123456789abcdef") + text[digit + 1 :]] * 8,
            )
        )

    return changed(seed, change)


@mutator("json.number", *JSON, weight=4)
def number(random: Random, seed: Seed) -> bytes:
    """A number as a string, in hex, one more or less, at an edge of its width."""

    def change(document: Any) -> None:
        found = pick(random, document, lambda _, value: isinstance(value, int))
        if found:
            at, key = found
            value = int(at[key])
            at[key] = random.choice(
                (
                    str(value), hex(value), value + 1, value - 1, -value, value ^ 1 << random.randrange(64),
                    float(value), 2**64, 2**63, 2**256, f"0x0{value:x}", f" {value}", f"{value}.0", [value],
                )
            )  # fmt: skip

    return changed(seed, change)


@mutator("json.duplicate-name", *JSON, weight=2)
def duplicate(random: Random, seed: Seed) -> bytes:
    """One name twice in one object: readers disagree on which counts."""
    text = seed.data.decode()
    quotes = [at for at in range(len(text) - 1) if text[at] == "{" and text[at + 1] == '"']
    at = random.choice(quotes) + 1
    name = text[at : text.index('"', at + 1) + 1]
    return f"{text[:at]}{name}:{random.choice(('null', '0', '[]', '{}'))},{text[at:]}".encode()


@mutator("json.text", *JSON, weight=2)
def text(random: Random, seed: Seed) -> bytes:
    """What stands around and between values."""
    data = seed.data
    at = random.choice([i for i, byte in enumerate(data) if byte in b',:{}[]"'])
    extra = random.choice(
        (b" ", b"\n", b"\xef\xbb\xbf", b"//", b"/**/", b",", b"NaN", b"Infinity", b"-0", b"01", b"\x00",
         b"\\u0000", b"'", b"\xff\xfe", b"\xc2\xa0", b"{}", b"[]")
    )  # fmt: skip
    return data[:at] + extra + data[at:] if random.random() < 0.7 else extra + data + extra


@mutator("json.nested", *JSON, weight=0.2)
def nest(random: Random, seed: Seed) -> bytes:
    """Deep, and very deep."""
    depth = random.choice((60, 64, 65, 1000, 100_000))
    opener, closer = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    whole = opener * depth + random.choice((b"0", b"", seed.data[:50])) + closer * random.choice((depth, 0))
    member = b'{"executionWitness":' + whole + b"," + seed.data[1:]
    return random.choice((whole, member))
