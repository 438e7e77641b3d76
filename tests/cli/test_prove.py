"""``prove``: what is asked for, what is written, what is said, what is refused."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli import examples
from cli.exit_codes import ExitCode
from tests.cli.calling import CHAIN, PROJECT, call
from witness.decode import decode_blocks

FORGED = PROJECT / "fixtures" / "node-kinds"
STEM = "0ba0fc88d287587e846f3749fc75717afdbf3dff893fcc61a88dc535af00ba"
THERE, ABSENT = f"0x{STEM}00", f"0x{STEM}ff"


def lines(folder: Path, *keys: str) -> Path:
    file = folder / "keys.txt"
    file.write_text("\n".join(keys))
    return file


def written(folder: Path, document: object) -> Path:
    file = folder / "diff.json"
    file.write_text(json.dumps(document))
    return file


def block(number: int = 0) -> dict[str, Any]:
    """A block of the chain; its first is on the genesis."""
    found: dict[str, Any] = json.loads(CHAIN.read_text())["blocks"][number]
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "state.store"
    assert call("state", "build", CHAIN, "-o", path).code == 0
    return path


def kinds_csv(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    """The state of a published witness as a CSV, and the file's content."""
    facts = json.loads((FORGED / f"{name}.json").read_text())
    rows = [
        f"{stem}{int(suffix):02x},{value}"
        for stem, leaves in facts["state"].items()
        for suffix, value in leaves.items()
    ]
    file = folder / "state.csv"
    file.write_text("\n".join(rows))
    return file, facts


@pytest.mark.parametrize("to", ["json", "ssz", "cbor"])
def test_keys(tmp_path: Path, store: Path, to: str) -> None:
    """From a store and from its genesis the same witness, which verifies."""
    keys = lines(tmp_path, "# two keys", "", f"{ABSENT[2:]}  # absent", THERE)
    outputs = [tmp_path / f"{k}.{to}" for k in range(2)]
    for source, output in zip((store, CHAIN), outputs, strict=True):
        said = call("prove", "--state", source, "--keys", keys, "-o", output, "--json")
        document = said.json()
        assert (said.code, document["schema"], document["encoding"]) == (0, "stateless/prove/1", to)
        assert (document["keys"], document["stems"], document["bytes"]) == (2, 1, output.stat().st_size)
        assert document["kind"] == ("store" if source == store else "genesis")
        assert document["rules"] == "kaustinen7"
        assert document["pre_state_root"] == block()["parentStateRoot"]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    root = ("--pre-root", block()["parentStateRoot"]) if to == "ssz" else ()
    assert ("warning" in said.err) == (to == "ssz")
    checked = call("verify", "--proof-only", "--strict", "--json", outputs[0], *root)
    assert checked.code == 0
    assert checked.json()["results"][0]["sizes"]["keys"] == 2


def test_a_diff_is_proven_as_geth_proves_it(tmp_path: Path, store: Path) -> None:
    witness = block()["executionWitness"]
    diff = written(tmp_path, {"stateDiff": witness["stateDiff"]})
    said = call("prove", "--state", store, "--diff", diff, "-o", tmp_path / "w.json")
    assert said.code == 0
    assert "keys" in said.out
    made = json.loads((tmp_path / "w.json").read_text())
    assert made == {**witness, "parentStateRoot": block()["parentStateRoot"]}
    verdict = call("verify", "--proof-only", "--json", tmp_path / "w.json").json()["results"][0]
    assert verdict["post_state_root"] == block()["header"]["stateRoot"]


def test_a_diff_on_another_state(tmp_path: Path, store: Path) -> None:
    """The second block's diff begins from the first block's state."""
    diff = written(tmp_path, {"stateDiff": block(1)["executionWitness"]["stateDiff"]})
    output = tmp_path / "w.json"
    output.write_text("before")
    said = call("prove", "--state", store, "--diff", diff, "-o", output)
    assert said.code == ExitCode.INVALID
    assert "DIFF_PRE_VALUE" in said.err
    assert output.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"state.store", "diff.json", "w.json"}


