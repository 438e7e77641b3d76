"""From a state diff and a proof to what there is to hash: which stems end where, which siblings are whose.

Pure structure: no hash is made. The internal nodes on the walks to all path ends fall into *segments*: an
end, or a *branch* (an internal node with ends below both children), and above it the nodes with one child on
the way and a sibling beside it, up to the branch above. So many ends have so many segments, and one fewer
branches; each sibling belongs to one segment. Segments are in the order of a walk from the root, left before
right.

Source: EIP-7864; the proof is this project's own (``docs/format.md``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from verkle.constants import HASH_BYTES, STEM_BYTES, VALUE_BYTES
from verkle.diff import StemDiff
from verkle.errors import InvalidError, MalformedError
from witness.binary.container import DEEP_STEPS, BinaryProof, EndKind, PathEnd
from witness.binary.subtree import LEVELS, ZERO, beside
from witness.binary.tree import STEM_BITS

__all__ = ["EndPlan", "Plan", "Segment", "plan"]


class EndPlan(NamedTuple):
    """A path end, and what it has to do with the diff.

    ``path``: its ``depth`` bits as an integer. ``stem``: of the stem node there, ``None`` at an empty slot.
    ``asked``: what the diff asks of that stem, ``None`` if it does not. ``first_sibling``, ``last_sibling``:
    its slice of the proof's ``stem_siblings``.
    """

    kind: EndKind
    depth: int
    path: int
    stem: bytes | None
    asked: StemDiff | None
    first_sibling: int
    last_sibling: int


class Segment(NamedTuple):
    """A run of internal nodes with one child on the way each, and the end or branch below them.

    The run's nodes are at the depths ``top`` … ``bottom - 1``; what is below them, at ``bottom``, with
    ``path`` as its ``bottom`` bits. Their siblings are ``siblings[first_sibling:]``, from the top down.
    ``end``: number of the end below, −1 over a branch, whose children are the segments ``left`` and
    ``right``.
    """

    top: int
    bottom: int
    path: int
    first_sibling: int
    end: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a proof lays out. ``end_of``: the number of the end of each asked stem (31 bytes)."""

    diff: tuple[StemDiff, ...]
    ends: tuple[EndPlan, ...]
    segments: tuple[Segment, ...]
    end_of: Mapping[bytes, int]


def plan(diff: Sequence[StemDiff], proof: BinaryProof) -> Plan:
    """Check the shape of a proof, and lay it out.

    Raises:
        MalformedError: ``STEM_LENGTH``, ``SUFFIX_RANGE``, ``VALUE_LENGTH``, ``BINARY_HASH_LENGTH``,
            ``BINARY_DEPTH``.
        InvalidError: the diff's order and content, as ``verkle.openings`` has it: ``STEM_ORDER``,
            ``STEM_REPEATED``, ``STEM_WITHOUT_SUFFIX``, ``SUFFIX_ORDER``, ``SUFFIX_REPEATED``,
            ``NEW_VALUE_UNCHANGED``; the proof's: ``BINARY_WITHOUT_KEYS``, ``BINARY_END_MISSING``,
            ``BINARY_END_UNUSED``, ``BINARY_END_KIND``, ``BINARY_PATH_CONFLICT``, ``BINARY_STEM_MISPLACED``,
            ``BINARY_STEM_NEEDLESS``, ``BINARY_VALUE_UNDER_ABSENT_STEM``, ``BINARY_SHOWN_VALUE``,
            ``BINARY_DEEP_SIBLING``, ``BINARY_SIBLING_MISSING``, ``BINARY_SIBLING_UNUSED``.
    """
    _check_diff(diff)
    _check_lengths(proof)
    if not diff:
        if proof != BinaryProof():
            raise InvalidError("BINARY_WITHOUT_KEYS", "the state diff is empty, so there is nothing to prove")
        return Plan((), (), (), {})
    numbers = [int.from_bytes(stem_diff.stem, "big") for stem_diff in diff]
    ends, end_of, firsts = _ends(diff, numbers, proof)
    segments = _segments(ends, [numbers[first] for first in firsts], len(proof.siblings))
    _check_deep(proof)
    return Plan(tuple(diff), tuple(ends), tuple(segments), end_of)


