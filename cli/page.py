"""``stateless compare --html``: a comparison as one page that needs nothing but itself.

The page makes no request and its policy forbids every one; style and script are named in it by their digests,
so that nothing else in the page can run. It reads without script, which only sorts tables, switches colours
and saves the data. What comes from inputs (names of blocks, notes, sources) is escaped where it is printed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Final

from cli import page_figures as figures
from cli import page_spread as spread
from cli import page_tables as tables
from cli.page_data import (
    TREES,
    UNNAMED,
    Comparison,
    Row,
    Variant,
    by_variant,
    common,
    comparison,
    kind_words,
    middle,
    with_code,
    without_code,
)
from cli.page_figures import Figure
from cli.page_numbers import NOTHING, duration, power_of_two, size
from cli.page_provenance import provenance
from cli.page_style import SCRIPT, drawing_style, page_style
from cli.page_svg import escape
from cli.page_tables import Cell, Column, word_columns
from cli.page_words import HOW_TO_READ, TERMS, TITLE, finding, limits, one_line

_NUMBERS: Final = "The numbers"
_MOST_QUOTED_COLUMNS: Final = 2


def report_html(document: Mapping[str, object]) -> str:
    """The page for a document of ``stateless/compare/1``; the same document gives the same page.

    What is null or missing is said to be unknown or left out; nothing is raised for it.
    """
    data = comparison(document)
    sections = _sections(data, document)
    style, script = page_style(), SCRIPT
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    contents = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title, _ in sections)
    body = "".join(
        f'<section id="{name}" aria-labelledby="{name}-head">'
        f'<h2 id="{name}-head">{escape(title)}</h2>{html}</section>'
        for name, title, html in sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(TITLE)}</title><style>{style}</style></head>"
        '<body><a class="skip" href="#content">Skip to the content</a><div class="page">'
        f'<header><div class="bar"><span><code>stateless compare</code></span>'
        '<span><button type="button" class="control js-only" id="save">Save data</button> '
        '<button type="button" class="control js-only" id="theme">Dark</button></span></div></header>'
        f'<nav class="contents" aria-label="Contents"><ol>{contents}</ol></nav>'
        f'<main id="content"><h1>{escape(TITLE)}</h1><p class="lead">{finding(data)}</p>{_tiles(data)}{body}'
        f"<footer>{_footer(document)}</footer></main></div>"
        f'<script type="application/json" id="data">{_embedded(document)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def main_chart_svg(document: Mapping[str, object]) -> str | None:
    """The drawing of bytes against the size of the state, else of bytes by part, as a file of its own."""
    data = comparison(document)
    figure = next(iter(figures.against_keys(data)), None) or figures.parts(data, None, code=True)
    if figure is None:
        return None
    return figure.wide.replace("</desc>", f"</desc><style>{drawing_style()}</style>", 1) + "\n"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(document: Mapping[str, object]) -> str:
    """The document as JSON in which no character can end the element that holds it."""
    text = json.dumps(_plain(document), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(value: object) -> object:
    """As JSON can say it: numbers that are none become null, what is of no JSON type its text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _footer(document: Mapping[str, object]) -> str:
    version = document.get("version")
    said = (
        f"Made by <code>stateless compare</code>{f' {escape(version)}' if isinstance(version, str) else ''}."
    )
    return f"{said} This file makes no request; the data of every figure is in it."


# Sections.


def _sections(data: Comparison, document: Mapping[str, object]) -> list[tuple[str, str, str]]:
    large = data.sizes[-1] if data.sizes else None
    counter = _Counter()
    found = [
        ("read", "How to read this", _how_to_read()),
        (
            "parts",
            "Bytes by part",
            counter.figures(
                figures.parts(data, None, code=True),
                figures.parts(data, None, code=False),
                figures.parts(data, large, code=True) if large else None,
            ),
        ),
        ("size", "Against the size of the state", counter.first_and_pair(figures.against_keys(data))),
        ("where", "Where the bytes go", counter.figures(figures.depths(data), figures.made_of(data))),
        ("blocks", "Over the blocks", counter.figures(spread.distribution(data))),
        ("time", "Time to verify", counter.pair(spread.times(data)) + _operations(data)),
        ("files", "As files", counter.figures(spread.encodings(data))),
        ("quoted", "Beside a SNARK", _quoted(data)),
        ("rows", "Every witness", tables.row_table(data.ours) if data.ours else ""),
        ("limits", "What this cannot say", _list(limits(data)) + _remarks(data)),
        ("provenance", "Where the figures come from", provenance(document)),
    ]
    return [section for section in found if section[2]]


