"""Verkle blocks made for a test by the block builder, and twins of them whose witness is proven honestly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stateless.block_builder import Built, build_block, genesis_header
from stateless.genesis import AllocAccount
from stateless.rules import RULE_SETS, RuleSet
from stateless.signing import account_of, sign_transaction
from stateless.transactions import Transaction, encode_transaction
from stateless.verdict import Verdict
from stateless.verifier import verify_block
from stateless.verkle_state import VerkleState
from verkle.pedersen import Committer
from verkle.prover import prove_diff, state_diff
from witness.block import BlockInput
from witness.containers import ExecutionWitness
from witness.header import Header, header_to_rlp
from witness.keccak import keccak256

# One committer for all states: its tables are made once.
COMMITTER = Committer()
KEY = 0x4646464646464646464646464646464646464646464646464646464646464646
SENDER = account_of(KEY)
CONTRACT = b"\xaa" * 20
COINBASE = b"\xcb" * 20
GWEI = 10**9

Leaf = tuple[bytes | None, bytes | None]
"""The value before, and the new one."""


def transaction(nonce: int = 0, *, rules: RuleSet = RULE_SETS["kaustinen7"], **changes: Any) -> bytes:
    """A signed transaction to ``CONTRACT`` that pays a tip."""
    tx = Transaction(
        type=2, chain_id=rules.chain_id, nonce=nonce, max_priority_fee=GWEI, max_fee=10 * GWEI,
        gas_limit=200_000, to=CONTRACT, value=0, data=b"", v=0, r=0, s=0,
    )  # fmt: skip
    return encode_transaction(sign_transaction(replace(tx, **changes), KEY))


@dataclass(frozen=True)
class Scene:
    """A genesis state under a rule set, with a rich sender and the history account."""

    rules: RuleSet
    state: VerkleState
    genesis: Header

    def build(self, *transactions: bytes, **wishes: Any) -> Built:
        """The next block."""
        return build_block(
            self.genesis, self.state, self.rules,
            **{"transactions": transactions, "coinbase": self.coinbase, **wishes},
        )  # fmt: skip

    @property
    def coinbase(self) -> bytes:
        """Who gets tips. As EIP-4762 is written no event names him, so that a witness has no room for what he
        gets, unless he is in it for another reason."""
        return SENDER if self.rules.name == "eip4762" else COINBASE


def scene(*accounts: AllocAccount, rules: str = "kaustinen7") -> Scene:
    """A state with these accounts beside the sender."""
    chosen = RULE_SETS[rules]
    alloc = [AllocAccount(SENDER, 10**20, 0, b"", {}), *accounts]
    history = chosen.history
    if history is not None and history.kept:
        alloc.append(AllocAccount(history.address, 0, history.nonce or 1, history.code, {}))
    state = VerkleState.from_alloc(alloc, chosen, COMMITTER)
    genesis = genesis_header(state.root)
    if history is not None and not history.kept:
        # the first block fills the account's stem with zeros, and no event tells (RULES-KAUSTINEN 2.1)
        first = build_block(genesis, state, chosen)
        return Scene(chosen, first.after, first.header)
    return Scene(chosen, state, genesis)


def contract(code: bytes, *, storage: Mapping[int, int] | None = None, balance: int = 0) -> AllocAccount:
    """The account at ``CONTRACT``."""
    return AllocAccount(CONTRACT, balance, 1, code, storage or {})


def judge(block: BlockInput, **wishes: Any) -> Verdict:
    """The ordinary verifier's verdict."""
    return verify_block(block, **wishes)


def code_of(block: BlockInput, **wishes: Any) -> str | None:
    """The code that decides, ``None`` for a valid block."""
    verdict = judge(block, **wishes)
    return None if verdict.error is None else verdict.error.code


def leaves_of(witness: ExecutionWitness) -> dict[bytes, Leaf]:
    return {
        stem.stem + bytes([leaf.suffix]): (leaf.current, leaf.new)
        for stem in witness.state_diff
        for leaf in stem.suffixes
    }


def with_witness(scene: Scene, built: Built, change: Callable[[dict[bytes, Leaf]], object]) -> BlockInput:
    """The block with other keys or new values in its witness, proven anew, and a header whose state root
    follows from them: every check but those of the execution passes."""
    assert built.block.witness is not None
    leaves = leaves_of(built.block.witness)
    change(leaves)
    return proven(scene, built.block, leaves)


def proven(scene: Scene, block: BlockInput, leaves: Mapping[bytes, Leaf]) -> BlockInput:
    """The block with the witness of these keys and new values, and the root that they lead to."""
    new = {key: value for key, (_, value) in leaves.items() if value is not None}
    made = prove_diff(scene.state.tree, state_diff(scene.state.tree, leaves, new))
    witness = ExecutionWitness(made.diff, made.proof, scene.state.root)
    return with_header(replace(block, witness=witness), state_root=scene.state.after(new).root)


def with_header(block: BlockInput, **changes: Any) -> BlockInput:
    """The block with another header, under its own hash."""
    assert block.header is not None
    header = replace(block.header, **changes)
    return replace(
        block,
        header=header,
        block_hash=keccak256(header_to_rlp(header)),
        headers=tuple(header if other == block.header else other for other in block.headers),
    )


def with_transactions(block: BlockInput, transactions: Sequence[bytes]) -> BlockInput:
    """The block with other transactions, whose root its header has."""
    from witness.patricia.ordered import ordered_root

    raw = tuple(transactions)
    return with_header(replace(block, transactions=raw), transactions_root=ordered_root(raw))
