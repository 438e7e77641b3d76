"""The shape of a verdict: keys as the command-line contract lists them, and nothing but plain values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stateless.checks import NOT_REACHED, VERKLE_CHECKS, CheckLog
from stateless.header_rules import HEADER_RULES
from stateless.verdict import (
    EXIT_CODES,
    Assumption,
    Check,
    Outcome,
    Verdict,
    to_plain,
    worst_exit_code,
)
from stateless.verifier import peak_memory_bytes, verify, verify_all
from tests.stateless.samples import broken, diff, judge, load
from verkle.errors import InvalidError

RESULT_KEYS = [
    "input", "name", "tree", "rules", "rules_from", "verdict", "executed", "assumptions", "block",
    "pre_state_root", "pre_state_root_from", "post_state_root", "gas_used", "checks", "receipts", "sizes",
    "peak_memory_bytes", "error",
]  # fmt: skip


def verdicts(vectors: Path) -> list[Verdict]:
    """One of each kind."""
    sample = load(vectors)
    return [
        judge(sample),
        judge(broken(sample, lambda d: diff(d).pop())),
        judge(sample, proof_only=False),
        verify(vectors / "verkle-blocks/kaustinen6-block73.json", proof_only=True),
        verify(vectors / "verkle-blocks/no-parent-root/kaustinen5-block27.json", proof_only=True),
        verify(vectors / "verkle-forged/absence-honest-shown.json", proof_only=True),
        *verify_all(b"{", "broken", proof_only=True),
    ]


def test_keys_are_those_of_the_contract(vectors: Path) -> None:
    for verdict in verdicts(vectors):
        result = verdict.to_json()
        assert list(result) == RESULT_KEYS
        assert json.loads(json.dumps(result)) == result
        for assumption in result["assumptions"]:  # type: ignore[attr-defined]
            assert list(assumption) == ["code", "what", "transaction", "opcode", "key"]
        for check in result["checks"]:  # type: ignore[attr-defined]
            assert list(check) == ["name", "status", "expected", "got", "ms"]
        if result["block"] is not None:
            assert list(result["block"]) == ["number", "hash", "transactions"]  # type: ignore[call-overload]
        if result["error"] is not None:
            assert list(result["error"]) == ["code", "stage", "message", "where", "expected", "got"]  # type: ignore[call-overload]
        assert (result["error"] is None) == (result["verdict"] == "valid")
        assert (result["receipts"] is None) == (not result["executed"])


def test_sizes_have_the_same_keys_in_every_verdict_on_a_block(vectors: Path) -> None:
    found = verdicts(vectors)[:-1]
    assert len({tuple(verdict.to_json()["sizes"]) for verdict in found}) == 1  # type: ignore[arg-type]
    wanted = {
        "witness_bytes",
        "proof_bytes",
        "values_bytes",
        "commitments",
        "openings",
        "stems",
        "keys",
        "code_chunks",
    }
    assert wanted <= set(found[0].sizes)
    assert found[3].sizes["openings"] == 217
    assert found[3].sizes["stems"] == 91


def test_every_verdict_has_the_same_rows(vectors: Path) -> None:
    for verdict in verdicts(vectors)[:-1]:
        assert [check.name for check in verdict.checks] == list(VERKLE_CHECKS)
        for check in verdict.checks:
            assert (check.note is not None) == (check.status == "skipped")
    for name, _ in HEADER_RULES:
        assert name in VERKLE_CHECKS


def test_values_are_plain(vectors: Path) -> None:
    result = verdicts(vectors)[1].to_json()
    error = result["error"]
    assert isinstance(error, dict)
    assert (error["expected"], error["got"]) == (4, 5)
    assert str(result["pre_state_root"]).startswith("0x")
    assert to_plain({"path": b"\x01", 2: (b"", [None, True, 1.5])}) == {
        "path": "0x01",
        "2": ["0x", [None, True, 1.5]],
    }
    assert to_plain({b"a"}) == ["0x61"]
    assert to_plain(Path("x")) == "x"


def test_times_are_in_milliseconds(vectors: Path) -> None:
    verdict = judge(load(vectors))
    times = {check.name: check.ms for check in verdict.checks}
    assert times["proof"] is not None
    assert 0.1 < times["proof"] < 60_000
    assert times["execution"] is None


@pytest.mark.parametrize(("outcome", "code"), EXIT_CODES.items())
def test_exit_codes(outcome: Outcome, code: int) -> None:
    assert Verdict(input="", name="", verdict=outcome).exit_code == code
    assert worst_exit_code([Verdict(input="", name="", verdict=outcome)]) == code


def test_the_worst_of_several() -> None:
    order: list[Outcome] = ["valid", "incomplete", "unsupported", "malformed", "invalid"]
    for count in range(1, 6):
        some = [Verdict(input="", name="", verdict=outcome) for outcome in order[:count]]
        assert worst_exit_code(some) == worst_exit_code(reversed(some)) == EXIT_CODES[order[count - 1]]
    assert worst_exit_code([]) == 0


def test_the_log_keeps_what_failed_and_what_was_not_reached() -> None:
    log = CheckLog()
    with log.timed("witness_shape"):
        pass
    with pytest.raises(InvalidError), log.timed("proof"):
        raise InvalidError("PROOF_IPA_FALSE", "false", expected=1, got=2)
    log.skip("because", "execution")
    rows = {check.name: check for check in log.rows("verkle")}
    assert (rows["witness_shape"].status, rows["proof"].status) == ("passed", "failed")
    assert (rows["proof"].expected, rows["proof"].got) == (1, 2)
    assert (rows["execution"].note, rows["post_state_root"].note) == ("because", NOT_REACHED)


def test_small_records() -> None:
    assert Check("proof", "passed", b"\x01", 2, 1.23456).to_json() == {
        "name": "proof", "status": "passed", "expected": "0x01", "got": 2, "ms": 1.235,
    }  # fmt: skip
    assert Assumption("ABSENCE_NODE_KIND", "so", 3, "CALL", b"\x02").to_json() == {
        "code": "ABSENCE_NODE_KIND", "what": "so", "transaction": 3, "opcode": "CALL", "key": "0x02",
    }  # fmt: skip


def test_peak_memory_is_in_bytes() -> None:
    peak = peak_memory_bytes()
    assert peak is not None
    assert 5 << 20 < peak < 64 << 30
