"""The state before a block of Kaustinen-2 to 4 or 6, out of leaves: what they read differs from what they
touched, and deleting an account leaves zeros.

These networks put into a witness what was touched, and read more than that. Some of those reads are answered
by rule here, and each such answer is among the ``assumptions``; all others are incomplete, as always. What
cannot be missing, since another leaf says it, is no assumption: an account has code if and only if it has a
code size, and a code hash of zero is that of an account that was deleted.

Sources: SPEC 4.6, 5.9; RULES-KAUSTINEN 2.1 (deletion), 2.6, 2.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from stateless.evm.access import Place
from stateless.rules import RuleSet
from stateless.verkle_view import ZERO_WORD, LeafAccount, Leaves, VerkleView
from stateless.view import AccountFields, Reader, StateChanges
from stateless.witness_rules import EarlyRules
from verkle.constants import EMPTY_CODE_HASH, WIDTH
from verkle.embedding import HEADER_LEAVES, storage_position
from verkle.errors import IncompleteError

__all__ = ["EarlyView", "verkle_view"]

_NAMES: Final = HEADER_LEAVES["five_leaves"]
_BALANCE, _NONCE, _CODE_HASH, _CODE_SIZE = (
    _NAMES.index(name) for name in ("balance", "nonce", "code_hash", "code_size")
)
_LOOKS: Final[Mapping[str, tuple[str, int]]] = {
    "BALANCE": ("the balance of account 0x{address} is zero", _BALANCE),
    "EXTCODEHASH": ("the code hash of account 0x{address} is absent", _CODE_HASH),
    "EXTCODESIZE": ("account 0x{address} has no code", _CODE_SIZE),
}
MOST_ASSUMED: Final = 1 << 14
"""Answers by rule in a block. More than BALANCE, EXTCODEHASH and EXTCODESIZE can ask for with the gas of a
block of 30 million; BLOCKHASH, which costs 20 under Kaustinen-4, could ask for a million."""
_AT_PRECOMPILES: Final = frozenset({"EXTCODEHASH", "EXTCODESIZE"})
"""What looks at a precompile without touching it, under Kaustinen-6 as under Kaustinen-7 (SPEC 5.9)."""


def verkle_view(
    leaves: Leaves,
    rules: RuleSet,
    precompiles: Iterable[bytes],
    block_hashes: Callable[[int], bytes],
    root_after: Callable[[Mapping[bytes, bytes]], bytes],
) -> VerkleView:
    """The view that suits a rule set; see :class:`VerkleView` for what it is given."""
    if isinstance(rules.execution, EarlyRules):
        return EarlyView(leaves, rules, precompiles, block_hashes, root_after, rules.execution)
    return VerkleView(leaves, rules, precompiles, block_hashes, root_after)


class _Reader(Reader):
    """A reader with answers."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[[IncompleteError, bytes, int | None], int]) -> None:
        super().__init__()
        self._answer = answer

    def answer(self, error: IncompleteError, address: bytes, slot: int | None = None) -> int:
        """See ``stateless.view.Reader``."""
        return self._answer(error, address, slot)


