"""The JSON of ``verify``: its keys are a contract, and its exit code is the process's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import calling
from tests.cli.calling import call

TOP = ["schema", "version", "exit_code", "results"]
RESULT = [
    "input", "name", "tree", "rules", "rules_from", "verdict", "executed", "assumptions", "block",
    "pre_state_root", "pre_state_root_from", "post_state_root", "gas_used", "checks", "receipts", "sizes",
    "peak_memory_bytes", "error",
]  # fmt: skip
SIZES = {
    "witness_bytes", "proof_bytes", "values_bytes", "commitments", "openings", "stems", "keys", "code_chunks",
}  # fmt: skip


@pytest.mark.parametrize(
    "file",
    [calling.TRANSFER, calling.CHAIN, calling.FALSE_PROOF, calling.TRUNCATED, calling.NO_WITNESS],
    ids=lambda path: path.name,
)
@pytest.mark.parametrize("options", [(), ("--proof-only",), ("--proof-only", "--strict")], ids=" ".join)
def test_keys_and_exit_code(file: Path, options: tuple[str, ...]) -> None:
    said = call("verify", "--json", *options, file)
    document = said.json()
    assert list(document) == TOP
    assert document["schema"] == "stateless/verdict/1"
    assert document["exit_code"] == said.code
    assert document["results"]
    for result in document["results"]:
        assert list(result) == RESULT
        assert result["input"] == str(file)
        assert (result["error"] is None) == (result["verdict"] == "valid")
        if result["error"] is not None:
            assert list(result["error"]) == ["code", "stage", "message", "where", "expected", "got"]
            assert result["error"]["stage"]
        for check in result["checks"]:
            assert list(check) == ["name", "status", "expected", "got", "ms"]
            assert check["status"] in {"passed", "failed", "skipped"}
        if result["block"] is not None:
            assert list(result["block"]) == ["number", "hash", "transactions"]


def test_what_a_valid_block_says() -> None:
    result = call("verify", "--json", "--proof-only", calling.TRANSFER).json()["results"][0]
    assert result["verdict"] == "valid"
    assert result["tree"] == "verkle"
    assert not result["executed"]
    assert set(result["sizes"]) >= SIZES
    for root in (result["pre_state_root"], result["post_state_root"], result["block"]["hash"]):
        assert len(bytes.fromhex(root.removeprefix("0x"))) == 32
    assert result["pre_state_root_from"] == "parent_header"
    assert isinstance(result["block"]["number"], int)
    statuses = {check["name"]: check["status"] for check in result["checks"]}
    assert statuses["proof"] == statuses["post_state_root"] == statuses["block_hash"] == "passed"
    assert statuses["execution"] == "skipped"


def test_assumptions_have_their_keys() -> None:
    file = calling.FIXTURES / "node-kinds" / "absence-of-present.json"
    result = call("verify", "--json", "--proof-only", file).json()["results"][0]
    assert result["verdict"] == "valid"
    assert result["assumptions"]
    for assumption in result["assumptions"]:
        assert list(assumption) == ["code", "what", "transaction", "opcode", "key"]
        assert assumption["code"] == "ABSENCE_NODE_KIND"
    strict = call("verify", "--json", "--proof-only", "--strict", file)
    assert (strict.code, strict.json()["results"][0]["error"]["code"]) == (1, "ABSENCE_NODE_KIND")


def test_json_lines_are_the_results() -> None:
    files = (calling.CHAIN, calling.TRUNCATED, calling.FALSE_PROOF)
    whole = call("verify", "--json", "--proof-only", *files)
    lines = call("verify", "--jsonl", "--proof-only", *files)
    assert lines.code == whole.code
    results = [json.loads(line) for line in lines.out.splitlines()]
    assert [_timeless(result) for result in results] == [_timeless(r) for r in whole.json()["results"]]
    assert [result["name"] for result in results][:2] == ["transfer-new#1", "transfer-new#2"]


def test_no_colour_gets_into_json() -> None:
    said = call("verify", "--json", "--proof-only", "--color", "always", calling.TRANSFER, terminal=True)
    assert "\x1b" not in said.out
    said.json()


def test_json_is_ascii_whatever_names_are(tmp_path: Path) -> None:
    file = tmp_path / "blöck \x1b[31m ✓.json"
    file.write_bytes(calling.TRANSFER.read_bytes())
    said = call("verify", "--json", "--proof-only", file, encoding="ascii")
    assert said.out.isascii()
    assert said.json()["results"][0]["input"] == str(file)


def _timeless(result: dict[str, object]) -> dict[str, object]:
    checks = result["checks"]
    assert isinstance(checks, list)
    return result | {"peak_memory_bytes": None, "checks": [check | {"ms": None} for check in checks]}
