"""Witnesses and blocks for Hypothesis: all that the containers can hold, honest or not, and the shapes that
encodings take short cuts for (repeated values, zeros at either end, stems with a common front)."""

from __future__ import annotations

from hypothesis import strategies as st

from verkle.constants import EMPTY_CODE_HASH
from verkle.diff import KindOpening
from witness.block import BlockInput
from witness.containers import ExecutionWitness, IpaProof, StemDiff, SuffixDiff, VerkleProof
from witness.header import HEADER_RULES, FieldRule, Header, Withdrawal


def raw(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def _between_zeros(data: bytes, end: int) -> bytes:
    return data.rjust(end, b"\0").ljust(32, b"\0")


words = raw(32)
# The front that is shared, then the rest.
stems = raw(31) | st.builds(lambda keep, rest: (b"\x5a" * keep + rest)[:31], st.integers(0, 31), raw(31))
values = st.one_of(
    words,
    st.sampled_from([bytes(32), EMPTY_CODE_HASH, b"\x01" + bytes(31), bytes(31) + b"\x01", b"\x7f" * 32]),
    st.builds(_between_zeros, st.binary(max_size=9), st.integers(9, 32)),
    st.builds(bytes, st.lists(st.sampled_from([0, 0, 0, 1, 255]), min_size=32, max_size=32)),
)
optional_values = st.none() | values
loose_suffixes = st.builds(SuffixDiff, st.integers(0, 255), optional_values, optional_values)


@st.composite
def suffix_runs(draw: st.DrawFn) -> tuple[SuffixDiff, ...]:
    """Many suffixes in a row, all with the same values given."""
    first, length = draw(st.integers(0, 255)), draw(st.integers(1, 130))
    current, new = draw(optional_values), draw(optional_values)
    return tuple(SuffixDiff(suffix, current, new) for suffix in range(first, min(256, first + length)))


suffix_lists = st.lists(loose_suffixes, max_size=4).map(tuple) | suffix_runs()
stem_diffs = st.builds(StemDiff, stems, suffix_lists)
proofs = st.builds(
    VerkleProof,
    st.lists(stems, max_size=4).map(tuple),
    st.binary(max_size=6),
    st.lists(words, max_size=4).map(tuple),
    words,
    st.builds(IpaProof, st.tuples(*[words] * 8), st.tuples(*[words] * 8), words),
)
witnesses = st.builds(
    ExecutionWitness, st.lists(stem_diffs, max_size=5).map(tuple), proofs, st.none() | words
)
kinds = st.lists(st.builds(KindOpening, st.binary(max_size=30), words), max_size=3).map(tuple)


def _field(rule: FieldRule) -> st.SearchStrategy[int | bytes | None]:
    if rule.bits is not None:
        numbers: st.SearchStrategy[int | bytes | None] = st.integers(0, (1 << rule.bits) - 1)
    elif rule.length is None:
        numbers = st.binary(max_size=40)
    else:
        numbers = raw(rule.length) | st.just(bytes(rule.length))
    return st.none() | numbers


headers = st.builds(Header, **{rule.name: _field(rule) for rule in HEADER_RULES})
u64 = st.integers(0, 2**64 - 1)
withdrawals = st.builds(Withdrawal, u64, u64, raw(20), u64)
labels = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=20)


@st.composite
def blocks(draw: st.DrawFn, witness: st.SearchStrategy[ExecutionWitness] = witnesses) -> BlockInput:
    """A block with a witness; all else may be stated or not."""
    header = draw(st.none() | headers)
    others = draw(st.lists(headers.filter(lambda other: other != header), max_size=2))
    return BlockInput(
        name="block",
        header=header,
        block_hash=draw(st.none() | words),
        transactions=draw(st.none() | st.lists(st.binary(min_size=1, max_size=60), max_size=3).map(tuple)),
        withdrawals=draw(st.none() | st.lists(withdrawals, max_size=3).map(tuple)),
        ommers=draw(st.none() | st.integers(0, 3)),
        witness=draw(witness),
        headers=(*others, header) if others and header is not None else tuple(others),
        network=draw(st.none() | labels),
        rules=draw(st.none() | labels),
        chain_id=draw(st.none() | u64),
    )
