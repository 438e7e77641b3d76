"""EXECUTE for a block with a witness of the binary tree: on its leaves, under the rules that it ran under.

No chain has this tree yet. So its blocks are those of other trees, put into one by ``stateless compare
--keep``: they ran under the rules of a Verkle network, which has access events, or under those of a fork,
which has none. What a witness must show follows from what the block touched, by the rules of
``stateless.compare.embedding``; in a block of a fork that is noted while it runs
(``stateless.compare.recording``).

Sources: EIP-7864, *Tree embedding*; EIP-4762; SPEC 8.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from stateless.ancestors import BlockHashes
from stateless.blockrun import execute_block
from stateless.compare.embedding import LEAF_RULES, leaf_rules
from stateless.compare.leaf_view import LeafView, binary_stems
from stateless.compare.recording import Notes, NotingPolicy, NotingView
from stateless.evm.access import Place
from stateless.evm.code import EMPTY_CODE, Code
from stateless.forks import Fork
from stateless.networks import Selected, select_fork
from stateless.places import meaning
from stateless.report import Subject
from stateless.rules import RuleSet, RulesFrom, is_rules_name, rules_named, rules_of_chain_config
from stateless.running import block_body, block_context
from stateless.transactions import Transaction
from stateless.verkle_execution import VerkleExecution, block_hashes, run_from_leaves
from stateless.verkle_view import Leaves
from stateless.view import Account, AccountFields, StateChanges
from verkle.constants import BASIC_DATA, CHUNK_BYTES, CODE_HASH, DELEGATION_BYTES
from verkle.embedding import chunk_position, storage_position
from verkle.errors import IncompleteError, UnsupportedError
from witness.binary.rules import BinaryRules

__all__ = ["BinaryExecution", "Chosen", "choose_rules", "run_on_leaves"]

BinaryExecution = VerkleExecution
"""``touched``: the places that the witness must show, as the binary tree has them."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rules that a block ran under, of a Verkle network or of a fork, and what named them."""

    rules: RuleSet | Selected
    rules_from: RulesFrom

    @property
    def record(self) -> RuleSet | Fork:
        """What a verdict names."""
        return self.rules if isinstance(self.rules, RuleSet) else self.rules.fork


def choose_rules(subject: Subject, chain_id: int | None) -> Chosen:
    """The rules that the caller names, or the input: a rule set of ``stateless.rules`` if the name or the
    chain configuration is that of one, else a fork (``stateless.networks``).

    Raises:
        UnsupportedError: ``RULES_NOT_NAMED``, ``FORK_UNSUPPORTED``.
        MalformedError: ``CHAIN_CONFIG``.
    """
    block, options = subject.block, subject.options
    source: RulesFrom = "file" if options.rules is None else "option"
    name = options.rules
    if name is None and options.chain_config is not None:
        try:
            return Chosen(rules_of_chain_config(options.chain_config), "chain_config")
        except UnsupportedError:  # of no Verkle network, so of one with forks
            pass
    elif name is None:
        name = block.rules or block.network
    if name is not None and is_rules_name(name):
        return Chosen(rules_named(name, source), source)
    selected = select_fork(
        option=options.rules,
        chain_config=options.chain_config,
        file_config=block.chain_config,
        file_name=block.rules or block.network,
        chain_id=chain_id,
        timestamp=None if block.header is None else block.header.timestamp,
    )
    return Chosen(selected, selected.rules_from)


def run_on_leaves(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    values: Mapping[bytes, bytes | None],
    chosen: Chosen,
    tree_rules: BinaryRules,
    chain_id: int,
) -> BinaryExecution:
    """Run the block of ``subject`` on proven leaves (32-byte key → value). ``chain_id``: of a fork's block.

    Raises:
        StatelessError: what decides against the block, or why it cannot be run.
    """
    if isinstance(chosen.rules, RuleSet):
        return _run_with_events(subject, transactions, values, chosen.rules, tree_rules)
    return _run_with_notes(subject, transactions, values, chosen.rules, tree_rules, chain_id)


# --- a Verkle network's rules ---------------------------------------------------------------------------


