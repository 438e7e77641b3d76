"""One line of a comparison: a block's work, under one tree, in a state of one size, code sent in one way.

Every figure is of one of three kinds. ``measured``: the proof of a block against the state that it really ran
on. ``modelled``: a proof made and verified as any other, against a state that is drawn from a model
(``stateless.scale``), or bytes that are counted without a proof being made. ``quoted``: taken from somebody
else's publication, which ``source`` names; nothing here was run for it.

``total_bytes`` = ``proof_bytes`` + ``values_bytes`` + ``code_bytes`` + ``header_bytes``, so that a witness
without one of its parts can be told from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, Literal

__all__ = [
    "SCHEMA",
    "SIZES_ONLY",
    "CodePolicy",
    "Encodings",
    "Kind",
    "Operations",
    "Row",
    "TreeName",
    "row_from_json",
]

SCHEMA: Final = "stateless/compare/1"
SIZES_ONLY: Final = "sizes of whole codes as their accounts state them; the codes are not at hand"
"""A note of rows of two trees."""

TreeName = Literal["verkle", "patricia", "binary", "snark"]
Kind = Literal["measured", "modelled", "quoted"]
CodePolicy = Literal["chunks", "whole", "none"]
"""``chunks``: the 31-byte pieces that ran or were copied. ``whole``: all code of every account that ran.
``none``: code is left out."""


@dataclass(frozen=True, slots=True)
class Encodings:
    """Bytes of the whole witness as a file, ``None`` where the tree has no such encoding or the packer is not
    installed. ``own``: the tree's own (Verkle: the sum of the parts, as SPEC 9.4 counts them). ``snappy`` and
    ``zstd``: of ``own``'s bytes, or for Verkle of ``ssz``'s."""

    own: int | None = None
    ssz: int | None = None
    cbor: int | None = None
    snappy: int | None = None
    zstd: int | None = None


@dataclass(frozen=True, slots=True)
class Operations:
    """What verifying and computing the root after the block takes, in operations that cost the same count on
    every machine. ``point_additions`` include doublings; ``inversions`` are of field elements."""

    point_additions: int | None = None
    hashes: int | None = None
    inversions: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One member of ``results`` in ``stateless/compare/1``.

    ``block``: its name; ``block_digest``: SHA-256 of the input. ``keys``: total leaves of the state, an
    estimate where ``own_size``. ``group_bits``: levels of the binary tree in one node. ``depths``: walks by
    the depth at which they end. ``nodes``: those whose commitment, encoding or hash the proof needs;
    ``siblings``: hashes of nodes beside the paths. ``keys_touched``: leaves asked for, of the Patricia trie
    accounts and slots. ``values_bytes``: the state diff in the tree's own encoding, keys included and code
    not; 0 for Patricia, whose nodes hold the values. ``executed``: the block was run again on nothing but the
    verified witness, with the same gas and receipts. ``assumptions``: absences whose node kinds nothing
    shows, and ``assumption_bytes`` what showing them takes. ``peak_memory_bytes``: largest resident size of
    the process that made the row, up to then. ``source``: of quoted figures; ``note``: what to
    know.
    """

    tree: TreeName
    kind: Kind
    block: str | None = None
    block_digest: str | None = None
    keys: int | None = None
    own_size: bool = False
    code_policy: CodePolicy = "chunks"
    group_bits: int | None = None
    proof_bytes: int | None = None
    values_bytes: int | None = None
    code_bytes: int | None = None
    header_bytes: int | None = None
    total_bytes: int | None = None
    encodings: Encodings = Encodings()
    commitments: int | None = None
    stems: int | None = None
    other_stems: int | None = None
    openings: int | None = None
    nodes: int | None = None
    siblings: int | None = None
    keys_touched: int | None = None
    depths: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    verified: bool = False
    executed: bool = False
    gas_used: int | None = None
    pre_state_root: str | None = None
    post_state_root: str | None = None
    prove_ms: float | None = None
    verify_ms: float | None = None
    execute_ms: float | None = None
    rebuild_ms: float | None = None
    peak_memory_bytes: int | None = None
    operations: Operations = Operations()
    assumptions: int | None = None
    assumption_bytes: int | None = None
    source: str | None = None
    note: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The members by name; depths by their number as text, ascending; times to the microsecond."""
        out: dict[str, Any] = {}
        for member in fields(self):
            value = getattr(self, member.name)
            if isinstance(value, (Encodings, Operations)):
                value = {part.name: getattr(value, part.name) for part in fields(value)}
            elif member.name == "depths":
                value = {str(depth): value[depth] for depth in sorted(value)}
            elif isinstance(value, float):
                value = round(value, 3)
            out[member.name] = value
        return out


def row_from_json(value: Mapping[str, Any]) -> Row:
    """The row that :meth:`Row.to_json` made; for what this program wrote itself.

    Raises:
        TypeError, ValueError, KeyError, AttributeError: it is not of that form.
    """
    members = dict(value)
    members["encodings"] = Encodings(**members["encodings"])
    members["operations"] = Operations(**members["operations"])
    members["depths"] = {int(depth): count for depth, count in members["depths"].items()}
    return Row(**members)
