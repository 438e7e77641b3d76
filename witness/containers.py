"""The execution witness as a value: state diff, proof, and the root it speaks about.

The parts live in ``verkle.diff`` (the proof code needs them and knows no witness) and are re-exported here.

Source: EIP-6800 and the consensus-specs container of the same name; SPEC 5.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from verkle.diff import IpaProof, StemDiff, SuffixDiff, VerkleProof

__all__ = ["ExecutionWitness", "IpaProof", "StemDiff", "SuffixDiff", "VerkleProof"]


@dataclass(frozen=True, slots=True)
class ExecutionWitness:
    """Every state value a block touches, before and after, and one proof of all values before.

    ``state_diff``: stems in the order of the input (ascending is checked by ``verkle.openings``).
    ``parent_state_root``: 32 bytes, the pre-state root as *the input* states it, ``None`` where it does
    not. The block hash covers neither it nor the rest of the witness: who uses it must bind it to the
    parent header or say that it is asserted.
    """

    state_diff: tuple[StemDiff, ...]
    proof: VerkleProof
    parent_state_root: bytes | None = None
