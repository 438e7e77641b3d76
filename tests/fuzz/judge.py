"""What came of a case: refused by a code, accepted for the same, or a finding.

A finding is what must not be: another thing accepted, an exception that is no ``StatelessError``, a code that
the table does not have, evidence that cannot be shown, more time or memory than is allowed.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import process_time
from types import FrameType
from typing import Literal

from stateless.code_table import CODES
from stateless.verdict import error_to_json
from tests.fuzz.another import objection
from tests.fuzz.registry import Case
from tests.fuzz.seeds import Answer, Meaning, Seed, all_meanings, parent_of, seeds
from verkle.errors import StatelessError

SECONDS = 10.0
"""For one case, of the processor's time: a hundred times what the largest of them takes."""
REAL = 30
"""So many times as long may it take by the clock: a machine may be busy, but what sleeps must be woken."""
MEMORY = 2 << 30
"""Bytes of address space of a worker, its own code and tables included."""

Result = Literal["refused", "same", "weaker", "another block", "finding"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``what``: the code of a refusal, what a weaker acceptance leaves open, or what the finding is."""

    result: Result
    what: str
    seconds: float = 0.0


class OverTimeError(BaseException):
    """No ``Exception``, so that nothing on the way up takes it for its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop what takes more of the processor's time, or ``REAL`` times as long by the clock, by a signal."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise OverTimeError

    limits = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, REAL * seconds),
    )
    before = [signal.signal(number, stop) for _, number, _ in limits]
    try:
        for timer, _, limit in limits:
            signal.setitimer(timer, limit)
        yield
    finally:
        for (timer, number, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def run_case(case: Case, seconds: float = SECONDS) -> Outcome:
    """Judge a case within the limits."""
    return judge(seeds()[case.seed], case.data, seconds)


def judge(seed: Seed, data: bytes, seconds: float = SECONDS) -> Outcome:
    """Judge an input that was made of ``seed``."""
    meanings = seed.meanings()
    start = process_time()
    try:
        with time_limit(seconds):
            outcome = _outcome(seed, meanings, data)
    except OverTimeError:
        outcome = Outcome("finding", f"over time: more than {seconds:g} s")
    except MemoryError:
        outcome = Outcome("finding", "over memory")
    return replace(outcome, seconds=process_time() - start)


def _outcome(seed: Seed, meanings: tuple[Meaning, ...], data: bytes) -> Outcome:
    try:
        answers = seed.judge(data)
    except StatelessError as error:
        return _refusal(error)
    except (MemoryError, RecursionError) as error:
        if isinstance(error, MemoryError):
            raise
        return Outcome("finding", "untyped: RecursionError")
    except Exception as error:  # noqa: BLE001 (this is what is looked for)
        return Outcome("finding", f"untyped: {type(error).__name__}: {error}")
    if not answers:
        return Outcome("finding", "no answer at all")
    outcomes = [_of_answer(seed, meanings, answer) for answer in answers]
    order: tuple[Result, ...] = ("finding", "another block", "weaker", "refused", "same")
    return min(outcomes, key=lambda outcome: order.index(outcome.result))


def _refusal(error: StatelessError) -> Outcome:
    wrong = evidence(error)
    return Outcome("finding", wrong) if wrong else Outcome("refused", error.code)


def evidence(error: StatelessError) -> str | None:
    """What is wrong with a refusal as such."""
    entry = CODES.get(error.code)
    if entry is None:
        return f"a code of no table: {error.code}"
    if entry.family != error.family:
        return f"{error.code} as {error.family}"
    try:
        json.dumps(error_to_json(error), allow_nan=False).encode()
        text = error.message.encode()
    except (ValueError, TypeError) as problem:
        return f"{error.code} cannot be shown: {problem}"
    if not error.message.isprintable():
        return f"{error.code} has a message that moves the cursor"
    return f"{error.code} has a message of {len(text)} bytes" if len(text) > 4000 else None


def _of_answer(seed: Seed, meanings: tuple[Meaning, ...], answer: Answer) -> Outcome:
    if answer.verdict is not None:
        try:
            json.dumps(answer.verdict.to_json(), allow_nan=False).encode()
        except (ValueError, TypeError) as problem:
            return Outcome("finding", f"a verdict that cannot be shown: {problem}")
        if answer.verdict.error is not None:
            return _refusal(answer.verdict.error)
    meaning = answer.meaning
    if meaning is None:
        return Outcome("refused", answer.code or "")
    if answer.lies:
        return Outcome("finding", f"accepted, and false: {answer.lies}")
    if meaning in meanings or meaning in all_meanings():
        return Outcome("same", "")
    if answer.lies == "":
        # true as far as it goes; --strict refuses what rests on an assumption
        return Outcome("weaker", "an absence is assumed") if meaning.assumed else Outcome("same", "")
    return _unlike(seed, meanings, answer, meaning)


def _unlike(seed: Seed, meanings: tuple[Meaning, ...], answer: Answer, meaning: Meaning) -> Outcome:
    """Accepted, and not for quite the same: less is said, or another block is."""
    if not meanings:
        return Outcome("finding", "accepted, though made of what is not sound")
    best = meanings[0]
    if meaning.executed != best.executed:
        return Outcome("finding", "accepted without being run" if best.executed else "run, unasked")
    if meaning.block is None:
        if best.executed:
            return Outcome("finding", "run without a block hash")
        return Outcome("weaker", "no block hash")
    if meaning.block != best.block:
        block, sound = answer.block, seed.block
        if block is None or sound is None:
            return Outcome("finding", "accepted: another block, of which nothing is known")
        if (
            meaning.gas != best.gas
            or meaning.receipts != best.receipts
            or meaning.post_root != best.post_root
        ):
            return Outcome("finding", "accepted: another block with another outcome")
        wrong = objection(sound, parent_of(sound), block, answer.parent)
        return (
            Outcome("finding", f"accepted: another block: {wrong}") if wrong else Outcome("another block", "")
        )
    same = replace(meaning, bound=best.bound, assumed=best.assumed)
    if same not in meanings:
        return Outcome(
            "finding", f"accepted: the same block for something else: {_difference(best, meaning)}"
        )
    if meaning.assumed - best.assumed:
        return Outcome("weaker", "more is assumed")
    return Outcome("weaker", "the state before is not bound")


def _difference(one: Meaning, other: Meaning) -> str:
    names = [name for name in Meaning.__slots__ if getattr(one, name) != getattr(other, name)]
    return ", ".join(names)
