"""Witness gas as Kaustinen-7 had it (and, by its switches, as EIP-4762 is written): one price for each leaf
of the tree that a transaction touches.

Every method names the part of the specification that it follows. What differs from mainnet throughout: no
refunds, no access lists that warm anything, and events that stay whatever becomes of the frame. Where a
function touches several leaves, each is paid on its own, so that those that could be paid stay recorded when
a later one cannot (SPEC 6.8a).

Sources: EIP-4762; gballet/go-ethereum kaustinen-with-shapella at 4a2f6fbae; SPEC 6.2 to 6.8a.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from stateless.evm.access import AccessLog, Place
from stateless.evm.code import Recording
from stateless.evm.halts import OutOfGas
from stateless.evm.instructions.environment import GAS_MASK, to_address
from stateless.evm.policy import all_but_a_64th, with_stipend
from stateless.rules import RuleSet
from stateless.witness_rules import PackedRules
from verkle.constants import BASIC_DATA, BLOCK_HASH_WINDOW, CHUNK_BYTES, CODE_HASH
from verkle.embedding import chunk_position, storage_position

if TYPE_CHECKING:
    from stateless.evm.environment import BlockContext, Environment
    from stateless.evm.frame import CallKind, Frame, Message
    from stateless.evm.state import State
    from stateless.transactions import Transaction

__all__ = ["WitnessGas", "chunks_of_range", "pushed_chunks"]


def pushed_chunks(at: int, size: int, code_size: int) -> range:
    """The chunks beyond its own that the data of a PUSH at ``at`` lies in, clipped to the code (SPEC 6.7)."""
    return range(at // CHUNK_BYTES + 1, min(at + size, code_size - 1) // CHUNK_BYTES + 1)


def chunks_of_range(offset: int, size: int, code_size: int) -> range:
    """The chunks that copying ``size`` bytes of code from ``offset`` touches (SPEC 6.5, *Copy range
    rule*)."""
    if not size or offset >= code_size:
        return range(0)
    return range(offset // CHUNK_BYTES, (min(offset + size, code_size) - 1) // CHUNK_BYTES + 1)


_RUNNING: Final = Recording(touches=True, chunks=True, push_chunks=pushed_chunks)
_INITCODE: Final = Recording(touches=True, chunks=False, push_chunks=None)


class WitnessGas:
    """An ``AccessPolicy`` (``stateless.evm.policy``). ``log``: what the transaction touched."""

    __slots__ = ("_exempt", "_history", "_rules", "_slots", "_storage_offset", "log")

    def __init__(self, rules: RuleSet, packed: PackedRules, exempt: frozenset[bytes]) -> None:
        """``exempt``: precompiles and system contracts."""
        self._rules = packed
        self._storage_offset = rules.storage_offset
        self._history = rules.history
        self._slots: dict[tuple[bytes, int], bool] = {}
        self._exempt = exempt
        self.log: AccessLog = AccessLog(packed.costs)

    # --- the transaction (SPEC 6.3) ---------------------------------------------------------------

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """Sender and target, covered by the 21,000."""
        if self._rules.costs.chunk_fill_cost:
            self.log = AccessLog(self._rules.costs, state.is_absent_leaf, state.fill_leaf)
        target = tx.to
        absent = target is not None and self._rules.absent_target_written and not state.exists(target)
        self.log.begin(sender, target, value=tx.value != 0, absent=absent)
        return gas

    def finish(self, state: State, coinbase: bytes, fee: int) -> None:
        """The fee recipient, if it got something. Of one that got nothing the witness says nothing."""
        if not fee and coinbase not in self._exempt:
            state.touch_if_known(coinbase)
        self.log.close(coinbase if fee and self._rules.fee_recipient_touched else None)

    # --- running code (SPEC 6.7) ------------------------------------------------------------------

    def recording(self, message: Message) -> Recording:
        """Initcode is not in the tree; its accesses are recorded all the same."""
        return _INITCODE if message.is_create else _RUNNING

    def paid_chunks(self, message: Message) -> set[int]:
        """Of the code that runs, which is another's than the account's for DELEGATECALL and CALLCODE."""
        return set() if message.is_create else self.log.chunks.setdefault(message.code_address, set())

    def chunk(self, f: Frame, index: int) -> None:
        """Paid before the instruction and before its stack is looked at."""
        f.state.reader.opcode = "code"
        tree_index, suffix = chunk_position(index)
        f.gas -= self.log.touch_chunk((f.message.code_address, tree_index, suffix), f.gas)
        f.chunks.add(index)

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        """One at a time, after the instruction's own gas."""
        f.state.reader.opcode = "PUSH"
        self._chunks(f, f.message.code_address, chunks)

    def bad_jump(self, f: Frame, destination: int) -> None:
        """The destination's chunk is paid before it is judged; its low 64 bits say which."""
        low = destination & GAS_MASK
        if not f.message.is_create and low < f.code.size:
            f.state.reader.opcode = "JUMP"
            self._chunks(f, f.message.code_address, (low // CHUNK_BYTES,))

    def end_of_code(self, f: Frame) -> None:
        """Touches nothing."""

    def _chunks(self, f: Frame, address: bytes, chunks: Sequence[int]) -> None:
        for chunk in chunks:
            f.gas -= self.log.touch_chunk((address, *chunk_position(chunk)), f.gas)

    # --- looking at the state (SPEC 6.5) ----------------------------------------------------------

    def _look(self, f: Frame, address: bytes, leaf: int) -> None:
        """A header leaf; a warm one has a small price, or what is left of the gas."""
        cost = self.log.touch((address, 0, leaf), f.gas)
        f.gas -= cost or self._scarce(f.gas)

    def _scarce(self, available: int) -> int:
        warm = self._rules.costs.warm_cost
        if warm > available:
            if not self._rules.scarce_warm:
                raise OutOfGas
            warm = available
        self.log.warm += 1
        self.log.warm_gas += warm
        return warm

    def _warm(self, f: Frame, cost: int) -> None:
        """Charge for touches made; if they were free, the warm price."""
        if cost:
            f.charge(cost)
            return
        warm = self._rules.costs.warm_cost
        f.charge(warm)
        self.log.warm += 1
        self.log.warm_gas += warm

    def balance(self, f: Frame, address: bytes) -> None:
        """BASIC_DATA, of precompiles too."""
        f.state.reader.opcode = "BALANCE"
        self._look(f, address, BASIC_DATA)

    def code_size(self, f: Frame, word: int) -> None:
        """BASIC_DATA, but of precompiles and the history account."""
        f.state.reader.opcode = "EXTCODESIZE"
        address = to_address(word)
        if address in self._exempt:
            f.charge(self._rules.exempt_gas)
        else:
            self._look(f, address, BASIC_DATA)

    def code_hash(self, f: Frame, address: bytes) -> None:
        """CODE_HASH, but of precompiles and the history account."""
        f.state.reader.opcode = "EXTCODEHASH"
        if address in self._exempt:
            f.charge(self._rules.exempt_gas)
        else:
            self._look(f, address, CODE_HASH)

    def code_account(self, f: Frame, address: bytes, cost: int) -> None:
        """BASIC_DATA, with the gas for copying and memory taken off before, and unchecked: a frame that
        cannot pay those leaves the event all the same."""
        f.state.reader.opcode = "EXTCODECOPY"
        available = f.gas - cost
        if address in self._exempt:
            f.charge(cost + self._rules.exempt_gas)
            return
        if available < 0:
            self.log.record((address, 0, BASIC_DATA), write=False)
            raise OutOfGas
        paid = self.log.touch((address, 0, BASIC_DATA), available)
        f.gas = available - (paid or self._scarce(available))

    def code_range(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """The chunks that are copied, of every kind of account, in initcode too."""
        if size:
            self._chunks(f, address, chunks_of_range(offset, size, f.state.code_size(address)))

    def own_code_range(self, f: Frame, offset: int, size: int) -> None:
        """The chunks that are copied; initcode is not in the tree."""
        if not f.message.is_create:
            f.state.reader.opcode = "CODECOPY"
            self._chunks(f, f.message.code_address, chunks_of_range(offset, size, f.code.size))

    def _slot(self, f: Frame, address: bytes, slot: int, opcode: str, *, write: bool) -> None:
        slots = self._slots
        key = (address, slot)
        known = slots.get(key)
        if known or (known is not None and not write):
            # nothing is read that was not read before, and no place in the tree need be worked out
            self._warm(f, 0)
            return
        f.state.reader.opcode = opcode
        tree_index, suffix = storage_position(slot, self._storage_offset)
        touch = self.log.write if write else self.log.touch
        self._warm(f, touch((address, tree_index, suffix), f.gas))
        slots[key] = write

    def read_slot(self, f: Frame, slot: int) -> None:
        """SLOAD."""
        self._slot(f, f.message.target, slot, "SLOAD", write=False)

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """SSTORE: whatever is written, without refunds, and without the sentry of EIP-2200."""
        self._slot(f, f.message.target, slot, "SSTORE", write=True)

    def block_hash(self, f: Frame, number: int) -> int:
        """A slot of the history account (SPEC 7.2)."""
        here, history = f.environment.block.number, self._history
        if history is None or not here - BLOCK_HASH_WINDOW <= number < here:
            return 0
        slot = history.slot(number + 1)
        self._slot(f, history.address, slot, "BLOCKHASH", write=False)
        return f.state.storage(history.address, slot)

    # --- calls and creations (SPEC 6.5, 6.6) ------------------------------------------------------

    def call_touch(self, f: Frame, kind: CallKind, address: bytes, value: int, end: int) -> None:
        """Both balances where value moves, else the callee."""
        f.state.reader.opcode = kind.upper()
        if value and (kind == "call" or (kind == "callcode" and self._rules.callcode_value_touches)):
            before = f.gas
            f.gas -= self.log.write((f.message.target, 0, BASIC_DATA), f.gas)
            f.gas -= self.log.write((address, 0, BASIC_DATA), f.gas)
            if f.gas == before:
                self._warm(f, 0)
        elif address in self._exempt:
            f.charge(self._rules.exempt_gas)
        else:
            self._warm(f, self.log.touch((address, 0, BASIC_DATA), f.gas))

    def call_gas(self, f: Frame, kind: CallKind, address: bytes, gas: int, value: int) -> int:
        """The 64th is kept of what the touches left. The stipend is on top though nothing like 9,000 gas was
        charged for it, so that gas can grow (``stateless.evm.meter``)."""
        if value and kind == "call" and f.state.is_empty(address):
            f.charge(self._rules.new_account_gas)
        child = min(gas, all_but_a_64th(f.gas))
        f.gas -= child
        return with_stipend(f, child) if value else child

    def enter(self, message: Message, environment: Environment) -> int:
        """A value that makes an account writes its CODE_HASH, out of the callee's gas; a new contract writes
        both header leaves, out of the creation's."""
        gas, target, state = message.gas, message.target, environment.state
        if message.is_create:
            return self._in_turn(self.log.write, ((target, 0, BASIC_DATA), (target, 0, CODE_HASH)), gas)
        if message.kind == "staticcall":
            state.stir(target)
        elif message.kind == "call":
            if message.precompile is not None:
                if not message.value:
                    state.stir(target)
            elif message.value and not state.exists(target):
                gas -= self.log.write((target, 0, CODE_HASH), gas)
        return gas

    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """All but a 64th, before the touches, which are paid out of it."""
        f.state.reader.opcode = "CREATE"
        return all_but_a_64th(f.gas)

    def claim(self, state: State, address: bytes, gas: int) -> int:
        """Whether the address is free is read from both header leaves."""
        return self._in_turn(self.log.touch, ((address, 0, BASIC_DATA), (address, 0, CODE_HASH)), gas)

    def deploy(self, message: Message, code: bytes, gas: int) -> int:
        """The chunks of the code, one after the other, instead of a price for each byte."""
        chunks = range(-(-len(code) // CHUNK_BYTES))
        return self._in_turn(
            self.log.write, ((message.target, *chunk_position(chunk)) for chunk in chunks), gas
        )

    def _in_turn(self, touch: Callable[[Place, int], int], places: Iterable[Place], gas: int) -> int:
        """Pay for one place after the other out of ``gas``, all of which is lost if it does not suffice."""
        left = gas
        try:
            for place in places:
                left -= touch(place, left)
        except OutOfGas:
            self.log.lost += gas - left
            raise
        return left

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """Own balance read; then the beneficiary's; both written if there is something to give."""
        f.state.reader.opcode = "SELFDESTRUCT"
        state, own = f.state, f.message.target
        balance = state.balance(own)
        self._pay(f, own, BASIC_DATA, write=False)
        if beneficiary in self._exempt and not balance:
            return
        if beneficiary != own:
            self._pay(f, beneficiary, BASIC_DATA, write=False)
        if balance:
            self._pay(f, own, BASIC_DATA, write=True)
            if beneficiary != own:
                self._pay(f, beneficiary, BASIC_DATA, write=True)
                if not state.exists(beneficiary):
                    self._pay(f, beneficiary, CODE_HASH, write=True)

    def _pay(self, f: Frame, address: bytes, leaf: int, *, write: bool) -> None:
        touch = self.log.write if write else self.log.touch
        f.gas -= touch((address, 0, leaf), f.gas)
