"""The steps of the Merkle-Patricia verifier, in the order of every verifier here: SHAPE, PROOF, EXECUTE,
REBUILD, COMPARE.

A Merkle-Patricia witness is a bag of trie nodes, codes and headers. Its proof is the hash of each node, and
is checked as the node is read: PROOF looks at the root alone, and a node that is missing shows itself when
execution asks for it. So there is nothing to compare without running the block, and ``--proof-only``
judges header, ancestors and nodes.

Sources: SPEC 9.3, 10; execution-specs ``fork.py`` (state_transition).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from stateless.ancestors import Ancestors, link_ancestors
from stateless.blobs import excess_blob_gas
from stateless.blockrun import BlockBody, Execution, execute_block, requests_hash
from stateless.forks import (
    BEACON_ROOTS_ADDRESS,
    CONSOLIDATION_REQUESTS_ADDRESS,
    WITHDRAWAL_REQUESTS_ADDRESS,
    Fork,
)
from stateless.headers import HeaderFacts, header_facts, headers_by_hash, sealed_header
from stateless.networks import Selected, select_fork
from stateless.patricia_resolve import resolve_named
from stateless.patricia_view import PatriciaView, refuse_surplus, survey, view_of_witness
from stateless.report import Report, Subject
from stateless.rules import HISTORY_ADDRESS
from stateless.running import (
    Compared,
    block_body,
    block_context,
    compare_rows,
    configured_chain_id,
    outcome_rows,
    receipt_json,
    required,
)
from stateless.shape import check_header, choose_pre_root, no_witness, summary
from stateless.signatures import recover_senders
from stateless.transaction_decode import decode_transactions
from stateless.transactions import Transaction
from stateless.verdict import Assumption, Check
from verkle.errors import IncompleteError, InvalidError, UnsupportedError
from witness.block import BlockInput
from witness.block_rlp import block_rlp_bytes
from witness.header import Header, missing_fields
from witness.header_json import with_merge_constants
from witness.patricia.bag import index_nodes
from witness.patricia.container import PatriciaWitness, patricia_sizes

__all__ = ["chain_id_of", "check_blob_header", "check_block_bytes", "fork_rows", "names_fork", "run"]

DIFFERS = "the header says otherwise"
EXECUTION_CHECKS = (
    "execution",
    "gas_used",
    "blob_gas_used",
    "receipts_root",
    "logs_bloom",
    "requests_hash",
    "post_state_root",
)


@dataclass(frozen=True, slots=True)
class Shaped:
    """Result of SHAPE. ``selected``: ``None`` where no rules that are known here are named; ``refusal`` then
    says so, and is kept until all that needs no rules is checked."""

    subject: Subject
    witness: PatriciaWitness
    header: Header
    ancestors: Ancestors
    pre_root: bytes
    selected: Selected | None
    refusal: UnsupportedError | None
    transactions: Sequence[Transaction] | None
    chain_id: int

    def body(self, selected: Selected) -> BlockBody:
        """What is run of the block. Raises as ``stateless.running.block_body``."""
        return block_body(
            self.subject.block,
            self.header,
            self.transactions,
            selected.fork,
            self.chain_id,
            selected.deposit_contract,
        )


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of EXECUTE: the state before, what running the block gave, and what the header must say."""

    shaped: Shaped
    fork: Fork
    view: PatriciaView
    execution: Execution


def run(subject: Subject, report: Report) -> None:
    """Take a block with a Merkle-Patricia witness through all steps; returns if nothing speaks against it.

    Raises:
        StatelessError: what decides against it; ``report.stage`` is the step.
    """
    report.stage = "SHAPE"
    shaped = check_shape(subject, report)
    report.stage = "PROOF"
    view = check_proof(shaped, report)
    if subject.options.proof_only:
        report.checks.skip("proof and roots only, as asked for", *EXECUTION_CHECKS)
        return
    report.stage = "EXECUTE"
    executed = execute(shaped, view, report)
    report.stage = "REBUILD"
    root = rebuild(executed, report)
    report.stage = "COMPARE"
    compare(executed, root, report)


