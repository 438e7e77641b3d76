"""The walk through a Verkle tree: commitment by commitment, each with the opening that proves it.

A node is a vector of 256 values under one commitment. An *opening* (commitment, z, y) says that the vector
has y at index z; the witness's one multiproof shows all of them at once. The value of a child in its parent
is the child's *image*, the map to field of its commitment.

Sources: EIP-6800; SPEC 4.1 (leaf), 5.5 to 5.7 (openings, node kinds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stateless.inspection.explanation import Answer, Explanation, Proof, Status, Step
from stateless.inspection.names import TreeNames, leaf_words, tree_names
from stateless.inspection.questions import Question
from stateless.inspection.values import leaf_meaning
from stateless.leaves import header_kinds
from stateless.rules import RuleSet, rules_of_block
from stateless.verdict import Assumption
from verkle.constants import STEM_BYTES
from verkle.diff import SuffixDiff
from verkle.embedding import chunk_position, stems, storage_position
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from verkle.openings import ABSENT_EMPTY, STATUS_NAMES, Extension, Plan, plan
from verkle.proof import ProvenTree, prove, unshown_kinds
from verkle.update import C1_SLOT, leaf_scalars
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.errors import UsageError

__all__ = ["explain_verkle"]

# Of a stem that is asked for as a whole no more leaves than a reader can take in are walked to.
MOST_LEAVES: Final = 256


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A stem, and the suffixes in it that are asked for: ``None`` for all that the witness has."""

    stem: bytes
    suffixes: tuple[int, ...] | None


def explain_verkle(
    block: BlockInput, asked: Question, rules: str | None, root: tuple[bytes, str] | None
) -> Explanation:
    """See ``stateless.inspection.explain``."""
    witness = block.witness
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    rule_set = _rules(block, asked, rules)
    wanted = _wanted(asked, rule_set)
    planned = plan(witness.state_diff, witness.proof)
    tree, error = _prove(planned, witness, root)
    extra = () if asked.address is None else (asked.address,)
    names = tree_names(block, {*planned.leaves.values(), wanted.stem}, rule_set, extra)
    walk = _Walk(planned, tree, _encoded(witness, root), names)
    walk.go(wanted)
    proof: Proof = "holds" if tree is not None else "false" if error is not None else "unchecked"
    explanation = Explanation(
        tree="verkle",
        asked=asked.words,
        root=None if root is None else root[0],
        root_from=None if root is None else root[1],
        proof=proof,
        steps=tuple(walk.steps),
        answers=tuple(walk.answers),
        conclusion="",
        assumptions=walk.assumptions,
        error=error,
    )
    if error is None and explanation.status == "unknown":
        missing = IncompleteError(
            "KEY_NOT_IN_WITNESS",
            f"the witness does not say anything of {asked.words}",
            where={"stem": wanted.stem, "reached": walk.reached},
        )
        explanation = replace(explanation, error=missing)
    return replace(explanation, conclusion=_conclusion(explanation, walk))


def _rules(block: BlockInput, asked: Question, option: str | None) -> RuleSet | None:
    """The rule set; a key of the tree needs none, so that its names are then left out."""
    try:
        chosen, _ = rules_of_block(block, option)
    except UnsupportedError:
        if option is not None or asked.address is not None:
            raise
        return None
    return chosen


def _wanted(asked: Question, rules: RuleSet | None) -> _Wanted:
    key = asked.key
    if key is not None:
        if asked.slot is not None or asked.chunk is not None:
            raise UsageError(
                "QUESTION", "in a Verkle tree slots and chunks are asked for by address, not by key"
            )
        return _Wanted(key[:STEM_BYTES], (key[STEM_BYTES],) if len(key) > STEM_BYTES else None)
    if rules is None:
        raise UnsupportedError(
            "RULES_NOT_NAMED",
            "nothing names the rules of this block, which make a tree key of an address; name them with "
            "--rules, "
            "or ask for a key of the tree",
        )
    address = asked.address or b""
    index, suffixes = 0, tuple(range(len(header_kinds(rules.layout))))
    if asked.slot is not None:
        index, suffix = storage_position(asked.slot, rules.storage_offset)
        suffixes = (suffix,)
    elif asked.chunk is not None:
        index, suffix = chunk_position(asked.chunk)
        suffixes = (suffix,)
    return _Wanted(stems([(address, index)], rules.stem_hash)[0], suffixes)


def _prove(
    planned: Plan, witness: ExecutionWitness, root: tuple[bytes, str] | None
) -> tuple[ProvenTree | None, StatelessError | None]:
    if root is None:
        return None, None
    try:
        return prove(root[0], planned, witness.proof), None
    except InvalidError as error:
        error.stage = "PROOF"
        return None, error


