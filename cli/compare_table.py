"""``stateless compare`` for people: per block and size a line for each tree and each way to send code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.settings import Settings
from cli.tables import LEFT_OUT, Table, places, remark
from cli.tables import show as show_table
from cli.terminal import folded, printable, screen
from cli.words import count

if TYPE_CHECKING:
    from stateless.compare.engine import Compared
    from stateless.compare.rows import Row

HEADINGS: Final = (
    "tree", "code", "proof", "values", "code bytes", "headers", "total", "zstd", "prove", "verify", "run",
    "root", "assumed", "figures",
)  # fmt: skip
TREE, CODE, FIGURES = places(HEADINGS, ("tree", "code", "figures"))
# What is of less interest, the least first.
EXPENDABLE: Final = places(
    HEADINGS,
    (
        "headers",
        "zstd",
        "run",
        "root",
        "assumed",
        "values",
        "code bytes",
        "prove",
        "verify",
        "figures",
        "proof",
    ),
)
CAPTION: Final = (
    "bytes; milliseconds; measured: on the block's own state, modelled: on a sampled one or counted"
)


def show(settings: Settings, compared: Sequence[Compared], seconds: float) -> None:
    """Print all tables, the quoted figures, and how long it took."""
    dash = screen(settings).symbols.dash
    left_out = False
    for block in compared:
        if settings.quiet:
            break
        sizes = dict.fromkeys((row.own_size, row.keys) for row in block.rows)
        for own, keys in sizes:
            state = f"{'its own state of about ' if own else ''}{keys:,} leaves"
            title = f"{printable(str(block.block['block']))}, {state}"
            rows = [row for row in block.rows if (row.own_size, row.keys) == (own, keys)]
            lines = tuple(_cells(row, dash) for row in rows)
            table = Table(HEADINGS, lines, frozenset({TREE, CODE, FIGURES}), broken=CODE)
            left_out |= show_table(settings, title, table, EXPENDABLE, indent="  ")
        for note in dict.fromkeys(f"{row.tree}: {row.note}" for row in block.rows if row.note):
            print(folded(printable(note), hanging=4))
    if left_out:
        remark(settings, LEFT_OUT)
    _quoted()
    rows_in_all = sum(len(block.rows) for block in compared)
    print(
        folded(f"{count(len(compared), 'block')}, {count(rows_in_all, 'row')}; {seconds:.1f} s ({CAPTION})")
    )


def _cells(row: Row, dash: str) -> tuple[str, ...]:
    def number(value: float | None) -> str:
        return dash if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"

    code = row.code_policy if row.group_bits in {None, 1} else f"{row.code_policy}, {row.group_bits} bits"
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


def _quoted() -> None:
    from stateless.compare.quoted import QUOTED

    for row in QUOTED:
        size = "" if row.proof_bytes is None else f"{row.proof_bytes:,} B, "
        proving = "" if row.prove_ms is None else f"proven in {row.prove_ms / 1000:,.1f} s, "
        said = f"quoted, not run here: {size}{proving}verified in {row.verify_ms:g} ms: {row.source}"
        print(folded(said, hanging=4))