def _check_diff(diff: Sequence[StemDiff]) -> None:
    previous: bytes | None = None
    for stem_diff in diff:
        stem, last = stem_diff.stem, -1
        if len(stem) != STEM_BYTES:
            raise MalformedError("STEM_LENGTH", "a stem has 31 bytes", where={"stem": stem}, got=len(stem))
        if previous is not None and stem <= previous:
            repeated = stem == previous
            raise InvalidError(
                "STEM_REPEATED" if repeated else "STEM_ORDER",
                "the state diff lists a stem twice" if repeated else "the stems are not ascending",
                where={"stem": stem},
            )
        previous = stem
        if not stem_diff.suffixes:
            raise InvalidError("STEM_WITHOUT_SUFFIX", "a stem has no suffixes", where={"stem": stem})
        for suffix, current, new in [(s.suffix, s.current, s.new) for s in stem_diff.suffixes]:
            if not last < suffix < 256:
                _refuse_suffix(stem, suffix, last)
            last = suffix
            if (current is not None and len(current) != VALUE_BYTES) or (
                new is not None and len(new) != VALUE_BYTES
            ):
                raise MalformedError(
                    "VALUE_LENGTH", "a leaf value has 32 bytes", where={"stem": stem, "suffix": suffix}
                )
            if new is not None and new == current:
                raise InvalidError(
                    "NEW_VALUE_UNCHANGED",
                    "a new value equals the current one; what a block does not change has none",
                    where={"stem": stem, "suffix": suffix},
                    got=new,
                )


def _refuse_suffix(stem: bytes, suffix: int, last: int) -> None:
    where = {"stem": stem, "suffix": suffix}
    if not 0 <= suffix <= 255:
        raise MalformedError("SUFFIX_RANGE", "a suffix is one byte", where=where, got=suffix)
    repeated = suffix == last
    raise InvalidError(
        "SUFFIX_REPEATED" if repeated else "SUFFIX_ORDER",
        "a stem lists a suffix twice" if repeated else "the suffixes of a stem are not ascending",
        where=where,
    )


def _check_lengths(proof: BinaryProof) -> None:
    """Every part is as long as its container promises; decoders see to it, other callers may not."""
    hashes = [*proof.siblings, *proof.stem_siblings]
    for deep in proof.deep:
        hashes += [step for step in deep.steps if step is not None]
        hashes.append(deep.bottom)
    if any(len(node) != HASH_BYTES for node in hashes):
        raise MalformedError("BINARY_HASH_LENGTH", "a hash of the proof does not have 32 bytes")
    for end in proof.ends:
        if not 0 <= end.depth <= STEM_BITS:
            raise MalformedError(
                "BINARY_DEPTH", "a path ends at a depth of 0 to 248", expected="0 … 248", got=end.depth
            )
        if end.stem is not None and len(end.stem) != STEM_BYTES:
            raise MalformedError("STEM_LENGTH", "a stem has 31 bytes", got=len(end.stem))
        if end.shown is not None:
            if len(end.shown.value) != VALUE_BYTES:
                raise MalformedError("VALUE_LENGTH", "a leaf value has 32 bytes", got=len(end.shown.value))
            if not 0 <= end.shown.suffix <= 255:
                raise MalformedError("SUFFIX_RANGE", "a suffix is one byte", got=end.shown.suffix)


def _ends(
    diff: Sequence[StemDiff], numbers: Sequence[int], proof: BinaryProof
) -> tuple[list[EndPlan], dict[bytes, int], list[int]]:
    """The ends, the end of each stem, and the number of the first stem of each end."""
    ends: list[EndPlan] = []
    end_of: dict[bytes, int] = {}
    firsts: list[int] = []
    i = at = 0
    for number, end in enumerate(proof.ends):
        if i == len(diff):
            raise InvalidError(
                "BINARY_END_UNUSED",
                "the proof has more path ends than its stems need",
                expected=number,
                got=len(proof.ends),
            )
        first, shift = i, STEM_BITS - end.depth
        path = numbers[i] >> shift
        while i < len(diff) and numbers[i] >> shift == path:
            end_of[diff[i].stem] = number
            i += 1
        # the walk to this end parts from the one before at a bit that neither ends above
        if first and STEM_BITS - (numbers[first] ^ numbers[first - 1]).bit_length() >= end.depth:
            raise InvalidError(
                "BINARY_PATH_CONFLICT",
                "one walk ends at a node through which another goes",
                where={"stem": diff[first].stem, "depth": end.depth},
            )
        made = _end(end, path, diff[first:i], at, len(proof.stem_siblings))
        at = made.last_sibling
        ends.append(made)
        firsts.append(first)
    if i < len(diff):
        raise InvalidError(
            "BINARY_END_MISSING",
            "the proof has no path end for a stem of the diff",
            where={"stem": diff[i].stem},
        )
    if at < len(proof.stem_siblings):
        raise _sibling_count("BINARY_SIBLING_UNUSED", "within stems", at, len(proof.stem_siblings))
    return ends, end_of, firsts


