"""The table of ``stateless convert --sizes``: one witness a line, its bytes in every encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cli.settings import Settings
from cli.terminal import Screen, console, printable, screen
from stateless.conversion import EncodedSize, EncodedSizes, encoded_sizes
from witness.containers import ExecutionWitness

SCHEMA: Final = "stateless/sizes/1"
CAPTION: Final = (
    "bytes; cbor: the whole file, with schema, state root and digest; witness: what of it ssz has"
)
ZLIB: Final = "zlib: as a measure of what general compression would still find"


@dataclass(frozen=True, slots=True)
class Row:
    """One witness: the input it came from, its name, how many keys it has, and its sizes."""

    input: str
    name: str
    keys: int
    sizes: EncodedSizes


def row(source: str, name: str, witness: ExecutionWitness) -> Row:
    """Measure a witness."""
    keys = sum(len(stem.suffixes) for stem in witness.state_diff)
    return Row(source, name, keys, encoded_sizes(witness))


def print_json(rows: Sequence[Row], code: int) -> None:
    """Print one object."""
    import json

    from cli.version import version

    said: dict[str, Any] = {
        "schema": SCHEMA,
        "version": version(),
        "exit_code": code,
        "results": [
            {"input": row.input, "name": row.name, "keys": row.keys} | asdict(row.sizes) for row in rows
        ],
        "total": {"keys": sum(row.keys for row in rows)} | asdict(_total(rows)),
    }
    print(json.dumps(said, indent=2))


def _total(rows: Sequence[Row]) -> EncodedSizes:
    """The sums, of a column with a gap ``None``."""
    return EncodedSizes(
        json=_sum([row.sizes.json for row in rows]),
        ssz=_sum([row.sizes.ssz for row in rows]),
        cbor=_sum([row.sizes.cbor for row in rows]),
        cbor_witness_bytes=sum(row.sizes.cbor_witness_bytes for row in rows),
    )


def _sum(sizes: Sequence[EncodedSize]) -> EncodedSize:
    plain = [size.plain_bytes for size in sizes]
    packed = [size.zlib_bytes for size in sizes]
    return EncodedSize(
        sum(number for number in plain if number is not None) if None not in plain else None,
        sum(number for number in packed if number is not None) if None not in packed else None,
    )


HEADINGS: Final = (
    "name", "keys", "json", "ssz", "cbor", "of ssz", "witness", "of ssz",
    "json+zlib", "ssz+zlib", "cbor+zlib",
)  # fmt: skip


# Columns below which those of less interest are left out.
WIDE: Final = 110
WIDE_ONLY: Final = frozenset({"keys", "json+zlib", "ssz+zlib", "cbor+zlib"})


def print_table(settings: Settings, rows: Sequence[Row]) -> None:
    """Print the table, drawn on a terminal, in plain columns elsewhere; with a sum below several."""
    view = screen(settings)
    lines = [_cells(row.name, row.keys, row.sizes, view) for row in rows]
    if len(rows) > 1:
        lines.append(_cells("total", sum(row.keys for row in rows), _total(rows), view))
    if view.drawn:
        _draw(settings, lines, summed=len(rows) > 1)
        return
    widths = [max(len(line[i]) for line in (HEADINGS, *lines)) for i in range(len(HEADINGS))]
    for line in (HEADINGS, *lines):
        first, *numbers = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in numbers)]
        print("  ".join(cells).rstrip())
    print(f"({CAPTION}; {ZLIB})")


def _cells(name: str, keys: int, sizes: EncodedSizes, view: Screen) -> tuple[str, ...]:
    def number(value: int | None) -> str:
        return view.symbols.dash if value is None else f"{value:,}"

    def share(value: int | None) -> str:
        ssz = sizes.ssz.plain_bytes
        return view.symbols.dash if value is None or ssz is None else f"{100 * value / ssz:.1f} %"

    return (
        printable(name),
        number(keys),
        number(sizes.json.plain_bytes),
        number(sizes.ssz.plain_bytes),
        number(sizes.cbor.plain_bytes),
        share(sizes.cbor.plain_bytes),
        number(sizes.cbor_witness_bytes),
        share(sizes.cbor_witness_bytes),
        number(sizes.json.zlib_bytes),
        number(sizes.ssz.zlib_bytes),
        number(sizes.cbor.zlib_bytes),
    )


def _draw(settings: Settings, lines: Sequence[Sequence[str]], *, summed: bool) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawing = console(settings)
    wide = drawing.width >= WIDE
    shown = [i for i, heading in enumerate(HEADINGS) if wide or heading not in WIDE_ONLY]
    note = ZLIB if wide else "on a wider terminal also keys and zlib"
    caption = f"{CAPTION}; {note}"
    table = Table(box=box.ROUNDED, border_style="dim", caption=caption, caption_justify="left")
    for i in shown:
        if i == 0:
            table.add_column(HEADINGS[i], overflow="fold", min_width=12)
        else:
            table.add_column(HEADINGS[i].replace("+", "\n+"), justify="right", no_wrap=True)
    for number, line in enumerate(lines):
        last = summed and number == len(lines) - 1
        if last:
            table.add_section()
        table.add_row(*(Text(line[i], "bold" if last else "") for i in shown))
    drawing.print(table)
