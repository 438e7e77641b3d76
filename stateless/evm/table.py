"""The instruction sets: each opcode once, and what each fork added.

Constant gas is here; gas that depends on operands is charged by the instruction, gas for touching the state
by the :class:`stateless.evm.policy.AccessPolicy`.

Sources: Yellow Paper appendices G and H; EIP-3855 (PUSH0), EIP-1153, EIP-4844, EIP-5656, EIP-7516
(Cancun), EIP-7939 (Osaka).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from stateless.evm.code import Operation
from stateless.evm.instructions import arithmetic as a
from stateless.evm.instructions import control as c
from stateless.evm.instructions import environment as e
from stateless.evm.instructions import memory as m
from stateless.evm.instructions import system as y

__all__ = [
    "CANCUN",
    "JUMP",
    "JUMPDEST",
    "JUMPI",
    "OSAKA",
    "PC",
    "PUSH0",
    "SHANGHAI",
    "SWAP1",
    "Instruction",
]

Kind = Literal["plain", "boundary", "last"]
"""``plain``: within a segment. ``boundary``: the segment ends after it, because it looks at the gas that is
left. ``last``: it decides where to go on."""

JUMP: Final = 0x56
JUMPI: Final = 0x57
PC: Final = 0x58
JUMPDEST: Final = 0x5B
PUSH0: Final = 0x5F
DUP1: Final = 0x80
SWAP1: Final = 0x90


@dataclass(frozen=True, slots=True)
class Instruction:
    """One opcode. ``operation`` is ``None`` for those that decoding makes: PUSH, PC, JUMPI, JUMPDEST."""

    name: str
    gas: int
    pops: int
    pushes: int
    operation: Operation | None
    kind: Kind = "plain"
    touches: bool = False
    """Whether it records an access: a boundary too where accesses are kept of frames that fail."""


def _set(*groups: Mapping[int, Instruction]) -> Mapping[int, Instruction]:
    out: dict[int, Instruction] = {}
    for group in groups:
        out |= group
    return MappingProxyType(out)


_ARITHMETIC: Final = {
    0x01: Instruction("ADD", 3, 2, 1, a.add),
    0x02: Instruction("MUL", 5, 2, 1, a.mul),
    0x03: Instruction("SUB", 3, 2, 1, a.sub),
    0x04: Instruction("DIV", 5, 2, 1, a.div),
    0x05: Instruction("SDIV", 5, 2, 1, a.sdiv),
    0x06: Instruction("MOD", 5, 2, 1, a.mod),
    0x07: Instruction("SMOD", 5, 2, 1, a.smod),
    0x08: Instruction("ADDMOD", 8, 3, 1, a.addmod),
    0x09: Instruction("MULMOD", 8, 3, 1, a.mulmod),
    0x0A: Instruction("EXP", 10, 2, 1, a.exp),
    0x0B: Instruction("SIGNEXTEND", 5, 2, 1, a.signextend),
    0x10: Instruction("LT", 3, 2, 1, a.lt),
    0x11: Instruction("GT", 3, 2, 1, a.gt),
    0x12: Instruction("SLT", 3, 2, 1, a.slt),
    0x13: Instruction("SGT", 3, 2, 1, a.sgt),
    0x14: Instruction("EQ", 3, 2, 1, a.eq),
    0x15: Instruction("ISZERO", 3, 1, 1, a.iszero),
    0x16: Instruction("AND", 3, 2, 1, a.and_),
    0x17: Instruction("OR", 3, 2, 1, a.or_),
    0x18: Instruction("XOR", 3, 2, 1, a.xor),
    0x19: Instruction("NOT", 3, 1, 1, a.not_),
    0x1A: Instruction("BYTE", 3, 2, 1, a.byte),
    0x1B: Instruction("SHL", 3, 2, 1, a.shl),
    0x1C: Instruction("SHR", 3, 2, 1, a.shr),
    0x1D: Instruction("SAR", 3, 2, 1, a.sar),
    0x20: Instruction("KECCAK256", 30, 2, 1, m.keccak),
}
_ENVIRONMENT: Final = {
    0x30: Instruction("ADDRESS", 2, 0, 1, e.address),
    0x31: Instruction("BALANCE", 0, 1, 1, e.balance, touches=True),
    0x32: Instruction("ORIGIN", 2, 0, 1, e.origin),
    0x33: Instruction("CALLER", 2, 0, 1, e.caller),
    0x34: Instruction("CALLVALUE", 2, 0, 1, e.callvalue),
    0x35: Instruction("CALLDATALOAD", 3, 1, 1, e.calldataload),
    0x36: Instruction("CALLDATASIZE", 2, 0, 1, e.calldatasize),
    0x37: Instruction("CALLDATACOPY", 3, 3, 0, e.calldatacopy),
    0x38: Instruction("CODESIZE", 2, 0, 1, e.codesize),
    0x39: Instruction("CODECOPY", 3, 3, 0, e.codecopy, touches=True),
    0x3A: Instruction("GASPRICE", 2, 0, 1, e.gasprice),
    0x3B: Instruction("EXTCODESIZE", 0, 1, 1, e.extcodesize, touches=True),
    0x3C: Instruction("EXTCODECOPY", 0, 4, 0, e.extcodecopy, touches=True),
    0x3D: Instruction("RETURNDATASIZE", 2, 0, 1, e.returndatasize),
    0x3E: Instruction("RETURNDATACOPY", 3, 3, 0, e.returndatacopy),
    0x3F: Instruction("EXTCODEHASH", 0, 1, 1, e.extcodehash, touches=True),
    0x40: Instruction("BLOCKHASH", 20, 1, 1, e.blockhash, touches=True),
    0x41: Instruction("COINBASE", 2, 0, 1, e.coinbase),
    0x42: Instruction("TIMESTAMP", 2, 0, 1, e.timestamp),
    0x43: Instruction("NUMBER", 2, 0, 1, e.number),
    0x44: Instruction("PREVRANDAO", 2, 0, 1, e.prevrandao),
    0x45: Instruction("GASLIMIT", 2, 0, 1, e.gaslimit),
    0x46: Instruction("CHAINID", 2, 0, 1, e.chainid),
    0x47: Instruction("SELFBALANCE", 5, 0, 1, e.selfbalance),
    0x48: Instruction("BASEFEE", 2, 0, 1, e.basefee),
}
_FLOW: Final = {
    0x00: Instruction("STOP", 0, 0, 0, c.stop, "last"),
    0x50: Instruction("POP", 2, 1, 0, a.pop),
    0x51: Instruction("MLOAD", 3, 1, 1, m.mload),
    0x52: Instruction("MSTORE", 3, 2, 0, m.mstore),
    0x53: Instruction("MSTORE8", 3, 2, 0, m.mstore8),
    0x54: Instruction("SLOAD", 0, 1, 1, m.sload, touches=True),
    0x55: Instruction("SSTORE", 0, 2, 0, m.sstore, "boundary", touches=True),
    JUMP: Instruction("JUMP", 8, 1, 0, c.jump, "last"),
    JUMPI: Instruction("JUMPI", 10, 2, 0, None, "last"),
    PC: Instruction("PC", 2, 0, 1, None),
    0x59: Instruction("MSIZE", 2, 0, 1, m.msize),
    0x5A: Instruction("GAS", 2, 0, 1, e.gas, "boundary"),
    JUMPDEST: Instruction("JUMPDEST", 1, 0, 0, None),
}
_PUSH: Final = {PUSH0 + n: Instruction(f"PUSH{n}", 3 if n else 2, 0, 1, None) for n in range(33)}
_DUP: Final = {DUP1 + n: Instruction(f"DUP{n + 1}", 3, n + 1, n + 2, c.dup(n + 1)) for n in range(16)}
_SWAP: Final = {SWAP1 + n: Instruction(f"SWAP{n + 1}", 3, n + 2, n + 2, c.swap(n + 1)) for n in range(16)}
_LOG: Final = {0xA0 + n: Instruction(f"LOG{n}", 375, n + 2, 0, m.log(n)) for n in range(5)}
_SYSTEM: Final = {
    0xF0: Instruction("CREATE", 32000, 3, 1, y.create, "last", touches=True),
    0xF1: Instruction("CALL", 0, 7, 1, y.call, "last", touches=True),
    0xF2: Instruction("CALLCODE", 0, 7, 1, y.callcode, "last", touches=True),
    0xF3: Instruction("RETURN", 0, 2, 0, c.return_, "last"),
    0xF4: Instruction("DELEGATECALL", 0, 6, 1, y.delegatecall, "last", touches=True),
    0xF5: Instruction("CREATE2", 32000, 4, 1, y.create2, "last", touches=True),
    0xFA: Instruction("STATICCALL", 0, 6, 1, y.staticcall, "last", touches=True),
    0xFD: Instruction("REVERT", 0, 2, 0, c.revert, "last"),
    0xFF: Instruction("SELFDESTRUCT", 5000, 1, 0, y.selfdestruct, "last", touches=True),
}

SHANGHAI: Final = _set(_ARITHMETIC, _ENVIRONMENT, _FLOW, _PUSH, _DUP, _SWAP, _LOG, _SYSTEM)
CANCUN: Final = _set(
    SHANGHAI,
    {
        0x49: Instruction("BLOBHASH", 3, 1, 1, e.blobhash),
        0x4A: Instruction("BLOBBASEFEE", 2, 0, 1, e.blobbasefee),
        0x5C: Instruction("TLOAD", 100, 1, 1, m.tload),
        0x5D: Instruction("TSTORE", 100, 2, 0, m.tstore),
        0x5E: Instruction("MCOPY", 3, 3, 0, m.mcopy),
    },
)
OSAKA: Final = _set(CANCUN, {0x1E: Instruction("CLZ", 5, 1, 1, a.clz)})