def check_shape(subject: Subject, report: Report) -> Shaped:
    """SHAPE: header, ancestors, the state root before, and the rules."""
    block = subject.block
    header, witness = block.header, block.patricia
    if header is None:
        raise IncompleteError("NO_BLOCK", "a Merkle-Patricia witness says nothing without its block")
    parents = subject.parents
    if witness is not None:
        report.sizes = {**report.sizes, **patricia_sizes(witness).to_json()}
        parents = {**parents, **headers_by_hash(witness.ancestors)}
    transactions = decode_transactions(block.transactions)
    chain_id = chain_id_of(subject, transactions or ())
    selected, refusal = _select(subject, header, chain_id)
    if selected is not None:
        report.rules, report.rules_from = selected.fork, selected.rules_from
    facts = header_facts(block, header, parents, None if selected is None else selected.fork)
    report.block = summary(facts, block)
    check_header(facts, report)
    if facts.block_hash is None and not subject.options.proof_only:
        lacking = missing_fields(with_merge_constants(header))
        raise IncompleteError(
            "HEADER_INCOMPLETE",
            "the header lacks fields, so there is nothing to hold the block to: " + ", ".join(lacking),
            where={"fields": list(lacking)},
        )
    ancestors = None
    if witness is not None:
        ancestors = link_ancestors(header, witness.ancestors, witness.block_hashes)
    if selected is not None:
        check_blob_header(facts, selected.fork, report)
        check_block_bytes(facts, block, selected.fork, report)
    in_file = block.parent_state_root if witness is None else witness.pre_state_root
    pre_root = choose_pre_root(subject, facts.parent, in_file, report)
    if witness is None or ancestors is None:
        raise no_witness(header)
    return Shaped(
        subject, witness, header, ancestors, pre_root, selected, refusal, transactions, chain_id or 0
    )


def names_fork(subject: Subject) -> bool:
    """Whether what names the block's rules names a fork that is executed here."""
    header = subject.block.header
    return header is not None and _select(subject, header, subject.block.chain_id)[0] is not None


def chain_id_of(subject: Subject, transactions: Sequence[Transaction]) -> int | None:
    """The chain id: the input's, a configuration's, or the one that all transactions are signed for."""
    if subject.block.chain_id is not None:
        return subject.block.chain_id
    configured = configured_chain_id((subject.options.chain_config, subject.block.chain_config))
    if configured is not None:
        return configured
    signed = {tx.chain_id for tx in transactions if tx.chain_id is not None}
    if len(signed) > 1:
        raise InvalidError(
            "TX_CHAIN_ID", "the transactions are signed for different chains", got=sorted(signed)
        )
    return signed.pop() if signed else None


def _select(
    subject: Subject, header: Header, chain_id: int | None
) -> tuple[Selected | None, UnsupportedError | None]:
    block, options = subject.block, subject.options
    try:
        selected = select_fork(
            option=options.rules,
            chain_config=options.chain_config,
            file_config=block.chain_config,
            file_name=block.rules or block.network,
            chain_id=chain_id,
            timestamp=header.timestamp,
        )
    except UnsupportedError as error:
        return None, error
    return selected, None


def check_blob_header(facts: HeaderFacts, fork: Fork, report: Report) -> None:
    """The excess of blob gas follows from the parent (EIP-4844, 7918)."""
    header, parent = facts.header, facts.parent
    name = "header_excess_blob_gas"
    if fork.blobs is None or header.excess_blob_gas is None:
        report.checks.skip("the fork has no blobs", name)
        return
    if parent is None or parent.base_fee_per_gas is None:
        report.checks.skip("the input does not hold the parent's header", name)
        return
    expected = excess_blob_gas(
        parent.excess_blob_gas or 0, parent.blob_gas_used or 0, parent.base_fee_per_gas, fork.blobs
    )
    if header.excess_blob_gas != expected:
        report.checks.add(Check(name, "failed", expected, header.excess_blob_gas))
        raise InvalidError(
            "HEADER_EXCESS_BLOB_GAS",
            "the excess blob gas does not follow from the parent",
            expected=expected,
            got=header.excess_blob_gas,
        )
    report.checks.add(Check(name, "passed", expected, expected))


def check_block_bytes(facts: HeaderFacts, block: BlockInput, fork: Fork, report: Report) -> None:
    """The block is not larger than its fork allows (EIP-7934)."""
    limit, rlp_bytes = fork.block_bytes_limit, block.rlp_bytes
    if limit is None:
        report.checks.skip("the fork has no limit", "block_bytes")
        return
    if rlp_bytes is None:
        if facts.block_hash is None or block.transactions is None or block.withdrawals is None:
            report.checks.skip("the input does not hold the whole block", "block_bytes")
            return
        rlp_bytes = block_rlp_bytes(sealed_header(facts), block.transactions, block.withdrawals)
    expected = f"at most {limit}"
    if rlp_bytes > limit:
        report.checks.add(Check("block_bytes", "failed", expected, rlp_bytes))
        raise InvalidError(
            "BLOCK_TOO_LARGE", "the block's RLP is larger than it may be", expected=expected, got=rlp_bytes
        )
    report.checks.add(Check("block_bytes", "passed", expected, rlp_bytes))


