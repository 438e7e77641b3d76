"""Headers before a block: one chain by hash, whatever their order; and which hashes it proves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stateless.ancestors import BlockHashes, link_ancestors
from tests.witness.samples import HEADER
from verkle.constants import BLOCK_HASH_WINDOW
from verkle.errors import IncompleteError, InvalidError
from witness.header import Header, header_to_rlp
from witness.keccak import keccak256


def chain(length: int, first: int = 100) -> list[Header]:
    """Headers of blocks ``first`` … each naming the one before, oldest first."""
    headers: list[Header] = []
    for number in range(first, first + length):
        parent_hash = keccak256(header_to_rlp(headers[-1])) if headers else bytes(32)
        headers.append(replace(HEADER, number=number, parent_hash=parent_hash))
    return headers


def block_hash(header: Header) -> bytes:
    return keccak256(header_to_rlp(header))


def refused(block: Header, ancestors: list[Header], code: str) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        link_ancestors(block, ancestors)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_in_any_order(backwards: bool) -> None:
    *ancestors, block = chain(5)
    found = link_ancestors(block, ancestors[::-1] if backwards else [*ancestors[2:], *ancestors[:2]])
    assert found.parent == ancestors[-1]
    for header in ancestors:
        assert header.number is not None
        assert found.block_hashes(header.number) == block_hash(header)
    assert found.block_hashes.asked == {100, 101, 102, 103}
    assert found.block_hashes.assumed == ()


def test_beyond_the_chain_is_incomplete_even_where_a_header_names_the_hash() -> None:
    """The witness must hold the header itself, as execution-specs asks."""
    *ancestors, block = chain(5)
    found = link_ancestors(block, ancestors[2:])
    assert found.block_hashes(102) == block_hash(ancestors[2])
    for number in (101, 100, 99, 104, 105):
        with pytest.raises(IncompleteError) as caught:
            found.block_hashes(number)
        assert caught.value.code == "BLOCK_HASH_MISSING"
        assert caught.value.where == {"block": number, "oldest_proven": 102}


def test_without_headers_the_block_names_its_parent() -> None:
    *_, parent, block = chain(3)
    found = link_ancestors(block, [])
    assert found.parent is None
    assert found.block_hashes(101) == block_hash(parent) == block.parent_hash


def test_repeated_headers_count_once() -> None:
    *ancestors, block = chain(3)
    assert link_ancestors(block, [*ancestors, *ancestors]).parent == ancestors[-1]


def test_gaps() -> None:
    *ancestors, block = chain(6)
    error = refused(block, [*ancestors[:2], *ancestors[3:]], "ANCESTORS_GAP")
    assert error.where == {"block": 102, "other": 101}
    assert error.expected == ancestors[3].parent_hash
    refused(block, ancestors[:-1], "ANCESTORS_GAP")
    changed = [replace(ancestors[0], timestamp=1), *ancestors[1:]]
    refused(block, changed, "ANCESTORS_GAP")
    refused(block, [*ancestors, block], "ANCESTORS_GAP")
    refused(block, [*ancestors[:-1], replace(ancestors[-1], state_root=bytes(32))], "ANCESTORS_GAP")


def test_a_header_that_says_another_number() -> None:
    (parent,) = chain(1)
    block = replace(HEADER, number=103, parent_hash=block_hash(parent))
    error = refused(block, [parent], "ANCESTORS_GAP")
    assert (error.expected, error.got) == (102, 100)


def test_numbers() -> None:
    *ancestors, block = chain(BLOCK_HASH_WINDOW + 1)
    assert len(link_ancestors(block, ancestors).block_hashes.asked) == 0
    assert link_ancestors(block, ancestors).block_hashes(100) == block_hash(ancestors[0])
    *ancestors, block = chain(301)
    error = refused(block, ancestors, "ANCESTORS_TOO_MANY")
    assert (error.expected, error.got) == ("at most 256", 300)
    with pytest.raises(InvalidError) as caught:
        link_ancestors(block, [], [bytes(32)] * 257)
    assert caught.value.code == "ANCESTORS_TOO_MANY"


def test_a_list_of_hashes_binds_its_first_alone() -> None:
    *ancestors, block = chain(6)
    listed = [block_hash(header) for header in reversed(ancestors)]
    found = link_ancestors(block, [], listed)
    assert found.parent is None
    assert [found.block_hashes(number) for number in (104, 103, 101)] == [listed[0], listed[1], listed[3]]
    assert found.block_hashes.assumed == ((101, listed[3]), (103, listed[1]))
    with pytest.raises(IncompleteError):
        found.block_hashes(99)


def test_a_list_that_contradicts_what_is_proven() -> None:
    *ancestors, block = chain(6)
    listed = [block_hash(header) for header in reversed(ancestors)]
    with pytest.raises(InvalidError) as caught:
        link_ancestors(block, [], [bytes(32), *listed[1:]])
    assert caught.value.code == "BLOCK_HASHES_WRONG"
    assert caught.value.where == {"block": 104}
    assert link_ancestors(block, ancestors, listed).block_hashes(102) == listed[2]
    with pytest.raises(InvalidError) as caught:
        link_ancestors(block, ancestors, [*listed[:2], bytes(32)])
    assert caught.value.where == {"block": 102}


def test_headers_in_part() -> None:
    *ancestors, block = chain(2)
    with pytest.raises(IncompleteError) as caught:
        link_ancestors(block, [replace(ancestors[0], coinbase=None)])
    assert caught.value.code == "HEADER_INCOMPLETE"
    nothing = link_ancestors(replace(block, parent_hash=None), ancestors)
    assert nothing.parent is None
    with pytest.raises(IncompleteError):
        nothing.block_hashes(100)


def test_nothing_known() -> None:
    with pytest.raises(IncompleteError) as caught:
        BlockHashes({})(5)
    assert caught.value.where == {"block": 5, "oldest_proven": None}
