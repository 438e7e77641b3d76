"""Calls, creations and SELFDESTRUCT. They set the child message in the frame and wait for its end.

Source: Yellow Paper appendix H.2, 0xf0s; EIP-7 (DELEGATECALL), EIP-214, EIP-1014, EIP-3860, EIP-6780,
EIP-7702.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stateless.evm.code import EMPTY_CODE, Code
from stateless.evm.frame import DONE, WAIT, CallKind, Message
from stateless.evm.halts import Halt, OutOfGas
from stateless.evm.instructions.environment import to_address
from stateless.evm.instructions.memory import KECCAK_WORD, forbid_static
from verkle.constants import NONCE_LIMIT
from witness.keccak import keccak256
from witness.rlp import encode

if TYPE_CHECKING:
    from stateless.evm.frame import Frame

DEPTH_LIMIT: Final = 1024
INITCODE_WORD: Final = 2
ADDRESSABLE: Final = (1 << 64) - 32
"""Memory that ends beyond this has no number of bytes in the client, before gas is thought of."""


def call(f: Frame, s: list[int]) -> int:
    """CALL."""
    gas, word, value = s.pop(), s.pop(), s.pop()
    address = to_address(word)
    ranges = _charge(f, s, "call", address, value)
    child_gas = f.environment.policy.call_gas(f, "call", address, gas, value)
    if value:
        forbid_static(f)
    return _enter(f, s, child_gas, ranges, "call", address, address, value, value, f.message.is_static)


def callcode(f: Frame, s: list[int]) -> int:
    """CALLCODE: another's code on this storage, this account as caller."""
    gas, word, value = s.pop(), s.pop(), s.pop()
    address = to_address(word)
    ranges = _charge(f, s, "callcode", address, value)
    child_gas = f.environment.policy.call_gas(f, "callcode", address, gas, value)
    own, static = f.message.target, f.message.is_static
    return _enter(f, s, child_gas, ranges, "callcode", own, address, value, value, static)


def delegatecall(f: Frame, s: list[int]) -> int:
    """DELEGATECALL: another's code in this very context."""
    gas, word = s.pop(), s.pop()
    address = to_address(word)
    ranges = _charge(f, s, "delegatecall", address, 0)
    child_gas = f.environment.policy.call_gas(f, "delegatecall", address, gas, 0)
    own, static = f.message.target, f.message.is_static
    return _enter(f, s, child_gas, ranges, "delegatecall", own, address, 0, None, static)


def staticcall(f: Frame, s: list[int]) -> int:
    """STATICCALL."""
    gas, word = s.pop(), s.pop()
    address = to_address(word)
    ranges = _charge(f, s, "staticcall", address, 0)
    child_gas = f.environment.policy.call_gas(f, "staticcall", address, gas, 0)
    return _enter(f, s, child_gas, ranges, "staticcall", address, address, 0, 0, True)


def _charge(f: Frame, s: list[int], kind: CallKind, address: bytes, value: int) -> tuple[int, int, int, int]:
    """Input and output ranges off the stack; they are paid for together, once the accounts are touched."""
    ranges = s.pop(), s.pop(), s.pop(), s.pop()
    offset, size, out, out_size = ranges
    end = max(offset + size if size else 0, out + out_size if out_size else 0)
    if end > ADDRESSABLE:
        raise OutOfGas
    f.environment.policy.call_touch(f, kind, address, value, end)
    f.expand(0, end)
    return ranges


