"""Witness gas as Kaustinen-2 to 4 and Kaustinen-6 had it: what they had in common.

Leaves cost what they cost later, but an event is recorded whether or not it can be paid. Two things that
later networks have put right run through everything:

* Before each instruction the price of its code chunk is subtracted modulo 2^64, without a look at what is
  left. A frame that cannot pay goes on with nearly 2^64 gas. What it returns to its caller is added modulo
  2^64 too, so that the caller pays the rest.
* Code chunks are those of the account whose *storage* is used, which for DELEGATECALL and CALLCODE is not the
  one whose code runs.

Source: RULES-KAUSTINEN 2.1; the paragraphs of each network are named where they differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from stateless.evm.access import AccessLog, Place
from stateless.evm.code import Recording
from stateless.evm.halts import OutOfGas, Revert
from stateless.evm.instructions.environment import GAS_MASK
from stateless.evm.instructions.system import contract_address
from stateless.evm.policy import NEW_ACCOUNT, all_but_a_64th, hash_in_headers, with_stipend
from stateless.rules import RuleSet
from stateless.witness_rules import EarlyRules
from verkle.constants import CHUNK_BYTES, WIDTH
from verkle.embedding import chunk_position, storage_position
from verkle.errors import IncompleteError, InvalidError

if TYPE_CHECKING:
    from stateless.evm.environment import BlockContext, Environment
    from stateless.evm.frame import CallKind, Frame, Message
    from stateless.evm.state import State
    from stateless.transactions import Transaction

__all__ = ["BALANCE", "CODE_HASH", "CODE_SIZE", "HEADER", "NONCE", "VERSION", "EarlyGas", "touched_chunks"]

VERSION, BALANCE, NONCE, CODE_HASH, CODE_SIZE = HEADER = range(5)
_ANY: Final = 1 << 64
"""More than any event costs: what is left of the gas is not asked."""
_HISTORY_DEPTH: Final = 256
"""Blocks after which Kaustinen-3 looks into the history account at all."""


def touched_chunks(start: int, size: int, code_size: int, *, behind_end: bool) -> range:
    """The code chunks that ``size`` bytes from ``start`` touch, in code of ``code_size`` bytes (2.1).

    ``behind_end``: a range that goes beyond the code touches the chunk of the first byte behind it, which may
    not exist. A range of no bytes touches the chunk of ``start`` unless ``start`` begins one.

    Raises:
        InvalidError: ``CODE_RANGE_ENDLESS``: the client never comes to the end of the range.
    """
    if (not code_size and not size) or start > code_size:
        return range(0)
    end = start + size
    if not behind_end:
        last = max(min(end, code_size) - 1, 0)
    elif end > code_size:
        last = code_size
    elif end:
        last = end - 1
    else:
        raise InvalidError(
            "CODE_RANGE_ENDLESS",
            "a transaction copies no bytes from the beginning of code: the network's client counts chunks "
            "for ever then, so that there can be no such block",
        )
    return range(start // CHUNK_BYTES, last // CHUNK_BYTES + 1)


def _pushed_chunks(at: int, size: int, code_size: int, *, behind_end: bool) -> Sequence[int]:
    """The chunks that the data of a PUSH at ``at`` touches (2.1)."""
    if size > 1:
        return touched_chunks(min(at + 1, code_size), size, code_size, behind_end=behind_end)
    # of PUSH1 only where its data begins a chunk
    if size and at + 1 < code_size and (at + 1) % CHUNK_BYTES == 0:
        return ((at + 1) // CHUNK_BYTES,)
    return ()


def _pushed_clipped(at: int, size: int, code_size: int) -> Sequence[int]:
    return _pushed_chunks(at, size, code_size, behind_end=False)


def _pushed_behind_end(at: int, size: int, code_size: int) -> Sequence[int]:
    return _pushed_chunks(at, size, code_size, behind_end=True)


class EarlyGas(ABC):
    """An ``AccessPolicy`` (``stateless.evm.policy``), but for what the networks have not in common.

    ``log``: what the transaction touched.
    """

    __slots__ = (
        "_history",
        "_initcode",
        "_owed",
        "_precompiles",
        "_rules",
        "_running",
        "_storage_offset",
        "log",
    )

    _created: tuple[int, ...]
    """Header leaves that making an account writes first, beside its balance where it gets one."""

    def __init__(self, rules: RuleSet, early: EarlyRules, precompiles: frozenset[bytes]) -> None:
        self._rules = early
        self._storage_offset = rules.storage_offset
        self._history = rules.history
        self._precompiles = precompiles
        self._owed = 0  # for the events of a message call, until its memory is paid
        pushed = _pushed_behind_end if early.chunk_behind_end else _pushed_clipped
        self._running = Recording(touches=True, chunks=True, push_chunks=pushed)
        self._initcode = Recording(
            touches=True, chunks=False, push_chunks=pushed if early.initcode_chunks else None
        )
        self.log: AccessLog = AccessLog(early.costs)

    # --- events -----------------------------------------------------------------------------------

    def _read(self, address: bytes, leaf: int) -> int:
        """Header leaf ``leaf`` is read; what that costs."""
        return self.log.touch((address, 0, leaf), _ANY)

    def _write(self, address: bytes, leaf: int) -> int:
        """Likewise, written."""
        return self.log.write((address, 0, leaf), _ANY)

    def _header(self, address: bytes, written: Iterable[int] = ()) -> int:
        """All header leaves; what they cost."""
        return sum((self._write if leaf in written else self._read)(address, leaf) for leaf in HEADER)

    def _free_header(self, address: bytes, written: Iterable[int]) -> None:
        """All header leaves, for nothing."""
        for leaf in HEADER:
            self.log.record((address, 0, leaf), write=leaf in written)

    def _chunks(self, address: bytes, chunks: Iterable[int]) -> int:
        cost = 0
        for chunk in chunks:
            tree_index, suffix = chunk_position(chunk)
            cost += self.log.touch_chunk((address, tree_index, suffix), _ANY)
        return cost

    def _new_account(self, address: bytes, value: int) -> int:
        """An account is about to be made."""
        cost = sum(self._write(address, leaf) for leaf in self._created)
        return cost + (self._write(address, BALANCE) if value else 0)

    def _slot(self, address: bytes, slot: int, *, write: bool) -> int:
        tree_index, suffix = storage_position(slot, self._storage_offset)
        return (self.log.write if write else self.log.touch)((address, tree_index, suffix), _ANY)

    def _charge(self, f: Frame, cost: int, events: int) -> None:
        """``cost``, of which ``events`` are for what is recorded already."""
        try:
            f.charge(cost)
        except OutOfGas:
            self.log.lost += events
            raise

    def _charge_late(self, f: Frame, events: int) -> None:
        """Events of an instruction that is being executed (2.1, step e)."""
        if self._rules.unpaid_is_free and f.gas < events:
            self.log.lost += events
            return
        self._charge(f, events, events)

    # --- the transaction --------------------------------------------------------------------------

    def begin(self, tx: Transaction, sender: bytes, gas: int, state: State, block: BlockContext) -> int:
        """Sender and target, or the new account."""
        sent = (BALANCE,) if tx.value else ()
        cost = 0
        if self._rules.transaction_pays:
            cost = self._header(sender, (BALANCE, NONCE))
            if tx.to is not None:
                cost += self._header(tx.to, sent)
        else:
            self._free_header(sender, (BALANCE, NONCE))
            if tx.to is not None:
                self._free_header(tx.to, sent)
        if tx.to is None and self._rules.creation_pays:
            cost += self._new_account(contract_address(sender, tx.nonce), tx.value)
        if cost > gas:
            raise OutOfGas
        return gas - cost

    def finish(self, state: State, coinbase: bytes, fee: int) -> None:
        """The fee recipient, if it got something. Adding nothing to its balance makes an account of one that
        is absent, to be deleted at once."""
        if not fee:
            state.stir(coinbase)
        elif not self._rules.fee_recipient_by_block:
            self._free_header(coinbase, HEADER)
        self.log.close(None)

    # --- running code -----------------------------------------------------------------------------

    def recording(self, message: Message) -> Recording:
        """Code by its chunks; of initcode at most what it pushes and copies."""
        return self._initcode if message.is_create else self._running

    def paid_chunks(self, message: Message) -> set[int]:
        """Those of the account whose storage is used."""
        return set() if message.is_create else self.log.chunks.setdefault(message.target, set())

    def chunk(self, f: Frame, index: int) -> None:
        """Subtracted without a look at what is left."""
        f.state.reader.opcode = "code"
        f.subtract(self._chunks(f.message.target, (index,)))
        f.chunks.add(index)

    def push_chunks(self, f: Frame, chunks: Sequence[int]) -> None:
        """All of them first, then their price."""
        f.state.reader.opcode = "PUSH"
        self._charge_late(f, self._chunks(f.message.target, chunks))

    def bad_jump(self, f: Frame, destination: int) -> None:  # noqa: B027 (nothing is what it does)
        """Touches nothing."""

    def end_of_code(self, f: Frame) -> None:
        """An instruction like others: its chunk is subtracted, be it one that does not exist."""
        size = f.code.size
        f.subtract(self._chunks(f.message.target, self._range(size, 1, size)))

    def _range(self, start: int, size: int, code_size: int) -> range:
        return touched_chunks(start, size, code_size, behind_end=self._rules.chunk_behind_end)

    def _copied(self, offset: int, size: int, code_size: int) -> range:
        start = min(offset, code_size)
        return self._range(start, min(size, code_size - start), code_size)

    def code_range(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """The range that is really copied, in initcode too."""
        chunks = self._copied(offset, size, f.state.code_size(address))
        self._charge_late(f, self._chunks(address, chunks))

    def own_code_range(self, f: Frame, offset: int, size: int) -> None:
        """Likewise; initcode counts as the new account's code, or not at all."""
        if not f.message.is_create or self._rules.initcode_chunks:
            f.state.reader.opcode = "CODECOPY"
            self._charge_late(f, self._chunks(f.message.target, self._copied(offset, size, f.code.size)))

    # --- earlier blocks ---------------------------------------------------------------------------

    def block_hash(self, f: Frame, number: int) -> int:
        """See ``stateless.witness_rules.HashSource``."""
        f.state.reader.opcode = "BLOCKHASH"
        kind, history = self._rules.block_hashes, self._history
        here = f.environment.block.number
        if history is None or kind == "headers" or number > GAS_MASK:
            return hash_in_headers(f, number)
        if kind == "touch_then_headers":
            if here > _HISTORY_DEPTH:
                self.log.record(_raw(history.address, here - _HISTORY_DEPTH), write=False)
            return hash_in_headers(f, number)
        if kind == "raw_slots":
            self.log.record(_raw(history.address, number), write=False)
            try:
                return f.state.storage(history.address, number)
            except IncompleteError as error:
                return f.state.reader.answer(error, history.address, number)
        if not here - _HISTORY_DEPTH <= number < here:
            return 0
        slot = history.slot(number + 1)
        cost = self._slot(history.address, slot, write=False)
        if f.gas < cost:
            raise Revert(b"")
        f.gas -= cost
        return f.state.storage(history.address, slot)

    # --- calls and creations ----------------------------------------------------------------------

    def call_gas(self, f: Frame, kind: CallKind, address: bytes, gas: int, value: int) -> int:
        """The 64th is kept of what there is before the events are paid."""
        own = self._value_gas(kind) if value else 0
        if value and kind == "call" and f.state.is_empty(address):
            own += NEW_ACCOUNT
        child = min(gas, all_but_a_64th((f.gas - own) & GAS_MASK))
        self._charge(f, own + child + self._owed, self._owed)
        return with_stipend(f, child) if value else child

    @abstractmethod
    def _value_gas(self, kind: CallKind) -> int:
        """What moving value costs by itself."""

    def enter(self, message: Message, environment: Environment) -> int:
        """A call of an account that is not there reads a header."""
        state, target = environment.state, message.target
        if message.is_create:
            return self._enter_created(message)
        if message.kind == "staticcall":
            state.stir(target)
        elif message.kind == "call":
            if message.precompile is None:
                return self._enter_absent(message, state)
            if not message.value:
                state.stir(target)
        return message.gas

    @abstractmethod
    def _enter_created(self, message: Message) -> int:
        """Initcode is about to run; its gas."""

    @abstractmethod
    def _enter_absent(self, message: Message, state: State) -> int:
        """A call that may be of an absent account; its gas."""

    @abstractmethod
    def create_gas(self, f: Frame, address: bytes, value: int) -> int:
        """A creation by code; see ``AccessPolicy``."""

    def _create_cost(self, f: Frame, address: bytes, value: int) -> int:
        """For the new account of a creation by code. A frame that cannot pay reverts and keeps its gas."""
        f.state.reader.opcode = "CREATE"
        cost = self._new_account(address, value)
        if f.gas < cost:
            self.log.lost += cost
            raise Revert(b"")
        return cost


def _raw(address: bytes, number: int) -> Place:
    """Where Kaustinen-3 and 4 took slot ``number`` to lie."""
    return address, number // WIDTH, number % WIDTH
