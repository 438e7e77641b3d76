"""The tables of ``stateless gas``: drawn, in plain columns, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from cli.settings import Settings
from cli.tables import Line, Table, drawn_width, plain_width, remark, show
from cli.terminal import Screen, columns, console, folded, printable, screen
from cli.words import count, short_hex
from stateless.rules import RULE_SETS

if TYPE_CHECKING:
    from stateless.gas_parts import Gas
    from stateless.gas_report import Comparison, GasReport, OtherGas, Prices, TransactionGas
    from verkle.errors import StatelessError

# (heading, parts that the column adds up); those given back are below zero.
_RUN: Final = (("intrinsic", ("intrinsic",)), ("execution", ("execution",)))
_READ: Final = (("branches", ("branches",)), ("chunks", ("chunks",)), ("code", ("code_chunks",)))
_REST: Final = ("forfeited", "stipends", "refund")
WITNESS: Final = ("branches", "chunks", "code_chunks", "subtree_edits", "chunk_edits", "fills", "warm")
COLUMNS: Final = (
    *_RUN,
    *_READ,
    ("subtree edits", ("subtree_edits",)),
    ("chunk edits", ("chunk_edits",)),
    ("fills", ("fills",)),
    ("warm", ("warm",)),
    *((part, (part,)) for part in _REST),
)
NARROW: Final = (
    *_RUN,
    *_READ,
    ("edits", ("subtree_edits", "chunk_edits", "fills")),
    ("other", ("warm", *_REST)),
)
NARROWER: Final = (*_RUN, ("witness", WITNESS), ("other", _REST))
SMALL: Final = (("intrinsic + execution", ("intrinsic", "execution")), ("witness", WITNESS), ("other", _REST))
LEAST: Final = (("witness", WITNESS),)
# From the widest to the narrowest: the columns, and whether there is one for the target.
LAYOUTS: Final = (
    (COLUMNS, True),
    (NARROW, True),
    (NARROWER, True),
    (NARROWER, False),
    (SMALL, False),
    (LEAST, False),
)
ALWAYS: Final = frozenset({*(heading for heading, _ in NARROW[:-1]), *(heading for heading, _ in SMALL[:-1])})
TARGET: Final = 1
"""The column of whom a transaction is to."""
COMPARED_EXPENDABLE: Final = (TARGET, 2, 3)
NARROWED: Final = "Columns are joined or left out to fit; a wider terminal, --md and --json have all."
_BACK: Final = frozenset({"stipends", "refund"})


def print_tables(settings: Settings, file: str, report: GasReport, *, as_markdown: bool) -> None:
    """Print what was spent and, if asked for, what would be."""
    view = screen(settings)
    width = None if as_markdown else console(settings).width if view.drawn else columns()
    joined = False
    heads = [_head(file, report)]
    tables = [_spent(report, view, COLUMNS)]
    if report.comparison is not None:
        heads.append(_compared_head(report.comparison.prices))
        tables.append(_compared(report, report.comparison, view, brief=width is not None))
    if width is not None:
        tables[0], joined = _fitting(report, view, width)
    for i, (head, table) in enumerate(zip(heads, tables, strict=True)):
        if i:
            print()
        if as_markdown:
            print(f"**{head}**\n")
            print("\n".join(_markdown(table)))
        else:
            left_out = show(settings, head, table, COMPARED_EXPENDABLE if i else (), style=_style)
            if left_out or (joined and not i):
                remark(settings, NARROWED)
    for note in (*(() if width is None else _refusals(report)), *_notes(report)):
        print(f"\n{note}" if as_markdown else folded(note))


def _head(file: str, report: GasReport) -> str:
    transactions = count(len(report.transactions), "transaction")
    return f"{printable(file)}: block {report.number}, {transactions} under {report.prices.rules}"


def _compared_head(other: Prices) -> str:
    """The other rules, and the prices that are not their own."""
    changed: list[str] = []
    rules = RULE_SETS.get(other.rules)
    own = None if rules is None or rules.execution is None else rules.execution.costs
    if own is not None and other.costs is not None:
        before = asdict(own)
        changed = [f"{name}={value}" for name, value in asdict(other.costs).items() if before[name] != value]
    return f"on the same state under {other.rules}" + (f", {', '.join(changed)}" if changed else "")


def _value(gas: Gas, parts: Sequence[str]) -> int:
    return sum(-getattr(gas, part) if part in _BACK else getattr(gas, part) for part in parts)


def _number(value: int, view: Screen) -> str:
    return f"{value:,}".replace("-", view.symbols.minus)


def _signed(value: int, view: Screen) -> str:
    return f"+{value:,}" if value > 0 else _number(value, view)


def _target(row: TransactionGas, view: Screen) -> str:
    if row.to is None:
        return "creation"
    return short_hex(row.to, head=3, ellipsis=view.symbols.ellipsis)


def _status(succeeded: bool, view: Screen) -> str:
    return view.symbols.passed if succeeded else view.symbols.failed


def _fitting(report: GasReport, view: Screen, width: int) -> tuple[Table, bool]:
    """The widest of the layouts that fit into ``width``, else the narrowest; whether columns are
    joined in it or left out."""
    for layout, has_target in LAYOUTS[:-1]:
        table = _spent(report, view, layout)
        if not has_target:
            table = table.without(TARGET)
        measure = drawn_width if view.drawn else plain_width
        if measure(table) <= width:
            return table, layout is not COLUMNS
    return _spent(report, view, LEAST).without(TARGET), True


def _spent(report: GasReport, view: Screen, columns: Sequence[tuple[str, tuple[str, ...]]]) -> Table:
    shown = [
        (heading, parts)
        for heading, parts in columns
        if heading in ALWAYS or any(_value(row.gas, parts) for row in report.transactions)
    ]

    def cells(gas: Gas) -> tuple[str, ...]:
        return (_number(gas.used, view), *(_number(_value(gas, parts), view) for _, parts in shown))

    return Table(
        ("tx", "to", "", "gas used", *(heading for heading, _ in shown)),
        tuple(
            (str(row.index), _target(row, view), _status(row.succeeded, view), *cells(row.gas))
            for row in report.transactions
        ),
        frozenset({TARGET, 2}),
        ("", "total", "", *cells(report.total)),
    )


def _compared(report: GasReport, compared: Comparison, view: Screen, *, brief: bool) -> Table:
    """``brief``: what could not be run is named and not explained (``_refusals`` does)."""
    lines = []
    for row in report.transactions:
        other = row.other
        if other is None:
            continue
        if other.gas is None or other.difference is None:
            refusal = other.refusal
            said = "" if refusal is None else refusal.family if brief else _refusal(refusal)
            numbers = (view.symbols.dash, view.symbols.dash)
        else:
            said = _outcome(row, other, view)
            numbers = (_number(other.gas.used, view), _signed(other.difference, view))
        lines.append((str(row.index), _target(row, view), _number(row.gas.used, view), *numbers, said))
    every = compared.transactions == len(report.transactions)
    total = (
        "",
        "total" if every else f"total of {compared.transactions}",
        _number(compared.own.used, view),
        _number(compared.other.used, view),
        _signed(compared.difference, view),
        _percent(compared.own.used, compared.other.used, view),
    )
    return Table(
        ("tx", "to", "gas used", "would use", "difference", "outcome"),
        tuple(lines),
        frozenset({TARGET, 5}),
        total,
        broken=5,
    )


def _percent(before: int, after: int, view: Screen) -> str:
    if before <= 0:
        return ""
    tenths = round(1000 * (after - before) / before)
    sign = "+" if tenths > 0 else view.symbols.minus if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10} %"


def _outcome(row: TransactionGas, other: OtherGas, view: Screen) -> str:
    if not other.changed:
        return "the same"
    was, now = ("success", "failure") if row.succeeded else ("failure", "success")
    words = {"status": f"{was} {view.symbols.arrow} {now}", "logs": "other logs", "writes": "other writes"}
    return ", ".join(words[each] for each in other.changed)


def _refusal(error: StatelessError) -> str:
    """Why there is nothing to say, with the leaf that is missing."""
    from cli.error_words import where_texts
    from stateless.verdict import error_to_json, to_plain

    where = {name: value for name, value in error.where.items() if name in {"account", "chunk"}}
    places = where_texts(error_to_json(error) | {"where": to_plain(where)})
    return printable(
        f"{error.family}, {error.code}: {error.message}" + "".join(f", {each}" for each in places)
    )


def _refusals(report: GasReport) -> list[str]:
    """For each transaction that could not be run under the other rules: which, and why."""
    refused = [(row.index, row.other.refusal) for row in report.transactions if row.other is not None]
    return [f"tx {index}: {_refusal(error)}" for index, error in refused if error is not None]


def _notes(report: GasReport) -> list[str]:
    notes = []
    used, limit = report.total.used, report.gas_limit
    if report.header_gas_used is not None and used != report.header_gas_used:
        notes.append(f"The header says that {report.header_gas_used:,} gas was used.")
    compared = report.comparison
    if compared is not None and limit is not None and compared.other.used > limit:
        notes.append(f"The transactions would not fit into the block, which has {limit:,} gas.")
    if compared is not None and compared.prices.costs is None:
        notes.append(
            f"{compared.prices.rules} charges for accounts and slots, not for the witness (EIP-2929)."
        )
    return notes


def _markdown(table: Table) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    marks = ["---" if i in table.left else "---:" for i in range(len(table.headings))]
    head, *rest = table.every
    return [line(head), line(marks), *(line(cells) for cells in rest)]


def _style(line: Line, cell: str) -> str:
    del line
    if cell == "✗":
        return "red"
    if cell == "✓":
        return "green"
    return "dim" if cell == "0" else ""
