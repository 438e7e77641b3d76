"""A block, some sizes, some trees: all rows of it, each verified in this run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from stateless.compare.binary_rows import binary_rows
from stateless.compare.keeping import Keep, kept_binary, kept_verkle
from stateless.compare.patricia_rows import modelled_bytes, patricia_rows
from stateless.compare.reading import read_source
from stateless.compare.rows import Row, TreeName
from stateless.compare.size import Size, size_of
from stateless.compare.source import Source
from stateless.compare.verkle_rows import verkle_rows
from verkle.pedersen import Committer
from witness.binary.container import BinaryWitness
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.errors import UsageError
from witness.patricia.container import patricia_sizes

__all__ = ["TREES", "Asked", "Compared", "compare_block", "parse_trees"]

TREES: Final[tuple[TreeName, ...]] = ("verkle", "patricia", "binary")
DEFAULT_SEED: Final = "stateless"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to compare: ``trees``; ``sizes`` as numbers of leaves, ``None`` for the block's own; ``seed`` of
    the sampled states; ``rules`` by name."""

    trees: tuple[TreeName, ...] = TREES
    sizes: tuple[int | None, ...] = (None,)
    seed: str = DEFAULT_SEED
    rules: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a block: a member of ``blocks`` and its rows. ``kept``: from an earlier run."""

    block: Mapping[str, Any]
    rows: tuple[Row, ...]
    kept: bool = False


def parse_trees(text: str) -> tuple[TreeName, ...]:
    """Names with commas between, each once, in the order of ``TREES``.

    Raises:
        UsageError: ``COMPARE_TREES``: a name that is not one of them.
    """
    names = [name.strip().lower() for name in text.split(",")]
    known = {str(tree) for tree in TREES}
    for name in names:
        if name not in known:
            raise UsageError("COMPARE_TREES", f"{name[:40]!a} is no tree; there are {', '.join(TREES)}")
    return tuple(tree for tree in TREES if tree in names)


def compare_block(
    block: BlockInput,
    digest: bytes,
    asked: Asked,
    committer: Committer | None = None,
    keep: Keep | None = None,
) -> Compared:
    """Verify a block, run it once, and prove what it touched under each tree and at each size.

    ``digest``: of the input, 32 bytes. ``committer``: may serve several blocks, so that its tables are made
    once. ``keep``: takes the witnesses that are made (``stateless.compare.keeping``).

    Raises:
        StatelessError: the block does not verify (as ``read_source``), or a proof of this run does not:
            ``COMPARE_RUN_DIFFERS``, ``COMPARE_WRITES_DIFFER``, ``COMPARE_ROOT_DIFFERS``, or any of the
            verifiers'.
    """
    source = read_source(block, asked.rules)
    committer = committer or Committer()
    seed = hashlib.sha256(asked.seed.encode()).digest()
    rows: list[Row] = []
    models = []
    for keys in asked.sizes:
        size = size_of(source, keys)
        models.append({"own_size": size.own} | size.model.to_json())
        for tree in asked.trees:
            rows += _rows(tree, source, size, seed, committer, block, keep)
    return Compared(
        _block(source, digest, models, seed), tuple(_finished(source, digest, row) for row in rows)
    )


def _rows(
    tree: TreeName,
    source: Source,
    size: Size,
    seed: bytes,
    committer: Committer,
    block: BlockInput,
    keep: Keep | None,
) -> list[Row]:
    if tree == "patricia":
        return patricia_rows(source, size, seed)

    def keep_verkle(sampled: ExecutionWitness | None) -> None:
        if keep is not None:
            keep(kept_verkle(block, source, size, sampled))

    def keep_binary(witness: BinaryWitness) -> None:
        if keep is not None:
            keep(kept_binary(block, source, size, witness))

    if tree == "verkle":
        return verkle_rows(source, size, seed, committer, keep_verkle)
    return binary_rows(source, size, seed, keep=keep_binary)


def _finished(source: Source, digest: bytes, row: Row) -> Row:
    """A row with what all rows of a block share, and its total."""
    parts = (row.proof_bytes, row.values_bytes, row.code_bytes, source.header_bytes)
    return replace(
        row,
        block=source.name,
        block_digest="0x" + digest.hex(),
        header_bytes=source.header_bytes,
        total_bytes=sum(part or 0 for part in parts),
    )


def _block(source: Source, digest: bytes, models: Sequence[Mapping[str, Any]], seed: bytes) -> dict[str, Any]:
    """What the rows of a block have in common. ``model_check``: of a block with a Patricia witness, the bytes
    that it needs of the real state and of a sampled one of the same size."""
    given = needed = check = None
    if source.patricia is not None:
        measured = sum(map(len, source.patricia.needed.nodes))
        check = {"measured_bytes": measured, "modelled_bytes": modelled_bytes(source, seed)}
        given, needed = (
            patricia_sizes(each).to_json() for each in (source.patricia.given, source.patricia.needed)
        )
    return {
        "block": source.name,
        "block_digest": "0x" + digest.hex(),
        "number": source.number,
        "transactions": source.transactions,
        "gas_used": source.rerun.first.gas_used,
        "source_tree": source.tree,
        "pre_state_root": "0x" + source.pre_root.hex(),
        "post_state_root": "0x" + source.post_root.hex(),
        "accesses": source.accesses.counts,
        "whole_code_bytes": sum(source.accesses.whole_codes().values()),
        "made_up": sum(bool(account.made_up) for account in source.accesses.accounts.values()),
        "witness_given": given,
        "witness_needed": needed,
        "states": list(models),
        "model_check": check,
    }
