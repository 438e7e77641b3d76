"""``stateless bench device``: a report of one machine, made the same way on each, to be put side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.inputs import STDIN
from cli.parameters import LEAST_RUNS, AsJson, Runs
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import folded, note, printable, warn
from cli.version import SOURCES
from cli.words import bare_name

SCHEMA: Final = "stateless/device/1"

HELP = f"""Report on this machine: what it is, and each phase's time and peak memory.

{examples.block(examples.BENCH_DEVICE)}

Measured, each in a process of its own: the start of the program; a multiproof and loops of the interpreter,
made here; the blocks of FILE (default: one of 100 transactions, where the sources are). With temperature,
throttling, frequency and swap before and after, where the system tells. --report F writes F.md and F.json.
Names of hosts and folders are in neither."""

# A multiproof made here is the same everywhere; so is this block, which comes with the sources.
_BLOCK: Final = SOURCES / "fixtures" / "blocks" / "big-100-txs.json.gz"
_LAUNCH: Final = Path(__file__).with_name("launch.py")


@with_settings
def command(
    settings: Settings,
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]", help="Blocks to judge.")] = None,
    report: Annotated[
        str | None, typer.Option("--report", metavar="F", help="Write F.md and F.json, whole or not at all.")
    ] = None,
    runs: Runs = str(LEAST_RUNS),
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli.device_report import markdown, plain

    count = whole_number(runs, "--runs", LEAST_RUNS)
    if report is not None and not Path(report).resolve().parent.is_dir():  # now, not after the measuring
        raise typer.BadParameter(f"there is no folder for {printable(report)}", param_hint="--report")
    chosen = list(files or ())
    if not chosen and _BLOCK.is_file():
        chosen = [str(_BLOCK)]
    _look_at(settings, chosen)
    said = _measure(settings, chosen, count)
    if report is not None:
        from cli.output import write_whole

        stem = report.removesuffix(".md").removesuffix(".json")
        write_whole(f"{stem}.md", markdown(said).encode())
        write_whole(f"{stem}.json", (json.dumps(said, indent=2) + "\n").encode())
        note(settings, f"written: {stem}.md, {stem}.json")
    if as_json:
        print(json.dumps(said, indent=2))
    elif report is None:
        print(folded("\n".join(plain(said)), hanging=4))
    raise typer.Exit(said["exit_code"])


def _look_at(settings: Settings, files: Iterable[str]) -> None:
    """Refuse what cannot be read before anything is measured. Raises ``StatelessError``, ``UsageError``."""
    from witness.source import Source

    for file in files:
        if file == STDIN:
            raise typer.BadParameter(
                "a device is measured on files, not on standard input", param_hint="FILE"
            )
        Source(file, Path(file), named=True).read(settings.max_bytes)


def _measure(settings: Settings, files: list[str], runs: int) -> dict[str, Any]:
    from cli import machine
    from cli.device_work import MADE
    from cli.version import version

    before = _conditions()
    code = ExitCode.VALID
    results: list[dict[str, Any]] = []
    operations: dict[str, dict[str, int]] = {}
    processes = [_process("--version", ["--version"], runs)]
    work = [*((name, "-") for name in MADE), *((bare_name(file), file) for file in files)]
    for name, file in work:
        note(settings, f"measuring: {name}")
        done = _in_process(name, file, runs)
        if "error" in done:
            warn(f"{name}: {done['error']['code']}: {done['error']['message']}")
            code = max(code, ExitCode(done["exit_code"]))
            continue
        results += done["results"]
        operations[name] = done["operations"]
    processes += [_process(f"verify {bare_name(file)}", ["verify", file], runs) for file in files]
    if code == ExitCode.VALID and any(process["code"] for process in processes):
        code = ExitCode.INTERNAL  # what held in one process did not in another
    return {
        "schema": SCHEMA,
        "exit_code": int(code),
        "version": version(),
        "emulated": machine.emulated(),
        "python": machine.python(),
        "machine": machine.machine(),
        "tables": machine.tables(),
        "backend": machine.backends(),
        "compiled": machine.compiled(),
        "libraries": machine.libraries(),
        "conditions": {"before": before, "after": _conditions()},
        "runs": runs,
        "processes": processes,
        "results": results,
        "operations": operations,
    }


def _conditions() -> dict[str, Any]:
    """What makes times worthless when it changes. ``None`` where the system does not tell."""
    from cli import machine

    said = machine.machine()
    names = ("temperature_c", "frequency_mhz", "memory_available_bytes", "swap_used_bytes")
    return {name: said[name] for name in names} | {
        "governor": machine.governor(),
        "throttled": machine.throttling(),
        "load": machine.load(),
    }


def _in_process(name: str, file: str, runs: int) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 (this interpreter, this program)
        [sys.executable, "-m", "cli.device_work", name, file, str(runs)],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
    )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:  # killed, most often for want of memory
        last = done.stderr.strip().splitlines()[-1:] or [f"ended by {done.returncode}"]
        return {"error": {"code": "PROCESS_ENDED", "message": last[0]}, "exit_code": int(ExitCode.INTERNAL)}
    return said | {"exit_code": done.returncode}


def _process(name: str, arguments: list[str], runs: int) -> dict[str, Any]:
    """The program from start to exit: the least time and the largest memory of some runs."""
    command = [sys.executable, "-I", "-S", str(_LAUNCH), sys.executable, "-m", "cli", *arguments]
    done = [
        json.loads(
            subprocess.run(  # noqa: S603 (likewise)
                command, capture_output=True, text=True, check=True, env=_environment()
            ).stdout
        )
        for _ in range(runs)
    ]
    return {
        "name": name,
        "code": max(one["code"] for one in done),
        "seconds": round(min(one["seconds"] for one in done), 4),
        "cpu_seconds": round(min(one["cpu_seconds"] for one in done), 4),
        "peak_bytes": max(one["peak_bytes"] for one in done),
    }


def _environment() -> dict[str, str]:
    """So that a checkout that is not installed is found from any folder."""
    paths = [str(SOURCES), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
