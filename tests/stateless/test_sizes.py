"""Sizes that only running a block tells: which of the witness's keys are code."""

from __future__ import annotations

import json

import pytest

from stateless import verify_all
from stateless.rules import RULE_SETS
from stateless.verkle_execution import code_chunks
from tests.vectors import PROJECT

BLOCKS = PROJECT / "fixtures" / "blocks"


@pytest.mark.parametrize(("name", "count"), [("tx-types", 1), ("chunks-code-32", 2), ("empty-block", 0)])
def test_code_chunks_of_a_block(name: str, count: int) -> None:
    """In these blocks nothing but code has suffixes from 128 on."""
    data = (BLOCKS / f"{name}.json").read_bytes()
    diff = json.loads(data)["blocks"][0]["executionWitness"]["stateDiff"]
    assert sum(one["suffix"] >= 128 for stem in diff for one in stem["suffixDiffs"]) == count
    sizes = verify_all(data, name)[0].sizes
    assert (sizes["code_chunks"], sizes["code_bytes"]) == (count, 32 * count)
    assert verify_all(data, name, proof_only=True)[0].sizes["code_chunks"] is None


def test_what_is_a_chunk() -> None:
    rules = RULE_SETS["kaustinen7"]
    at = bytes(20)
    chunks = [(at, 0, 128), (at, 0, 255), (at, 1, 0), (at, 97, 255)]
    others = [(at, 0, 0), (at, 0, 64), (at, 0, 127), (at, 256**30, 0)]
    assert code_chunks(rules, chunks + others) == len(chunks)
    assert code_chunks(rules, others) == 0