def _encoded(witness: ExecutionWitness, root: tuple[bytes, str] | None) -> Sequence[bytes | None]:
    """The commitments as the witness writes them, parallel to the plan's paths."""
    return (None if root is None else root[0], *witness.proof.commitments)


class _Walk:
    """Goes down to one stem and its leaves; gathers steps and answers."""

    def __init__(
        self, planned: Plan, tree: ProvenTree | None, encoded: Sequence[bytes | None], names: TreeNames
    ) -> None:
        self._plan = planned
        self._tree = tree
        self._encoded = encoded
        self._names = names
        self._opened = {(i, z): number for number, (i, z, _, _) in enumerate(planned.openings, 1)}
        self._diff = {diff.stem: diff for diff in planned.diff}
        self._extensions = {extension.stem: extension for extension in planned.extensions}
        self.steps: list[Step] = []
        self.answers: list[Answer] = []
        self.assumptions: tuple[Assumption, ...] = ()
        self.reached = b""
        self.other: bytes | None = None

    def go(self, wanted: _Wanted) -> None:
        """Walk to the stem, then to its leaves."""
        self._root()
        stem = wanted.stem
        for depth in range(1, STEM_BYTES + 1):
            path = stem[:depth]
            at = self._plan.index.get(path)
            kind = None if at is None else self._plan.kinds[at]
            if path in self._plan.empty:
                self._empty(stem, depth)
                self._answer_all(wanted, "absent", "empty slot")
                return
            if at is None or kind == "suffixes":
                self._unknown(path)
                self._answer_all(wanted, "unknown", "")
                return
            self.reached = path
            if kind == "leaf":
                self._leaf(wanted, depth, at)
                return
            self._inner(path, depth, at)
        self._answer_all(wanted, "unknown", "")

    # What is on the way.

    def _root(self) -> None:
        root = self._encoded[0]
        words = (
            "The top node. Its commitment is the state root before the block."
            if root is not None
            else "The top node. Its commitment is the state root before the block, which nothing here says, "
            "so that the proof could not be checked (--pre-root)."
        )
        self.steps.append(Step("root", 0, "", "root", words, {"commitment": root, "depth": 0}))

    def _inner(self, path: bytes, depth: int, at: int) -> None:
        words = f"An inner node, {self._by_opening(path)}. {self._image_words(at)}"
        facts = {"depth": depth, **self._node_facts(path, at)}
        self.steps.append(Step("inner node", depth, path.hex(), "inner node", words, facts))

    def _empty(self, stem: bytes, depth: int) -> None:
        path = stem[:depth]
        extension = self._extensions.get(stem)
        words = (
            f"The slot is empty: {self._opening_words(path[:-1], path[-1])} shows y = 0 there, and no node "
            "has the "
            f"image 0. So nothing lies below 0x{path.hex()}, and no leaf of the stem exists."
        )
        if extension is None:
            words += " The witness says so of another stem that ends in the same slot."
        facts = {
            "depth": depth,
            "status": "absent-empty",
            "child_index": path[-1],
            "opening": self._opening_facts(path[:-1], path[-1], 0),
        }
        self.steps.append(Step("empty slot", depth, path.hex(), "empty slot: absent", words, facts))
        self.assumptions = self._unshown(stem, depth)
        for assumption in self.assumptions:
            node = assumption.what
            self.steps.append(
                Step(
                    "assumption",
                    depth,
                    path.hex(),
                    "assumed, not shown",
                    f"This rests on something that the witness does not show: that {node}. A leaf's vector "
                    "is 0 above "
                    "index 3 as well, so whoever made the witness could have called a leaf an inner node "
                    "(ABSENCE_NODE_KIND).",
                    {"code": assumption.code},
                )
            )

    def _unknown(self, path: bytes) -> None:
        words = (
            f"The witness does not go on to 0x{path.hex()}: no key that it lists lies there. It says "
            "neither what is "
            "below nor that nothing is."
        )
        step = Step(
            "not in the witness", len(path), path.hex(), "not in the witness", words, {"depth": len(path)}
        )
        self.steps.append(step)

    def _leaf(self, wanted: _Wanted, depth: int, at: int) -> None:
        stem, path = wanted.stem, wanted.stem[:depth]
        found = self._plan.leaves[path]
        extension = self._extensions.get(stem)
        whose = self._whose(found)
        facts: dict[str, object] = {
            "depth": depth,
            "status": STATUS_NAMES[2 if found == stem else 1],
            "stem": found,
            **self._node_facts(path, at),
        }
        words = (
            f"A leaf node{whose}, {self._by_opening(path)}. {self._image_words(at)} Its index 0 holds 1, "
            "which marks a "
            f"leaf ({self._opening_words(path, 0)}), its index 1 the stem ({self._opening_words(path, 1)})."
        )
        if found != stem:
            self.other = found
            words += (
                f" The stem there is 0x{found.hex()}, not the one asked for, 0x{stem.hex()}. Two stems with "
                "one path "
                "would have an inner node here, so the one asked for is absent."
            )
            self.steps.append(
                Step("other leaf", depth, path.hex(), "another stem's leaf: absent", words, facts)
            )
            self._answer_all(wanted, "absent", "another stem's leaf stands in its place")
            return
        self.steps.append(Step("leaf", depth, path.hex(), f"leaf{whose}", words, facts))
        diff = self._diff.get(stem)
        given = {} if diff is None or extension is None else {leaf.suffix: leaf for leaf in diff.suffixes}
        suffixes = wanted.suffixes if wanted.suffixes is not None else tuple(given)[:MOST_LEAVES]
        half_done = -1
        for suffix in sorted(suffixes):
            half = suffix >> 7
            leaf = given.get(suffix)
            if half != half_done and leaf is not None:
                self._half(path, depth, half)
                half_done = half
            self._value(stem, path, depth, suffix, leaf)

    def _half(self, path: bytes, depth: int, half: int) -> None:
        name, index = f"C{half + 1}", C1_SLOT + half
        place = path + bytes([index])
        at = self._plan.index[place]
        first, last = (0, 127) if half == 0 else (128, 255)
        words = (
            f"{name}, the commitment of the values of suffixes {first} to {last}, is opened in the leaf at "
            "index "
            f"{index} ({self._opening_words(path, index)}). {self._image_words(at)}"
        )
        facts = {"depth": depth, **self._node_facts(place, at)}
        self.steps.append(Step("suffix commitment", depth + 1, place.hex(), name, words, facts))

    def _value(self, stem: bytes, path: bytes, depth: int, suffix: int, leaf: SuffixDiff | None) -> None:
        _, kind, index = self._names.leaf(stem, suffix)
        name = leaf_words(kind, index, suffix)
        key = stem + bytes([suffix])
        if leaf is None:
            words = (
                f"The witness holds the stem, but not suffix {suffix} ({name}): nothing is said of its value."
            )
            self.steps.append(
                Step("not in the witness", depth + 1, key.hex(), f"{name}: not in the witness", words)
            )
            self.answers.append(Answer(name, key, "unknown"))
            return
        half = path + bytes([C1_SLOT + (suffix >> 7)])
        z = 2 * (suffix % 128)
        low, high = leaf_scalars(leaf.current)
        both = f"{self._opening_words(half, z)} and {self._opening_words(half, z + 1)}"
        meaning = leaf_meaning(kind, leaf.current, self._names.rules)
        if leaf.current is None:
            words = (
                f"{_suffix(suffix, name)}: both halves are 0 ({both}), so no value was ever written there."
            )
        else:
            words = (
                f"{_suffix(suffix, name)}: index {z} holds the first 16 bytes, little-endian, plus 2^128, "
                "which says "
                f"that a value is there; index {z + 1} the other 16 ({both}). The value is "
                f"0x{leaf.current.hex()}" + _also(meaning, leaf.current)
            )
        new_meaning = "" if leaf.new is None else leaf_meaning(kind, leaf.new, self._names.rules)
        if leaf.new is not None:
            words += f" The block sets it to 0x{leaf.new.hex()}" + _also(new_meaning, leaf.new)
        facts = {
            "suffix": suffix,
            "value": leaf.current,
            "new_value": leaf.new,
            "low": self._opening_facts(half, z, low),
            "high": self._opening_facts(half, z + 1, high),
        }
        title = (
            f"{name}: {meaning or _short(leaf.current)}" if leaf.current is not None else f"{name}: absent"
        )
        if leaf.new is not None:
            title += f", then {new_meaning or _short(leaf.new)}"
        self.steps.append(Step("value", depth + 2, key.hex(), title, words, facts))
        status: Status = "absent" if leaf.current is None else "present"
        self.answers.append(Answer(name, key, status, leaf.current, leaf.new, meaning))

    def _answer_all(self, wanted: _Wanted, status: Status, why: str) -> None:
        """One answer for the stem as a whole, in each of the suffixes that were asked for."""
        diff = self._diff.get(wanted.stem)
        new = {} if diff is None else {leaf.suffix: leaf.new for leaf in diff.suffixes}
        for suffix in wanted.suffixes if wanted.suffixes is not None else tuple(new) or (0,):
            _, kind, index = self._names.leaf(wanted.stem, suffix)
            name, key = leaf_words(kind, index, suffix), wanted.stem + bytes([suffix])
            self.answers.append(Answer(name, key, status, None, new.get(suffix), why))
            if new.get(suffix) is not None:
                written = new[suffix] or b""
                meaning = leaf_meaning(kind, written, self._names.rules)
                self.steps.append(
                    Step(
                        "written",
                        len(self.reached) + 1,
                        key.hex(),
                        f"{name}: written, {meaning or _short(written)}",
                        f"The block writes {_suffix(suffix, name).lower()}: 0x{written.hex()}"
                        + _also(meaning, written),
                        {"suffix": suffix, "value": None, "new_value": written},
                    )
                )

    # Evidence.

    def _unshown(self, stem: bytes, depth: int) -> tuple[Assumption, ...]:
        """What has to be assumed of the nodes above an empty slot, whether the witness lists the stem or "
        "not."""
        images = None if self._tree is None else self._tree.images
        openings = [
            (i, z, y if y is not None else (-1 if images is None or child is None else images[child]))
            for i, z, y, child in self._plan.openings
        ]
        one = replace(self._plan, extensions=(Extension(stem, ABSENT_EMPTY, depth, None),))
        return tuple(
            Assumption(
                "ABSENCE_NODE_KIND", f"the node at path 0x{kind.path.hex()} is an inner node", key=stem
            )
            for kind in unshown_kinds(one, openings)
        )

    def _image(self, at: int) -> int | None:
        return None if self._tree is None else self._tree.images[at]

    def _image_words(self, at: int) -> str:
        commitment, image = self._encoded[at], self._image(at)
        said = f"Its commitment is 0x{(commitment or b'').hex()}"
        return said + ("." if image is None else f", whose image is {image:#066x}.")

    def _node_facts(self, path: bytes, at: int) -> Mapping[str, object]:
        image = self._image(at)
        return {
            "commitment": self._encoded[at],
            "child_index": path[-1],
            "image": None if image is None else image.to_bytes(32, "big"),
            "opening": self._opening_facts(path[:-1], path[-1], image),
        }

    def _opening_facts(self, path: bytes, z: int, y: int | None) -> dict[str, object]:
        at = self._plan.index.get(path)
        return {
            "number": None if at is None else self._opened.get((at, z)),
            "of": len(self._plan.openings),
            "path": path.hex(),
            "commitment": None if at is None else self._encoded[at],
            "z": z,
            "y": None if y is None else y.to_bytes(32, "big"),
        }

    def _opening_words(self, path: bytes, z: int) -> str:
        at = self._plan.index.get(path)
        number = None if at is None else self._opened.get((at, z))
        if number is None:
            return f"index {z} of 0x{path.hex()}"
        return f"opening {number} of {len(self._plan.openings)}, z = {z}"

    def _by_opening(self, path: bytes) -> str:
        parent = "the root" if len(path) == 1 else f"the node at 0x{path[:-1].hex()}"
        return f"child {path[-1]:#04x} of {parent} ({self._opening_words(path[:-1], path[-1])})"

    def _whose(self, stem: bytes) -> str:
        owner = self._names.owners.get(stem)
        if owner is None:
            return ""
        part = "" if not owner.tree_index else " (storage or code)"
        return f" of account 0x{owner.address.hex()}{part}"