class _Counter:
    """Numbers the figures in the order in which they stand."""

    def __init__(self) -> None:
        self._next = 1

    def figures(self, *drawn: Figure | None) -> str:
        return "".join(self._html(figure) for figure in drawn if figure is not None)

    def pair(self, drawn: Sequence[Figure]) -> str:
        """Side by side where there is room."""
        inside = self.figures(*drawn)
        return f'<div class="panels">{inside}</div>' if inside else ""

    def first_and_pair(self, drawn: Sequence[Figure]) -> str:
        """The first over the whole width, the others side by side."""
        return self.figures(*drawn[:1]) + self.pair(drawn[1:])

    def _html(self, figure: Figure) -> str:
        number, self._next = self._next, self._next + 1
        key = "".join(f"<li>{item}</li>" for item in figure.key)
        return (
            f'<figure id="{figure.name}"><figcaption><strong>{number}. {escape(figure.title)}</strong>'
            f"<span>{escape(figure.caption)}</span></figcaption>"
            f'<div class="plate">{f"<ul class=key>{key}</ul>" if key else ""}'
            f'<div class="wide">{figure.wide}</div><div class="narrow">{figure.narrow}</div></div>'
            f"<details><summary>{_NUMBERS}</summary>{figure.table}</details></figure>"
        )


def _how_to_read() -> str:
    kinds = "".join(
        f'<dt><span class="badge {word.lower()}">{word.lower()}</span></dt><dd>{escape(one_line(said))}</dd>'
        for word, said in HOW_TO_READ
    )
    terms = "".join(f"<dt>{escape(word)}</dt><dd>{escape(one_line(said))}</dd>" for word, said in TERMS)
    return f'<dl class="facts">{kinds}</dl><dl class="facts">{terms}</dl>'


def _list(sentences: Sequence[str]) -> str:
    return (
        f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""
    )


def _remarks(data: Comparison) -> str:
    """What rows note about themselves, each note once."""
    noted = dict.fromkeys((row.variant.tree_name, row.remark) for row in data.ours if row.remark)
    items = "".join(f"<li><b>{escape(tree)}</b>: {escape(remark)}</li>" for tree, remark in noted)
    return f"<h3>Notes on single figures</h3><ul>{items}</ul>" if items else ""


def _tiles(data: Comparison) -> str:
    """One figure a tree: the median witness without code, which is where the trees differ."""
    rows = common([row for row in without_code(data.own) if _is_plain(row)], lambda row: row.without_code)
    large = data.sizes[-1] if data.sizes else None
    tiles = []
    for variant, each in _chunks_first(rows).items():
        value = middle(each, lambda row: row.without_code)
        if value is None:
            continue
        said = f"median witness without code, {kind_words(each)}, own state"
        at = [row for row in data.at(large) if row.variant == variant] if large else []
        there = middle(at, lambda row: row.without_code)
        if there is not None and large:
            said += f"; {size(there)} modelled at {power_of_two(large)} leaves"
        tiles.append(
            f'<li class="{variant.class_}"><span class="name">{escape(variant.tree_and_group)}</span>'
            f'<span class="big">{size(value)}</span><span class="what">{escape(said)}</span></li>'
        )
    return f'<ul class="tiles">{"".join(tiles)}</ul>' if tiles else ""


def _is_plain(row: Row) -> bool:
    """Of the trees that are shown by one figure: binary ones by theirs of one bit a level."""
    return row.variant.tree in TREES and (row.variant.group_bits or 1) == 1


def _chunks_first(rows: Sequence[Row]) -> dict[Variant, list[Row]]:
    """Rows of one variant a tree: the one with chunks, where there is one."""
    chosen: dict[str, tuple[Variant, list[Row]]] = {}
    for variant, each in by_variant(rows).items():
        if variant.tree not in chosen or variant.code_policy == "chunks":
            chosen[variant.tree] = (variant, each)
    return dict(chosen.values())