def test_new_values_that_are_no_change(tmp_path: Path, store: Path) -> None:
    value = call("state", "get", store, THERE).out.strip()
    leaf = {"suffix": 0, "currentValue": value, "newValue": value}
    diff = written(tmp_path, {"stateDiff": [{"stem": f"0x{STEM}", "suffixDiffs": [leaf]}]})
    said = call("prove", "--state", store, "--diff", diff, "-o", tmp_path / "w.cbor", "--json")
    assert (said.json()["keys"], said.json()["new_values"]) == (1, 0)
    assert call("verify", "--proof-only", tmp_path / "w.cbor").code == 0


def test_no_keys(tmp_path: Path, store: Path) -> None:
    """The witness of nothing, as geth writes it."""
    said = call("prove", "--state", store, "--keys", lines(tmp_path, "# none"), "-o", tmp_path / "w.json")
    assert said.code == 0
    assert "0 keys" in said.out
    assert call("verify", "--proof-only", tmp_path / "w.json").code == 0


@pytest.mark.parametrize("to", ["json", "ssz", "cbor"])
def test_strict(tmp_path: Path, to: str) -> None:
    """What the format leaves open is said; with --strict it is shown, and what was added for it is said."""
    state, facts = kinds_csv(tmp_path, "absence-honest-not-shown")
    diff = written(tmp_path, facts["executionWitness"])
    root = ("--pre-root", facts["parentStateRoot"]) if to == "ssz" else ()
    loose, strict = tmp_path / f"loose.{to}", tmp_path / f"strict.{to}"

    said = call("prove", "--state", state, "--diff", diff, "-o", loose, "--json")
    assert "1 absence rests on a node's kind" in said.err
    assert [entry["path"] for entry in said.json()["assumptions"]] == ["0x55"]
    assert call("verify", "--proof-only", loose, *root).code == 0
    assert call("verify", "--proof-only", "--strict", loose, *root).code == ExitCode.INVALID

    said = call("prove", "--state", state, "--diff", diff, "-o", strict, "--strict", "--json")
    document = said.json()
    assert document["assumptions"] == []
    assert document["kind_openings"] == (to == "cbor")
    assert len(document["added_keys"]) == (to != "cbor")
    for key in document["added_keys"]:
        assert key in said.err
    assert ("1 opening added" in said.err) == (to == "cbor")
    checked = call("verify", "--proof-only", "--strict", "--json", strict, *root).json()["results"][0]
    assert (checked["verdict"], checked["assumptions"]) == ("valid", [])


def test_through_pipes(store: Path) -> None:
    said = call(
        "prove", "--state", store, "--keys", "-", "-o", "-", "--to", "cbor",
        stdin=f"{THERE}\r\n".encode(), encoding="latin-1",
    )  # fmt: skip
    assert said.code == 0
    assert "1 key, 1 stem" in said.err
    (found,) = decode_blocks(said.out.encode("latin-1"), "-")
    assert found.witness is not None
    assert [stem.stem.hex() for stem in found.witness.state_diff] == [STEM]


