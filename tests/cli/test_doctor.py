"""``doctor``: it tells a fit installation from one that computes something else."""

from __future__ import annotations

import re

import pytest

from cli import self_test
from cli.exit_codes import ExitCode
from tests.cli.calling import call

KEYS = [
    "schema", "version", "exit_code", "python", "machine", "tables", "backend", "compiled", "libraries",
    "self_test", "warnings",
]  # fmt: skip


def test_fit() -> None:
    said = call("doctor", "--json")
    document = said.json()
    assert list(document) == KEYS
    assert document["schema"] == "stateless/doctor/1"
    assert document["exit_code"] == said.code == ExitCode.VALID
    assert all(test["passed"] and test["ms"] >= 0 for test in document["self_test"])
    assert document["backend"]["arithmetic"] == "py_arkworks_bls12381.Scalar"
    assert document["backend"]["keccak"] in {"safe-pysha3", "pycryptodome", "plain Python"}
    assert document["machine"]["bits"] in {32, 64}
    assert document["compiled"]["py_arkworks_bls12381"]


def test_in_words() -> None:
    said = call("doctor")
    assert said.out.splitlines()[-1] == "fit: everything that verify needs works here"
    assert re.search(r"^library +lmdb [\d.]+$", said.out, re.MULTILINE)
    for heading in ("stateless", "python", "system", "cpu", "memory", "arithmetic", "keccak", "self-test"):
        assert f"\n{heading}" in "\n" + said.out
    assert "fit" in call("doctor", terminal=True).out
    assert call("-q", "doctor").out == ""


@pytest.mark.parametrize("options", [(), ("-q",), ("--json",), ("--color", "always")], ids=str)
def test_an_installation_that_computes_something_else(
    monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    broken = bytearray(self_test.MULTIPROOF)
    broken[-32] ^= 1
    monkeypatch.setattr(self_test, "MULTIPROOF", bytes(broken))
    said = call("doctor", *options)
    assert said.code == ExitCode.INTERNAL
    if "--json" in options:
        assert said.json()["exit_code"] == ExitCode.INTERNAL
    else:
        assert "NOT FIT" in said.out


def test_a_library_that_raises_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> bytes:
        raise OSError("illegal instruction")

    monkeypatch.setattr("witness.keccak.keccak256", broken)
    said = call("doctor", "--json")
    assert said.code == ExitCode.INTERNAL
    assert said.json()["self_test"][0] == {
        "name": "keccak-256 of nothing",
        "passed": False,
        "ms": said.json()["self_test"][0]["ms"],
        "error": "OSError: illegal instruction",
    }


def test_slower_paths_are_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("witness.keccak.KECCAK_BACKEND", "pycryptodome")
    monkeypatch.setattr("cli.machine._is_compiled", lambda _: False)
    said = call("doctor")
    assert said.code == ExitCode.VALID
    assert "keccak by pycryptodome" in said.out
    assert "blake3 runs without its compiled part" in said.out
