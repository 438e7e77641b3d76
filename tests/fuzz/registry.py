"""The table of mutators: each has a kind (``json.member-dropped``), the families of seeds that it can change,
and a weight, which says how often it is drawn beside the others.

A mutator is a function of a random source and a seed; it returns the changed input. Everything is drawn from
the source it is given, so a case is known by the campaign's seed and its own number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from tests.fuzz.seeds import Seed, seeds

Mutate = Callable[[Random, Seed], bytes]


@dataclass(frozen=True, slots=True)
class Mutator:
    """``families``: of seeds (``Seed.family``); a name with a slash is one seed's."""

    kind: str
    families: tuple[str, ...]
    weight: float
    mutate: Mutate

    def seeds(self) -> tuple[Seed, ...]:
        """The seeds that it can change."""
        return tuple([s for s in seeds().values() if s.family in self.families or s.name in self.families])


@dataclass(frozen=True, slots=True)
class Case:
    """One changed input."""

    kind: str
    seed: str
    data: bytes


_TABLE: dict[str, Mutator] = {}


def mutator(kind: str, *families: str, weight: float = 1.0) -> Callable[[Mutate], Mutate]:
    """Enter a function into the table, at import."""

    def enter(function: Mutate) -> Mutate:
        if kind in _TABLE:
            raise ValueError(f"two mutators of kind {kind}")
        _TABLE[kind] = Mutator(kind, families, weight, function)
        return function

    return enter


@cache
def mutators() -> tuple[Mutator, ...]:
    """All of them, by kind."""
    # each module enters its own
    from tests.fuzz import (  # noqa: F401
        mutate_binary,
        mutate_block,
        mutate_bytes,
        mutate_cbor,
        mutate_json,
        mutate_patricia,
        mutate_rlp,
        mutate_ssz,
        mutate_witness,
        node_kinds,
    )

    return tuple([_TABLE[kind] for kind in sorted(_TABLE)])


@cache
def _drawn(kinds: tuple[str, ...]) -> tuple[tuple[Mutator, ...], list[float]]:
    """The mutators whose kind begins with one of ``kinds`` (all without), and their summed weights."""
    found = tuple([entry for entry in mutators() if entry.kind.startswith(kinds or ("",))])
    if not found:
        raise ValueError(f"no mutator of kind {', '.join(kinds)}")
    return found, list(accumulate(entry.weight for entry in found))


@cache
def _seeds_of(kind: str) -> tuple[Seed, ...]:
    found = _TABLE[kind].seeds()
    if not found:
        raise ValueError(f"no seed for {kind}")
    return found


def make_case(campaign: int, number: int, kinds: tuple[str, ...] = ()) -> Case:
    """Case ``number`` of a campaign: the same whenever and wherever it is made.

    ``kinds``: what the kinds of mutators begin with that it draws from; they are part of what a campaign is.
    """
    random = Random(f"{campaign}:{number}")
    found, weights = _drawn(kinds)
    [entry] = random.choices(found, cum_weights=weights)
    return case_of(entry, random)


def case_of(entry: Mutator, random: Random) -> Case:
    """A case of one kind."""
    seeds_of = _seeds_of(entry.kind)
    [seed] = random.choices(seeds_of, [1 / seed.cost for seed in seeds_of])
    return Case(entry.kind, seed.name, entry.mutate(random, seed))
