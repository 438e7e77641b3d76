"""An explanation to read: the walk as a tree, then each step in a sentence or two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cli.branches import Branch, Span, styled
from cli.terminal import Symbols, printable
from cli.words import short_hex

if TYPE_CHECKING:
    from stateless.inspection.explanation import Explanation, Step

_STYLES: Final = {
    "value": "bold green",
    "account": "bold green",
    "code": "bold green",
    "written": "green",
    "empty slot": "yellow",
    "other leaf": "yellow",
    "absent": "yellow",
    "assumption": "bold yellow",
    "stopped": "bold red",
    "not in the witness": "bold red",
}
_PROOFS: Final = {
    "holds": ("the proof holds", "green"),
    "false": ("the proof is FALSE: what follows is only claimed", "bold red"),
    "unchecked": ("nothing was checked: no state root", "yellow"),
}
_ROOTS: Final = {
    "parent_header": "of the parent's header, found by its hash",
    "option": "given with --pre-root",
    "file": "asserted by the file",
    "newest_header": "of the newest header in the witness",
}


def walk_tree(explanation: Explanation, name: str, symbols: Symbols) -> Branch:
    """The walk, each node below the one that leads to it."""
    root = Branch(styled((printable(explanation.asked), "bold"), (f"  {printable(name)}", "dim")))
    proof, style = _PROOFS[explanation.proof]
    root.add((f"{explanation.tree} tree  ", "dim"), (proof, style))
    hanging = {-1: root}
    for number, step in enumerate(explanation.steps, 1):
        parent = hanging[max(level for level in hanging if level < step.level)]
        branch = parent.add(*_spans(step, number, symbols))
        hanging = {level: kept for level, kept in hanging.items() if level < step.level} | {
            step.level: branch
        }
    return root


def _spans(step: Step, number: int, symbols: Symbols) -> list[Span | str]:
    spans: list[Span | str] = [(f"{number} ", "dim")]
    index = step.facts.get("child_index")
    if isinstance(index, int):
        spans.append((f"[{index:#04x}] ", "cyan"))
    spans.append((_shortened(step.title, symbols), _STYLES.get(step.kind, "")))
    evidence = []
    for name in ("commitment", "hash"):
        value = step.facts.get(name)
        if isinstance(value, bytes):
            evidence.append(f"{name} {short_hex(value, ellipsis=symbols.ellipsis)}")
    opening = step.facts.get("opening")
    if isinstance(opening, dict) and opening["number"] is not None:
        evidence.append(f"opening {opening['number']} of {opening['of']}")
    if evidence:
        spans.append(("  " + ", ".join(evidence), "dim"))
    return spans


def _shortened(title: str, symbols: Symbols) -> str:
    """The title with long hex cut; it stands whole in the words."""
    return " ".join(
        short_hex(word, 6, 4, symbols.ellipsis) if word.startswith("0x") and len(word) > 44 else word
        for word in printable(title).split(" ")
    )


def walk_words(explanation: Explanation) -> list[str]:
    """The steps as numbered sentences, and the conclusion."""
    source = "" if explanation.root_from is None else f" It is {_ROOTS[explanation.root_from]}."
    lines = []
    for number, step in enumerate(explanation.steps, 1):
        lines.append(f"{number}. {printable(step.words)}{source if number == 1 else ''}")
    return [*lines, "", printable(explanation.conclusion)]
