"""A witness of the binary tree in JSON. ``docs/format.md`` §5.

::

    { "binaryRules": name,
      "stateDiff": as in a Verkle witness,
      "binaryProof": {
        "ends": [ { "kind": "empty" | "own" | "named", "depth": 0…248, "stem": 31 bytes | null,
                    "shown": { "suffix": 0…255, "value": 32 bytes } | null } ],
        "siblings": [ 32 bytes | null ], "stemSiblings": [ 32 bytes | null ],
        "deep": [ { "sibling": number, "steps": [ "left" | 32 bytes | null ], "bottom": 32 bytes } ] },
      "parentStateRoot": 32 bytes, "postStateRoot": 32 bytes }

The roots are those of the binary tree, before and after the block; the first may stand beside the witness.
``null`` among siblings and steps is an empty node (a step to the right beside nothing). Members of other
names are ignored; ``null`` and a missing member are the same where ``null`` is allowed.
"""

from __future__ import annotations

from typing import Any, Final

from verkle.errors import MalformedError
from witness.binary.container import (
    DEEP_STEPS,
    BinaryProof,
    BinaryWitness,
    DeepSibling,
    EndKind,
    PathEnd,
    ShownValue,
)
from witness.binary.encoding import MAX_SIBLINGS, check_witness
from witness.binary.rules import rules_named
from witness.binary.subtree import ZERO
from witness.binary.tree import STEM_BITS
from witness.containers import ExecutionWitness
from witness.fields import JsonPath, as_integer, as_list, as_object, as_text, hex_fixed, member, show
from witness.limits import MAX_STEMS
from witness.witness_json import (
    EMPTY_PROOF,
    is_binary_witness,
    optional_root,
    pre_root_from_json,
    state_diff_from_json,
)
from witness.witness_json import witness_to_json as verkle_to_json

__all__ = ["is_binary_witness", "witness_from_json", "witness_to_json"]

_KINDS: Final[dict[str, EndKind]] = {"empty": "empty", "own": "own", "named": "named"}


def witness_to_json(witness: BinaryWitness) -> dict[str, Any]:
    """The witness as a JSON value, which ``witness_from_json`` reads. Raises as ``check_witness``."""
    check_witness(witness)
    proof = witness.proof
    document: dict[str, Any] = {
        "binaryRules": witness.rules,
        "stateDiff": verkle_to_json(ExecutionWitness(witness.state_diff, EMPTY_PROOF))["stateDiff"],
        "binaryProof": {
            "ends": [
                {
                    "kind": end.kind,
                    "depth": end.depth,
                    "stem": None if end.stem is None else _hex(end.stem),
                    "shown": None
                    if end.shown is None
                    else {"suffix": end.shown.suffix, "value": _hex(end.shown.value)},
                }
                for end in proof.ends
            ],
            "siblings": [_node(node) for node in proof.siblings],
            "stemSiblings": [_node(node) for node in proof.stem_siblings],
            "deep": [
                {
                    "sibling": deep.sibling,
                    "steps": ["left" if step is None else _node(step) for step in deep.steps],
                    "bottom": _hex(deep.bottom),
                }
                for deep in proof.deep
            ],
        },
    }
    for name, root in (("parentStateRoot", witness.pre_root), ("postStateRoot", witness.post_root)):
        if root is not None:
            document[name] = _hex(root)
    return document


def witness_from_json(
    value: Any, path: JsonPath = (), *, beside: Any = None, beside_path: JsonPath = ()
) -> BinaryWitness:
    """Read a witness; ``beside`` is a state root before the block that stands next to it in the file.

    Raises ``MalformedError`` of ``witness.fields`` and ``WITNESS_COUNT``, ``UnsupportedError``
    ``BINARY_RULES``, and ``InvalidError`` ``PRE_ROOT_CONFLICT``.
    """
    document = as_object(value, path)
    rules = rules_named(as_text(member(document, "binaryRules", path), (*path, "binaryRules")))
    diff = state_diff_from_json(member(document, "stateDiff", path), (*path, "stateDiff"))
    at = (*path, "binaryProof")
    proof = as_object(member(document, "binaryProof", path), at)
    ends = _limited(proof, "ends", at, MAX_STEMS)
    deep = _limited(proof, "deep", at, MAX_STEMS)
    witness = BinaryWitness(
        diff,
        BinaryProof(
            tuple([_end(end, (*at, "ends", i)) for i, end in enumerate(ends)]),
            _nodes(proof, "siblings", at),
            _nodes(proof, "stemSiblings", at),
            tuple([_deep(one, (*at, "deep", i)) for i, one in enumerate(deep)]),
        ),
        rules.name,
        pre_root_from_json(document, path, beside, beside_path),
        optional_root(document.get("postStateRoot"), (*path, "postStateRoot")),
    )
    check_witness(witness)
    return witness


