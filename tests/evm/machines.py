"""An environment with one account, for code that needs little more."""

from __future__ import annotations

from collections.abc import Mapping

from stateless.evm.code import EMPTY_CODE, Code
from stateless.evm.environment import BlockContext, Environment, TransactionContext
from stateless.evm.frame import Frame, Message
from stateless.evm.interpreter import Outcome, run
from stateless.evm.meter import Meter, block_bound
from stateless.evm.state import State
from stateless.forks import FORKS
from stateless.view import Account, AccountFields, Reader, StateChanges
from verkle.constants import EMPTY_CODE_HASH
from witness.keccak import keccak256

CONTRACT = b"\x11" * 20
CALLER = b"\x22" * 20


class View:
    """A ``StateView`` of a few accounts."""

    def __init__(
        self, accounts: Mapping[bytes, Account], storage: Mapping[tuple[bytes, int], int], codes: list[bytes]
    ) -> None:
        self.reader = Reader()
        self._accounts = accounts
        self._storage = storage
        self._codes = {keccak256(code): code for code in codes}

    def account(self, address: bytes) -> Account | None:
        return self._accounts.get(address)

    def storage(self, address: bytes, slot: int) -> int:
        return self._storage.get((address, slot), 0)

    def has_leaf(self, address: bytes, tree_index: int, suffix: int) -> bool:
        return False

    def has_storage(self, address: bytes) -> bool:
        return any(key[0] == address for key in self._storage)

    def code_hash(self, address: bytes) -> bytes | None:
        account = self._accounts.get(address)
        return None if account is None or account.is_empty else account.code_hash

    def code(self, address: bytes, account: AccountFields) -> Code:
        return EMPTY_CODE if account.code_hash == EMPTY_CODE_HASH else Code(self._codes[account.code_hash])

    def code_size(self, address: bytes, account: AccountFields) -> int:
        return self.code(address, account).size

    def block_hash(self, number: int) -> bytes:
        return bytes(32)

    def post_root(self, changes: StateChanges) -> bytes:
        raise NotImplementedError


def view_of(contracts: Mapping[bytes, bytes]) -> View:
    """The caller, and contracts by address."""
    accounts = {
        address: Account(1, 10, keccak256(code) if code else EMPTY_CODE_HASH)
        for address, code in contracts.items()
    }
    return View(accounts | {CALLER: Account(1, 10**18, EMPTY_CODE_HASH)}, {}, list(contracts.values()))


def environment(code: bytes = b"", fork: str = "osaka", view: View | None = None) -> Environment:
    view = view or view_of({CONTRACT: code})
    rules = FORKS[fork]
    block = BlockContext(1, bytes(20), 1, 1, 30_000_000, 7, bytes(32), 1, view.block_hash)
    return Environment(
        block,
        TransactionContext(CALLER, 7),
        State(view),
        rules.policy(),
        rules.execution,
        Meter(block_bound(block.gas_limit)),
    )


def message(code: Code, gas: int) -> Message:
    return Message(CALLER, CONTRACT, CONTRACT, 0, b"", gas, code)


def frame(code: bytes | Code, gas: int, around: Environment | None = None) -> Frame:
    """A frame that is about to run the code."""
    made = code if isinstance(code, Code) else Code(code)
    around = around or environment(made.data)
    return Frame(message(made, gas), around, around.state.snapshot())


def run_code(code: bytes, gas: int) -> Outcome:
    """Run the code of ``CONTRACT``."""
    around = environment(code)
    return run(message(around.state.code(CONTRACT), gas), around)
