"""What an access to the state costs, and what it leaves behind. The instructions hold no such numbers.

:class:`AccessPolicy` lists every such decision. :class:`WarmCold` takes them as mainnet does since Berlin:
the first access of a transaction to an address or slot costs more than later ones. The Verkle networks'
policies, which record what they charge for, are in ``witness_gas`` and ``early_gas``.

Sources: EIP-2929, EIP-2200, EIP-3529 (storage), EIP-150 (63/64), EIP-3651, EIP-7702 (delegation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from stateless.evm.code import NOTHING_RECORDED, Recording
from stateless.evm.halts import OutOfGas
from stateless.evm.instructions.environment import to_address
from stateless.evm.instructions.memory import forbid_static
from verkle.constants import BLOCK_HASH_WINDOW

if TYPE_CHECKING:
    from stateless.evm.access import AccessLog
    from stateless.evm.environment import BlockContext, Environment
    from stateless.evm.frame import CallKind, Frame, Message
    from stateless.evm.state import State
    from stateless.transactions import Transaction

__all__ = [
    "CODE_BYTE",
    "COLD_ACCOUNT",
    "COLD_SLOT",
    "NEW_ACCOUNT",
    "STIPEND",
    "VALUE_TRANSFER",
    "WARM",
    "AccessPolicy",
    "WarmCold",
    "all_but_a_64th",
    "charge_selfdestruct",
    "hash_in_headers",
    "storage_gas",
    "with_stipend",
]

STIPEND: Final = 2300
"""Gas that a call with value gives on top."""
NEW_ACCOUNT: Final = 25000
COLD_ACCOUNT: Final = 2600
COLD_SLOT: Final = 2100
WARM: Final = 100
VALUE_TRANSFER: Final = 9000
STORAGE_SET: Final = 20000
STORAGE_RESET: Final = 5000 - COLD_SLOT
STORAGE_CLEAR_REFUND: Final = 4800
CODE_BYTE: Final = 200
"""Gas for each byte of deployed code."""


def all_but_a_64th(gas: int) -> int:
    """The most that a frame with this gas can hand on (EIP-150)."""
    return gas - gas // 64


def with_stipend(f: Frame, gas: int) -> int:
    """What a call that moves value hands on: the stipend is on top, and given out of nothing, so that the
    meter must know of it (``stateless.evm.meter``)."""
    f.environment.meter.granted += STIPEND
    return gas + STIPEND


def hash_in_headers(f: Frame, number: int) -> int:
    """The hash of one of the 256 blocks before this one, as a number, 0 for others."""
    block = f.environment.block
    if not block.number - BLOCK_HASH_WINDOW <= number < block.number:
        return 0
    return int.from_bytes(block.block_hash(number), "big")


def storage_gas(f: Frame, slot: int, value: int) -> int:
    """What writing a slot costs beyond the sentry, with its refunds (EIP-2200 as changed by EIP-2929 and
    EIP-3529). Warms the slot."""
    state, address = f.state, f.message.target
    cost = 0 if state.warm_slot(address, slot) else COLD_SLOT
    current = state.storage(address, slot)
    original = state.original(address, slot)
    if original == current != value:
        cost += STORAGE_SET if original == 0 else STORAGE_RESET
    else:
        cost += WARM
    if current == value:
        return cost
    if original and current and not value:
        state.refund += STORAGE_CLEAR_REFUND
    if original and not current:
        state.refund -= STORAGE_CLEAR_REFUND
    if original == value:
        state.refund += (STORAGE_SET if original == 0 else STORAGE_RESET) - WARM
    return cost


def charge_selfdestruct(f: Frame, beneficiary: bytes) -> None:
    """SELFDESTRUCT: the beneficiary if it is cold, and if it must be made."""
    f.charge(0 if f.state.warm_address(beneficiary) else COLD_ACCOUNT)
    if f.state.balance(f.message.target) and f.state.is_empty(beneficiary):
        f.charge(NEW_ACCOUNT)


class AccessPolicy(Protocol):
    """Each method charges the frame (``OutOfGas`` if it cannot pay) and records what its rules record.

    One policy serves one transaction.
    """

    @property
    def log(self) -> AccessLog | None:
        """The access events of the transaction, ``None`` where none are kept."""

    # --- the transaction --------------------------------------------------------------------------

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """The transaction has ``gas`` left of what it pays for before it runs; return what is left then.

        ``OutOfGas``: it cannot pay, and no block may hold it.
        """

    def finish(self, state: State, coinbase: bytes, fee: int) -> None:
        """The fee recipient has got its fee."""

    # --- running code -----------------------------------------------------------------------------

    def recording(self, message: Message) -> Recording:
        """Where segments of the message's code end because something is recorded."""

    def paid_chunks(self, message: Message) -> set[int]:
        """The code chunks that are paid for and need no further :meth:`chunk`; grows with them."""

    def chunk(self, f: Frame, index: int) -> None:
        """Code chunk ``index`` of the running code is about to run, the first time."""

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        """The data of a PUSH lies in these chunks of the running code."""

    def bad_jump(self, f: Frame, destination: int) -> None:
        """A jump goes where there is no destination."""

    def end_of_code(self, f: Frame) -> None:
        """The STOP right behind the code runs."""

    # --- looking at the state ---------------------------------------------------------------------

    def balance(self, f: Frame, address: bytes) -> None:
        """BALANCE."""

    def code_size(self, f: Frame, word: int) -> None:
        """EXTCODESIZE; ``word``: the whole stack item."""

    def code_hash(self, f: Frame, address: bytes) -> None:
        """EXTCODEHASH."""

    def code_account(self, f: Frame, address: bytes, cost: int) -> None:
        """EXTCODECOPY: the account; ``cost``: of copying and of memory, charged here too."""

    def code_range(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """EXTCODECOPY: the range of its code."""

    def own_code_range(self, f: Frame, offset: int, size: int) -> None:
        """CODECOPY: the range of the running code."""

    def read_slot(self, f: Frame, slot: int) -> None:
        """SLOAD."""

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """SSTORE, before the write."""

    def block_hash(self, f: Frame, number: int) -> int:
        """BLOCKHASH: the hash as a number, 0 where there is none."""

    # --- calls and creations ----------------------------------------------------------------------

    def call_touch(self, f: Frame, kind: CallKind, address: bytes, value: int, end: int) -> None:
        """A message call, before its memory is paid, which reaches to ``end``. ``value``: what is handed
        over, 0 for DELEGATECALL and STATICCALL."""

    def call_gas(self, f: Frame, kind: CallKind, address: bytes, gas: int, value: int) -> int:
        """A message call, after its memory is paid; return the child's gas, stipend included."""

    def enter(self, message: Message, environment: Environment) -> int:
        """A message is about to run, its value not moved yet; return its gas. ``OutOfGas`` makes it fail."""

    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """A creation by code, before its checks: return the child's gas, which is still the frame's."""

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """A creation that passed its checks looks whether ``address`` is free; return the child's gas."""

    def deploy(self, message: Message, code: bytes, gas: int) -> int:
        """Code is put in place; return the gas that is left."""

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """SELFDESTRUCT, beyond its constant gas."""


class WarmCold:
    """EIP-2929 and what came after it.

    What a frame cannot do or pay in any case is found out before the state is looked at: clients differ in
    which of the two comes first, all of them halt, and so a witness need not hold what they would have seen.
    """

    log = None

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """What the transaction names is warm from the start (EIP-2929, 2930, 3651)."""
        state.prewarm(
            (block.coinbase, sender, *(entry.address for entry in tx.access_list)),
            [(entry.address, slot) for entry in tx.access_list for slot in entry.slots],
        )
        return gas

    def finish(self, state: State, coinbase: bytes, fee: int) -> None:
        """Nothing is recorded; a fee of nothing touches the account too."""
        if not fee:
            state.touch(coinbase)

    def recording(self, message: Message) -> Recording:
        """Running code is free."""
        return NOTHING_RECORDED

    def paid_chunks(self, message: Message) -> set[int]:
        """Never asked."""
        return set()

    def chunk(self, f: Frame, index: int) -> None:
        """Running code is free."""

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        """Running code is free."""

    def bad_jump(self, f: Frame, destination: int) -> None:
        """Running code is free."""

    def end_of_code(self, f: Frame) -> None:
        """Running code is free."""

    def _account(self, f: Frame, address: bytes) -> int:
        return WARM if f.state.warm_address(address) else COLD_ACCOUNT

    def balance(self, f: Frame, address: bytes) -> None:
        """BALANCE."""
        f.charge(self._account(f, address))

    code_hash = balance

    def code_size(self, f: Frame, word: int) -> None:
        """EXTCODESIZE."""
        f.charge(self._account(f, to_address(word)))

    def code_account(self, f: Frame, address: bytes, cost: int) -> None:
        """EXTCODECOPY: the account."""
        f.charge(cost + self._account(f, address))

    def code_range(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """Not priced."""

    def own_code_range(self, f: Frame, offset: int, size: int) -> None:
        """Not priced."""

    def block_hash(self, f: Frame, number: int) -> int:
        """The hashes of the 256 blocks before this one are known to everybody."""
        return hash_in_headers(f, number)

    def read_slot(self, f: Frame, slot: int) -> None:
        """SLOAD."""
        f.charge(WARM if f.state.warm_slot(f.message.target, slot) else COLD_SLOT)

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """SSTORE; a frame that has little left keeps it (EIP-2200)."""
        forbid_static(f)
        if f.gas <= STIPEND:
            raise OutOfGas
        f.charge(storage_gas(f, slot, value))

    def call_touch(self, f: Frame, kind: CallKind, address: bytes, value: int, end: int) -> None:
        """All is charged after memory."""

    def call_gas(self, f: Frame, kind: CallKind, address: bytes, gas: int, value: int) -> int:
        """The call family; see :meth:`AccessPolicy.call_gas`."""
        if value and kind == "call":
            forbid_static(f)
        f.charge(self._account(f, address) + (VALUE_TRANSFER if value else 0))
        target = f.state.delegation(address) if f.environment.rules.delegation else None
        if target is not None:
            f.charge(self._account(f, target))
        if value and kind == "call" and f.state.is_empty(address):
            f.charge(NEW_ACCOUNT)
        child = min(gas, all_but_a_64th(f.gas))
        f.gas -= child
        return with_stipend(f, child) if value else child

    def enter(self, message: Message, environment: Environment) -> int:
        """Nothing is charged."""
        return message.gas

    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """All but a 64th."""
        return all_but_a_64th(f.gas)

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """The address is warm from here on, even if the creation fails."""
        state.warm_address(address)
        return gas

    def deploy(self, message: Message, code: bytes, gas: int) -> int:
        """A price for each byte."""
        left = gas - CODE_BYTE * len(code)
        if left < 0:
            raise OutOfGas
        return left

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """SELFDESTRUCT."""
        forbid_static(f)
        charge_selfdestruct(f, beneficiary)
