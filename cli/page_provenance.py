"""Where the figures of a report page come from: everything that the document says beside its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cli import page_tables as tables
from cli.page_numbers import NOTHING, whole
from cli.page_svg import escape
from cli.page_tables import Column, word_columns
from cli.words import label

_NOT_HERE: Final = frozenset({"results", "schema", "exit_code"})
_COMMANDS: Final = frozenset({"command", "commands", "reproduce", "commands_to_reproduce"})
_BLOCK_COUNTS: Final = ("number", "transactions", "gas_used")
_ACCESS_COUNTS: Final = ("accounts", "absent_accounts", "slots", "chunks")
_STATE_COUNTS: Final = ("leaves", "accounts", "contracts", "slots", "chunks", "stems")
_DEEPEST: Final = 4
_MOST: Final = 400
_FOLDED: Final = 12
"""Of more members than this, the list is folded."""


def provenance(document: Mapping[str, object]) -> str:
    """A list of names and values as HTML; commands to repeat the run first, as text to copy."""
    said = {name: value for name, value in document.items() if name not in _NOT_HERE}
    inner = said.pop("provenance", None)
    if isinstance(inner, Mapping):
        said |= {str(name): value for name, value in inner.items()}
    commands = [line for name in said if name in _COMMANDS for line in _lines(said[name]) if line]
    blocks, refused = _mappings(said.pop("blocks", None)), _mappings(said.pop("refused", None))
    facts = {name: value for name, value in said.items() if name not in _COMMANDS}
    schema = document.get("schema")
    if isinstance(schema, str):
        facts["schema"] = schema
    repeated = (
        f"<p>To make this page again:</p><pre><code>{escape_lines(commands)}</code></pre>" if commands else ""
    )
    listed = _blocks(blocks) + _refused(refused) + _states(blocks)
    return repeated + (_members(facts, 0) if facts else "") + listed


def _mappings(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list | tuple):
        return []
    return [each for each in value if isinstance(each, Mapping)]


def _number(members: Mapping[str, object], name: str) -> tables.Cell:
    value = members.get(name)
    known = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64
    return tables.count_cell(value if known and isinstance(value, int) else None)


def _text(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else None


def _blocks(blocks: Sequence[Mapping[str, object]]) -> str:
    """The inputs: what they did, and the digests by which to know them again."""
    if not blocks:
        return ""
    columns = [
        *word_columns("Block", "Came as"),
        *(Column(label(name).capitalize()) for name in _BLOCK_COUNTS),
        *(Column(label(name).capitalize(), "touched") for name in _ACCESS_COUNTS),
        *word_columns("SHA-256 of the input"),
    ]
    cells = []
    for block in blocks:
        accesses = block.get("accesses")
        touched: Mapping[str, object] = accesses if isinstance(accesses, Mapping) else {}
        cells.append(
            (
                tables.words(_text(block, "block")),
                tables.words(_text(block, "source_tree")),
                *(_number(block, name) for name in _BLOCK_COUNTS),
                *(_number(touched, name) for name in _ACCESS_COUNTS),
                tables.Cell(_digest(_text(block, "block_digest")), class_="w"),
            )
        )
    table = tables.table("Inputs and what they touch.", columns, cells, name="blocks-table")
    return f"<h3>Blocks</h3>{table}"


def _digest(digest: str | None) -> str:
    return f"<code>{escape(digest.removeprefix('0x'))}</code>" if digest else NOTHING


def _refused(refused: Sequence[Mapping[str, object]]) -> str:
    """Inputs and blocks that were not measured, each with its error."""
    if not refused:
        return ""
    columns = word_columns("Block", "Code", "Why")
    cells = []
    for each in refused:
        error = each.get("error")
        said: Mapping[str, object] = error if isinstance(error, Mapping) else {}
        message = _text(said, "message")
        cells.append(
            (
                tables.words(_text(each, "name") or _text(each, "block") or _text(each, "input")),
                tables.words(_text(said, "code")),
                tables.Cell(escape(message) if message else NOTHING, class_="long"),
            )
        )
    table = tables.table("What there is no figure of.", columns, cells, name="refused-table")
    return f"<h3>Not measured</h3>{table}"


def _states(blocks: Sequence[Mapping[str, object]]) -> str:
    """What states of each size hold: those that blocks came with, and the drawn ones, shared by all."""
    cells, seen = [], set()
    for block in blocks:
        for state in _mappings(block.get("states")):
            own = state.get("own_size") is True
            name = _text(block, "block") if own else "drawn"
            counts = tuple(str(state.get(each)) for each in _STATE_COUNTS)
            if (name, counts) in seen:
                continue
            seen.add((name, counts))
            cells.append((tables.words(name), *(_number(state, each) for each in _STATE_COUNTS)))
    if not cells:
        return ""
    columns = [
        *word_columns("State"),
        *(Column(label(each).capitalize()) for each in _STATE_COUNTS),
    ]
    caption = "What a state of so many leaves holds by the model; for the blocks' own states an estimate."
    return "<h3>States</h3>" + tables.table(caption, columns, cells, name="states-table")


def escape_lines(lines: Sequence[str]) -> str:
    """Lines of text for an element that keeps them apart."""
    return "\n".join(escape(line) for line in lines)


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, Sequence):
        return [line for each in value for line in (each.splitlines() if isinstance(each, str) else ())]
    return []


def _members(members: Mapping[str, object] | Mapping[object, object], depth: int) -> str:
    pairs = "".join(
        f"<dt>{escape(_name(name))}</dt><dd>{_value(value, depth + 1)}</dd>"
        for name, value in list(members.items())[:_MOST]
    )
    return f'<dl class="facts">{pairs}</dl>'


def _name(name: object) -> str:
    """A JSON name as words; what is no name (a path, a library) as it is."""
    text = str(name)
    return label(text) if text.replace("_", "").isalpha() and text.islower() else text


def _value(value: object, depth: int) -> str:
    if value is None or value in ({}, []):
        return f'<span class="soft">{NOTHING}</span>'
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) < 1 << 64:
        return whole(value) if abs(value) >= 10_000 else str(value)
    if isinstance(value, Mapping) and depth < _DEEPEST:
        inside = _members(value, depth)
        if len(value) > _FOLDED:
            return f"<details><summary>{whole(len(value))} entries</summary>{inside}</details>"
        return inside
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        if all(isinstance(each, str | int | float) for each in value) and len(value) <= _FOLDED:
            return ", ".join(_value(each, depth + 1) for each in value)
        inside = "".join(f"<li>{_value(each, depth + 1)}</li>" for each in value[:_MOST])
        return f"<details><summary>{whole(len(value))} entries</summary><ul>{inside}</ul></details>"
    text = str(value) if isinstance(value, str | float) else "…"
    return f"<code>{escape(text)}</code>" if _is_code(text) else escape(text)


def _is_code(text: str) -> bool:
    """Digests and paths: one word of some length."""
    return len(text) > 15 and " " not in text