def _run_with_events(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    values: Mapping[bytes, bytes | None],
    rules: RuleSet,
    tree_rules: BinaryRules,
) -> BinaryExecution:
    done = run_from_leaves(
        subject,
        transactions,
        values.__getitem__,
        rules,
        keep_logs=False,
        view_of=partial(_view, leaf_rules(rules), tree_rules),
    )
    needed = dict.fromkeys(done.written, True)
    optional: set[Place] = set()
    for address, tree_index, suffix in done.touched:
        for kind, value in meaning(rules, tree_index, suffix).items():
            if kind == "field":
                needed[address, 0, BASIC_DATA] = False
                if value == "code_hash":
                    needed[address, 0, CODE_HASH] = False
            elif kind == "slot" and isinstance(value, bytes):
                needed[_slot(address, int.from_bytes(value, "big"))] = False
            elif isinstance(value, int):
                # what is touched behind the end of the code is there only where longer code was before
                place = (address, *chunk_position(value))
                if value < _chunks(done.view.number(address, "code_size")):
                    needed[place] = False
                else:
                    optional.add(place)
    for address, _, suffix in [place for place in done.written if place[1] == 0]:
        if suffix in {BASIC_DATA, CODE_HASH}:
            needed[address, 0, BASIC_DATA] = True
    changes = done.execution.changes
    for address, account in changes.accounts.items():
        if isinstance(account, Account):
            optional.add((address, 0, CODE_HASH))
            optional.update(_code_places(address, changes.codes.get(account.code_hash, b"")))
    return replace(done, touched=needed, optional=frozenset(optional.difference(needed)))


def _view(
    rules: RuleSet, tree_rules: BinaryRules, leaves: Leaves, fork: Fork, hashes: BlockHashes
) -> LeafView:
    return LeafView(leaves, rules, binary_stems(tree_rules), fork.execution.precompiles, hashes)


# --- a fork's rules -------------------------------------------------------------------------------------


class _NotingLeaves(NotingView):
    """Notes what is asked of a ``LeafView``, whose code may be known in part."""

    def code(self, address: bytes, account: AccountFields) -> Code:
        """An object for each account, so that the policy can tell whose code runs."""
        found = self._programs.get(address)
        if found is None:
            found = self._view.code(address, account)
            if not found.size:
                return EMPTY_CODE
            if not found.place:
                found = Code(found.data, place={"account": address})
            self._programs[address] = found
            if found.size == DELEGATION_BYTES:
                self._notes.chunks.setdefault(address, set()).add(0)
        return found


def _run_with_notes(
    subject: Subject,
    transactions: Sequence[Transaction] | None,
    values: Mapping[bytes, bytes | None],
    selected: Selected,
    tree_rules: BinaryRules,
    chain_id: int,
) -> BinaryExecution:
    block = subject.block
    header = block.header
    if header is None:
        raise IncompleteError("NO_BLOCK", "a witness without its block leaves nothing to run")
    notes = Notes()
    fork = replace(selected.fork, policy=lambda: NotingPolicy(notes))
    hashes = block_hashes(header, subject.parents)
    context = block_context(header, fork, chain_id, hashes)
    body = block_body(block, header, transactions, fork, chain_id, selected.deposit_contract)
    view = _view(LEAF_RULES, tree_rules, values.__getitem__, fork, hashes)
    execution = execute_block(_NotingLeaves(view, notes), context, body, fork, keep_logs=False)
    written = view.writes(execution.changes)
    touched = dict.fromkeys([*_noted(view, notes, execution.changes), *written], False)
    return BinaryExecution(fork, view, execution, written, touched)


def _noted(view: LeafView, notes: Notes, changes: StateChanges) -> Iterator[Place]:
    """The places that a witness shows of what was noted and changed."""
    for address in {*notes.accounts, *notes.slots, *changes.accounts, *changes.storage}:
        yield address, 0, BASIC_DATA
        before = notes.accounts.get(address) or view.account(address)
        size = 0 if before is None else view.number(address, "code_size")
        if address in notes.hashes or size == DELEGATION_BYTES:
            yield address, 0, CODE_HASH
        after = changes.accounts.get(address)
        if isinstance(after, Account) and (before is None or before.code_hash != after.code_hash):
            yield address, 0, CODE_HASH
            yield from _code_places(address, changes.codes.get(after.code_hash, b""))
        for slot in (*notes.slots.get(address, ()), *changes.storage.get(address, ())):
            yield _slot(address, slot)
        for number in notes.chunks.get(address, ()):
            if number < _chunks(size):
                yield (address, *chunk_position(number))


# --- places ---------------------------------------------------------------------------------------------


def _slot(address: bytes, slot: int) -> Place:
    return (address, *storage_position(slot, LEAF_RULES.storage_offset))


def _chunks(code_size: int) -> int:
    return -(-code_size // CHUNK_BYTES)


def _code_places(address: bytes, code: bytes) -> Iterable[Place]:
    return [(address, *chunk_position(number)) for number in range(_chunks(len(code)))]
