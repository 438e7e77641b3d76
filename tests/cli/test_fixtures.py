"""``stateless fixtures`` as it is called, on this project's own folder and on others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli import fixtures
from cli.exit_codes import ExitCode
from fixtures import build
from stateless.manifest import read_manifest
from stateless.manifest_commands import ask
from tests.cli import calling
from tests.cli.calling import call

MANIFEST = json.loads((calling.FIXTURES / "MANIFEST.json").read_text(encoding="utf-8"))

SOUND = {"file": "x", "what": "", "origin": "", "verdict": "valid", "code": None, "sha256": ""}
"""A row of a manifest."""


def test_list() -> None:
    said = call("fixtures", "list", calling.FIXTURES)
    assert said.code == ExitCode.VALID
    assert len(said.out.splitlines()) == len(MANIFEST)
    document = call("fixtures", "list", calling.FIXTURES, "--run", "^broken/", "--json").json()
    assert document["schema"] == "stateless/fixtures/1"
    assert [row["file"] for row in document["results"]] == [
        row["file"] for row in MANIFEST if row["file"].startswith("broken/")
    ]


def test_the_default_folder_is_the_checkouts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(call("fixtures", "list").out.splitlines()) == len(MANIFEST)


def test_check_holds_the_answers_against_the_manifest(tmp_path: Path) -> None:
    said = call("fixtures", "check", calling.FIXTURES, "--run", "tx-types|point-|patricia", "--json")
    document = said.json()
    assert said.code == ExitCode.VALID == document["exit_code"]
    assert len(document["results"]) == 6
    assert all(row["passed"] and row["differences"] == [] for row in document["results"])
    lines = call("fixtures", "check", calling.FIXTURES, "--run", "point-").out.splitlines()
    assert lines[0].endswith("invalid: POINT_NOT_IN_SUBGROUP")
    assert lines[-1] == "2 files, 0 not as promised"


def test_a_promise_that_is_not_kept(tmp_path: Path) -> None:
    row = next(row for row in MANIFEST if row["file"] == "broken/new-value.json")
    (tmp_path / "broken").mkdir()
    shutil.copy(calling.FIXTURES / row["file"], tmp_path / row["file"])
    gone = row | {"file": "broken/gone.json"}
    (tmp_path / "MANIFEST.json").write_text(json.dumps([row | {"code": "PROOF_IPA_FALSE"}, row, gone]))
    said = call("fixtures", "check", tmp_path)
    assert said.code == ExitCode.INVALID
    first, second, third, last = said.out.splitlines()
    assert "not invalid PROOF_IPA_FALSE" in first
    assert second.endswith("invalid: POST_ROOT_MISMATCH under --proof-only")
    assert "no such file" in third
    assert last == "3 files, 2 not as promised"
    assert call("-q", "fixtures", "check", tmp_path).out.count("\n") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[", ExitCode.MALFORMED),
        ("{}", ExitCode.MALFORMED),
        ("[1]", ExitCode.MALFORMED),
        ('[{"file": "x"}]', ExitCode.MALFORMED),
        ('[{"file":"x","what":"","origin":"","verdict":"fine","code":null,"sha256":""}]', ExitCode.USAGE),
        ('[{"file":"../x","what":"","origin":"","verdict":"valid","code":null,"sha256":""}]', ExitCode.USAGE),
        ('[{"file":"/x","what":"","origin":"","verdict":"valid","code":null,"sha256":""}]', ExitCode.USAGE),
        (json.dumps([SOUND | {"options": {"block": "../x"}}]), ExitCode.USAGE),
        (json.dumps([SOUND | {"options": {"block": 7}}]), ExitCode.MALFORMED),
        (json.dumps([SOUND | {"options": []}]), ExitCode.MALFORMED),
    ],
)
def test_manifests_that_are_none(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "MANIFEST.json").write_text(text)
    for command in ("list", "check"):
        said = call("fixtures", command, tmp_path)
        assert said.code == code
        assert "Traceback" not in said.err


def test_calls_that_mean_nothing(tmp_path: Path) -> None:
    assert call("fixtures", "list", tmp_path).code == ExitCode.USAGE
    assert call("fixtures", "check", calling.FIXTURES, "--run", "(").code == ExitCode.USAGE
    assert call("fixtures", "build", tmp_path).code == ExitCode.USAGE
    assert call("fixtures").code == ExitCode.USAGE


def test_build_makes_the_same_again(vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "made_here", list)  # tests/fixtures/test_verkle_blocks.py makes those again
    monkeypatch.setattr(build, "refused_here", list)  # and test_refusals.py these
    said = call("fixtures", "build", vectors)
    assert said.code == ExitCode.VALID
    rows = [row for row in MANIFEST if not row["file"].startswith(("verkle", "refusals/"))]
    assert json.loads((tmp_path / "MANIFEST.json").read_text(encoding="utf-8")) == rows
    assert f"{len(rows)} files made" in said.err


def test_only_a_checkout_can_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fixtures, "SOURCES", tmp_path)
    said = call("fixtures", "build")
    assert said.code == ExitCode.USAGE
    assert "checkout" in said.err


def test_what_only_proof_only_shows_says_so() -> None:
    """For every other promise the plain command has the same answer."""
    asked = []
    for row in read_manifest(calling.FIXTURES):
        if row.command != "verify" or row.executed:
            assert not row.of_proof_only
            continue
        plain = ask("verify", calling.FIXTURES, row.file, dict(row.options), executed=True)
        same = {(each.verdict, each.error.code if each.error else None) for each in plain} == {
            (row.verdict, row.code)
        }
        assert same != row.of_proof_only, row.file
        asked += [row.file] if row.of_proof_only else []
    lines = call("fixtures", "list", calling.FIXTURES).out.splitlines()
    assert [line.split()[0] for line in lines if " under --proof-only" in line] == asked
