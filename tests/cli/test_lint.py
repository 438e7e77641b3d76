"""``stateless lint`` as it is called: text, JSON, SARIF, exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from stateless.inspection.lint_rules import RULES
from tests.cli import calling
from tests.cli.calling import call

BLOCKS = calling.FIXTURES / "blocks"
PATRICIA = calling.FIXTURES / "patricia" / "three-transactions.json"
KINDS = calling.FIXTURES / "node-kinds" / "absence-of-present.json"
REFUSED = calling.FIXTURES / "broken" / "depth-zero.json"


def test_a_clean_block() -> None:
    said = call("lint", "--strict", PATRICIA)
    assert (said.code, said.err) == (ExitCode.VALID, "")
    assert "nothing found" in said.out


def test_no_line_ends_in_blanks(vectors: Path) -> None:
    said = call("lint", vectors / "verkle-blocks" / "kaustinen6-block72.json")
    assert "is not bound: it comes from the file." in said.out
    assert all(line == line.rstrip() for line in said.out.splitlines())


def test_findings_by_rule_with_advice() -> None:
    said = call("lint", calling.PACKED)
    assert said.code == ExitCode.VALID
    assert "warning absence-node-kind" in said.out
    assert "(52 times)" in said.out
    assert "… and 46 more (--all)" in said.out
    assert RULES["absence-node-kind"].help in said.out
    assert "more (--all)" not in call("lint", "--all", calling.PACKED).out
    assert call("lint", "--strict", calling.PACKED).code == ExitCode.INVALID


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (PATRICIA, 0), (KINDS, 0), (REFUSED, 1), (calling.TRUNCATED, 3), (calling.NO_WITNESS, 5),
        (calling.CHAIN, 0),
    ],
    ids=str,
)  # fmt: skip
def test_json_has_one_shape(file: Path, code: int) -> None:
    said = call("lint", "--json", file)
    document = said.json()
    assert list(document) == ["schema", "version", "exit_code", "findings", "blocks"]
    assert said.code == code == document["exit_code"]
    assert document["findings"] == sum(len(block["findings"]) for block in document["blocks"])
    for block in document["blocks"]:
        assert list(block) == ["input", "name", "tree", "findings", "notes", "error"]
        for finding in block["findings"]:
            assert list(finding) == ["rule", "level", "message", "place", "key"]
            assert finding["rule"] in RULES


def check_sarif(log: dict[str, Any]) -> list[dict[str, Any]]:
    """What SARIF 2.1.0 requires of the parts that are used (sections 3.13 to 3.28); the results."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "stateless"
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) == {"id", "shortDescription", "help", "defaultConfiguration"}
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
        assert rule["shortDescription"]["text"]
    (invocation,) = run["invocations"]
    assert isinstance(invocation["executionSuccessful"], bool)
    results = run["results"]
    assert isinstance(results, list)
    for result in results:
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri
        assert " " not in uri
        (logical,) = location["logicalLocations"]
        assert logical["fullyQualifiedName"]
        assert all(isinstance(value, str) for value in result.get("partialFingerprints", {}).values())
    return results


@pytest.mark.parametrize("file", [PATRICIA, KINDS, REFUSED, calling.PACKED, BLOCKS], ids=str)
def test_sarif(file: Path) -> None:
    said = call("lint", "--sarif", file)
    log = said.json()
    results = check_sarif(log)
    document = call("lint", "--json", file).json()
    found = [finding for block in document["blocks"] for finding in block["findings"]]
    assert [result["ruleId"] for result in results] == [finding["rule"] for finding in found]
    assert log["runs"][0]["invocations"][0]["exitCode"] == said.code
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_sarif_of_what_cannot_be_read() -> None:
    said = call("lint", "--sarif", calling.TRUNCATED)
    assert said.code == ExitCode.MALFORMED
    assert check_sarif(said.json()) == []
    (invocation,) = said.json()["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "JSON_SYNTAX" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_a_witness_that_is_not_legal() -> None:
    said = call("lint", REFUSED)
    assert said.code == ExitCode.INVALID
    assert "witness-refused" in said.out
    assert "EXTENSION_DEPTH" in said.err
    assert check_sarif(call("lint", "--sarif", REFUSED).json())[0]["level"] == "error"


def test_how_bytes_are_written_is_found_in_the_file(tmp_path: Path) -> None:
    document = json.loads((BLOCKS / "tx-types.json").read_text())
    witness = document["blocks"][0]["executionWitness"]
    witness["verkleProof"]["d"] = "0x" + witness["verkleProof"]["d"][2:].upper()
    file = tmp_path / "upper.json"
    file.write_text(json.dumps(document))
    assert "hex-upper-case" in call("lint", file).out
    packed = tmp_path / "upper.json.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    (block,) = call("lint", "--json", packed).json()["blocks"]
    (finding,) = block["findings"]
    assert finding["place"] == "blocks[0].executionWitness.verkleProof.d"


def test_several_inputs_are_summed_up() -> None:
    said = call("lint", BLOCKS, PATRICIA)
    assert said.code == ExitCode.VALID
    assert said.out.splitlines()[-1].startswith("52 findings in 23 blocks")


def test_static_executes_nothing() -> None:
    said = call("lint", "--static", PATRICIA)
    assert "not executed" in said.out


def test_a_witness_with_its_block_beside_it(vectors: Path) -> None:
    folder = vectors / "patricia-blocks"
    alone = call("lint", folder / "devnet-1.witness.json")
    assert "NO_BLOCK" in alone.out
    beside = ("--block", folder / "devnet-1.block.json", "--rules", "prague")
    both = call("lint", folder / "devnet-1.witness.json", *beside)
    assert "cannot be executed" not in both.out
    assert "pre-root-asserted" not in both.out
    assert "keys-listed" in both.out


def test_calls_that_mean_nothing() -> None:
    for arguments in (("--json", "--sarif", PATRICIA), ("no/such",), (PATRICIA, "--rules", "nothing"), ()):
        assert call("lint", *arguments).code == ExitCode.USAGE


def test_plain_and_drawn() -> None:
    assert call("lint", KINDS, encoding="ascii").out.isascii()
    assert "\x1b[" in call("lint", KINDS, terminal=True).out
    assert call("-q", "lint", PATRICIA).out == ""


def test_other_files_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    said = call("lint", tmp_path)
    assert (said.code, said.out) == (ExitCode.VALID, "")
    assert call("lint", tmp_path / "other.json").code == ExitCode.MALFORMED
