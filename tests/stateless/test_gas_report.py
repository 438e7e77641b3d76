"""Where the gas of a transaction went: the right parts, and what they would be under other rules."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateless.gas_parts import Events, Gas
from stateless.gas_report import (
    MOST_PRICE,
    OTHER_RULES,
    PRICE_NAMES,
    TransactionGas,
    gas_report,
)
from stateless.genesis import AllocAccount
from stateless.rules import RULE_SETS
from stateless.transactions import Transaction
from tests.stateless.gas_checks import blocks_of, check
from tests.stateless.made_blocks import CONTRACT, made_block, transaction
from tests.stateless.made_verkle_blocks import made_verkle_block
from tests.vectors import PROJECT
from verkle.errors import StatelessError
from witness.block import BlockInput

# Parts by name, in the place of what they are paid for.
PRICED = {
    "branches": "witness_branch_cost",
    "chunks": "witness_chunk_cost",
    "code_chunks": "witness_chunk_cost",
    "subtree_edits": "subtree_edit_cost",
    "chunk_edits": "chunk_edit_cost",
    "fills": "chunk_fill_cost",
}

# Known answers, worked out by hand.


def one(
    code: str,
    *,
    rules: str = "kaustinen7",
    balance: int = 0,
    others: tuple[AllocAccount, ...] = (),
    **changes: Any,
) -> TransactionGas:
    block = made_verkle_block(
        code, [transaction(**{"gas_limit": 200_000, **changes})], rules=rules, balance=balance, others=others
    )
    report = gas_report(block)
    check(report)
    return report.transactions[0]


def parts(row: TransactionGas) -> dict[str, int]:
    return {name: value for name, value in row.gas.to_json().items() if value and name != "used"}


OTHER = AllocAccount(b"\xbb" * 20, 5, 1, bytes.fromhex("00"), {})
PUSH_OTHER = "73" + "bb" * 20


def test_a_transfer_is_intrinsic() -> None:
    assert parts(one("", value=1)) == {"intrinsic": 21000}


def test_reading_a_slot_twice() -> None:
    # slot 1 is in the header stem, slot 256 in another; SLOAD itself has no price
    row = one("6001545060015450" + "61010054" + "50" + "00")
    assert parts(row) == {
        "intrinsic": 21000,
        "execution": 3 * 3 + 3 * 2,
        "branches": 1900,
        "chunks": 2 * 200,
        "code_chunks": 200,
        "warm": 100,
    }
    assert row.events == Events(branches=1, chunks=2, code_chunks=1, warm=1)


def test_writing_a_slot() -> None:
    row = one("6001600155" + "00")
    assert parts(row) == {
        "intrinsic": 21000,
        "execution": 6,
        "chunks": 200,
        "code_chunks": 200,
        "subtree_edits": 3000,
        "chunk_edits": 500,
    }


def test_the_ladder_of_a_creation() -> None:
    """2,100 and 200 to see that the address is free, 3,500 and 500 to make the account."""
    row = one("600060006000f000")
    assert parts(row) == {
        "intrinsic": 21000,
        "execution": 3 * 3 + 1000,
        "branches": 1900,
        "chunks": 2 * 200,
        "code_chunks": 200,
        "subtree_edits": 3000,
        "chunk_edits": 2 * 500,
    }
    assert row.gas.witness - 200 == 2100 + 200 + 3500 + 500


def test_the_last_rung_of_a_creation() -> None:
    """700 for each chunk of deployed code, in the stem that is open already: here of 40 bytes."""
    initcode = bytes.fromhex("60286000f3")  # 40 bytes of memory, zeros: 40 × STOP
    row = one("", to=None, data=initcode)
    assert parts(row) == {
        "intrinsic": 53000 + 2 + 16 * 4 + 4,
        "execution": 2 * 3 + 2 * 3,
        "branches": 1900,
        "chunks": 4 * 200,
        "subtree_edits": 3000,
        "chunk_edits": 4 * 500,
    }


def test_a_stipend_that_is_not_used() -> None:
    """CALLCODE with value looks at its target and no more: 2,300 come for nothing."""
    row = one("6000600060006000" + "6001" + PUSH_OTHER + "5af200", balance=9, others=(OTHER,))
    assert row.succeeded
    assert parts(row) == {
        "intrinsic": 21000,
        "execution": 6 * 3 + 2,
        "branches": 1900 * 2 - 1900,
        "chunks": 200,
        "code_chunks": 3 * 200,
        "stipends": 2300,
    }


@pytest.mark.parametrize(("end", "status"), [("00", True), ("60006000fd", False), ("fe", False)])
def test_what_failed_frames_forfeit(end: str, status: bool) -> None:
    row = one("600154" + end, gas_limit=50_000)
    assert row.succeeded == status
    used = 21000 + 3 + 200 + 200
    if end == "fe":
        assert row.gas.forfeited == 50_000 - used
    else:
        assert row.gas.forfeited == 0
        assert row.gas.used == used + (6 if not status else 0)


@pytest.mark.parametrize(
    "gas", [2099, 2100, 2299, 2300, 5799, 5800, 6299, 6312, 7011, 7012, 7711, 7712, 9000]
)
def test_a_creation_that_runs_out_of_gas_at_each_rung(gas: int) -> None:
    """What was paid for counts as paid, and only the rest as forfeited."""
    data = bytes.fromhex("60286000f3")
    intrinsic = 53000 + 2 + 16 * 4 + 4
    row = one("", to=None, data=data, gas_limit=intrinsic + gas)
    left = gas
    for cost in (2100, 200, 3500, 500, 12, 700, 700):
        if cost > left:
            break
        left -= cost
    else:
        assert (row.succeeded, row.gas.forfeited) == (True, 0)
        assert row.gas.used == intrinsic + gas - left
        return
    assert (row.succeeded, row.gas.forfeited, row.gas.used) == (False, left, intrinsic + gas)


def test_accesses_without_leaves_are_execution() -> None:
    """Mainnet's rules, and the price for precompiles, which touch nothing."""
    precompile = one("6004" + "31" + "50" + "6004" + "3b" + "5000")  # BALANCE touches, EXTCODESIZE does not
    assert precompile.events == Events(branches=1, chunks=1, code_chunks=1)
    assert precompile.gas.execution == 2 * 3 + 2 * 2 + 100


