"""The state before a block, read out of the leaves of a Verkle tree of which only some are at hand.

The same view serves the verifier, to whom a witness proves some leaves, and the host, who has all of them
(:data:`Leaves`). An account is a handle whose fields are looked up when they are wanted: the networks touch
single leaves of accounts, and the other ones are then not in the witness.

A few reads the networks leave unproven on purpose (SPEC 5.9): those are answered by rule, and each answer is
kept in ``assumptions``.

Sources: EIP-6800, *Tree embedding*; SPEC 4.3 to 4.6, 5.9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from stateless.evm.access import Place
from stateless.evm.code import EMPTY_CODE, Code
from stateless.places import meaning, words
from stateless.rules import RuleSet
from stateless.verdict import Assumption
from stateless.verkle_code import MOST_CODE, check_chunks, chunk_places
from stateless.view import Account, AccountFields, Reader, StateChanges
from verkle.accounts import LIMITS, AccountHeader, decode_numbers, encode_header
from verkle.constants import EMPTY_CODE_HASH, WORD_BYTES
from verkle.embedding import HEADER_LEAVES, chunk_position, chunkify, stems, storage_position
from verkle.errors import IncompleteError, InvalidError, StatelessError, UnsupportedError
from witness.keccak import keccak256

__all__ = ["LeafAccount", "Leaves", "VerkleView"]

ZERO_WORD: Final = bytes(WORD_BYTES)
_BALANCE_BITS: Final = LIMITS["basic_data"]["balance"]


Leaves = Callable[[bytes], bytes | None]
"""The leaf of a 32-byte key, ``None`` if it is absent; raises ``KeyError`` if it is not shown."""


class LeafAccount:
    """An account of the state before the block, with what was changed of it; fields are read when asked for.

    Reading raises ``IncompleteError`` where the witness does not show the leaf.
    """

    __slots__ = ("_address", "_balance", "_code_hash", "_nonce", "_view")

    def __init__(
        self,
        view: VerkleView,
        address: bytes,
        nonce: int | None = None,
        balance: int | None = None,
        code_hash: bytes | None = None,
    ) -> None:
        self._view = view
        self._address = address
        self._nonce = nonce
        self._balance = balance
        self._code_hash = code_hash

    @property
    def nonce(self) -> int:
        """Nonce."""
        if self._nonce is None:
            self._nonce = self._view.number(self._address, "nonce")
        return self._nonce

    @property
    def balance(self) -> int:
        """In wei."""
        if self._balance is None:
            self._balance = self._view.number(self._address, "balance")
        return self._balance

    @property
    def code_hash(self) -> bytes:
        """32 bytes."""
        if self._code_hash is None:
            self._code_hash = self._view.code_hash_leaf(self._address)
        return self._code_hash

    @property
    def is_empty(self) -> bool:
        """Empty in the sense of EIP-161, told with the fewest leaves."""
        return self._view.is_empty(self._address, self)

    @property
    def known(self) -> dict[str, int]:
        """Its numbers, as far as they were read or changed."""
        numbers = {"nonce": self._nonce, "balance": self._balance}
        return {name: number for name, number in numbers.items() if number is not None}

    def _replace(
        self, *, nonce: int | None = None, balance: int | None = None, code_hash: bytes | None = None
    ) -> AccountFields:
        if code_hash is not None:
            return Account(
                self.nonce if nonce is None else nonce,
                self.balance if balance is None else balance,
                code_hash,
            )
        return LeafAccount(
            self._view,
            self._address,
            self._nonce if nonce is None else nonce,
            self._balance if balance is None else balance,
            self._code_hash,
        )


class VerkleView:
    """A ``StateView`` (``stateless.view``) over leaves. ``assumptions``: what was answered by rule."""

    def __init__(
        self,
        leaves: Leaves,
        rules: RuleSet,
        precompiles: Iterable[bytes],
        block_hashes: Callable[[int], bytes],
        root_after: Callable[[Mapping[bytes, bytes]], bytes],
    ) -> None:
        """``precompiles``: their addresses. ``root_after``: the state root once these values are written."""
        self.reader = Reader()
        self.rules = rules
        self.assumptions: list[Assumption] = []
        self._get = leaves
        self._precompiles = frozenset(precompiles)
        self._block_hashes = block_hashes
        self._root_after = root_after
        self._stems: dict[tuple[bytes, int], bytes] = {}
        self._numbers: dict[tuple[bytes, str], int] = {}
        self._programs: dict[bytes, Code] = {}
        self._assumed: set[tuple[bytes, str]] = set()
        names = HEADER_LEAVES[rules.layout]
        self._code_hash_suffix = names.index("code_hash")
        self._packed = rules.layout == "basic_data"
        # the leaves that every account has, those that say most of it first
        self._presence = tuple(
            names.index(name)
            for name in ("basic_data", "version", "balance", "nonce", "code_hash")
            if name in names
        )

    # --- leaves -----------------------------------------------------------------------------------

    def prepare(self, places: Iterable[tuple[bytes, int]]) -> None:
        """Make the stems of (address, tree index) pairs; many at once cost less than one by one."""
        wanted = [place for place in dict.fromkeys(places) if place not in self._stems]
        if wanted:
            self._stems.update(zip(wanted, stems(wanted, self.rules.stem_hash), strict=True))

    def key(self, place: Place) -> bytes:
        """The tree key of a place, 32 bytes."""
        address, tree_index, suffix = place
        stem = self._stems.get((address, tree_index))
        if stem is None:
            self.prepare([(address, tree_index)])
            stem = self._stems[address, tree_index]
        return stem + bytes([suffix])

    def leaf(self, address: bytes, tree_index: int, suffix: int) -> bytes | None:
        """A leaf, ``None`` if it is proven absent.

        Raises:
            IncompleteError: ``LEAF_MISSING``.
        """
        key = self.key((address, tree_index, suffix))
        try:
            return self._get(key)
        except KeyError:
            raise self._missing(address, tree_index, suffix, key) from None

    def _missing(self, address: bytes, tree_index: int, suffix: int, key: bytes) -> IncompleteError:
        return IncompleteError(
            "LEAF_MISSING",
            f"running the block reads {words(self.rules, address, tree_index, suffix)}, which the witness "
            "does not hold",
            where={
                "account": address,
                **meaning(self.rules, tree_index, suffix),
                "stem": key[:-1],
                "suffix": suffix,
            },
        )

    def _shown(self, address: bytes, suffix: int) -> tuple[bool, bytes | None]:
        """Whether a header leaf is shown, and what it holds."""
        try:
            return True, self._get(self.key((address, 0, suffix)))
        except KeyError:
            return False, None

    def has_leaf(self, address: bytes, tree_index: int, suffix: int) -> bool:
        """Whether a leaf is there."""
        return self.leaf(address, tree_index, suffix) is not None

    # --- accounts ---------------------------------------------------------------------------------

    def account(self, address: bytes) -> AccountFields | None:
        """The account: present if any of the leaves is that every account has (SPEC 4.4)."""
        absent = False
        for suffix in self._presence:
            shown, value = self._shown(address, suffix)
            if value is not None:
                return LeafAccount(self, address)
            absent = absent or shown
        if absent:
            return None
        if address in self._precompiles:
            self._assume(address, "there is no account at precompile 0x{address}")
            return None
        if self._is_history(address):
            self._assume(address, "the history account 0x{address} is there")
            return LeafAccount(self, address)
        raise self._missing(address, 0, self._presence[0], self.key((address, 0, self._presence[0])))

    def _is_history(self, address: bytes) -> bool:
        return self.rules.history is not None and address == self.rules.history.address

    def _assume(self, address: bytes, what: str, key: bytes | None = None) -> None:
        if (address, what) not in self._assumed:
            self._assumed.add((address, what))
            self.assumptions.append(
                Assumption(
                    "ACCOUNT_BY_RULE",
                    what.replace("{address}", address.hex()),
                    transaction=self.reader.transaction,
                    opcode=self.reader.opcode,
                    key=self.key((address, 0, self._presence[0])) if key is None else key,
                )
            )

    def number(self, address: bytes, name: str) -> int:
        """A number of an account: ``nonce``, ``balance`` or ``code_size``."""
        found = self._numbers.get((address, name))
        if found is not None:
            return found
        leaf_name = "basic_data" if self._packed else name
        suffix = HEADER_LEAVES[self.rules.layout].index(leaf_name)
        key = self.key((address, 0, suffix))
        try:
            leaf = self._get(key)
        except KeyError:
            history = self.rules.history
            if history is None or address != history.address:
                raise self._missing(address, 0, suffix, key) from None
            numbers = {"nonce": history.nonce or 0, "balance": 0, "code_size": len(history.code)}
            self._assume(address, f"the {name.replace('_', ' ')} of 0x{{address}} is {numbers[name]}")
        else:
            try:
                numbers = decode_numbers(leaf_name, leaf)
            except StatelessError as error:
                error.where |= {"account": address, "stem": key[:-1], "suffix": suffix}
                raise
        self._numbers.update(((address, each), number) for each, number in numbers.items())
        return numbers[name]

    def is_empty(self, address: bytes, account: LeafAccount) -> bool:
        """Whether an account is empty in the sense of EIP-161, told with the fewest leaves."""
        return not account.balance and not account.nonce and self.has_no_code(address)

    def has_no_code(self, address: bytes) -> bool:
        """Whether an account has no code: by its size where that lies beside the balance."""
        if self._packed:
            return not self.number(address, "code_size")
        return self.code_hash_leaf(address) == EMPTY_CODE_HASH

    def code_hash_leaf(self, address: bytes) -> bytes:
        """The code hash of an account that is there."""
        shown, value = self._shown(address, self._code_hash_suffix)
        if shown:
            return EMPTY_CODE_HASH if value is None else value
        if self._packed and self._shown(address, 0)[1] is not None and not self.number(address, "code_size"):
            return EMPTY_CODE_HASH
        history = self.rules.history
        if history is not None and address == history.address:
            self._assume(address, "the code of 0x{address} is the one that the rules give it")
            return keccak256(history.code)
        key = self.key((address, 0, self._code_hash_suffix))
        raise self._missing(address, 0, self._code_hash_suffix, key)

    def code_hash(self, address: bytes) -> bytes | None:
        """What EXTCODEHASH gives, ``None`` for zero.

        Where only the code hash is shown, an account that has one counts as not empty (SPEC 5.9).
        """
        shown, value = self._shown(address, self._code_hash_suffix)
        if shown and value is None:
            return None
        if shown and not self._shown(address, self._presence[0])[0]:
            return value
        account = self.account(address)
        return None if account is None or account.is_empty else account.code_hash

    def storage(self, address: bytes, slot: int) -> int:
        """The value of a slot, 0 if its leaf is absent."""
        value = self.leaf(address, *storage_position(slot, self.rules.storage_offset))
        return 0 if value is None else int.from_bytes(value, "big")

    def has_storage(self, _: bytes) -> bool:
        """Storage without an account is no collision on these networks (SPEC 4.4)."""
        return False

    def block_hash(self, number: int) -> bytes:
        """The hash of an earlier block."""
        return self._block_hashes(number)

    # --- code -------------------------------------------------------------------------------------

    def code_size(self, address: bytes, account: AccountFields) -> int:
        """The size of an account's code in bytes."""
        return 0 if isinstance(account, Account) else self.number(address, "code_size")

    def code(self, address: bytes, account: AccountFields) -> Code:
        """The code, as far as its chunks are shown; whole where all are.

        Raises:
            UnsupportedError: ``CODE_SIZE``: longer than any that could have been deployed.
            MalformedError, InvalidError: ``CODE_CHUNK_MALFORMED``, ``CODE_CHUNK_MISFIT``.
        """
        size = self.code_size(address, account)
        if not size:
            return EMPTY_CODE
        found = self._programs.get(address)
        if found is None:
            found = self._programs[address] = self._program(address, size)
        return found

    def _program(self, address: bytes, size: int) -> Code:
        if size > MOST_CODE:
            raise UnsupportedError(
                "CODE_SIZE",
                "an account has more code than is run here",
                where={"account": address},
                expected=f"at most {MOST_CODE}",
                got=size,
            )
        chunks: dict[int, bytes] = {}
        absent: set[int] = set()
        places = chunk_places(size)
        self.prepare((address, tree_index) for tree_index, _ in places)
        for number, (tree_index, suffix) in enumerate(places):
            try:
                chunk = self._get(self._stems[address, tree_index] + bytes([suffix]))
            except KeyError:
                continue
            if chunk is None:
                absent.add(number)
            else:
                chunks[number] = chunk
        check_chunks(address, chunks)
        if len(chunks) == len(places):
            return Code(b"".join(chunk[1:] for chunk in chunks.values())[:size])
        return Code.partly(size, chunks, {"account": address}, frozenset(absent))

    # --- after the block --------------------------------------------------------------------------

    def post_root(self, changes: StateChanges) -> bytes:
        """The state root after the changes."""
        return self._root_after({self.key(place): value for place, value in self.writes(changes).items()})

    def writes(self, changes: StateChanges) -> dict[Place, bytes]:
        """The leaves that the changes write, those left out that hold the value already.

        An account that is gone writes nothing: what was in the tree stays there (SPEC 4.4).

        Raises:
            InvalidError: ``BALANCE_OVERFLOW``.
        """
        self.prepare((address, 0) for address in (*changes.accounts, *changes.storage))
        out: dict[Place, bytes] = {}
        for address, account in changes.accounts.items():
            if account is None:
                continue
            code = b""
            if isinstance(account, Account):
                code_hash = account.code_hash
                code = changes.codes[code_hash] if code_hash != EMPTY_CODE_HASH else b""
                header = AccountHeader(account.nonce, account.balance, code_hash, len(code))
                leaves = self._encoded(address, header)
            else:
                leaves = self._changed_header(address, account)
            for suffix, value in leaves.items():
                self._write(out, (address, 0, suffix), value)
            for number, chunk in enumerate(chunkify(code)):
                self._write(out, (address, *chunk_position(number)), chunk)
        for address, slots in changes.storage.items():
            for slot, word in slots.items():
                place = (address, *storage_position(slot, self.rules.storage_offset))
                self._write(out, place, word.to_bytes(WORD_BYTES, "big"))
        return out

    def _changed_header(self, address: bytes, account: AccountFields) -> dict[int, bytes]:
        """The header leaves that can have changed of an account whose code is what it was."""
        names = HEADER_LEAVES[self.rules.layout]
        if self._packed:
            size = self.number(address, "code_size")
            header = AccountHeader(account.nonce, account.balance, EMPTY_CODE_HASH, size)
            return {0: self._encoded(address, header)[0]}
        known = account.known if isinstance(account, LeafAccount) else {}
        header = AccountHeader(nonce=known.get("nonce", 0), balance=known.get("balance", 0))
        leaves = self._encoded(address, header)
        return {names.index(name): leaves[names.index(name)] for name in known}

    def _encoded(self, address: bytes, header: AccountHeader) -> dict[int, bytes]:
        """The header leaves of an account.

        Raises:
            InvalidError: ``BALANCE_OVERFLOW``: more than BASIC_DATA has room for.
        """
        if self._packed and header.balance >> _BALANCE_BITS:
            raise InvalidError(
                "BALANCE_OVERFLOW",
                "an account comes to more ether than its leaf can count",
                where={"account": address, "stem": self.key((address, 0, 0))[:-1], "suffix": 0},
                expected=f"0 … 2^{_BALANCE_BITS} - 1",
                got=header.balance,
            )
        return encode_header(self.rules.layout, header)

    def _write(self, out: dict[Place, bytes], place: Place, value: bytes) -> None:
        try:
            before = self._get(self.key(place))
        except KeyError:
            before = None
        if before != value:
            out[place] = value
