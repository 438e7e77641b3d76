"""The full tree and its prover, against the oracle: roots, order of insertion, witnesses to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import prover
from tests.oracles.tree import Tree as OracleTree
from tests.verkle import kats
from tests.verkle.implementations import containers
from tests.verkle.strategies import Scenario, examples, scenarios, stem_families, suffixes, values
from verkle.errors import InvalidError, MalformedError
from verkle.post import post_root
from verkle.proof import verify_proof
from verkle.prover import prove_keys, state_diff
from verkle.tree import EMPTY_ROOT, Tree

A = bytes([1]) * 31
ONE, TWO = (bytes(31) + bytes([k]) for k in (1, 2))


def raw(text: str) -> bytes:
    return bytes.fromhex(text.strip().removeprefix("0x"))


def grown(items: dict[bytes, bytes]) -> Tree:
    tree = Tree()
    tree.put(items)
    return tree


def all_items(tree: OracleTree) -> dict[bytes, bytes]:
    return {stem + bytes([s]): value for stem, leaves in tree.leaves.items() for s, value in leaves.items()}


# Known roots


@pytest.mark.parametrize(("items", "root"), [(t[1], t[3]) for t in kats.TREES if t[3]])
def test_small_trees(items: dict[str, str], root: str) -> None:
    assert grown({raw(key): raw(value) for key, value in items.items()}).root.hex() == root


def test_jsign_mutations(vectors: Path) -> None:
    data = json.loads((vectors / "verkle-crypto/jsign/003_tree_mutation.json").read_text())["testData"]
    tree = Tree()
    for mutation in data["mutations"]:
        tree.put({raw(mutation["key"]): raw(mutation["value"]).ljust(32, b"\0")})
    assert tree.root == raw(data["expectedRootHash"])


def rows(path: Path) -> dict[bytes, bytes]:
    lines = [line.split(",")[:2] for line in path.read_text().splitlines() if line.strip()]
    return {raw(key): raw(value) for key, value in lines}


@pytest.mark.parametrize("network", ["gen-devnet-6", "gen-devnet-7"])
def test_genesis_roots(vectors: Path, network: str) -> None:
    folder = vectors / "verkle-trees"
    expected = json.loads((folder / "expected_roots.json").read_text())
    tree = grown(rows(folder / f"{network}.csv"))
    assert tree.root == raw(expected["genesis_roots"][network])
    if network == "gen-devnet-7":
        (blocks,) = (roots for name, roots in expected.items() if name.startswith("devnet7_block_roots"))
        for number, root in blocks.items():
            tree.put(rows(folder / f"devnet-7-block-{number}.csv"))
            assert tree.root == raw(root)


# Laws


@given(stem_families(max_size=8), st.data())
@examples(30)
def test_order_and_batches_do_not_matter(stems: list[bytes], data: st.DataObject) -> None:
    items = {
        stem + bytes([suffix]): data.draw(values)
        for stem in stems
        for suffix in data.draw(st.lists(suffixes, min_size=1, max_size=3))
    }
    expected = OracleTree.of(items).root()
    order = data.draw(st.permutations(sorted(items)))
    cut = data.draw(st.integers(0, len(order)))
    tree = Tree()
    for part in (order[:cut], order[cut:]):
        tree.put([(key, items[key]) for key in part])
    assert tree.root == expected
    assert list(tree.items()) == sorted(items.items())
    one_by_one = Tree()
    for key in order:
        one_by_one.put({key: ONE})
        one_by_one.put({key: items[key]})
    assert one_by_one.root == expected


@given(scenarios())
@examples(20)
def test_reading_writing_and_the_root(scenario: Scenario) -> None:
    tree = grown(all_items(scenario.tree))
    assert tree.root == scenario.tree.root()
    for key in scenario.keys:
        assert tree.get(key) == scenario.tree.get(key)
    after = scenario.tree.updated(scenario.new_values)
    tree.put(scenario.new_values)
    assert tree.root == after.root()
    assert dict(tree.items()) == all_items(after)
    tree.put(scenario.new_values)
    assert tree.root == after.root()


@given(scenarios())
@examples(10)
def test_witnesses_are_the_oracles_to_the_byte(scenario: Scenario) -> None:
    tree = grown(all_items(scenario.tree))
    made = prove_keys(tree, scenario.keys, scenario.new_values)
    assert made == containers(prover.make_witness(scenario.tree, scenario.keys, scenario.new_values))


@given(scenarios(), st.sampled_from(["assumed", "keys", "openings"]))
@examples(40)
def test_proving_and_verifying(scenario: Scenario, kinds: str) -> None:
    """Without kinds some absences rest on assumptions; with them none does, and the same is proven."""
    tree = grown(all_items(scenario.tree))
    diff, proof = prove_keys(tree, scenario.keys, scenario.new_values, kinds=kinds)  # type: ignore[arg-type]
    proven = verify_proof(tree.root, diff, proof)
    assert kinds == "assumed" or proven.unshown == ()
    asked = {*scenario.keys, *scenario.new_values}
    assert asked <= proven.values.keys() if kinds == "keys" else asked == proven.values.keys()
    assert proven.values == {key: tree.get(key) for key in proven.values}
    assert (proof.kinds == ()) or kinds == "openings"
    tree.put(scenario.new_values)
    assert post_root(proven) == tree.root


# Edges


def test_the_empty_tree() -> None:
    tree = Tree()
    assert tree.root == EMPTY_ROOT == bytes(32)
    assert tree.get(A + b"\0") is None
    assert list(tree.items()) == []
    tree.put({})
    assert tree.root == EMPTY_ROOT
    diff, proof = prove_keys(tree, [A + b"\0"], {A + b"\1": ONE})
    proven = verify_proof(EMPTY_ROOT, diff, proof)
    tree.put({A + b"\1": ONE})
    assert post_root(proven) == tree.root


def test_no_keys() -> None:
    tree = grown({A + b"\0": ONE})
    diff, proof = prove_keys(tree, [])
    assert diff == ()
    assert post_root(verify_proof(tree.root, diff, proof)) == tree.root


def test_a_new_value_that_changes_nothing_is_none() -> None:
    tree = grown({A + b"\0": ONE})
    (entry,) = state_diff(tree, [], {A + b"\0": ONE, A + b"\1": TWO})
    assert [(leaf.suffix, leaf.current, leaf.new) for leaf in entry.suffixes] == [
        (0, ONE, None),
        (1, None, TWO),
    ]


@pytest.mark.parametrize(
    ("items", "family", "code"),
    [
        ([(A, ONE)], MalformedError, "KEY_LENGTH"),
        ([(A + b"\0\0", ONE)], MalformedError, "KEY_LENGTH"),
        ([(b"", ONE)], MalformedError, "KEY_LENGTH"),
        ([(A + b"\0", ONE[:31])], MalformedError, "VALUE_LENGTH"),
        ([(A + b"\0", b"")], MalformedError, "VALUE_LENGTH"),
        ([(A + b"\0", ONE), (A + b"\0", TWO)], InvalidError, "KEY_REPEATED"),
    ],
)
def test_refused_items(items: list[tuple[bytes, bytes]], family: type[InvalidError], code: str) -> None:
    """A refused batch changes nothing, not even by its good items."""
    tree = grown({A + b"\5": TWO})
    before = tree.root
    with pytest.raises(family) as caught:
        tree.put([(A + b"\7", ONE), *items])
    assert caught.value.code == code
    assert tree.root == before
    assert tree.get(A + b"\7") is None
