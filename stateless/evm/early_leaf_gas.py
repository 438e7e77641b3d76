"""Kaustinen-6: leaves alone have a price, and a look that touches nothing new a small one.

Source: RULES-KAUSTINEN 2.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stateless.evm.early_gas import BALANCE, CODE_HASH, CODE_SIZE, HEADER, NONCE, VERSION, EarlyGas
from stateless.evm.frame import memory_gas
from stateless.evm.halts import OutOfGas
from stateless.evm.instructions.environment import to_address
from stateless.evm.policy import all_but_a_64th
from verkle.constants import CHUNK_BYTES
from verkle.embedding import chunk_position

if TYPE_CHECKING:
    from stateless.evm.frame import CallKind, Frame, Message
    from stateless.evm.state import State

__all__ = ["EarlyLeafGas"]


class EarlyLeafGas(EarlyGas):
    """An ``AccessPolicy`` (``stateless.evm.policy``)."""

    __slots__ = ()

    _created = (VERSION, NONCE)

    def _warm(self, events: int) -> int:
        """What events cost, or the price of looking again if they cost nothing."""
        if events:
            return events
        warm = self._rules.costs.warm_cost
        self.log.warm += 1
        self.log.warm_gas += warm
        return warm

    def _look(self, f: Frame, events: int, beside: int = 0) -> None:
        cost = self._warm(events)
        self._charge(f, cost + beside, cost)

    # --- looking at the state ---------------------------------------------------------------------

    def balance(self, f: Frame, address: bytes) -> None:
        """The balance, of precompiles too."""
        f.state.reader.opcode = "BALANCE"
        self._look(f, self._read(address, BALANCE))

    def code_size(self, f: Frame, word: int) -> None:
        """Version and code size; of a precompile nothing, for nothing."""
        f.state.reader.opcode = "EXTCODESIZE"
        address = to_address(word)
        if address not in self._precompiles:
            self._look(f, self._read(address, VERSION) + self._read(address, CODE_SIZE))

    def code_hash(self, f: Frame, address: bytes) -> None:
        """The code hash; of a precompile nothing, for nothing."""
        f.state.reader.opcode = "EXTCODEHASH"
        if address not in self._precompiles:
            self._look(f, self._read(address, CODE_HASH))

    def code_account(self, f: Frame, address: bytes, cost: int) -> None:
        """Version and code size, of precompiles too."""
        f.state.reader.opcode = "EXTCODECOPY"
        self._look(f, self._read(address, VERSION) + self._read(address, CODE_SIZE), cost)

    def read_slot(self, f: Frame, slot: int) -> None:
        """The slot's leaf."""
        f.state.reader.opcode = "SLOAD"
        self._look(f, self._slot(f.message.target, slot, write=False))

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """The slot's leaf, whatever is written."""
        f.state.reader.opcode = "SSTORE"
        self._look(f, self._slot(f.message.target, slot, write=True))

    # --- calls and creations ----------------------------------------------------------------------

    def call_touch(self, f: Frame, kind: CallKind, address: bytes, value: int, end: int) -> None:
        """Both balances where value moves, in CALLCODE too; then version and code size of the account that
        *calls*."""
        f.state.reader.opcode = kind.upper()
        memory_gas(len(f.memory), end)
        own = f.message.target
        moved = self._write(own, BALANCE) + self._write(address, BALANCE) if value else 0
        self._owed = moved + self._warm(self._read(own, VERSION) + self._read(own, CODE_SIZE))

    def _value_gas(self, kind: CallKind) -> int:
        return 0

    def _enter_created(self, message: Message) -> int:
        """What the opcode touched, once more: a creating transaction comes here first."""
        return self._pay(message, self._new_account(message.target, message.value))

    def _enter_absent(self, message: Message, state: State) -> int:
        """The callee's header, out of its gas, whatever it is sent."""
        if state.exists(message.target):
            return message.gas
        return self._pay(message, self._header(message.target))

    def _pay(self, message: Message, events: int) -> int:
        if message.gas < events:
            self.log.lost += events
            raise OutOfGas
        return message.gas - events

    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """The new account's leaves are charged, then all but a 64th is the creation's."""
        f.gas -= self._create_cost(f, address, value)
        return all_but_a_64th(f.gas)

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """No event."""
        state.reader.opcode = "CREATE"
        return gas

    def deploy(self, message: Message, code: bytes, gas: int) -> int:
        """The whole header, then all chunks as written; no price for bytes."""
        left = self._deployed(gas, self._header(message.target, HEADER))
        places = ((message.target, *chunk_position(i)) for i in range(-(-len(code) // CHUNK_BYTES)))
        return self._deployed(left, sum(self.log.write(place, 1 << 64) for place in places))

    def _deployed(self, gas: int, events: int) -> int:
        if gas < events:
            self.log.lost += events
            raise OutOfGas
        return gas - events

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """The account's own leaves and the beneficiary's balance; both balances written if there is something
        to give, and what makes an account of a beneficiary that is empty."""
        f.state.reader.opcode = "SELFDESTRUCT"
        if beneficiary in self._precompiles:
            return
        state, own = f.state, f.message.target
        events = self._read(own, VERSION) + self._read(own, CODE_SIZE) + self._read(own, BALANCE)
        if beneficiary != own:
            events += self._read(beneficiary, BALANCE)
        if state.balance(own):
            events += self._write(own, BALANCE)
            if beneficiary != own:
                events += self._write(beneficiary, BALANCE)
            if state.is_empty(beneficiary):
                events += self._write(beneficiary, VERSION) + self._write(beneficiary, NONCE)
        self._charge(f, events, events)
