"""Verdicts on a terminal: a card for one block, a table for several. Imported only where rich may draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.error_words import error_rows
from cli.judging import Result
from cli.tables import named_texts
from cli.terminal import UNICODE, printable
from cli.verdict_lines import ASSERTED, PROOF_ONLY, check_rows, facts, spent_ms, title
from cli.words import count, label, milliseconds, short_hex, size

STYLES: Final[Mapping[str, str]] = {
    "valid": "green",
    "invalid": "red",
    "malformed": "red",
    "unsupported": "yellow",
    "incomplete": "yellow",
}
_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "passed": (UNICODE.passed, "green"),
    "failed": (UNICODE.failed, "bold red"),
    "skipped": (UNICODE.skipped, "dim"),
}
_ROOT_FROM: Final[Mapping[str | None, str]] = {
    **ASSERTED,
    "parent_header": "bound by the parent's header",
    None: "",
}
# A card wider than this is harder to read, not easier.
CARD_WIDTH: Final = 110
# Columns of a table, and the width of a terminal from which each is shown; names and verdicts need the rest.
COLUMNS: Final[Mapping[str, int]] = {"block": 80, "txs": 100, "keys": 100, "witness": 100, "time": 80}
# Below a table of many failures the codes must not crowd out the table.
CODES_EXPLAINED: Final = 5


def card(console: Console, result: Result, *, every: bool) -> None:
    """One verdict with all that it rests on. ``every``: each rule of the header in a row of its own."""
    json = result.json
    verdict = json["verdict"]
    style = STYLES[verdict]
    sign = UNICODE.passed if verdict == "valid" else UNICODE.failed
    heading = Text.assemble((f" {sign} {verdict.upper()} ", f"bold {style}"))
    if verdict == "valid" and not json["executed"]:
        heading.append(f"{UNICODE.dot} {PROOF_ONLY} ", "bold yellow")
    parts: list[RenderableType] = [_name(json)]
    if json["error"] is not None:
        parts += [Text(), _error(json["error"])]
    if json["checks"]:
        parts += [Text(), _checks(result, every=every)]
    evidence = _evidence(json)
    if evidence.row_count:
        parts += [Text(), evidence]
    width = min(console.width, CARD_WIDTH)
    console.print(
        Panel(
            Group(*parts), title=heading, title_align="left", border_style=style, width=width, padding=(1, 1)
        )
    )


def _name(json: Mapping[str, Any]) -> Text:
    text = Text(title(json), "bold")
    known = [fact for fact in facts(json) if fact.startswith(("block", "gas")) or "transaction" in fact]
    if json["rules"] is not None:
        known.append(f"rules {json['rules']} ({label(json['rules_from'])})")
    if known:
        text.append("\n" + f" {UNICODE.dot} ".join(known), "not bold dim")
    return text


def _error(error: Mapping[str, Any]) -> Table:
    table = named_texts()
    table.add_row("code", Text(error["code"], "bold red"))
    for heading, text in error_rows(error):
        table.add_row(heading, Text(text, "bold" if heading == "next" else ""))
    return table


def _checks(result: Result, *, every: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for status, name, text in check_rows(result, every=every):
        sign, style = _SIGNS[status]
        faint = "dim" if status == "skipped" else ""
        table.add_row(Text(sign, style), Text(label(name), faint), Text(printable(text), faint or "dim"))
    return table


def _evidence(json: Mapping[str, Any]) -> Table:
    """Roots, sizes, assumptions, time: what a reader compares with other sources."""
    table = named_texts()
    block = json["block"]
    if block is not None and block["hash"] is not None:
        table.add_row("hash", block["hash"])
    if json["pre_state_root"] is not None:
        source = _ROOT_FROM[json["pre_state_root_from"]]
        table.add_row("before", Text.assemble(json["pre_state_root"], (f"\n{source}", "dim")))
    if json["post_state_root"] is not None:
        table.add_row("after", json["post_state_root"])
    sizes = json["sizes"]
    if sizes.get("witness_bytes") is not None:
        table.add_row("witness", Text(sizes_text(sizes, json["tree"])))
    if json["assumptions"]:
        table.add_row("assumes", _assumptions(json["assumptions"]))
    spent = spent_ms(json)
    if spent:
        table.add_row("time", Text(milliseconds(spent)))
    return table


def sizes_text(sizes: Mapping[str, Any], tree: str) -> str:
    """The sizes that people quote."""
    if tree == "patricia":
        parts = [
            size(sizes["witness_bytes"]),
            *(f"{name} {size(sizes[f'{name}_bytes'])}" for name in ("state", "codes")),
            f"headers and hashes {size(sizes['headers_bytes'])}",
            *(count(sizes[f"{name}s"], name) for name in ("node", "code")),
        ]
        if sizes["headers"]:
            parts.append(count(sizes["headers"], "header"))
        return f" {UNICODE.dot} ".join(parts)
    if tree == "binary":
        parts = [
            size(sizes["witness_bytes"]),
            f"proof {size(sizes['proof_bytes'])}",
            f"values {size(sizes['values_bytes'])}",
            *(count(sizes[f"{name}s"], name) for name in ("stem", "key", "sibling")),
        ]
        return f" {UNICODE.dot} ".join(parts)
    parts = [
        f"{size(sizes['witness_bytes'])} as SSZ",
        f"proof {size(sizes['proof_bytes'])}",
        f"values {size(sizes['values_bytes'])}",
        count(sizes["stems"], "stem"),
        count(sizes["keys"], "key"),
        count(sizes["commitments"], "commitment"),
    ]
    if sizes.get("openings") is not None:
        parts.append(count(sizes["openings"], "opening"))
    return f" {UNICODE.dot} ".join(parts)


def _assumptions(assumptions: Sequence[Mapping[str, Any]], limit: int = 3) -> Text:
    text = Text()
    for assumption in assumptions[:limit]:
        key = f", stem {short_hex(assumption['key'])}" if assumption["key"] else ""
        text.append(f"{assumption['code']} ", "yellow")
        text.append(f"{printable(assumption['what'])}{key}\n")
    if len(assumptions) > limit:
        text.append(f"and {len(assumptions) - limit} more (--json lists them)\n", "dim")
    text.rstrip()
    return text


def table(console: Console, results: Sequence[Result], caption: str) -> None:
    """Many verdicts, one a row; then what their errors mean, each code once."""
    proof_only = any(result.json["verdict"] == "valid" and not result.json["executed"] for result in results)
    titles = [title(result.json) for result in results]
    folder = common_folder(titles)
    mode = Text(PROOF_ONLY if proof_only else "", "bold yellow")
    place = Text(f"in {folder}" if folder else "", "dim")
    grid = Table(
        box=box.ROUNDED,
        border_style="dim",
        title=Text(" ").join(part for part in (mode, place) if part) or None,
        title_justify="left",
        header_style="bold",
    )
    grid.add_column("", no_wrap=True)
    grid.add_column("name", overflow="fold")
    shown = [heading for heading, least in COLUMNS.items() if console.width >= least]
    for heading in shown:
        grid.add_column(heading, justify="right", no_wrap=True)
    grid.add_column("verdict", overflow="fold")
    for result, name in zip(results, titles, strict=True):
        grid.add_row(*_row(result.json, name.removeprefix(folder), shown))
    console.print(grid)
    for text in _codes_explained(results):
        console.print(text)
    if caption:
        console.print(Text(caption, "bold"))


def common_folder(names: Sequence[str]) -> str:
    """The folder that all names begin with, slash included; empty if there is none."""
    first, last = min(names), max(names)  # what these two share, all share
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[: first.rfind("/", 0, same) + 1]


def _codes_explained(results: Sequence[Result]) -> list[Text]:
    from stateless.codes import lookup

    codes = dict.fromkeys(
        result.json["error"]["code"] for result in results if result.json["error"] is not None
    )
    texts = []
    for code in list(codes)[:CODES_EXPLAINED]:
        entry = lookup(code)
        if entry is not None:
            texts.append(Text.assemble((f"{code}  ", "bold"), entry.meaning, (f" {entry.next_step}", "dim")))
    if len(codes) > CODES_EXPLAINED:
        texts.append(
            Text(f"and {len(codes) - CODES_EXPLAINED} more codes; -v draws a card for each block", "dim")
        )
    return texts


def _row(json: Mapping[str, Any], name: str, shown: Sequence[str]) -> list[Text | str]:
    verdict = json["verdict"]
    style = STYLES[verdict]
    block, sizes, spent = json["block"] or {}, json["sizes"], spent_ms(json)
    said = Text(verdict, style)
    if json["error"] is not None:
        said.append(f" {json['error']['code']}", "bold")
    else:
        if json["assumptions"]:
            said.append(f", {count(len(json['assumptions']), 'assumption')}", "yellow")
        if json["pre_state_root_from"] in ASSERTED:
            said.append(", root asserted", "dim")
    cells = {
        "block": _number(block.get("number")),
        "txs": _number(block.get("transactions")),
        "keys": _number(sizes.get("keys")),
        "witness": "" if sizes.get("witness_bytes") is None else size(sizes["witness_bytes"]),
        "time": milliseconds(spent) if spent else "",
    }
    sign = Text(UNICODE.passed if verdict == "valid" else UNICODE.failed, style)
    return [sign, Text(name), *(cells[heading] for heading in shown), said]


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
