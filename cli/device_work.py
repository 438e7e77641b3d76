"""What ``bench device`` measures in a process of its own: ``python -m cli.device_work NAME FILE RUNS``.

Each piece of work runs once with an eye on memory (tables are built then), once with every call counted, and
``RUNS`` times against the clock. Peaks are those of the resident memory of the whole process during a phase;
where the system cannot start the count again (anything but Linux), during the process so far.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sized
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

from cli.measuring import OURS, Measured, Phases, repeat
from cli.settings import DEFAULT_MAX_BYTES

__all__ = ["MADE", "Peaks", "counted", "measure", "peak_bytes", "reset_peak"]

MADE: Final = ("multiproof", "execution")
"""The pieces that need no file: their input is made here and is the same on every device."""
COMMITMENTS: Final = 64
OPENINGS: Final = 192
LABEL: Final = b"device"
LOOPS: Final = ("arithmetic", "memory", "storage")
_STATUS: Final = Path("/proc/self/status")
_CLEAR: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"  # proc(5): resets the peak resident set size


def reset_peak() -> bool:
    """Let the peak of the resident memory begin anew; whether the system can."""
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def peak_bytes() -> int:
    """The peak of the resident memory since the last reset, else since the start."""
    try:
        lines = _STATUS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    from stateless.verifier import peak_memory_bytes

    return peak_memory_bytes() or 0


class Peaks(Phases):
    """A clock that notes the peak of memory in each phase too."""

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, int] = {}
        reset_peak()

    def lap(self, phase: str) -> None:
        """As of a clock."""
        super().lap(phase)
        self.peaks[phase] = max(self.peaks.get(phase, 0), peak_bytes())
        reset_peak()


# Counting operations


def _watched() -> Mapping[CodeType, tuple[str, str | None]]:
    """Functions whose calls are counted: what is, and the argument whose members are (none: the calls)."""
    from stateless.signatures import sender
    from verkle import banderwagon, field, msm
    from verkle.pedersen import Committer
    from witness.keccak import keccak256

    return {
        banderwagon.decode_many.__code__: ("points decoded", "encoded"),
        msm.msm.__code__: ("points multiplied", "points"),
        Committer.commit_many.__code__: ("commitments made", "vectors"),
        field.batch_inverse.__code__: ("inversions shared", "values"),
        keccak256.__code__: ("Keccak-256 digests", None),
        sender.__code__: ("senders recovered", None),
    }


def counted(work: Callable[[], object]) -> dict[str, int]:
    """The operations of one run of ``work``."""
    watched = _watched()
    counts: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        del argument
        said = watched.get(frame.f_code) if event == "call" else None
        if said is not None:
            name, member = said
            value = None if member is None else frame.f_locals[member]
            counts[name] += len(value) if isinstance(value, Sized) else 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return dict(sorted(counts.items()))


# The pieces of work


def measure(name: str, file: str, runs: int) -> dict[str, Any]:
    """One piece: ``{"results": […], "operations": {…}}``. Raises ``StatelessError`` if it does not hold."""
    work, facts = _piece(name, file)
    peaks = Peaks()
    work(peaks)
    operations = counted(lambda: work(Phases()))
    return {
        "results": [
            Measured(name, OURS, phase, ms, {"peak_bytes": peaks.peaks[phase], **facts}).to_json()
            for phase, ms in repeat(work, runs).items()
        ],
        "operations": operations,
    }


def _piece(name: str, file: str) -> tuple[Callable[[Phases], None], dict[str, Any]]:
    if name == "multiproof":
        return _multiproof()
    if name == "execution":
        return _execution()
    return _block(file)


def _multiproof() -> tuple[Callable[[Phases], None], dict[str, Any]]:
    from verkle import multiproof
    from verkle.banderwagon import decode_many, encode_many
    from verkle.errors import InvalidError
    from verkle.field import R
    from verkle.pedersen import commit_many

    vectors = [{k: pow(7, 256 * i + k, R) for k in range(i % 4, 256, 4)} for i in range(COMMITMENTS)]
    encoded = encode_many(commit_many(vectors))
    places = [(number % COMMITMENTS, 37 * number % 256) for number in range(OPENINGS)]
    openings = [(i, z, vectors[i].get(z, 0)) for i, z in places]

    def work(phases: Phases) -> None:
        proof = multiproof.prove(LABEL, vectors, encoded, openings)
        phases.lap("prove")
        points = decode_many(encoded)
        phases.lap("decode")
        holds = multiproof.verify(LABEL, points, encoded, openings, proof)
        phases.lap("verify")
        if not holds:
            raise InvalidError("PROOF_IPA_FALSE", "this machine refuses the proof that it made itself")

    return work, {"commitments": COMMITMENTS, "openings": OPENINGS}


def _execution() -> tuple[Callable[[Phases], None], dict[str, Any]]:
    from cli.bench_evm import run_workload
    from cli.bench_state import MemoryView
    from cli.bench_workloads import WORKLOADS

    blocks = [(block, MemoryView(block)) for block in (WORKLOADS[name]() for name in LOOPS)]
    gas_used = sum(run_workload(*each).gas_used for each in blocks)

    def work(phases: Phases) -> None:
        for block, view in blocks:
            run_workload(block, view)
            phases.lap(block.name)

    return work, {"gas_used": gas_used}


def _block(file: str) -> tuple[Callable[[Phases], None], dict[str, Any]]:
    """The steps of a Verkle witness one by one; then everything that ``verify`` does, execution included."""
    from cli.bench_work import proven_root, verify_in_phases
    from stateless.verifier import verify_all
    from witness.source import read_path

    data = read_path(Path(file), DEFAULT_MAX_BYTES)
    verdicts = verify_all(data, file)
    for verdict in verdicts:
        if verdict.error is not None:
            raise verdict.error
    verkle = all(verdict.tree == "verkle" for verdict in verdicts)
    roots = [proven_root(verdict) for verdict in verdicts]

    def work(phases: Phases) -> None:
        if verkle:
            verify_in_phases(data, file, roots, phases)
        verify_all(data, file)
        phases.lap("verdict")

    facts: dict[str, Any] = {
        name: sum(verdict.sizes.get(name) or 0 for verdict in verdicts)
        for name in ("openings", "commitments", "keys", "stems")
    }
    facts["transactions"] = sum((v.block.transactions or 0) for v in verdicts if v.block is not None)
    facts["gas_used"] = sum(verdict.gas_used or 0 for verdict in verdicts)
    return work, facts


def main(name: str, file: str, runs: int) -> int:
    """Print what :func:`measure` says, or ``{"error": …}`` of what does not hold; the exit code."""
    from verkle.errors import StatelessError

    try:
        said = measure(name, file, runs)
    except StatelessError as error:
        print(json.dumps({"error": {"code": error.code, "message": error.message}}))
        return error.exit_code
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
