"""The report of a device, as Markdown for an issue or a page and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.tables import Table
from cli.tables import plain as plain_table
from cli.words import mebibytes, milliseconds

__all__ = ["markdown", "plain"]

EMULATED: Final = "EMULATED: shows that it works, not how fast a real machine of this kind is"
_THROTTLED: Final = {
    0: "under-voltage",
    1: "frequency capped",
    2: "throttled",
    3: "too warm",
    16: "under-voltage since the start",
    17: "frequency capped since the start",
    18: "throttled since the start",
    19: "too warm since the start",
}
Section = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, headings, lines."""


def markdown(said: Mapping[str, Any]) -> str:
    """The report as Markdown: a heading, what the machine is, a table for each kind of figure."""
    lines = [f"# {_title(said)}", ""]
    if said["emulated"]:
        lines += [f"**{EMULATED}.**", ""]
    lines += ["| | |", "|---|---|", *(f"| {name} | {_cell(text)} |" for name, text in _facts(said)), ""]
    for heading, columns, rows in _tables(said):
        lines += [
            f"## {heading}",
            "",
            f"| {' | '.join(columns)} |",
            "|---" + "|--:" * (len(columns) - 1) + "|",
        ]
        lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
        lines += [""]
    lines += [f"Made by `stateless bench device --report F`; medians of {said['runs']} runs."]
    return "\n".join(lines) + "\n"


def plain(said: Mapping[str, Any]) -> list[str]:
    """The same in lines of text, 60 columns where the words allow it."""
    lines = [_title(said)]
    if said["emulated"]:
        lines.append(EMULATED)
    lines += [f"{name:<12} {text}" for name, text in _facts(said)]
    for heading, columns, rows in _tables(said):
        table = Table(tuple(columns), tuple(map(tuple, rows)), frozenset({0}))
        lines += ["", heading, *(f"  {line}" for line in plain_table(table))]
    return lines


def _title(said: Mapping[str, Any]) -> str:
    machine = said["machine"]
    cpu = machine["cpu"] or "unknown processor"
    if said["emulated"]:
        return f"{machine['architecture']}, emulated on {cpu}"
    return f"{cpu}, {machine['architecture']}"


def _facts(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    machine, python = said["machine"], said["python"]
    slow = [name for name, fast in said["compiled"].items() if not fast]
    return [
        ("system", f"{machine['system']}, {machine['bits']} bits"),
        ("cores", f"{machine['cores_usable']} of {machine['cores']}"),
        ("memory", f"{_mib(machine['memory_bytes'])}, limit {_mib(machine['memory_limit_bytes'])}"),
        ("python", f"{python['version']} {python['implementation']}"),
        ("stateless", said["version"] or "a checkout"),
        ("arithmetic", said["backend"]["arithmetic"]),
        ("keccak", said["backend"]["keccak"]),
        ("signatures", f"coincurve {said['libraries']['coincurve'] or 'absent: plain integers'}"),
        ("pure Python", ", ".join(slow) or "none of the libraries that compute"),
        ("tables", said["tables"]["mode"]),
        *(
            (when, _condition(said["conditions"][when], machine["cores_usable"]))
            for when in ("before", "after")
        ),
    ]


def _condition(said: Mapping[str, Any], cores: int | None) -> str:
    parts = []
    if said["load"] is not None:
        busy = cores is not None and said["load"] > 1.5 * cores
        parts.append(f"load {said['load']:.1f}" + (" on too few cores: times are spoilt" if busy else ""))
    if said["temperature_c"] is not None:
        parts.append(f"{said['temperature_c']:.0f} degrees C")
    if said["frequency_mhz"] is not None:
        parts.append(f"{said['frequency_mhz']:.0f} MHz")
    if said["governor"] is not None:
        parts.append(f"governor {said['governor']}")
    if said["throttled"] is not None:
        words = [text for bit, text in _THROTTLED.items() if said["throttled"] >> bit & 1]
        parts.append(", ".join(words) or "not throttled")
    if said["swap_used_bytes"]:
        parts.append(f"{_mib(said['swap_used_bytes'])} of swap in use: times may be spoilt")
    unknown = not any(said[name] is not None for name in ("temperature_c", "frequency_mhz", "throttled"))
    return ", ".join([*parts, *(["temperature, frequency and throttling unknown"] if unknown else [])])


def _tables(said: Mapping[str, Any]) -> list[Section]:
    processes = [
        (
            one["name"] + ("" if not one["code"] else f" (exit code {one['code']})"),
            milliseconds(1000 * one["seconds"]),
            milliseconds(1000 * one["cpu_seconds"]),
            _mib(one["peak_bytes"]),
        )
        for one in said["processes"]
    ]
    phases = [
        (
            f"{one['name']}: {one['phase']}",
            milliseconds(one["median_ms"]),
            milliseconds(one["min_ms"]),
            _mib(one["peak_bytes"]),
        )
        for one in said["results"]
    ]
    operations = [
        (f"{work}: {name}", f"{number:,}")
        for work, counts in said["operations"].items()
        for name, number in (*_work(said, work), *counts.items())
    ]
    return [
        ("Whole processes", ("process", "least", "cpu time", "peak"), processes),
        ("Phases", ("phase", "median", "least", "peak"), phases),
        ("Operations of one run", ("operation", "count"), operations),
    ]


def _work(said: Mapping[str, Any], name: str) -> list[tuple[str, int]]:
    """What the work consists of, as against how it is done."""
    first: Mapping[str, Any] = next((one for one in said["results"] if one["name"] == name), {})
    words = ("transactions", "gas_used", "stems", "keys", "openings", "commitments")
    return [(word.replace("_", " "), first[word]) for word in words if first.get(word)]


def _mib(number: int | None) -> str:
    return "unknown" if number is None else mebibytes(number)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
