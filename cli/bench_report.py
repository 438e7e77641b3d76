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
from cli.tables import LEFT_OUT, Line, Table, places, remark
from cli.tables import show as show_table
from cli.terminal import printable
from cli.words import count, milliseconds

if TYPE_CHECKING:
    from cli.peers import PeersUnavailable

SCHEMA: Final = "stateless/bench/1"
COUNTED: Final = ("block", "transaction", "key", "opening", "commitment")
HEADINGS: Final = ("implementation", "phase", "median", "least", "quartiles apart", "ratio")
RATIO: Final = 5
# What is of less interest, the least first.
EXPENDABLE: Final = places(HEADINGS, ("quartiles apart", "least", "implementation"))


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
    left_out = False
    names = dict.fromkeys(result.name for result in results)
    for name in names:
        rows = [result for result in results if result.name == name]
        cells = [_cells(result, rows) for result in rows]
        heading = ", ".join([printable(name), *_facts(rows[0]), count(len(rows[0].runs_ms), "run")])
        table = Table(HEADINGS, tuple(cells), frozenset({0, 1}))
        if not any(row[RATIO] for row in cells):
            table = table.without(RATIO)
        left_out |= show_table(settings, heading, table, EXPENDABLE, style=_style, indent="  ")
    if left_out:
        remark(settings, LEFT_OUT)
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


def _style(line: Line, cell: str) -> str:
    """Bold for what is compared with the peers."""
    del cell
    return "bold" if {VERIFY_TOTAL, MULTIPROOF_TOTAL} & set(line) else ""
