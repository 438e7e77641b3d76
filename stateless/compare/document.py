"""The result of ``compare`` for machines and for people: one JSON object, CSV, Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stateless.compare.engine import Asked, Compared
from stateless.compare.quoted import QUOTED
from stateless.compare.rows import SCHEMA, Row

__all__ = ["document", "to_csv", "to_markdown"]

_NESTED: Final = ("encodings", "operations")
_COLUMNS: Final = (
    "block", "tree", "keys", "code", "kind", "proof B", "values B", "code B", "headers B", "total B",
    "zstd B", "prove ms", "verify ms", "assumed", "checked",
)  # fmt: skip


def document(
    compared: Sequence[Compared],
    asked: Asked,
    *,
    version: str | None,
    exit_code: int,
    provenance: Mapping[str, Any],
    refused: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """``stateless/compare/1``: what was asked, the blocks, and all rows, quoted ones last.

    ``provenance``: command, machine, libraries and inputs. ``refused``: inputs of which nothing was measured,
    each with its error.
    """
    rows = [row for block in compared for row in block.rows]
    return {
        "schema": SCHEMA,
        "version": version,
        "exit_code": exit_code,
        "provenance": dict(provenance),
        "trees": list(asked.trees),
        "keys": ["own" if keys is None else keys for keys in asked.sizes],
        "blocks": [dict(block.block) for block in compared],
        "refused": list(refused),
        "results": [row.to_json() for row in (*rows, *QUOTED)],
    }


def to_csv(rows: Sequence[Row]) -> str:
    """A line for each row, the members of nested objects as columns of their own (``encodings_own`` …),
    depths as ``depth:count`` with spaces between."""
    flat = [_flat(row) for row in rows]
    out = io.StringIO()
    names = list(flat[0]) if flat else list(_flat(Row("verkle", "measured")))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.to_json().items():
        if name in _NESTED:
            flat |= {f"{name}_{part}": number for part, number in value.items()}
        elif name == "depths":
            flat[name] = " ".join(f"{depth}:{count}" for depth, count in value.items())
        else:
            flat[name] = value
    return flat


def to_markdown(compared: Sequence[Compared]) -> str:
    """A table of all rows, then the quoted figures with their sources, then what to know of single rows."""
    rows = [row for block in compared for row in block.rows]
    lines = [
        _line(_COLUMNS),
        _line(["---"] * 5 + ["---:"] * 9 + ["---"]),
        *(_line(_cells(row)) for row in rows),
    ]
    lines += ["", "Quoted, not run here:", "", _line(("proof B", "prove ms", "verify ms", "source", "note"))]
    lines.append(_line(["---:"] * 3 + ["---"] * 2))
    for row in QUOTED:
        numbers = [_number(row.proof_bytes), _number(row.prove_ms), _number(row.verify_ms)]
        lines.append(_line([*numbers, _text(row.source), _text(row.note)]))
    notes = dict.fromkeys((row.block, row.tree, row.note) for row in rows if row.note)
    if notes:
        lines += ["", *(f"- {_text(block)}, {tree}: {_text(note)}" for block, tree, note in notes)]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    code = str(row.code_policy)
    if row.group_bits not in {None, 1}:
        code += f", {row.group_bits} bits a node"
    checked = "verified, run" if row.executed else "verified" if row.verified else ""
    if row.verify_ms is None:
        checked = "counted"
    return [
        _text(row.block),
        row.tree,
        ("own, about " if row.own_size else "") + _number(row.keys),
        code,
        row.kind,
        *(
            _number(number)
            for number in (
                row.proof_bytes, row.values_bytes, row.code_bytes, row.header_bytes, row.total_bytes,
                row.encodings.zstd, row.prove_ms, row.verify_ms, row.assumptions,
            )
        ),
        checked,
    ]  # fmt: skip


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _text(text: str | None) -> str:
    """Text as it stands in a cell: no name of a file ends it."""
    return "" if text is None else "".join(c if c.isprintable() else " " for c in text).replace("|", "\\|")
