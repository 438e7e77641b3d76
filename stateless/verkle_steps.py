"""The steps of the Verkle verifier, in their fixed order: SHAPE, PROOF, EXECUTE, REBUILD, COMPARE.

Each step is one function that takes the value of the step before and returns the next; DECODE comes before
them (``stateless.verifier``). What a step learns for the verdict it also writes into the ``Report``, which no
step reads. A step that decides against the block raises a StatelessError.

Sources: SPEC 5.7 (proof), 5.8 (state after the block), 5.9 (binding), 10 (header); DESIGN 2, 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

from stateless.header_rules import HEADER_RULES
from stateless.headers import header_facts, lacking_fields, sealed_header
from stateless.hints import post_root_hint
from stateless.report import Report, Subject
from stateless.shape import check_header, choose_pre_root, no_witness, summary
from stateless.verdict import Assumption, Check
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from verkle.openings import Plan, plan
from verkle.post import post_root
from verkle.proof import ProvenTree, prove
from witness.containers import ExecutionWitness
from witness.header import Header
from witness.sizes import witness_sizes

if TYPE_CHECKING:
    from stateless.transactions import Transaction
    from stateless.verkle_execution import VerkleExecution

EXECUTION_CHECKS: Final = (
    "execution",
    "gas_used",
    "receipts_root",
    "logs_bloom",
    "state_writes",
    "witness_keys",
)
LACKING: Final = frozenset({"HEADER_INCOMPLETE", "NO_TRANSACTIONS", "NO_WITHDRAWALS"})
"""Parts of a block without which it cannot be run."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """Result of SHAPE: the header obeys its rules, the state before is named, the proof is planned.
    ``transactions``: decoded, where the block is to be run. ``lacking``: header fields without which it has
    no hash."""

    subject: Subject
    witness: ExecutionWitness
    pre_root: bytes
    plan: Plan
    transactions: Sequence[Transaction] | None
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """Result of PROOF: every value of the witness is opened against the state before the block."""

    subject: Subject
    tree: ProvenTree
    transactions: Sequence[Transaction] | None
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of EXECUTE. ``done``: what running the block gave, ``None`` where it was not run; ``refusal``:
    why, if that was asked for."""

    subject: Subject
    tree: ProvenTree
    done: VerkleExecution | None
    refusal: StatelessError | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Result of REBUILD: the state root after the block. ``ms``: what it took."""

    executed: Executed
    post_root: bytes
    ms: float


def run(subject: Subject, report: Report) -> Rebuilt:
    """Take a block through all steps; returns if nothing speaks against it.

    Raises StatelessError with its stage set.
    """
    try:
        report.stage = "SHAPE"
        shaped = check_shape(subject, report)
        report.stage = "PROOF"
        proven = check_proof(shaped, report)
        report.stage = "EXECUTE"
        executed = execute(proven, report)
        report.stage = "REBUILD"
        rebuilt = rebuild(executed, report)
        report.stage = "COMPARE"
        compare(rebuilt, report)
        if executed.refusal is not None:
            report.stage = "EXECUTE"
            raise executed.refusal
    except StatelessError as error:
        error.stage = report.stage
        raise
    return rebuilt


def check_shape(subject: Subject, report: Report) -> Shaped:
    """SHAPE: all that needs no cryptography of the tree.

    Header first, so that a block that breaks a rule by itself is invalid even where witness or state root
    are missing; then the state root before the block; then the structure of the witness.
    """
    header = subject.block.header
    parent: Header | None = None
    lacking: tuple[str, ...] = ()
    if header is None:
        report.checks.skip("the input is a witness without a block", *(name for name, _ in HEADER_RULES))
    else:
        facts = header_facts(subject.block, header, subject.parents, subject.rules)
        report.block = summary(facts, subject.block)
        check_header(facts, report)
        parent = facts.parent
        if facts.block_hash is None:
            lacking = lacking_fields(sealed_header(facts))
    transactions = _transactions(subject)
    witness = subject.block.witness
    if witness is not None:
        report.sizes |= witness_sizes(witness).to_json()
    in_file = subject.block.parent_state_root if witness is None else witness.parent_state_root
    pre_root = choose_pre_root(subject, parent, in_file, report)
    if witness is None:
        raise no_witness(header)
    with report.checks.timed("witness_shape"):
        planned = plan(witness.state_diff, witness.proof)
    report.sizes["openings"] = len(planned.openings)
    return Shaped(subject, witness, pre_root, planned, transactions, lacking)


def _transactions(subject: Subject) -> Sequence[Transaction] | None:
    """The transactions, decoded, of a block that is to be run; those of their rules that need no state hold.

    They come before the witness: a block that breaks one is invalid with whatever witness, or with none.
    """
    rules, block = subject.rules, subject.block
    if subject.options.proof_only or rules is None or rules.execution is None or block.header is None:
        return None
    from stateless.verkle_execution import judged_transactions  # noqa: PLC0415

    return judged_transactions(subject, rules)


def check_proof(shaped: Shaped, report: Report) -> Proven:
    """PROOF: the multiproof, then what kind of node each commitment on a path is (SPEC 5.7, step 11)."""
    with report.checks.timed("proof"):
        tree = prove(shaped.pre_root, shaped.plan, shaped.witness.proof)
    if not tree.unshown:
        report.checks.add(Check("node_kinds", "passed"))
    elif shaped.subject.options.strict:
        first = tree.unshown[0]
        error = InvalidError(
            "ABSENCE_NODE_KIND",
            "a stem is claimed absent below a node that the witness does not show to be an inner node",
            where={"stem": first.stem, "path": first.path, "unshown": len(tree.unshown)},
        )
        report.checks.add(Check("node_kinds", "failed", 0, len(tree.unshown)))
        raise error
    else:
        report.assumptions += tuple(
            Assumption(
                "ABSENCE_NODE_KIND",
                f"the node at path 0x{kind.path.hex()} is an inner node, so that the stem is absent",
                key=kind.stem,
            )
            for kind in tree.unshown
        )
        report.checks.skip(f"{len(tree.unshown)} not shown, listed as assumptions", "node_kinds")
    return Proven(shaped.subject, tree, shaped.transactions, shaped.lacking)


def execute(proven: Proven, report: Report) -> Executed:
    """EXECUTE: run the block on the proven leaves.

    Why a block cannot be run is kept to the end, so that one whose roots are wrong is invalid and not merely
    unsupported.
    """
    subject = proven.subject
    if subject.options.proof_only:
        report.checks.skip("proof and roots only, as asked for", *EXECUTION_CHECKS)
        return Executed(subject, proven.tree, None, None)
    refusal = _refusal(subject, proven.lacking)
    if refusal is not None or subject.rules is None:
        report.checks.skip("the transactions were not run", *EXECUTION_CHECKS)
        return Executed(subject, proven.tree, None, refusal)
    # loads the interpreter, which proof and roots do not need
    from stateless.verkle_execution import execute_from  # noqa: PLC0415

    try:
        done = execute_from(subject, proven.transactions, proven.tree, subject.rules, report)
    except IncompleteError as error:
        if error.code not in LACKING:
            raise
        report.checks.skip("the input lacks what running the block needs", *EXECUTION_CHECKS)
        return Executed(subject, proven.tree, None, error)
    return Executed(subject, proven.tree, done, None)


def _refusal(subject: Subject, lacking: tuple[str, ...]) -> StatelessError | None:
    """Why a block cannot be run."""
    rules = subject.rules
    if subject.block.header is None:
        return IncompleteError(
            "NO_BLOCK",
            "the input is a witness without its block, so there is nothing to run; check the witness alone "
            "with --proof-only",
        )
    if rules is None:
        return UnsupportedError(
            "RULES_NOT_NAMED",
            "nothing names the rules of this block; name them with --rules, or check proof and roots alone "
            "with --proof-only",
        )
    if rules.execution is None:
        return UnsupportedError(
            "EXECUTION_UNSUPPORTED",
            f"how {rules.name} executed blocks is not known; check proof and roots with --proof-only",
            where={"rules": rules.name},
        )
    if lacking:
        return IncompleteError(
            "HEADER_INCOMPLETE",
            "the header lacks fields, so there is nothing to hold the block to: " + ", ".join(lacking),
            where={"fields": list(lacking)},
        )
    return None


def rebuild(executed: Executed, report: Report) -> Rebuilt:
    """REBUILD: the state root after the block, from the proven part of the tree and the new values."""
    start = perf_counter()
    root = post_root(executed.tree)
    report.post_root = root
    return Rebuilt(executed, root, 1000 * (perf_counter() - start))


def compare(rebuilt: Rebuilt, report: Report) -> None:
    """COMPARE: the outcome of the run with header and witness, then the rebuilt root with the header's."""
    executed, got = rebuilt.executed, rebuilt.post_root
    subject = executed.subject
    broken: StatelessError | None = None
    lacking: str | None = None
    if executed.done is not None:
        from stateless.verkle_execution import (  # noqa: PLC0415
            LACKS_WRITES,
            compare_execution,
            lacks_writes,
        )

        try:
            compare_execution(executed.done, subject, executed.tree, report)
        except StatelessError as error:
            broken = error
            lacking = LACKS_WRITES if lacks_writes(executed.done, executed.tree) else None
    header = subject.block.header
    expected = None if header is None else header.state_root
    if expected is None:
        report.checks.skip("the input does not say the state root after the block", "post_state_root")
    elif lacking is not None:
        report.checks.skip(lacking, "post_state_root")
    else:
        passed = expected == got
        report.checks.add(
            Check("post_state_root", "passed" if passed else "failed", expected, got, rebuilt.ms)
        )
        if not passed and broken is None:
            hint = post_root_hint(executed.tree.plan, subject.rules)
            broken = InvalidError(
                "POST_ROOT_MISMATCH",
                "the state after the block does not have the header's root" + (f". {hint}" if hint else ""),
                where={"block": None if header is None else header.number},
                expected=expected,
                got=got,
            )
    if broken is not None:
        raise broken
