"""Chains of blocks from a genesis, some of which must be refused: the same under every tree.

::

    { "network", "config": {"chainid"}, "genesisRLP" | "genesisBlockHeader", "pre": alloc,
      "blocks": [ {"rlp", "blockHeader": {"hash"}?, "expectException"?, "witness"?} ],
      "lastblockhash", "postState": alloc | "postStateHash" }

Each block is run twice: on the whole state, which also makes its witness; then from that witness alone, by
the ordinary verifier. That the two come to the same outcome, root, gas and receipts is part of the test, for
blocks to be refused as well (``CROSS_CHECK_DIFFERS``). What decides for the fixture is the run on the whole
state. A :class:`Tree` says how that is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from stateless.eest.fixture import accounts_of, expected_exception, judge_refusal
from stateless.exceptions_table import codes_for
from stateless.genesis import AllocAccount
from stateless.headers import header_hash
from verkle.constants import BLOCK_HASH_WINDOW
from verkle.errors import InvalidError, MalformedError, StatelessError
from witness.block import BlockInput
from witness.block_rlp import block_from_rlp
from witness.containers import ExecutionWitness
from witness.fields import JsonPath, as_list, as_object, hex_bytes, hex_fixed, member, show
from witness.formats.block_and_witness import block_input_from_rlp
from witness.header import Header
from witness.header_json import header_from_json

__all__ = [
    "Imported",
    "Outcome",
    "Ran",
    "State",
    "Tree",
    "ancestors_of",
    "compare_outcomes",
    "first_block",
    "hash_of",
    "last_state",
]


class State(Protocol):
    """A whole state before or after a block."""

    @property
    def root(self) -> bytes:
        """Its root, 32 bytes."""


S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Imported(Generic[S]):
    """A block that was accepted, or the genesis, and the state after it."""

    header: Header
    state: S


@dataclass(frozen=True, slots=True)
class Ran(Generic[S]):
    """What running a block came to. ``error``: what speaks against it; ``after``: the state after it, where
    the run got so far."""

    error: StatelessError | None
    after: S | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: ``error`` is ``None`` if the block holds; the rest as far as the run went."""

    error: StatelessError | None
    post_root: bytes | None
    gas_used: int | None
    receipts: object


class Tree(Protocol[S]):
    """A network of a fixture, by the tree that its states are kept in."""

    @property
    def chain_id(self) -> int:
        """Of the network."""

    def genesis(self, accounts: Iterable[AllocAccount]) -> S:
        """The state of these accounts."""

    def witness(self, source: dict[str, Any], path: JsonPath) -> ExecutionWitness | None:
        """The witness that the fixture's block has, to be compared with the one that is made."""

    def run(self, block: BlockInput, before: S, ancestors: list[Header]) -> Ran[S]:
        """Run a block on the whole state and from its witness. ``ancestors``: the parent first.

        Raises ``InvalidError`` ``CROSS_CHECK_DIFFERS``, ``TEST_WITNESS_DIFFERS``; what is wrong with the
        block itself is in the result.
        """


def last_state(fixture: dict[str, Any], tree: Tree[S], path: JsonPath) -> S:
    """Run the blocks of a fixture; the state after the last one that holds.

    Raises ``StatelessError`` if anything is not as the fixture says.
    """
    head, header = _genesis_header(fixture, path)
    place: JsonPath = (*path, "pre")
    chain = {head: first_block(header, tree.genesis(accounts_of(fixture["pre"], place)), place)}
    blocks_path = (*path, "blocks")
    for i, value in enumerate(as_list(fixture["blocks"], blocks_path)):
        place = (*blocks_path, i)
        source = as_object(value, place)
        try:
            imported = _import(source, chain, tree, place)
        except StatelessError as error:
            error.where.setdefault("block", i)
            raise
        if imported is not None:
            head = hash_of(imported.header)
            chain[head] = imported
    expected = hex_fixed(member(fixture, "lastblockhash", path), 32, (*path, "lastblockhash"))
    if head != expected:
        raise InvalidError(
            "TEST_LAST_BLOCK", "another block is the last of the chain", expected=expected, got=head
        )
    return chain[head].state


def first_block(header: Header, state: S, path: JsonPath) -> Imported[S]:
    """The genesis. ``path``: of its accounts. Raises ``InvalidError`` ``TEST_STATE_DIFFERS``."""
    if state.root != header.state_root:
        raise InvalidError(
            "TEST_STATE_DIFFERS",
            "the accounts before the first block are not those of the genesis header",
            where={"path": show(path)},
            expected=header.state_root,
            got=state.root,
        )
    return Imported(header, state)