# Other prices and other rules.


PROGRAM = (
    "6001545060015450" + "600260035561010054" + "50" + "6000600060006000600073" + "bb" * 20 + "5af1" + "00"
)


@pytest.fixture(scope="module")
def program() -> BlockInput:
    """Reads, writes, a call, warm looks: something of everything but creations."""
    return made_verkle_block(
        PROGRAM, [transaction(gas_limit=200_000), transaction(1, gas_limit=200_000, value=3)], others=(OTHER,)
    )


def test_nothing_asked_for(program: BlockInput) -> None:
    report = gas_report(program)
    assert report.comparison is None
    assert all(row.other is None for row in report.transactions)
    assert report.rules_from == "file"
    assert report.prices.rules == "kaustinen7"


def test_the_same_rules_give_the_same(program: BlockInput) -> None:
    alone, beside = gas_report(program), gas_report(program, other="kaustinen7")
    assert [replace(row, other=None) for row in beside.transactions] == list(alone.transactions)
    for row in beside.transactions:
        assert row.other is not None
        assert (row.other.gas, row.other.events, row.other.difference) == (row.gas, row.events, 0)
        assert (row.other.changed, row.other.refusal) == ((), None)
    assert beside.comparison is not None
    assert (beside.comparison.difference, beside.comparison.transactions) == (0, 2)


@settings(max_examples=25, deadline=None)
@given(prices=st.dictionaries(st.sampled_from(PRICE_NAMES), st.integers(0, 5000)))
def test_a_price_changes_what_is_paid_at_it_and_nothing_else(
    program: BlockInput, prices: dict[str, int]
) -> None:
    report = gas_report(program, prices={**prices})
    costs = asdict(RULE_SETS["kaustinen7"].execution.costs) | prices  # type: ignore[union-attr]
    for row in report.transactions:
        if not prices:
            assert row.other is None
            continue
        other = row.other
        assert other is not None
        assert other.gas is not None
        assert other.events is not None
        assert other.difference == other.gas.used - row.gas.used
        for name, price in PRICED.items():
            assert getattr(other.gas, name) == getattr(other.events, name) * costs[price]
        # where an access comes to cost nothing, the warm price takes its place
        assert other.gas.warm == other.events.warm * costs["warm_cost"]
        if not other.changed and not other.gas.forfeited:
            kept = {"intrinsic", "execution", "forfeited", "stipends", "refund"}
            for name in kept:
                assert getattr(other.gas, name) == getattr(row.gas, name)
            counted = replace(other.events, warm=0, fills=0)
            assert counted == replace(row.events, warm=0, fills=0)