def check_proof(shaped: Shaped, report: Report) -> PatriciaView:
    """PROOF: the nodes by their own hashes, the root's among them."""
    with report.checks.timed("proof"):
        view = view_of_witness(shaped.witness, shaped.pre_root, shaped.ancestors.block_hashes)
        options = shaped.subject.options
        if options.proof_only or options.strict:
            found = survey(index_nodes(shaped.witness.nodes), shaped.pre_root)
            if options.strict:
                refuse_surplus(found)
    return view


def execute(shaped: Shaped, view: PatriciaView, report: Report) -> Executed:
    """EXECUTE: decode and judge the transactions, recover their senders, run the block."""
    selected = shaped.selected
    if selected is None:
        _resolve(shaped, view)
        raise shaped.refusal or UnsupportedError("RULES_NOT_NAMED", "nothing names the rules of this block")
    with report.checks.timed("execution"):
        fork, header = selected.fork, shaped.header
        context = block_context(header, fork, shaped.chain_id, shaped.ancestors.block_hashes)
        body = shaped.body(selected)
        execution = execute_block(view, context, body, fork)
    report.executed = True
    report.gas_used = execution.gas_used
    report.receipts = tuple(receipt_json(receipt) for receipt in execution.receipts)
    report.assumptions += tuple(
        Assumption("BLOCK_HASH_UNPROVEN", f"the hash of block {number} is 0x{digest.hex()}")
        for number, digest in shaped.ancestors.block_hashes.assumed
    )
    if report.assumptions and shaped.subject.options.strict:
        raise IncompleteError(
            "BLOCK_HASH_UNPROVEN",
            "code reads the hash of an earlier block that no header of the input proves",
            where={"block": shaped.ancestors.block_hashes.assumed[0][0]},
        )
    return Executed(shaped, fork, view, execution)


def _resolve(shaped: Shaped, view: PatriciaView) -> None:
    """A block that cannot be run: every node in place, and what the block names by itself is there."""
    survey(index_nodes(shaped.witness.nodes), shaped.pre_root)
    header, transactions = shaped.header, shaped.transactions or ()
    contracts: tuple[bytes, ...] = ()
    if header.parent_beacon_block_root is not None:
        contracts += (BEACON_ROOTS_ADDRESS,)
    if header.requests_hash is not None:
        contracts += (HISTORY_ADDRESS, WITHDRAWAL_REQUESTS_ADDRESS, CONSOLIDATION_REQUESTS_ADDRESS)
    resolve_named(
        view,
        zip(transactions, recover_senders(transactions), strict=True),
        required(header.coinbase, "coinbase"),
        shaped.subject.block.withdrawals or (),
        contracts,
    )


def rebuild(executed: Executed, report: Report) -> bytes:
    """REBUILD: the state root after the block."""
    start = perf_counter()
    root = executed.view.post_root(executed.execution.changes)
    report.post_root = root
    report.rebuild_ms = 1000 * (perf_counter() - start)
    return root


def compare(executed: Executed, root: bytes, report: Report) -> None:
    """COMPARE: all that the header says of the outcome; the first that differs decides."""
    header, execution = executed.shaped.header, executed.execution
    fork = executed.fork
    rows = [*outcome_rows(header, execution), *fork_rows(header, fork, execution)]
    error = InvalidError("POST_ROOT_MISMATCH", DIFFERS)
    rows.append(("post_state_root", header.state_root, root, error))
    given, ours = executed.shaped.subject.block.receipts, execution.receipts
    compare_rows(rows, report.checks, report.rebuild_ms, given=given, ours=ours)


def fork_rows(header: Header, fork: Fork, execution: Execution) -> list[Compared]:
    """Of the outcome, what not every fork has: blob gas and requests."""
    rows: list[Compared] = []
    if fork.blobs is not None:
        error = InvalidError("BLOB_GAS_USED_MISMATCH", DIFFERS)
        rows.append(("blob_gas_used", header.blob_gas_used, execution.blob_gas_used, error))
    if fork.requests:
        error = InvalidError("REQUESTS_HASH_MISMATCH", DIFFERS)
        rows.append(("requests_hash", header.requests_hash, requests_hash(execution.requests), error))
    return rows
