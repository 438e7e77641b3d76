"""The accesses of a block with a Verkle witness: its access events, read back into accounts and code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from stateless.compare.access_set import AccessSet, TouchedAccount
from stateless.compare.source import Rerun, Source, VerkleOwn
from stateless.evm.access import Place
from stateless.headers import headers_by_hash
from stateless.places import meaning
from stateless.report import Options, Report, Subject
from stateless.rules import RuleSet, rules_of_block
from stateless.running import block_body, block_context
from stateless.verkle_execution import VerkleExecution, chain_id_under, judged_transactions
from stateless.verkle_steps import run
from stateless.verkle_view import VerkleView
from stateless.view import AccountFields, StateChanges
from verkle.accounts import AccountHeader, decode_numbers
from verkle.constants import CHUNK_BYTES, EMPTY_CODE_HASH
from verkle.embedding import HEADER_LEAVES
from verkle.errors import IncompleteError, StatelessError
from verkle.proof import ProvenTree
from witness.block import BlockInput
from witness.header import Header, header_to_rlp, missing_fields

__all__ = ["from_verkle"]


def from_verkle(block: BlockInput, rules: str | None) -> Source:
    """Take the block through the verifier's steps, and its events apart. Raises as ``read_source``."""
    report = Report()
    try:
        chosen, _ = rules_of_block(block, rules)
        subject = Subject(block, headers_by_hash(block.headers), chosen, Options(rules=rules))
        rebuilt = run(subject, report)
        tree, done = rebuilt.executed.tree, rebuilt.executed.done
        if done is None or chosen is None or block.header is None or block.witness is None:
            raise IncompleteError("NO_BLOCK", "there is no block to run")
    except StatelessError as error:
        error.stage = error.stage or report.stage
        raise
    ms = {check.name: check.ms or 0.0 for check in report.checks.rows("verkle")}
    own = VerkleOwn(
        block.witness,
        tree,
        chosen,
        ms.get("proof", 0.0) + ms.get("witness_shape", 0.0),
        ms.get("execution", 0.0),
        rebuilt.ms,
    )
    return Source(
        block.name,
        block.header.number,
        len(block.transactions or ()),
        "verkle",
        tree.root,
        rebuilt.post_root,
        _parent_bytes(subject, block.header),
        AccessSet(_accounts(done, tree, chosen)),
        _rerun(done, subject, block.header, chosen),
        verkle=own,
    )


def _parent_bytes(subject: Subject, header: Header) -> int:
    """Bytes of the parent's header, 0 where the input does not hold it."""
    parent = subject.parents.get(header.parent_hash or b"")
    return 0 if parent is None or missing_fields(parent) else len(header_to_rlp(parent))


def _rerun(done: VerkleExecution, subject: Subject, header: Header, rules: RuleSet) -> Rerun:
    """What running the block takes, put together as ``stateless.verkle_execution`` does."""
    context = block_context(header, done.fork, chain_id_under(subject, rules), done.view.block_hash)
    transactions = judged_transactions(subject, rules)
    body = block_body(subject.block, header, transactions, done.fork, context.chain_id, None)
    return Rerun(context, body, done.fork, done.execution)


@dataclass(slots=True)
class _Parts:
    """What the events of one account name: header leaves by suffix, slots, chunks."""

    header: dict[str, bytes | None] = field(default_factory=dict)
    slots: dict[int, int | None] = field(default_factory=dict)
    chunks: dict[int, bytes | None] = field(default_factory=dict)


def _accounts(done: VerkleExecution, tree: ProvenTree, rules: RuleSet) -> dict[bytes, TouchedAccount]:
    view, changes = done.view, done.execution.changes
    parts: defaultdict[bytes, _Parts] = defaultdict(_Parts)
    for place in _places(done):
        leaf = tree.values[view.key(place)]
        of = parts[place[0]]
        for kind, value in meaning(rules, place[1], place[2]).items():
            if kind == "field":
                of.header[str(value)] = leaf
            elif kind == "slot" and isinstance(value, bytes):
                of.slots[int.from_bytes(value, "big")] = None if leaf is None else int.from_bytes(leaf, "big")
            elif isinstance(value, int):
                of.chunks[value] = leaf
    for address in (*changes.accounts, *changes.storage):
        parts[address]
    return {
        address: _account(address, parts[address], view, changes, _deployed(address, changes))
        for address in sorted(parts)
    }


