"""EXECUTE and the execution's part of COMPARE for a block with a Verkle witness, or that of another tree with
leaves (``stateless.binary_execution``).

The block is run on the leaves that the witness proves and on nothing else. Then three things must agree with
the witness: what was written, with its new values; what was touched, with its keys; and so, the root.

Sources: SPEC 5.9, 6; EIP-4762.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from stateless.ancestors import BlockHashes
from stateless.apply import Apply, apply_transaction
from stateless.blockrun import BlockBody, Execution, execute_block
from stateless.early_view import verkle_view
from stateless.evm.access import Place
from stateless.evm.instructions.system import contract_address
from stateless.forks import Fork
from stateless.places import meaning, words
from stateless.report import Report, Subject
from stateless.rules import RuleSet
from stateless.running import (
    Compared,
    block_body,
    block_context,
    check_transactions,
    compare_rows,
    configured_chain_id,
    outcome_rows,
    receipt_json,
    required,
)
from stateless.transaction_decode import decode_transactions
from stateless.transactions import Transaction
from stateless.verdict import Check
from stateless.verkle_forks import verkle_fork
from stateless.verkle_view import Leaves, VerkleView
from stateless.witness_rules import WitnessCosts
from verkle.constants import VALUE_BYTES
from verkle.errors import IncompleteError, InvalidError, StatelessError
from verkle.proof import ProvenTree
from witness.header import Header

if TYPE_CHECKING:  # the type only
    from witness.binary.proof import ProvenBinary

__all__ = [
    "LACKS_WRITES",
    "ProvenLeaves",
    "VerkleExecution",
    "ViewOf",
    "block_hashes",
    "chain_id_under",
    "compare_execution",
    "execute_from",
    "judged_transactions",
    "lacks_writes",
    "report_execution",
    "run_from_leaves",
]

ProvenLeaves: TypeAlias = "ProvenTree | ProvenBinary"
"""A state diff and the leaves that are proven, of a tree of either kind."""

LACKS_WRITES: Final = "the witness lacks leaves that the block writes"
"""Why there is nothing to compare, where :func:`lacks_writes` holds."""

ViewOf = Callable[[Leaves, Fork, BlockHashes], VerkleView]
"""Makes the view of leaves on which a block runs."""


@dataclass(frozen=True, slots=True)
class VerkleExecution:
    """What running a block on Verkle leaves gave.

    ``written``: new values by place, those that change nothing left out. ``touched``: every place that an
    access event names, and whether as written. ``optional``: places that a witness may show or not.
    """

    fork: Fork
    view: VerkleView
    execution: Execution
    written: Mapping[Place, bytes]
    touched: Mapping[Place, bool]
    optional: frozenset[Place] = frozenset()


def judged_transactions(subject: Subject, rules: RuleSet) -> Sequence[Transaction] | None:
    """The block's transactions, decoded, those of their rules that need no state checked; ``None`` if the
    input has none.

    Raises:
        StatelessError: ``TX_…``; ``where`` names the transaction.
    """
    transactions = decode_transactions(subject.block.transactions)
    if transactions is None:
        return None
    check_transactions(transactions, verkle_fork(rules), chain_id_under(subject, rules))
    return transactions


def chain_id_under(subject: Subject, rules: RuleSet) -> int:
    """The input's chain id, a configuration's, or the rule set's."""
    block = subject.block
    if block.chain_id is not None:
        return block.chain_id
    configured = configured_chain_id((subject.options.chain_config, block.chain_config))
    return rules.chain_id if configured is None else configured


def execute_from(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    tree: ProvenTree,
    rules: RuleSet,
    report: Report,
) -> VerkleExecution:
    """Run the block of ``subject`` on the proven tree. ``transactions``: of :func:`judged_transactions`.

    Raises:
        StatelessError: what decides against the block, or why it cannot be run.
    """
    with report.checks.timed("execution"):
        done = run_from_leaves(subject, transactions, tree.values.__getitem__, rules, keep_logs=False)
    report_execution(done, subject, report)
    return done


