"""``blocktest`` and ``statetest``: what they print, the exit code, and what they leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from stateless.eest import patricia_chain
from stateless.patricia_view import PatriciaView
from tests.cli.calling import FIXTURES, call
from witness.patricia.container import PatriciaWitness

SUITE = "eest/ethereum-tests/BlockchainTests"
SIMPLE = f"{SUITE}/ValidBlocks/bcValidBlockTest/SimpleTx.json"
STATE = "eest/eest-v5.4.0/state_tests/cancun/eip1153_tstore"


@pytest.fixture
def files(vectors: Path, tmp_path: Path) -> Path:
    """A test that passes, one that fails, one of another network; a file of another kind."""
    fixture = next(iter(json.loads((vectors / SIMPLE).read_text()).values()))
    wrong = fixture | {"lastblockhash": "0x" + "00" * 32}
    write(tmp_path / "a.json", {"good": fixture, "other": fixture | {"network": "Berlin"}})
    write(tmp_path / "b.json", {"wrong": wrong})
    write(tmp_path / "c.json", {"what": "else"})
    return tmp_path


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))


def test_json_is_the_object_of_the_design(files: Path) -> None:
    said = call("blocktest", files, "--json")
    assert said.code == ExitCode.INVALID
    assert said.err == "skipped 1 JSON file of another kind, found while searching\n"
    found = said.json()
    results = found.pop("results")
    assert found == {"schema": "stateless/tests/1", "passed": 1, "failed": 1, "skipped": 1}
    assert [set(result) for result in results] == [{"name", "fork", "status", "error"}] * 3
    assert [(result["name"], result["fork"], result["status"]) for result in results] == [
        ("good", "Cancun", "passed"),
        ("other", "Berlin", "skipped"),
        ("wrong", "Cancun", "failed"),
    ]
    assert results[2]["error"]["code"] == "TEST_LAST_BLOCK"
    assert results[0]["error"] is None


def test_lines_are_failures_and_the_sum(files: Path) -> None:
    said = call("blocktest", files)
    failure, total = said.out.splitlines()
    assert failure.startswith("failed   wrong  Cancun  TEST_LAST_BLOCK: ")
    assert total.startswith("1 passed, 1 failed, 1 skipped (Berlin 1), ")
    assert said.err.splitlines()[-1].startswith("next, TEST_LAST_BLOCK: ")
    assert "next, " not in call("blocktest", files, "-q").err
    assert call("blocktest", files, "-q").out == failure + "\n"
    every = call("blocktest", files, "-v").out.splitlines()
    assert [line.split()[:2] for line in every[:3]] == [
        ["passed", "good"],
        ["skipped", "other"],
        ["failed", "wrong"],
    ]


def test_a_table_on_a_terminal(files: Path) -> None:
    said = call("blocktest", files, terminal=True, env={"NO_COLOR": "1"})
    assert "Cancun" in said.out
    assert "1 passed, 1 failed, 1 skipped" in said.out


def test_run_chooses_by_id(files: Path) -> None:
    said = call("blocktest", files, "--run", "^go+d$", "--json")
    assert said.code == ExitCode.VALID
    assert [result["name"] for result in said.json()["results"]] == ["good"]
    nothing = call("blocktest", files, "--run", "no such test")
    assert nothing.code == ExitCode.USAGE
    assert "no test has an id that 'no such test' matches" in nothing.err
    assert call("blocktest", files, "--run", "(").code == ExitCode.USAGE


def test_several_processes_give_the_same(files: Path) -> None:
    alone = call("blocktest", files, "--json")
    assert call("blocktest", files, "--json", "--jobs", "2") == alone


def test_inputs_that_cannot_be_read(files: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for argument in (files / "c.json", FIXTURES / "broken" / "truncated.json", tmp_path / "empty"):
        said = call("blocktest", argument, "--json")
        assert said.code == ExitCode.MALFORMED
        (result,) = said.json()["results"]
        assert result["name"] == str(argument)
        assert result["fork"] is None
        assert result["error"]["stage"] == "DECODE"
    assert call("blocktest", files / "nowhere").code == ExitCode.USAGE
    # a test that fails is worse than a file that cannot be read
    assert call("blocktest", files / "b.json", files / "c.json").code == ExitCode.INVALID


def test_standard_input(files: Path) -> None:
    said = call("blocktest", "-", stdin=(files / "a.json").read_bytes())
    assert said.code == ExitCode.VALID
    assert said.out.startswith("1 passed, 0 failed, 1 skipped (Berlin 1)")


def test_a_cross_check_that_differs_has_its_own_code(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(view: PatriciaView, *_: Any) -> PatriciaWitness:
        return PatriciaWitness((), (), ())

    monkeypatch.setattr(patricia_chain, "make_witness", nothing)
    said = call("blocktest", files)
    assert said.code == ExitCode.CROSS_CHECK
    assert "CROSS_CHECK_DIFFERS" in said.out


def test_a_fault_of_the_program_is_no_result(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr(patricia_chain, "run_on_state", stumble)
    said = call("blocktest", files / "a.json", "-v")
    assert said.code == ExitCode.INTERNAL
    assert "internal error: RuntimeError: oops" in said.err
    assert "Traceback" in said.err


def test_state_tests(vectors: Path) -> None:
    said = call("statetest", vectors / STATE, "--run", "fork_Cancun", "--json")
    assert said.code == ExitCode.VALID
    found = said.json()
    assert found["passed"] == len(found["results"]) > 10
    assert {result["fork"] for result in found["results"]} == {"Cancun"}
    # the other command's files are none of this one's
    assert call("statetest", vectors / SIMPLE).code == ExitCode.MALFORMED
