"""Witnesses that the oracle's prover makes of the oracle's trees, judged by both verifiers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import curve, prover, witness
from tests.oracles.prover import ABSENT_EMPTY, ABSENT_OTHER, PRESENT, claim_of
from tests.oracles.tree import Tree
from tests.verkle.implementations import FAST, ORACLE, containers
from tests.verkle.strategies import Scenario, examples, scenarios, stem_families, suffixes, values
from verkle import openings
from verkle.proof import verify_proof


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def check(scenario: Scenario) -> None:
    """Accepted by both, the values are the tree's, and the root afterwards is that of the tree rebuilt."""
    tree = scenario.tree
    made = prover.make_witness(tree, scenario.keys, scenario.new_values)
    fast = FAST.check_witness(tree.root(), made)
    assert fast == ORACLE.check_witness(tree.root(), made)
    assert fast.values == {key: tree.get(key) for key in {*scenario.keys, *scenario.new_values}}
    assert fast.post_root == tree.updated(scenario.new_values).root()


@given(scenarios())
@examples(15)
def test_random_witnesses(scenario: Scenario) -> None:
    check(scenario)


@given(stem_families(max_size=7), st.data())
@examples(30)
def test_the_plan_is_the_walk(stems: list[bytes], data: st.DataObject) -> None:
    """Openings in go-verkle's pre-order and the verifier's sorted set are the same list; no cryptography."""
    there = data.draw(st.integers(0, len(stems)))
    tree = Tree()
    for stem in stems[:there]:
        tree.put(stem + bytes([data.draw(suffixes)]), data.draw(values))
    keys = sorted({stem + bytes([data.draw(suffixes)]) for stem in stems})
    claims = {key[:31]: claim_of(tree, key[:31]) for key in keys}
    walked = prover.openings_of(keys, claims)
    assert walked == sorted(set(walked))

    statuses = [claims[stem] for stem in sorted(claims)]
    present = {stem[:depth] for stem, (status, depth) in claims.items() if status == PRESENT}
    stubs = {s[:d] for s, (status, d) in claims.items() if status == ABSENT_OTHER} - present
    others = sorted(tree.nodes[path].stem for path in stubs)
    unproven = {"cl": ["00" * 32] * 8, "cr": ["00" * 32] * 8, "finalEvaluation": "00" * 32}
    diff, proof = containers(
        {
            "stateDiff": [
                {
                    "stem": stem.hex(),
                    "suffixDiffs": [
                        {
                            "suffix": key[31],
                            "currentValue": prover.hexed(tree.get(key)),
                            "newValue": None,
                        }
                        for key in keys
                        if key[:31] == stem
                    ],
                }
                for stem in sorted(claims)
            ],
            "verkleProof": {
                "otherStems": [other.hex() for other in others],
                "depthExtensionPresent": bytes(depth << 3 | status for status, depth in statuses).hex(),
                "commitmentsByPath": ["00" * 32] * len({o.path for o in walked} - {b""}),
                "d": "00" * 32,
                "ipaProof": unproven,
            },
        }
    )
    plan = openings.plan(diff, proof)
    assert [(plan.paths[i], z) for i, z, _, _ in plan.openings] == [(o.path, o.z) for o in walked]
    for i, z, y, child in plan.openings:
        true = tree.nodes[plan.paths[i]].vector.get(z, 0)
        if y is not None:
            assert y == true
        else:
            assert child is not None
            assert curve.map_to_field(tree.nodes[plan.paths[child]].commitment) == true
    assert [(e.status, e.depth) for e in plan.extensions] == statuses


# Shapes by name

A = bytes([1]) * 31
B = bytes([1]) * 30 + bytes([9])
"""Shares 30 bytes with A: both at depth 31."""
C = bytes([1, 1, 5]) + bytes(28)
D = bytes([200]) + bytes(30)
ONE, TWO = (bytes(31) + bytes([k]) for k in (1, 2))
DEEP = Tree.of({A + b"\0": ONE, A + b"\xff": TWO, B + b"\x40": ONE, C + b"\x80": TWO, D + b"\0": ONE})


def scenario(tree: Tree, keys: list[bytes], new_values: dict[bytes, bytes] | None = None) -> Scenario:
    return Scenario(tree, tuple(keys), new_values or {})


def test_the_empty_tree() -> None:
    """Its root is 32 zero bytes; all is absent at depth 1, and new stems build the whole tree."""
    check(scenario(Tree(), [A + b"\0"]))
    check(scenario(Tree(), [A + b"\0", D + b"\5"], {A + b"\1": ONE, B + b"\1": TWO, D + b"\0": bytes(32)}))


def test_a_single_stem() -> None:
    tree = Tree.of({A + b"\0": ONE})
    check(scenario(tree, [A + b"\0", A + b"\1", A + b"\x80"]))
    check(scenario(tree, [], {A + b"\0": TWO, A + b"\x80": ONE}))


