"""The table of ``stateless convert --sizes``: one witness a line, its bytes in every encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cli.settings import Settings
from cli.tables import LEFT_OUT, Table, places, remark, show
from cli.terminal import Screen, printable, screen
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
    from cli.json_output import print_object

    said: dict[str, Any] = {
        "results": [
            {"input": row.input, "name": row.name, "keys": row.keys} | asdict(row.sizes) for row in rows
        ],
        "total": {"keys": sum(row.keys for row in rows)} | asdict(_total(rows)),
    }
    print_object(SCHEMA, code, said)


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


# What is of less interest, the least first.
EXPENDABLE: Final = places(
    HEADINGS, ("json+zlib", "ssz+zlib", "cbor+zlib", "keys", "of ssz", "witness", "json")
)


def print_table(settings: Settings, rows: Sequence[Row]) -> None:
    """Print the table, drawn on a terminal, in plain columns elsewhere; with a sum below several."""
    view = screen(settings)
    lines = [_cells(row.name, row.keys, row.sizes, view) for row in rows]
    total = None
    if len(rows) > 1:
        total = _cells("total", sum(row.keys for row in rows), _total(rows), view)
    table = Table(HEADINGS, tuple(lines), frozenset({0}), total, broken=0)
    left_out = show(settings, "", table, EXPENDABLE)
    remark(settings, f"({CAPTION}; {ZLIB})")
    if left_out:
        remark(settings, LEFT_OUT)


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
