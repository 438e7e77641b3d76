"""What an access to the state costs, and what it leaves behind. The instructions hold no such numbers.

:class:`AccessPolicy` lists every such decision; :class:`WarmCold` takes it as mainnet does since Berlin:
the first access of a transaction to an address or slot costs more than later ones.

Sources: EIP-2929, EIP-2200, EIP-3529 (storage), EIP-150 (63/64), EIP-3651, EIP-7702 (delegation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from stateless.evm.halts import OutOfGas

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

__all__ = ["STIPEND", "AccessPolicy", "WarmCold"]

STIPEND: Final = 2300
"""Gas that a call with value gives on top."""
COLD_ACCOUNT: Final = 2600
COLD_SLOT: Final = 2100
WARM: Final = 100
VALUE_TRANSFER: Final = 9000
NEW_ACCOUNT: Final = 25000
STORAGE_SET: Final = 20000
STORAGE_RESET: Final = 5000 - COLD_SLOT
STORAGE_CLEAR_REFUND: Final = 4800


class AccessPolicy(Protocol):
    """Each method charges the frame (``OutOfGas`` if it cannot pay) and records what its rules record."""

    records_chunks: bool
    """Whether running code is an access; segments then end where chunks end."""

    def chunk(self, f: Frame, index: int) -> None:
        """Code chunk ``index`` of the running code is about to run."""

    def balance(self, f: Frame, address: bytes) -> None:
        """BALANCE."""

    def code_size(self, f: Frame, address: bytes) -> None:
        """EXTCODESIZE."""

    def code_hash(self, f: Frame, address: bytes) -> None:
        """EXTCODEHASH."""

    def code_copy(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """EXTCODECOPY: the account and the range of its code."""

    def own_code_copy(self, f: Frame, offset: int, size: int) -> None:
        """CODECOPY: the range of the running code."""

    def read_slot(self, f: Frame, slot: int) -> None:
        """SLOAD."""

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """SSTORE, before the write."""

    def block_hash(self, f: Frame, number: int) -> None:
        """BLOCKHASH of a number within the window."""

    def call(self, f: Frame, address: bytes, gas: int, value: int, *, is_call: bool) -> int:
        """Charge a message call whose memory is paid for; return the child's gas, stipend included.

        ``value`` is what is handed over (0 for DELEGATECALL and STATICCALL); ``is_call``: CALL itself, the
        only one that can make an account.
        """

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """SELFDESTRUCT, beyond its constant gas."""

    def create(self, f: Frame, address: bytes) -> None:
        """A creation that passed its checks is about to try ``address``; the child's gas is set apart."""


class WarmCold:
    """EIP-2929 and what came after it."""

    records_chunks = False

    def chunk(self, f: Frame, index: int) -> None:
        """Running code is free."""

    def _account(self, f: Frame, address: bytes) -> int:
        return WARM if f.state.warm_address(address) else COLD_ACCOUNT

    def balance(self, f: Frame, address: bytes) -> None:
        """BALANCE."""
        f.charge(self._account(f, address))

    code_size = balance
    code_hash = balance

    def code_copy(self, f: Frame, address: bytes, offset: int, size: int) -> None:
        """EXTCODECOPY: the account; its code is not priced."""
        f.charge(self._account(f, address))

    def own_code_copy(self, f: Frame, offset: int, size: int) -> None:
        """Not priced."""

    def block_hash(self, f: Frame, number: int) -> None:
        """Not priced beyond its constant gas."""

    def read_slot(self, f: Frame, slot: int) -> None:
        """SLOAD."""
        f.charge(WARM if f.state.warm_slot(f.message.target, slot) else COLD_SLOT)

    def write_slot(self, f: Frame, slot: int, value: int) -> None:
        """SSTORE with its refunds (EIP-2200 as changed by EIP-2929 and EIP-3529)."""
        if f.gas <= STIPEND:
            raise OutOfGas
        state, address = f.state, f.message.target
        cost = 0 if state.warm_slot(address, slot) else COLD_SLOT
        current = state.storage(address, slot)
        original = state.original(address, slot)
        if original == current != value:
            cost += STORAGE_SET if original == 0 else STORAGE_RESET
        else:
            cost += WARM
        f.charge(cost)
        if current == value:
            return
        if original and current and not value:
            state.refund += STORAGE_CLEAR_REFUND
        if original and not current:
            state.refund -= STORAGE_CLEAR_REFUND
        if original == value:
            state.refund += (STORAGE_SET if original == 0 else STORAGE_RESET) - WARM

    def call(self, f: Frame, address: bytes, gas: int, value: int, *, is_call: bool) -> int:
        """The call family; see :meth:`AccessPolicy.call`."""
        extra = self._account(f, address)
        target = f.state.delegation(address) if f.environment.rules.delegation else None
        if target is not None:
            extra += self._account(f, target)
        if value:
            extra += VALUE_TRANSFER
            if is_call and f.state.is_empty(address):
                extra += NEW_ACCOUNT
        left = f.gas - extra
        if left < 0:
            raise OutOfGas
        child = min(gas, left - left // 64)
        f.gas = left - child
        return child + STIPEND if value else child

    def selfdestruct(self, f: Frame, beneficiary: bytes) -> None:
        """SELFDESTRUCT: the beneficiary if it is cold, and if it must be made."""
        cost = 0 if f.state.warm_address(beneficiary) else COLD_ACCOUNT
        if f.state.balance(f.message.target) and f.state.is_empty(beneficiary):
            cost += NEW_ACCOUNT
        f.charge(cost)

    def create(self, f: Frame, address: bytes) -> None:
        """The address is warm from here on, even if the creation fails."""
        f.state.warm_address(address)
