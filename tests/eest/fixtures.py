"""Small fixtures of others, changed in one place each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stateless.eest.fixture import TestResult
from stateless.eest.run import Kind, run_tests

BLOCKS = "eest/ethereum-tests/BlockchainTests"
GOOD = f"{BLOCKS}/ValidBlocks/bcValidBlockTest/SimpleTx.json"
BAD_SECOND = f"{BLOCKS}/InvalidBlocks/bcInvalidHeaderTest/timeDiff0.json"
TWO_FAULTS = f"{BLOCKS}/InvalidBlocks/bcStateTests/TransactionNonceCheck.json"
STATES = "eest/eest-v5.4.0/state_tests"


def one(path: Path) -> dict[str, Any]:
    """The first test of a file."""
    for fixture in json.loads(path.read_text(encoding="utf-8")).values():
        assert isinstance(fixture, dict)
        return fixture
    raise AssertionError(path)


def run_one(fixture: dict[str, Any], kind: Kind) -> TestResult:
    """The result of a fixture that has one."""
    (result,) = run_tests(json.dumps({"it": fixture}).encode(), kind)
    return result


def changed(fixture: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A copy, with something changed in it."""
    copy: dict[str, Any] = json.loads(json.dumps(fixture))
    change(copy)
    return copy


def code_of(result: TestResult) -> str | None:
    """The code of the error, ``None`` if there is none."""
    assert (result.status == "failed") == (result.error is not None)
    return None if result.error is None else result.error.code
