"""A witness and the block it belongs to, from two inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.witness.samples import HEADER, WITNESS
from verkle.errors import InvalidError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.join import join

ROOT = WITNESS.parent_state_root
BARE = replace(WITNESS, parent_state_root=None)
OTHER = replace(BARE, state_diff=())
ALONE = BlockInput(name="witness.ssz", witness=BARE)
BLOCK = BlockInput(
    name="block.json", header=HEADER, transactions=(b"\x01",), headers=(HEADER,), rules="kaustinen7"
)


def test_the_block_of_one_and_the_witness_of_the_other() -> None:
    assert join(ALONE, BLOCK) == replace(BLOCK, name="witness.ssz", witness=BARE)
    # What the first says of a block gives way; the second's witness is not looked at but for its root.
    talkative = replace(ALONE, transactions=(), chain_id=1)
    assert join(talkative, replace(BLOCK, witness=OTHER)) == replace(BLOCK, name="witness.ssz", witness=BARE)


@pytest.mark.parametrize(("own", "beside"), [(None, None), (ROOT, None), (None, ROOT), (ROOT, ROOT)])
def test_the_state_root_is_whichever_there_is(own: bytes | None, beside: bytes | None) -> None:
    joined = join(
        replace(ALONE, witness=replace(BARE, parent_state_root=own)),
        replace(BLOCK, witness=replace(OTHER, parent_state_root=beside)),
    )
    assert joined.witness == replace(BARE, parent_state_root=own or beside)


def test_the_state_root_of_a_block_without_witness() -> None:
    rooted = replace(BLOCK, parent_state_root=ROOT)
    assert join(ALONE, rooted).witness == replace(BARE, parent_state_root=ROOT)
    other = replace(rooted, parent_state_root=b"\x01" * 32)
    with pytest.raises(InvalidError) as caught:
        join(replace(ALONE, witness=WITNESS), other)
    assert caught.value.code == "PRE_ROOT_CONFLICT"


def test_two_state_roots() -> None:
    with pytest.raises(InvalidError) as caught:
        join(
            replace(ALONE, witness=WITNESS),
            replace(BLOCK, witness=replace(OTHER, parent_state_root=b"\x01" * 32)),
        )
    error = caught.value
    assert (error.code, error.expected, error.got) == ("PRE_ROOT_CONFLICT", b"\x01" * 32, ROOT)
    assert error.where == {"witness": "witness.ssz", "block": "block.json"}


def test_no_witness_stays_none() -> None:
    assert join(BlockInput(name="x"), BLOCK).witness is None


def test_an_input_that_could_not_be_read() -> None:
    defect = MalformedError("FIELD_TYPE", "not read")
    for pair in ((replace(ALONE, defect=defect), BLOCK), (ALONE, replace(BLOCK, defect=defect))):
        with pytest.raises(StatelessError) as caught:
            join(*pair)
        assert caught.value is defect