@pytest.mark.parametrize("price", [name for name in PRICE_NAMES if name != "chunk_fill_cost"])
def test_each_price_alone(program: BlockInput, price: str) -> None:
    own = asdict(RULE_SETS["kaustinen7"].execution.costs)[price]  # type: ignore[union-attr]
    report = gas_report(program, prices={price: own + 10})
    some = 0
    for row in report.transactions:
        assert row.other is not None
        assert row.other.gas is not None
        assert row.other.events == row.events
        times = {
            "witness_branch_cost": row.events.branches,
            "witness_chunk_cost": row.events.chunks + row.events.code_chunks,
            "subtree_edit_cost": row.events.subtree_edits,
            "chunk_edit_cost": row.events.chunk_edits,
            "warm_cost": row.events.warm,
        }[price]
        assert row.other.difference == 10 * times
        some += times
    assert some


def test_filling_has_a_price_in_the_text(program: BlockInput) -> None:
    """The slot is filled by the first transaction; the second finds it there."""
    report = gas_report(program, other="eip4762")
    first, second = (row.other for row in report.transactions)
    assert first is not None
    assert second is not None
    assert (first.difference, second.difference) == (6200, 0)
    assert first.events is not None
    assert first.events.fills == 1


def test_mainnets_rules(program: BlockInput) -> None:
    report = gas_report(program, other="shanghai")
    first = report.transactions[0].other
    assert first is not None
    assert first.gas is not None
    instructions = report.transactions[0].gas.execution
    # two cold slots read, one warm, one cold slot set, one cold account
    assert first.gas == Gas(intrinsic=21000, execution=instructions + 2 * 2100 + 100 + 22100 + 2600)
    assert not first.changed


def gas_dependent(least: int, then: str) -> str:
    """Does ``then`` only if less gas than ``least`` is left."""
    return f"62{least:06x}5a10600a57005b" + then


def test_what_the_witness_does_not_hold() -> None:
    code = gas_dependent(150_000, "60075400")
    transactions = [transaction(gas_limit=200_000), transaction(1, to=b"\xbb" * 20, value=2)]
    block = made_verkle_block(code, transactions, others=(OTHER,))
    report = gas_report(block, prices={"witness_chunk_cost": 60_000})
    first, second = report.transactions
    assert first.succeeded
    assert first.other is not None
    assert first.other.refusal is not None
    assert (first.other.gas, first.other.difference) == (None, None)
    assert first.other.refusal.code == "LEAF_MISSING"
    assert first.other.refusal.where["transaction"] == 0
    assert first.other.refusal.where["opcode"] == "SLOAD"
    assert first.other.refusal.where["account"] == CONTRACT
    assert second.other is not None
    assert second.other.gas is not None
    assert report.comparison is not None
    assert report.comparison.transactions == 1
    assert report.comparison.own == second.gas


def test_what_becomes_another_outcome() -> None:
    """It fails at the other price; or does something else, seeing how much gas is left."""
    store = made_verkle_block("6001600155" + "00", [transaction(gas_limit=26_000)])
    row = gas_report(store, prices={"subtree_edit_cost": 9000}).transactions[0]
    assert row.other is not None
    assert (row.other.succeeded, row.other.changed) == (False, ("status", "writes"))
    logs = made_verkle_block(gas_dependent(150_000, "60006000a000"), [transaction(gas_limit=200_000)])
    row = gas_report(logs, prices={"witness_chunk_cost": 60_000}).transactions[0]
    assert row.other is not None
    assert (row.other.succeeded, row.other.changed) == (True, ("logs",))
    value = made_verkle_block("5a600155", [transaction(gas_limit=200_000)])
    row = gas_report(value, prices={"witness_chunk_cost": 300}).transactions[0]
    assert row.other is not None
    assert (row.other.succeeded, row.other.changed) == (True, ("writes",))


