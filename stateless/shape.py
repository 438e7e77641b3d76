"""The part of SHAPE that is the same for every tree: the header's rules, and the state root before the block.

Sources: SPEC 5.9 (binding), 10.2 (header).
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from stateless.header_rules import HEADER_RULES
from stateless.headers import HeaderFacts
from stateless.report import Report, Subject
from stateless.verdict import BlockSummary, Check, PreRootFrom
from verkle.errors import IncompleteError, InvalidError
from witness.block import BlockInput
from witness.header import Header

__all__ = ["check_header", "choose_pre_root", "no_witness", "summary"]


def summary(facts: HeaderFacts, block: BlockInput) -> BlockSummary:
    """Which block it is; the hash only where it was computed, never as the input claims it."""
    return BlockSummary(
        number=facts.header.number,
        hash=facts.block_hash,
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


def choose_pre_root(subject: Subject, parent: Header | None, in_file: bytes | None, report: Report) -> bytes:
    """Return the state root before the block: the parent header's, found by hash, which binds it to the
    block; else what the caller or the file asserts. All that are known must agree (SPEC 5.9)."""
    known: list[tuple[PreRootFrom, bytes]] = []
    if parent is not None and parent.state_root is not None:
        known.append(("parent_header", parent.state_root))
    if subject.options.pre_root is not None:
        known.append(("option", subject.options.pre_root))
    if in_file is not None:
        known.append(("file", in_file))
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


def no_witness(header: Header | None) -> IncompleteError:
    """``NO_WITNESS``: the header and the state root before the block say all that can be said."""
    return IncompleteError(
        "NO_WITNESS",
        "the input holds no witness for this block",
        where={"block": None if header is None else header.number},
    )
