"""What the steps of a verifier are given and what they report: the same for every tree.

Steps write into the ``Report``; none reads it. The verdict is made of it at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from stateless.checks import CheckLog
from stateless.rules import RuleSet, RulesFrom
from stateless.verdict import Assumption, BlockSummary, PreRootFrom
from witness.block import BlockInput
from witness.header import Header
from witness.sizes import Sizes

if TYPE_CHECKING:  # loads the interpreter
    from stateless.forks import Fork

__all__ = ["SIZE_NAMES", "Options", "Report", "Subject"]

# What a verdict gives under ``sizes``, None where there is no witness or its structure is wrong.
SIZE_NAMES: Final = (*(member.name for member in fields(Sizes)), "openings", "surplus_keys")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asks for.

    ``rules``: name of a rule set. ``chain_config``: a geth chain configuration.
    ``pre_root``: state root before the block, 32 bytes. ``proof_only``: do not ask for execution.
    ``strict``: refuse what would otherwise be an assumption. ``allow_surplus``: take a witness that holds
    more keys than the block touches.
    """

    rules: str | None = None
    chain_config: Mapping[str, object] | None = None
    pre_root: bytes | None = None
    proof_only: bool = False
    strict: bool = False
    allow_surplus: bool = False


@dataclass(slots=True)
class Report:
    """What the verdict will say beside its outcome, filled in as the steps find it."""

    tree: str = "verkle"
    checks: CheckLog = field(default_factory=CheckLog)
    stage: str = "DECODE"
    rules: RuleSet | Fork | None = None
    rules_from: RulesFrom | None = None
    block: BlockSummary | None = None
    pre_root: bytes | None = None
    pre_root_from: PreRootFrom | None = None
    post_root: bytes | None = None
    rebuild_ms: float | None = None
    executed: bool = False
    gas_used: int | None = None
    receipts: tuple[Mapping[str, object], ...] | None = None
    assumptions: tuple[Assumption, ...] = ()
    sizes: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(SIZE_NAMES))


@dataclass(frozen=True, slots=True)
class Subject:
    """Result of DECODE: the block, other headers of the input by hash, the rules, what is asked."""

    block: BlockInput
    parents: Mapping[bytes, Header]
    rules: RuleSet | None
    options: Options
