"""What ``bench tree`` and ``bench prove`` time: a tree built in memory, and keys proven out of a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from cli.bench_work import VERIFY_TOTAL
from cli.measuring import Measured, Phases, ours, repeat, summed
from stateless.proving import Proven, Request, prove
from stateless.state_source import StateSource
from stateless.verifier import peak_memory_bytes
from verkle.build import build
from verkle.errors import IncompleteError, InvalidError
from verkle.leaf_sort import Row
from verkle.post import post_root
from verkle.proof import verify_proof
from verkle.tree import MemoryStore, Tree
from witness.witness_json import witness_to_json

__all__ = [
    "MOST_PEER_LEAVES",
    "measure_prove",
    "measure_tree",
    "peer_file",
    "random_keys",
    "random_rows",
    "source_rows",
]

SEED: Final = 1
MOST_MISSES: Final = 10_000
"""Keys drawn again, one after the other, before the search for another is given up."""
MOST_PEER_LEAVES: Final = 200_000
"""A peer keeps the whole state in memory, 10 kB a leaf."""


def random_rows(leaves: int) -> list[Row]:
    """Leaves of different stems, the same on every machine."""
    chance = Random(SEED)  # noqa: S311 (not for secrets)
    return [Row(chance.randbytes(32), chance.randbytes(32)) for _ in range(leaves)]


def source_rows(source: StateSource) -> list[Row]:
    """Every leaf of a source, read and, of accounts, embedded."""
    return list(source.rows())


def measure_tree(name: str, rows: list[Row], runs: int) -> tuple[list[Measured], bytes]:
    """Phase ``total``: from leaves in no order to the root, tables included. Returns also the root."""
    roots = set()

    def work(phases: Phases) -> None:
        tree = build(MemoryStore(), rows)
        roots.add(tree.root)
        phases.lap("total")

    laps = repeat(work, runs)
    (root,) = roots
    facts = {"keys": len(rows), "leaves_per_s": round(1000 * len(rows) / min(laps["total"]))}
    return ours(name, laps, facts), root


def peer_file(rows: list[Row], keys: Sequence[bytes]) -> dict[str, Any]:
    """A state and keys to prove, as the peer's ``tree`` reads them."""
    return {
        "leaves": [[row.key.hex(), row.value.hex()] for row in rows],
        "keys": [key.hex() for key in keys],
    }


def random_keys(tree: Tree, number: int) -> tuple[bytes, ...]:
    """Keys that are there, found by walking down through random slots; the state is not read through.

    Raises ``IncompleteError`` ``TOO_FEW_LEAVES``.
    """
    chance = Random(SEED)  # noqa: S311 (not for secrets)
    keys: set[bytes] = set()
    misses = 0
    while misses < MOST_MISSES:
        if len(keys) == number:
            return tuple(sorted(keys))
        key = _random_key(tree, chance)
        misses = misses + 1 if key is None or key in keys else 0
        if key is not None:
            keys.add(key)
    raise IncompleteError(
        "TOO_FEW_LEAVES", "the state has fewer keys than are to be proven", expected=number, got=len(keys)
    )


def _random_key(tree: Tree, chance: Random) -> bytes | None:
    path = b""
    while True:
        node = tree.inner_record(path)
        if node is None:
            return None
        index, slot = chance.choice(list(node.slots()))
        if slot.stem is not None:
            record = tree.leaf_record(slot.stem)
            return None if record is None else slot.stem + bytes([chance.choice(list(record.values()))[0]])
        path += bytes([index])


def measure_prove(
    name: str, tree: Tree, keys: tuple[bytes, ...], runs: int
) -> tuple[list[Measured], Mapping[str, Any]]:
    """Phases ``prove``, and of the verifier ``shape_and_proof``, ``rebuild`` and their sum, ``check``.

    Returns also the witness, as a block file that peers read. Raises ``InvalidError`` ``PROOF_IPA_FALSE``.
    """
    made: list[Proven] = []

    def work(phases: Phases) -> None:
        made[:] = [prove(tree, Request(keys, {}, {}), "assumed")]
        phases.lap("prove")
        witness = made[0].witness
        proven = verify_proof(tree.root, witness.state_diff, witness.proof)
        phases.lap("shape_and_proof")
        after = post_root(proven)
        phases.lap("rebuild")
        if after != tree.root:
            raise InvalidError("POST_ROOT_MISMATCH", "nothing was written, and the root is another")

    laps = repeat(work, runs)
    laps[VERIFY_TOTAL] = summed(laps, ("shape_and_proof", "rebuild"))
    witness = made[0].witness
    facts = {
        "keys": len(keys),
        "openings": made[0].openings,
        "commitments": len(witness.proof.commitments) + 1,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    document = {"parentStateRoot": f"0x{tree.root.hex()}", "executionWitness": witness_to_json(witness)}
    return ours(name, laps, facts), document
