"""The steps of the verifier of the binary tree, in the order of every verifier here: SHAPE, PROOF, EXECUTE,
REBUILD, COMPARE.

No chain has this tree yet, so the header of a block belongs to another one: its state root, and its parent's,
say nothing of the witness. The roots before and after the block are what the file claims (the first may be
given, ``--pre-root``), and all between them is checked: the proof against the one, the state after the block
against the other, and everything else that the header says of the run.

Sources: EIP-7864; SPEC 5.9, 8, 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from stateless.binary_execution import BinaryExecution, Chosen, choose_rules, run_on_leaves
from stateless.header_rules import HEADER_RULES
from stateless.headers import HeaderFacts, header_facts, lacking_fields, sealed_header
from stateless.networks import Selected
from stateless.patricia_steps import chain_id_of, check_blob_header, check_block_bytes, fork_rows
from stateless.report import Report, Subject
from stateless.rules import RuleSet
from stateless.running import Compared
from stateless.shape import check_header, choose_pre_root, summary
from stateless.transaction_decode import decode_transactions
from stateless.transactions import Transaction
from stateless.verdict import Check
from stateless.verkle_execution import (
    LACKS_WRITES,
    compare_execution,
    judged_transactions,
    lacks_writes,
    report_execution,
)
from stateless.verkle_steps import EXECUTION_CHECKS, LACKING
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from witness.binary.container import BinaryWitness
from witness.binary.post import post_root
from witness.binary.proof import ProvenBinary, prove
from witness.binary.rules import rules_named
from witness.binary.shape import Plan, plan
from witness.binary.sizes import binary_sizes
from witness.block import BlockInput

__all__ = ["run"]

FORK_HEADER_CHECKS: Final = ("header_excess_blob_gas", "block_bytes")
FORK_CHECKS: Final = ("blob_gas_used", "requests_hash")
NOT_IN_RULES: Final = "the rules of the block have no such thing"
OTHER_TREE: Final = "the header's state root is that of another tree"


@dataclass(frozen=True, slots=True)
class Shaped:
    """Result of SHAPE. ``refusal``: why the block cannot be run, kept until all else is checked; with it
    ``transactions`` are not judged."""

    subject: Subject
    witness: BinaryWitness
    plan: Plan
    pre_root: bytes
    chosen: Chosen | None
    transactions: Sequence[Transaction] | None
    chain_id: int
    refusal: StatelessError | None


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of EXECUTE. ``done``: ``None`` where the block was not run; ``refusal``: why, if it was asked
    for."""

    shaped: Shaped
    tree: ProvenBinary
    done: BinaryExecution | None
    refusal: StatelessError | None


def run(subject: Subject, report: Report) -> None:
    """Take a block with a binary witness through all steps; returns if nothing speaks against it.

    Raises:
        StatelessError: what decides against it; ``report.stage`` is the step.
    """
    report.stage = "SHAPE"
    shaped = check_shape(subject, report)
    report.stage = "PROOF"
    with report.checks.timed("proof"):
        tree = prove(shaped.pre_root, shaped.plan, shaped.witness.proof, rules_named(shaped.witness.rules))
    report.stage = "EXECUTE"
    executed = execute(shaped, tree, report)
    report.stage = "REBUILD"
    start = perf_counter()
    report.post_root = post_root(tree).root
    report.rebuild_ms = 1000 * (perf_counter() - start)
    report.stage = "COMPARE"
    compare(executed, report.post_root, report)
    if executed.refusal is not None:
        report.stage = "EXECUTE"
        raise executed.refusal


def check_shape(subject: Subject, report: Report) -> Shaped:
    """SHAPE: rules, header, transactions, the state root before, and the structure of the witness."""
    block = subject.block
    witness = block.binary
    if witness is None:
        raise IncompleteError("NO_WITNESS", "the input holds no witness for this block")
    transactions = decode_transactions(block.transactions)
    chain_id = chain_id_of(subject, transactions or ())
    chosen, refusal = _rules(subject, chain_id, report)
    if block.header is None:
        note = "the input is a witness without a block"
        names = [name for name, _ in HEADER_RULES]
        report.checks.skip(note, *names, "header_state_root", *FORK_HEADER_CHECKS)
        refusal = IncompleteError(
            "NO_BLOCK",
            "the input is a witness without its block, so there is nothing to run; check the witness alone "
            "with --proof-only",
        )
    else:
        record = None if chosen is None else chosen.record
        facts = header_facts(block, block.header, subject.parents, record)
        report.block = summary(facts, block)
        check_header(facts, report)
        report.checks.skip(OTHER_TREE, "header_state_root")
        _check_fork_header(facts, block, chosen, report)
        lacking = () if facts.block_hash is not None else lacking_fields(sealed_header(facts))
        if lacking and refusal is None:
            refusal = IncompleteError(
                "HEADER_INCOMPLETE",
                "the header lacks fields, so there is nothing to hold the block to: " + ", ".join(lacking),
                where={"fields": list(lacking)},
            )
        runs = refusal is None and not subject.options.proof_only
        if runs and chosen is not None and isinstance(chosen.rules, RuleSet):
            # a block that breaks a rule by itself is invalid with whatever witness
            judged_transactions(subject, chosen.rules)
    pre_root = choose_pre_root(subject, None, witness.pre_root, report)
    with report.checks.timed("witness_shape"):
        planned = plan(witness.state_diff, witness.proof)
    report.sizes = {**report.sizes, **binary_sizes(witness).to_json()}
    return Shaped(subject, witness, planned, pre_root, chosen, transactions, chain_id or 0, refusal)