def report_execution(done: VerkleExecution, subject: Subject, report: Report) -> None:
    """Enter what running the block gave.

    Raises:
        IncompleteError: ``ACCOUNT_BY_RULE``: something was answered by rule, and the caller is strict.
    """
    report.executed = True
    report.gas_used = done.execution.gas_used
    report.receipts = tuple(receipt_json(receipt) for receipt in done.execution.receipts)
    report.assumptions += tuple(done.view.assumptions)
    if done.view.assumptions and subject.options.strict:
        first = done.view.assumptions[0]
        raise IncompleteError(
            "ACCOUNT_BY_RULE",
            f"the witness does not prove that {first.what}",
            where={"transaction": first.transaction, "opcode": first.opcode, "key": first.key},
        )


def run_from_leaves(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    leaves: Leaves,
    rules: RuleSet,
    costs: WitnessCosts | None = None,
    apply: Apply = apply_transaction,
    *,
    keep_logs: bool = True,
    view_of: ViewOf | None = None,
) -> VerkleExecution:
    """Run the block of ``subject`` on leaves, a witness's or a whole state's. ``costs``: other prices than
    the rule set's. ``apply``: what runs each transaction. ``keep_logs``: keep the access events of each.
    ``view_of``: makes another view of the leaves than a Verkle tree's.

    Raises:
        StatelessError: as :func:`execute_from`.
    """
    block = subject.block
    header = block.header
    if header is None:
        raise IncompleteError("NO_BLOCK", "a witness without its block leaves nothing to run")
    fork = verkle_fork(rules, costs)
    hashes = block_hashes(header, subject.parents)
    context = block_context(header, fork, chain_id_under(subject, rules), hashes)
    body = block_body(block, header, transactions, fork, context.chain_id, None)
    if view_of is None:
        view = verkle_view(leaves, rules, fork.execution.precompiles, hashes, _no_root)
    else:
        view = view_of(leaves, fork, hashes)
    view.prepare((address, 0) for address in _named(body, context.coinbase, rules))
    execution = execute_block(view, context, body, fork, apply, keep_logs=keep_logs)
    return VerkleExecution(fork, view, execution, view.writes(execution.changes), execution.touched)


def _no_root(_: Mapping[bytes, bytes]) -> bytes:
    raise ValueError("the root is rebuilt from the witness, not from the view")


def _named(body: BlockBody, coinbase: bytes, rules: RuleSet) -> list[bytes]:
    """The accounts that the block itself names, whose stems are best made at once."""
    named = [coinbase]
    if rules.history is not None:
        named.append(rules.history.address)
    for tx, sender in body.transactions:
        named += (sender, contract_address(sender, tx.nonce) if tx.to is None else tx.to)
    return named + [withdrawal.address for withdrawal in body.withdrawals]


def block_hashes(header: Header, parents: Mapping[bytes, Header]) -> BlockHashes:
    """Hashes of earlier blocks, as far as headers of the input lead back, found by hash."""
    number = required(header.number, "number")
    if number < 1:
        raise InvalidError(
            "HEADER_NUMBER", "block 0 is not run: it is what a network begins with", expected=1, got=number
        )
    wanted = required(header.parent_hash, "parent_hash")
    proven: dict[int, bytes] = {}
    while len(proven) < 256:
        number -= 1
        proven[number] = wanted
        parent = parents.get(wanted)
        if parent is None or parent.parent_hash is None or parent.number != number:
            break
        wanted = parent.parent_hash
    return BlockHashes(proven)


def compare_execution(
    done: VerkleExecution,
    subject: Subject,
    tree: ProvenLeaves,
    report: Report,
    further: Sequence[Compared] = (),
) -> None:
    """COMPARE: outcome, written leaves and touched keys; the first that differs decides. ``further``: of
    the outcome, what the rules of Verkle networks do not have.

    Raises:
        InvalidError: ``…_MISMATCH``, ``WRITE_…``, ``WITNESS_KEY_SURPLUS``.
        IncompleteError: ``WITNESS_KEY_MISSING``.
    """
    header = subject.block.header
    rows: list[Compared] = [] if header is None else [*outcome_rows(header, done.execution), *further]
    broken: StatelessError | None = None
    try:
        ours = done.execution.receipts
        compare_rows(rows, report.checks, given=subject.block.receipts, ours=ours)
    except StatelessError as error:
        broken = error
    missing, surplus = _keys(done, tree)
    if missing is None:
        report.sizes["surplus_keys"] = len(surplus)
        if subject.rules is not None:
            chunks = code_chunks(subject.rules, done.touched)
            report.sizes |= {"code_chunks": chunks, "code_bytes": VALUE_BYTES * chunks}
    allowed = bool(surplus) and subject.options.allow_surplus
    wrong_key = _surplus_error(surplus) if surplus and not allowed else missing
    for name, wrong in (("state_writes", _wrong_write(done, tree)), ("witness_keys", wrong_key)):
        if wrong is None and name == "state_writes" and missing is not None and lacks_writes(done, tree):
            report.checks.skip(LACKS_WRITES, name)
            continue
        if wrong is None:
            report.checks.add(Check(name, "passed"))
            continue
        report.checks.add(Check(name, "failed", wrong.expected, wrong.got))
        broken = broken or wrong
    if allowed:
        more = "1 key is" if len(surplus) == 1 else f"{len(surplus)} keys are"
        report.checks.skip(f"{more} in the witness that the block does not touch, as allowed", "witness_keys")
    if broken is not None:
        raise broken


