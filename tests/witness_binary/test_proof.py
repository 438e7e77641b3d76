"""Prove, verify, write: the same as the whole tree says, for every shape; one proof of each set of keys."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracles.binary_tree import DIGESTS, Digest, Stem, Tree, root_of
from tests.witness_binary.strategies import ALL_RULES, Case, cases, loose, loose_hash
from verkle.errors import IncompleteError, InvalidError, MalformedError
from witness.binary.container import BinaryProof, BinaryWitness
from witness.binary.post import diff_writes, post_root
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys, state_diff
from witness.binary.rules import DEFAULT, BinaryRules
from witness.binary.sizes import binary_sizes
from witness.binary.tree import BinaryTree

__all__ = ["loose_hash"]  # a fixture: pytest finds it by its name here


def check(case: Case, rules: BinaryRules, digest: Digest) -> BinaryWitness:
    """Everything that must hold of one case; what is expected comes from the oracle alone."""
    items, keys, writes = case
    oracle = Tree(digest, items)
    tree = BinaryTree(rules, items)
    assert tree.root == oracle.root()
    made = prove_keys(tree, keys, writes)
    proven = verify_proof(oracle.root(), made.diff, made.proof, rules)
    assert dict(proven.values) == {key: items.get(key) for key in keys}

    # the ends are where the oracle's walks end
    for stem, number in proven.plan.end_of.items():
        depth, node = oracle.walk(stem)
        end = proven.plan.ends[number]
        assert end.depth == depth
        assert end.stem == (node.stem if isinstance(node, Stem) else None)

    after = root_of({**items, **writes}, digest)
    assert diff_writes(proven) == {key: value for key, value in writes.items() if items.get(key) != value}
    assert post_root(proven).root == after
    assert post_root(proven, writes).root == after
    return BinaryWitness(made.diff, made.proof, rules.name, tree.root)


@given(cases(), ALL_RULES)
@settings(max_examples=150)
def test_prove_verify_write(case: Case, rules: BinaryRules) -> None:
    check(case, rules, DIGESTS[rules.hash])


@given(cases())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_prove_verify_write_where_every_node_is_doubtful(
    loose_hash: Callable[[bytes], bytes], case: Case
) -> None:
    """Under a hash whose values mostly look like a stem's half, every proof still comes out, and holds."""
    check(case, DEFAULT, loose)


def test_the_doubtful_hash_does_make_doubt(loose_hash: Callable[[bytes], bytes]) -> None:
    """… or the law above would say nothing."""
    random = Random(5)
    deep = shown = 0
    for _ in range(60):
        items = {random.randbytes(31) + bytes([random.randrange(4)]): random.randbytes(32) for _ in range(9)}
        keys = [random.randbytes(32), *random.sample(sorted(items), 2)]
        witness = check((items, keys, {}), DEFAULT, loose)
        deep += len(witness.proof.deep)
        shown += sum(end.kind == "own" and end.shown is not None for end in witness.proof.ends)
    assert deep > 10
    own = {bytes(31) + bytes([suffix]): random.randbytes(32) for suffix in range(256)}
    for suffix in range(255):
        witness = check((own, [bytes(31) + bytes([suffix])], {}), DEFAULT, loose)
        shown += witness.proof.ends[0].shown is not None
    assert shown > 10


@pytest.mark.parametrize("stems", [1, 2, 3, 40])
def test_every_key_of_a_small_tree(stems: int) -> None:
    random = Random(stems)
    items = {random.randbytes(31) + random.randbytes(1): random.randbytes(32) for _ in range(stems)}
    witness = check((items, sorted(items), {key: bytes(32) for key in items}), DEFAULT, DIGESTS["blake3"])
    assert set(witness.proof.siblings) <= {bytes(32)}


def test_two_stems_that_differ_in_the_last_bit() -> None:
    one, other = bytes(31), bytes(30) + b"\1"
    items = {one + b"\0": b"\1" * 32}
    witness = check((items, [other + b"\0"], {other + b"\0": b"\2" * 32}), DEFAULT, DIGESTS["blake3"])
    assert witness.proof.ends[0].kind == "named"
    both = {**items, other + b"\0": b"\2" * 32}
    witness = check(
        (both, [one + b"\0", other + b"\5"], {other + b"\5": bytes(32)}), DEFAULT, DIGESTS["blake3"]
    )
    assert [end.depth for end in witness.proof.ends] == [248, 248]


def test_the_empty_tree_and_no_keys() -> None:
    tree = BinaryTree()
    key = b"\x12" * 32
    check(({}, [key, bytes(32)], {key: b"\1" * 32}), DEFAULT, DIGESTS["blake3"])
    nothing = prove_keys(tree, [])
    assert (nothing.diff, nothing.proof, nothing.hashes) == ((), BinaryProof(), 0)
    proven = verify_proof(b"\7" * 32, nothing.diff, nothing.proof, DEFAULT)
    assert dict(proven.values) == {}
    assert post_root(proven).root == b"\7" * 32


