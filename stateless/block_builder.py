"""Make Verkle blocks: run transactions on a whole state, fill in what running them gives, make the witness.

::

    state = VerkleState.from_alloc(accounts, rules)
    parent = genesis_header(state.root)
    built = build_block(parent, state, rules, transactions=[raw, …], coinbase=address)
    built.block, built.after

:func:`finish_block` does the same for a block of which a part is there: what its header states is kept and
must be true, what it leaves out is filled in. Both work under every rule set that can be executed.

Sources: EIP-1559 (base fee); SPEC 10; DESIGN 10 (``prove --block``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from stateless.evm.access import Place
from stateless.header_rules import ELASTICITY, next_base_fee
from stateless.headers import header_facts, header_hash, headers_by_hash, sealed_header
from stateless.receipts import receipts_root
from stateless.report import Options, Report, Subject
from stateless.rules import RuleSet
from stateless.shape import check_header
from stateless.verkle_forks import verkle_fork
from stateless.verkle_state import StateExecution, VerkleState, run_on_state
from verkle.errors import IncompleteError
from verkle.prover import KindProof, Made
from witness.block import BlockInput
from witness.header import Header, Withdrawal
from witness.header_json import EMPTY_OMMERS_HASH, with_merge_constants
from witness.patricia.nodes import EMPTY_TRIE_ROOT

__all__ = ["Built", "build_block", "finish_block", "genesis_header", "next_header"]

GAS_LIMIT: Final = 30_000_000
BASE_FEE: Final = 10**9
SECONDS: Final = 12
"""Between two blocks, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished block.

    ``block``: with its witness, its hash, and the header before it where that is known. ``run``: what
    running it gave. ``made``: what the prover says of the witness.
    """

    block: BlockInput
    run: StateExecution
    made: Made

    @property
    def header(self) -> Header:
        """Its header, whole."""
        if self.block.header is None:
            raise ValueError("a finished block has a header")
        return self.block.header

    @property
    def after(self) -> VerkleState:
        """The state after it."""
        return self.run.after

    @property
    def untold(self) -> tuple[Place, ...]:
        """What it writes and its witness does not hold; if there is any, no verifier can take the block."""
        return self.run.untold


def genesis_header(state_root: bytes, **fields: Any) -> Header:
    """The header of a block 0 with this state; ``fields``: what it has otherwise."""
    header = Header(
        parent_hash=bytes(32),
        ommers_hash=EMPTY_OMMERS_HASH,
        coinbase=bytes(20),
        state_root=state_root,
        transactions_root=EMPTY_TRIE_ROOT,
        receipts_root=EMPTY_TRIE_ROOT,
        logs_bloom=bytes(256),
        difficulty=0,
        number=0,
        gas_limit=GAS_LIMIT,
        gas_used=0,
        timestamp=0,
        extra_data=b"",
        prev_randao=bytes(32),
        nonce=bytes(8),
        base_fee_per_gas=BASE_FEE,
        withdrawals_root=EMPTY_TRIE_ROOT,
    )
    return replace(header, **fields)


def next_header(parent: Header, given: Header | None = None) -> Header:
    """What follows from the parent's header, in the place of what ``given`` leaves out: number, parent's
    hash and base fee. Nothing is filled in that the maker of a block is free to choose."""
    given = given or Header()
    number, base_fee = given.number, given.base_fee_per_gas
    if number is None and parent.number is not None:
        number = parent.number + 1
    limit, used, fee = parent.gas_limit, parent.gas_used, parent.base_fee_per_gas
    if base_fee is None and limit is not None and used is not None and fee is not None:
        base_fee = next_base_fee(limit, used, fee) if limit >= ELASTICITY else None
    return replace(
        given,
        parent_hash=given.parent_hash or header_hash(parent),
        number=number,
        base_fee_per_gas=base_fee,
    )


def build_block(
    parent: Header,
    state: VerkleState,
    rules: RuleSet,
    *,
    transactions: Sequence[bytes] = (),
    withdrawals: Sequence[Withdrawal] = (),
    ancestors: Sequence[Header] = (),
    chain_id: int | None = None,
    name: str = "built",
    kinds: KindProof = "assumed",
    **fields: Any,
) -> Built:
    """The block after ``parent`` with these raw signed transactions, on the state after it.

    ``ancestors``: headers before the parent, for rules under which BLOCKHASH asks for them. ``fields``: of
    the header, in the place of the parent's gas limit, its timestamp and ``SECONDS``, the zero address for
    ``coinbase``, zeros for ``prev_randao`` and no ``extra_data``.

    Raises:
        StatelessError: as :func:`finish_block`.
    """
    chosen = Header(
        **{
            "coinbase": bytes(20),
            "gas_limit": parent.gas_limit,
            "timestamp": (parent.timestamp or 0) + SECONDS,
            "extra_data": b"",
            "prev_randao": bytes(32),
            **fields,
        }
    )
    block = BlockInput(
        name=name,
        header=next_header(parent, chosen),
        transactions=tuple(transactions),
        withdrawals=tuple(withdrawals),
        headers=(*ancestors, parent),
        rules=rules.name,
        chain_id=chain_id,
    )
    return finish_block(block, state, rules, kinds=kinds)


def finish_block(
    block: BlockInput,
    state: VerkleState,
    rules: RuleSet,
    *,
    kinds: KindProof = "assumed",
) -> Built:
    """Run a block on the state before it, and return it whole, with its witness.

    What the block states is held to what running it gives. ``kinds``: as ``StateExecution.witness``.

    Raises:
        InvalidError: a rule of headers or transactions is broken, or the block states what is not so;
            ``PRE_ROOT_MISMATCH``: the state is not the parent's.
        IncompleteError: ``NO_BLOCK``, ``NO_TRANSACTIONS``, ``NO_WITHDRAWALS``; ``HEADER_INCOMPLETE``: what
            its maker must choose is not stated, and does not follow from a parent header that is given.
        UnsupportedError: ``EXECUTION_UNSUPPORTED``, ``STEP_BOUND``.
    """
    if block.defect is not None:
        raise block.defect
    header = block.header
    if header is None:
        raise IncompleteError("NO_BLOCK", "the input holds no header, so there is no block to run")
    verkle_fork(rules)  # that it can be executed at all
    parents = headers_by_hash(block.headers)
    parent = _parent(header, block, parents)
    header = with_merge_constants(header if parent is None else next_header(parent, header))
    subject = Subject(replace(block, header=header), parents, rules, Options())
    run = run_on_state(subject, state, rules)
    if run.error is not None:
        raise run.error
    if run.executed is None or run.facts is None:
        raise RuntimeError("a block without an error was not run")
    execution = run.executed.done.execution
    receipts, bloom = receipts_root(execution.receipts)
    finished = replace(
        sealed_header(run.facts),
        gas_used=execution.gas_used,
        receipts_root=receipts,
        logs_bloom=bloom,
        state_root=run.executed.post_root,
        extra_data=header.extra_data or b"",
    )
    witness, made = run.executed.witness(kinds)
    whole = replace(
        block,
        header=finished,
        witness=witness,
        ommers=0,
        rules=rules.name,
        headers=(*(other for other in block.headers if other != block.header), finished),
        rlp_bytes=None,
    )
    # once more, for rules that need what was not there before
    facts = header_facts(whole, finished, parents, rules)
    check_header(facts, Report())
    return Built(replace(whole, block_hash=facts.block_hash), run.executed, made)


def _parent(header: Header, block: BlockInput, parents: dict[bytes, Header]) -> Header | None:
    """The header before: by its hash, or, where the block does not state that, the one that is given."""
    if header.parent_hash is not None:
        return parents.get(header.parent_hash)
    others = [other for other in block.headers if other != block.header]
    return others[-1] if others else None
