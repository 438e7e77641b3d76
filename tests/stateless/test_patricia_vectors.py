"""Others' witnesses and states under the Merkle-Patricia view, without executing anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stateless.ancestors import BlockHashes, link_ancestors
from stateless.patricia_state import PatriciaState, make_witness
from stateless.patricia_view import PatriciaView, survey, view_of_witness
from stateless.verifier import verify_all
from stateless.view import Account, StateChanges
from tests.stateless.patricia_samples import Alloc, State, difference, state_of
from tests.vectors import vector_files
from verkle.errors import IncompleteError
from witness import rlp
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.join import join
from witness.patricia.bag import index_nodes

NO_HASHES = BlockHashes({})
NO_CODES = PatriciaState().view().codes


def missing(call: Callable[[], object]) -> IncompleteError:
    with pytest.raises(IncompleteError) as caught:
        call()
    return caught.value


def view_of(block: BlockInput) -> PatriciaView:
    """The state before a block, by its parent header or as asserted."""
    assert block.header is not None
    assert block.patricia is not None
    found = link_ancestors(block.header, block.patricia.ancestors, block.patricia.block_hashes)
    root = block.patricia.pre_state_root if found.parent is None else found.parent.state_root
    assert root is not None
    return view_of_witness(block.patricia, root, found.block_hashes)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str) -> int:
    return int(text, 16) if text not in {"", "0x"} else 0


def test_a_mainnet_block_by_its_recorded_differences(vectors: Path) -> None:
    """The file states, beside the witness, every account before and after."""
    path = vectors / "patricia-blocks/mainnet-22615247.zkpi.json"
    document = json.loads(path.read_text())
    (block,) = decode_blocks(path.read_bytes(), path.name)
    view = view_of(block)
    accounts: dict[bytes, Account | None] = {}
    storage: dict[bytes, dict[int, int]] = {}
    for entry in document["extra"]["stateDiffs"]:
        address = unhex(entry["address"])
        before, after = entry.get("preAccount"), entry.get("postAccount")
        assert view.account(address) == recorded(before)
        accounts[address] = recorded(after)
        slots = {number(slot["storageKey"]): slot for slot in entry.get("storage", [])}
        for slot, values in slots.items():
            assert view.storage(address, slot) == number(values["preValue"])
        if slots:
            storage[address] = {slot: number(values["postValue"]) for slot, values in slots.items()}
    changes = StateChanges(accounts, storage, frozenset(), {})
    assert block.header is not None
    assert view.post_root(changes) == block.header.state_root


def recorded(account: Any) -> Account | None:
    if account is None:
        return None
    return Account(number(account["nonce"]), number(account["balance"]), unhex(account["codeHash"]))


def test_hoodi_lacks_the_proof_that_an_account_is_absent(vectors: Path) -> None:
    folder = vectors / "patricia-blocks"
    (block,) = decode_blocks((folder / "hoodi-1151683.block.rlp").read_bytes(), "block")
    (witness,) = decode_blocks((folder / "hoodi-1151683.witness.rlp").read_bytes(), "witness")
    assert block.transactions is not None
    fields = rlp.decode(block.transactions[0][1:])
    assert isinstance(fields, list)
    to = fields[5]
    assert isinstance(to, bytes)
    error = missing(lambda: view_of(join(witness, block)).account(to))
    assert error.code == "PATRICIA_NODE_MISSING"
    assert bytes(error.where["node"]).hex().startswith("7e224bab")  # type: ignore[call-overload]
    assert error.where["account"] == to


MUTATED = {
    "validation_state_missing_absent_account_proof_node",
    "validation_state_missing_absent_slot_proof_leaf_node",
    "validation_state_missing_delete_auxiliary_node",
    "validation_state_missing_storage_proof_node",
}
OTHER_MUTATIONS = {
    # These lack something that only execution asks for.
    "validation_state_missing_failed_call_target_account_proof_node",
}


@pytest.mark.parametrize("path", vector_files("eest/eest-zkevm-v0.3.3/**/*.json"))
def test_fixtures_with_witnesses(path: Path) -> None:
    """Every witness binds its root; the last block's differences, from the fixture's own account of the
    states, lead to the header's root, or the node is missing that the fixture took out."""
    for fixture in json.loads(path.read_text()).values():
        blocks = decode_blocks(json.dumps({"fixture": fixture}).encode(), path.name) if fixture else ()
        for block in blocks:
            if block.defect is not None:
                assert path.stem == "validation_headers_malformed_rlp_header"
                assert block.defect.code == "RLP_TRUNCATED"
                continue
            assert block.header is not None
            assert block.patricia is not None
            found = link_ancestors(block.header, block.patricia.ancestors)
            if found.parent is None:
                assert path.stem == "validation_headers_empty_block_missing_mandatory_parent"
                continue
            view = view_of(block)
            nodes = index_nodes(block.patricia.nodes)
            surplus = survey(nodes, view.root).surplus
            assert bool(surplus) == (path.stem == "validation_state_extra_unused_trie_node")
        if len(blocks) == 1 and blocks[0].defect is None and blocks[0].header is not None:
            check_difference(path.stem, fixture, blocks[0])