def test_a_state_through_a_pipe(tmp_path: Path) -> None:
    words = ["prove", "--state", "-", "--keys", str(lines(tmp_path, THERE)), "-o", "-", "--to", "json", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=PROJECT, input=CHAIN.read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["parentStateRoot"] == block()["parentStateRoot"]


@pytest.mark.parametrize(
    ("keys", "code", "line"),
    [
        (f"{THERE}\n{THERE}", "KEY_REPEATED", 2),
        (f"{THERE}\n\n{THERE.upper().replace('X', 'x')}", "KEY_REPEATED", 3),
        (f"# a\n{THERE[:-2]}", "KEY_LENGTH", 2),
        (f"{THERE}00", "KEY_LENGTH", 1),
        (f"{THERE} {ABSENT}", "HEX_SYNTAX", 1),
        (f"0X{THERE[2:]}", "HEX_SYNTAX", 1),
        (f"{THERE},", "HEX_SYNTAX", 1),
        ("0x", "KEY_LENGTH", 1),
        ("clé", "HEX_SYNTAX", 1),
    ],
)
def test_keys_are_read_strictly(tmp_path: Path, store: Path, keys: str, code: str, line: int) -> None:
    said = call("prove", "--state", store, "--keys", lines(tmp_path, keys), "-o", tmp_path / "w.json")
    assert code in said.err
    assert f"line {line}" in said.err
    assert said.code == (ExitCode.INVALID if code == "KEY_REPEATED" else ExitCode.MALFORMED)
    assert not (tmp_path / "w.json").exists()


def leaf(**changes: Any) -> dict[str, Any]:
    return {"suffix": 255, "currentValue": None, "newValue": None} | changes


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "FIELD_TYPE"),
        ({}, "FIELD_MISSING"),
        ({"stateDiff": {}}, "FIELD_TYPE"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": []}]}, "STEM_WITHOUT_SUFFIX"),
        ({"stateDiff": [{"stem": STEM[2:], "suffixDiffs": [leaf()]}]}, "HEX_LENGTH"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf(), leaf()]}]}, "KEY_REPEATED"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf()]}] * 2}, "KEY_REPEATED"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf(suffix=256)]}]}, "FIELD_RANGE"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf(newValue="0x00")]}]}, "HEX_LENGTH"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf(currentValue="00" * 32)]}]}, "DIFF_PRE_VALUE"),
        ({"stateDiff": [{"stem": STEM, "suffixDiffs": [leaf(suffix=0)]}]}, "DIFF_PRE_VALUE"),
    ],
)  # fmt: skip
def test_a_diff_is_read_strictly(tmp_path: Path, store: Path, document: object, code: str) -> None:
    said = call("prove", "--state", store, "--diff", written(tmp_path, document), "-o", tmp_path / "w.json")
    assert code in said.err
    assert said.code in {ExitCode.INVALID, ExitCode.MALFORMED}
    assert not (tmp_path / "w.json").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-o", "w.json"), "say what to prove"),
        (("-o", "w.json", "--keys", "k", "--diff", "d"), "one of them"),
        (("-o", "w", "--keys", "k"), "does not say the encoding"),
        (("-o", "w", "--keys", "k", "--to", "rlp"), "none of json, ssz, cbor"),
        (("-o", "-", "--to", "json", "--json", "--keys", "k"), "mixed"),
        (("-o", "w.json", "--keys", "k", "--rules", "kaustinen9"), "no rule set"),
        (("-o", "w.json", "--keys", "k", "--jobs", "0"), "below 1"),
        (("-o", "w.json", "--keys", "absent.txt"), "no such file"),
        (("--keys", "k"), "-o"),
    ],
)
def test_usage(store: Path, arguments: tuple[str, ...], reason: str) -> None:
    said = call("prove", "--state", store, *arguments)
    assert said.code == ExitCode.USAGE
    assert reason in said.err


def test_one_standard_input() -> None:
    said = call("prove", "--state", "-", "--keys", "-", "-o", "w.json")
    assert said.code == ExitCode.USAGE
    assert "only one input" in said.err


def test_an_output_that_cannot_be_written(tmp_path: Path, store: Path) -> None:
    said = call("prove", "--state", store, "--keys", lines(tmp_path, THERE), "-o", tmp_path / "no" / "w.json")
    assert said.code == ExitCode.USAGE
    assert said.out == ""


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fixtures").symlink_to(PROJECT / "fixtures")
    monkeypatch.chdir(tmp_path)
    assert call("state", "build", CHAIN, "-o", "transfer-new.store").code == 0
    lines(tmp_path, THERE)
    written(tmp_path, {"stateDiff": block()["executionWitness"]["stateDiff"]})
    shown = call("prove", "--help").out
    for example in examples.PROVE:
        assert example in shown
        assert call(*shlex.split(example)[1:]).code == 0
