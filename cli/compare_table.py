"""``stateless compare`` for people: per block and size a line for each tree and each way to send code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.settings import Settings
from cli.terminal import console, folded, printable, screen
from cli.words import count

if TYPE_CHECKING:
    from stateless.compare.engine import Compared
    from stateless.compare.rows import Row

HEADINGS: Final = (
    "tree", "code", "proof", "values", "code bytes", "headers", "total", "zstd", "prove", "verify", "run",
    "root", "assumed", "figures",
)  # fmt: skip
LEFT: Final = frozenset({"tree", "code", "figures"})
WIDE: Final = 120
WIDE_ONLY: Final = frozenset({"headers", "zstd", "run", "root"})
CAPTION: Final = (
    "bytes; milliseconds; measured: on the block's own state, modelled: on a sampled one or counted"
)


def show(settings: Settings, compared: Sequence[Compared], seconds: float) -> None:
    """Print all tables, the quoted figures, and how long it took."""
    view = screen(settings)
    for block in compared:
        if settings.quiet:
            break
        sizes = dict.fromkeys((row.own_size, row.keys) for row in block.rows)
        for own, keys in sizes:
            state = f"{'its own state of about ' if own else ''}{keys:,} leaves"
            title = f"{printable(str(block.block['block']))}, {state}"
            rows = [row for row in block.rows if (row.own_size, row.keys) == (own, keys)]
            lines = [_cells(row, view.symbols.dash) for row in rows]
            if view.drawn:
                _draw(settings, title, lines)
            else:
                _print(title, lines)
        for note in dict.fromkeys(f"{row.tree}: {row.note}" for row in block.rows if row.note):
            print(folded(printable(note), hanging=4))
    _quoted()
    rows_in_all = sum(len(block.rows) for block in compared)
    print(
        folded(f"{count(len(compared), 'block')}, {count(rows_in_all, 'row')}; {seconds:.1f} s ({CAPTION})")
    )


def _cells(row: Row, dash: str) -> tuple[str, ...]:
    def number(value: float | None) -> str:
        return dash if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"

    code = row.code_policy if row.group_bits in {None, 1} else f"{row.code_policy}, {row.group_bits} levels"
    return (
        row.tree,
        code,
        number(row.proof_bytes),
        number(row.values_bytes),
        number(row.code_bytes),
        number(row.header_bytes),
        number(row.total_bytes),
        number(row.encodings.zstd),
        number(row.prove_ms),
        number(row.verify_ms),
        number(row.execute_ms),
        number(row.rebuild_ms),
        number(row.assumptions),
        row.kind,
    )


def _print(title: str, lines: Sequence[Sequence[str]]) -> None:
    print(title)
    widths = [max(len(line[i]) for line in (HEADINGS, *lines)) for i in range(len(HEADINGS))]
    for line in (HEADINGS, *lines):
        cells = [
            text.ljust(width) if HEADINGS[i] in LEFT else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def _draw(settings: Settings, title: str, lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawing = console(settings)
    shown = [i for i, name in enumerate(HEADINGS) if drawing.width >= WIDE or name not in WIDE_ONLY]
    table = Table(box=box.ROUNDED, border_style="dim", title=Text(title, "bold"), title_justify="left")
    for i in shown:
        table.add_column(HEADINGS[i], justify="left" if HEADINGS[i] in LEFT else "right")
    for line in lines:
        table.add_row(*(Text(line[i]) for i in shown))
    drawing.print(table)


def _quoted() -> None:
    from stateless.compare.quoted import QUOTED

    for row in QUOTED:
        size = "" if row.proof_bytes is None else f"{row.proof_bytes:,} B, "
        proving = "" if row.prove_ms is None else f"proven in {row.prove_ms / 1000:,.1f} s, "
        said = f"quoted, not run here: {size}{proving}verified in {row.verify_ms:g} ms: {row.source}"
        print(folded(said, hanging=4))
