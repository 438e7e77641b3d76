"""Several processes: the same results in the same order, and a worker's death is not everybody's."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli import pool
from cli.exit_codes import ExitCode
from cli.judging import Judged, Rules, Task
from tests.cli import calling
from tests.cli.calling import Said, call

RULES = Rules(
    None, None, None, proof_only=True, strict=False, allow_surplus=False, format=None, max_bytes=1 << 20
)


def outcomes(said: Said) -> list[tuple[str, str]]:
    results = [json.loads(line) for line in said.out.splitlines()]
    return [(result["name"], result["verdict"]) for result in results]


def test_same_results_in_the_same_order() -> None:
    arguments = (
        "verify",
        "--proof-only",
        "--jsonl",
        calling.FIXTURES / "broken",
        calling.CHAIN,
        calling.TRUNCATED,
    )
    alone = call(*arguments)
    together = call(*arguments, "--jobs", "2")
    assert outcomes(together) == outcomes(alone)
    assert together.code == alone.code
    assert together.err == alone.err


def test_standard_input_among_files() -> None:
    arguments = (
        "verify",
        "--proof-only",
        "--jsonl",
        calling.FALSE_PROOF,
        "-",
        calling.TRUNCATED,
        "--jobs",
        "2",
    )
    said = call(*arguments, stdin=calling.TRANSFER.read_bytes())
    assert [verdict for _, verdict in outcomes(said)] == ["invalid", "valid", "malformed"]


def _kill_on_request(task: Task, rules: Rules) -> Judged:
    """Stands in for ``judge`` in the workers: some inputs kill the process that judges them."""
    assert rules == RULES
    if task.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return Judged(crash=f"judged {task.name}")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("deadly", [(0,), (2,), (9,), (0, 5)], ids=str)
def test_a_worker_that_dies_takes_only_its_own_input_along(
    deadly: tuple[int, ...],
) -> None:
    tasks = [Task("deadly" if i in deadly else f"{i}", Path("x"), True, 0) for i in range(10)]
    results = list(pool.run_each(tasks, partial(_kill_on_request, rules=RULES), 2))
    assert [task for task, _ in results] == tasks
    for i, (_, judged) in enumerate(results):
        assert judged.crash is not None
        if i in deadly:
            assert "killed" in judged.crash
        else:
            assert judged.crash == f"judged {i}"


def test_a_death_is_told_and_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_: object) -> Any:
        yield Task("a.json", Path("a.json"), True, 0), Judged(crash="the process that judged it was killed")

    monkeypatch.setattr(pool, "run_each", dead)
    said = call("verify", "--proof-only", "--json", calling.TRANSFER, calling.CHAIN, "--jobs", "2")
    assert said.code == ExitCode.INTERNAL == said.json()["exit_code"]
    assert "a.json: the process that judged it was killed" in said.err


def test_a_pool_that_is_broken_before_a_task_is_given_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def submit(self, *_: object) -> Future[Judged]:
            raise pool.BrokenProcessPool("gone")

    task = Task("a.json", Path("a.json"), True, 0)
    future = pool._submit(Broken(), task, RULES)  # type: ignore[arg-type]
    with pytest.raises(pool.BrokenProcessPool):
        future.result()
