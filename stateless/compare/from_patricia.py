"""The accesses of a block with a Merkle-Patricia witness, by looking on while it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stateless.blockrun import execute_block
from stateless.compare.access_set import AccessSet, TouchedAccount
from stateless.compare.recording import Notes, NotingPolicy, NotingView
from stateless.compare.source import PatriciaOwn, Rerun, Source
from stateless.headers import headers_by_hash
from stateless.patricia_state import make_witness
from stateless.patricia_steps import Executed, Shaped, check_proof, check_shape, compare, rebuild
from stateless.patricia_view import PatriciaView
from stateless.report import Options, Report, Subject
from stateless.running import block_context
from stateless.view import AccountFields, StateChanges
from verkle.accounts import AccountHeader
from verkle.constants import DELEGATION_BYTES, EMPTY_CODE_HASH
from verkle.embedding import chunkify
from verkle.errors import StatelessError, UnsupportedError
from witness.block import BlockInput
from witness.patricia.account import account_path, decode_account, slot_path
from witness.patricia.container import patricia_sizes
from witness.patricia.nodes import EMPTY_TRIE_ROOT, Leaf
from witness.patricia.trie import lookup
from witness.patricia.walk import walk

__all__ = ["from_patricia"]


def from_patricia(block: BlockInput, rules: str | None) -> Source:
    """Take the block through the verifier's steps, with notes. Raises as ``read_source``."""
    report = Report(tree="patricia")
    subject = Subject(block, headers_by_hash(block.headers), None, Options(rules=rules))
    try:
        report.stage = "SHAPE"
        shaped = check_shape(subject, report)
        report.stage = "PROOF"
        view = check_proof(shaped, report)
        report.stage = "EXECUTE"
        notes = Notes()
        rerun = _run(shaped, view, notes)
        report.stage = "REBUILD"
        executed = Executed(shaped, rerun.fork, view, rerun.first)
        root = rebuild(executed, report)
        report.stage = "COMPARE"
        compare(executed, root, report)
    except StatelessError as error:
        error.stage = error.stage or report.stage
        raise
    accesses = AccessSet(_accounts(view, notes, rerun.first.changes))
    depths, slot_depths = _depths(view, accesses)
    needed = make_witness(view, shaped.witness.ancestors, shaped.ancestors.block_hashes)
    own = PatriciaOwn(shaped.witness, needed, depths, slot_depths, shaped.ancestors.block_hashes)
    return Source(
        block.name,
        shaped.header.number,
        len(shaped.transactions or ()),
        "patricia",
        shaped.pre_root,
        root,
        patricia_sizes(needed).headers_bytes,
        accesses,
        replace(rerun, fork=replace(rerun.fork, policy=lambda: NotingPolicy(Notes()))),
        patricia=own,
    )


def _run(shaped: Shaped, view: PatriciaView, notes: Notes) -> Rerun:
    selected, header = shaped.selected, shaped.header
    if selected is None:
        raise shaped.refusal or UnsupportedError("RULES_NOT_NAMED", "nothing names the rules of this block")
    fork = replace(selected.fork, policy=lambda: NotingPolicy(notes))
    context = block_context(header, fork, shaped.chain_id, shaped.ancestors.block_hashes)
    body = shaped.body(selected)
    execution = execute_block(NotingView(view, notes), context, body, fork, keep_logs=False)
    return Rerun(context, body, fork, execution)


def _accounts(view: PatriciaView, notes: Notes, changes: StateChanges) -> dict[bytes, TouchedAccount]:
    out: dict[bytes, TouchedAccount] = {}
    for address in sorted({*notes.accounts, *notes.slots, *changes.accounts, *changes.storage}):
        found = notes.accounts.get(address) or view.account(address)
        code = notes.codes.get(address)
        before = None if found is None else _header(found, code)
        size = 0 if before is None else before.code_size
        after, deployed = _after(address, changes, before)
        slots = {slot: value or None for slot, value in sorted(notes.slots.get(address, {}).items())}
        written = changes.storage.get(address, {})
        for slot in written:
            slots.setdefault(slot, view.storage(address, slot) or None)
        out[address] = TouchedAccount(
            before=before,
            hash_looked_at=address in notes.hashes or size == DELEGATION_BYTES,
            after=after,
            destroyed=address in changes.accounts and changes.accounts[address] is None,
            cleared=address in changes.cleared,
            slots=slots,
            slots_after=dict(written),
            chunks=frozenset(notes.chunks.get(address, ())),
            chunk_leaves=dict(enumerate(chunkify(code or b""))),
            code=code,
            deployed=deployed,
            made_up=frozenset({"code_size"} if size and code is None else ()),
        )
    return out


def _header(account: AccountFields, code: bytes | None) -> AccountHeader:
    """The account as a leaf has it. Of code that nobody asked for, and that may not be in the witness, the
    size is made up: 1, so that the account is not taken for an empty one."""
    size = int(account.code_hash != EMPTY_CODE_HASH) if code is None else len(code)
    return AccountHeader(account.nonce, account.balance, account.code_hash, size)


def _after(
    address: bytes, changes: StateChanges, before: AccountHeader | None
) -> tuple[AccountHeader | None, bytes | None]:
    """The account after the block where it differs, and new code."""
    account = changes.accounts.get(address)
    if account is None:
        return None, None
    if before is not None and account.code_hash == before.code_hash:
        return AccountHeader(account.nonce, account.balance, before.code_hash, before.code_size), None
    code = changes.codes.get(account.code_hash, b"")
    return AccountHeader(account.nonce, account.balance, account.code_hash, len(code)), code


def _depths(
    view: PatriciaView, accesses: AccessSet
) -> tuple[Mapping[bytes, int], Mapping[tuple[bytes, int], int]]:
    """How many nibbles deep each leaf stands, of accounts and slots that are there. The walks take no node
    that the block did not."""
    depths: dict[bytes, int] = {}
    slots: dict[tuple[bytes, int], int] = {}
    for address, account in accesses.accounts.items():
        if account.before is None:
            continue
        depths[address] = _leaf_depth(view, view.root, account_path(address)) or 0
        leaf = lookup(view.bag, view.root, account_path(address))
        root = EMPTY_TRIE_ROOT if leaf is None else decode_account(leaf).storage_root
        if root != EMPTY_TRIE_ROOT:
            for slot, value in account.slots.items():
                depth = None if value is None else _leaf_depth(view, root, slot_path(slot))
                if depth is not None:
                    slots[address, slot] = depth
    return depths, slots


def _leaf_depth(view: PatriciaView, root: bytes, path: str) -> int | None:
    visited = walk(view.bag, root, path).visited
    return len(visited[-1].path) if visited and isinstance(visited[-1].node, Leaf) else None