def _rules(
    subject: Subject, chain_id: int | None, report: Report
) -> tuple[Chosen | None, StatelessError | None]:
    """The rules, and why the block cannot be run by them."""
    try:
        chosen = choose_rules(subject, chain_id)
    except UnsupportedError as error:
        return None, error
    report.rules, report.rules_from = chosen.record, chosen.rules_from
    rules = chosen.rules
    if isinstance(rules, RuleSet) and rules.execution is None:
        return chosen, UnsupportedError(
            "EXECUTION_UNSUPPORTED",
            f"how {rules.name} executed blocks is not known; check proof and roots with --proof-only",
            where={"rules": rules.name},
        )
    return chosen, None


def _check_fork_header(facts: HeaderFacts, block: BlockInput, chosen: Chosen | None, report: Report) -> None:
    """What forks ask of a header, and Verkle networks do not."""
    if chosen is None:
        report.checks.skip("nothing names the rules of this block", *FORK_HEADER_CHECKS)
    elif isinstance(chosen.rules, Selected):
        check_blob_header(facts, chosen.rules.fork, report)
        check_block_bytes(facts, block, chosen.rules.fork, report)
    else:
        report.checks.skip(NOT_IN_RULES, *FORK_HEADER_CHECKS)


def execute(shaped: Shaped, tree: ProvenBinary, report: Report) -> Executed:
    """EXECUTE: run the block on the proven leaves."""
    names = (*EXECUTION_CHECKS, *FORK_CHECKS)
    if shaped.subject.options.proof_only:
        report.checks.skip("proof and roots only, as asked for", *names)
        return Executed(shaped, tree, None, None)
    if shaped.refusal is not None or shaped.chosen is None:
        report.checks.skip("the transactions were not run", *names)
        return Executed(shaped, tree, None, shaped.refusal)
    try:
        with report.checks.timed("execution"):
            done = run_on_leaves(
                shaped.subject, shaped.transactions, tree.values, shaped.chosen, tree.rules, shaped.chain_id
            )
    except IncompleteError as error:
        if error.code not in LACKING:
            raise
        report.checks.skip("the input lacks what running the block needs", *names)
        return Executed(shaped, tree, None, error)
    report_execution(done, shaped.subject, report)
    return Executed(shaped, tree, done, None)


def compare(executed: Executed, got: bytes, report: Report) -> None:
    """COMPARE: the outcome of the run with header and witness, then the rebuilt root with the file's."""
    subject, done = executed.shaped.subject, executed.done
    broken: StatelessError | None = None
    if done is not None:
        try:
            compare_execution(done, subject, executed.tree, report, _fork_rows(executed, done, report))
        except StatelessError as error:
            broken = error
    expected = executed.shaped.witness.post_root
    if expected is None:
        report.checks.skip(f"the file claims none, and {OTHER_TREE}", "post_state_root")
    elif broken is not None and done is not None and lacks_writes(done, executed.tree):
        report.checks.skip(LACKS_WRITES, "post_state_root")
    else:
        passed = expected == got
        report.checks.add(
            Check("post_state_root", "passed" if passed else "failed", expected, got, report.rebuild_ms)
        )
        if not passed and broken is None:
            broken = InvalidError(
                "POST_ROOT_MISMATCH",
                "the state after the block does not have the root that the file claims for the binary tree",
                where={"block": None if subject.block.header is None else subject.block.header.number},
                expected=expected,
                got=got,
            )
    if broken is not None:
        raise broken


def _fork_rows(executed: Executed, done: BinaryExecution, report: Report) -> list[Compared]:
    header = executed.shaped.subject.block.header
    rows = [] if header is None else fork_rows(header, done.fork, done.execution)
    made = {name for name, *_ in rows}
    report.checks.skip(NOT_IN_RULES, *(name for name in FORK_CHECKS if name not in made))
    return rows
