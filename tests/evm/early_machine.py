"""Whole states of the early Verkle networks, made of a few accounts, and blocks run on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from stateless.blockrun import BlockBody, Execution, execute_block
from stateless.early_view import verkle_view
from stateless.evm.access import Place
from stateless.evm.environment import BlockContext
from stateless.evm.instructions.system import contract_address
from stateless.rules import RULE_SETS
from stateless.transactions import Transaction
from stateless.verkle_forks import verkle_fork
from stateless.verkle_view import VerkleView
from verkle.accounts import AccountHeader, account_leaves
from verkle.constants import EMPTY_CODE_HASH
from verkle.embedding import storage_position
from witness.header import Withdrawal
from witness.keccak import keccak256

A, B, C, D = (bytes([digit * 17]) * 20 for digit in (10, 11, 12, 13))
S = b"\x5e" * 20
F = bytes.fromhex("f97e180c050e5ab072211ad2c213eb5aee4df134")
H = bytes.fromhex("ff" * 19 + "fe")
NAMED = {"A": A, "B": B, "C": C, "D": D, "S": S, "F": F, "H": H}
N, T = contract_address(A, 1), contract_address(S, 0)
NAMED |= {"N": N, "T": T}
NUMBER = 100
PARENT = b"\x77" * 32


class Owned(NamedTuple):
    """An account of a state."""

    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = {}


RICH = Owned(balance=10**24)


def usual(code: bytes) -> dict[bytes, Owned]:
    """The accounts of RULES-KAUSTINEN 2.8."""
    return {
        S: RICH,
        A: Owned(1, 1000, code),
        B: Owned(balance=5),
        D: Owned(1, 5, bytes.fromhex("5b5b00")),
        F: Owned(balance=1),
    }


def sent(to: bytes | None = A, data: bytes = b"", price: int = 10**9, **changes: Any) -> Transaction:
    """A transaction of type 0."""
    plain = Transaction(0, None, 0, price, price, 1_000_000, to, 0, data, 27, 1, 1)
    return replace(plain, **changes)


@dataclass
class Network:
    """A network with a state before a block. ``leaves``: by tree key."""

    name: str
    accounts: Mapping[bytes, Owned]
    leaves: dict[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = RULE_SETS[self.name]
        self.fork = verkle_fork(self.rules)
        self.keys = self.view(lambda _: None)
        self.leaves = {
            self.keys.key((address, leaf.tree_index, leaf.suffix)): leaf.value
            for address, account in self.accounts.items()
            for leaf in account_leaves(
                self.rules.layout,
                self.rules.storage_offset,
                AccountHeader(
                    account.nonce,
                    account.balance,
                    keccak256(account.code) if account.code else EMPTY_CODE_HASH,
                    len(account.code),
                ),
                account.code,
                account.storage,
            )
        }

    def view(self, leaves: Callable[[bytes], bytes | None]) -> VerkleView:
        """A view of leaves."""
        return verkle_view(
            leaves,
            self.rules,
            self.fork.execution.precompiles,
            lambda n: n.to_bytes(32, "big"),
            lambda _: b"",
        )

    def place(self, words: str) -> Place:
        """``B.0``, ``A.slot256``."""
        name, where = words.split(".")
        if where.startswith("slot"):
            return NAMED[name], *storage_position(int(where[4:]), self.rules.storage_offset)
        return NAMED[name], 0, int(where)

    def run(
        self,
        *transactions: Transaction,
        shown: Mapping[bytes, bytes | None] | None = None,
        number: int = NUMBER,
        withdrawals: Sequence[Withdrawal] = (),
        coinbase: bytes = F,
        gas_limit: int = 30_000_000,
    ) -> Run:
        """Run a block on the whole state, or on what is ``shown`` of it; S sends everything."""
        view = self.view(self.leaves.get if shown is None else shown.__getitem__)
        block = BlockContext(
            self.rules.chain_id,
            coinbase,
            number,
            1,
            gas_limit,
            7,
            bytes(32),
            0,
            lambda n: n.to_bytes(32, "big"),
        )
        body = BlockBody([(each, S) for each in transactions], withdrawals, PARENT, None, b"")
        execution = execute_block(view, block, body, self.fork)
        return Run(self, view, execution)

    def witness(self, run: Run) -> dict[bytes, bytes | None]:
        """The leaves that a run on the whole state touched."""
        keys = map(self.keys.key, run.execution.touched)
        return {key: self.leaves.get(key) for key in keys}


@dataclass
class Run:
    """A block that was run."""

    network: Network
    view: VerkleView
    execution: Execution

    @property
    def outcomes(self) -> list[tuple[bool, int]]:
        """Success and gas of each transaction."""
        return [(receipt.succeeded, receipt.gas_used) for receipt in self.execution.receipts]

    @property
    def writes(self) -> dict[Place, bytes]:
        """New values by place."""
        return self.view.writes(self.execution.changes)

    @property
    def assumed(self) -> list[tuple[int | None, str | None]]:
        """Transaction and opcode of each assumption."""
        return [(each.transaction, each.opcode) for each in self.view.assumptions]


def ran(name: str, code: str, number: int = NUMBER, **changes: Any) -> Run:
    """A block with one transaction, which calls A with this code."""
    return Network(name, usual(bytes.fromhex(code))).run(sent(A, **changes), number=number)


def stem(run: Run, address: bytes) -> dict[int, bytes]:
    """New values in the header stem of an account."""
    return {place[2]: value for place, value in run.writes.items() if place[:2] == (address, 0)}
