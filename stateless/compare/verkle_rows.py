"""The rows of the Verkle tree: the block's own witness, or one made in a sampled state; code in chunks, or
left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from stateless.compare.embedding import embed
from stateless.compare.leaf_rows import check_root, run_again, timed
from stateless.compare.leaf_view import verkle_stems
from stateless.compare.packing import msm_additions, verkle_encodings, without_keys
from stateless.compare.rows import Operations, Row
from stateless.compare.size import Size
from stateless.compare.source import Source, VerkleOwn
from stateless.scale.verkle_state import sample_verkle
from stateless.verifier import peak_memory_bytes
from verkle.constants import CHUNK_BYTES, IPA_ROUNDS
from verkle.embedding import chunk_position, stems
from verkle.pedersen import Committer
from verkle.post import post_root
from verkle.proof import ProvenTree, UnshownKind, verify_proof
from verkle.prover import prove_diff, state_diff
from verkle.records import IMAGE_BYTES
from witness.binary.encoding import diff_to_bytes
from witness.containers import ExecutionWitness
from witness.sizes import witness_sizes

__all__ = ["verkle_rows"]

DELTA_ADDITIONS = 33
"""Additions for one changed slot of a node: a product with a fixed base, byte by byte, and adding it."""


def verkle_rows(
    source: Source,
    size: Size,
    seed: bytes,
    committer: Committer,
    keep: Callable[[ExecutionWitness | None], None] | None = None,
) -> list[Row]:
    """Rows with code in chunks and with code left out. ``keep``: takes the witness with code in chunks,
    ``None`` where it is the block's own. Raises as ``engine.compare_block``."""
    rows = []
    witness: ExecutionWitness | None = None
    if size.own and source.verkle is not None:
        rows.append(_own(source, source.verkle))
    else:
        row, witness = _sampled(source, size, seed, committer, chunks=True)
        rows.append(row)
    if keep is not None:
        keep(witness)
    rows.append(_sampled(source, size, seed, committer, chunks=False)[0])
    return [replace(row, keys=size.keys, own_size=size.own) for row in rows]


def _own(source: Source, own: VerkleOwn) -> Row:
    """The block's own witness, which the verifier accepted."""
    row = _measured(own.witness, own.tree, own.tree.unshown, _code_keys(source, own))
    return replace(
        row,
        kind="measured",
        verified=True,
        executed=True,
        gas_used=source.rerun.first.gas_used,
        verify_ms=own.proof_ms,
        execute_ms=own.execute_ms,
        rebuild_ms=own.rebuild_ms,
        pre_state_root="0x" + source.pre_root.hex(),
        post_state_root="0x" + source.post_root.hex(),
        note="the block's own witness, with the leaves and gas rules of its network",
    )


def _code_keys(source: Source, own: VerkleOwn) -> frozenset[bytes]:
    places = [
        (address, *chunk_position(number))
        for address, account in source.accesses.accounts.items()
        for number in {*account.chunks, *range(-(-len(account.deployed or b"") // CHUNK_BYTES))}
    ]
    if not places:
        return frozenset()
    wanted = list(dict.fromkeys((address, index) for address, index, _ in places))
    made = dict(zip(wanted, stems(wanted, own.rules.stem_hash), strict=True))
    keys = {made[address, index] + bytes([suffix]) for address, index, suffix in places}
    return frozenset(keys.intersection(own.tree.values))


def _sampled(
    source: Source, size: Size, seed: bytes, committer: Committer, *, chunks: bool
) -> tuple[Row, ExecutionWitness]:
    embedded = embed(source.accesses, verkle_stems, chunks=chunks)
    # of leaves that nobody asks for only the header's are made: the others would change no figure
    leaves = {
        key: value
        for key, value in embedded.before.items()
        if key in embedded.asked or key not in embedded.chunks
    }
    state = sample_verkle(seed, size.model.stems, leaves, committer=committer)
    root = state.tree.root
    made, prove_ms = timed(
        lambda: prove_diff(state.tree, state_diff(state.tree, embedded.asked, embedded.writes))
    )
    tree, verify_ms = timed(lambda: verify_proof(root, made.diff, made.proof))
    execute_ms = run_again(source, tree.values, embedded, verkle_stems, chunks=chunks)
    after, rebuild_ms = timed(lambda: post_root(tree))
    state.tree.put(embedded.writes)
    check_root(state.tree.root, after, "verkle")
    witness = ExecutionWitness(made.diff, made.proof, root)
    row = _measured(witness, tree, made.unshown, embedded.chunks)
    row = replace(
        row,
        code_policy="chunks" if chunks else "none",
        verified=True,
        executed=True,
        gas_used=source.rerun.first.gas_used,
        pre_state_root="0x" + root.hex(),
        post_state_root="0x" + after.hex(),
        prove_ms=prove_ms,
        verify_ms=verify_ms,
        execute_ms=execute_ms,
        rebuild_ms=rebuild_ms,
    )
    return row, witness


def _measured(
    witness: ExecutionWitness,
    tree: ProvenTree,
    unshown: tuple[UnshownKind, ...],
    code: frozenset[bytes],
) -> Row:
    """Sizes and counts of a witness that was verified."""
    sizes = witness_sizes(witness)
    bare = diff_to_bytes(without_keys(witness.state_diff, code))
    paths = {kind.path for kind in unshown}
    return Row(
        tree="verkle",
        kind="modelled",
        proof_bytes=sizes.proof_bytes,
        values_bytes=len(bare),
        code_bytes=len(diff_to_bytes(witness.state_diff)) - len(bare),
        encodings=verkle_encodings(witness),
        commitments=sizes.commitments,
        stems=sizes.stems,
        other_stems=sizes.other_stems,
        openings=len(tree.plan.openings),
        nodes=len(tree.plan.paths),
        siblings=0,
        keys_touched=sizes.keys,
        depths=Counter(extension.depth for extension in tree.plan.extensions),
        peak_memory_bytes=peak_memory_bytes(),
        operations=_operations(tree),
        assumptions=len(unshown),
        assumption_bytes=sum(1 + len(path) + IMAGE_BYTES for path in paths),
    )


def _operations(tree: ProvenTree) -> Operations:
    """Of decoding, the multiproof and the root after the block.

    Products: one of all commitments, one of the argument's points, one of the fixed basis (256 bases, byte by
    byte). Inversions are batched, and a batch counts once: decoding, images, the domain's differences, the
    argument's challenges, the tables of the two products, and one for each depth of the tree that is written.
    Hashes: a challenge of the transcript each.
    """
    if not tree.plan.openings:
        return Operations(0, 0, 0)
    written = {
        stem_diff.stem
        for stem_diff in tree.plan.diff
        if any(leaf.new is not None for leaf in stem_diff.suffixes)
    }
    new_values = sum(leaf.new is not None for stem_diff in tree.plan.diff for leaf in stem_diff.suffixes)
    depths = {extension.stem: extension.depth for extension in tree.plan.extensions}
    changed = {stem[:depth] for stem in written for depth in range(depths[stem] + 1)}
    # two slots a value, three for the leaf itself, one for each node above
    slots = 2 * new_values + 3 * len(written) + len(changed)
    return Operations(
        point_additions=msm_additions(len(tree.plan.paths))
        + msm_additions(2 * IPA_ROUNDS)
        + 256 * 32
        + DELTA_ADDITIONS * slots,
        hashes=3 + IPA_ROUNDS,
        inversions=6 + max((depths[stem] + 1 for stem in written), default=0),
    )
