"""What is taken from a run is enough to run it again, and no leaf too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from stateless.compare.embedding import embed, leaf_rules
from stateless.compare.leaf_rows import run_again
from stateless.compare.leaf_view import LeafView, binary_stems, verkle_stems
from tests.compare.samples import CLEARS, CREATES, PATRICIA, PROGRAMS, source_of
from tests.vectors import vector_files
from verkle.errors import IncompleteError
from witness.binary.keys import chunk_key, storage_key
from witness.binary.rules import DEFAULT

STEMS = binary_stems(DEFAULT)


@pytest.mark.parametrize("path", [PATRICIA, CLEARS, CREATES, PROGRAMS])
@pytest.mark.parametrize("chunks", [True, False])
def test_the_block_runs_on_what_it_touched(path: Path, chunks: bool) -> None:
    source = source_of(path)
    for stems in (STEMS, verkle_stems):
        embedded = embed(source.accesses, stems, chunks=chunks)
        assert run_again(source, embedded.asked, embedded, stems, chunks=chunks) >= 0


def lacking(path: Path, every: int) -> None:
    """Without any one slot or chunk the run ends, and says what it lacks."""
    source = source_of(path)
    asked = dict(embed(source.accesses, STEMS).asked)
    keys = []
    for address, account in source.accesses.accounts.items():
        keys += [storage_key(DEFAULT, address, slot) for slot in account.slots]
        keys += [chunk_key(DEFAULT, address, number) for number in sorted(account.chunks)]
    assert keys
    rules = leaf_rules(None)
    for key in keys[::every]:
        less = {other: value for other, value in asked.items() if other != key}
        run = source.rerun
        view = LeafView(
            less.__getitem__, rules, STEMS, run.fork.execution.precompiles, run.context.block_hash
        )
        with pytest.raises(IncompleteError) as caught:
            run.on(view)
        assert caught.value.code in {"LEAF_MISSING", "CODE_CHUNK_MISSING"}


def test_every_slot_and_chunk_is_needed() -> None:
    lacking(PATRICIA, 1)


@pytest.mark.parametrize("path", vector_files("patricia-blocks/holesky-2971844.sbv-legacy.json"))
def test_every_slot_and_chunk_is_needed_of_a_small_block(path: Path) -> None:
    lacking(path, 1)


@pytest.mark.parametrize("path", vector_files("patricia-blocks/mainnet-22615247.zkpi.json"))
@pytest.mark.slow
def test_slots_and_chunks_are_needed_of_a_mainnet_block(path: Path) -> None:
    lacking(path, 29)


def test_events_become_accounts_slots_and_chunks() -> None:
    source = source_of(CLEARS)
    counts = source.accesses.counts
    assert counts["accounts"] == 4
    assert counts["written_slots"] == sum(len(a.slots_after) for a in source.accesses.accounts.values())
    assert counts["chunks"] > 0
    own = source.verkle
    assert own is not None
    # every key of the witness is somewhere in the accesses, and nothing else is
    leaves = embed(source.accesses, verkle_stems)
    assert leaves.asked.keys() == own.tree.values.keys()
    assert {key: leaves.asked[key] for key in leaves.asked} == dict(own.tree.values)
