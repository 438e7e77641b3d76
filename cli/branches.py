"""A tree of short texts, built once and shown twice: by rich on a terminal, as plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.settings import Settings
from cli.terminal import GAP, Symbols, console, screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

Span = tuple[str, str]
"""A text and its style in rich's words; plain lines leave the style out."""


@dataclass(slots=True)
class Branch:
    """A text and what hangs below it."""

    spans: tuple[Span, ...]
    children: list[Branch] = field(default_factory=list)

    def add(self, *spans: Span | str) -> Branch:
        """Hang a new branch below this one and return it."""
        branch = Branch(styled(*spans))
        self.children.append(branch)
        return branch

    @property
    def text(self) -> str:
        """The text without styles."""
        return "".join(text for text, _ in self.spans)


def styled(*spans: Span | str) -> tuple[Span, ...]:
    """Spans of spans and plain texts."""
    return tuple((span, "") if isinstance(span, str) else span for span in spans)


def plain_lines(root: Branch, symbols: Symbols) -> Iterator[str]:
    """The tree as lines."""
    yield root.text
    yield from _below(root, "", symbols)


def _below(branch: Branch, indent: str, symbols: Symbols) -> Iterator[str]:
    for child in branch.children:
        last = child is branch.children[-1]
        yield f"{indent}{symbols.last if last else symbols.branch}{child.text}"
        yield from _below(child, indent + (GAP if last else symbols.trunk), symbols)


def show(settings: Settings, root: Branch) -> None:
    """Print the tree, drawn where it may be."""
    view = screen(settings)
    if view.drawn:
        _draw(console(settings), root)
    else:
        print("\n".join(plain_lines(root, view.symbols)))


def _draw(drawing: Console, root: Branch) -> None:
    from rich.text import Text
    from rich.tree import Tree

    def label(branch: Branch) -> Text:
        return Text.assemble(*branch.spans, overflow="fold")

    def grow(tree: Tree, branch: Branch) -> None:
        for child in branch.children:
            grow(tree.add(label(child)), child)

    tree = Tree(label(root), guide_style="dim")
    grow(tree, root)
    drawing.print(tree)
