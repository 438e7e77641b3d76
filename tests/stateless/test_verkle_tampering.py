"""Verkle blocks changed in one thing, everything else made to fit it, so that only the execution can see it.

The twins are those of ``fixtures.verkle_twins``: ``--proof-only`` takes each of them; executed, each is
refused by its own code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.verkle_making import (
    CONTRACT,
    Leaf,
    code_of,
    contract,
    judge,
    leaves_of,
    proven,
    scene,
    transaction,
    with_header,
    with_witness,
)
from fixtures.verkle_twins import (
    RULES,
    TWINS,
    another_key,
    another_key_of_a_known_stem,
    another_s_leaf_written,
    other_root,
    sound,
)
from stateless.conversion import witness_of
from stateless.rules import RULE_SETS
from verkle.embedding import storage_position
from witness.block import BlockInput


def test_the_block_itself_is_valid() -> None:
    verdict = judge(sound().block)
    assert (verdict.verdict, verdict.executed, verdict.assumptions) == ("valid", True, ())
    execution = sound().built.run.done.execution
    assert [receipt.succeeded for receipt in execution.receipts] == [True] * 4
    assert sum(len(receipt.logs) for receipt in execution.receipts) == 1


@pytest.mark.parametrize(("twin", "code"), TWINS, ids=[twin.__name__ for twin, _ in TWINS])
def test_twins(twin: Callable[[], BlockInput], code: str) -> None:
    block = twin()
    # nothing but the execution sees it
    assert code_of(block, proof_only=True) is None
    assert code_of(block) == code


def test_every_key_is_needed() -> None:
    """A sound witness less one key shows nothing against the block, whether the key is read or written."""
    block = sound().block
    leaves = leaves_of(witness_of(block))
    for key in leaves:
        rest = {other: leaf for other, leaf in leaves.items() if other != key}
        # the header stays as it was: its root is that of the whole state
        less = replace(block, witness=witness_of(proven(sound().scene, block, rest)))
        verdict = judge(less)
        assert (verdict.verdict, verdict.error and verdict.error.code) in {
            ("incomplete", code) for code in ("WITNESS_KEY_MISSING", "LEAF_MISSING", "CODE_CHUNK_MISSING")
        }
        if verdict.error is not None and verdict.error.code == "WITNESS_KEY_MISSING":
            assert (verdict.error.where["stem"], verdict.error.where["suffix"]) == (key[:-1], key[-1])
            said = {check.name: check.status for check in verdict.checks}
            assert said["witness_keys"] == "failed"
            # what was not looked at did not pass, and speaks against nothing
            written = leaves[key][1] is not None
            assert (said["state_writes"], said["post_state_root"]) == (
                ("skipped", "skipped") if written else ("passed", "passed")
            )
            assert verdict.error.expected == leaves[key][1]


def test_a_root_that_does_not_follow() -> None:
    """Seen without the execution, too; the execution finds nothing against it."""
    assert code_of(other_root(), proof_only=True) == "POST_ROOT_MISMATCH"
    verdict = judge(other_root())
    assert (verdict.error.code if verdict.error else None) == "POST_ROOT_MISMATCH"
    assert verdict.executed


def test_surplus_keys_are_taken_if_asked_for() -> None:
    for twin in (another_key, another_key_of_a_known_stem):
        verdict = judge(twin(), allow_surplus=True)
        assert verdict.verdict == "valid"
        assert (verdict.sizes or {})["surplus_keys"] == 1
        # not "passed": the check says that there are no other keys
        (keys,) = [check for check in verdict.checks if check.name == "witness_keys"]
        assert (keys.status, keys.note) == (
            "skipped",
            "1 key is in the witness that the block does not touch, as allowed",
        )
    # a write is no mere key
    assert code_of(another_s_leaf_written(), allow_surplus=True) == "WRITE_SURPLUS"


def test_what_rules_say_is_an_assumption() -> None:
    """EXTCODESIZE of the history account touches nothing; under ``strict`` its answer is not believed."""
    assert RULES.history is not None
    made = scene(contract(b"\x73" + RULES.history.address + bytes.fromhex("3b60005500")))
    block = made.build(transaction()).block
    verdict = judge(block)
    assert verdict.verdict == "valid"
    assert [assumption.code for assumption in verdict.assumptions] == ["ACCOUNT_BY_RULE"] * len(
        verdict.assumptions
    )
    assert verdict.assumptions
    assert code_of(block, strict=True) == "ACCOUNT_BY_RULE"


def test_the_first_that_is_wrong_decides() -> None:
    """Outcome before writes, writes before keys, all before the root."""

    def both(leaves: dict[bytes, Leaf]) -> None:
        leaves[sound().key((CONTRACT, 0, 64))] = (None, b"\1" * 32)
        leaves[sound().key((b"\xdd" * 20, 0, 0))] = (None, None)

    twice = with_witness(sound().scene, sound().built, both)
    assert code_of(twice) == "WRITE_DIFFERS"
    assert code_of(with_header(twice, gas_used=1)) == "GAS_USED_MISMATCH"
    assert code_of(with_header(another_key(), state_root=bytes(32))) == "WITNESS_KEY_SURPLUS"


@pytest.mark.parametrize("name", [name for name, rules in RULE_SETS.items() if rules.execution is not None])
def test_under_every_rule_set(name: str) -> None:
    """A write changed, left out and added; a key added; each seen by the execution alone."""
    made = scene(contract(bytes.fromhex("43600055600154600255")), rules=name)
    built = made.build(transaction(rules=made.rules))
    assert code_of(built.block) is None
    view = built.run.done.view
    slot = view.key((CONTRACT, *storage_position(0, made.rules.storage_offset)))
    other = view.key((b"\xdd" * 20, 0, 0))

    def twin(leaves: dict[bytes, Leaf]) -> str | None:
        assert built.block.witness is not None
        block = proven(made, built.block, leaves_of(built.block.witness) | leaves)
        assert code_of(block, proof_only=True) is None
        return code_of(block)

    assert twin({slot: (None, b"\1" * 32)}) == "WRITE_DIFFERS"
    assert twin({slot: (None, None)}) == "WRITE_MISSING"
    assert twin({other: (None, b"\1" * 32)}) == "WRITE_SURPLUS"
    assert twin({other: (None, None)}) == "WITNESS_KEY_SURPLUS"


def test_the_first_block_of_all_is_not_run() -> None:
    """Nothing comes before it, and so nothing that it could be run on; there is no slot for its parent."""
    for name in ("kaustinen4", "kaustinen7"):
        made = scene(contract(b"\0"), rules=name)
        block = with_header(made.build(transaction(rules=made.rules)).block, number=0)
        assert code_of(replace(block, headers=())) == "HEADER_NUMBER"
