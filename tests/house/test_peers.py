"""The harness of the Go peers: what it says when it can measure, and when it cannot."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import stateless
from verkle.tree import Tree

RUN = Path("benchmarks") / "peers" / "run.py"


@pytest.fixture(scope="module")
def peers(project: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("peers_run", project / RUN)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built(project: Path) -> None:
    """Skips where the peers cannot be built, as they need not be."""
    done = subprocess.run(
        [sys.executable, RUN, "build"], cwd=project, capture_output=True, text=True, check=False
    )
    if done.returncode == 4:
        pytest.skip(f"no peers here: {done.stderr.strip().splitlines()[0]}")
    assert done.returncode == 0, done.stderr


def _run(project: Path, *arguments: str | Path, **env: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, RUN, *arguments],
        cwd=project,
        env=dict(os.environ) | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def _fake(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_without_go(project: Path, peers: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(peers.PeerError) as caught:
        peers.find_go()
    assert caught.value.code == "GO_ABSENT"
    assert caught.value.exit_code == 4


def test_with_an_old_go(project: Path, tmp_path: Path) -> None:
    _fake(tmp_path, "go", "echo go1.20.3")
    code, said, _ = _run(project, "multiproof", "x.json", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (code, said["error"]["code"], said["results"]) == (4, "GO_TOO_OLD", [])


@pytest.mark.parametrize(("command", "expected"), [("mod", "MODULES_UNAVAILABLE"), ("build", "BUILD_FAILED")])
def test_go_that_fails(project: Path, tmp_path: Path, command: str, expected: str) -> None:
    script = f'case "$1" in {command}) echo "no such host" >&2; exit 1;; *) echo go1.26.1;; esac'
    _fake(tmp_path, "go", script)
    code, said, _ = _run(
        project,
        "multiproof",
        "x.json",
        PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert (code, said["error"]["code"]) == (4, expected)
    assert "no such host" in said["error"]["message"]


@pytest.mark.parametrize("script", ["exit 0", "echo nonsense", "echo '{}'", "kill -9 $$"])
def test_a_peer_without_a_report(peers: ModuleType, tmp_path: Path, script: str) -> None:
    with pytest.raises(peers.PeerError) as caught:
        peers.measure("multiproof", tmp_path / "x.json", binary=_fake(tmp_path, "peer", script))
    assert caught.value.code == "RUN_FAILED"


def test_sources_are_formatted(project: Path) -> None:
    gofmt = shutil.which("gofmt")
    if gofmt is None:
        pytest.skip("gofmt is not installed")
    said = subprocess.run(
        [gofmt, "-l", "."], cwd=project / RUN.parent / "go", capture_output=True, check=True
    )
    assert said.stdout == b""


@pytest.mark.slow
def test_go_ipa_accepts_the_true_and_refuses_the_false(
    project: Path, vectors: Path, built: None, tmp_path: Path
) -> None:
    code, said, _ = _run(project, "multiproof", vectors / "multiproof" / "n16.json", "--runs", "2")
    (result,) = said["results"]
    assert code == 0
    assert (said["schema"], said["error"]) == ("stateless/peers/1", None)
    assert (result["implementation"], result["threads"]) == ("go-ipa", 1)
    assert (result["openings"], result["commitments"]) == (16, 16)
    assert set(result["phases"]) == {"decode", "verify", "total"}
    for decode, verify, total in zip(
        *(result["phases"][n] for n in ("decode", "verify", "total")), strict=True
    ):
        assert decode + verify == pytest.approx(total, abs=0.002)

    false = json.loads((vectors / "multiproof" / "n16.json").read_text())
    false["y"][3] = ("01" if false["y"][3].startswith("00") else "00") + false["y"][3][2:]
    (tmp_path / "false.json").write_text(json.dumps(false))
    code, said, _ = _run(project, "multiproof", tmp_path / "false.json", "--runs", "1")
    assert code == 1
    assert said["results"][0]["accepted"] is False
    assert said["results"][0]["reason"] == "the proof is false"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kaustinen6-block72", "kaustinen2-nov24-block13"])
def test_go_verkle_finds_the_root_of_the_header(project: Path, vectors: Path, built: None, name: str) -> None:
    path = vectors / "verkle-blocks" / f"{name}.json"
    code, said, _ = _run(project, "witness", path, "--runs", "1")
    (result,) = said["results"]
    assert code == 0
    assert result["post_state_root"] == json.loads(path.read_text())["header"]["stateRoot"]
    assert set(result["phases"]) == {"decode", "pre_tree", "proof", "post_root", "total"}


@pytest.mark.slow
def test_go_verkle_refuses_against_another_root(project: Path, vectors: Path, built: None) -> None:
    path = vectors / "verkle-blocks" / "invalid-kaustinen6-block72.json"
    parent = json.loads((vectors / "verkle-blocks" / "kaustinen6-block72.json").read_text())[
        "parentStateRoot"
    ]
    code, said, _ = _run(project, "witness", path, "--pre-root", parent, "--runs", "1")
    assert code == 1
    assert said["results"][0]["accepted"] is False


@pytest.mark.slow
def test_the_schema_of_fixtures(project: Path, built: None) -> None:
    path = project / "fixtures" / "blocks" / "transfer-new-then-spend.json"
    code, said, _ = _run(project, "witness", path, "--block", "1", "--runs", "1")
    assert code == 0
    assert (
        said["results"][0]["post_state_root"]
        == json.loads(path.read_text())["blocks"][1]["header"]["stateRoot"]
    )


@pytest.mark.slow
def test_a_proof_by_go_verkle_is_accepted_here(project: Path, built: None, tmp_path: Path) -> None:
    """Present keys, absent ones under another stem and under an empty slot, some with shared prefixes."""
    leaves = {sha256(bytes([i, j])).digest(): bytes([i + 1]) * 32 for i in range(40) for j in range(4)}
    leaves |= {bytes([7, 7, i]) + bytes(28) + b"\x80": bytes([i]) * 32 for i in range(1, 20)}
    asked = [
        *sorted(leaves)[::9],
        *(sha256(bytes([200, i])).digest() for i in range(20)),
        bytes([7, 7]) + bytes(30),
    ]
    source = {
        "leaves": [[f"0x{key.hex()}", f"0x{value.hex()}"] for key, value in leaves.items()],
        "keys": [f"0x{key.hex()}" for key in sorted(asked)],
    }
    (tmp_path / "tree.json").write_text(json.dumps(source))
    out = tmp_path / "witness.json"
    code, said, _ = _run(project, "tree", tmp_path / "tree.json", "--runs", "1", "--witness", out)
    tree = Tree()
    tree.put(leaves)
    assert (code, said["results"][0]["post_state_root"]) == (0, f"0x{tree.root.hex()}")
    verdict = stateless.verify(out.read_bytes(), proof_only=True)
    assert verdict.valid
    assert verdict.pre_state_root == tree.root


@pytest.mark.slow
def test_a_file_that_the_peer_cannot_read(project: Path, built: None, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    code, said, _ = _run(project, "multiproof", tmp_path / "x.json")
    assert (code, said["error"]["code"]) == (2, "INPUT_UNREADABLE")
