"""The rows of the binary tree: a proof in a sampled state, with code in chunks, whole, or left out; and what
its bytes would be if nodes held 2 or 4 levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from stateless.compare.embedding import embed
from stateless.compare.grouping import grow_siblings
from stateless.compare.leaf_rows import check_root, run_again, timed, whole_codes
from stateless.compare.leaf_view import binary_stems
from stateless.compare.packing import binary_encodings, without_keys
from stateless.compare.rows import SIZES_ONLY, Encodings, Operations, Row
from stateless.compare.size import Size
from stateless.compare.source import Source
from stateless.scale.binary_state import sample_binary
from stateless.verifier import peak_memory_bytes
from witness.binary.container import BinaryWitness
from witness.binary.encoding import diff_to_bytes
from witness.binary.grouped import GroupedSizes, grouped_sizes
from witness.binary.post import post_root
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, BinaryRules
from witness.binary.sizes import binary_sizes

__all__ = ["binary_rows"]

GROUPS: Final[tuple[Literal[2, 4], ...]] = (2, 4)


@dataclass(frozen=True, slots=True)
class _Proven:
    """A row, its witness, and the rows of coarser nodes over the same keys."""

    row: Row
    witness: BinaryWitness
    grouped: tuple[Row, ...]


def binary_rows(
    source: Source,
    size: Size,
    seed: bytes,
    keep: Callable[[BinaryWitness], None] | None = None,
) -> list[Row]:
    """Rows with code in chunks (its levels grouped by 1, 2 and 4), whole, and left out. ``keep``: takes
    the witness with code in chunks. Raises as ``engine.compare_block``."""
    in_chunks = _sampled(source, size, seed, DEFAULT, chunks=True)
    if keep is not None:
        keep(in_chunks.witness)
    apart = _sampled(source, size, seed, DEFAULT, chunks=False)
    codes = whole_codes(source)
    sizes = source.accesses.whole_codes()
    known = codes.keys() >= sizes.keys()
    whole = replace(
        apart.row,
        code_policy="whole",
        code_bytes=sum(sizes.values()),
        encodings=binary_encodings(apart.witness, list(codes.values())) if known else Encodings(),
        note=None if known else SIZES_ONLY,
    )
    rows = [in_chunks.row, *in_chunks.grouped, whole, apart.row]
    return [replace(row, keys=size.keys, own_size=size.own) for row in rows]


def _sampled(source: Source, size: Size, seed: bytes, rules: BinaryRules, *, chunks: bool) -> _Proven:
    stems_of = binary_stems(rules)
    embedded = embed(source.accesses, stems_of, chunks=chunks)
    state = sample_binary(seed, size.model.stems, embedded.before, rules)
    tree = state.tree
    root = tree.root
    made, prove_ms = timed(lambda: prove_keys(tree, embedded.asked, embedded.writes))
    proven, verify_ms = timed(lambda: verify_proof(root, made.diff, made.proof, rules))
    execute_ms = run_again(source, proven.values, embedded, stems_of, chunks=chunks)
    after, rebuild_ms = timed(lambda: post_root(proven))
    witness = BinaryWitness(made.diff, made.proof, rules.name, root, after.root)
    sizes = binary_sizes(witness)
    bare = diff_to_bytes(without_keys(made.diff, embedded.chunks))
    row = Row(
        tree="binary",
        kind="modelled",
        code_policy="chunks" if chunks else "none",
        group_bits=1,
        proof_bytes=sizes.proof_bytes,
        values_bytes=len(bare),
        code_bytes=sizes.state_diff_bytes - len(bare),
        encodings=binary_encodings(witness),
        commitments=0,
        stems=sizes.stems,
        other_stems=sizes.other_stems,
        nodes=sizes.ends,
        siblings=sizes.siblings + sizes.stem_siblings,
        keys_touched=sizes.keys,
        depths=Counter(state.depths[stem.stem] for stem in made.diff),
        verified=True,
        executed=True,
        gas_used=source.rerun.first.gas_used,
        pre_state_root="0x" + root.hex(),
        post_state_root="0x" + after.root.hex(),
        prove_ms=prove_ms,
        verify_ms=verify_ms,
        execute_ms=execute_ms,
        rebuild_ms=rebuild_ms,
        peak_memory_bytes=peak_memory_bytes(),
        operations=Operations(0, proven.hashes + after.hashes, 0),
        assumptions=0,
        assumption_bytes=0,
    )
    grouped: tuple[Row, ...] = ()
    if chunks:  # counted before anything is written
        grow_siblings(tree, [stem.stem for stem in made.diff], seed, size.model.stems)
        # path ends, and what shows kinds, stay as they are
        beside = sizes.proof_bytes - grouped_sizes(tree, embedded.asked, 1).total_bytes
        grouped = tuple(
            _grouped(row, grouped_sizes(tree, embedded.asked, bits), bits, beside) for bits in GROUPS
        )
    tree.put(embedded.writes)
    check_root(tree.root, after.root, "binary")
    return _Proven(row, witness, grouped)


def _grouped(row: Row, counted: GroupedSizes, bits: int, beside: int) -> Row:
    """The same keys in nodes of more levels, counted. ``beside``: bytes of the proof that are no hashes of
    nodes beside the paths, nor say where these are."""
    return replace(
        row,
        group_bits=bits,
        proof_bytes=counted.total_bytes + beside,
        siblings=counted.tree_hashes + counted.stem_hashes,
        nodes=counted.tree_groups + counted.stem_groups,
        encodings=Encodings(),
        prove_ms=None,
        verify_ms=None,
        execute_ms=None,
        rebuild_ms=None,
        operations=Operations(),
        note=f"counted: nodes of {bits} bits; the proof that was verified has nodes of one bit",
    )