def _operations(data: Comparison) -> str:
    """Medians of times and of counts that are the same on every machine."""
    columns = [
        *word_columns("Tree", "Code"),
        Column("Prove", "ms"),
        Column("Verify", "ms"),
        Column("Root after", "ms"),
        Column("Additions", "of points"),
        Column("Hashes"),
        Column("Inversions"),
        Column("Memory", "MB, peak"),
    ]
    cells = []
    for variant, rows in by_variant(with_code(data.own)).items():
        if not any(row.verify_ms is not None or row.hashes is not None for row in rows):
            continue
        peak = max((row.peak_memory_bytes for row in rows if row.peak_memory_bytes), default=None)
        cells.append(
            (
                *tables.variant_cells(variant),
                tables.milliseconds_cell(middle(rows, lambda row: row.prove_ms)),
                tables.milliseconds_cell(middle(rows, lambda row: row.verify_ms)),
                tables.milliseconds_cell(middle(rows, lambda row: row.rebuild_ms)),
                tables.count_cell(middle(rows, lambda row: row.point_additions)),
                tables.count_cell(middle(rows, lambda row: row.hashes)),
                tables.count_cell(middle(rows, lambda row: row.inversions)),
                tables.megabytes_cell(peak),
            )
        )
    if not cells:
        return ""
    caption = "Medians in the blocks' own states. Counts are the same on every machine; times are not."
    return tables.table(caption, columns, cells, name="operations-numbers")


# Quoted figures.


def _quoted(data: Comparison) -> str:
    if not data.quoted:
        return ""
    proofs = [row for row in data.quoted if row.proof_bytes is not None and row.variant.tree == "snark"]
    beside = _beside(data, (proofs or list(data.quoted))[:_MOST_QUOTED_COLUMNS])
    columns = [
        *word_columns("What"),
        Column("Proof", "kB"),
        Column("Prove", "ms"),
        Column("Verify", "ms"),
        *word_columns("Source", "Note"),
    ]
    cells = [
        (
            tables.words(row.block if row.block != UNNAMED else row.variant.tree_name),
            tables.kilobytes_cell(row.proof_bytes),
            tables.milliseconds_cell(row.prove_ms),
            tables.milliseconds_cell(row.verify_ms),
            Cell(escape(row.source) if row.source else NOTHING, class_="long"),
            Cell(escape(row.remark) if row.remark else NOTHING, class_="long"),
        )
        for row in data.quoted
    ]
    return (
        "<p>A SNARK proves that a block was executed, whatever the tree below: its size does not grow with "
        "the block, and the work is on the side of whoever makes it. Nothing in its columns was run here.</p>"
        + beside
        + tables.table("Every quoted figure with its source.", columns, cells, name="quoted-numbers")
    )


def _beside(data: Comparison, quoted: Sequence[Row]) -> str:
    """Ours in a column a tree, each quoted figure in its own."""
    ours = _chunks_first([row for row in with_code(data.own) if _is_plain(row)])
    columns = [
        *word_columns(""),
        *(
            Column(variant.tree_name, f"median, {kind_words(rows)}", class_="side")
            for variant, rows in ours.items()
        ),
        *(
            Column(row.variant.tree_name, f"quoted: {row.source or 'no source'}", class_="side quoted")
            for row in quoted
        ),
    ]
    lines: list[list[Cell]] = []
    for words, measure, said in (
        ("Proof", "proof_bytes", size),
        ("Witness, all parts", "total_bytes", size),
        ("Time to prove", "prove_ms", duration),
        ("Time to verify", "verify_ms", duration),
    ):
        cells = [tables.words(words)]
        for rows in ours.values():
            value = middle(rows, lambda row, measure=measure: getattr(row, measure))  # type: ignore[misc]
            cells.append(tables.figure(value, said(value)))
        for row in quoted:
            value = getattr(row, measure)
            cells.append(tables.figure(value, said(value), "quoted"))
        lines.append(cells)
    caption = "Ours in the blocks' own states; theirs as quoted, of other blocks on other machines."
    return tables.table(caption, columns, lines, sortable=False, name="beside")