class EarlyView(VerkleView):
    """A ``VerkleView`` of accounts in five leaves."""

    def __init__(
        self,
        leaves: Leaves,
        rules: RuleSet,
        precompiles: Iterable[bytes],
        block_hashes: Callable[[int], bytes],
        root_after: Callable[[Mapping[bytes, bytes]], bytes],
        early: EarlyRules,
    ) -> None:
        # a precompile is an account like others here
        super().__init__(leaves, rules, (), block_hashes, root_after)
        self.reader = _Reader(self._look)
        self._early = early
        self._contracts = frozenset(precompiles)

    # --- accounts ---------------------------------------------------------------------------------

    def account(self, address: bytes) -> AccountFields | None:
        """The account; one that was deleted is absent."""
        if self._is_lost_history(address):
            self._assume(address, "the history account 0x{address} is absent: it goes with every block")
            return None
        try:
            account = super().account(address)
        except IncompleteError:
            if not self._shown_number(address, _CODE_SIZE):
                raise
            return LeafAccount(self, address)
        if account is None:
            self._assume_rest(address)
            return None
        return None if self._early.deletion_fills and self._is_zeroed(address) else account

    def is_empty(self, address: bytes, account: LeafAccount) -> bool:
        """Whether an account is empty: one with code is not, whatever else is shown of it."""
        return not self._shown_number(address, _CODE_SIZE) and super().is_empty(address, account)

    def has_no_code(self, address: bytes) -> bool:
        """Whether an account has no code: by the leaf for its size, or by its code hash."""
        if self._shown(address, _CODE_SIZE)[0]:
            return not self._shown_number(address, _CODE_SIZE)
        return super().has_no_code(address)

    def _is_lost_history(self, address: bytes) -> bool:
        """Whether it is the history account of Kaustinen-3, and the witness says nothing of it."""
        return (
            self._is_history(address)
            and self.rules.history is not None
            and not self.rules.history.kept
            and not any(self._shown(address, suffix)[0] for suffix in range(_CODE_SIZE))
        )

    def _assume_rest(self, address: bytes) -> None:
        """An account that a creation finds absent by its version: of the leaves that it reads beside, those
        that are not shown are absent by rule (2.6, 2.7)."""
        if self.reader.opcode != "CREATE":
            return
        for name, suffix in (("balance", _BALANCE), ("code hash", _CODE_HASH)):
            if not self._shown(address, suffix)[0]:
                key = self.key((address, 0, suffix))
                self._assume(
                    address, f"the {name} of account 0x{{address}}, which has no version, is absent", key
                )

    def _is_zeroed(self, address: bytes) -> bool:
        """Whether an account's header stem was overwritten with zeros.

        Raises:
            IncompleteError: ``LEAF_MISSING``: its code size was; whether it was made anew is not shown.
        """
        shown, code_hash = self._shown(address, _CODE_HASH)
        if shown:
            return code_hash == ZERO_WORD
        if self._shown(address, _CODE_SIZE)[1] == ZERO_WORD:
            raise self._missing(address, 0, _CODE_HASH, self.key((address, 0, _CODE_HASH)))
        return False

    def _shown_number(self, address: bytes, suffix: int) -> int:
        """A number in a header leaf, 0 if that is absent or not shown."""
        value = self._shown(address, suffix)[1]
        return 0 if value is None else int.from_bytes(value, "little")

    def code_hash(self, address: bytes) -> bytes | None:
        """What EXTCODEHASH gives, ``None`` for zero. An account of which the code hash alone is shown counts
        as not empty (SPEC 5.9), but for the history account, of which the rules say the rest."""
        shown, value = self._shown(address, _CODE_HASH)
        if not shown:
            return super().code_hash(address)
        if value is None or value == ZERO_WORD:
            return None
        if value == EMPTY_CODE_HASH:
            known = [
                self._is_history(address) or self._shown(address, each)[0] for each in (_BALANCE, _NONCE)
            ]
            if all(known) and not any(self._shown_number(address, each) for each in (_BALANCE, _NONCE)):
                return None
        return value

    # --- looks without a leaf ---------------------------------------------------------------------

    def _look(self, error: IncompleteError, address: bytes, slot: int | None) -> int:
        """What an instruction gets that looks at what is not shown.

        Raises:
            IncompleteError: it is none that the rules have an answer for, or there were too many.
        """
        opcode = self.reader.opcode or ""
        if opcode in {"EXTCODESIZE", "EXTCODECOPY"} and self._shown(address, _CODE_SIZE)[0]:
            return self._shown_number(address, _CODE_SIZE)
        at_precompile = address in self._contracts and opcode in _AT_PRECOMPILES
        if opcode not in self._early.looks and not at_precompile:
            raise error
        if len(self.assumptions) >= MOST_ASSUMED:
            raise error
        if slot is None:
            what, suffix = _LOOKS[opcode]
            place = (address, 0, suffix)
        else:
            what = f"slot 0x{slot:x} of the history account 0x{{address}} is zero"
            place = (address, *storage_position(slot, self.rules.storage_offset))
        self._assume(address, what, self.key(place))
        return 0

    # --- after the block --------------------------------------------------------------------------

    def writes(self, changes: StateChanges) -> dict[Place, bytes]:
        """As of every ``VerkleView``; and the header stem of an account that is deleted becomes zeros.

        Of that stem, and of the history account's header (2.7), only what is shown is written: of the rest
        the state root tells.
        """
        out = super().writes(changes)
        if self.rules.history is not None:
            address = self.rules.history.address
            for suffix in range(_CODE_SIZE):
                if not self._shown(address, suffix)[0]:
                    out.pop((address, 0, suffix), None)
        if self._early.deletion_fills:
            self.prepare((address, 0) for address in changes.deleted)
            for address in changes.deleted:
                for suffix in range(WIDTH):
                    shown, value = self._shown(address, suffix)
                    if shown and value != ZERO_WORD:
                        out[address, 0, suffix] = ZERO_WORD
        return out
