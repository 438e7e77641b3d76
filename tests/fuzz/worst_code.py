"""Code that takes longest per gas: loops of instructions and precompiles that are dear to run, cheap to pay.

Each runs on ``GAS`` gas under the rules of Cancun (Osaka for what came later), and the same code under the
witness gas of Kaustinen-7. What is reported is time per gas, which the bound on gas (``stateless.evm.meter``)
turns into the longest time of a block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from time import process_time

from cli.bench_evm import context_of
from cli.bench_state import MemoryView
from cli.bench_workloads import (
    CALLEE,
    CONTRACT,
    ETHER,
    WorkAccount,
    Workload,
    _block,
    _signed,
    _transaction,
    assemble,
)
from stateless.blockrun import BlockBody, execute_block
from stateless.evm.witness_gas import WitnessGas
from stateless.forks import FORKS, Fork
from stateless.rules import RULE_SETS
from stateless.signatures import recover_senders
from stateless.transaction_decode import decode_transaction
from stateless.witness_rules import PackedRules

GAS = 2_000_000
_BIG = "0x" + "fe" * 32
_G1 = "PUSH1 1 PUSH0 MSTORE PUSH1 2 PUSH1 32 MSTORE PUSH1 1 PUSH1 64 MSTORE PUSH1 2 PUSH1 96 MSTORE"


def _call(address: int, size: int, output: int = 64) -> str:
    return f"PUSH2 {output} PUSH0 PUSH2 {size} PUSH0 PUSH2 {address} GAS STATICCALL POP"


def _words(*values: int) -> str:
    """These numbers in memory from 0 on, 32 bytes each."""
    return " ".join(f"PUSH32 {value:#x} PUSH2 {32 * i} MSTORE" for i, value in enumerate(values))


def _bytes(data: bytes) -> str:
    padded = data.ljust((len(data) + 31) // 32 * 32, b"\0")
    return _words(*[int.from_bytes(padded[i : i + 32], "big") for i in range(0, len(padded), 32)])


# Generators of bn254's second group (EIP-197) and BLS12-381's first (EIP-2537); infinity (EIP-4844).
_G2 = (
    0x198E9393920D483A7260BFB731FB5D25F1AA493335A9E71297E485B7AEF312C2,
    0x1800DEEF121F1E76426A00665E5C4479674322D4F75EDADD46DEBD5CD992F6ED,
    0x090689D0585FF075EC9E99AD690C3395BC4B313370B38EF355ACDADCD122975B,
    0x12C85EA5DB8C6DEB4AAB71808DCB408FE3D1E7690C43D37B4CE6CC0166FA7DAA,
)
_BLS_G1 = bytes.fromhex(
    "0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
    "6c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4"
    "fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1"
)
_INFINITY = b"\xc0" + bytes(47)
_BLOB_HASH = b"\x01" + sha256(_INFINITY).digest()[1:]

# name: (fork, once before the loop, the loop's body)
BODIES: Mapping[str, tuple[str, str, str]] = {
    "JUMPDEST": ("cancun", "", " ".join(f"l{i}:" for i in range(2000))),
    "ADD": ("cancun", f"PUSH32 {_BIG}", "DUP1 ADD " * 400),
    "MUL": ("cancun", f"PUSH32 {_BIG}", "DUP1 MUL " * 400),
    "SDIV": ("cancun", f"PUSH32 {_BIG}", f"PUSH17 0x{'fd' * 17} DUP2 SDIV POP " * 200),
    "MULMOD": ("cancun", f"PUSH32 {_BIG}", "DUP1 DUP1 DUP1 MULMOD POP " * 300),
    "ADDMOD": ("cancun", f"PUSH32 {_BIG}", "DUP1 DUP1 DUP1 ADDMOD POP " * 300),
    "EXP": ("cancun", f"PUSH32 {_BIG}", "DUP1 DUP1 EXP POP " * 100),
    "EXP of one byte": ("cancun", f"PUSH32 {_BIG}", "PUSH1 255 DUP2 EXP POP " * 100),
    "MSTORE": ("cancun", "", "PUSH0 PUSH0 MSTORE " * 400),
    "MSTORE8": ("cancun", "", "PUSH0 PUSH0 MSTORE8 " * 400),
    "MLOAD": ("cancun", "", "PUSH0 MLOAD POP " * 400),
    "MCOPY of nothing": ("cancun", "", "PUSH0 PUSH0 PUSH0 MCOPY " * 300),
    "KECCAK256 of nothing": ("cancun", "", "PUSH0 PUSH0 KECCAK256 POP " * 300),
    "KECCAK256": ("cancun", "", "PUSH2 0x2000 PUSH0 KECCAK256 POP " * 30),
    "SLOAD": ("cancun", "", "PUSH0 SLOAD POP " * 300),
    "TLOAD": ("cancun", "", "PUSH0 TLOAD POP " * 300),
    "TSTORE": ("cancun", "", "PUSH0 PUSH0 TSTORE " * 300),
    "SSTORE": ("cancun", "", "PUSH0 PUSH1 1 SSTORE " * 300),
    "BALANCE": ("cancun", "", "ADDRESS BALANCE POP " * 300),
    "EXTCODEHASH": ("cancun", "", "ADDRESS EXTCODEHASH POP " * 300),
    "EXTCODECOPY": ("cancun", "", "PUSH2 0x6000 PUSH0 PUSH0 ADDRESS EXTCODECOPY " * 30),
    "LOG0 of nothing": ("cancun", "", "PUSH0 PUSH0 LOG0 " * 200),
    "LOG4 of nothing": ("cancun", "", "PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 LOG4 " * 100),
    "CALL of nobody": ("cancun", "", "PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0xabcdef GAS CALL POP " * 50),
    "CALL of nobody with 512 KiB": (
        "cancun",
        "PUSH0 PUSH3 0x7ffe0 MSTORE",
        "PUSH0 PUSH0 PUSH3 0x80000 PUSH0 PUSH0 PUSH20 0xabcdef GAS CALL POP " * 50,
    ),
    "ecadd with 512 KiB": (
        "cancun",
        f"{_G1} PUSH0 PUSH3 0x7ffe0 MSTORE",
        "PUSH0 PUSH0 PUSH3 0x80000 PUSH0 PUSH1 6 GAS STATICCALL POP",
    ),
    "STATICCALL of code": (
        "cancun",
        "",
        f"PUSH0 PUSH0 PUSH0 PUSH0 PUSH20 0x{CALLEE.hex()} GAS STATICCALL POP " * 50,
    ),
    "CREATE of nothing": ("cancun", "", "PUSH0 PUSH0 PUSH0 CREATE POP " * 10),
    "CREATE of 48 KiB of JUMPDEST": (
        "cancun",
        "PUSH2 0xc000 PUSH0 PUSH0 CODECOPY",
        "PUSH2 0xc000 PUSH0 PUSH0 CREATE POP " * 2,
    ),
    "ecrecover": (
        "cancun",
        "PUSH1 27 PUSH1 32 MSTORE PUSH1 1 PUSH1 64 MSTORE PUSH1 1 PUSH1 96 MSTORE",
        _call(1, 128),
    ),
    "sha256": ("cancun", "", _call(2, 0)),
    "ripemd160": ("cancun", "", _call(3, 0)),
    "identity": ("cancun", "", _call(4, 0)),
    "modexp of 200 gas": (
        "cancun",
        (
            "PUSH1 32 PUSH0 MSTORE PUSH1 32 PUSH1 32 MSTORE PUSH1 32 PUSH1 64 MSTORE "
            f"PUSH32 {_BIG} PUSH1 96 MSTORE PUSH2 0xffff PUSH1 128 MSTORE PUSH32 {_BIG} PUSH1 160 MSTORE"
        ),
        _call(5, 192),
    ),
    "modexp of a long exponent": (
        "cancun",
        (
            "PUSH1 8 PUSH0 MSTORE PUSH2 992 PUSH1 32 MSTORE PUSH1 8 PUSH1 64 MSTORE "
            + " ".join(
                f"PUSH32 0x{'fe' if at == 96 else 'ff'}{'ff' * 31} PUSH2 {at} MSTORE"
                for at in range(96, 1120, 32)
            )
        ),
        _call(5, 1104, 0),
    ),
    "modexp, 1 KiB": (
        "cancun",
        (
            "PUSH2 1024 PUSH0 MSTORE PUSH1 4 PUSH1 32 MSTORE PUSH2 1024 PUSH1 64 MSTORE "
            f"PUSH32 {_BIG} PUSH1 96 MSTORE PUSH32 {_BIG} PUSH2 1120 MSTORE PUSH32 {_BIG} PUSH2 2100 MSTORE"
        ),
        _call(5, 2148),
    ),
    "ecadd": ("cancun", _G1, _call(6, 128)),
    "ecmul": ("cancun", f"{_G1} PUSH32 {_BIG} PUSH1 64 MSTORE", _call(7, 96)),
    "pairing of nothing": ("cancun", "", _call(8, 0)),
    "pairing": ("cancun", _words(1, 2, *_G2), _call(8, 192)),
    "point evaluation": ("cancun", _bytes(_BLOB_HASH + bytes(64) + _INFINITY + _INFINITY), _call(10, 192)),
    "BLS12_G1ADD": ("prague", _bytes(_BLS_G1 + _BLS_G1), _call(11, 256, 128)),
    "BLS12_MAP_FP_TO_G1": ("prague", _bytes(bytes(63) + b"\x05"), _call(16, 64, 128)),
    "BLS12_MAP_FP2_TO_G2": ("prague", _bytes(bytes(63) + b"\x05" + bytes(63) + b"\x06"), _call(17, 128, 256)),
    "blake2f": ("cancun", "PUSH2 0xffff PUSH1 224 SHL PUSH0 MSTORE PUSH1 1 PUSH1 212 MSTORE8", _call(9, 213)),
    "P256VERIFY": ("osaka", f"PUSH1 1 PUSH0 MSTORE {_G1}", _call(256, 160)),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one body: gas used, seconds of the processor."""

    name: str
    rules: str
    gas: int
    seconds: float

    @property
    def nanoseconds(self) -> float:
        """Per gas."""
        return 1e9 * self.seconds / max(self.gas, 1)