def _places(done: VerkleExecution) -> Iterable[Place]:
    return dict.fromkeys((*done.touched, *done.written))


def _deployed(address: bytes, changes: StateChanges) -> bytes | None:
    account = changes.accounts.get(address)
    return None if account is None else _code_of(account, changes)


def _code_of(account: AccountFields, changes: StateChanges) -> bytes | None:
    """New code; ``None`` of an account whose code is what it was, and whose code hash need not be shown."""
    try:
        code_hash = account.code_hash
    except IncompleteError:
        return None
    return changes.codes.get(code_hash)


def _account(
    address: bytes, parts: _Parts, view: VerkleView, changes: StateChanges, deployed: bytes | None
) -> TouchedAccount:
    rules = view.rules
    run = {number: leaf for number, leaf in parts.chunks.items() if leaf is not None}
    before, made_up = _before(address, parts.header, run, rules)
    written = changes.storage.get(address, {})
    if before is None and (parts.slots or run) and not parts.header:
        before, made_up = AccountHeader(), frozenset({"nonce", "balance", "code_hash"})
    account = changes.accounts.get(address)
    after = None
    if account is not None:
        after = _after(account, before or AccountHeader(), deployed)
        if after == before:
            after = None
    slots = dict(parts.slots)
    for slot in written:
        slots.setdefault(slot, None)
    return TouchedAccount(
        before=before,
        looked_at=bool(parts.header) or after is not None,
        hash_looked_at="code_hash" in parts.header,
        after=after,
        destroyed=address in changes.accounts and account is None,
        cleared=address in changes.cleared,
        slots=dict(sorted(slots.items())),
        slots_after=dict(written),
        chunks=frozenset(run),
        chunk_leaves=run,
        deployed=deployed,
        made_up=made_up,
    )


def _before(
    address: bytes, header: Mapping[str, bytes | None], run: Mapping[int, bytes], rules: RuleSet
) -> tuple[AccountHeader | None, frozenset[str]]:
    """The account in the header leaves that are shown, and what was made up of it."""
    leaves = {name: leaf for name, leaf in header.items() if leaf is not None}
    if not leaves and not run:
        return None, frozenset()
    numbers: dict[str, int] = {}
    for name in HEADER_LEAVES[rules.layout]:
        if name in leaves and name != "code_hash":
            numbers |= decode_numbers(name, leaves[name])
    made_up = {"nonce", "balance", "code_size"}.difference(numbers)
    code_hash = leaves.get("code_hash")
    if "code_size" not in numbers:
        ends = CHUNK_BYTES * (max(run, default=-1) + 1)
        numbers["code_size"] = max(ends, int(code_hash not in {None, EMPTY_CODE_HASH}))
    if code_hash is None:
        made_up.add("code_hash")
        code_hash = EMPTY_CODE_HASH
        if numbers["code_size"]:
            code_hash = sha256(b"code hash that no leaf shows" + address).digest()
    return AccountHeader(code_hash=code_hash, **numbers), frozenset(made_up)


def _after(account: AccountFields, before: AccountHeader, deployed: bytes | None) -> AccountHeader:
    """The account after the block: what is not known of it is what it was."""
    numbers = {}
    for name in ("nonce", "balance"):
        try:
            numbers[name] = getattr(account, name)
        except IncompleteError:
            numbers[name] = getattr(before, name)
    if deployed is not None:
        return AccountHeader(code_hash=account.code_hash, code_size=len(deployed), **numbers)
    return AccountHeader(code_hash=before.code_hash, code_size=before.code_size, **numbers)
