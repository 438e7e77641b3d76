"""What a path may be, and what is skipped, refused, and in what order results come."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli import calling
from tests.cli.calling import Said, call

VALID = calling.TRANSFER.read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two blocks, one of them packed and deeper down; a JSON file of another kind; a file of another name."""
    (tmp_path / "deeper").mkdir()
    (tmp_path / "a.json").write_bytes(VALID)
    (tmp_path / "deeper" / "b.json.gz").write_bytes(gzip.compress(VALID))
    (tmp_path / "package.json").write_text('{"name": "something else"}')
    (tmp_path / "README.md").write_text("words")
    return tmp_path


def names(said: Said) -> list[str]:
    return [Path(json.loads(line)["input"]).name for line in said.out.splitlines()]


def verify(*arguments: str | Path, stdin: bytes = b"") -> Said:
    return call("verify", "--proof-only", "--jsonl", *arguments, stdin=stdin)


def test_a_directory_is_searched_and_what_is_no_input_is_counted(folder: Path) -> None:
    said = verify(folder)
    assert (said.code, names(said)) == (ExitCode.VALID, ["a.json", "b.json.gz"])
    assert said.err == "skipped 1 JSON file of another kind, found while searching\n"


def test_the_same_file_named_is_malformed(folder: Path) -> None:
    said = verify(folder / "package.json")
    assert said.code == ExitCode.MALFORMED
    assert json.loads(said.out)["error"]["code"] == "UNKNOWN_FORMAT"


def test_quiet_does_not_mention_what_is_skipped(folder: Path) -> None:
    assert verify(folder, "-q").err == ""


def test_a_glob_that_no_shell_has_replaced(folder: Path) -> None:
    assert names(verify(f"{folder}/*.json")) == ["a.json"]
    assert names(verify(f"{folder}/**/*.json*")) == ["a.json", "b.json.gz"]


def test_a_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "list.txt").write_text("# two of them\ndeeper\n\na.json\n")
    assert names(verify("@list.txt")) == ["b.json.gz", "a.json"]


def test_standard_input_packed_or_not(folder: Path) -> None:
    for data in (VALID, gzip.compress(VALID)):
        assert names(verify("-", stdin=data)) == ["-"]
        assert names(verify(folder / "a.json", "-", stdin=data)) == ["a.json", "-"]


def test_a_directory_without_blocks_is_malformed(tmp_path: Path) -> None:
    said = verify(tmp_path)
    result = json.loads(said.out)
    assert said.code == ExitCode.MALFORMED
    assert (result["input"], result["error"]["code"]) == (str(tmp_path), "UNKNOWN_FORMAT")
    assert "no JSON file" in result["error"]["message"]
    (tmp_path / "package.json").write_text("{}")
    assert "1 JSON file of another kind" in json.loads(verify(tmp_path).out)["error"]["message"]


def test_an_empty_directory_among_others_is_no_success(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    said = verify(folder / "a.json", empty, folder / "deeper")
    assert said.code == ExitCode.MALFORMED
    assert names(said) == ["a.json", "empty", "b.json.gz"]


def test_order_is_that_of_the_arguments(folder: Path) -> None:
    said = verify(folder / "deeper", calling.CHAIN, folder / "a.json")
    assert names(said) == ["b.json.gz", "transfer-new.json", "transfer-new.json", "a.json"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.json"
    file.write_bytes(VALID)

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    said = verify(file)
    assert said.code == ExitCode.MALFORMED
    assert json.loads(said.out)["error"]["code"] == "INPUT_UNREADABLE"


def test_a_file_that_vanishes_after_it_was_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.judging import find_tasks

    def find_and_delete(arguments: list[str]) -> object:
        tasks = find_tasks(arguments)
        (folder / "a.json").unlink()
        return tasks

    monkeypatch.setattr("cli.judging.find_tasks", find_and_delete)
    said = verify(folder)
    assert said.code == ExitCode.MALFORMED
    assert [json.loads(line)["verdict"] for line in said.out.splitlines()] == ["malformed", "valid"]


@pytest.mark.parametrize("name", ["new\nline.json", "tab\t\x1b[2J.json", "\u202eright to left.json"])
def test_no_file_name_moves_the_cursor(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(VALID)
    for options in ((), ("--color", "always"), ("-v",)):
        said = call("verify", "--proof-only", *options, file)
        assert said.code == ExitCode.VALID
        assert name not in said.out
        assert "\x1b[2J" not in said.out
    assert call("verify", "--proof-only", file).out.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes only there")
def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    file = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.json")
    try:
        Path(file).write_bytes(VALID)
    except OSError:
        pytest.skip("this file system refuses such names")
    assert call("verify", "--proof-only", file).code == ExitCode.VALID
    assert call("verify", "--proof-only", "--json", file).json()["exit_code"] == ExitCode.VALID


def test_too_large_is_refused_by_size(tmp_path: Path) -> None:
    said = verify(calling.TRANSFER, "--max-bytes", "100")
    assert said.code == ExitCode.MALFORMED
    assert json.loads(said.out)["error"]["expected"] == "at most 100 bytes"
    bomb = tmp_path / "bomb.json.gz"
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as stream:
        stream.write(bytes(1 << 24))
    bomb.write_bytes(buffer.getvalue())
    said = verify(bomb, "--max-bytes", "1M")
    assert json.loads(said.out)["error"]["code"] == "INPUT_TOO_LARGE"