def test_a_write_that_is_not_proven() -> None:
    items = {bytes(32): b"\1" * 32}
    made = prove_keys(BinaryTree(DEFAULT, items), [bytes(32)])
    proven = verify_proof(root_of(items), made.diff, made.proof, DEFAULT)
    for key in (bytes(31) + b"\1", b"\1" * 32, b""):
        with pytest.raises(IncompleteError) as caught:
            post_root(proven, {key: bytes(32)})
        assert caught.value.code == "BINARY_KEY_UNPROVEN"
    with pytest.raises(MalformedError) as short:
        post_root(proven, {bytes(32): b"\1"})
    assert short.value.code == "VALUE_LENGTH"


def test_a_key_that_is_none() -> None:
    with pytest.raises(MalformedError) as caught:
        state_diff(BinaryTree(), [bytes(31)])
    assert caught.value.code == "KEY_LENGTH"


def test_other_rules_other_root() -> None:
    items = {bytes(32): b"\1" * 32}
    made = prove_keys(BinaryTree(DEFAULT, items), [bytes(32)])
    with pytest.raises(InvalidError) as caught:
        verify_proof(root_of(items), made.diff, made.proof, BinaryRules("sha256", "big"))
    assert caught.value.code == "BINARY_PROOF_FALSE"


def test_a_proof_is_of_its_keys_whatever_their_order() -> None:
    random = Random(7)
    items = {random.randbytes(32): random.randbytes(32) for _ in range(100)}
    tree = BinaryTree(DEFAULT, items)
    keys = [*random.sample(sorted(items), 20), random.randbytes(32)]
    grown = BinaryTree(DEFAULT)
    for item in items.items():
        grown.put([item])
    assert prove_keys(tree, keys) == prove_keys(grown, [*reversed(keys), *keys])


def test_hashes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is returned is what was made."""
    random = Random(8)
    items = {random.randbytes(31) + bytes([i % 4]): random.randbytes(32) for i in range(300)}
    keys = [*random.sample(sorted(items), 40), *(random.randbytes(32) for _ in range(10))]
    tree = BinaryTree(DEFAULT, items)
    root, honest, made = tree.root, tree.digest, 0

    def counting(data: bytes) -> bytes:
        nonlocal made
        made += 1
        return honest(data)

    tree.digest = counting
    proof = prove_keys(tree, keys, {key: random.randbytes(32) for key in keys})
    assert (proof.hashes, made) == (made, proof.hashes)
    assert made > 300
    for module in ("proof", "post"):
        monkeypatch.setattr(f"witness.binary.{module}.hash_function", lambda _: counting)
    made = 0
    proven = verify_proof(root, proof.diff, proof.proof, DEFAULT)
    assert proven.hashes == made > 300
    made = 0
    after = post_root(proven)
    assert after.hashes == made > 300


def test_hashes_are_counted_where_nodes_are_doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(9)
    made = 0

    def counting(data: bytes) -> bytes:
        nonlocal made
        made += 1
        return loose(data)

    for module in ("tree", "proof", "post"):
        monkeypatch.setattr(f"witness.binary.{module}.hash_function", lambda _: counting)
    deep = 0
    for _ in range(40):
        items = {random.randbytes(32): random.randbytes(32) for _ in range(12)}
        tree = BinaryTree(DEFAULT, items)
        root, made = tree.root, 0
        proof = prove_keys(tree, [random.randbytes(32), *random.sample(sorted(items), 2)])
        assert proof.hashes == made
        made = 0
        assert verify_proof(root, proof.diff, proof.proof, DEFAULT).hashes == made
        deep += len(proof.proof.deep)
    assert deep > 5


def test_sizes_add_up() -> None:
    random = Random(10)
    items = {random.randbytes(32): random.randbytes(32) for _ in range(400)}
    keys = [*random.sample(sorted(items), 30), *(random.randbytes(32) for _ in range(30))]
    made = prove_keys(BinaryTree(DEFAULT, items), keys, {keys[0]: b"\1" * 32})
    sizes = binary_sizes(BinaryWitness(made.diff, made.proof, DEFAULT.name))
    assert sizes.witness_bytes == sizes.proof_bytes + sizes.state_diff_bytes
    assert sizes.sibling_bytes == 32 * (sizes.siblings + sizes.stem_siblings)
    assert sizes.values_bytes == 32 * (30 + 1)
    assert (sizes.keys, sizes.present, sizes.absent, sizes.new_values) == (60, 30, 30, 1)
    assert sizes.other_stems == sizes.shown_values > 0
    # a shown value with its suffix, for the top of the values; and the bitmap's bits
    assert sizes.other_stems <= sizes.kind_bytes <= 2 * sizes.other_stems + 8
    assert sizes.to_json()["kind_bytes"] == sizes.kind_bytes
