"""Help opens with examples, and the examples run as they stand."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cli import examples
from tests.e2e.command import COMMAND, PROJECT, TIMEOUT_S, environment, stateless

GROUPS = {
    (): examples.TOP,
    ("verify",): examples.VERIFY,
    ("inspect",): examples.INSPECT,
    ("explain",): examples.EXPLAIN,
    ("diff",): examples.DIFF,
    ("lint",): examples.LINT,
    ("gas",): examples.GAS,
    ("fixtures",): examples.FIXTURES,
    ("fixtures", "list"): examples.FIXTURES_LIST,
    ("fixtures", "check"): examples.FIXTURES_CHECK,
    ("fixtures", "build"): examples.FIXTURES_BUILD,
    ("convert",): examples.CONVERT,
    ("doctor",): examples.DOCTOR,
    ("bench",): examples.BENCH,
    ("bench", "verify"): examples.BENCH,
    ("bench", "multiproof"): examples.BENCH_MULTIPROOF,
    ("bench", "device"): examples.BENCH_DEVICE,
}
# Those of convert write files: tests/cli runs them elsewhere. The last of bench needs Go and a file that is
# not among the fixtures; tests/cli measures stand-ins.
OFFLINE = [
    line
    for group in (
        examples.TOP,
        examples.VERIFY,
        examples.INSPECT,
        examples.EXPLAIN,
        examples.LINT[:2],
        examples.GAS,
        examples.FIXTURES_LIST,
        examples.FIXTURES_CHECK,
        examples.DOCTOR,
        examples.BENCH[:2],
    )
    for line in group
]


@pytest.mark.parametrize("command", GROUPS, ids=lambda words: " ".join(words) or "top")
def test_three_examples_come_first(command: tuple[str, ...]) -> None:
    for option in ("--help", "-h"):
        done = stateless(*command, option)
        assert done.code == 0
        assert done.err == ""
        lines = [line.strip() for line in done.out.splitlines()]
        start = lines.index("Examples:")
        assert lines[start + 1 : start + 4] == list(GROUPS[command])
        assert start < lines.index("Options:")
        assert start <= 8
        assert max(map(len, done.out.splitlines())) <= 100


@pytest.mark.parametrize("example", dict.fromkeys(OFFLINE))
def test_examples_run(example: str) -> None:
    if example.startswith("zcat") and shutil.which("zcat") is None:
        pytest.skip("no zcat here")
    line = example.replace("stateless ", " ".join(COMMAND) + " ").replace("> verdicts.json", "> /dev/null")
    done = subprocess.run(  # noqa: S602 (pipes are a shell's)
        line,
        shell=True,
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