def test_what_never_ends_at_the_other_price() -> None:
    """Each round looks 25 times at a warm slot, and gets a stipend."""
    call = "6000600060006000" + "6001" + PUSH_OTHER + "5af250"
    code = "5b" + "5f5450" * 25 + call + "5f56"
    block = made_verkle_block(
        code,
        [transaction(gas_limit=60_000), transaction(1, gas_limit=21_000, to=b"\xbb" * 20)],
        balance=9,
        others=(replace(OTHER, code=b""),),
    )
    report = gas_report(block, prices={"warm_cost": 0})
    assert not report.transactions[0].succeeded
    refused = [row.other and row.other.refusal and row.other.refusal.code for row in report.transactions]
    assert refused == ["STEP_BOUND", "STEP_BOUND"]
    assert report.comparison is not None
    assert (report.comparison.transactions, report.comparison.difference) == (0, 0)


@pytest.mark.parametrize("other", OTHER_RULES)
@pytest.mark.parametrize("name", ["random-128.json", "create-in-create.json", "sstore-clear.json"])
def test_every_rule_set_says_something(name: str, other: str) -> None:
    """A transaction has a figure, or a typed reason why it has none."""
    for block in blocks_of(PROJECT / "fixtures" / "blocks" / name):
        report = gas_report(block, other=other)
        own = gas_report(block)
        for row, alone in zip(report.transactions, own.transactions, strict=True):
            assert replace(row, other=None) == alone
            assert row.other is not None
            assert (row.other.gas is None) == (row.other.refusal is not None)
            if row.other.gas is not None:
                assert row.other.difference == row.other.gas.used - row.gas.used


# What cannot be reported.


def refusal(block: BlockInput, **asked: str) -> tuple[str, str | None]:
    with pytest.raises(StatelessError) as caught:
        gas_report(block, **asked)  # type: ignore[arg-type]
    return caught.value.code, caught.value.stage


def test_refusals(program: BlockInput) -> None:
    assert refusal(made_block([], [])) == ("NO_WITNESS_GAS", "EXECUTE")
    assert refusal(replace(program, rules=None)) == ("RULES_NOT_NAMED", "EXECUTE")
    assert refusal(replace(program, rules="kaustinen5"))[0] == "EXECUTION_UNSUPPORTED"
    assert refusal(program, other="kaustinen5")[0] == "EXECUTION_UNSUPPORTED"
    assert refusal(replace(program, witness=None))[0] in {"NO_WITNESS", "NO_PRE_ROOT"}
    assert refusal(replace(program, header=None, transactions=None)) == ("NO_BLOCK", "EXECUTE")
    witness = program.witness
    assert witness is not None
    wrong = replace(program, witness=replace(witness, parent_state_root=bytes(32)))
    assert refusal(wrong)[1] == "PROOF"
    assert refusal(replace(program, transactions=None))[0] in {
        "NO_TRANSACTIONS",
        "TRANSACTIONS_ROOT_MISMATCH",
    }


def test_rules_that_the_caller_names(program: BlockInput) -> None:
    report = gas_report(replace(program, rules=None), rules="kaustinen7")
    assert report.rules_from == "option"
    assert report.total == gas_report(program).total


@pytest.mark.parametrize(
    ("other", "prices"),
    [
        ("kaustinen99", {}),
        ("osaka", {}),
        (None, {"witness_branch_price": 1}),
        (None, {"witness_branch_cost": -1}),
        (None, {"witness_branch_cost": MOST_PRICE + 1}),
        ("shanghai", {"witness_branch_cost": 1}),
    ],
)
def test_mistakes_of_the_caller(program: BlockInput, other: str | None, prices: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        gas_report(program, other=other, prices=prices)


def test_values_add_up() -> None:
    every = Gas(*range(1, 13))
    assert every.used == sum(range(1, 11)) - 11 - 12
    assert every + Gas() == every
    assert Events(*range(7)) + Events(*range(7)) == Events(*range(0, 14, 2))
    assert isinstance(transaction(), Transaction)