def _suffix(suffix: int, name: str) -> str:
    return f"Suffix {suffix}" if name == f"suffix {suffix}" else f"Suffix {suffix} ({name})"


def _also(meaning: str, value: bytes) -> str:
    """What a value means, behind its hex; nothing where that is the same."""
    return "." if meaning in {"", f"0x{value.hex()}"} else f", {meaning}."


def _short(value: bytes | None) -> str:
    return "nothing" if value is None else f"0x{value.hex()}"


def _conclusion(explanation: Explanation, walk: _Walk) -> str:
    """What the walk comes to, with what it rests on."""
    asked = explanation.asked
    if explanation.proof == "false":
        return f"Nothing is shown of {asked}: the proof is false, and the walk only repeats what is claimed."
    shown = "shows" if explanation.proof == "holds" else "claims (nothing was checked)"
    known = [answer for answer in explanation.answers if answer.status != "unknown"]
    if not known:
        return f"The witness says nothing of {asked}."
    if explanation.status == "absent":
        text = f"The witness {shown} that {asked} is absent"
        if walk.other is not None:
            text += f": the leaf of stem 0x{walk.other.hex()} stands in its place"
        text += "."
    else:
        parts = [
            f"{answer.name} is "
            f"{'absent' if answer.status == 'absent' else answer.meaning or _short(answer.value)}"
            for answer in known
        ]
        text = f"The witness {shown} {asked}: {'; '.join(parts)}."
    if len(known) < len(explanation.answers):
        unknown = [answer.name for answer in explanation.answers if answer.status == "unknown"]
        text += f" It says nothing of {', '.join(unknown)}."
    if explanation.assumptions:
        text += (
            " It is assumed, not shown, that "
            + "; ".join(each.what for each in explanation.assumptions)
            + "."
        )
    return text
