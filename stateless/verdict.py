"""The verdict on one block: what was decided, what was checked for it, and on what unproven things it rests.

``Verdict.to_json()`` is a member of ``results`` in the output of ``stateless verify --json``; its keys are
stable, and ``None`` stands where something is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from stateless.rules import RulesFrom
from verkle.errors import StatelessError

Status = Literal["passed", "failed", "skipped"]
Outcome = Literal["valid", "invalid", "malformed", "unsupported", "incomplete"]
PreRootFrom = Literal["parent_header", "option", "file"]

EXIT_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {"valid": 0, "invalid": 1, "malformed": 3, "unsupported": 4, "incomplete": 5}
)
_WORST_FIRST: Final = ("invalid", "malformed", "unsupported", "incomplete", "valid")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a verdict depends on.

    ``expected`` and ``got`` are the two sides where the check compares something. ``ms``: time it took, in
    milliseconds. ``note``: why it was skipped, in plain words, for whoever shows it to people (not in JSON).
    """

    name: str
    status: Status
    expected: object = None
    got: object = None
    ms: float | None = None
    note: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return a member of ``checks``."""
        return {
            "name": self.name,
            "status": self.status,
            "expected": to_plain(self.expected),
            "got": to_plain(self.got),
            "ms": None if self.ms is None else round(self.ms, 3),
        }


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the input does not prove and the verdict takes as true.

    ``code``: of the registry. ``what``: in words. ``transaction`` (index from 0) and ``opcode``: what made
    the verifier need it, if a transaction did. ``key``: the tree key or stem that it is about.
    """

    code: str
    what: str
    transaction: int | None = None
    opcode: str | None = None
    key: bytes | None = None

    def to_json(self) -> dict[str, object]:
        """Return a member of ``assumptions``."""
        return {
            "code": self.code,
            "what": self.what,
            "transaction": self.transaction,
            "opcode": self.opcode,
            "key": to_plain(self.key),
        }


@dataclass(frozen=True, slots=True)
class BlockSummary:
    """Which block was judged: its number, its hash (32 bytes), how many transactions it holds."""

    number: int | None
    hash: bytes | None
    transactions: int | None

    def to_json(self) -> dict[str, object]:
        """Return the value of ``block``."""
        return {"number": self.number, "hash": to_plain(self.hash), "transactions": self.transactions}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` answers for one block, or for a witness without a block.

    ``input``: the path or name that was given. ``name``: of the block within it. ``executed``: whether the
    transactions were run; a verdict ``valid`` without it says that proof and roots hold, no more.
    ``pre_state_root_from``: ``parent_header`` means bound by hash, anything else asserted.
    ``receipts`` stays ``None`` where nothing was executed. ``sizes`` in bytes and counts.
    ``error``: what decided against the block; ``None`` exactly when it is valid.
    """

    input: str
    name: str
    verdict: Outcome
    tree: str | None = None
    rules: str | None = None
    rules_from: RulesFrom | None = None
    executed: bool = False
    assumptions: tuple[Assumption, ...] = ()
    block: BlockSummary | None = None
    pre_state_root: bytes | None = None
    pre_state_root_from: PreRootFrom | None = None
    post_state_root: bytes | None = None
    gas_used: int | None = None
    checks: tuple[Check, ...] = ()
    receipts: tuple[Mapping[str, object], ...] | None = None
    sizes: Mapping[str, int | None] = field(default_factory=dict)
    peak_memory_bytes: int | None = None
    error: StatelessError | None = None

    @property
    def valid(self) -> bool:
        """Whether everything that was to be checked holds."""
        return self.verdict == "valid"

    @property
    def exit_code(self) -> int:
        """The exit code of a process that judged this block only."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, object]:
        """Return a member of ``results``: only dicts, lists, strings, numbers, booleans and ``None``."""
        return {
            "input": self.input,
            "name": self.name,
            "tree": self.tree,
            "rules": self.rules,
            "rules_from": self.rules_from,
            "verdict": self.verdict,
            "executed": self.executed,
            "assumptions": [assumption.to_json() for assumption in self.assumptions],
            "block": None if self.block is None else self.block.to_json(),
            "pre_state_root": to_plain(self.pre_state_root),
            "pre_state_root_from": self.pre_state_root_from,
            "post_state_root": to_plain(self.post_state_root),
            "gas_used": self.gas_used,
            "checks": [check.to_json() for check in self.checks],
            "receipts": to_plain(self.receipts),
            "sizes": to_plain(self.sizes),
            "peak_memory_bytes": self.peak_memory_bytes,
            "error": None if self.error is None else error_to_json(self.error),
        }


def error_to_json(error: StatelessError) -> dict[str, object]:
    """Return the value of ``error``."""
    return {
        "code": error.code,
        "stage": error.stage,
        "message": error.message,
        "where": to_plain(error.where),
        "expected": to_plain(error.expected),
        "got": to_plain(error.got),
    }


def worst_exit_code(verdicts: Iterable[Verdict]) -> int:
    """Exit code for several verdicts: the worst, in the order invalid, malformed, unsupported, incomplete.

    Without any verdict it is 0.
    """
    found = {verdict.verdict for verdict in verdicts}
    worst = next((name for name in _WORST_FIRST if name in found), "valid")
    return EXIT_CODES[worst]


def to_plain(value: object) -> object:
    """Return ``value`` in what JSON knows: bytes as 0x-hex, any sequence as a list, any mapping as a dict."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {str(key): to_plain(member) for key, member in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [to_plain(member) for member in value]
    return str(value)
