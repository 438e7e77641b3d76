"""Two Verkle witnesses: keys that only one has, values and proof parts that differ, by their meaning.

A key is named by account, slot or chunk where the block names the address, else by its stem. Commitments are
compared by the path of their node where the structure of both witnesses is sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stateless.inspection.comparison import Comparison, Difference, Side
from stateless.inspection.names import TreeNames, leaf_words, tree_names
from stateless.inspection.values import leaf_meaning
from stateless.rules import RuleSet, rules_of_block
from verkle.diff import StemDiff, SuffixDiff
from verkle.errors import IncompleteError, StatelessError, UnsupportedError
from verkle.openings import STATUS_NAMES, Plan, plan
from witness.block import BlockInput
from witness.containers import ExecutionWitness

__all__ = ["compare_verkle", "key_words", "leaf_differences", "leaves_of", "rules_of"]


def rules_of(block: BlockInput, option: str | None) -> RuleSet | None:
    """The rule set of a block, ``None`` where nothing that is known here names one.

    Raises ``UnsupportedError`` ``RULES_UNKNOWN`` for an ``option`` that is none."""
    try:
        return rules_of_block(block, option)[0]
    except UnsupportedError:
        if option is not None:
            raise
        return None


def key_words(key: bytes, names: TreeNames) -> str:
    """A tree key in words: ``slot 7 of account 0x… (to of tx 1)``."""
    stem, suffix = key[:31], key[31]
    owner, kind, index = names.leaf(stem, suffix)
    if owner is None:
        return f"suffix {suffix} of stem 0x{stem.hex()}"
    roles = names.roles.get(owner.address, ())
    return f"{leaf_words(kind, index, suffix)} of account 0x{owner.address.hex()}" + (
        f" ({', '.join(roles)})" if roles else ""
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """A witness taken apart: leaves by key, its plan where its structure is sound, and what is wrong else."""

    witness: ExecutionWitness
    leaves: Mapping[bytes, SuffixDiff]
    plan: Plan | None
    fault: StatelessError | None


def compare_verkle(a: BlockInput, b: BlockInput, rules: str | None) -> Comparison:
    """See ``stateless.inspection.difference``; the block itself is left to it."""
    left, right = _side(a), _side(b)
    rule_set = rules_of(a, rules) or rules_of(b, rules)
    asked = {key[:31] for side in (left, right) for key in side.leaves}
    one, other = (tree_names(block, asked, rule_set) for block in (a, b))
    names = TreeNames(rule_set, {**other.owners, **one.owners}, {**other.roles, **one.roles})
    shared = {"keys": len(left.leaves.keys() & right.leaves.keys())}
    differences = leaf_differences(left.leaves, right.leaves, names)
    same_keys = not differences
    differences += _proof(left, right, shared)
    notes = [
        f"the structure of {name} is wrong ({side.fault.code}), so that its commitments have no places"
        for name, side in (("a", left), ("b", right))
        if side.fault is not None
    ]
    if _multiproof(left.witness) != _multiproof(right.witness):
        if same_keys and not any(each.part in {"commitments", "statuses"} for each in differences):
            what = "the multiproof (d and the argument) is another, though both prove the same"
            differences.append(
                Difference("multiproof", "both", what, a=left.witness.proof.d, b=right.witness.proof.d)
            )
        else:
            notes.append("the multiproofs differ, as they must for different contents")
    if left.leaves == right.leaves and [s.stem for s in left.witness.state_diff] != [
        s.stem for s in right.witness.state_diff
    ]:
        notes.append("the stems stand in another order")
    if rule_set is None:
        notes.append("nothing names the rules, so keys are told by their stems (--rules)")
    return Comparison(("verkle", "verkle"), tuple(differences), shared, tuple(notes))


def _side(block: BlockInput) -> _Side:
    witness = block.witness
    if witness is None:
        raise IncompleteError("NO_WITNESS", "one of the inputs holds no Verkle witness")
    leaves = leaves_of(witness.state_diff)
    try:
        return _Side(witness, leaves, plan(witness.state_diff, witness.proof), None)
    except StatelessError as error:
        return _Side(witness, leaves, None, error)


def leaves_of(state_diff: Sequence[StemDiff]) -> dict[bytes, SuffixDiff]:
    """The entries of a state diff by 32-byte key."""
    return {diff.stem + bytes([leaf.suffix]): leaf for diff in state_diff for leaf in diff.suffixes}


def leaf_differences(
    left: Mapping[bytes, SuffixDiff], right: Mapping[bytes, SuffixDiff], names: TreeNames
) -> list[Difference]:
    """Keys that only one has, and values that differ, of any tree with leaves."""
    return [*_keys(left, right, names), *_values(left, right, names)]


def _keys(
    left: Mapping[bytes, SuffixDiff], right: Mapping[bytes, SuffixDiff], names: TreeNames
) -> Iterator[Difference]:
    for side, mine, other in (("a", left, right), ("b", right, left)):
        for key in sorted(mine.keys() - other.keys()):
            leaf = mine[key]
            value = _said(key, leaf.current, names) + (
                "" if leaf.new is None else f", set to {_said(key, leaf.new, names)}"
            )
            which: Side = "a" if side == "a" else "b"
            yield Difference("keys", which, f"{key_words(key, names)}: {value}", key)


def _values(
    left: Mapping[bytes, SuffixDiff], right: Mapping[bytes, SuffixDiff], names: TreeNames
) -> Iterator[Difference]:
    for key in sorted(left.keys() & right.keys()):
        one, other = left[key], right[key]
        for part, first, second in (
            ("values before", one.current, other.current),
            ("values after", one.new, other.new),
        ):
            if first != second:
                words = f"{key_words(key, names)}: {_said(key, first, names)} and {_said(key, second, names)}"
                if part == "values after":
                    words = words.replace("absent", "not written")
                yield Difference(part, "both", words, key, first, second)


def _said(key: bytes, value: bytes | None, names: TreeNames) -> str:
    if value is None:
        return "absent"
    _, kind, _ = names.leaf(key[:31], key[31])
    return leaf_meaning(kind, value, names.rules) or f"0x{value.hex()}"


def _proof(left: _Side, right: _Side, shared: dict[str, int]) -> Iterator[Difference]:
    if left.plan is None or right.plan is None:
        yield from _raw_commitments(left.witness, right.witness)
        return
    yield from _statuses(left.plan, right.plan)
    sides = [_by_path(side.plan, side.witness) for side in (left, right) if side.plan is not None]
    one, other = sides
    shared["commitments"] = sum(one[path] == other[path] for path in one.keys() & other.keys())
    for path in sorted(one.keys() | other.keys()):
        first, second = one.get(path), other.get(path)
        where = f"the {_kind(left.plan, right.plan, path)} at 0x{path.hex()}"
        if first is None or second is None:
            side: Side = "b" if first is None else "a"
            yield Difference("commitments", side, where, path, first, second)
        elif first != second:
            yield Difference("commitments", "both", f"another commitment of {where}", path, first, second)
    stems = [set(side.witness.proof.other_stems) for side in (left, right)]
    for stem in sorted(stems[0] ^ stems[1]):
        which: Side = "a" if stem in stems[0] else "b"
        yield Difference(
            "other stems", which, f"stem 0x{stem.hex()}, found where an asked one is absent", stem
        )
    kinds = [{kind.path: kind.value for kind in side.witness.proof.kinds} for side in (left, right)]
    for path in sorted(kinds[0].keys() | kinds[1].keys()):
        if kinds[0].get(path) != kinds[1].get(path):
            which = "both" if path in kinds[0] and path in kinds[1] else "a" if path in kinds[0] else "b"
            yield Difference("kind openings", which, f"what shows that 0x{path.hex()} is an inner node", path)


def _statuses(one: Plan, other: Plan) -> Iterator[Difference]:
    ends = {extension.stem: extension for extension in other.extensions}
    for extension in one.extensions:
        second = ends.get(extension.stem)
        if second is None:
            continue
        said = [f"{STATUS_NAMES[each.status]} at depth {each.depth}" for each in (extension, second)]
        if said[0] != said[1]:
            what = f"stem 0x{extension.stem.hex()}: {said[0]} and {said[1]}"
            yield Difference("statuses", "both", what, extension.stem, said[0], said[1])


def _by_path(planned: Plan, witness: ExecutionWitness) -> dict[bytes, bytes]:
    return dict(zip(planned.paths[1:], witness.proof.commitments, strict=True))


def _kind(one: Plan, other: Plan, path: bytes) -> str:
    for planned in (one, other):
        at = planned.index.get(path)
        if at is not None:
            kind = planned.kinds[at]
            return {"inner": "inner node", "leaf": "leaf", "suffixes": "suffix commitment"}[kind]
    return "node"


def _raw_commitments(left: ExecutionWitness, right: ExecutionWitness) -> Iterator[Difference]:
    """Where one has no sound structure: as they stand in the list."""
    one, other = left.proof.commitments, right.proof.commitments
    if len(one) != len(other):
        yield Difference("commitments", "both", "another number of commitments", None, len(one), len(other))
    for number, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            yield Difference(
                "commitments", "both", f"another commitment number {number}", None, first, second
            )
    if left.proof.extension_present != right.proof.extension_present:
        sides = left.proof.extension_present, right.proof.extension_present
        yield Difference("statuses", "both", "another list of extension statuses", None, *sides)
    if left.proof.other_stems != right.proof.other_stems:
        counts = len(left.proof.other_stems), len(right.proof.other_stems)
        yield Difference("other stems", "both", "another list of other stems", None, *counts)


def _multiproof(witness: ExecutionWitness) -> tuple[object, ...]:
    proof = witness.proof
    return proof.d, proof.ipa
