"""What is to be proven about a state, read from a file, and its witness made.

Two files ask for a proof: a list of tree keys, and a ``stateDiff`` as in a witness, whose keys are proven and
whose new values are carried along. A diff says what the values are before, too, and is held to it. A third
kind, a block, is for ``stateless.block_builder``.

::

    request = read_keys(data)                      # or read_diff(data)
    made = prove(tree_of(source), request, "assumed")
    made.witness, made.added

Sources: SPEC 5.1, 5.7.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stateless.leaf_csv import bytes32
from verkle.errors import InvalidError
from verkle.proof import UnshownKind
from verkle.prover import KindProof, Made, prove_diff, state_diff
from verkle.tree import Tree
from witness.containers import ExecutionWitness
from witness.fields import as_object, member, show
from witness.strict_json import parse
from witness.witness_json import state_diff_from_json

__all__ = ["Proven", "Request", "prove", "proven", "read_diff", "read_keys"]


@dataclass(frozen=True, slots=True)
class Request:
    """Keys to prove (32 bytes each, none twice), and what the file says about their values.

    ``current``: the values before by key, ``None`` for absent; a list of keys says nothing, and has none.
    ``new``: what a block writes.
    """

    keys: tuple[bytes, ...]
    current: Mapping[bytes, bytes | None]
    new: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Proven:
    """A witness of what was asked for.

    ``added``: keys that nobody asked for, each below a node whose kind it shows. ``unshown``: absences that
    rest on a node's kind which nothing shows; a strict verifier refuses them. ``openings``: how many there
    are, those that only show kinds included.
    """

    witness: ExecutionWitness
    added: tuple[bytes, ...]
    unshown: tuple[UnshownKind, ...]
    openings: int


def read_keys(data: bytes) -> Request:
    """A key in hex a line, with ``0x`` or without; what follows a ``#`` is a remark, empty lines are none.

    Raises ``MalformedError`` ``HEX_SYNTAX``, ``KEY_LENGTH``; ``InvalidError``
    ``KEY_REPEATED``; with the line.
    """
    lines: dict[bytes, int] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        text = line.partition(b"#")[0].strip()
        if not text:
            continue
        key = bytes32(text, number, "KEY_LENGTH", "key")
        if key in lines:
            raise InvalidError(
                "KEY_REPEATED",
                "a key is listed twice",
                where={"line": number, "first_line": lines[key], "key": key},
            )
        lines[key] = number
    return Request(tuple(lines), MappingProxyType({}), MappingProxyType({}))


def read_diff(data: bytes) -> Request:
    """``{"stateDiff": […]}`` as in a witness, in any order; other members are not read.

    Raises ``MalformedError`` as ``witness_from_json``; ``InvalidError`` ``KEY_REPEATED``,
    ``STEM_WITHOUT_SUFFIX``.
    """
    document = as_object(parse(data), ())
    diff = state_diff_from_json(member(document, "stateDiff", ()), ("stateDiff",))
    current: dict[bytes, bytes | None] = {}
    new: dict[bytes, bytes] = {}
    for i, stem_diff in enumerate(diff):
        where: dict[str, object] = {"path": show(("stateDiff", i)), "stem": stem_diff.stem}
        if not stem_diff.suffixes:
            raise InvalidError("STEM_WITHOUT_SUFFIX", "a stem of the state diff has no suffixes", where=where)
        for leaf in stem_diff.suffixes:
            key = stem_diff.stem + bytes([leaf.suffix])
            if key in current:
                raise InvalidError(
                    "KEY_REPEATED", "the state diff has one key twice", where=where | {"key": key}
                )
            current[key] = leaf.current
            if leaf.new is not None:
                new[key] = leaf.new
    return Request(tuple(current), MappingProxyType(current), MappingProxyType(new))


def prove(tree: Tree, request: Request, kinds: KindProof) -> Proven:
    """The witness of a request against the tree's root, which it carries.

    A new value that the state has already is no change; the key is proven, and the witness has no new value.

    Raises ``InvalidError`` ``DIFF_PRE_VALUE``: a value before that is not the state's.
    """
    diff = state_diff(tree, request.keys, request.new)
    for stem_diff in diff:
        for leaf in stem_diff.suffixes:
            key = stem_diff.stem + bytes([leaf.suffix])
            said = request.current.get(key, leaf.current)
            if said != leaf.current:
                raise InvalidError(
                    "DIFF_PRE_VALUE",
                    "the diff says another value before the block than the state has",
                    where={"stem": stem_diff.stem, "suffix": leaf.suffix},
                    expected=leaf.current,
                    got=said,
                )
    made = prove_diff(tree, diff, kinds=kinds)
    return proven(ExecutionWitness(made.diff, made.proof, tree.root), made, {*request.keys, *request.new})


def proven(witness: ExecutionWitness, made: Made, asked: Collection[bytes]) -> Proven:
    """What was made, beside the keys (32 bytes each) that were asked for."""
    added = [
        stem_diff.stem + bytes([leaf.suffix])
        for stem_diff in witness.state_diff
        for leaf in stem_diff.suffixes
        if stem_diff.stem + bytes([leaf.suffix]) not in asked
    ]
    return Proven(witness, tuple(added), made.unshown, made.openings)