def test_no_keys() -> None:
    """No proof at all; the root stays."""
    made = prover.make_witness(DEEP, [])
    tree = verify_proof(DEEP.root(), *containers(made))
    assert tree.values == {}
    assert tree.unshown == ()
    assert FAST.check_witness(DEEP.root(), made).post_root == DEEP.root()


def test_thirty_shared_bytes() -> None:
    assert claim_of(DEEP, A) == (PRESENT, 31)
    check(scenario(DEEP, [A + b"\0", B + b"\x40"], {B + b"\0": TWO}))
    absent = bytes([1]) * 30 + bytes([4])
    assert claim_of(DEEP, absent) == (ABSENT_EMPTY, 31)
    check(scenario(DEEP, [absent + b"\0"], {absent + b"\0": ONE, absent + b"\xff": bytes(32)}))


def test_split_down_to_the_last_byte() -> None:
    """A new stem meets a leaf at depth 1 and parts from it after thirty bytes."""
    near = D[:30] + b"\xff"
    assert claim_of(DEEP, near) == (ABSENT_OTHER, 1)
    check(scenario(DEEP, [near + b"\0"]))
    check(scenario(DEEP, [], {near + b"\0": ONE}))
    check(scenario(DEEP, [D + b"\0"], {near + b"\0": ONE}))
    check(scenario(DEEP, [], {near + b"\0": ONE, D + b"\0": TWO, D + b"\xff": TWO}))


def test_several_new_stems_in_one_empty_slot() -> None:
    new = [bytes([1, 1, 77, k]) + bytes(27) for k in range(3)] + [bytes([1, 1, 77, 0, 1]) + bytes(26)]
    assert {claim_of(DEEP, stem) for stem in new} == {(ABSENT_EMPTY, 3)}
    check(scenario(DEEP, [], {stem + b"\0": ONE for stem in new}))
    check(scenario(DEEP, [new[0] + b"\0"], {stem + b"\x81": ONE for stem in new[1:]}))


def test_several_new_stems_at_one_leaf() -> None:
    """The leaf may be written itself, asked for, or only found; slots 2 and 3 below it are then inner."""
    new = [D[:1] + bytes([k]) + bytes(29) for k in (2, 3, 4)] + [D[:1] + bytes([2, 9]) + bytes(28)]
    assert {claim_of(DEEP, stem) for stem in new} == {(ABSENT_OTHER, 1)}
    writes = {stem + b"\0": ONE for stem in new}
    check(scenario(DEEP, [], writes))
    check(scenario(DEEP, [D + b"\0"], writes))
    check(scenario(DEEP, [D + b"\xff"], writes))
    check(scenario(DEEP, [], writes | {D + b"\0": TWO, D + b"\x80": TWO}))


def test_asked_but_not_written_beside_written() -> None:
    """Absent stems that stay absent leave no trace in the tree afterwards."""
    near, far = D[:30] + b"\xff", bytes([201]) + bytes(30)
    check(scenario(DEEP, [near + b"\0", far + b"\0"], {far + b"\1": ONE}))
    check(scenario(DEEP, [near + b"\0", far + b"\0"], {near + b"\1": ONE}))


def test_all_values_of_a_leaf() -> None:
    stem = bytes([42]) * 31
    tree = Tree.of({stem + bytes([s]): bytes([s]) * 32 for s in range(0, 256, 2)} | {D + b"\0": ONE})
    check(
        scenario(tree, [stem + bytes([s]) for s in range(256)], {stem + bytes([s]): ONE for s in range(256)})
    )


def test_values_go_up_and_down() -> None:
    """Both halves of a value, in every direction."""
    few, many = b"\1" * 16, b"\xfe" * 16
    all_four = [low + high for low in (few, many) for high in (few, many)]
    tree = Tree.of({D + bytes([40 * k]): value for k, value in enumerate(all_four)})
    for turn in (1, 2, 3):
        check(scenario(tree, [], {D + bytes([40 * k]): all_four[k ^ turn] for k in range(4)}))


def test_zero_is_not_absent() -> None:
    check(scenario(DEEP, [], {D + b"\x05": bytes(32)}))
    with_zero = DEEP.updated({D + b"\x05": bytes(32)})
    assert with_zero.root() != DEEP.root()
    check(scenario(with_zero, [D + b"\x05"]))


def test_status_zero_at_depth_one_to_thirty_one() -> None:
    depths = {claim_of(DEEP, bytes([1]) * k + bytes([99]) + bytes(30 - k)).depth for k in range(31)}
    assert depths == set(range(1, 32))
    keys = [bytes([1]) * k + bytes([99]) + bytes(31 - k) for k in range(31)]
    check(scenario(DEEP, keys))
    check(scenario(DEEP, keys[::3], dict.fromkeys(keys[::2], ONE)))


def test_all_nodes_that_nothing_shows_are_listed() -> None:
    absent = bytes([1]) * 30 + bytes([4])
    made = prover.make_witness(DEEP, [absent + b"\0"])
    unshown = [(absent, absent[:k]) for k in range(1, 31)]
    assert witness.verify(DEEP.root(), made).unshown == unshown
    assert FAST.check_witness(DEEP.root(), made).unshown == unshown
