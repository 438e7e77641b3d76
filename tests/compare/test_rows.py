"""A row as JSON, and what holds in every row whatever the block."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.compare.quoted import QUOTED
from stateless.compare.rows import Encodings, Operations, Row, row_from_json
from tests.compare.samples import CLEARS, CREATES, PATRICIA, PROGRAMS, compared

SIZES = (None, 1 << 10, 1 << 32)
numbers = st.none() | st.integers(0, 1 << 40)


@given(
    st.builds(
        Row,
        tree=st.sampled_from(["verkle", "patricia", "binary", "snark"]),
        kind=st.sampled_from(["measured", "modelled", "quoted"]),
        keys=numbers,
        depths=st.dictionaries(st.integers(0, 248), st.integers(1, 999)),
        encodings=st.builds(Encodings, numbers, numbers, numbers, numbers, numbers),
        operations=st.builds(Operations, numbers, numbers, numbers),
        note=st.none() | st.text(),
        verified=st.booleans(),
    )
)
def test_a_row_comes_back_from_json(row: Row) -> None:
    assert row_from_json(json.loads(json.dumps(row.to_json()))) == row


def test_the_members_are_those_that_readers_know() -> None:
    assert set(Row("verkle", "measured").to_json()) == {
        "tree", "kind", "block", "block_digest", "keys", "own_size", "code_policy", "group_bits",
        "proof_bytes", "values_bytes", "code_bytes", "header_bytes", "total_bytes", "encodings",
        "commitments", "stems", "other_stems", "openings", "nodes", "siblings", "keys_touched", "depths",
        "verified", "executed", "gas_used", "pre_state_root", "post_state_root", "prove_ms", "verify_ms",
        "execute_ms", "rebuild_ms", "peak_memory_bytes", "operations", "assumptions", "assumption_bytes",
        "source", "note",
    }  # fmt: skip


@pytest.mark.parametrize("path", [PATRICIA, CLEARS, CREATES, PROGRAMS])
def test_laws_of_all_rows(path: Path) -> None:
    rows = compared(path, SIZES).rows
    assert {row.tree for row in rows} == {"verkle", "patricia", "binary"}
    for row in rows:
        parts = (row.proof_bytes, row.values_bytes, row.code_bytes, row.header_bytes)
        assert row.total_bytes == sum(part or 0 for part in parts)
        assert row.verified
        assert row.executed
        assert row.gas_used == compared(path, SIZES).block["gas_used"]
        if row.tree == "verkle":
            assert row.proof_bytes == 576 + 32 * (row.commitments or 0) + 31 * (row.other_stems or 0) + (
                row.stems or 0
            )
        if row.tree != "patricia":
            assert sum(row.depths.values()) == row.stems
        if row.code_policy == "none":
            assert row.code_bytes == 0


@pytest.mark.parametrize("path", [PATRICIA, CLEARS, CREATES, PROGRAMS])
def test_bytes_grow_with_the_state(path: Path) -> None:
    by_variant: dict[tuple[object, ...], list[int]] = {}
    for row in compared(path, SIZES).rows:
        if not row.own_size:
            variant = (row.tree, row.code_policy, row.group_bits)
            by_variant.setdefault(variant, []).append(row.proof_bytes or 0)
    assert len(by_variant) == 10
    for variant, sizes in by_variant.items():
        assert sizes[0] < sizes[1], variant


@pytest.mark.parametrize("path", [CLEARS, PROGRAMS])
def test_the_same_seed_gives_the_same_bytes_and_roots(path: Path) -> None:
    def stable(rows: tuple[Row, ...]) -> list[tuple[object, ...]]:
        return [(row.tree, row.total_bytes, row.pre_state_root, row.post_state_root) for row in rows]

    first = stable(compared(path, (1 << 10,)).rows)
    compared.cache_clear()
    assert stable(compared(path, (1 << 10,)).rows) == first


def test_quoted_rows_name_their_source() -> None:
    for row in QUOTED:
        assert (row.kind, row.tree, row.verified, row.block) == ("quoted", "snark", False, None)
        assert row.source
