"""``diff``: the same in another form is the same; what is changed is told, once, by its meaning."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateless.conversion import ENCODINGS, encode_block
from stateless.genesis import AllocAccount
from stateless.inspection.comparison import Comparison
from stateless.inspection.difference import COMPARERS, compare
from stateless.inspection.difference_patricia import patricia_names
from stateless.patricia_state import PatriciaState
from tests.vectors import PROJECT
from verkle.diff import KindOpening
from verkle.errors import StatelessError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.join import join
from witness.keccak import keccak256
from witness.patricia.account import account_path, slot_path
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness
from witness.patricia.placed import place_nodes
from witness.source import read_path

FIXTURES = PROJECT / "fixtures"


def block_of(path: Path | str) -> BlockInput:
    path = FIXTURES / f"{path}.json" if isinstance(path, str) else path
    return decode_blocks(read_path(path), path.name)[0]


def parts(found: Comparison) -> Counter[tuple[str, str]]:
    return Counter((each.part, each.side) for each in found.differences)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_means_the_same(encoding: str) -> None:
    block = block_of("blocks/tx-types")
    data = encode_block(block, encoding).data  # type: ignore[arg-type]
    (other,) = decode_blocks(data, "other")
    for one, two in ((block, other), (other, block)):
        found = compare(one, two)
        assert found.same
        assert found.shared["keys"] > 0
        assert any("says nothing of the block" in note for note in found.notes) == (encoding == "ssz")


@pytest.mark.parametrize(
    ("broken", "base", "expected"),
    [
        ("current-value", "transfer-new", {("values before", "both"): 1}),
        ("new-value", "transfer-new", {("values after", "both"): 1}),
        ("new-value-dropped", "transfer-new", {("values after", "both"): 1}),
        ("stem-dropped", "transfer-new", {("keys", "a"): 2, ("statuses", "both"): 0}),
        ("commitments-swapped", "transfer-new", {("commitments", "both"): 2}),
        ("point-outside-group", "transfer-new", {("commitments", "both"): 1}),
        ("point-not-canonical", "transfer-new", {("multiproof", "both"): 1}),
        ("scalar-not-canonical", "transfer-new", {("multiproof", "both"): 1}),
        ("commitment-missing", "transfer-new", {("commitments", "both"): 1}),
        ("depth-zero", "transfer-new", {("statuses", "both"): 1}),
        ("header-gas", "transfer-new", {("header", "both"): 1}),
        ("transaction-dropped", "tx-types", {("transactions", "both"): 1}),
        ("parent-root", "transfer-new", {}),
    ],
)
def test_each_change_is_told(broken: str, base: str, expected: dict[tuple[str, str], int]) -> None:
    found = compare(block_of(f"blocks/{base}"), block_of(f"broken/{broken}"))
    assert parts(found) == +Counter(expected)


def test_sides_are_the_mirror_of_each_other() -> None:
    one, two = block_of("blocks/transfer-new"), block_of("broken/stem-dropped")
    mirror = {"a": "b", "b": "a", "both": "both"}
    there, back = compare(one, two), compare(two, one)
    assert parts(back) == Counter({(part, mirror[side]): n for (part, side), n in parts(there).items()})
    assert [each.what for each in there.differences] == [each.what for each in back.differences]


def test_keys_are_named_by_what_the_block_says() -> None:
    found = compare(block_of("blocks/transfer-new"), block_of("broken/stem-dropped"))
    assert all("(coinbase)" in each.what for each in found.differences if each.part == "keys")
    found = compare(block_of("blocks/transfer-new"), block_of("broken/current-value"))
    assert "(sender of tx 1, 2)" in found.differences[0].what
    assert "ETH" in found.differences[0].what


def test_without_rules_keys_are_told_by_stem() -> None:
    one, two = (
        replace(block_of(name), rules=None) for name in ("blocks/transfer-new", "broken/stem-dropped")
    )
    found = compare(one, two)
    assert all("of stem 0x" in each.what for each in found.differences if each.part == "keys")
    assert any("--rules" in note for note in found.notes)
    named = compare(one, two, rules="kaustinen7")
    assert all("of account 0x" in each.what for each in named.differences if each.part == "keys")


def test_other_stems_and_kind_openings() -> None:
    block = block_of("blocks/random-128")
    assert block.witness is not None
    proof = block.witness.proof
    assert proof.other_stems
    changed = replace(proof, kinds=(KindOpening(b"\x01", bytes(32)),))
    other = replace(block, witness=replace(block.witness, proof=changed))
    # Whether the opening fits the structure or not, it is told or the fault is.
    found = compare(block, other)
    assert not found.same or any("structure of b is wrong" in note for note in found.notes)
    fewer = replace(proof, other_stems=proof.other_stems[1:])
    found = compare(block, replace(block, witness=replace(block.witness, proof=fewer)))
    assert ("other stems", "both") in parts(found)


def test_two_trees_have_nothing_in_common() -> None:
    found = compare(block_of("blocks/tx-types"), block_of("patricia/three-transactions"))
    assert ("tree", "both") in parts(found)
    assert found.trees == ("verkle", "patricia")


def test_what_cannot_be_compared_is_raised() -> None:
    with pytest.raises(StatelessError) as caught:
        compare(block_of("blocks/tx-types"), block_of("broken/witness-removed"))
    assert caught.value.code == "NO_WITNESS"
    assert {"verkle", "patricia"} <= set(COMPARERS)


# Merkle-Patricia.


def test_geth_and_reth_say_the_same_of_one_block(vectors: Path) -> None:
    """The node's reply, and the same as the other client gives it: in another order, with other keys."""
    folder = vectors / "patricia-blocks"
    geth = join(block_of(folder / "devnet-1.witness.json"), block_of(folder / "devnet-1.block.json"))
    assert geth.patricia is not None
    witness = geth.patricia
    reth = replace(
        witness,
        nodes=tuple(sorted(set(witness.nodes))),
        codes=(*witness.codes[::-1], witness.codes[0]),
        keys=(),
    )
    found = compare(geth, replace(geth, patricia=reth))
    assert found.same
    assert found.shared["nodes"] == len(index_nodes(witness.nodes))
    assert any("repeats 1 codes" in note for note in found.notes)
    assert any("a lists 117 keys" in note for note in found.notes)


