"""How much a witness may hold, in any encoding, and what an encoder takes for granted.

The limits on lists are the consensus container's (SPEC 5.4). ``MAX_KEYS`` is this program's own and bounds
memory and time: compact encodings say "these 256 suffixes are absent" in a few bytes, so the size of an input
alone bounds neither. It is three times what a block of 30 million gas can touch at 200 gas a key (EIP-4762).
"""

from __future__ import annotations

from typing import Final

from verkle.constants import COMMITMENT_BYTES, IPA_ROUNDS, STEM_BYTES, VALUE_BYTES
from verkle.errors import MalformedError
from witness.containers import ExecutionWitness

MAX_SUFFIXES: Final = 256
MAX_STEMS: Final = 1 << 16
"""Also of bytes of extension statuses, one a stem."""
MAX_COMMITMENTS_PER_STEM: Final = 33
MAX_COMMITMENTS: Final = MAX_STEMS * MAX_COMMITMENTS_PER_STEM
MAX_KEYS: Final = 1 << 19


def check_count(what: str, count: int, limit: int) -> None:
    """Raises ``MalformedError`` ``WITNESS_COUNT`` where a witness has more than ``limit``."""
    if count > limit:
        raise MalformedError(
            "WITNESS_COUNT",
            f"the witness has {count} {what}; at most {limit} are allowed",
            where={"part": what},
            expected=f"at most {limit}",
            got=count,
        )


def check_witness(witness: ExecutionWitness) -> None:
    """Refuse to encode what no decoder would take, or what the containers rule out.

    Raises ``MalformedError`` ``WITNESS_COUNT`` beyond a limit (JSON takes some more keys than the other
    encodings), and ``ValueError`` for a wrong length: such a witness was made by a mistake in the program,
    not read from an input.
    """
    proof = witness.proof
    counts = (
        ("stems", len(witness.state_diff), MAX_STEMS),
        ("suffixes of one stem", max((len(s.suffixes) for s in witness.state_diff), default=0), MAX_SUFFIXES),
        ("keys", sum(len(stem.suffixes) for stem in witness.state_diff), MAX_KEYS),
        ("other-stems", len(proof.other_stems), MAX_STEMS),
        ("extension bytes", len(proof.extension_present), MAX_STEMS),
        ("commitments", len(proof.commitments), MAX_COMMITMENTS),
        ("kind openings", len(proof.kinds), MAX_COMMITMENTS),
    )
    for what, count, limit in counts:
        check_count(what, count, limit)
    stems = (*(stem.stem for stem in witness.state_diff), *proof.other_stems)
    words = (*proof.commitments, proof.d, *proof.ipa.cl, *proof.ipa.cr, proof.ipa.final_evaluation)
    values = (
        value
        for stem in witness.state_diff
        for diff in stem.suffixes
        for value in (diff.current, diff.new)
        if value is not None
    )
    if (
        any(len(stem) != STEM_BYTES for stem in stems)
        or any(len(word) != COMMITMENT_BYTES for word in words)
        or any(len(value) != VALUE_BYTES for value in values)
        or any(len(kind.value) != VALUE_BYTES or len(kind.path) >= STEM_BYTES for kind in proof.kinds)
        or not len(proof.ipa.cl) == len(proof.ipa.cr) == IPA_ROUNDS
        or (witness.parent_state_root is not None and len(witness.parent_state_root) != VALUE_BYTES)
    ):
        raise ValueError("a part of the witness does not have the length that its container promises")
