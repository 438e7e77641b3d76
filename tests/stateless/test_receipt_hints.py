"""Which transaction first differs from the receipts in the input: said in the error, and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from stateless import Verdict, verify_all
from stateless.evm.state import Log
from stateless.receipt_hints import EXPLAINED, explain_outcome
from stateless.receipts import Receipt
from tests.vectors import PROJECT
from verkle.errors import InvalidError

BLOCK = PROJECT / "fixtures" / "blocks" / "tx-types.json"
LOG = Log(b"\xaa" * 20, (b"\x01" * 32,), b"\x02\x03")
OURS = (
    Receipt(0, True, 21_000, 21_000, (), None),
    Receipt(2, True, 30_000, 51_000, (LOG,), None),
    Receipt(2, False, 9_000, 60_000, (), None),
)


def said() -> list[dict[str, Any]]:
    """As clients write them; the same as ``OURS``."""
    log = {"address": "0x" + "AA" * 20, "topics": ["0x" + "01" * 32], "data": "0x0203"}
    return [
        {"status": 1, "gasUsed": 21_000, "cumulativeGasUsed": 21_000, "logs": []},
        {"status": "0x1", "gasUsed": "0x7530", "cumulativeGasUsed": "0xc738", "logs": [log]},
        {"status": False, "cumulativeGasUsed": "0xea60", "logs": []},
    ]


def explained(given: Any, code: str = "GAS_USED_MISMATCH") -> InvalidError:
    error = InvalidError(code, "words")
    explain_outcome(error, given, OURS)
    return error


def _set(index: int, **members: Any) -> Callable[[list[Any]], None]:
    return lambda given: given[index].update(members)


@pytest.mark.parametrize(
    ("change", "index", "words"),
    [
        (_set(1, status=0), 1, "it succeeded here, and failed there"),
        (_set(2, status=True), 2, "it failed here, and succeeded there"),
        (_set(1, cumulativeGasUsed="0xc739"), 1, "it used 30,000 gas here, and 30,001 there"),
        (_set(2, cumulativeGasUsed=51_000), 2, "it used 9,000 gas here, and 0 there"),
        (_set(0, cumulativeGasUsed=None, gasUsed=20_999), 0, "it used 21,000 gas here, and 20,999 there"),
        (_set(1, logs=[]), 1, "it left 1 log here, and 0 there"),
        (_set(1, logs=[{"address": "0x" + "ab" * 20}]), 1, "the address of its log 0"),
        (_set(1, logs=[{"topics": []}]), 1, "the topics of its log 0"),
        (_set(1, logs=[{"data": "0x02"}]), 1, "the data of its log 0"),
    ],
)
def test_the_first_that_differs(change: Callable[[list[Any]], None], index: int, words: str) -> None:
    given = said()
    change(given)
    error = explained(given)
    assert error.message.endswith(
        f"Transaction {index} is the first that differs from the input's receipts: {words}"
    )
    assert error.where == {"transaction": index}


def test_all_as_given() -> None:
    error = explained(said())
    assert error.message == "words. Every transaction is as the input's receipts have it"
    assert error.where == {}


def test_another_number_of_receipts() -> None:
    assert explained(said()[:2]).message == "words. The input has 2 receipts for 3 transactions"


@pytest.mark.parametrize("code", ["POST_ROOT_MISMATCH", "WITNESS_KEY_SURPLUS"])
def test_other_errors_stay_as_they_are(code: str) -> None:
    assert explained([{"status": 0}] * 3, code).message == "words"
    assert code not in EXPLAINED


def test_without_receipts() -> None:
    assert explained(None).message == "words"


@pytest.mark.parametrize(
    "odd",
    [None, 1, "0x", [], "0xzz", "0x" + "f" * 5000, -1, 10**400, {"a": 1}, 1.5],
    ids=lambda value: str(value)[:12],
)
@pytest.mark.parametrize("member", ["status", "cumulativeGasUsed", "gasUsed", "logs"])
def test_what_is_in_no_known_form_says_nothing(member: str, odd: Any) -> None:
    """An empty list of logs is a known form: of a transaction without any."""
    given = said()
    given[2][member] = odd
    if odd == 1 and member in {"status", "cumulativeGasUsed"}:
        assert "Transaction 2" in explained(given).message
    else:
        assert explained(given).message.endswith("as the input's receipts have it")
    for whole in (odd, [odd]):
        given = said()
        given[1]["logs"] = whole
        assert explained(given).message.isprintable()
    assert explained([odd] * 3).message.isprintable()


def judge(change: Callable[[dict[str, Any]], None]) -> Verdict:
    document = json.loads(BLOCK.read_text())
    block = document["blocks"][0]
    del block["header"]["blockHash"], block["blockHash"]
    change(block)
    return verify_all(json.dumps(document).encode(), "changed")[0]


def test_of_a_block() -> None:
    """Gas of a header that is wrong, with the true receipts of the block; and with those of another run."""
    receipts: Any = judge(lambda block: None).to_json()["receipts"]
    given = [
        {"status": one["status"], "cumulativeGasUsed": one["cumulative_gas_used"], "logs": one["logs"]}
        for one in receipts
    ]

    def wrong(block: dict[str, Any]) -> None:
        block["header"]["gasUsed"] += 1
        block["receipts"] = given

    error = judge(wrong).error
    assert error is not None
    assert error.code == "GAS_USED_MISMATCH"
    assert error.message.endswith("Every transaction is as the input's receipts have it")
    given[3]["cumulativeGasUsed"] += 1
    error = judge(wrong).error
    assert error is not None
    assert "Transaction 3 is the first" in error.message
    assert error.where["transaction"] == 3


def test_they_decide_nothing() -> None:
    right = judge(lambda block: None)
    odd: tuple[Any, ...] = (None, [], [{}], {"a": 1}, [{"status": 0}] * 8)
    for receipts in odd:
        verdict = judge(lambda block, receipts=receipts: block.update(receipts=receipts))  # type: ignore[misc]
        assert (verdict.verdict, verdict.gas_used) == (right.verdict, right.gas_used)
