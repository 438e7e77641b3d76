"""A whole Verkle state: read to run a block on it, changed by what the block wrote, and asked for the
block's witness.

::

    state = VerkleState.from_alloc(accounts, rules)
    run = run_on_state(subject, state, rules)
    run.error, run.executed.witness(), run.executed.post_root, run.executed.after

The witness is what access events say, no more: every place that one names, with its value before, and the new
value of each that the block writes. Where a client writes leaves that no event names (SPEC 5.9), the state
afterwards has them, as the client's had, and the witness has not; ``untold`` lists them, and a verifier that
has the witness alone rightly refuses such a block.

Sources: EIP-4762; SPEC 5.7 to 5.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from stateless.evm.access import Place
from stateless.genesis import AllocAccount, alloc_leaves
from stateless.headers import HeaderFacts, header_facts
from stateless.report import Report, Subject
from stateless.rules import RuleSet
from stateless.running import compare_rows, outcome_rows, receipt_json
from stateless.shape import check_header, summary
from stateless.transactions import Transaction
from stateless.verkle_execution import VerkleExecution, judged_transactions, run_from_leaves
from verkle.accounts import AccountHeader, encode_header
from verkle.branch import BranchStore
from verkle.errors import IncompleteError, InvalidError, StatelessError
from verkle.pedersen import Committer
from verkle.prover import KindProof, Made, prove_diff, state_diff
from verkle.records import LeafRecord
from verkle.tree import MemoryStore, Tree
from witness.containers import ExecutionWitness
from witness.header import Header

__all__ = ["HostRun", "StateExecution", "VerkleState", "execute_on_state", "run_on_state"]


class VerkleState:
    """All leaves of a state. Never changed: :meth:`after` gives another one.

    ``leaf`` is a ``stateless.verkle_view.Leaves`` in which nothing is missing. ``tree``: for the prover;
    whoever writes to it changes this state.
    """

    def __init__(self, tree: Tree, committer: Committer | None = None) -> None:
        """``committer``: of the tree, kept for the states after this one."""
        self.tree = tree
        self.root = tree.root
        self._committer = committer or Committer()
        self._records: dict[bytes, LeafRecord | None] = {}

    @classmethod
    def from_alloc(
        cls, accounts: Iterable[AllocAccount], rules: RuleSet, committer: Committer | None = None
    ) -> Self:
        """The state of these accounts, in memory. ``committer``: may serve several states, so that its tables
        are made once.

        Raises ``MalformedError`` ``ACCOUNT_NUMBER_RANGE``; ``InvalidError`` ``KEY_REPEATED``.
        """
        committer = committer or Committer()
        tree = Tree(MemoryStore(), committer)
        tree.put(alloc_leaves(accounts, rules))
        return cls(tree, committer)

    def leaf(self, key: bytes) -> bytes | None:
        """The value of a 32-byte key, ``None`` if it is absent."""
        stem = key[:-1]
        try:
            record = self._records[stem]
        except KeyError:
            record = self._records[stem] = self.tree.leaf_record(stem)
        return None if record is None else record.value(key[-1])

    def after(self, writes: Mapping[bytes, bytes]) -> VerkleState:
        """The state with these values by key, lying on top of this one."""
        tree = Tree(BranchStore(self.tree.store), self._committer)
        tree.put(writes)
        return VerkleState(tree, self._committer)


@dataclass(frozen=True, slots=True)
class StateExecution:
    """What running a block on a whole state gave.

    ``before`` and ``after``: the states. ``touched``: keys of all access events. ``writes``: new values by
    key. ``untold``: places that the block writes though no event names them.
    """

    done: VerkleExecution
    before: VerkleState
    after: VerkleState
    touched: frozenset[bytes]
    writes: Mapping[bytes, bytes]
    untold: tuple[Place, ...]

    @property
    def post_root(self) -> bytes:
        """The state root after the block, 32 bytes."""
        return self.after.root

    def witness(self, kinds: KindProof = "assumed") -> tuple[ExecutionWitness, Made]:
        """The witness against the state root before the block, and what the prover says of it.

        ``kinds``: how the kinds of nodes above empty slots are shown; by ``"keys"`` the witness holds keys
        that the block does not touch.
        """
        new = {key: value for key, value in self.writes.items() if key in self.touched}
        made = prove_diff(self.before.tree, state_diff(self.before.tree, self.touched, new), kinds=kinds)
        return ExecutionWitness(made.diff, made.proof, self.before.root), made


def execute_on_state(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    state: VerkleState,
    rules: RuleSet,
) -> StateExecution:
    """Run the block of ``subject`` on the whole state before it. Roots in its header are not looked at.

    ``transactions``: of ``stateless.verkle_execution.judged_transactions``.

    Raises:
        StatelessError: as ``stateless.verkle_execution.run_from_leaves``, but for what is missing.
    """
    done = run_from_leaves(subject, transactions, state.leaf, rules)
    view = done.view
    touched = frozenset(view.key(place) for place in done.touched)
    written = dict(done.written)
    written.update(_history_header(state, done, rules))
    untold = tuple(place for place in written if view.key(place) not in touched)
    writes = {view.key(place): value for place, value in written.items()}
    return StateExecution(done, state, state.after(writes), touched, writes, untold)


def _history_header(state: VerkleState, done: VerkleExecution, rules: RuleSet) -> dict[Place, bytes]:
    """The header leaves of a history account that is not there yet: to store a slot the client makes the
    account, an empty one, and writes it out, without an access event (SPEC 5.8 iv)."""
    history = rules.history
    if history is None or not history.kept:
        return {}
    leaves = encode_header(rules.layout, AccountHeader())
    places = {(history.address, 0, suffix): value for suffix, value in leaves.items()}
    if any(state.leaf(done.view.key(place)) is not None for place in places):
        return {}
    return {place: value for place, value in places.items() if place not in done.written}


@dataclass(frozen=True, slots=True)
class HostRun:
    """How far a block came on the whole state. ``error``: what speaks against it, with its stage, ``None`` if
    nothing does; ``executed``: ``None`` if it could not be run to its end."""

    error: StatelessError | None
    report: Report
    facts: HeaderFacts | None
    executed: StateExecution | None


def run_on_state(subject: Subject, state: VerkleState, rules: RuleSet) -> HostRun:
    """Take a block through a verifier's steps with the whole state in the place of a witness.

    What its header leaves out is not held against it. Whatever is wrong with the block is in the result.
    """
    report = Report(rules=rules)
    facts: HeaderFacts | None = None
    executed: StateExecution | None = None
    error: StatelessError | None = None
    try:
        report.stage = "SHAPE"
        facts = _check_shape(subject, state, rules, report)
        transactions = judged_transactions(subject, rules)
        report.stage = "EXECUTE"
        executed = execute_on_state(subject, transactions, state, rules)
        report.executed = True
        report.gas_used = executed.done.execution.gas_used
        report.receipts = tuple(receipt_json(receipt) for receipt in executed.done.execution.receipts)
        report.post_root = executed.post_root
        report.stage = "COMPARE"
        _compare(facts.header, subject, executed, report)
    except StatelessError as caught:
        caught.stage = caught.stage or report.stage
        error = caught
    return HostRun(error, report, facts, executed)


def _check_shape(subject: Subject, state: VerkleState, rules: RuleSet, report: Report) -> HeaderFacts:
    header = subject.block.header
    if header is None:
        raise IncompleteError("NO_BLOCK", "the input holds no header, so there is no block to run")
    facts = header_facts(subject.block, header, subject.parents, rules)
    report.block = summary(facts, subject.block)
    check_header(facts, report)
    before = None if facts.parent is None else facts.parent.state_root
    if before is not None and before != state.root:
        raise InvalidError(
            "PRE_ROOT_MISMATCH",
            "the state is not the one before the block: its root is not the parent header's",
            where={"block": header.number},
            expected=before,
            got=state.root,
        )
    return facts


def _compare(header: Header, subject: Subject, executed: StateExecution, report: Report) -> None:
    rows = outcome_rows(header, executed.done.execution)
    differs = InvalidError("POST_ROOT_MISMATCH", "the header says otherwise", where={"block": header.number})
    rows.append(("post_state_root", header.state_root, executed.post_root, differs))
    ours = executed.done.execution.receipts
    compare_rows(rows, report.checks, given=subject.block.receipts, ours=ours)
