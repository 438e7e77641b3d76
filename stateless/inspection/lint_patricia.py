"""What is poor or suspicious in a Merkle-Patricia witness.

The block is executed with its witness to know which nodes, codes and headers it needs; where it cannot be,
what can be said without that is said. The model: mainnet's accounts are some 2^28, so that eight nodes lead
to one.

Sources: SPEC 9.2 (what clients put into witnesses), 9.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from stateless import patricia_steps
from stateless.headers import headers_by_hash
from stateless.inspection.difference_patricia import PatriciaNames, node_words, patricia_names
from stateless.inspection.explain import pre_root_of
from stateless.inspection.finding import Finding, LintOptions, LintReport
from stateless.report import Options, Report, Subject
from verkle.errors import IncompleteError, InvalidError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.header import header_to_rlp, missing_fields
from witness.keccak import keccak256
from witness.patricia.bag import MAX_NODE_BYTES, index_nodes
from witness.patricia.container import PatriciaWitness
from witness.patricia.nodes import EMPTY_REFERENCE, decode_node
from witness.patricia.placed import Placed, PlacedLeaf, place_nodes

__all__ = ["Needed", "lint_patricia", "model_bytes", "needed_by"]

BRANCH_BYTES: Final = 532
LEAF_BYTES: Final = 150
ACCOUNT_LEVELS: Final = 7
SLOT_LEVELS: Final = 6
FAR_OVER: Final = 2
MODEL_FLOOR_BYTES: Final = 16 * BRANCH_BYTES


@dataclass(frozen=True, slots=True)
class Needed:
    """What executing a block took from its witness: nodes and codes by hash, the number of the oldest block
    whose hash was asked for (``None``: none was)."""

    nodes: frozenset[bytes]
    codes: frozenset[bytes]
    oldest: int | None


def needed_by(block: BlockInput, rules: str | None = None) -> Needed:
    """Execute a block, compute the root after it, and say what that took.

    Raises StatelessError where the block cannot be executed.
    """
    report = Report()
    subject = Subject(block, headers_by_hash(block.headers), None, Options(rules=rules))
    shaped = patricia_steps.check_shape(subject, report)
    view = patricia_steps.check_proof(shaped, report)
    executed = patricia_steps.execute(shaped, view, report)
    patricia_steps.rebuild(executed, report)
    return Needed(
        frozenset(view.bag.touched_hashes()),
        frozenset(view.codes.asked),
        min(shaped.ancestors.block_hashes.asked, default=None),
    )


def lint_patricia(block: BlockInput, options: LintOptions) -> LintReport:
    """See ``stateless.inspection.lint``."""
    witness = block.patricia
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    try:
        nodes = index_nodes(witness.nodes)
    except MalformedError as error:
        error.stage = "PROOF"
        refused = Finding("witness-refused", f"{error.code}: {error.message}.")
        return LintReport("patricia", (refused,), (), error)
    notes: list[str] = []
    needed: Needed | None = None
    if not options.execute:
        notes.append("the block was not executed, so that what it does not need is not known")
    else:
        try:
            needed = needed_by(block, options.rules)
        except StatelessError as error:
            notes.append(
                f"the block cannot be executed ({error.code}), so that what it does not need is not known"
            )
    root = pre_root_of(block)
    placed: dict[bytes, Placed] | None = None
    leaves: list[PlacedLeaf] = []
    if root is None:
        notes.append("nothing says the state root, so that what no path leads to is not known")
    else:
        placed, leaves = place_nodes(nodes, root[0])
    findings = [
        *_lists(witness),
        *_nodes(witness, placed, needed, patricia_names(block)),
        *_codes(witness, None if placed is None else leaves, needed),
        *_headers(block, witness, needed),
        *_weight(witness, leaves),
    ]
    return LintReport("patricia", tuple(findings), tuple(notes))


def _lists(witness: PatriciaWitness) -> Iterator[Finding]:
    """Order, repetition, and parts that prove nothing."""
    for part, items, repeated in (
        ("nodes", witness.nodes, "node-repeated"),
        ("codes", witness.codes, "code-repeated"),
    ):
        if any(before > after for before, after in pairwise(items)):
            yield Finding(f"{part}-unsorted", f"The {len(items)} {part} are not in ascending order.", part)
        yield from _repeated(items, repeated, part)
    numbers = [header.number or 0 for header in witness.ancestors]
    if numbers not in (sorted(numbers), sorted(numbers, reverse=True)):
        yield Finding(
            "headers-unsorted", f"The {len(numbers)} headers are in no order of their blocks.", "headers"
        )
    encoded = [header_to_rlp(header) for header in witness.ancestors if not missing_fields(header)]
    yield from _repeated(encoded, "header-repeated", "headers")
    if witness.keys:
        weight = sum(map(len, witness.keys))
        yield Finding("keys-listed", f"The witness lists {len(witness.keys)} keys, {weight} bytes.", "keys")
    if len(witness.block_hashes) > 1:
        message = f"{len(witness.block_hashes)} hashes of earlier blocks are listed; only the first is bound."
        yield Finding("block-hashes-listed", message, "block_hashes")


def _repeated(items: Sequence[bytes], rule: str, part: str) -> Iterator[Finding]:
    times = Counter(items)
    seen: set[bytes] = set()
    for i, item in enumerate(items):
        if item in seen:
            digest = keccak256(item)
            yield Finding(rule, f"0x{digest.hex()} is there {times[item]} times.", f"{part}[{i}]", digest)
        seen.add(item)


def _nodes(
    witness: PatriciaWitness,
    placed: dict[bytes, Placed] | None,
    needed: Needed | None,
    names: PatriciaNames,
) -> Iterator[Finding]:
    seen: set[bytes] = set()
    for i, raw in enumerate(witness.nodes):
        if raw in seen:
            continue
        seen.add(raw)
        place, digest = f"nodes[{i}]", keccak256(raw)
        if raw in {b"", EMPTY_REFERENCE}:
            yield Finding(
                "node-empty", f"{'0x80 stands' if raw else 'No bytes stand'} among the nodes.", place
            )
            continue
        try:
            decode_node(raw)
        except InvalidError as error:
            message = f"{len(raw)} bytes (of at most {MAX_NODE_BYTES}) are no node: {error.code}."
            yield Finding("node-malformed", message, place, digest)
        if placed is not None and digest not in placed:
            message = f"No path leads to node 0x{digest.hex()} of {len(raw)} bytes."
            yield Finding("node-unreachable", message, place, digest)
        elif needed is not None and digest not in needed.nodes:
            words = node_words(None if placed is None else placed.get(digest), names)
            yield Finding("node-unneeded", f"Not needed: {words}.", place, digest)


def _codes(
    witness: PatriciaWitness, leaves: Sequence[PlacedLeaf] | None, needed: Needed | None
) -> Iterator[Finding]:
    known = {leaf.account.code_hash for leaf in leaves or () if leaf.account is not None}
    seen: set[bytes] = set()
    for i, code in enumerate(witness.codes):
        if code in seen:
            continue
        seen.add(code)
        place, digest = f"codes[{i}]", keccak256(code)
        if not code:
            yield Finding("code-empty", "A code without bytes stands among the codes.", place)
        elif leaves is not None and digest not in known:
            message = f"No account in the witness has the code 0x{digest.hex()} of {len(code)} bytes."
            yield Finding("code-unreferenced", message, place, digest)
        elif needed is not None and digest not in needed.codes:
            message = f"The block does not read the code 0x{digest.hex()} of {len(code)} bytes."
            yield Finding("code-unneeded", message, place, digest)


def _headers(block: BlockInput, witness: PatriciaWitness, needed: Needed | None) -> Iterator[Finding]:
    number = None if block.header is None else block.header.number
    if needed is None or number is None:
        return
    # The parent is always needed: its header binds the state root.
    oldest = number - 1 if needed.oldest is None else min(needed.oldest, number - 1)
    for i, header in enumerate(witness.ancestors):
        if header.number is not None and header.number < oldest:
            message = f"The header of block {header.number} is older than any that the block asks for."
            yield Finding("header-unneeded", message, f"headers[{i}]")


def _weight(witness: PatriciaWitness, leaves: Sequence[PlacedLeaf]) -> Iterator[Finding]:
    weight, model = sum(map(len, witness.nodes)), model_bytes(leaves)
    if leaves and weight > FAR_OVER * model + MODEL_FLOOR_BYTES:
        message = f"The nodes weigh {weight} bytes; for {len(leaves)} leaves the model gives {model}."
        yield Finding("nodes-over-model", message, "nodes")


def model_bytes(leaves: Sequence[PlacedLeaf]) -> int:
    """Bytes of nodes that lead to as many leaves in tries of mainnet's size: of each level no more branches
    than there are, or than there are leaves; and the leaves."""
    tries = Counter(leaf.owner for leaf in leaves)
    total = 0
    for owner, members in tries.items():
        levels = ACCOUNT_LEVELS if owner is None else SLOT_LEVELS
        total += BRANCH_BYTES * sum(min(16**level, members) for level in range(levels)) + LEAF_BYTES * members
    return total
