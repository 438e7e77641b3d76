"""``bench``: what it measures holds, what does not hold is not measured, and peers stand beside ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.exit_codes import ExitCode
from cli.measuring import Measured, Phases, repeat, summed
from tests.cli import calling
from tests.cli.calling import call
from verkle import multiproof
from verkle.banderwagon import encode_many
from verkle.pedersen import commit_many

RESULT = ["name", "implementation", "phase", "runs", "median_ms", "min_ms", "iqr_ms"]


@pytest.fixture(scope="module")
def proof() -> dict[str, Any]:
    """A small multiproof in the schema of go-ipa's vectors: two commitments, three openings each."""
    vectors = [{0: 5, 7: 6}, {1: 8}]
    commitments = encode_many(commit_many(vectors))
    openings = [(i, z, vectors[i].get(z, 0)) for i in (0, 1) for z in (0, 1, 7)]
    made = multiproof.prove(b"multiproof", vectors, commitments, openings)
    return {
        "C": [commitment.hex() for commitment in commitments],
        "z": [z for _, z, _ in openings],
        "y": [y.to_bytes(32, "little").hex() for _, _, y in openings],
        "proof": multiproof.proof_to_bytes(made).hex(),
    }


def write(folder: Path, document: dict[str, Any]) -> Path:
    file = folder / "small.json"
    file.write_text(json.dumps(document))
    return file


def test_multiproof_json(tmp_path: Path, proof: dict[str, Any]) -> None:
    said = call("bench", "multiproof", write(tmp_path, proof), "--json")
    document = said.json()
    assert list(document) == ["schema", "exit_code", "machine", "backend", "results", "peers_error"]
    assert document["schema"] == "stateless/bench/1"
    assert document["exit_code"] == said.code == ExitCode.VALID
    assert [result["phase"] for result in document["results"]] == ["decode", "verify", "total"]
    for result in document["results"]:
        assert list(result)[: len(RESULT)] == RESULT
        assert (result["name"], result["implementation"], result["runs"]) == (
            "multiproof/small",
            "stateless",
            5,
        )
        assert (result["openings"], result["commitments"]) == (6, 2)
        assert 0 < result["min_ms"] <= result["median_ms"]


@pytest.mark.parametrize(
    ("change", "code", "exit_code"),
    [
        ({"y": ["00" * 32] * 6}, "PROOF_IPA_FALSE", ExitCode.INVALID),
        ({"y": ["ff" * 32] * 6}, "SCALAR_NOT_CANONICAL", ExitCode.INVALID),
        ({"C": ["ff" * 32] * 2}, "POINT_NOT_CANONICAL", ExitCode.INVALID),
        ({"y": ["00" * 31] * 6}, "HEX_LENGTH", ExitCode.MALFORMED),
        ({"y": ["00" * 32] * 5}, "WITNESS_COUNT", ExitCode.MALFORMED),
        ({"C": []}, "WITNESS_COUNT", ExitCode.MALFORMED),
        ({"z": [0, 1, 7, 0, 1, 256]}, "FIELD_RANGE", ExitCode.MALFORMED),
        ({"z": [0, 1, 7, 0, 1, -1]}, "FIELD_RANGE", ExitCode.MALFORMED),
        ({"z": None}, "FIELD_TYPE", ExitCode.MALFORMED),
        ({"proof": "00" * 575}, "HEX_LENGTH", ExitCode.MALFORMED),
        ({"proof": "00" * 577}, "HEX_LENGTH", ExitCode.MALFORMED),
        ({"proof": "zz" * 576}, "HEX_SYNTAX", ExitCode.MALFORMED),
    ],
    ids=str,
)
def test_a_proof_that_does_not_hold_is_not_measured(
    tmp_path: Path, proof: dict[str, Any], change: dict[str, Any], code: str, exit_code: ExitCode
) -> None:
    said = call("bench", "multiproof", write(tmp_path, proof | change))
    assert (said.code, said.out) == (exit_code, "")
    assert code in said.err


@pytest.mark.parametrize("missing", ["C", "z", "y", "proof"])
def test_a_missing_member(tmp_path: Path, proof: dict[str, Any], missing: str) -> None:
    document = {name: value for name, value in proof.items() if name != missing}
    said = call("bench", "multiproof", write(tmp_path, document))
    assert said.code == ExitCode.MALFORMED
    assert "FIELD_MISSING" in said.err


def test_verify_json() -> None:
    said = call("bench", "verify", calling.CHAIN, "--json")
    results = said.json()["results"]
    assert said.code == ExitCode.VALID
    assert [result["phase"] for result in results] == [
        "decode", "shape", "proof", "rebuild", "check", "total", "verdict",
    ]  # fmt: skip
    by_phase = {result["phase"]: result["median_ms"] for result in results}
    assert by_phase["proof"] < by_phase["check"] < by_phase["total"]
    assert all(result["blocks"] == 2 for result in results)


def test_a_block_that_is_not_valid_is_not_measured() -> None:
    for file, code in ((calling.FALSE_PROOF, "PROOF_IPA_FALSE"), (calling.NO_WITNESS, "NO_WITNESS")):
        said = call("bench", "verify", file)
        assert said.out == ""
        assert code in said.err
        assert said.code in {ExitCode.INVALID, ExitCode.INCOMPLETE}


def test_the_table(tmp_path: Path, proof: dict[str, Any]) -> None:
    said = call("bench", "multiproof", write(tmp_path, proof))
    assert "multiproof/small, 6 openings, 2 commitments, 5 runs" in said.out
    assert "ratio" not in said.out
    assert "╭" in call("bench", "multiproof", write(tmp_path, proof), terminal=True).out


PEER = """
import json, sys
print(json.dumps({SAID}))
sys.exit(CODE)
"""