def _genesis_header(fixture: dict[str, Any], path: JsonPath) -> tuple[bytes, Header]:
    """The genesis block's hash and header, as its RLP has it where there is one.

    Raises ``InvalidError`` ``BLOCK_HASH_MISMATCH``; ``MalformedError`` as the readers.
    """
    header_path = (*path, "genesisBlockHeader")
    header, block_hash = header_from_json(fixture["genesisBlockHeader"], header_path)
    if fixture.get("genesisRLP") is not None:
        rlp_path = (*path, "genesisRLP")
        header = block_from_rlp(hex_bytes(fixture["genesisRLP"], rlp_path), show(rlp_path)).header
    found = hash_of(header)
    if block_hash is not None and found != block_hash:
        raise InvalidError(
            "BLOCK_HASH_MISMATCH",
            "the genesis block does not have the hash that the fixture gives",
            where={"path": show(header_path)},
            expected=block_hash,
            got=found,
        )
    return found, header


def hash_of(header: Header) -> bytes:
    """The hash of a block. Raises ``MalformedError`` ``HEADER_FIELD_COUNT``."""
    block_hash = header_hash(header)
    if block_hash is None:
        raise MalformedError("HEADER_FIELD_COUNT", "a header lacks fields that every header has")
    return block_hash


def _import(
    source: dict[str, Any], chain: Mapping[bytes, Imported[S]], tree: Tree[S], path: JsonPath
) -> Imported[S] | None:
    """The block if it holds, ``None`` if it is refused as it must be.

    Raises ``StatelessError`` if the fixture expects something else.
    """
    expectation = expected_exception(source, path)
    rlp_path = (*path, "rlp")
    data = hex_bytes(member(source, "rlp", path), rlp_path)
    claimed = None
    if expectation is None:
        header_path = (*path, "blockHeader")
        claimed = header_from_json(member(source, "blockHeader", path), header_path)[1]
    witness = tree.witness(source, path)
    try:
        block = block_input_from_rlp(data, show(path))
        ancestors = ancestors_of(block, chain)
    except StatelessError as error:
        error.stage = error.stage or "DECODE"
        judge_refusal(expectation, error)
        return None
    block = replace(block, block_hash=claimed, chain_id=tree.chain_id, witness=witness)
    before = chain[hash_of(ancestors[0])].state
    ran = tree.run(block, before, ancestors)
    mended = _with_root_mended(block, ran.error, expectation)
    if mended is not None:
        ran = tree.run(mended, before, ancestors)
    judge_refusal(expectation, ran.error)
    if expectation is not None or ran.after is None or block.header is None:
        return None
    return Imported(block.header, ran.after)


def _with_root_mended(
    block: BlockInput, error: StatelessError | None, expectation: str | None
) -> BlockInput | None:
    """A block that was refused for a root of its body, where the fixture states another reason; put right.

    Some older fixtures put a bad transaction into a block and leave the header as it was, so that the block
    breaks two rules. With the root put right the other one must show.
    """
    if error is None or expectation is None or block.header is None or error.code in codes_for(expectation):
        return None
    root = error.got
    if not isinstance(root, bytes):
        return None
    if error.code == "TRANSACTIONS_ROOT_MISMATCH":
        return replace(block, header=replace(block.header, transactions_root=root))
    if error.code == "WITHDRAWALS_ROOT_MISMATCH":
        return replace(block, header=replace(block.header, withdrawals_root=root))
    return None


def ancestors_of(block: BlockInput, chain: Mapping[bytes, Imported[S]]) -> list[Header]:
    """The headers before the block, newest first, as far as BLOCKHASH reaches."""
    headers: list[Header] = []
    wanted = None if block.header is None else block.header.parent_hash
    while wanted is not None and len(headers) < BLOCK_HASH_WINDOW:
        found = chain.get(wanted)
        if found is None:
            break
        headers.append(found.header)
        wanted = found.header.parent_hash
    if not headers:
        error = InvalidError("PARENT_UNKNOWN", "no block of the chain is this one's parent", got=wanted)
        error.stage = "SHAPE"
        raise error
    return headers


def compare_outcomes(full: Outcome, alone: Outcome) -> None:
    """Hold the run on the whole state against the one from the witness. Raises ``CROSS_CHECK_DIFFERS``."""
    for name, on_state, from_witness in (
        ("verdict", _reason(full), _reason(alone)),
        ("post_state_root", full.post_root, alone.post_root),
        ("gas_used", full.gas_used, alone.gas_used),
        ("receipts", full.receipts, alone.receipts),
    ):
        if on_state != from_witness:
            raise InvalidError(
                "CROSS_CHECK_DIFFERS",
                f"the run on the whole state and the one from the witness differ: {name.replace('_', ' ')}",
                where={"what": name},
                expected=on_state,
                got=from_witness,
            )


def _reason(outcome: Outcome) -> str:
    """The code and stage of what decided, ``valid`` if nothing did."""
    error = outcome.error
    return "valid" if error is None else f"{error.code} at {error.stage}"