def _end(value: Any, path: JsonPath) -> PathEnd:
    end = as_object(value, path)
    name = as_text(member(end, "kind", path), (*path, "kind"))
    kind = _KINDS.get(name)
    if kind is None:
        raise _type_error((*path, "kind"), "empty, own or named", name)
    depth = _number(member(end, "depth", path), (*path, "depth"), STEM_BITS)
    stem, shown = end.get("stem"), end.get("shown")
    if (stem is None) != (kind != "named"):
        raise _type_error((*path, "stem"), "31 bytes where the kind is named, else null", kind)
    return PathEnd(
        kind,
        depth,
        None if stem is None else hex_fixed(stem, 31, (*path, "stem"), bare=True),
        None if shown is None else _shown(shown, (*path, "shown")),
    )


def _shown(value: Any, path: JsonPath) -> ShownValue:
    shown = as_object(value, path)
    return ShownValue(
        _number(member(shown, "suffix", path), (*path, "suffix"), 255),
        hex_fixed(member(shown, "value", path), 32, (*path, "value"), bare=True),
    )


def _deep(value: Any, path: JsonPath) -> DeepSibling:
    deep = as_object(value, path)
    steps = as_list(member(deep, "steps", path), (*path, "steps"))
    if len(steps) != DEEP_STEPS:
        raise _count_error((*path, "steps"), DEEP_STEPS, len(steps))
    return DeepSibling(
        _number(member(deep, "sibling", path), (*path, "sibling"), MAX_SIBLINGS - 1),
        tuple(
            [
                None if step == "left" else _node_from(step, (*path, "steps", i))
                for i, step in enumerate(steps)
            ]
        ),
        hex_fixed(member(deep, "bottom", path), 32, (*path, "bottom"), bare=True),
    )


def _nodes(container: dict[str, Any], name: str, path: JsonPath) -> tuple[bytes, ...]:
    items = _limited(container, name, path, MAX_SIBLINGS)
    return tuple([_node_from(item, (*path, name, i)) for i, item in enumerate(items)])


def _node_from(value: Any, path: JsonPath) -> bytes:
    """A hash; an empty node is null, and not written out."""
    if value is None:
        return ZERO
    node = hex_fixed(value, 32, path, bare=True)
    if node == ZERO:
        raise _type_error(path, "null for an empty node", "zeros")
    return node


def _limited(container: dict[str, Any], name: str, path: JsonPath, limit: int) -> list[Any]:
    items = as_list(member(container, name, path), (*path, name))
    if len(items) > limit:
        raise _count_error((*path, name), limit, len(items))
    return items


def _number(value: Any, path: JsonPath, highest: int) -> int:
    number = as_integer(value, path, 32)
    if number > highest:
        raise MalformedError(
            "FIELD_RANGE",
            f"{show(path)} is not within 0 … {highest}",
            where={"path": show(path)},
            expected=f"0 … {highest}",
            got=number,
        )
    return number


def _type_error(path: JsonPath, expected: str, got: str) -> MalformedError:
    return MalformedError(
        "FIELD_TYPE",
        f"{show(path)} is not {expected}",
        where={"path": show(path)},
        expected=expected,
        got=got[:80],
    )


def _count_error(path: JsonPath, limit: int, got: int) -> MalformedError:
    return MalformedError(
        "WITNESS_COUNT",
        f"{show(path)} has {got} entries instead of {limit}, or of {limit} at most",
        where={"path": show(path)},
        expected=limit,
        got=got,
    )


def _node(node: bytes) -> str | None:
    return None if node == ZERO else _hex(node)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