def _end(end: PathEnd, path: int, group: Sequence[StemDiff], at: int, given: int) -> EndPlan:
    where: dict[str, object] = {"stem": group[0].stem, "depth": end.depth}
    stem, asked = end.stem, None
    if (stem is None) != (end.kind != "named"):
        raise InvalidError(
            "BINARY_END_KIND", "a path end has a stem where it is of another kind", where=where
        )
    if end.kind == "own":
        if len(group) != 1:
            raise InvalidError(
                "BINARY_END_KIND",
                "a path end is said to be a stem's own, and several stems end there",
                where=where,
                expected=1,
                got=len(group),
            )
        stem = group[0].stem
    elif stem is not None:
        where["other_stem"] = stem
        if int.from_bytes(stem, "big") >> (STEM_BITS - end.depth) != path:
            raise InvalidError(
                "BINARY_STEM_MISPLACED",
                "a stem that the proof names does not lie under its path",
                where=where,
            )
        if len(group) == 1 and group[0].stem == stem:
            raise InvalidError(
                "BINARY_STEM_NEEDLESS", "a stem is named where it is the only one asked for", where=where
            )
    elif end.shown is not None:
        raise InvalidError("BINARY_SHOWN_VALUE", "a value is shown in an empty slot", where=where)
    for stem_diff in group:
        if stem_diff.stem == stem:
            asked = stem_diff
            continue
        for leaf in stem_diff.suffixes:
            if leaf.current is not None:
                raise InvalidError(
                    "BINARY_VALUE_UNDER_ABSENT_STEM",
                    "a stem that is absent has a current value",
                    where={"stem": stem_diff.stem, "suffix": leaf.suffix},
                    got=leaf.current,
                )
    suffixes = [] if asked is None else [leaf.suffix for leaf in asked.suffixes]
    if end.shown is not None:
        if end.shown.suffix in suffixes:
            raise InvalidError(
                "BINARY_SHOWN_VALUE",
                "a value is shown that the state diff has anyway",
                where={**where, "suffix": end.shown.suffix},
            )
        suffixes = sorted([*suffixes, end.shown.suffix])
    elif stem is not None and asked is None:
        raise InvalidError(
            "BINARY_KIND_UNSHOWN",
            "another stem is found, of which no value is shown: an internal node can be passed off as one",
            where=where,
        )
    count = LEVELS if len(suffixes) == 1 else len(beside(suffixes)) if suffixes else 0
    if at + count > given:
        raise _sibling_count("BINARY_SIBLING_MISSING", "within stems", at + count, given)
    return EndPlan(end.kind, end.depth, path, stem, asked, at, at + count)


def _segments(ends: Sequence[EndPlan], firsts: Sequence[int], given: int) -> list[Segment]:
    """The segments over ends with these stems (as integers), ``given`` siblings being there for them."""
    segments: list[Segment] = []
    at = 0
    # (first end, last end, depth, the segment of which this is the right child)
    waiting = [(0, len(ends), 0, -1)]
    while waiting:
        low, high, top, above = waiting.pop()
        number = len(segments)
        if above >= 0:
            segments[above] = segments[above]._replace(right=number)
        if high - low == 1:
            bottom = ends[low].depth
            segments.append(Segment(top, bottom, ends[low].path, at, low, -1, -1))
        else:
            bottom = STEM_BITS - (firsts[low] ^ firsts[high - 1]).bit_length()
            shift = STEM_BITS - 1 - bottom
            path = firsts[low] >> (shift + 1)
            boundary, middle = (path << 1 | 1) << shift, high - 1
            lower = low
            while lower < middle:  # the first end below the right child
                half = (lower + middle) // 2
                if firsts[half] < boundary:
                    lower = half + 1
                else:
                    middle = half
            segments.append(Segment(top, bottom, path, at, -1, number + 1, -1))
            waiting += [(middle, high, bottom + 1, number), (low, middle, bottom + 1, -1)]
        at += bottom - top
        if at > given:
            raise _sibling_count("BINARY_SIBLING_MISSING", "above stems", at, given)
    if at < given:
        raise _sibling_count("BINARY_SIBLING_UNUSED", "above stems", at, given)
    return segments


def _sibling_count(code: str, part: str, expected: int, got: int) -> InvalidError:
    return InvalidError(
        code,
        f"the proof has {'more' if got > expected else 'fewer'} siblings {part} than its path ends need",
        where={"part": part},
        expected=expected,
        got=got,
    )


def _check_deep(proof: BinaryProof) -> None:
    before = -1
    for deep in proof.deep:
        if not before < deep.sibling < len(proof.siblings):
            what = "a sibling is said to be deep that is not there, or out of order"
        elif len(deep.steps) != DEEP_STEPS or deep.bottom == ZERO:
            what = "what shows a sibling to be deep is not nine steps to a node that is there"
        else:
            before = deep.sibling
            continue
        raise InvalidError("BINARY_DEEP_SIBLING", what, where={"sibling": deep.sibling})
