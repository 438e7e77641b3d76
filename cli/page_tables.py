"""Tables of the report page: heads that sort where there is script, numbers to the right, units on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cli.page_data import Row, Variant
from cli.page_numbers import NOTHING, kilobytes, milliseconds, power_of_two, whole
from cli.page_svg import escape, shortened

MOST_ROWS: Final = 1500
"""Of one table; the data in the page has the rest."""
MOST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """``html``: escaped; ``value``: to sort by, ``None`` where a number is not known."""

    html: str
    value: float | None = None
    is_number: bool = False
    class_: str = ""


def words(said: str | None, class_: str = "") -> Cell:
    """A cell of text."""
    return Cell(escape(shortened(said, MOST_NAME)) if said else NOTHING, class_=class_)


def figure(value: float | None, said: str, class_: str = "") -> Cell:
    """A cell of a number; ``said``: as it is printed."""
    return Cell(escape(said), value, True, class_)


def count_cell(value: float | None) -> Cell:
    """A count."""
    return figure(value, whole(value))


def kilobytes_cell(value: float | None) -> Cell:
    """Bytes in a column of kB."""
    return figure(value, kilobytes(value))


def megabytes_cell(value: float | None) -> Cell:
    """Bytes in a column of MB."""
    return figure(value, NOTHING if value is None else f"{value / 1e6:.1f}")


def milliseconds_cell(value: float | None) -> Cell:
    """A time in a column of ms."""
    return figure(value, milliseconds(value))


def keys_cell(value: int | None) -> Cell:
    """Leaves of a state."""
    return figure(value, NOTHING if value is None else power_of_two(value))


def variant_cells(variant: Variant) -> tuple[Cell, ...]:
    """Tree and what is carried of code, for columns "tree" and "code"."""
    swatch = f'<span class="swatch {variant.class_}"></span>'
    policy = {"whole": "whole", "chunks": "chunks run", "none": "none"}.get(variant.code_policy or "")
    return Cell(swatch + escape(shortened(variant.tree_and_group, MOST_NAME)), class_="w"), words(
        policy or variant.code_policy, "w"
    )


def kind_cell(row: Row) -> Cell:
    """Measured, modelled or quoted, and whether what was proven was also verified."""
    badge = f'<span class="badge {row.kind}">{row.kind}</span>'
    if row.kind != "quoted" and row.verified is False and row.verify_ms is not None:
        badge += ' <span class="badge bad">not verified</span>'
    return Cell(badge, class_="w")


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. ``unit``: in smaller letters below."""

    name: str
    unit: str = ""
    is_number: bool = True
    class_: str = ""


def word_columns(*names: str) -> tuple[Column, ...]:
    """The heads of columns of text."""
    return tuple(Column(name, is_number=False) for name in names)


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    sortable: bool = True,
    name: str,
) -> str:
    """A table that scrolls sideways where it has no room. The first cell of each row is its head."""
    shown = rows[:MOST_ROWS]
    if len(rows) > len(shown):
        caption += (
            f" The first {whole(len(shown))} of {whole(len(rows))} rows; the data in this file has all."
        )
    head = "".join(
        f'<th scope="col"{_classes(("n" if column.is_number else ""), column.class_)}>{escape(column.name)}'
        + (f"<small>{escape(column.unit)}</small>" if column.unit else "")
        + "</th>"
        for column in columns
    )
    body = "".join(f"<tr>{''.join(_cell(cell, i == 0) for i, cell in enumerate(row))}</tr>" for row in shown)
    tall = " tall" if len(shown) > 14 else ""
    kind = ' class="sortable"' if sortable and len(shown) > 1 else ""
    return (
        f'<div class="scroll{tall}" role="region" aria-labelledby="{name}" tabindex="0"><table{kind}>'
        f'<caption id="{name}"><span>{escape(caption)}</span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: Cell, is_head: bool) -> str:
    classes = _classes("n" if cell.is_number else "", cell.class_)
    value = "" if cell.value is None else f"{cell.value:.10g}"
    sorting = f' data-v="{value}"' if cell.is_number else ""
    if is_head:
        return f'<th scope="row"{classes}{sorting}><bdi>{cell.html}</bdi></th>'
    return f"<td{classes}{sorting}>{cell.html}</td>"


def _classes(*names: str) -> str:
    said = " ".join(name for name in names if name)
    return f' class="{said}"' if said else ""


def row_table(rows: Sequence[Row]) -> str:
    """Every witness with its figures."""
    columns = [
        *word_columns("Block", "Tree", "Code", "Kind"),
        Column("State", "leaves"),
        Column("Touched", "leaves"),
        Column("Proof", "kB"),
        Column("Values", "kB"),
        Column("Code", "kB"),
        Column("Headers", "kB"),
        Column("Total", "kB"),
        Column("Mean depth"),
        Column("Siblings", "hashes"),
        Column("Commitments"),
        Column("Openings"),
        Column("Prove", "ms"),
        Column("Verify", "ms"),
        Column("Root after", "ms"),
        Column("Execute", "ms"),
        Column("Memory", "MB, peak"),
        Column("Assumptions"),
    ]
    return table(
        "One line a witness. A dash: not known, or nothing of this kind in this tree.",
        columns,
        [
            (
                words(row.block),
                *variant_cells(row.variant),
                kind_cell(row),
                keys_cell(row.keys),
                count_cell(row.keys_touched),
                kilobytes_cell(row.proof_bytes),
                kilobytes_cell(row.values_bytes),
                kilobytes_cell(row.code_bytes),
                kilobytes_cell(row.header_bytes),
                kilobytes_cell(row.total_bytes),
                figure(row.mean_depth, NOTHING if row.mean_depth is None else f"{row.mean_depth:.2f}"),
                count_cell(row.siblings),
                count_cell(row.commitments),
                count_cell(row.openings),
                milliseconds_cell(row.prove_ms),
                milliseconds_cell(row.verify_ms),
                milliseconds_cell(row.rebuild_ms),
                milliseconds_cell(row.execute_ms),
                megabytes_cell(row.peak_memory_bytes),
                count_cell(row.assumptions),
            )
            for row in rows
        ],
        name="all-rows",
    )