def code_chunks(rules: RuleSet, places: Iterable[Place]) -> int:
    """How many of the places are chunks of code."""
    return sum("chunk" in meaning(rules, index, suffix) for _, index, suffix in places)


def lacks_writes(done: VerkleExecution, tree: ProvenLeaves) -> bool:
    """Whether the block writes a leaf that an event of it names and that the witness leaves out: then the
    root that follows from the witness says nothing about the block."""
    key = done.view.key
    return any(place in done.touched and key(place) not in tree.values for place in done.written)


def _wrong_write(done: VerkleExecution, tree: ProvenLeaves) -> InvalidError | None:
    """The first leaf of which execution and witness say different things.

    A leaf that an event names and the witness leaves out is not among them: another witness of the same
    block can hold it, so that :func:`_keys` has it. One that no event names is in no witness of the block.
    """
    view = done.view
    claimed = {
        diff.stem + bytes([leaf.suffix]): leaf.new
        for diff in tree.plan.diff
        for leaf in diff.suffixes
        if leaf.new is not None
    }
    for place, value in done.written.items():
        key = view.key(place)
        what = words(view.rules, *place)
        where = {"account": place[0], "stem": key[:-1], "suffix": key[-1]}
        if key not in tree.values:
            if place in done.touched:
                continue
            return InvalidError(
                "WRITE_UNPROVEN",
                f"running the block writes {what}, which no access event names and the witness does not "
                "hold: the state after the block does not follow from it",
                where=where,
                expected=value,
            )
        new = claimed.pop(key, None)
        if new is None:
            return InvalidError(
                "WRITE_MISSING",
                f"running the block writes {what}, for which the witness has no new value",
                where=where,
                expected=value,
            )
        if new != value:
            return InvalidError(
                "WRITE_DIFFERS",
                f"running the block writes another value to {what} than the witness says",
                where=where,
                expected=value,
                got=new,
            )
    for key, new in claimed.items():
        return InvalidError(
            "WRITE_SURPLUS",
            "the witness has a new value for a leaf that running the block does not write",
            where={"stem": key[:-1], "suffix": key[-1]},
            got=new,
        )
    return None


def _keys(done: VerkleExecution, tree: ProvenLeaves) -> tuple[IncompleteError | None, tuple[bytes, ...]]:
    """The first key that is touched and not in the witness; if there is none, those in it and not touched."""
    view = done.view
    surplus = dict.fromkeys(tree.values)
    for place in done.touched:
        key = view.key(place)
        if key not in tree.values:
            new = done.written.get(place)
            error = IncompleteError(
                "WITNESS_KEY_MISSING",
                f"running the block {'touches' if new is None else 'writes'} {words(view.rules, *place)}, "
                "which the witness does not hold",
                where={"account": place[0], "stem": key[:-1], "suffix": key[-1]},
                expected=new,
            )
            return error, ()
        surplus.pop(key, None)
    for place in done.optional:
        surplus.pop(view.key(place), None)
    return None, tuple(surplus)


def _surplus_error(surplus: Sequence[bytes]) -> InvalidError:
    first = surplus[0]
    return InvalidError(
        "WITNESS_KEY_SURPLUS",
        f"the witness holds {len(surplus)} {'key' if len(surplus) == 1 else 'keys'} "
        "that running the block does not touch",
        where={"stem": first[:-1], "suffix": first[-1]},
        expected=0,
        got=len(surplus),
    )
