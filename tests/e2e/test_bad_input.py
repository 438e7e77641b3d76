"""What nobody honest sends: refused by type, in bounded time and memory, never with a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, FIXTURES, PROJECT, TIMEOUT_S, Done, environment, stateless

TRANSFER = FIXTURES / "blocks" / "transfer-new.json"
MIB = 1 << 20


def refused(done: Done, code: str, exit_code: int = 3) -> None:
    assert done.code == exit_code
    document = done.json()
    assert document["exit_code"] == exit_code
    assert [result["error"]["code"] for result in document["results"]] == [code]
    assert document["results"][0]["error"]["stage"] == "DECODE"
    assert "Traceback" not in done.err


def verify(*arguments: str | Path, stdin: bytes | None = None) -> Done:
    return stateless("verify", "--proof-only", "--json", *arguments, stdin=stdin)


def test_a_gigabyte_of_zeros_on_standard_input() -> None:
    with subprocess.Popen(["head", "-c", str(1 << 30), "/dev/zero"], stdout=subprocess.PIPE) as zeros:
        done = stateless("verify", "--proof-only", "--json", "-", stdin=zeros.stdout)
        zeros.kill()
    refused(done, "INPUT_TOO_LARGE")
    assert done.peak_bytes < 200 * MIB


def test_a_device_that_never_ends() -> None:
    done = verify("/dev/zero", "--max-bytes", "1M")
    refused(done, "INPUT_TOO_LARGE")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated(tmp_path: Path, share: float) -> None:
    data = TRANSFER.read_bytes()
    file = tmp_path / "cut.json"
    file.write_bytes(data[: int(share * len(data))])
    refused(verify(file), "JSON_SYNTAX" if share else "INPUT_EMPTY")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000],
    ids=["lists", "objects", "closed"],
)
def test_deep_nesting(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deep.json"
    file.write_text(text)
    refused(verify(file), "JSON_TOO_DEEP")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "INPUT_EMPTY"),
        (b"  \n", "INPUT_EMPTY"),
        (b"\x00" * 100, "UNKNOWN_FORMAT"),
        (b"\x89PNG\r\n\x1a\n", "UNKNOWN_FORMAT"),
        (b"hello", "UNKNOWN_FORMAT"),
        (b"{}", "UNKNOWN_FORMAT"),
        (b"[]", "UNKNOWN_FORMAT"),
        (b'{"a": NaN}', "JSON_NUMBER"),
        (b'{"a": 1, "a": 2}', "JSON_DUPLICATE_KEY"),
        (b'{"a": "\xff"}', "JSON_UTF8"),
        (b"\x1f\x8b\x08\x00rubbish", "GZIP_CORRUPT"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_block(data: bytes, code: str) -> None:
    refused(verify("-", stdin=data), code)


def test_a_directory_without_blocks(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    refused(verify(tmp_path), "UNKNOWN_FORMAT")


def test_wrong_calls_print_no_result() -> None:
    for arguments in (
        ("verify",),
        ("verify", "nowhere.json"),
        ("verify", str(TRANSFER), "--json", "--jsonl"),
        (),
    ):
        done = stateless(*arguments)
        assert (done.code, done.out) == (2, "")
        assert done.err
        assert "Traceback" not in done.err


def test_any_changed_byte_of_a_proof_is_refused(tmp_path: Path) -> None:
    """Every 97th byte of the witness, as one run over one directory."""
    document = json.loads(TRANSFER.read_text())
    text = json.dumps(document["blocks"][0]["executionWitness"])
    digits = [i for i, char in enumerate(text) if char in "0123456789abcdef"][::97]
    for i in digits:
        changed = text[:i] + ("1" if text[i] == "0" else "0") + text[i + 1 :]
        try:
            document["blocks"][0]["executionWitness"] = json.loads(changed)
        except ValueError:
            continue
        (tmp_path / f"{i}.json").write_text(json.dumps(document))
    first = [r for r in verify(tmp_path).json()["results"] if r["name"].endswith("#1")]
    assert len(first) > 20
    accepted = [result["input"] for result in first if result["verdict"] == "valid"]
    assert accepted == []


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize(
    "line",
    [
        "{command} verify --proof-only fixtures/blocks fixtures/broken | head -1",
        "{command} verify --proof-only --json fixtures/blocks | head -c 10",
        "{command} verify --proof-only --jsonl fixtures/blocks | head -1",
        "{command} inspect --all fixtures/blocks/big-100-txs.json.gz | head -1",
        "{command} --help | head -1",
        "{command} doctor | true",
    ],
)
def test_a_reader_that_goes_away_is_no_error(line: str) -> None:
    done = subprocess.run(  # noqa: S602 (pipes are a shell's)
        line.format(command=" ".join(COMMAND)),
        shell=True,
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr
    assert "Exception" not in done.stderr


def test_the_code_of_a_reader_gone() -> None:
    script = f"{' '.join(COMMAND)} verify --proof-only fixtures/broken | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "141"


def test_no_standard_streams_at_all() -> None:
    script = f"{' '.join(COMMAND)} verify --proof-only {TRANSFER} >&- 2>&- <&-"
    done = subprocess.run(["bash", "-c", script], cwd=PROJECT, env=environment(), check=False)
    assert done.returncode == 0


def test_a_full_disk() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "doctor", "--json"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 70
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "process"])
@pytest.mark.parametrize("options", [(), ("--jobs", "2"), ("--json", "--jobs", "2")], ids=" ".join)
def test_interrupted(tmp_path: Path, options: tuple[str, ...], whole_group: bool) -> None:
    """Ctrl-C reaches every process of the terminal's group, ``kill`` only one."""
    data = (FIXTURES / "blocks" / "deep-stems-new-subtrees.json").read_bytes()
    for i in range(200):
        (tmp_path / f"{i}.json").write_bytes(data)
    process = subprocess.Popen(
        [*COMMAND, "verify", "--proof-only", *options, str(tmp_path)],
        cwd=PROJECT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(2.0)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "interrupted\n"
