"""What code can see of its message, its transaction, its block and other accounts.

Source: Yellow Paper appendix H.2, 0x30s and 0x40s; EIP-1344, EIP-1884, EIP-3198, EIP-4399, EIP-4844,
EIP-7516.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stateless.evm.frame import memory_gas
from stateless.evm.halts import Halt
from verkle.constants import ADDRESS_BYTES

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

ADDRESS_MASK: Final = (1 << 160) - 1
COPY_WORD: Final = 3
"""Gas for each 32-byte word copied."""
GAS_MASK: Final = (1 << 64) - 1


def to_address(word: int) -> bytes:
    """The low twenty bytes of a stack item."""
    return (word & ADDRESS_MASK).to_bytes(ADDRESS_BYTES, "big")


def address(f: Frame, s: list[int]) -> None:
    """ADDRESS."""
    s.append(int.from_bytes(f.message.target, "big"))


def balance(f: Frame, s: list[int]) -> None:
    """BALANCE."""
    target = to_address(s[-1])
    f.environment.policy.balance(f, target)
    s[-1] = f.state.shown_balance(target)


def origin(f: Frame, s: list[int]) -> None:
    """ORIGIN."""
    s.append(int.from_bytes(f.environment.transaction.origin, "big"))


def caller(f: Frame, s: list[int]) -> None:
    """CALLER."""
    s.append(int.from_bytes(f.message.caller, "big"))


def callvalue(f: Frame, s: list[int]) -> None:
    """CALLVALUE."""
    s.append(f.message.value)


def calldataload(f: Frame, s: list[int]) -> None:
    """CALLDATALOAD: 32 bytes, zeros beyond the end."""
    offset = s[-1]
    data = f.message.data
    part = data[offset : offset + 32] if offset < len(data) else b""
    s[-1] = int.from_bytes(part, "big") << 8 * (32 - len(part))


def calldatasize(f: Frame, s: list[int]) -> None:
    """CALLDATASIZE."""
    s.append(len(f.message.data))


def _copy(f: Frame, to: int, data: bytes | memoryview, offset: int, size: int) -> None:
    """``size`` bytes of ``data`` from ``offset`` into paid memory, zeros beyond the end."""
    if size:
        part = data[offset : offset + size] if offset < len(data) else b""
        f.memory[to : to + size] = bytes(part).ljust(size, b"\0")


def charge_copy(f: Frame, to: int, size: int) -> None:
    """Gas for copying ``size`` bytes to memory at ``to``, and the memory."""
    f.charge(copy_gas(size))
    f.expand(to, size)


def copy_gas(size: int) -> int:
    """Gas for copying ``size`` bytes."""
    return COPY_WORD * ((size + 31) >> 5)


def calldatacopy(f: Frame, s: list[int]) -> None:
    """CALLDATACOPY."""
    to, offset, size = s.pop(), s.pop(), s.pop()
    charge_copy(f, to, size)
    _copy(f, to, f.message.data, offset, size)


def codesize(f: Frame, s: list[int]) -> None:
    """CODESIZE."""
    s.append(f.code.size)


def codecopy(f: Frame, s: list[int]) -> None:
    """CODECOPY."""
    to, offset, size = s.pop(), s.pop(), s.pop()
    charge_copy(f, to, size)
    f.environment.policy.own_code_range(f, offset, size)
    f.code.require(offset, offset + size)
    _copy(f, to, f.code.data, offset, size)


def gasprice(f: Frame, s: list[int]) -> None:
    """GASPRICE: the effective one."""
    s.append(f.environment.transaction.gas_price)


def extcodesize(f: Frame, s: list[int]) -> None:
    """EXTCODESIZE."""
    word = s[-1]
    f.environment.policy.code_size(f, word)
    s[-1] = f.state.code_size(to_address(word))


def extcodecopy(f: Frame, s: list[int]) -> None:
    """EXTCODECOPY."""
    target, to, offset, size = to_address(s.pop()), s.pop(), s.pop(), s.pop()
    end = to + size if size else 0
    # gas for memory that there is no gas for halts before the account is touched; what merely cannot be
    # paid halts after
    f.environment.policy.code_account(f, target, copy_gas(size) + memory_gas(len(f.memory), end))
    f.grow(end)
    f.environment.policy.code_range(f, target, offset, size)
    if size:
        code = f.state.code(target)
        code.require(offset, offset + size)
        _copy(f, to, code.data, offset, size)


def returndatasize(f: Frame, s: list[int]) -> None:
    """RETURNDATASIZE."""
    s.append(len(f.return_data))


def returndatacopy(f: Frame, s: list[int]) -> None:
    """RETURNDATACOPY: reading beyond the end is an exceptional halt (EIP-211)."""
    to, offset, size = s.pop(), s.pop(), s.pop()
    charge_copy(f, to, size)
    if offset + size > len(f.return_data):
        raise Halt("return data read beyond its end")
    _copy(f, to, f.return_data, offset, size)


def extcodehash(f: Frame, s: list[int]) -> None:
    """EXTCODEHASH: 0 for an account that is absent or empty (EIP-1052)."""
    target = to_address(s[-1])
    f.environment.policy.code_hash(f, target)
    s[-1] = f.state.shown_code_hash(target)


def blockhash(f: Frame, s: list[int]) -> None:
    """BLOCKHASH."""
    s[-1] = f.environment.policy.block_hash(f, s[-1])


def coinbase(f: Frame, s: list[int]) -> None:
    """COINBASE."""
    s.append(int.from_bytes(f.environment.block.coinbase, "big"))


def timestamp(f: Frame, s: list[int]) -> None:
    """TIMESTAMP."""
    s.append(f.environment.block.timestamp)


def number(f: Frame, s: list[int]) -> None:
    """NUMBER."""
    s.append(f.environment.block.number)


def prevrandao(f: Frame, s: list[int]) -> None:
    """PREVRANDAO."""
    s.append(int.from_bytes(f.environment.block.prev_randao, "big"))


def gaslimit(f: Frame, s: list[int]) -> None:
    """GASLIMIT: of the block."""
    s.append(f.environment.block.gas_limit)


def chainid(f: Frame, s: list[int]) -> None:
    """CHAINID."""
    s.append(f.environment.block.chain_id)


def selfbalance(f: Frame, s: list[int]) -> None:
    """SELFBALANCE."""
    f.state.reader.opcode = "SELFBALANCE"
    s.append(f.state.balance(f.message.target))


def basefee(f: Frame, s: list[int]) -> None:
    """BASEFEE."""
    s.append(f.environment.block.base_fee)


def blobhash(f: Frame, s: list[int]) -> None:
    """BLOBHASH: of the transaction's blob number top, 0 beyond the last."""
    hashes, i = f.environment.transaction.blob_hashes, s[-1]
    s[-1] = int.from_bytes(hashes[i], "big") if i < len(hashes) else 0


def blobbasefee(f: Frame, s: list[int]) -> None:
    """BLOBBASEFEE."""
    s.append(f.environment.block.blob_base_fee)


def gas(f: Frame, s: list[int]) -> None:
    """GAS: what is left after this instruction. It ends its segment, so the frame's counter is exact."""
    s.append(f.gas & GAS_MASK)
