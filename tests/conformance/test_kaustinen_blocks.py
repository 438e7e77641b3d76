"""Real blocks of Kaustinen-2, 3, 4 and 6, executed from their witnesses: receipts as their clients had them,
exactly the touched keys, exactly the new values, and so the root.

``verkle-blocks/expected_receipts.json`` holds what the network's own client gives at the right commit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stateless.verdict import Verdict
from stateless.verifier import verify, verify_all
from stateless.verkle_steps import EXECUTION_CHECKS
from tests.stateless.samples import unhex
from tests.vectors import vector_files

FILES = "verkle-blocks/kaustinen[2346]*block*.json"
# without a whole header they cannot be run
BARE = {"kaustinen6-block1", "kaustinen6-block98-witness-only"}
BLOCKS = [each for each in vector_files(FILES) if Path(str(each.values[0])).stem not in BARE]


def judged(document: Any, **options: Any) -> Verdict:
    (verdict,) = verify_all(json.dumps(document).encode(), "block.json", **options)
    return verdict


def reason(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.verdict, None if verdict.error is None else verdict.error.code


@pytest.mark.parametrize("path", BLOCKS)
def test_a_block(path: Path, vectors: Path) -> None:
    document = json.loads(path.read_bytes())
    (verdict,) = verify_all(path.read_bytes(), path.name)
    assert verdict.verdict == "valid", verdict.error
    assert verdict.executed
    name = document["network"].split("-")[0]
    assert verdict.rules == name
    checks = {check.name: check.status for check in verdict.checks}
    assert {checks[each] for each in EXECUTION_CHECKS} == {"passed"}
    assert checks["post_state_root"] == "passed"
    assert verdict.sizes["surplus_keys"] == 0
    expected = json.loads((vectors / "verkle-blocks/expected_receipts.json").read_bytes())[path.stem]
    assert [
        (row["status"], row["gasUsed"], row["cumulativeGasUsed"], row["logs"], row["contractAddress"])
        for row in expected
    ] == [
        (
            receipt["status"],
            receipt["gas_used"],
            receipt["cumulative_gas_used"],
            len(receipt["logs"]),  # type: ignore[arg-type]
            None if receipt["contract_address"] is None else "0x" + receipt["contract_address"].hex(),  # type: ignore[attr-defined]
        )
        for receipt in verdict.receipts or ()
    ]
    # what the answer rests on: the history account's header, and what failed creations read
    rests = [each for each in verdict.assumptions if each.code == "ACCOUNT_BY_RULE"]
    assert sum(each.opcode is None for each in rests) == (name != "kaustinen2")
    failed = sum(receipt["status"] == 0 for receipt in expected)
    assert sum(each.opcode == "CREATE" for each in rests) == (2 if name == "kaustinen6" else 1) * failed


def test_there_are_thirteen(vectors: Path) -> None:
    assert (
        len(BLOCKS) == len(json.loads((vectors / "verkle-blocks/expected_receipts.json").read_bytes())) == 13
    )


@pytest.mark.parametrize(
    ("file", "rules"),
    [
        ("kaustinen2-nov24-block13", "kaustinen3"),
        ("kaustinen3-block15", "kaustinen2"),
        ("kaustinen3-block15", "kaustinen4"),
        ("kaustinen4-block353", "kaustinen3"),
        ("kaustinen6-block72", "kaustinen7"),
    ],
)
def test_other_rules_than_its_own_do_not_explain_a_block(vectors: Path, file: str, rules: str) -> None:
    verdict = verify(vectors / f"verkle-blocks/{file}.json", rules=rules)
    assert verdict.verdict in {"invalid", "incomplete"}


def test_the_first_block_of_kaustinen_6_has_no_whole_header(vectors: Path) -> None:
    """What it lacks keeps it from being run, but its root is wrong whatever it lacks."""
    assert reason(verify(vectors / "verkle-blocks/kaustinen6-block1.json")) == (
        "invalid",
        "POST_ROOT_MISMATCH",
    )
    bare = verify(vectors / "verkle-blocks/kaustinen6-block98-witness-only.json")
    assert reason(bare) == ("incomplete", "HEADER_INCOMPLETE")
    document = json.loads((vectors / "verkle-blocks/kaustinen6-block98-witness-only.json").read_bytes())
    assert bare.post_state_root == unhex(document["postStateRoot"])


def test_strictly_nothing_is_taken_from_the_rules(vectors: Path) -> None:
    folder = vectors / "verkle-blocks"
    assert reason(verify(folder / "kaustinen2-nov13-block3.json", strict=True)) == ("valid", None)
    for file in ("kaustinen2-nov24-block13", "kaustinen3-block15", "kaustinen6-block72"):
        assert reason(verify(folder / f"{file}.json", strict=True)) == ("incomplete", "ACCOUNT_BY_RULE")


@pytest.mark.parametrize(("value", "code"), [(b"\x01" * 32, "WRITE_DIFFERS"), (None, "WRITE_MISSING")])
def test_a_changed_new_value_is_refused(vectors: Path, value: bytes | None, code: str) -> None:
    document = json.loads((vectors / "verkle-blocks/kaustinen4-block353.json").read_bytes())
    leaf = next(
        leaf
        for stem in document["executionWitness"]["stateDiff"]
        for leaf in stem["suffixDiffs"]
        if leaf.get("newValue")
    )
    leaf["newValue"] = None if value is None else "0x" + value.hex()
    assert reason(judged(document)) == ("invalid", code)


def test_a_block_without_its_last_transaction_is_refused(vectors: Path) -> None:
    document = json.loads((vectors / "verkle-blocks/kaustinen2-nov24-block13.json").read_bytes())
    document["header"].pop("transactionsTrie", None)
    document["transactions"].pop()
    assert judged(document).verdict == "invalid"