def peers(folder: Path, said: dict[str, Any], code: int = 0) -> Path:
    """A folder with a ``run.py`` that says this."""
    (folder / "run.py").write_text(PEER.replace("{SAID}", repr(said)).replace("CODE", str(code)))
    return folder


def report(**changes: Any) -> dict[str, Any]:
    result = {
        "input": "x",
        "implementation": "go-ipa",
        "version": "v1",
        "accepted": True,
        "reason": None,
        "post_state_root": None,
        "phases": {"total": [2.0] * 5, "decode": [1.0] * 5, "verify": [1.0] * 5},
    }
    return {"schema": "stateless/peers/1", "results": [result | changes], "error": None}


def test_peers_stand_beside_ours(tmp_path: Path, proof: dict[str, Any]) -> None:
    arguments = ("bench", "multiproof", write(tmp_path, proof), "--peers-dir", peers(tmp_path, report()))
    results = call(*arguments, "--json").json()["results"]
    assert [(r["implementation"], r["phase"]) for r in results][3:] == [
        ("go-ipa", "decode"), ("go-ipa", "verify"), ("go-ipa", "total"),
    ]  # fmt: skip
    assert results[-1]["median_ms"] == 2.0
    said = call(*arguments)
    assert " x go-ipa" in next(line for line in said.out.splitlines() if "stateless       total" in line)


def test_a_peer_of_another_opinion_is_news(tmp_path: Path, proof: dict[str, Any]) -> None:
    folder = peers(tmp_path, report(accepted=False, reason="no!", phases={}), code=1)
    said = call("bench", "multiproof", write(tmp_path, proof), "--peers-dir", folder, "--json")
    assert said.code == ExitCode.CROSS_CHECK == said.json()["exit_code"]
    assert "go-ipa refuses multiproof/small: no!" in said.err
    folder = peers(tmp_path, report(post_state_root="0x" + "11" * 32))
    said = call("bench", "verify", calling.TRANSFER, "--peers-dir", folder)
    assert said.code == ExitCode.CROSS_CHECK


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            {
                "schema": "stateless/peers/1",
                "results": [],
                "error": {"code": "GO_ABSENT", "message": "Go is not installed", "next_step": "install it"},
            },
            "GO_ABSENT",
        ),
        ({"schema": "other", "results": [], "error": None}, "RUN_FAILED"),
        ({"results": []}, "RUN_FAILED"),
        ({"schema": "stateless/peers/1", "results": [], "error": None}, "RUN_FAILED"),
    ],
    ids=["absent", "schema", "keys", "empty"],
)
def test_no_peer_to_be_had(tmp_path: Path, proof: dict[str, Any], said: dict[str, Any], code: str) -> None:
    file = write(tmp_path, proof)
    done = call("bench", "multiproof", file, "--peers-dir", peers(tmp_path, said, 4), "--json")
    assert done.code == ExitCode.UNSUPPORTED
    assert done.json()["peers_error"]["code"] == code
    assert len(done.json()["results"]) == 3, "ours are measured all the same"
    assert "next: " in done.err


def test_no_folder_of_peers(tmp_path: Path, proof: dict[str, Any]) -> None:
    done = call("bench", "multiproof", write(tmp_path, proof), "--peers-dir", tmp_path / "nowhere", "--json")
    assert done.json()["peers_error"]["code"] == "PEERS_ABSENT"


def test_several_blocks_are_added_up(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import json, sys\n"
        f"said = {report(implementation='go-verkle')!r}\n"
        "number = int(sys.argv[sys.argv.index('--block') + 1])\n"
        "assert sys.argv[1] == 'witness' and '--pre-root' in sys.argv\n"
        "said['results'][0]['phases'] = {'total': [10.0 ** number] * 5}\n"
        "print(json.dumps(said))\n"
    )
    results = call("bench", "verify", calling.CHAIN, "--peers-dir", tmp_path, "--json").json()["results"]
    assert (results[-1]["implementation"], results[-1]["median_ms"]) == ("go-verkle", 11.0)


def test_medians_and_quartiles() -> None:
    measured = Measured("a", "b", "c", (1.0, 2.0, 3.0, 4.0, 100.0))
    assert (measured.median_ms, measured.iqr_ms) == (3.0, 2.0)
    assert Measured("a", "b", "c", (1.0,)).iqr_ms == 0.0


def test_a_run_to_warm_up_is_not_counted() -> None:
    calls = []

    def work(phases: Phases) -> None:
        calls.append(len(calls))
        phases.lap("a")
        phases.lap("b")
        phases.lap("a")

    laps = repeat(work, 5)
    assert len(calls) == 6
    assert {phase: len(ms) for phase, ms in laps.items()} == {"a": 5, "b": 5}
    assert summed({"a": (1.0, 2.0), "b": (3.0, 4.0)}, ("a", "b")) == (4.0, 6.0)


def test_growth_is_linear() -> None:
    """The program under benchmarks/ runs; that its ratios hold is for a quiet machine to say."""
    from benchmarks.growth import line, make, worst_doubling

    rows = [{"openings": n, "total_min_ms": 10.0 + 2.0 * n} for n in (1, 2, 4, 8, 16)]
    assert line(rows) == (10.0, 2.0)  # type: ignore[arg-type]
    assert worst_doubling(rows) < 2.0  # type: ignore[arg-type]
    assert worst_doubling([{"total_min_ms": 1.0}, {"total_min_ms": 4.0}]) == 4.0
    encoded, openings, _ = make("deep", 64)
    assert (len(encoded), len(openings)) == (16, 64)
    assert len({(i, z) for i, z, _ in openings}) == 64
    assert sys.modules["benchmarks.growth"]
