"""Counts of operations beside those that happen; sizes in encodings; leaves asked of a Patricia view."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from stateless.compare.leaf_view import binary_stems
from stateless.compare.packing import msm_additions, packers, verkle_bytes, without_keys
from stateless.compare.patricia_rows import _ViewOfChunks
from tests.compare.samples import CLEARS, PROGRAMS, compared, source_of
from verkle import msm
from verkle.constants import MAIN_STORAGE_OFFSET
from verkle.crs import Q, basis
from verkle.diff import StemDiff, SuffixDiff
from verkle.embedding import chunk_position, storage_position
from verkle.field import R
from witness.binary.keys import stem_of
from witness.binary.rules import DEFAULT
from witness.patricia.nodes import EMPTY_TRIE_ROOT


@pytest.mark.parametrize("points", [1, 16, 100, 129, 300])
def test_additions_of_a_product_are_those_that_happen(points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def counting(work: Callable[..., Any], *, many: bool) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            nonlocal count
            if many:
                arguments = (arguments[0], list(arguments[1]))
            count += len(arguments[1]) if many else 1
            return work(*arguments)

        return counted

    drawn = random.Random(points)
    bases = [basis().generator(i % (Q + 1)) for i in range(points)]
    scalars = [drawn.randrange(R) for _ in range(points)]
    for name, many in (("add", False), ("double", False), ("accumulate", True)):
        monkeypatch.setattr(msm, name, counting(getattr(msm, name), many=many))
    msm.msm(bases, scalars)
    assert msm_additions(points) == pytest.approx(count, rel=0.05)


def test_hashes_of_the_binary_tree_are_those_that_the_verifier_counts() -> None:
    rows = [row for row in compared(CLEARS).rows if row.tree == "binary" and row.operations.hashes]
    assert rows
    for row in rows:
        assert row.operations.point_additions == row.operations.inversions == 0
        # each sibling is hashed at least once, each value too
        assert (row.operations.hashes or 0) > (row.siblings or 0) // 2


def test_own_bytes_are_the_parts() -> None:
    own = source_of(CLEARS).verkle
    assert own is not None
    row = compared(CLEARS).rows[0]
    assert row.encodings.own == len(verkle_bytes(own.witness))
    assert row.encodings.own == (row.proof_bytes or 0) + (row.values_bytes or 0) + (row.code_bytes or 0)


def test_packing_makes_small_what_repeats() -> None:
    snappy, zstd = packers()
    assert snappy is not None
    assert zstd is not None
    assert snappy(b"\x07" * 10_000) < 600
    assert zstd(b"\x07" * 10_000) < 60


def test_a_diff_without_some_keys() -> None:
    stem, other = b"\x01" * 31, b"\x02" * 31
    leaves = (SuffixDiff(0, None, None), SuffixDiff(1, None, None))
    diff = (StemDiff(stem, leaves), StemDiff(other, leaves[:1]))
    gone = frozenset({stem + b"\0", other + b"\0"})
    assert without_keys(diff, gone) == (StemDiff(stem, leaves[1:]),)
    assert without_keys(diff, frozenset()) == diff


def test_a_view_of_nodes_knows_which_leaves_there_were() -> None:
    source = source_of(PROGRAMS)
    view = _ViewOfChunks({}, EMPTY_TRIE_ROOT, source.rerun.context.block_hash, source.accesses)
    for address, account in source.accesses.accounts.items():
        assert view.has_leaf(address, 0, 0) == (account.before is not None)
        for slot, value in account.slots.items():
            assert view.has_leaf(address, *storage_position(slot, MAIN_STORAGE_OFFSET)) == (value is not None)
        for number in range(3):
            assert view.has_leaf(address, *chunk_position(number)) == (number in account.chunk_leaves)
    assert not view.has_leaf(b"\xee" * 20, 0, 0)


def test_stems_of_the_binary_tree() -> None:
    places = [(b"\x01" * 20, 0), (b"\x02" * 20, 7)]
    assert list(binary_stems(DEFAULT)(places)) == [stem_of(DEFAULT, *place) for place in places]
