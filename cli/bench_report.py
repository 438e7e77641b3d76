"""Measurements as a table, with the ratio to each peer, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.bench_work import EXECUTION, MULTIPROOF_TOTAL, VERIFY_TOTAL
from cli.exit_codes import ExitCode
from cli.machine import backends, machine, summary
from cli.measuring import OURS, Measured
from cli.settings import Settings
from cli.terminal import console, printable, screen
from cli.words import count, milliseconds

if TYPE_CHECKING:
    from cli.peers import PeersUnavailable

SCHEMA: Final = "stateless/bench/1"
COUNTED: Final = ("block", "transaction", "key", "opening", "commitment")
HEADINGS: Final = ("implementation", "phase", "median", "least", "quartiles apart", "ratio")


def to_json(results: Sequence[Measured], absent: PeersUnavailable | None, code: ExitCode) -> str:
    """The object of DESIGN 10. ``peers_error``: why peers that were asked for are not among the results."""
    said = {
        "schema": SCHEMA,
        "exit_code": int(code),
        "machine": machine(),
        "backend": backends(),
        "results": [result.to_json() for result in results],
        "peers_error": None if absent is None else absent.to_json(),
    }
    return json.dumps(said, indent=2)


def show(settings: Settings, results: Sequence[Measured]) -> None:
    """The table on standard output."""
    view = screen(settings)
    names = dict.fromkeys(result.name for result in results)
    for name in names:
        rows = [result for result in results if result.name == name]
        cells = [_cells(result, rows) for result in rows]
        heading = ", ".join([printable(name), *_facts(rows[0]), count(len(rows[0].runs_ms), "run")])
        if view.drawn:
            _draw(settings, heading, cells)
        else:
            _print(heading, cells)
    print(summary())


def _facts(result: Measured) -> list[str]:
    facts = [
        count(result.facts[f"{word}s"], word) for word in COUNTED if result.facts.get(f"{word}s") is not None
    ]
    gas = result.facts.get("gas_used")
    return facts if gas is None else [*facts, f"{gas:,} gas"]


def _cells(result: Measured, rows: Sequence[Measured]) -> tuple[str, ...]:
    return (
        result.implementation,
        result.phase,
        milliseconds(result.median_ms),
        milliseconds(min(result.runs_ms)),
        milliseconds(result.iqr_ms),
        _ratio(result, rows),
    )


def _ratio(result: Measured, rows: Sequence[Measured]) -> str:
    """How many times a peer's time we take, beside our phase that does the same as the peer's."""
    phases = {row.phase for row in rows}
    if EXECUTION in phases:
        ours = theirs = EXECUTION
    else:
        ours, theirs = VERIFY_TOTAL if VERIFY_TOTAL in phases else MULTIPROOF_TOTAL, MULTIPROOF_TOTAL
    if result.implementation != OURS or result.phase != ours:
        return ""
    ratios = [
        f"{result.median_ms / row.median_ms:.{2 if result.median_ms > row.median_ms / 10 else 3}f}"
        f" x {row.implementation}"
        for row in rows
        if row.implementation != OURS and row.phase == theirs
    ]
    return ", ".join(ratios)


def _print(heading: str, cells: Sequence[Sequence[str]]) -> None:
    print(heading)
    table = [HEADINGS, *cells] if any(row[-1] for row in cells) else [row[:-1] for row in (HEADINGS, *cells)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        left = [f"{cell:<{width}}" for cell, width in zip(row[:2], widths[:2], strict=True)]
        right = [f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  " + "  ".join(left + right).rstrip())


def _draw(settings: Settings, heading: str, cells: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.ROUNDED, border_style="dim", title=Text(heading, "bold"), title_justify="left")
    for number, name in enumerate(HEADINGS):
        table.add_column(name, justify="left" if number < 2 else "right", no_wrap=True)
    for row in cells:
        whole = row[1] in {VERIFY_TOTAL, MULTIPROOF_TOTAL}
        table.add_row(*(Text(cell) for cell in row), style="bold" if whole else "")
    console(settings).print(table)
