"""``bench tree`` and ``bench prove``: what is measured, from which state, and beside whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import examples
from cli.bench_tree import random_keys, random_rows
from cli.exit_codes import ExitCode
from tests.cli.calling import CHAIN, call
from tests.cli.test_bench import peers, report
from verkle.tree import Tree

ROOT = json.loads(CHAIN.read_text())["genesis"]["stateRoot"]


def test_a_tree_of_a_source_and_of_random_leaves() -> None:
    for arguments, name, leaves in (
        ((CHAIN,), "tree/transfer-new", 14),
        (("--leaves", "50"), "tree/random-50", 50),
    ):
        said = call("bench", "tree", *arguments, "--json")
        (result,) = said.json()["results"]
        assert (said.code, result["name"], result["phase"], result["keys"]) == (0, name, "total", leaves)
        assert result["leaves_per_s"] > 0


def test_keys_of_a_state() -> None:
    said = call("bench", "prove", "--state", CHAIN, "--keys", "9", "--json")
    results = {result["phase"]: result for result in said.json()["results"]}
    assert said.code == 0
    assert list(results) == ["prove", "shape_and_proof", "rebuild", "check"]
    assert results["prove"]["keys"] == 9
    assert results["prove"]["peak_memory_bytes"] > 1 << 20
    assert results["check"]["median_ms"] < results["prove"]["median_ms"] * 100


@pytest.mark.parametrize("number", ["15", "100000"])
def test_more_keys_than_there_are(number: str) -> None:
    said = call("bench", "prove", "--state", CHAIN, "--keys", number)
    assert said.code == ExitCode.INCOMPLETE
    assert "TOO_FEW_LEAVES" in said.err


def test_random_keys_are_there() -> None:
    tree = Tree()
    rows = {row.key: row.value for row in random_rows(300)}
    tree.put(rows)
    keys = random_keys(tree, 200)
    assert len(set(keys)) == 200
    assert set(keys) <= rows.keys()


@pytest.mark.parametrize(("root", "code"), [(ROOT, ExitCode.VALID), ("0x" + "11" * 32, ExitCode.CROSS_CHECK)])
def test_a_peer_must_come_to_the_same_root(tmp_path: Path, root: str, code: ExitCode) -> None:
    said_by = report(post_state_root=root, implementation="go-verkle")
    folder = peers(tmp_path, said_by)
    for arguments in (("tree", CHAIN), ("prove", "--state", CHAIN, "--keys", "3")):
        said = call("bench", *arguments, "--peers-dir", folder)
        assert said.code == code
        assert ("comes to the root" in said.err) == (code == ExitCode.CROSS_CHECK)


def test_help() -> None:
    for command, lines in (("tree", examples.BENCH_TREE), ("prove", examples.BENCH_PROVE)):
        shown = call("bench", command, "--help").out
        assert all(line in shown for line in lines)
