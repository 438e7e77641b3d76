"""Every kind of answer, from real blocks, by the installed command."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import FIXTURES, MODULE, stateless
from tests.vectors import vector_files

MANIFEST: list[dict[str, Any]] = json.loads((FIXTURES / "MANIFEST.json").read_text())
VERDICTS = {0: "valid", 1: "invalid", 3: "malformed", 4: "unsupported", 5: "incomplete"}


@pytest.mark.parametrize(("executed", "options", "code"), [(False, ["--proof-only"], 1), (True, [], 1)])
def test_every_fixture_has_the_answer_of_its_manifest(executed: bool, options: list[str], code: int) -> None:
    plain = [row for row in MANIFEST if "command" not in row and "options" not in row]
    rows = [row for row in plain if row.get("executed", False) is executed]
    done = stateless("verify", *options, "--json", *(FIXTURES / row["file"] for row in rows))
    document = done.json()
    assert document["exit_code"] == done.code == code
    assert all(result["executed"] is executed for result in document["results"] if not result["error"])
    by_input: dict[str, set[tuple[str, str | None]]] = {}
    for result in document["results"]:
        reason = result["error"]["code"] if result["error"] else None
        by_input.setdefault(result["input"], set()).add((result["verdict"], reason))
    assert by_input == {str(FIXTURES / row["file"]): {(row["verdict"], row["code"])} for row in rows}
    assert "Traceback" not in done.err


def test_all_real_blocks(vectors: Path) -> None:
    """The answers that the README of the vectors states for the devnets' blocks."""
    done = stateless("verify", "--proof-only", "--json", vectors / "verkle-blocks")
    document = done.json()
    assert document["exit_code"] == done.code == 1
    assert done.err == "skipped 1 JSON file of another kind, found while searching\n"
    refused = {}
    for result in document["results"]:
        if result["verdict"] != "valid":
            refused[Path(result["input"]).stem] = (result["verdict"], result["error"]["code"])
            continue
        statuses = {check["name"]: check["status"] for check in result["checks"]}
        assert statuses["proof"] == "passed"
        if result["block"]["hash"] is not None:
            assert statuses["post_state_root"] == statuses["block_hash"] == "passed"
    assert len(document["results"]) == 19
    assert refused == {
        "kaustinen6-block1": ("invalid", "POST_ROOT_MISMATCH"),
        "invalid-kaustinen6-block72": ("incomplete", "NO_PRE_ROOT"),
        "invalid-kaustinen6-block73": ("incomplete", "NO_PRE_ROOT"),
        "kaustinen5-block27": ("incomplete", "NO_PRE_ROOT"),
        "kaustinen6-block97": ("incomplete", "NO_PRE_ROOT"),
    }


@pytest.mark.parametrize(
    ("number", "code"), [(72, "PROOF_IPA_FALSE"), (73, "POINT_NOT_CANONICAL")], ids=["72", "73"]
)
def test_the_published_invalid_witnesses(vectors: Path, number: int, code: str) -> None:
    folder = vectors / "verkle-blocks"
    root = json.loads((folder / f"kaustinen6-block{number}.json").read_text())["parentStateRoot"]
    file = folder / f"invalid-kaustinen6-block{number}.json"
    done = stateless("verify", "--proof-only", "--json", "--pre-root", root, file)
    assert done.code == 1
    assert done.json()["results"][0]["error"]["code"] == code


def test_the_first_block_of_kaustinen_6_explains_itself(vectors: Path) -> None:
    done = stateless("verify", "--proof-only", vectors / "verkle-blocks" / "kaustinen6-block1.json")
    assert done.code == 1
    assert "first block that writes to the history account" in done.out


@pytest.mark.parametrize("file", vector_files("verkle-forged/*.json"))
def test_forged_absences_are_never_accepted_silently(file: Path) -> None:
    expected = json.loads(file.read_text())
    plain, strict = (
        stateless("verify", "--proof-only", "--json", *options, file).json()
        for options in ((), ("--strict",))
    )
    assumed = {a["code"] for a in plain["results"][0]["assumptions"]}
    assert assumed == ({"ABSENCE_NODE_KIND"} if expected["expected"] == "assumption" else set())
    assert (strict["exit_code"] == 0) == (expected["expectedStrict"] == "valid")


def test_plain_verify_points_to_proof_only_where_it_cannot_execute(vectors: Path) -> None:
    file = vectors / "verkle-blocks" / "kaustinen4-block353.json"
    done = stateless("verify", "--rules", "kaustinen5", file)
    assert done.code == 4
    assert "--proof-only" in done.out + done.err


def test_several_processes_judge_a_directory_of_vectors(vectors: Path) -> None:
    done = stateless("verify", "--json", "--jobs", "2", f"{vectors}/verkle-geth/s*.json")
    document = done.json()
    assert document["exit_code"] == done.code
    assert all(result["executed"] for result in document["results"])
    assert len(document["results"]) > 50
    assert {result["verdict"] for result in document["results"]} == {"valid"}


@pytest.mark.slow
def test_one_command_judges_every_witness(vectors: Path) -> None:
    """Over 1,700 witnesses, executed: other stems, depths to 5, up to 1,050 stems."""
    done = stateless(
        "verify", "--jsonl", "--jobs", "2", vectors / "verkle-geth", vectors / "verkle-eest/filled"
    )
    results = [json.loads(line) for line in done.out.splitlines()]
    with_witness = [result for result in results if result["sizes"].get("keys") is not None]
    assert len(with_witness) > 1700
    for result in with_witness:
        in_odd = "/odd/" in result["input"]
        assert result["verdict"] == "valid" or in_odd, (result["input"], result["name"], result["error"])


def test_packed_and_piped() -> None:
    data = (FIXTURES / "blocks" / "transfer-new.json").read_bytes()
    assert stateless("verify", "--proof-only", "-", stdin=data).code == 0
    assert stateless("verify", "--proof-only", "-", stdin=gzip.compress(data)).code == 0


def test_as_a_module() -> None:
    done = stateless("--version", command=MODULE)
    assert done.code == 0
    assert done.out.startswith("stateless ")
