"""``stateless state``: what it prints, and how it ends."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cli import examples
from stateless.genesis import alloc_leaves, parse_genesis
from stateless.rules import RULE_SETS
from tests.cli.calling import CHAIN, PROJECT, call
from tests.verkle_tree.leaves import grown, random_leaves
from verkle.lmdb_store import LmdbStore

GENESIS = json.loads(CHAIN.read_text())["genesis"]
ROOT = GENESIS["stateRoot"]
LEAVES = dict(alloc_leaves(parse_genesis(GENESIS["alloc"]).accounts, RULE_SETS["kaustinen7"]))
KEY, VALUE = min(LEAVES.items())


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store"
    assert call("state", "build", CHAIN, "-o", path).code == 0
    return path


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "leaves.csv"
    rows = "".join(f"0x{key.hex()},0x{value.hex()}\n" for key, value in random_leaves(900, 1).items())
    path.write_text("key,value\n" + rows)
    return path


def test_build(tmp_path: Path) -> None:
    path = tmp_path / "store"
    said = call("state", "build", CHAIN, "-o", path)
    assert said.code == 0
    assert said.out.splitlines()[:3] == [
        f"root    {ROOT}", f"leaves  {len(LEAVES)} under 7 stems", "rules   kaustinen7"
    ]  # fmt: skip
    assert "new leaves a second" in said.err
    again = call("state", "build", CHAIN, "-o", path, "--json").json()
    assert (again["schema"], again["kind"], again["rules"]) == ("stateless/state/1", "genesis", "kaustinen7")
    assert (again["root"], again["stems"], again["leaves"]) == (ROOT, 7, len(LEAVES))
    assert (again["stems_before"], again["leaves_before"], again["exit_code"]) == (7, len(LEAVES), 0)
    assert again["store_bytes"] > 1000
    assert "held 14 leaves before" in call("state", "build", CHAIN, "-o", path).err
    assert call("-q", "state", "build", CHAIN, "-o", path).err == ""


def test_build_in_two_processes(tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verkle.build.LEAST_BATCH", 100)
    said = call("state", "build", csv, "-o", tmp_path / "store", "--jobs", "2", "--json").json()
    assert said["root"] == f"0x{grown(random_leaves(900, 1)).root.hex()}"
    assert said["rules"] is None
    assert "not said" in call("state", "build", csv, "-o", tmp_path / "store").out


def test_root(store: Path, csv: Path) -> None:
    for source in (CHAIN, store):
        said = call("state", "root", source)
        assert (said.code, said.out, said.err) == (0, f"{ROOT}\n", "")
        assert call("state", "root", source, "--json").json()["root"] == ROOT
    assert call("state", "root", CHAIN, "--rules", "kaustinen6").out != f"{ROOT}\n"
    assert call("state", "root", csv, "-j", "2").out == f"0x{grown(random_leaves(900, 1)).root.hex()}\n"


def test_get(store: Path) -> None:
    for source in (CHAIN, store):
        for key in (KEY.hex(), f"0x{KEY.hex()}"):
            said = call("state", "get", source, key)
            assert (said.code, said.out) == (0, f"0x{VALUE.hex()}\n")
        said = call("state", "get", source, "00" * 32)
        assert (said.code, said.out) == (0, "absent\n")
        found = call("state", "get", source, KEY.hex(), "--json").json()
        assert (found["key"], found["value"]) == (f"0x{KEY.hex()}", f"0x{VALUE.hex()}")
        assert call("state", "get", source, "00" * 32, "--json").json()["value"] is None


def test_stats(store: Path, csv: Path) -> None:
    from_file, from_store = (call("state", "stats", source, "--json").json() for source in (CHAIN, store))
    assert from_store["root"] == ROOT
    assert from_store["store_bytes"] == sum(file.stat().st_size for file in store.iterdir())
    for name in ("stems", "leaves", "inner_nodes", "stems_by_depth", "stems_by_leaves", "leaf_bytes"):
        assert from_file[name] == from_store[name]
    assert (from_file["leaves"], from_file["root"], from_file["store_bytes"]) == (len(LEAVES), None, None)
    shown = call("state", "stats", csv, encoding="ascii").out
    assert "leaves       900 under 900 stems" in shown
    assert "#####" in shown
    assert "stems by depth\n  1" in shown
    assert "1-2" not in shown


def test_stats_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("key,value\n")
    said = call("state", "stats", path)
    assert (said.code, said.out.splitlines()[0]) == (0, "leaves       0 under 0 stems")
    assert call("state", "root", path).out == f"0x{'00' * 32}\n"


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["root", "nothing"], 2, "no such file"),
        (["root", "{chain}", "--rules", "kaustinen8"], 2, "kaustinen7"),
        (["root", "{chain}", "--jobs", "0"], 2, "--jobs"),
        (["get", "{chain}", "0x00"], 2, "32 bytes"),
        (["get", "{chain}", "0x" + "zz" * 32], 2, "32 bytes"),
        (["build", "{chain}"], 2, "-o"),
        (["root", "{here}"], 3, "STORE_FOREIGN"),
        (["build", "{chain}", "-o", "{chain}"], 3, "STORE_FOREIGN"),
        (["root", "{chain}", "--max-bytes", "10"], 3, "INPUT_TOO_LARGE"),
        (["root", "{bad}"], 3, "line 1"),
        (["root", "{alloc}"], 4, "--rules"),
        (["root", "{store}", "--rules", "kaustinen6"], 4, "STORE_RULES"),
        (["build", "{chain}", "-o", "{here}/no/folder"], 70, "machine: STORE_UNWRITABLE"),
        (["build", "{store}", "-o", "{store}"], 70, "STORE_LOCKED"),
    ],
)
def test_refusals(tmp_path: Path, store: Path, words: list[str], code: int, text: str) -> None:
    (tmp_path / "bad").write_text("no,csv\n")
    (tmp_path / "alloc").write_text(json.dumps(GENESIS["alloc"]))
    places = {
        "chain": CHAIN, "here": tmp_path, "store": store, "bad": tmp_path / "bad", "alloc": tmp_path / "alloc"
    }  # fmt: skip
    said = call("state", *(word.format(**places) for word in words))
    assert (said.code, said.out) == (code, "")
    assert text in said.err
    assert "Traceback" not in said.err


def test_interrupted(tmp_path: Path, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is there, and the same command comes to the end."""
    path = tmp_path / "store"
    put, calls = LmdbStore.put, []

    def interrupted(store: LmdbStore, records: dict[bytes, bytes]) -> None:
        calls.append(len(records))
        if len(calls) == 4:
            raise KeyboardInterrupt
        put(store, records)

    monkeypatch.setattr("stateless.states.build", _in_small_batches)
    with monkeypatch.context() as patch:
        patch.setattr(LmdbStore, "put", interrupted)
        said = call("state", "build", csv, "-o", path)
    assert said.code == 130
    written = call("state", "stats", path, "--json").json()["leaves"]
    assert 0 < written < 900
    assert said.err == f"{written} leaves written; the same command goes on from there\ninterrupted\n"
    assert call("state", "build", csv, "-o", path, "--json").json()["leaves"] == 900


def _in_small_batches(*arguments: object, **options: object) -> object:
    from verkle.build import build

    return build(*arguments, **options, batch_leaves=100)  # type: ignore[arg-type]


def test_the_terminal_shows_progress(csv: Path) -> None:
    said = call("state", "root", csv, terminal=True)
    assert said.out.startswith("0x")
    assert "leaves/s" in said.err
    assert "leaves/s" not in call("-q", "state", "root", csv, terminal=True).err


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fixtures").symlink_to(PROJECT / "fixtures")
    monkeypatch.chdir(tmp_path)
    groups = {"": examples.STATE} | {
        name: getattr(examples, f"STATE_{name.upper()}") for name in ("build", "root", "get", "stats")
    }
    for name, lines in groups.items():
        shown = call("state", *filter(None, [name]), "--help").out
        assert max(map(len, shown.splitlines())) <= 100
        for line in lines:
            assert line in shown
            if line.startswith("stateless "):
                assert call(*shlex.split(line)[1:]).code == 0, line


def test_piped(tmp_path: Path) -> None:
    """As the example with zcat, in a process of its own."""
    with CHAIN.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "cli", "state", "root", "-"],
            stdin=stream,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == f"{ROOT}\n"
