"""What ``bench`` times: the two pieces of work, phase by phase, each checked before it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cli.measuring import Measured, Phases, ours, repeat, summed
from cli.multiproof_file import PROTOCOL, MultiproofFile
from cli.multiproof_file import parse as parse_multiproof
from cli.words import bare_name
from stateless.verdict import Verdict
from stateless.verifier import verify_all
from verkle import multiproof
from verkle.banderwagon import decode_many
from verkle.errors import IncompleteError, InvalidError
from verkle.openings import plan
from verkle.post import post_root
from verkle.proof import prove
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks

# What a peer's "total" is compared with: bytes in, answer out, without JSON and hex.
MULTIPROOF_TOTAL: Final = "total"
VERIFY_TOTAL: Final = "check"
EXECUTION: Final = "execution"


def bench_name(bench: str, file: str) -> str:
    """``multiproof/c1000x3`` for a file of that name."""
    return f"{bench}/{bare_name(file)}"


def measure_multiproof(name: str, data: bytes, runs: int) -> list[Measured]:
    """Phases ``decode`` (points, scalars, proof), ``verify``, and ``total``.

    Raises:
        MalformedError: the file.
        InvalidError: a point or scalar; ``PROOF_IPA_FALSE``: the proof does not hold.
    """
    file = parse_multiproof(data)
    laps = repeat(lambda phases: _multiproof(file, phases), runs)
    facts = {"openings": len(file.openings), "commitments": len(file.commitments)}
    laps[MULTIPROOF_TOTAL] = summed(laps, ("decode", "verify"))
    return ours(name, laps, facts)


def _multiproof(file: MultiproofFile, phases: Phases) -> None:
    commitments = decode_many(file.commitments, lambda i: {"path": f"$.C[{i}]"})
    openings = [
        (i, z, multiproof.decode_scalar(y, {"path": f"$.y[{number}]"}))
        for number, (i, z, y) in enumerate(file.openings)
    ]
    proof = multiproof.proof_from_bytes(file.proof)
    phases.lap("decode")
    holds = multiproof.verify(PROTOCOL, commitments, file.commitments, openings, proof)
    phases.lap("verify")
    if not holds:
        raise InvalidError(
            "PROOF_IPA_FALSE",
            "the proof does not hold, so its time means nothing",
            where={"openings": len(openings), "commitments": len(commitments)},
        )


def has_patricia(data: bytes, file: str) -> bool:
    """Whether an input holds blocks with Merkle-Patricia witnesses. Raises ``MalformedError``."""
    return any(block.patricia is not None for block in decode_blocks(data, file))


def measure_verify(
    name: str, file: str, data: bytes, runs: int
) -> tuple[list[Measured], tuple[Verdict, ...]]:
    """Phases ``decode`` (JSON and hex), ``shape``, ``proof``, ``rebuild`` of all blocks of an input;
    ``check`` (the last three: the witness as bytes in, the root after the block out), ``total`` (all four),
    and ``verdict`` (``verify --proof-only``, with the header's hash and rules).

    Returns also the verdicts. Raises ``StatelessError`` if one of them is not valid.
    """
    verdicts = verify_all(data, file, proof_only=True)
    for verdict in verdicts:
        if verdict.error is not None:
            raise verdict.error
    roots = [proven_root(verdict) for verdict in verdicts]
    laps = repeat(lambda phases: verify_in_phases(data, file, roots, phases), runs)
    laps[VERIFY_TOTAL] = summed(laps, ("shape", "proof", "rebuild"))
    laps["total"] = summed(laps, ("decode", "shape", "proof", "rebuild"))

    def verdict_phase(phases: Phases) -> None:
        verify_all(data, file, proof_only=True)
        phases.lap("verdict")

    laps |= repeat(verdict_phase, runs)
    facts = {
        "blocks": len(verdicts),
        "openings": sum(verdict.sizes["openings"] or 0 for verdict in verdicts),
        "commitments": sum(verdict.sizes["commitments"] or 0 for verdict in verdicts),
        "keys": sum(verdict.sizes["keys"] or 0 for verdict in verdicts),
    }
    return ours(name, laps, facts), verdicts


def proven_root(verdict: Verdict) -> bytes:
    """The state root before the block. Raises ``IncompleteError`` if there is none."""
    if verdict.pre_state_root is None:  # a valid verdict has one
        raise IncompleteError("NO_PRE_ROOT", "nothing says the state root before the block")
    return verdict.pre_state_root


def verify_in_phases(data: bytes, file: str, roots: Sequence[bytes], phases: Phases) -> None:
    """``decode``, ``shape``, ``proof`` and ``rebuild`` of blocks with Verkle witnesses, after ``roots``.

    Raises ``StatelessError``.
    """
    blocks = decode_blocks(data, file)
    phases.lap("decode")
    for block, root in zip(blocks, roots, strict=True):
        witness = _witness(block)
        planned = plan(witness.state_diff, witness.proof)
        phases.lap("shape")
        tree = prove(root, planned, witness.proof)
        phases.lap("proof")
        post_root(tree)
        phases.lap("rebuild")


def _witness(block: BlockInput) -> ExecutionWitness:
    if block.witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    return block.witness
