"""An explanation as a value: the steps from the root to what was asked for, and what they show.

The same for every tree. ``cli.walk_drawn`` draws it, ``to_json`` gives it to machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stateless.verdict import Assumption, error_to_json, to_plain
from verkle.errors import StatelessError

__all__ = ["Answer", "Explanation", "Proof", "Status", "Step"]

Status = Literal["present", "absent", "unknown"]
Proof = Literal["holds", "false", "unchecked"]
"""``unchecked``: nothing says the root, so that nothing could be checked against it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One commitment, node or value on the way.

    ``kind``: what it is, in a word or two. ``level``: how deep it hangs in the drawing; each step hangs below
    the last one before it whose level is one less. ``path``: from the root, hex without 0x. ``title``: a few
    words for the drawing. ``words``: what it means and why it is believed. ``facts``: the evidence by name:
    bytes, numbers, text.
    """

    kind: str
    level: int
    path: str
    title: str
    words: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """A member of ``steps``."""
        return {
            "kind": self.kind,
            "level": self.level,
            "path": self.path,
            "title": self.title,
            "words": self.words,
            "facts": to_plain(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness says of one key. ``key``: in the tree, bytes. ``value``, ``new``: before and after the
    block, ``None`` where there is none or it is not known. ``meaning``: the value in words."""

    name: str
    key: bytes
    status: Status
    value: bytes | None = None
    new: bytes | None = None
    meaning: str = ""

    def to_json(self) -> dict[str, object]:
        """A member of ``answers``."""
        return {
            "name": self.name,
            "key": to_plain(self.key),
            "status": self.status,
            "value": to_plain(self.value),
            "new": to_plain(self.new),
            "meaning": self.meaning,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """The way from a root to what was asked for.

    ``asked``: in words. ``root``: 32 bytes, the state root before the block, ``None`` if nothing says it;
    ``root_from`` says what does. ``conclusion``: one or two sentences. ``error``: what is wrong with the
    witness, or what it lacks to answer; the steps then go as far as they can.
    """

    tree: str
    asked: str
    root: bytes | None
    root_from: str | None
    proof: Proof
    steps: tuple[Step, ...]
    answers: tuple[Answer, ...]
    conclusion: str
    assumptions: tuple[Assumption, ...] = ()
    error: StatelessError | None = None

    @property
    def status(self) -> Status:
        """``present`` if anything of it is, ``absent`` if all of it is, else ``unknown``."""
        found = {answer.status for answer in self.answers}
        if "present" in found:
            return "present"
        return "absent" if found == {"absent"} else "unknown"

    def to_json(self) -> dict[str, object]:
        """The members of one JSON object."""
        return {
            "tree": self.tree,
            "asked": self.asked,
            "status": self.status,
            "root": to_plain(self.root),
            "root_from": self.root_from,
            "proof": self.proof,
            "conclusion": self.conclusion,
            "answers": [answer.to_json() for answer in self.answers],
            "steps": [step.to_json() for step in self.steps],
            "assumptions": [assumption.to_json() for assumption in self.assumptions],
            "error": None if self.error is None else error_to_json(self.error),
        }
