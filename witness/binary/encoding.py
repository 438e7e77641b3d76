"""The tree's own encoding of a proof and of a witness: what its bytes are counted in. ``docs/format.md`` §5.

::

    witness = text(rules) roots 1 [pre-root 32] [post-root 32] diff proof
    diff    = varint(stems) { stem 31, varint(suffixes) { suffix 1, given 1, [current 32], [new 32] } }
    proof   = varint(ends) end* nodes(siblings) nodes(stem siblings) varint(deep) deep*
    end     = kind 1, depth 1, [stem 31], [suffix 1, value 32]
    nodes   = varint(count) bitmap { hash 32 }
    deep    = varint(sibling) steps 3 { hash 32 } bottom 32

A varint has seven bits a byte, lowest first, the top bit set in all bytes but the last, and no byte that
could be left out. ``roots``: bit 0 before the block, bit 1 after it. ``kind`` is 0 empty, 1 own, 2 named;
plus 4 where a value is shown. ``given``: bit 0 current, bit 1 new. A bitmap has a bit for each node, the
first one highest, set where a hash follows: it is clear for an empty one; bits beyond the last are zero.
``steps``: nine times two bits, the first step highest, as a number of three bytes: 0 to the left, 1 to the
right beside nothing, 2 to the right beside a hash, which follows.

Each witness is written in one way, and no other is read. Orders and counts are the verifier's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from verkle.constants import HASH_BYTES, STEM_BYTES, VALUE_BYTES
from verkle.diff import StemDiff, SuffixDiff
from verkle.errors import MalformedError
from witness.binary.container import (
    DEEP_STEPS,
    BinaryProof,
    BinaryWitness,
    DeepSibling,
    EndKind,
    PathEnd,
    ShownValue,
)
from witness.binary.rules import rules_named
from witness.binary.subtree import ZERO
from witness.limits import MAX_KEYS, MAX_STEMS, MAX_SUFFIXES, check_count

__all__ = [
    "MAX_SIBLINGS",
    "check_witness",
    "diff_to_bytes",
    "proof_from_bytes",
    "proof_to_bytes",
    "witness_from_bytes",
    "witness_to_bytes",
]

# Of keys as many as a witness may have, each with the siblings of a path of its own.
MAX_SIBLINGS: Final = 1 << 22

_KINDS: Final[tuple[EndKind, ...]] = ("empty", "own", "named")
_BOTH_ROOTS: Final = 3
_SHOWN: Final = 4
_STEPS_BYTES: Final = 3
_LEFT, _RIGHT_BESIDE_NOTHING, _RIGHT = 0, 1, 2
_MAX_VARINT_BYTES: Final = 4
_MAX_NAME: Final = 64


def proof_to_bytes(proof: BinaryProof) -> bytes:
    """The proof, whose parts have the lengths that their containers promise."""
    out = bytearray()
    _write_varint(out, len(proof.ends))
    for end in proof.ends:
        out += bytes((_KINDS.index(end.kind) + _SHOWN * (end.shown is not None), end.depth))
        if end.stem is not None:
            out += end.stem
        if end.shown is not None:
            out.append(end.shown.suffix)
            out += end.shown.value
    _write_nodes(out, proof.siblings)
    _write_nodes(out, proof.stem_siblings)
    _write_varint(out, len(proof.deep))
    for deep in proof.deep:
        _write_varint(out, deep.sibling)
        steps = 0
        for step in deep.steps:
            steps = steps << 2 | (
                _LEFT if step is None else _RIGHT_BESIDE_NOTHING if step == ZERO else _RIGHT
            )
        out += steps.to_bytes(_STEPS_BYTES, "big")
        out += b"".join([step for step in deep.steps if step is not None and step != ZERO])
        out += deep.bottom
    return bytes(out)


def diff_to_bytes(diff: Sequence[StemDiff]) -> bytes:
    """The state diff."""
    out = bytearray()
    _write_varint(out, len(diff))
    for stem_diff in diff:
        out += stem_diff.stem
        _write_varint(out, len(stem_diff.suffixes))
        for leaf in stem_diff.suffixes:
            out += bytes((leaf.suffix, (leaf.current is not None) | (leaf.new is not None) << 1))
            for value in (leaf.current, leaf.new):
                if value is not None:
                    out += value
    return bytes(out)


def witness_to_bytes(witness: BinaryWitness) -> bytes:
    """The whole witness. Raises as :func:`check_witness`."""
    check_witness(witness)
    name = witness.rules.encode()
    roots = (witness.pre_root, witness.post_root)
    given = sum(1 << i for i, root in enumerate(roots) if root is not None)
    head = bytes((len(name),)) + name + bytes((given,)) + b"".join(root for root in roots if root is not None)
    return head + diff_to_bytes(witness.state_diff) + proof_to_bytes(witness.proof)


def witness_from_bytes(data: bytes) -> BinaryWitness:
    """Read a witness; ``witness_to_bytes`` of the result is ``data``.

    Raises:
        MalformedError: ``BINARY_TRUNCATED``, ``BINARY_TRAILING_BYTES``, ``BINARY_NOT_CANONICAL``,
            ``BINARY_END_UNKNOWN``, ``WITNESS_COUNT``.
        UnsupportedError: ``BINARY_RULES``.
    """
    reader = _Reader(data)
    length = reader.byte()
    name = reader.take(min(length, _MAX_NAME)).decode("latin-1")
    rules = rules_named(name).name
    given = reader.byte()
    if given > _BOTH_ROOTS:
        raise _not_canonical("the byte before the roots is none of 0 to 3")
    pre_root, post_root = [reader.take(HASH_BYTES) if given & bit else None for bit in (1, 2)]
    diff = _read_diff(reader)
    proof = _read_proof(reader)
    reader.close()
    return BinaryWitness(diff, proof, rules, pre_root, post_root)


def proof_from_bytes(data: bytes) -> BinaryProof:
    """Read a proof; ``proof_to_bytes`` of the result is ``data``. Raises as :func:`witness_from_bytes`."""
    reader = _Reader(data)
    proof = _read_proof(reader)
    reader.close()
    return proof


def check_witness(witness: BinaryWitness) -> None:
    """Refuse to encode what no decoder would take.

    Raises ``MalformedError`` ``WITNESS_COUNT`` beyond a limit, ``UnsupportedError`` ``BINARY_RULES``, and
    ``ValueError`` for a wrong length or depth: such a witness was made by a mistake in the program.
    """
    rules_named(witness.rules)
    diff, proof = witness.state_diff, witness.proof
    check_count("stems", len(diff), MAX_STEMS)
    check_count("suffixes of one stem", max((len(s.suffixes) for s in diff), default=0), MAX_SUFFIXES)
    check_count("keys", sum(len(stem.suffixes) for stem in diff), MAX_KEYS)
    check_count("path ends", len(proof.ends), MAX_STEMS)
    check_count("siblings", len(proof.siblings), MAX_SIBLINGS)
    check_count("siblings within stems", len(proof.stem_siblings), MAX_SIBLINGS)
    check_count("deep siblings", len(proof.deep), MAX_STEMS)
    leaves = [leaf for stem in diff for leaf in stem.suffixes]
    shown = [end.shown for end in proof.ends if end.shown is not None]
    suffixes = [*(leaf.suffix for leaf in leaves), *(value.suffix for value in shown)]
    words = [value for leaf in leaves for value in (leaf.current, leaf.new) if value is not None]
    words += [*proof.siblings, *proof.stem_siblings, *(value.value for value in shown)]
    words += [step for deep in proof.deep for step in (*deep.steps, deep.bottom) if step is not None]
    words += [root for root in (witness.pre_root, witness.post_root) if root is not None]
    stems = [*(stem.stem for stem in diff), *(end.stem for end in proof.ends if end.stem is not None)]
    if (
        any(len(word) != HASH_BYTES for word in words)
        or any(len(stem) != STEM_BYTES for stem in stems)
        or any(not 0 <= suffix <= 255 for suffix in suffixes)
        or any((end.stem is None) != (end.kind != "named") for end in proof.ends)
        or any(not 0 <= end.depth <= 255 for end in proof.ends)
        or any(len(d.steps) != DEEP_STEPS or not 0 <= d.sibling < MAX_SIBLINGS for d in proof.deep)
    ):
        raise ValueError("a part of the witness does not have the length that its container promises")


def _read_diff(reader: _Reader) -> tuple[StemDiff, ...]:
    count = reader.varint()
    check_count("stems", count, MAX_STEMS)
    diff = []
    keys = 0
    for _ in range(count):
        stem = reader.take(STEM_BYTES)
        suffixes = reader.varint()
        check_count("suffixes of one stem", suffixes, MAX_SUFFIXES)
        keys += suffixes
        check_count("keys", keys, MAX_KEYS)
        leaves = []
        for _ in range(suffixes):
            suffix, given = reader.take(2)
            if given > 3:
                raise _not_canonical("a byte that says which values are given is above 3")
            current = reader.take(VALUE_BYTES) if given & 1 else None
            new = reader.take(VALUE_BYTES) if given & 2 else None
            leaves.append(SuffixDiff(suffix, current, new))
        diff.append(StemDiff(stem, tuple(leaves)))
    return tuple(diff)


def _read_proof(reader: _Reader) -> BinaryProof:
    count = reader.varint()
    check_count("path ends", count, MAX_STEMS)
    ends = []
    for _ in range(count):
        code, depth = reader.take(2)
        kind, has_shown = code & ~_SHOWN, code & _SHOWN
        if kind >= len(_KINDS):
            raise MalformedError(
                "BINARY_END_UNKNOWN",
                "a path end is of a kind that there is not",
                expected="0, 1, 2",
                got=code,
            )
        stem = reader.take(STEM_BYTES) if _KINDS[kind] == "named" else None
        shown = ShownValue(reader.byte(), reader.take(VALUE_BYTES)) if has_shown else None
        ends.append(PathEnd(_KINDS[kind], depth, stem, shown))
    siblings = _read_nodes(reader, "siblings")
    stem_siblings = _read_nodes(reader, "siblings within stems")
    count = reader.varint()
    check_count("deep siblings", count, MAX_STEMS)
    deep = tuple([_read_deep(reader) for _ in range(count)])
    return BinaryProof(tuple(ends), siblings, stem_siblings, deep)


def _read_deep(reader: _Reader) -> DeepSibling:
    sibling = reader.varint()
    check_count("siblings", sibling, MAX_SIBLINGS)
    codes = int.from_bytes(reader.take(_STEPS_BYTES), "big")
    if codes >> 2 * DEEP_STEPS:
        raise _not_canonical("bits are set beyond the ninth step of a deep sibling")
    steps: list[bytes | None] = []
    for i in range(DEEP_STEPS - 1, -1, -1):
        code = codes >> 2 * i & 3
        if code == _LEFT:
            steps.append(None)
        elif code == _RIGHT_BESIDE_NOTHING:
            steps.append(ZERO)
        elif code == _RIGHT:
            steps.append(reader.node())
        else:
            raise _not_canonical("a step of a deep sibling is 3")
    return DeepSibling(sibling, tuple(steps), reader.take(HASH_BYTES))


def _write_nodes(out: bytearray, nodes: Sequence[bytes]) -> None:
    _write_varint(out, len(nodes))
    bits = 0
    for node in nodes:
        bits = bits << 1 | (node != ZERO)
    size = (len(nodes) + 7) // 8
    out += (bits << 8 * size - len(nodes)).to_bytes(size, "big")
    out += b"".join([node for node in nodes if node != ZERO])


def _read_nodes(reader: _Reader, what: str) -> tuple[bytes, ...]:
    count = reader.varint()
    check_count(what, count, MAX_SIBLINGS)
    size = (count + 7) // 8
    bitmap = reader.take(size)
    if count % 8 and bitmap[-1] & (0xFF >> count % 8):
        raise _not_canonical("bits are set in a bitmap beyond its last node")
    given = "".join([f"{byte:08b}" for byte in bitmap])[:count]
    hashes = reader.take(HASH_BYTES * given.count("1"))
    nodes = []
    at = 0
    for bit in given:
        if bit == "0":
            nodes.append(ZERO)
            continue
        node = hashes[at : at + HASH_BYTES]
        if node == ZERO:
            raise _not_canonical("an empty node is written out")
        nodes.append(node)
        at += HASH_BYTES
    return tuple(nodes)


class _Reader:
    """Bytes taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise MalformedError(
                "BINARY_TRUNCATED",
                "a witness of the binary tree ends too early",
                where={"offset": self._at},
                expected=count,
                got=len(self._data) - self._at,
            )
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def node(self) -> bytes:
        """A hash that is not that of nothing."""
        node = self.take(HASH_BYTES)
        if node == ZERO:
            raise _not_canonical("an empty node is written out")
        return node

    def varint(self) -> int:
        number = 0
        for i in range(_MAX_VARINT_BYTES):
            byte = self.byte()
            number |= (byte & 0x7F) << 7 * i
            if byte < 0x80:
                if i and not byte:
                    break
                return number
        raise _not_canonical("a number is longer than it has to be, or than 28 bits")

    def close(self) -> None:
        left = len(self._data) - self._at
        if left:
            raise MalformedError(
                "BINARY_TRAILING_BYTES",
                f"{left} bytes follow a witness of the binary tree",
                where={"offset": self._at},
                got=left,
            )


def _write_varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _not_canonical(what: str) -> MalformedError:
    return MalformedError(
        "BINARY_NOT_CANONICAL", f"the witness is not written in the one way that counts: {what}"
    )
