"""The steps of the Verkle verifier, in their fixed order: SHAPE, PROOF, EXECUTE, REBUILD, COMPARE.

Each step is one function that takes the value of the step before and returns the next; DECODE comes before
them (``stateless.verifier``). What a step learns for the verdict it also writes into the ``Report``, which no
step reads. A step that decides against the block raises a StatelessError.

Sources: SPEC 5.7 (proof), 5.8 (state after the block), 5.9 (binding), 10 (header); DESIGN 2, 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from time import perf_counter
from typing import Final

from stateless.checks import CheckLog
from stateless.header_rules import HEADER_RULES
from stateless.headers import HeaderFacts, header_facts
from stateless.hints import post_root_hint
from stateless.rules import RuleSet, RulesFrom
from stateless.verdict import Assumption, BlockSummary, Check, PreRootFrom
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from verkle.openings import Plan, plan
from verkle.post import post_root
from verkle.proof import ProvenTree, prove
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.header import Header
from witness.sizes import Sizes, witness_sizes

# What a verdict gives under ``sizes``, None where there is no witness or its structure is wrong.
SIZE_NAMES: Final = (*(member.name for member in fields(Sizes)), "openings")


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asks for.

    ``rules``: name of a rule set. ``chain_config``: a geth chain configuration.
    ``pre_root``: state root before the block, 32 bytes. ``proof_only``: do not ask for execution.
    ``strict``: refuse what would otherwise be an assumption.
    """

    rules: str | None = None
    chain_config: Mapping[str, object] | None = None
    pre_root: bytes | None = None
    proof_only: bool = False
    strict: bool = False


@dataclass(slots=True)
class Report:
    """What the verdict will say beside its outcome, filled in as the steps find it."""

    checks: CheckLog = field(default_factory=CheckLog)
    stage: str = "DECODE"
    rules: RuleSet | None = None
    rules_from: RulesFrom | None = None
    block: BlockSummary | None = None
    pre_root: bytes | None = None
    pre_root_from: PreRootFrom | None = None
    post_root: bytes | None = None
    assumptions: tuple[Assumption, ...] = ()
    sizes: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(SIZE_NAMES))


@dataclass(frozen=True, slots=True)
class Subject:
    """Result of DECODE: the block, other headers of the input by hash, the rules, what is asked."""

    block: BlockInput
    parents: Mapping[bytes, Header]
    rules: RuleSet | None
    options: Options


@dataclass(frozen=True, slots=True)
class Shaped:
    """Result of SHAPE: the header obeys its rules, the state before is named, the proof is planned."""

    subject: Subject
    witness: ExecutionWitness
    pre_root: bytes
    plan: Plan


@dataclass(frozen=True, slots=True)
class Proven:
    """Result of PROOF: every value of the witness is opened against the state before the block."""

    subject: Subject
    tree: ProvenTree


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of EXECUTE. ``refusal``: why the block was not run though that was asked for."""

    subject: Subject
    tree: ProvenTree
    refusal: UnsupportedError | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Result of REBUILD: the state root after the block. ``ms``: what it took."""

    subject: Subject
    tree: ProvenTree
    refusal: UnsupportedError | None
    post_root: bytes
    ms: float


def run(subject: Subject, report: Report) -> None:
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
        if rebuilt.refusal is not None:
            report.stage = "EXECUTE"
            raise rebuilt.refusal
    except StatelessError as error:
        error.stage = report.stage
        raise


def check_shape(subject: Subject, report: Report) -> Shaped:
    """SHAPE: all that needs no cryptography of the tree.

    Header first, so that a block that breaks a rule by itself is invalid even where witness or state root
    are missing; then the state root before the block; then the structure of the witness.
    """
    header = subject.block.header
    parent: Header | None = None
    if header is None:
        report.checks.skip("the input is a witness without a block", *(name for name, _ in HEADER_RULES))
    else:
        facts = header_facts(subject.block, header, subject.parents, subject.rules)
        report.block = _summary(facts, subject.block)
        check_header(facts, report)
        parent = facts.parent
    witness = subject.block.witness
    if witness is not None:
        report.sizes |= witness_sizes(witness).to_json()
    pre_root = choose_pre_root(subject, parent, report)
    if witness is None:
        raise IncompleteError(
            "NO_WITNESS",
            "the input holds no witness for this block",
            where={"block": None if header is None else header.number},
        )
    with report.checks.timed("witness_shape"):
        planned = plan(witness.state_diff, witness.proof)
    report.sizes["openings"] = len(planned.openings)
    return Shaped(subject, witness, pre_root, planned)