def test_nodes_are_told_by_place_and_owner() -> None:
    block = block_of("patricia/three-transactions")
    assert block.patricia is not None
    witness = block.patricia
    told = {}
    for i, raw in enumerate(witness.nodes):
        less = replace(block, patricia=replace(witness, nodes=witness.nodes[:i] + witness.nodes[i + 1 :]))
        (only,) = compare(block, less).differences
        assert (only.part, only.side, only.key) == ("nodes", "a", keccak256(raw))
        (other,) = compare(less, block).differences
        assert (other.side, other.what) == ("b", only.what)
        told[only.what] = raw
    assert len(told) == len(witness.nodes)
    assert any("sender of tx 1, 2, 3" in what for what in told)
    assert any(what.startswith("slot 0 of account 0xc0c0") for what in told)
    assert any(what.startswith("a branch of the state trie at the top") for what in told)


def test_codes_headers_and_strangers() -> None:
    block = block_of("patricia/three-transactions")
    assert block.patricia is not None
    stranger = b"\x11" * 40
    other = replace(
        block,
        patricia=replace(block.patricia, nodes=(*block.patricia.nodes, stranger), codes=(), ancestors=()),
    )
    found = compare(block, other)
    assert parts(found) == {("nodes", "b"): 1, ("codes", "a"): 1, ("headers", "a"): 1}
    assert "no path" in found.differences[0].what
    hashes = replace(block, patricia=replace(block.patricia, block_hashes=(bytes(32), bytes(32))))
    fewer = replace(block, patricia=replace(block.patricia, block_hashes=(b"\x01" * 32,)))
    assert parts(compare(hashes, fewer)) == {("block hashes", "both"): 1, ("block hashes", "a"): 1}


def test_listed_keys_give_names() -> None:
    address, slot = b"\x09" * 20, 1 << 90
    state = PatriciaState.from_alloc([AllocAccount(address, 5, 0, b"", {slot: 1, 70: 2, 80: 3})])
    keys = (address, slot.to_bytes(32, "big"), b"odd")
    witness = PatriciaWitness(tuple(state.nodes.values()), keys=keys, pre_state_root=state.root)
    names = patricia_names(BlockInput("x", patricia=witness))
    assert names.account(account_path(address)).startswith("account 0x0909")
    assert names.slot(slot_path(slot)) == f"slot {hex(slot)}"
    assert names.slot(slot_path(70)).startswith("slot with hash")
    assert names.slot(slot_path(3)) == "slot 3"


@given(st.lists(st.integers(0, 200), unique=True, min_size=1, max_size=40), st.data())
def test_nodes_are_placed_where_they_are_found(slots: list[int], data: st.DataObject) -> None:
    """Every node that is there is placed once, its path begins that of every leaf below; less nodes, less
    places, and never an error."""
    state = PatriciaState.from_alloc(
        [AllocAccount(bytes([i]) * 20, i, 0, b"", dict.fromkeys(slots, i)) for i in range(1, 4)]
    )
    placed, leaves = place_nodes(state.nodes, state.root)
    assert placed.keys() == state.nodes.keys()
    accounts = {account_path(bytes([i]) * 20) for i in range(1, 4)}
    assert {leaf.key for leaf in leaves if leaf.owner is None} == accounts
    assert {leaf.key for leaf in leaves if leaf.owner} == {slot_path(slot) for slot in slots}
    fewer = dict(state.nodes)
    fewer.pop(data.draw(st.sampled_from(sorted(fewer))))
    assert place_nodes(fewer, state.root)[0].keys() <= fewer.keys()


def test_a_trie_that_leads_to_itself_ends() -> None:
    """Bytes cannot hold their own hash; what is shared by many parents is placed once."""
    state = PatriciaState.from_alloc(
        [AllocAccount(bytes([i]) * 20, 1, 0, b"", dict.fromkeys(range(9), 1)) for i in range(1, 30)]
    )
    placed, leaves = place_nodes(state.nodes, state.root)
    assert placed.keys() == state.nodes.keys()
    assert sum(leaf.owner is not None for leaf in leaves) == 9, "one storage, twenty-nine owners"
