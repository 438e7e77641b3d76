"""Kaustinen-2 to 4: the gas of Shanghai with its cold and warm accesses, and the leaves on top.

The 100 for a warm account is constant gas of the instructions; what is charged here for a cold one is the
rest. The constant gas must be there before anything is touched.

Source: RULES-KAUSTINEN 2.2 to 2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stateless.evm.early_gas import BALANCE, CODE_HASH, CODE_SIZE, HEADER, NONCE, VERSION, EarlyGas
from stateless.evm.frame import memory_gas
from stateless.evm.halts import KeepGas, OutOfGas
from stateless.evm.instructions.environment import to_address
from stateless.evm.policy import (
    CODE_BYTE,
    COLD_ACCOUNT,
    COLD_SLOT,
    STIPEND,
    VALUE_TRANSFER,
    WARM,
    all_but_a_64th,
    charge_selfdestruct,
    storage_gas,
)
from verkle.constants import ADDRESS_BYTES, CHUNK_BYTES
from verkle.embedding import chunk_position

if TYPE_CHECKING:
    from stateless.evm.environment import BlockContext
    from stateless.evm.frame import CallKind, Frame, Message
    from stateless.evm.state import State
    from stateless.transactions import Transaction

__all__ = ["EarlyWarmGas", "misplaced"]


def misplaced(word: int) -> bytes:
    """The address whose leaf EXTCODESIZE touches: the stack item without its leading zeros, from the left."""
    return word.to_bytes((word.bit_length() + 7) // 8, "big")[:ADDRESS_BYTES].ljust(ADDRESS_BYTES, b"\0")


class EarlyWarmGas(EarlyGas):
    """An ``AccessPolicy`` (``stateless.evm.policy``)."""

    __slots__ = ()

    _created = (VERSION, NONCE, CODE_HASH)

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """What the transaction names is warm."""
        state.prewarm(
            (*self._precompiles, block.coinbase, sender, *(entry.address for entry in tx.access_list)),
            [(entry.address, slot) for entry in tx.access_list for slot in entry.slots],
        )
        return super().begin(tx, sender, gas, state, block)

    # --- looking at the state ---------------------------------------------------------------------

    def _cold(self, f: Frame, address: bytes) -> int:
        """What is to pay beyond the constant gas."""
        return 0 if f.state.warm_address(address) else COLD_ACCOUNT - WARM

    def balance(self, f: Frame, address: bytes) -> None:
        """No event."""
        f.state.reader.opcode = "BALANCE"
        f.charge(self._cold(f, address))

    def code_hash(self, f: Frame, address: bytes) -> None:
        """No event."""
        f.state.reader.opcode = "EXTCODEHASH"
        f.charge(self._cold(f, address))

    def code_size(self, f: Frame, word: int) -> None:
        """The code size, of precompiles too, and of an account that may be another one."""
        f.state.reader.opcode = "EXTCODESIZE"
        f.charge(self._cold(f, to_address(word)))
        self._charge_late(f, self._read(misplaced(word), CODE_SIZE))

    def code_account(self, f: Frame, address: bytes, cost: int) -> None:
        """No event of the account itself."""
        f.state.reader.opcode = "EXTCODECOPY"
        f.charge(cost + self._cold(f, address))

    def read_slot(self, f: Frame, slot: int) -> None:
        """The slot's leaf, and its temperature."""
        f.state.reader.opcode = "SLOAD"
        address = f.message.target
        events = self._slot(address, slot, write=False)
        self._charge(f, events + (WARM if f.state.warm_slot(address, slot) else COLD_SLOT), events)

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """The same, with the sentry and the refunds of EIP-2200."""
        f.state.reader.opcode = "SSTORE"
        if f.gas <= STIPEND:
            raise OutOfGas
        events = self._slot(f.message.target, slot, write=True)
        self._charge(f, events + storage_gas(f, slot, value), events)

    # --- calls and creations ----------------------------------------------------------------------

    def call_touch(self, f: Frame, kind: CallKind, address: bytes, value: int, end: int) -> None:
        """Version and code size of the callee, but of precompiles; both balances where a CALL moves value.

        A cold callee is paid first. Memory for which there is no number of gas fails before the events, and
        memory that cannot be paid after them.
        """
        f.state.reader.opcode = kind.upper()
        f.charge(self._cold(f, address))
        memory_gas(len(f.memory), end)
        self._owed = 0
        if address not in self._precompiles:
            self._owed += self._read(address, VERSION) + self._read(address, CODE_SIZE)
        if value and kind == "call":
            self._owed += self._write(f.message.target, BALANCE) + self._write(address, BALANCE)

    def _value_gas(self, kind: CallKind) -> int:
        return VALUE_TRANSFER

    def _enter_created(self, message: Message) -> int:
        return message.gas

    def _enter_absent(self, message: Message, state: State) -> int:
        """Out of the callee's gas, as far as that goes."""
        if message.value or state.exists(message.target):
            return message.gas
        read = message.caller if self._rules.caller_read_for_absent else message.target
        return max(message.gas - self._header(read), 0)

    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """The new account's leaves lower what the creation gets, and are not charged."""
        return all_but_a_64th(f.gas - self._create_cost(f, address, value))

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """The address is warm from here on."""
        state.reader.opcode = "CREATE"
        state.warm_address(address)
        return gas

    def deploy(self, message: Message, code: bytes, gas: int) -> int:
        """A price for each byte, then the whole header, for which a creation that cannot pay fails without
        losing what it has left."""
        left = gas - CODE_BYTE * len(code)
        if left < 0:
            raise OutOfGas
        if self._rules.deployed_chunks_read:
            for chunk in range(-(-len(code) // CHUNK_BYTES)):
                self.log.record((message.target, *chunk_position(chunk)), write=False)
        cost = self._header(message.target, HEADER)
        if left < cost:
            self.log.lost += cost
            raise KeepGas(left)
        return left - cost

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """No event."""
        f.state.reader.opcode = "SELFDESTRUCT"
        charge_selfdestruct(f, beneficiary)
