"""The walk through a binary tree (EIP-7864): hash by hash, each node with its sibling.

An internal node is the hash of its two children, a stem node the hash of its stem and of the top of its 256
values. So a walk needs no openings: what is beside it is enough to compute the root again. Which nodes are
stem nodes and which internal is shown by the proof too (``witness.binary.kinds``), so that an absence rests
on nothing.

Source: EIP-7864; SPEC 8.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stateless.inspection.explanation import Answer, Explanation, Status, Step
from stateless.inspection.names import leaf_words
from stateless.inspection.questions import Question
from stateless.inspection.values import leaf_meaning
from stateless.leaves import Kind, meaning
from stateless.rules import RULE_SETS
from verkle.constants import BASIC_DATA, CODE_HASH, MAIN_STORAGE_OFFSET, STEM_BYTES
from verkle.diff import SuffixDiff
from verkle.embedding import chunk_position, storage_position
from verkle.errors import IncompleteError, InvalidError
from witness.binary.container import BinaryWitness
from witness.binary.keys import stem_of
from witness.binary.proof import ProvenBinary, prove
from witness.binary.rules import hash_function, rules_named
from witness.binary.shape import plan
from witness.binary.subtree import ZERO
from witness.binary.tree import STEM_BITS
from witness.errors import UsageError

__all__ = ["explain_binary"]

# Layout and offsets of leaves are those of EIP-6800 with basic data in one leaf.
_LAYOUT: Final = RULE_SETS["eip4762"]


def explain_binary(
    witness: BinaryWitness, asked: Question, root: tuple[bytes, str] | None = None
) -> Explanation:
    """Walk to what is asked for. ``root``: the state root before the block and what says it, in place of the
    witness's own.

    Raises:
        StatelessError: ``BINARY_RULES``; a proof whose shape is wrong; ``NO_PRE_ROOT``.
        UsageError: a slot or chunk asked for by key.
    """
    rules = rules_named(witness.rules)
    if root is None and witness.pre_root is not None:
        root = witness.pre_root, "file"
    if root is None:
        raise IncompleteError("NO_PRE_ROOT", "nothing says the state root before the block")
    if asked.key is not None and (asked.slot is not None or asked.chunk is not None):
        raise UsageError("QUESTION", "in a binary tree slots and chunks are asked for by address, not by key")
    index, suffixes = _place(asked)
    stem = asked.key[:STEM_BYTES] if asked.key is not None else stem_of(rules, asked.address or b"", index)
    planned = plan(witness.state_diff, witness.proof)
    explanation = Explanation("binary", asked.words, root[0], root[1], "holds", (), (), "")
    try:
        tree = prove(root[0], planned, witness.proof, rules)
    except InvalidError as error:
        error.stage = "PROOF"
        said = f"Nothing is shown of {asked.words}: {error.message}."
        return replace(explanation, proof="false", conclusion=said, error=error)
    walk = _Walk(tree, None if asked.key is not None else index)
    walk.go(stem, suffixes)
    explanation = replace(explanation, steps=tuple(walk.steps), answers=tuple(walk.answers))
    if explanation.status == "unknown":
        missing = IncompleteError(
            "KEY_NOT_IN_WITNESS",
            f"the witness does not say anything of {asked.words}",
            where={"stem": stem},
        )
        missing.stage = "PROOF"
        said = f"The witness says nothing of {asked.words}."
        return replace(explanation, conclusion=said, error=missing)
    if explanation.status == "absent":
        return replace(explanation, conclusion=f"The witness shows that {asked.words} is absent.")
    said = "; ".join(f"{answer.name} is {answer.meaning or answer.status}" for answer in explanation.answers)
    return replace(explanation, conclusion=f"The witness shows {asked.words}: {said}.")


def _place(asked: Question) -> tuple[int, tuple[int, ...] | None]:
    """Tree index and suffixes that are asked for; ``None``: all that the witness has of a stem."""
    if asked.key is not None:
        return 0, (asked.key[STEM_BYTES],) if len(asked.key) > STEM_BYTES else None
    if asked.slot is not None:
        index, suffix = storage_position(asked.slot, MAIN_STORAGE_OFFSET)
        return index, (suffix,)
    if asked.chunk is not None:
        index, suffix = chunk_position(asked.chunk)
        return index, (suffix,)
    return 0, (BASIC_DATA, CODE_HASH)


class _Walk:
    """Goes down to one stem and its leaves; gathers steps and answers."""

    def __init__(self, tree: ProvenBinary, tree_index: int | None) -> None:
        self._tree = tree
        self._digest = hash_function(tree.rules)
        self._index = tree_index
        self.steps: list[Step] = []
        self.answers: list[Answer] = []

    def go(self, stem: bytes, suffixes: tuple[int, ...] | None) -> None:
        """Walk to the stem, then to its leaves."""
        number = int.from_bytes(stem, "big")
        segment = 0 if self._tree.plan.segments else None
        words = "The root: the hash of the top node."
        self.steps.append(Step("root", 0, "", "root", words, {"hash": self._tree.root, "depth": 0}))
        while segment is not None:
            _, bottom, path, _, end, left, right = self._tree.plan.segments[segment]
            if not self._run(segment, number):
                break
            if end >= 0:
                self._end(end, stem, suffixes)
                return
            bit = number >> (STEM_BITS - bottom - 1) & 1
            sides = self._tree.tops[left], self._tree.tops[right]
            self._internal(path, bottom, bit, sides[1 - bit], sides[bit])
            segment = right if bit else left
        if self.steps[-1].kind != "empty slot":
            text = "The witness does not go on here: no key that it lists lies below."
            self.steps.append(Step("not in the witness", self._level(), "", "not in the witness", text))
            self._answer_all(stem, suffixes, "unknown", "")
        else:
            self._answer_all(stem, suffixes, "absent", "empty slot")

    def _run(self, segment: int, number: int) -> bool:
        """The nodes of a segment with one child on the way; whether the stem goes with all of them."""
        top, bottom, path, first, end, left, right = self._tree.plan.segments[segment]
        node = (
            self._tree.end_hashes[end]
            if end >= 0
            else self._digest(self._tree.tops[left] + self._tree.tops[right])
        )
        siblings = self._tree.proof.siblings[first : first + bottom - top]
        below = [node]
        for back, sibling in enumerate(reversed(siblings)):
            bit = path >> back & 1
            below.append(self._digest(sibling + below[-1] if bit else below[-1] + sibling))
        for step, sibling in enumerate(siblings):
            depth = top + step
            on_way = path >> (bottom - depth - 1) & 1
            bit = number >> (STEM_BITS - depth - 1) & 1
            here = path >> (bottom - depth)
            child = below[bottom - depth - 1]
            if bit == on_way:
                self._internal(here, depth, bit, sibling, child)
                continue
            self._internal(here, depth, bit, child, sibling)
            if sibling == ZERO:
                self._empty(depth + 1)
            return False
        return True

    def _level(self) -> int:
        return self.steps[-1].level + 1

    def _internal(self, path: int, depth: int, bit: int, sibling: bytes, child: bytes) -> None:
        bits = f"{path:0{depth}b}" if depth else ""
        pair = sibling + child if bit else child + sibling
        node = self._digest(pair)
        side, other = ("right", "left") if bit else ("left", "right")
        beside = "empty" if sibling == ZERO else f"0x{sibling.hex()}"
        words = (
            f"An internal node at depth {depth}, 0x{node.hex()}: the hash of its two children. Bit {depth} "
            "of the "
            f"stem is {bit}: the walk goes {side}, to 0x{child.hex()}; the {other} child is {beside}."
        )
        facts = {"depth": depth, "hash": node, "child_index": bit, "child": child, "sibling": sibling}
        self.steps.append(Step("internal node", self._level(), bits, "internal node", words, facts))

    def _empty(self, depth: int) -> None:
        words = f"The slot at depth {depth} is empty: 32 zero bytes. So nothing lies below it."
        self.steps.append(
            Step("empty slot", self._level(), "", "empty slot: absent", words, {"depth": depth})
        )

    def _end(self, end: int, stem: bytes, suffixes: tuple[int, ...] | None) -> None:
        place = self._tree.plan.ends[end]
        if place.stem is None:
            self._empty(place.depth)
            self._answer_all(stem, suffixes, "absent", "empty slot")
            return
        found = place.stem
        facts = {"depth": place.depth, "hash": self._tree.end_hashes[end], "stem": found}
        words = (
            f"A stem node at depth {place.depth}, 0x{self._tree.end_hashes[end].hex()}: the hash of the stem "
            f"0x{found.hex()}, a zero byte, and the top of its values. The proof shows that it is one."
        )
        if found != stem:
            words += f" It is not the stem asked for, 0x{stem.hex()}, which is therefore absent."
            self.steps.append(
                Step("other leaf", self._level(), "", "another stem's node: absent", words, facts)
            )
            self._answer_all(stem, suffixes, "absent", "another stem's node stands in its place")
            return
        self.steps.append(Step("stem node", self._level(), "", "stem node", words, facts))
        level = self._level()
        given = {} if place.asked is None else {leaf.suffix: leaf for leaf in place.asked.suffixes}
        for suffix in suffixes if suffixes is not None else tuple(given):
            self._value(stem, suffix, given.get(suffix), level)

    def _value(self, stem: bytes, suffix: int, leaf: SuffixDiff | None, level: int) -> None:
        kind, name = self._name(suffix)
        key = stem + bytes([suffix])
        if leaf is None:
            words = f"The witness holds the stem, but not suffix {suffix} ({name})."
            self.steps.append(Step("not in the witness", level, "", f"{name}: not in the witness", words))
            self.answers.append(Answer(name, key, "unknown"))
            return
        said = leaf_meaning(kind, leaf.current, _LAYOUT)
        if leaf.current is None:
            words = f"Suffix {suffix} ({name}): 32 zero bytes stand eight levels below the top: no value."
            digest = ZERO
        else:
            digest = self._digest(leaf.current)
            words = (
                f"Suffix {suffix} ({name}): the value 0x{leaf.current.hex()} has the hash 0x{digest.hex()}, "
                "which "
                "with its siblings on eight levels gives the top of the values."
            )
        facts = {"suffix": suffix, "value": leaf.current, "new_value": leaf.new, "hash": digest}
        title = f"{name}: absent" if leaf.current is None else f"{name}: {said or '0x' + leaf.current.hex()}"
        self.steps.append(Step("value", level, "", title, words, facts))
        status: Status = "absent" if leaf.current is None else "present"
        self.answers.append(Answer(name, key, status, leaf.current, leaf.new, said))

    def _name(self, suffix: int) -> tuple[Kind, str]:
        kind, index = meaning(suffix, self._index, _LAYOUT)
        return kind, leaf_words(kind, index, suffix)

    def _answer_all(self, stem: bytes, suffixes: tuple[int, ...] | None, status: Status, why: str) -> None:
        diff = next((each for each in self._tree.plan.diff if each.stem == stem), None)
        new = {} if diff is None else {leaf.suffix: leaf.new for leaf in diff.suffixes}
        for suffix in suffixes if suffixes is not None else tuple(new) or (0,):
            _, name = self._name(suffix)
            self.answers.append(Answer(name, stem + bytes([suffix]), status, None, new.get(suffix), why))