def _enter(
    f: Frame,
    s: list[int],
    gas: int,
    ranges: tuple[int, int, int, int],
    kind: CallKind,
    target: bytes,
    code_address: bytes,
    moved: int,
    value: int | None,
    static: bool,
) -> int:
    """Set up the child, or push 0 and give its gas back. ``value``: what the child sees, ``None``: ours."""
    message = f.message
    f.return_data = b""
    if message.depth + 1 > DEPTH_LIMIT or (moved and f.state.balance(message.target) < moved):
        f.give(gas)
        # a stipend that comes back without a call: the one way for gas to grow within a frame
        f.environment.meter.check(f.gas)
        s.append(0)
        return f.pc
    offset, size, out, out_size = ranges
    rules = f.environment.rules
    precompile = rules.precompiles.get(code_address)
    if precompile is not None:
        code = EMPTY_CODE
    else:
        pointed = f.state.delegation(code_address) if rules.delegation else None
        # a delegation to a precompile runs nothing
        code = f.state.code(code_address if pointed is None else pointed)
        if pointed in rules.precompiles:
            code = EMPTY_CODE
    f.output_to = (out, out_size)
    f.child = Message(
        caller=message.caller if value is None else message.target,
        target=target,
        code_address=code_address,
        value=message.value if value is None else value,
        data=f.lend(offset, size),
        gas=gas,
        code=code,
        depth=message.depth + 1,
        is_static=static,
        transfers_value=bool(moved) and target is code_address,
        kind=kind,
        precompile=precompile,
    )
    return WAIT


def create(f: Frame, s: list[int]) -> int:
    """CREATE: address from creator and nonce."""
    value, offset, size = s.pop(), s.pop(), s.pop()
    initcode = _initcode(f, offset, size, 0)
    f.state.reader.opcode = "CREATE"
    nonce = f.state.nonce(f.message.target)
    return _create(f, s, value, initcode, contract_address(f.message.target, nonce))


def create2(f: Frame, s: list[int]) -> int:
    """CREATE2: address from creator, salt and initcode."""
    value, offset, size, salt = s.pop(), s.pop(), s.pop(), s.pop()
    initcode = _initcode(f, offset, size, KECCAK_WORD)
    head = b"\xff" + f.message.target + salt.to_bytes(32, "big")
    return _create(f, s, value, initcode, keccak256(head + keccak256(initcode))[12:])


def contract_address(creator: bytes, nonce: int) -> bytes:
    """The address that a creation by an account with this nonce makes."""
    return keccak256(encode([creator, nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")]))[12:]


def _initcode(f: Frame, offset: int, size: int, hash_word: int) -> bytes:
    if size > f.environment.rules.initcode_limit:
        raise Halt("initcode over the limit")
    f.charge((INITCODE_WORD + hash_word) * ((size + 31) >> 5))
    f.expand(offset, size)
    return f.read(offset, size)


def _create(f: Frame, s: list[int], value: int, initcode: bytes, address: bytes) -> int:
    message, state, policy = f.message, f.state, f.environment.policy
    forbid_static(f)
    gas = policy.create_gas(f, address, value)
    f.return_data = b""
    creator = message.target
    if (
        message.depth + 1 > DEPTH_LIMIT
        or state.balance(creator) < value
        or state.nonce(creator) == NONCE_LIMIT
    ):
        s.append(0)
        return f.pc
    f.gas -= gas
    state.increment_nonce(creator)
    try:
        left = policy.claim(state, address, gas)
    except OutOfGas:
        left = -1
    if left < 0 or state.collides(address):  # all that was for the child is lost
        f.environment.meter.forfeit(gas if left < 0 else left)
        s.append(0)
        return f.pc
    gas = left
    f.child = Message(
        caller=creator,
        target=address,
        code_address=address,
        value=value,
        data=b"",
        gas=gas,
        code=Code(initcode),
        depth=message.depth + 1,
        is_create=True,
    )
    return WAIT


def selfdestruct(f: Frame, s: list[int]) -> int:
    """SELFDESTRUCT: all ether to the beneficiary; the account goes only if it is new (EIP-6780)."""
    beneficiary = to_address(s.pop())
    f.environment.policy.selfdestruct(f, beneficiary)
    forbid_static(f)
    state, own = f.state, f.message.target
    amount = state.balance(own)
    goes = f.environment.rules.destroys_old_contracts or state.is_created(own)
    state.transfer(own, beneficiary, amount)
    if goes:
        # sent to itself, the ether is burnt
        state.add_balance(own, -state.balance(own))
        state.destroy(own)
    return DONE
