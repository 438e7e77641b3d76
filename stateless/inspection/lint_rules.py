"""What ``lint`` looks for: one rule each, with its level and why it matters. In one table, SARIF's too.

Levels are SARIF's: ``error`` (refused by ``verify``), ``warning`` (legal, and wrong somewhere: waste, or what
a forger would write), ``note`` (legal, and worth knowing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["RULES", "Level", "Rule"]

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """``id``: stable, kebab-case. ``short``: what it finds, a sentence. ``help``: why, and what to do."""

    id: str
    level: Level
    short: str
    help: str


def _rules(*rows: tuple[str, Level, str, str]) -> Mapping[str, Rule]:
    return MappingProxyType({row[0]: Rule(*row) for row in rows})


# fmt: off
RULES: Final[Mapping[str, Rule]] = _rules(
    # Any tree.
    ("witness-refused", "error", "The witness is not legal: verify refuses it.",
     "The message has the error code; `stateless explain --error CODE` says what to do."),
    ("pre-root-asserted", "note", "The state root before the block is not bound by the parent's header.",
     "Put the parent's header into the input, or compare the root with one from elsewhere."),
    ("hex-upper-case", "note", "Bytes are written with upper-case hex digits.",
     "Readers that compare text see two values; write lower case."),
    ("hex-odd-length", "note", "Bytes are written with an odd number of hex digits.",
     "Some clients wrote numbers where bytes belong, without a leading zero; strict readers refuse them."),
    ("hex-no-prefix", "note", "Bytes are written without 0x.", "Some readers refuse them; write 0x."),
    # Verkle.
    ("absence-node-kind", "warning", "A stem is absent below a node that is not shown to be an inner node.",
     "Honest witnesses have this too; it is what a forged absence looks like. verify --strict refuses it."),
    ("key-surplus", "warning", "Execution does not touch a key of the witness.",
     "It costs bytes and says what the block does not need; whoever made the witness should leave it out."),
    ("key-unexplained", "warning", "No code runs in the block, and nothing that it names explains a key.",
     "Such a key cannot be of use; ask whoever made the witness what it is for."),
    ("kind-opening-surplus", "note", "An opening shows the kind of a node that no absence depends on.",
     "Leave it out: it is 32 bytes and more of proof for nothing."),
    ("account-half-written", "warning", "An account appears with part of its header leaves.",
     "Clients of the devnets did this; the root after the block then does not follow from the witness."),
    ("leaf-reserved", "warning", "A leaf of an account's header lies where the layout has nothing.",
     "No client writes there: check the rules, and whoever made the witness."),
    ("basic-data-reserved", "warning", "BASIC_DATA has a version or reserved bytes other than 0.",
     "Version 0 is the only one; check the rules (--rules)."),
    ("code-size-over-limit", "warning", "An account's code size is larger than any contract's.",
     "Contracts have at most 24,576 bytes (EIP-170); check the rules (--rules)."),
    ("chunk-push-data", "warning", "A code chunk says that it has more push data than bytes.",
     "It counts at most 31 bytes; another value is no chunk that a client writes."),
    ("stem-deep", "warning", "A stem lies deeper than stems of a tree of 2^32 stems do.",
     "Two stems must share a long prefix: somebody searched for it, which makes proofs of both longer."),
    ("proof-over-model", "warning", "The proof has more than twice the commitments of a model of 2^32 stems.",
     "Deep stems or keys spread on purpose; see the depths with inspect."),
    ("keys-over-gas", "warning", "The witness has more keys than the gas used can have paid for.",
     "Under witness gas a key costs 200 at least; the rest are not of this block."),
    ("nothing-written", "warning", "The block holds transactions, and the witness writes no value.",
     "A transaction changes its sender at least; this is the witness of something else."),
    # Merkle-Patricia.
    ("nodes-unsorted", "note", "The trie nodes are in no ascending order.",
     "Order is free; sorted nodes make equal witnesses equal files."),
    ("codes-unsorted", "note", "The codes are in no ascending order.",
     "Order is free; sorted codes make equal witnesses equal files."),
    ("headers-unsorted", "note", "The headers are neither ascending nor descending.",
     "Order is free here; other verifiers insist on one."),
    ("node-repeated", "warning", "A trie node is there more than once.", "Send it once."),
    ("code-repeated", "warning", "A code is there more than once.", "Send it once."),
    ("header-repeated", "warning", "A header is there more than once.", "Send it once."),
    ("node-empty", "note", "Nothing, or the RLP of nothing, stands among the nodes.",
     "An empty trie needs no node; leave it out."),
    ("code-empty", "note", "An empty code stands among the codes.", "No code needs no bytes; leave it out."),
    ("node-malformed", "warning", "Bytes among the nodes are no trie node.",
     "verify refuses the block as soon as it comes upon them; without that they are waste."),
    ("node-unreachable", "warning", "No path from the state root leads to a node.",
     "It proves nothing. verify --strict refuses it."),
    ("node-unneeded", "warning", "Executing the block and computing the root after it do not need a node.",
     "The witness is not minimal; whoever made it gathered more than the block reads."),
    ("code-unreferenced", "warning", "No account in the witness has this code.", "Leave it out."),
    ("code-unneeded", "note", "Executing the block does not read a code.",
     "Some clients add the code of every touched account; it is needed only where it runs or is copied."),
    ("header-unneeded", "note", "A header is older than any whose hash the block reads.",
     "The parent and those back to the oldest that BLOCKHASH asks for are enough."),
    ("keys-listed", "note", "The witness lists keys, which nobody reads.",
     "A dialect of some clients; it costs bytes and proves nothing."),
    ("block-hashes-listed", "note", "Hashes of earlier blocks are listed without their headers.",
     "Nothing binds them but the first; send headers where code reads them."),
    ("nodes-over-model", "warning", "The nodes weigh more than twice what a model of mainnet gives.",
     "Long shared paths, or more nodes than the leaves need; see node-unneeded."),
)
# fmt: on