def workload(name: str) -> Workload:
    """A block with one transaction to one contract, which loops until its gas is spent."""
    fork, before, body = BODIES[name]
    code = assemble(f"{before} again: {body} PUSH2 @again JUMP")
    if "48 KiB" in name:
        code = code.ljust(0x6000, b"\x5b")
    raw, origin = _signed(0, _transaction(CONTRACT, GAS))
    accounts = {
        origin: WorkAccount(balance=ETHER),
        CONTRACT: WorkAccount(nonce=1, code=code),
        CALLEE: WorkAccount(nonce=1, code=b"\x5f" * 2),
    }
    return replace(_block(name, accounts, [raw]), fork=fork, gas_limit=max(GAS, 30_000_000))


def forks(name: str) -> dict[str, Fork]:
    """The rules that a body is run under."""
    fork = replace(FORKS[BODIES[name][0]], beacon_roots=None, requests=())
    witness = partial(
        WitnessGas, RULE_SETS["kaustinen7"], PackedRules(), frozenset(fork.execution.precompiles)
    )
    return {BODIES[name][0]: fork, "witness gas": replace(fork, policy=witness)}


def pace(name: str, rules: str) -> Pace:
    """Run a body once."""
    block, fork = workload(name), forks(name)[rules]
    transactions = [decode_transaction(raw, i) for i, raw in enumerate(block.transactions)]
    signed = list(zip(transactions, recover_senders(transactions), strict=True))
    body = BlockBody(signed, (), block.parent_hash, None, block.deposit_contract)
    view = MemoryView(block)
    context = context_of(block, fork, view)
    start = process_time()
    done = execute_block(view, context, body, fork)
    return Pace(name, rules, done.gas_used, process_time() - start)


def paces() -> list[Pace]:
    """All of them, the slowest per gas first."""
    found = [pace(name, rules) for name in BODIES for rules in forks(name)]
    return sorted(found, key=lambda each: -each.nanoseconds)
