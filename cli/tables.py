"""Tables of texts: plain columns for pipes and files, boxes on a terminal with the columns that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cli.settings import Settings
from cli.terminal import columns, console, folded, screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

LEFT_OUT: Final = "Columns are left out to fit; a wider terminal and --json have all."
# Of a column of words that is broken into lines, if its words are that long.
LEAST_WORDS: Final = 14

Line = tuple[str, ...]
Style = Callable[[Line, str], str]
"""From a line and a cell of it to the cell's style, in rich's words."""


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and cells. ``left``: the columns that hold words. ``total``: a last line that sums up.
    ``broken``: the column whose words may be broken into lines, to a width of ``LEAST_WORDS``."""

    headings: Line
    lines: tuple[Line, ...]
    left: frozenset[int]
    total: Line | None = None
    broken: int | None = None

    @property
    def every(self) -> tuple[Line, ...]:
        """All lines, headings first."""
        return (self.headings, *self.lines, *(() if self.total is None else (self.total,)))

    def without(self, column: int) -> Table:
        """The table without a column. A word of the last line there goes to its begin, if that is free."""

        def cut(line: Line) -> Line:
            return (*line[:column], *line[column + 1 :])

        def moved(i: int) -> int:
            return i - (i > column)

        total = self.total
        if total is not None and column in self.left and not total[0]:
            total = (total[column].partition(" ")[0], *total[1:])
        return Table(
            cut(self.headings),
            tuple(cut(line) for line in self.lines),
            frozenset(moved(i) for i in self.left if i != column),
            None if total is None else cut(total),
            None if self.broken in {None, column} else moved(self.broken or 0),
        )


def plain(table: Table) -> list[str]:
    """Columns set apart by two spaces, words to the left, numbers to the right."""
    widths = [max(len(line[i]) for line in table.every) for i in range(len(table.headings))]
    return [
        "  ".join(
            cell.ljust(width) if i in table.left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table.every
    ]


def drawn_width(table: Table) -> int:
    """The least width of the drawing: borders, headings broken at their spaces, the broken column at its
    narrowest, every other cell whole."""
    widths = [max(map(len, heading.split()), default=0) for heading in table.headings]
    for line in table.every[1:]:
        widths = [max(width, len(cell)) for width, cell in zip(widths, line, strict=True)]
    if table.broken is not None:
        widths[table.broken] = min(widths[table.broken], LEAST_WORDS)
    return 1 + sum(width + 3 for width in widths)


def plain_width(table: Table) -> int:
    """The width of the plain columns."""
    return max(map(len, plain(table)))


def fitted(
    table: Table, width: int, expendable: Iterable[int], measure: Callable[[Table], int] = drawn_width
) -> Table:
    """The table without as many of the expendable columns, in this order, as it must lose to be no wider than
    ``width``."""
    gone: list[int] = []
    for column in expendable:
        if measure(table) <= width:
            break
        table = table.without(column - sum(other < column for other in gone))
        gone.append(column)
    return table


def no_style(line: Line, cell: str) -> str:
    """For tables without colours."""
    del line, cell
    return ""


def show(
    settings: Settings,
    head: str,
    table: Table,
    expendable: Iterable[int] = (),
    *,
    style: Style = no_style,
    indent: str = "",
) -> bool:
    """Print a line and the table below it, drawn or in plain columns, ``indent`` in front of these. Whether
    columns are left out, as a terminal has no room for them."""
    view = screen(settings)
    if view.drawn:
        drawing = console(settings)
        shown = fitted(table, drawing.width, expendable)
        _draw(drawing, head, shown, style)
        return shown is not table
    width = columns()
    shown = table if width is None else fitted(table, width - len(indent), expendable, plain_width)
    if head:
        print(folded(head))
    print("\n".join(indent + line for line in plain(shown)))
    return shown is not table


def _draw(drawing: Console, head: str, table: Table, style: Style) -> None:
    from rich import box
    from rich.table import Table as Drawn
    from rich.text import Text

    if head:
        drawing.print(Text(head, "bold"))
    drawn = Drawn(box=box.ROUNDED, border_style="dim")
    for i, heading in enumerate(table.headings):
        drawn.add_column(
            heading.replace(" ", "\n"),
            justify="left" if i in table.left else "right",
            no_wrap=i != table.broken,
            overflow="fold",
        )
    for line in table.lines:
        drawn.add_row(*(Text(cell, style(line, cell)) for cell in line))
    if table.total is not None:
        drawn.add_section()
        drawn.add_row(*(Text(cell, "bold") for cell in table.total))
    drawing.print(drawn)


def remark(settings: Settings, text: str) -> None:
    """Print what is to be said of a table, faint where it is drawn."""
    if not screen(settings).drawn:
        print(folded(text))
        return
    from rich.text import Text

    console(settings).print(Text(text, "dim"))


def places(headings: Sequence[str], names: Iterable[str]) -> tuple[int, ...]:
    """Where the columns of these names stand; a name may stand for several."""
    return tuple(i for name in names for i, heading in enumerate(headings) if heading == name)


def named_texts() -> Grid:
    """For lines with a faint name in front of a text, without borders."""
    from rich.table import Table as Drawn

    grid = Drawn.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