def _summary(facts: HeaderFacts, block: BlockInput) -> BlockSummary:
    return BlockSummary(
        number=facts.header.number,
        hash=facts.claimed_hash if facts.block_hash is None else facts.block_hash,
        transactions=None if block.transactions is None else len(block.transactions),
    )


def check_header(facts: HeaderFacts, report: Report) -> None:
    """Apply every header rule, so that the verdict shows them all; the first that is broken decides."""
    broken: InvalidError | None = None
    for name, rule in HEADER_RULES:
        start = perf_counter()
        try:
            check = rule(facts)
        except InvalidError as error:
            check = Check(name, "failed", error.expected, error.got)
            broken = broken or error
        if check.status != "skipped":
            check = replace(check, ms=1000 * (perf_counter() - start))
        report.checks.add(check)
    if broken is not None:
        raise broken


def choose_pre_root(subject: Subject, parent: Header | None, report: Report) -> bytes:
    """Return the state root before the block: the parent header's, found by hash, which binds it to the
    block; else what the caller or the file asserts. All that are known must agree (SPEC 5.9)."""
    witness = subject.block.witness
    known: list[tuple[PreRootFrom, bytes]] = []
    if parent is not None and parent.state_root is not None:
        known.append(("parent_header", parent.state_root))
    if subject.options.pre_root is not None:
        known.append(("option", subject.options.pre_root))
    if witness is not None and witness.parent_state_root is not None:
        known.append(("file", witness.parent_state_root))
    if not known:
        raise IncompleteError(
            "NO_PRE_ROOT",
            "nothing says the state root before the block: no parent header, no --pre-root, none in the file",
            where={"parent_hash": None if subject.block.header is None else subject.block.header.parent_hash},
        )
    source, root = known[0]
    report.pre_root, report.pre_root_from = root, source
    for other, claimed in known[1:]:
        if claimed != root:
            report.checks.add(Check("pre_state_root", "failed", root, claimed))
            raise InvalidError(
                "PRE_ROOT_MISMATCH",
                f"the state roots before the block given by {source} and by {other} differ",
                where={"expected_from": source, "got_from": other},
                expected=root,
                got=claimed,
            )
    if source == "parent_header":
        report.checks.add(Check("pre_state_root", "passed", root, known[-1][1]))
    else:
        report.checks.skip(f"asserted ({source}), not bound by a parent header", "pre_state_root")
    return root


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
    return Proven(shaped.subject, tree)


def execute(proven: Proven, report: Report) -> Executed:
    """EXECUTE: no rule set can be run yet. The refusal is kept to the end, so that a block whose roots
    are wrong is invalid and not merely unsupported."""
    options, rules = proven.subject.options, proven.subject.rules
    unmade = ("execution", "gas_used", "receipts_root", "logs_bloom")
    if options.proof_only:
        report.checks.skip("proof and roots only, as asked for", *unmade)
        return Executed(proven.subject, proven.tree, None)
    report.checks.skip("the transactions were not run", *unmade)
    if rules is None:
        refusal = UnsupportedError(
            "RULES_NOT_NAMED",
            "nothing names the rules of this block; name them with --rules, or check proof and roots alone "
            "with --proof-only",
        )
    else:
        refusal = UnsupportedError(
            "EXECUTION_UNSUPPORTED",
            f"blocks under {rules.name} cannot be executed yet; check proof and roots with --proof-only",
            where={"rules": rules.name},
        )
    return Executed(proven.subject, proven.tree, refusal)


def rebuild(executed: Executed, report: Report) -> Rebuilt:
    """REBUILD: the state root after the block, from the proven part of the tree and the new values."""
    start = perf_counter()
    root = post_root(executed.tree)
    report.post_root = root
    ms = 1000 * (perf_counter() - start)
    return Rebuilt(executed.subject, executed.tree, executed.refusal, root, ms)


def compare(rebuilt: Rebuilt, report: Report) -> None:
    """COMPARE: the rebuilt root with the header's."""
    subject, got = rebuilt.subject, rebuilt.post_root
    header = subject.block.header
    expected = None if header is None else header.state_root
    if expected is None:
        report.checks.skip("the input does not say the state root after the block", "post_state_root")
        return
    passed = expected == got
    report.checks.add(Check("post_state_root", "passed" if passed else "failed", expected, got, rebuilt.ms))
    if not passed:
        hint = post_root_hint(rebuilt.tree.plan, subject.rules)
        raise InvalidError(
            "POST_ROOT_MISMATCH",
            "the state after the block does not have the header's root" + (f". {hint}" if hint else ""),
            where={"block": None if header is None else header.number},
            expected=expected,
            got=got,
        )