def check_difference(name: str, fixture: Any, block: BlockInput) -> None:
    assert block.patricia is not None
    assert block.header is not None
    before, after = allocs(fixture["pre"]), allocs(fixture["postState"])
    state = state_of(before)
    assert state.root == unhex(fixture["genesisBlockHeader"]["stateRoot"])
    assert state_of(after).root == block.header.state_root
    changes = difference(before, after)
    view = PatriciaView(index_nodes(block.patricia.nodes), state.root, NO_CODES, NO_HASHES)
    if name in MUTATED:
        missing(lambda: view.post_root(changes))
        return
    assert view.post_root(changes) == block.header.state_root
    # Theirs holds all that ours does, and what was read besides.
    full = state.view()
    full.post_root(changes)
    if name not in OTHER_MUTATIONS:
        assert {*make_witness(full).nodes} <= {*block.patricia.nodes}


def allocs(given: dict[str, Any]) -> State:
    return {
        unhex(address): Alloc(
            unhex(address),
            number(account["nonce"]),
            number(account["balance"]),
            unhex(account["code"]),
            {number(slot): number(value) for slot, value in account["storage"].items()},
        )
        for address, account in given.items()
    }


# What the mutated ones lack that needs no execution to be seen; the others are found out by running them.
CAUGHT = {
    "validation_codes_missing_7702_delegated_target_code": "PATRICIA_CODE_MISSING",
    "validation_codes_missing_7702_delegation_marker": "PATRICIA_CODE_MISSING",
    "validation_codes_missing_implicit_system_contract_code": "PATRICIA_CODE_MISSING",
    "validation_codes_missing_sender_delegation_marker": "PATRICIA_CODE_MISSING",
    "validation_headers_empty_block_missing_mandatory_parent": "NO_PRE_ROOT",
    "validation_headers_malformed_rlp_header": "RLP_TRUNCATED",
    "validation_state_missing_absent_account_proof_node": "PATRICIA_NODE_MISSING",
}


@pytest.mark.parametrize("path", vector_files("eest/eest-zkevm-v0.3.3/**/*.json"))
def test_a_fork_to_come_is_checked_as_far_as_it_goes(path: Path) -> None:
    """Amsterdam: decoded, chained, bound to the root before, every node resolved; only then unsupported."""
    verdicts = verify_all(path.read_bytes(), path.name)
    assert verdicts
    codes = [verdict.error.code for verdict in verdicts if verdict.error is not None]
    assert len(codes) == len(verdicts)
    assert codes[-1] == CAUGHT.get(path.stem, "FORK_UNSUPPORTED")
    assert set(codes[:-1]) <= {"FORK_UNSUPPORTED"}
    for verdict in verdicts:
        if verdict.error is not None and verdict.error.code == "FORK_UNSUPPORTED":
            assert verdict.pre_state_root_from == "parent_header"
            assert verdict.error.stage == "EXECUTE"


@pytest.mark.parametrize(
    "path",
    vector_files("eest/eest-v5.4.0/blockchain_tests/**/*.json", every=8)
    + vector_files("eest/ethereum-tests/BlockchainTests/**/*.json", every=8),
)
def test_states_of_fixtures(path: Path) -> None:
    """The root of every state that a fixture writes out, and the way from the first to the last."""
    for fixture in json.loads(path.read_text()).values():
        before = allocs(fixture["pre"])
        state = state_of(before)
        genesis = fixture["genesisBlockHeader"]
        assert state.root == unhex(genesis["stateRoot"])
        roots = {genesis["hash"]: unhex(genesis["stateRoot"])}
        for block in fixture["blocks"]:
            if "blockHeader" in block:
                roots[block["blockHeader"]["hash"]] = unhex(block["blockHeader"]["stateRoot"])
        if not fixture.get("postState") or fixture["lastblockhash"] not in roots:
            continue
        after = allocs(fixture["postState"])
        changes = difference(before, after)
        view = state.view()
        changed = state.after(view, changes)
        assert changed.root == state_of(after).root == roots[fixture["lastblockhash"]]
        again = view_of_witness(make_witness(view), state.root, NO_HASHES)
        assert again.post_root(changes) == changed.root
