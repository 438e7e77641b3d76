"""A block that does not verify is not measured, and a proof that fails ends the comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stateless.compare.embedding import Embedded, embed
from stateless.compare.engine import parse_trees
from stateless.compare.leaf_rows import check_root, run_again
from stateless.compare.leaf_view import binary_stems
from stateless.compare.reading import read_source
from tests.compare.samples import CLEARS, PATRICIA, block_of, source_of
from tests.vectors import PROJECT
from verkle.errors import InvalidError, StatelessError
from witness.binary.rules import DEFAULT
from witness.decode import decode_blocks
from witness.errors import UsageError

STEMS = binary_stems(DEFAULT)


def test_another_outcome_is_refused() -> None:
    source = source_of(PATRICIA)
    leaves = embed(source.accesses, STEMS)
    first = replace(source.rerun.first, gas_used=source.rerun.first.gas_used + 1)
    wrong = replace(source, rerun=replace(source.rerun, first=first))
    with pytest.raises(InvalidError) as caught:
        run_again(wrong, leaves.asked, leaves, STEMS, chunks=True)
    assert caught.value.code == "COMPARE_RUN_DIFFERS"


def test_other_writes_are_refused() -> None:
    source = source_of(CLEARS)
    leaves = embed(source.accesses, STEMS)
    key = min(leaves.writes)
    wrong = Embedded(leaves.asked, {**leaves.writes, key: b"\x05" * 32}, leaves.others, leaves.chunks)
    with pytest.raises(InvalidError) as caught:
        run_again(source, wrong.asked, wrong, STEMS, chunks=True)
    assert caught.value.code == "COMPARE_WRITES_DIFFER"
    assert caught.value.where["key"] == key


def test_another_root_is_refused() -> None:
    check_root(b"\x01" * 32, b"\x01" * 32, "binary")
    with pytest.raises(InvalidError) as caught:
        check_root(b"\x01" * 32, b"\x02" * 32, "binary")
    assert caught.value.code == "COMPARE_ROOT_DIFFERS"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("broken/current-value.json", "PROOF_IPA_FALSE"),
        ("broken/new-value.json", "WRITE_DIFFERS"),
        ("broken/header-gas.json", "BLOCK_HASH_MISMATCH"),
        ("broken/witness-removed.json", "NO_WITNESS"),
        ("patricia/node-missing.json", "PATRICIA_NODE_MISSING"),
        ("patricia/code-missing.json", "PATRICIA_CODE_MISSING"),
    ],
)
def test_a_block_that_does_not_verify_is_not_measured(name: str, code: str) -> None:
    data = (PROJECT / "fixtures" / name).read_bytes()
    block = decode_blocks(data, name)[0]
    with pytest.raises(StatelessError) as caught:
        read_source(block)
    assert caught.value.code == code
    assert caught.value.stage


def test_rules_go_before_what_the_input_says() -> None:
    with pytest.raises(StatelessError) as caught:
        read_source(block_of(CLEARS), "kaustinen5")
    assert caught.value.code in {"EXECUTION_UNSUPPORTED", "PROOF_IPA_FALSE", "TX_CHAIN_ID"}


@pytest.mark.parametrize(
    ("text", "trees"), [("binary,verkle", ("verkle", "binary")), ("Patricia", ("patricia",))]
)
def test_trees_by_name(text: str, trees: tuple[str, ...]) -> None:
    assert parse_trees(text) == trees


@pytest.mark.parametrize("text", ["", "oak", "verkle,", "verkle;binary", "snark"])
def test_trees_that_there_are_not(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_trees(text)
    assert caught.value.code == "COMPARE_TREES"
