"""How large a witness is, part by part, and what it counts.

Three measures of bytes, since the field quotes all three:

- *proof bytes*: the proof without its values, as the sum of its parts: 576 of the multiproof (d, cl, cr and
  the scalar), 32 a commitment, 31 an other-stem, 1 a stem;
- *values bytes*: 32 for each value that is given, before or after;
- *SSZ bytes*: what the consensus-specs container serialises to, offsets included, split into state diff and
  proof. This is ``witness_bytes``, so that witnesses from files of any encoding compare.

Source: consensus-specs ``specs/_features/eip6800/beacon-chain.md`` (before its removal), EIP-6475 for
optionals; SPEC 5.4, 9.4.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from verkle.constants import COMMITMENT_BYTES, STEM_BYTES, VALUE_BYTES
from witness.containers import ExecutionWitness

MULTIPROOF_BYTES: Final = 32 + 8 * 32 + 8 * 32 + 32

# SSZ: an offset has 4 bytes; a value that is there costs one more for its selector (EIP-6475).
_OFFSET: Final = 4
_SOME: Final = 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in bytes and counts of one witness.

    ``code_chunks`` and ``code_bytes`` (32 a chunk) are ``None``: a witness does not say which keys are code.
    Whoever has run the block knows.
    """

    witness_bytes: int
    state_diff_bytes: int
    proof_ssz_bytes: int
    proof_bytes: int
    values_bytes: int
    stem_bytes: int
    commitments: int
    other_stems: int
    stems: int
    keys: int
    present: int
    absent: int
    new_values: int
    code_chunks: int | None = None
    code_bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The attributes under their own names."""
        return asdict(self)


def witness_sizes(witness: ExecutionWitness) -> Sizes:
    """Measure a witness.

    ``present`` and ``absent`` count keys by their current value; ``keys`` is their sum.
    """
    keys = present = new_values = state_diff = 0
    for stem in witness.state_diff:
        # The list's offset to this stem, the stem, the offset of its suffix list.
        state_diff += _OFFSET + STEM_BYTES + _OFFSET
        for diff in stem.suffixes:
            keys += 1
            given = (diff.current is not None) + (diff.new is not None)
            present += diff.current is not None
            new_values += diff.new is not None
            # The list's offset to this entry, the suffix, two offsets of optionals, the optionals.
            state_diff += _OFFSET + 1 + 2 * _OFFSET + given * (VALUE_BYTES + _SOME)

    proof = witness.proof
    variable = (
        STEM_BYTES * len(proof.other_stems)
        + len(proof.extension_present)
        + COMMITMENT_BYTES * len(proof.commitments)
    )
    # Three offsets; d and the inner-product argument are fixed.
    proof_ssz = 3 * _OFFSET + MULTIPROOF_BYTES + variable
    return Sizes(
        witness_bytes=2 * _OFFSET + state_diff + proof_ssz,
        state_diff_bytes=state_diff,
        proof_ssz_bytes=proof_ssz,
        proof_bytes=MULTIPROOF_BYTES + variable,
        values_bytes=VALUE_BYTES * (present + new_values),
        stem_bytes=STEM_BYTES * len(witness.state_diff),
        commitments=len(proof.commitments),
        other_stems=len(proof.other_stems),
        stems=len(witness.state_diff),
        keys=keys,
        present=present,
        absent=keys - present,
        new_values=new_values,
    )
