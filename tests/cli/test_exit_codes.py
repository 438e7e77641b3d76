"""One number, one meaning: a call for every row of the table."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from cli.exit_codes import MEANINGS, ExitCode
from tests.cli import calling
from tests.cli.calling import call


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("verify", "--proof-only", calling.TRANSFER), ExitCode.VALID),
        (("verify", "--proof-only", calling.FALSE_PROOF), ExitCode.INVALID),
        (("verify", "--proof-only", "no/such/file.json"), ExitCode.USAGE),
        (("verify", "--proof-only", calling.TRUNCATED), ExitCode.MALFORMED),
        (("verify", "--proof-only", calling.NO_WITNESS), ExitCode.INCOMPLETE),
        (("inspect", calling.TRUNCATED), ExitCode.MALFORMED),
        (("inspect", calling.NO_WITNESS), ExitCode.INCOMPLETE),
        (("doctor",), ExitCode.VALID),
        (("--version",), ExitCode.VALID),
        (("--help",), ExitCode.VALID),
        ((), ExitCode.USAGE),
        (("no-such-command",), ExitCode.USAGE),
    ],
    ids=lambda value: " ".join(Path(str(part)).name for part in value) if isinstance(value, tuple) else "",
)
def test_a_row_of_the_table(arguments: tuple[str | Path, ...], expected: ExitCode) -> None:
    assert call(*arguments).code == expected


@pytest.mark.parametrize("words", [(), ("state",), ("fixtures",), ("bench",)], ids=" ".join)
def test_a_call_without_a_command_is_answered_by_the_list_of_them(words: tuple[str, ...]) -> None:
    said = call(*words)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert said.err == call(*words, "--help").out


def test_unsupported(tmp_path: Path) -> None:
    state_test = tmp_path / "state-test.json"
    state_test.write_text('{"a": {"env": {}, "pre": {}, "transaction": {}, "post": {}}}')
    said = call("verify", "--proof-only", state_test)
    assert said.code == ExitCode.UNSUPPORTED
    assert "FORMAT_UNSUPPORTED" in said.out


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("valid", "incomplete"), ExitCode.INCOMPLETE),
        (("incomplete", "malformed"), ExitCode.MALFORMED),
        (("malformed", "invalid", "valid"), ExitCode.INVALID),
    ],
)
def test_of_several_the_worst(names: tuple[str, ...], expected: ExitCode) -> None:
    files = {
        "valid": calling.TRANSFER,
        "invalid": calling.FALSE_PROOF,
        "malformed": calling.TRUNCATED,
        "incomplete": calling.NO_WITNESS,
    }
    assert call("verify", "--proof-only", *(files[name] for name in names)).code == expected


def test_a_fault_of_the_program_is_70_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("stateless.verifier.verify_all", broken)
    said = call("verify", "--proof-only", calling.TRANSFER)
    assert said.code == ExitCode.INTERNAL
    assert "internal error: ZeroDivisionError: a bug" in said.err
    assert "report" in said.err
    assert "Traceback" not in said.out + said.err
    assert "Traceback" in call("verify", "--proof-only", calling.TRANSFER, "-v").err


def test_one_fault_does_not_hide_the_other_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    from stateless.verifier import verify_all

    def broken_once(data: bytes, name: str, **options: object) -> object:
        if name.endswith("truncated.json"):
            raise ZeroDivisionError("a bug")
        return verify_all(data, name, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("stateless.verifier.verify_all", broken_once)
    said = call("verify", "--proof-only", "--json", calling.TRANSFER, calling.TRUNCATED, calling.FALSE_PROOF)
    assert said.code == ExitCode.INTERNAL == said.json()["exit_code"]
    assert [result["verdict"] for result in said.json()["results"]] == ["valid", "invalid"]


def test_out_of_memory_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(*_: object, **__: object) -> object:
        raise MemoryError

    monkeypatch.setattr("stateless.verifier.verify_all", starved)
    said = call("verify", "--proof-only", calling.TRANSFER)
    assert (said.code, said.out) == (ExitCode.INTERNAL, "")
    assert "out of memory" in said.err


def test_a_fault_outside_of_inputs_is_70_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("cli.judging.find_tasks", broken)
    said = call("verify", calling.TRANSFER)
    assert said.code == ExitCode.INTERNAL
    assert "Traceback" not in said.err


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.judging.judge", interrupted)
    said = call("verify", calling.TRANSFER)
    assert said.code == ExitCode.INTERRUPTED
    assert said.err == "interrupted\n"


def test_a_full_disk_is_told_from_a_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cli.main._let_go_of_output", lambda: None)
    monkeypatch.setattr("cli.main._flush", full)
    assert call("--version").code == ExitCode.INTERNAL


def test_help_shows_the_table() -> None:
    text = call("--help").out
    for code, meaning in MEANINGS.items():
        assert f"{code.value:>5}  {meaning}" in text
