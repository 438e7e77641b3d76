"""``stateless doctor``: what the program runs on, and whether it computes what others compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from cli import examples
from cli.exit_codes import ExitCode
from cli.parameters import AsJson
from cli.settings import Settings, with_settings
from cli.words import gibibytes

if TYPE_CHECKING:
    from cli.self_test import TestResult

SCHEMA: Final = "stateless/doctor/1"
FIT: Final = "fit: everything that verify needs works here"
HELP = f"""Show versions, fast paths, machine, and the outcome of a self-test against known answers.

{examples.block(examples.DOCTOR)}

Exit code 0: fit. 70: the self-test failed, and no verdict of this installation can be relied on."""


@with_settings
def command(
    settings: Settings,
    as_json: AsJson = False,
) -> None:
    """See ``HELP``."""
    from cli import machine
    from cli.self_test import run_all
    from cli.version import version

    tests = run_all()
    code = ExitCode.VALID if all(test.passed for test in tests) else ExitCode.INTERNAL
    said: dict[str, Any] = {
        "version": version(),
        "exit_code": int(code),
        "python": machine.python(),
        "machine": machine.machine(),
        "tables": machine.tables(),
        "backend": _backends(tests),
        "compiled": machine.compiled(),
        "libraries": machine.libraries(),
        "self_test": [
            {"name": test.name, "passed": test.passed, "ms": round(test.ms, 3), "error": test.error}
            for test in tests
        ],
        "warnings": [],
    }
    said["warnings"] = _warnings(said)
    if as_json:
        from cli.json_output import print_object

        print_object(SCHEMA, code, said)
    elif not settings.quiet or code:
        _show(settings, said)
    raise typer.Exit(code)


def _backends(tests: list[TestResult]) -> dict[str, str] | None:
    """``None`` where the library cannot even be imported; the self-test says why."""
    from cli.machine import backends

    try:
        return backends()
    except ImportError:
        if all(test.passed for test in tests):
            raise
        return None


def _warnings(said: dict[str, Any]) -> list[str]:
    """What is slower or narrower here than it could be."""
    warnings = [
        f"{name} runs without its compiled part: same results, slower"
        for name, fast in said["compiled"].items()
        if not fast
    ]
    if said["backend"] is not None and said["backend"]["keccak"] != "safe-pysha3":
        slower = "four" if said["backend"]["keccak"] == "pycryptodome" else "some two hundred"
        warnings.append(
            f"keccak by {said['backend']['keccak']}: {slower} times slower than safe-pysha3, same digests"
        )
    if said["machine"]["bits"] == 32:
        warnings.append(
            "32-bit system: Keccak and signatures by slower code, same results; states in memory alone"
        )
    if said["machine"]["emulated"]:
        warnings.append("emulated: times say nothing of a real machine of this kind")
    if said["machine"]["swap_used_bytes"]:
        warnings.append("swap is in use: times of measurements may be spoilt")
    if said["python"]["implementation"] != "CPython":
        warnings.append(f"{said['python']['implementation']} is not tested; CPython 3.11 to 3.13 are")
    return warnings


def rows(said: dict[str, Any]) -> list[tuple[str, str]]:
    """(heading, text) of a report, in the order in which people read it."""
    from cli.machine import store_library

    python, machine = said["python"], said["machine"]
    memory = "unknown"
    if machine["memory_bytes"] is not None:
        memory = gibibytes(machine["memory_bytes"])
        if machine["memory_available_bytes"] is not None:
            memory += f", {gibibytes(machine['memory_available_bytes'])} available"
    cpu = f"{machine['cpu'] or 'unknown'}, {machine['cores_usable']} of {machine['cores']} cores"
    for name, unit in (("frequency_mhz", "MHz"), ("temperature_c", "degrees C")):
        if machine[name] is not None:
            cpu += f", {machine[name]:.0f} {unit}"
    backend = said["backend"] or {"arithmetic": "cannot be loaded", "keccak": "unknown"}
    return [
        ("stateless", said["version"] or "a checkout, not installed"),
        ("python", f"{python['version']} {python['implementation']}, {python['compiler']}"),
        ("system", f"{machine['system']}, {machine['architecture']}, {machine['bits']} bits"),
        ("cpu", cpu),
        ("memory", memory),
        ("tables", _tables_word(said)),
        ("arithmetic", backend["arithmetic"]),
        ("keccak", backend["keccak"]),
        *(
            ("library", f"{name} {number or 'not installed'}{_path_word(said['compiled'], name)}")
            for name, number in (said["libraries"] | store_library()).items()
        ),
    ]


def _tables_word(said: dict[str, Any]) -> str:
    """Which mode, and why."""
    limit = said["machine"]["memory_limit_bytes"]
    if said["tables"]["named"]:
        why = "asked for"
    else:
        why = "memory unknown" if limit is None else f"by memory: {gibibytes(limit)} may be used"
    return f"{said['tables']['mode']} ({why})"


def _path_word(compiled: dict[str, bool], name: str) -> str:
    if name not in compiled:
        return ""
    return " (compiled)" if compiled[name] else " (pure Python)"


def _show(settings: Settings, said: dict[str, Any]) -> None:
    from cli.terminal import folded, screen
    from cli.words import milliseconds

    view = screen(settings)
    symbols = view.symbols
    results = [
        (
            test["passed"],
            f"{test['name']}, {milliseconds(test['ms'])}" + (f": {test['error']}" if test["error"] else ""),
        )
        for test in said["self_test"]
    ]
    if not view.drawn:
        lines = rows(said)
        lines += [
            ("self-test", f"{symbols.passed if passed else symbols.failed} {text}")
            for passed, text in results
        ]
        lines += [("note", warning) for warning in said["warnings"]]
        print(folded("\n".join(f"{heading:<11} {text}" for heading, text in lines), hanging=12))
        print(FIT if not said["exit_code"] else "NOT FIT: no verdict of this installation can be relied on")
        return
    _draw(settings, said, results)


def _draw(settings: Settings, said: dict[str, Any], results: list[tuple[bool, str]]) -> None:
    from rich.panel import Panel
    from rich.text import Text

    from cli.tables import named_texts
    from cli.terminal import UNICODE, console

    table = named_texts()
    last = ""
    for heading, text in rows(said):
        table.add_row("" if heading == last else heading, Text(text))
        last = heading
    for passed, text in results:
        sign = Text(f"{UNICODE.passed} ", "green") if passed else Text(f"{UNICODE.failed} ", "bold red")
        table.add_row("" if last == "self-test" else "self-test", sign.append(text, "default"))
        last = "self-test"
    for warning in said["warnings"]:
        table.add_row("note", Text(warning, "yellow"))
    fit = not said["exit_code"]
    drawing = console(settings)
    title = Text(f" {FIT} " if fit else " NOT FIT ", "bold green" if fit else "bold red")
    drawing.print(
        Panel(
            table,
            title=title,
            title_align="left",
            border_style="green" if fit else "red",
            width=min(drawing.width, 100),
            padding=(1, 2),
        )
    )
