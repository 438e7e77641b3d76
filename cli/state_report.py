"""What ``stateless state`` prints: plain lines, or one JSON object (``stateless/state/1``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cli.exit_codes import ExitCode
from cli.json_output import print_object
from cli.settings import Settings
from cli.terminal import note, printable, screen
from cli.words import count, milliseconds, size
from stateless.state_source import StateSource
from verkle.shape import Shape
from verkle.store_schema import StateInfo

SCHEMA: Final = "stateless/state/1"
BAR: Final = 30
"""Signs of the longest bar."""


def show_build(
    settings: Settings,
    source: StateSource,
    path: Path,
    before: StateInfo,
    after: StateInfo,
    seconds: float,
    *,
    as_json: bool,
) -> None:
    """Print what a store holds after a build."""
    store_bytes = _bytes_of(path)
    if as_json:
        _print_json(
            source,
            store=str(path),
            root=_hex(after.root),
            stems=after.stems,
            leaves=after.leaves,
            stems_before=before.stems,
            leaves_before=before.leaves,
            store_bytes=store_bytes,
            seconds=round(seconds, 3),
        )
        return
    print(f"root    {_hex(after.root)}")
    print(f"leaves  {after.leaves:,} under {count(after.stems, 'stem')}")
    print(f"rules   {after.embedding.rules if after.embedding else 'not said'}")
    print(f"store   {printable(str(path))}, {size(store_bytes)}")
    if before.leaves:
        note(settings, f"the store held {count(before.leaves, 'leaf', 'leaves')} before")
    new = after.leaves - before.leaves
    rate = f"{new / seconds:,.0f} new leaves a second" if new else "nothing new"
    note(settings, f"{milliseconds(1000 * seconds)}, {rate}")


def show_root(source: StateSource, root: bytes, *, as_json: bool) -> None:
    """Print a state root."""
    if as_json:
        _print_json(source, root=_hex(root))
    else:
        print(_hex(root))


def show_value(source: StateSource, key: bytes, value: bytes | None, *, as_json: bool) -> None:
    """Print a value, or that there is none."""
    if as_json:
        _print_json(source, key=_hex(key), value=None if value is None else _hex(value))
    else:
        print("absent" if value is None else _hex(value))


def show_shape(settings: Settings, source: StateSource, shape: Shape, *, as_json: bool) -> None:
    """Print counts, depths and bytes."""
    store = source.store
    file_bytes = None if store is None else _bytes_of(store.path)
    with_values = _grouped(shape.stems_with)
    if as_json:
        _print_json(
            source,
            root=None if store is None else _hex(store.state.root),
            stems=shape.stems,
            leaves=shape.leaves,
            inner_nodes=sum(shape.inner_at.values()),
            stems_by_depth=_texts(shape.stems_at),
            inner_nodes_by_depth=_texts(shape.inner_at),
            stems_by_leaves=_texts(shape.stems_with),
            inner_bytes=shape.inner_bytes,
            leaf_bytes=shape.leaf_bytes,
            store_bytes=file_bytes,
        )
        return
    if store is not None:
        print(f"root         {_hex(store.state.root)}")
    print(f"leaves       {shape.leaves:,} under {count(shape.stems, 'stem')}")
    print(f"inner nodes  {sum(shape.inner_at.values()):,}")
    print(f"records      {size(shape.inner_bytes)} inner, {size(shape.leaf_bytes)} leaves")
    if file_bytes is not None:
        print(f"store        {size(file_bytes)}")
    full = screen(settings).symbols.full
    _print_bars("stems by depth", {str(depth): n for depth, n in shape.stems_at.items()}, full)
    _print_bars("inner nodes by depth", {str(depth): n for depth, n in shape.inner_at.items()}, full)
    _print_bars("stems by number of leaves", with_values, full)


def _grouped(numbers: Mapping[int, int]) -> dict[str, int]:
    """Counts by number, numbers joined up to the next power of two: 1, 2, 3-4, 5-8 … 129-256."""
    out: dict[str, int] = {}
    for number, found in numbers.items():
        top = 1 << (number - 1).bit_length()
        label = f"{top // 2 + 1}-{top}" if top > 2 else str(number)
        out[label] = out.get(label, 0) + found
    return out


def _print_bars(title: str, rows: Mapping[str, int], full: str) -> None:
    if not rows:
        return
    print(f"\n{title}")
    label_width = max(len(label) for label in rows)
    width = max(len(f"{n:,}") for n in rows.values())
    most = max(rows.values())
    for label, n in rows.items():
        bar = full * max(1, round(BAR * n / most))
        print(f"  {label:>{label_width}}  {n:>{width},}  {bar}")


def _texts(numbers: Mapping[int, int]) -> dict[str, int]:
    return {str(number): found for number, found in numbers.items()}


def _bytes_of(path: Path) -> int:
    return sum(entry.stat().st_size for entry in path.iterdir())


def _hex(data: bytes) -> str:
    return f"0x{data.hex()}"


def source_members(source: StateSource) -> dict[str, Any]:
    """What JSON says of the state that was asked."""
    embedding = source.embedding
    return {
        "source": source.name,
        "kind": source.kind,
        "rules": None if embedding is None else embedding.rules,
    }


def _print_json(source: StateSource, **found: Any) -> None:
    print_object(SCHEMA, ExitCode.VALID, source_members(source) | found)
