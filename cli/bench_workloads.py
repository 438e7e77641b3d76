"""What ``bench evm`` runs: blocks made for it, as plain data, and the JSON in which peers read them.

A workload is a whole block on a small state: accounts, the block's own values, raw signed transactions. Ours
and the peers run the same bytes. Loops are one transaction to one contract; ``block-30m`` is a full block.

No key signs anything: any r and s of a signature recover to some account, so the transactions are given
such values and the accounts that come out are given ether.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from stateless.evm.table import CANCUN
from stateless.signatures import sender
from stateless.transactions import Transaction, encode_transaction
from verkle.errors import InvalidError
from witness.header import Withdrawal
from witness.keccak import keccak256

SCHEMA: Final = "stateless/evm-workload/1"
FORK: Final = "cancun"
"""The newest fork that all peers run and that needs no system contract in the state."""
COINBASE: Final = b"\xc0" * 20
CONTRACT: Final = b"\x11" * 20
CALLEE: Final = b"\x22" * 20
BASE_FEE: Final = 10**9
TIP: Final = 10**9
LOOP_GAS: Final = 10_000_000
BLOCK_GAS: Final = 30_000_000
TRANSFER_GAS: Final = 21_000
TOKEN_GAS: Final = 60_000
"""Gas limit of a token transfer, which uses about 35,000."""
TOKENS: Final = 10**18
ETHER: Final = 10**18


@dataclass(frozen=True, slots=True)
class WorkAccount:
    """An account before the block."""

    nonce: int = 0
    balance: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workload:
    """A block to run. ``transactions``: raw and signed; ``block_hashes``: those that code asks for."""

    name: str
    fork: str
    chain_id: int
    coinbase: bytes
    number: int
    timestamp: int
    gas_limit: int
    base_fee: int
    prev_randao: bytes
    excess_blob_gas: int
    parent_hash: bytes
    parent_beacon_root: bytes
    deposit_contract: bytes
    accounts: Mapping[bytes, WorkAccount]
    transactions: tuple[bytes, ...]
    withdrawals: tuple[Withdrawal, ...] = ()
    block_hashes: Mapping[int, bytes] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the peers read: byte strings in hex, integers of any size as decimal strings."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "fork": self.fork,
            "chain_id": self.chain_id,
            "coinbase": self.coinbase.hex(),
            "number": self.number,
            "timestamp": self.timestamp,
            "gas_limit": self.gas_limit,
            "base_fee": self.base_fee,
            "prev_randao": self.prev_randao.hex(),
            "excess_blob_gas": self.excess_blob_gas,
            "parent_hash": self.parent_hash.hex(),
            "parent_beacon_root": self.parent_beacon_root.hex(),
            "block_hashes": {str(number): digest.hex() for number, digest in self.block_hashes.items()},
            "transactions": [raw.hex() for raw in self.transactions],
            "withdrawals": [
                {
                    "index": withdrawal.index,
                    "validator_index": withdrawal.validator_index,
                    "address": withdrawal.address.hex(),
                    "amount": withdrawal.amount_gwei,
                }
                for withdrawal in self.withdrawals
            ],
            "accounts": {
                address.hex(): {
                    "nonce": account.nonce,
                    "balance": str(account.balance),
                    "code": account.code.hex(),
                    "storage": {str(slot): str(value) for slot, value in account.storage.items()},
                }
                for address, account in self.accounts.items()
            },
        }


def assemble(source: str) -> bytes:
    """EVM assembly: names of instructions, numbers after PUSHn, ``name:`` for a JUMPDEST, ``@name`` after
    PUSH2 for its position."""
    opcodes = {instruction.name: opcode for opcode, instruction in CANCUN.items()}
    out = bytearray()
    labels: dict[str, int] = {}
    wanted: list[tuple[int, str]] = []
    size = 0
    for word in source.split():
        if word.endswith(":"):
            labels[word[:-1]] = len(out)
            out.append(opcodes["JUMPDEST"])
        elif word.startswith("@"):
            wanted.append((len(out), word[1:]))
            out += bytes(size)
        elif word[0].isdigit():
            out += int(word, 0).to_bytes(size, "big")
        else:
            out.append(opcodes[word])
            size = int(word[4:]) if word.startswith("PUSH") else 0
    for at, name in wanted:
        out[at : at + 2] = labels[name].to_bytes(2, "big")
    return bytes(out)


def _loop(times: int, body: str, start: str = "", end: str = "STOP") -> bytes:
    """``body``, with the counter on top of the stack before and after it, ``times`` times."""
    return assemble(f"{start} PUSH4 {times} again: {body} PUSH1 1 SWAP1 SUB DUP1 PUSH2 @again JUMPI {end}")


# Stack of the arithmetic loop: an accumulator below the counter.
ARITHMETIC: Final = _loop(
    25_000,
    """DUP1 DUP3 MUL PUSH2 0x3039 ADD DUP2 XOR DUP3 ADD
       PUSH16 0xffffffffffffffffffffffffffffff61 SWAP1 MOD
       DUP1 PUSH1 7 SHR ADD DUP2 GT ISZERO PUSH1 3 OR DUP3 SUB NOT SWAP2 POP""",
    "PUSH1 1",
    "POP PUSH0 MSTORE PUSH1 32 PUSH0 RETURN",
)
MEMORY: Final = _loop(
    25_000,
    """DUP1 DUP1 PUSH2 0x0fff AND MSTORE
       DUP1 PUSH2 0x07ff AND MLOAD PUSH1 64 MSTORE
       DUP1 DUP1 PUSH2 0x0fff AND MSTORE8
       PUSH1 64 PUSH1 32 PUSH2 0x0100 MCOPY""",
)
KECCAK: Final = _loop(20_000, "DUP1 PUSH1 32 MSTORE PUSH1 64 PUSH0 KECCAK256 PUSH0 MSTORE")
# Each round reads a new slot, three warm ones, writes a warm one, and in one of 16 rounds a cold one.
STORAGE: Final = _loop(
    1_000,
    """DUP1 SLOAD POP DUP1 SLOAD POP DUP1 SLOAD POP
       DUP1 PUSH1 15 AND SLOAD DUP2 ADD DUP2 PUSH1 15 AND SSTORE
       DUP1 DUP2 PUSH1 4 SHR PUSH3 0x100000 ADD SSTORE""",
)
CALLS: Final = _loop(
    10_000,
    "DUP1 PUSH0 MSTORE PUSH1 32 PUSH1 32 PUSH1 32 PUSH0 PUSH0 PUSH20 0x" + CALLEE.hex() + " GAS CALL POP",
)
CALLED: Final = assemble("PUSH0 CALLDATALOAD PUSH1 1 ADD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN")

# transfer(to, amount): selector a9059cbb. Balance of an account: slot keccak256(account . 0), as Solidity
# lays out a mapping in slot 0. Emits Transfer(from, to, amount) and returns true.
TRANSFER_TOPIC: Final = int("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", 16)
SELECTOR: Final = 0xA9059CBB
TOKEN: Final = assemble(
    f"""PUSH1 0x80 PUSH1 0x40 MSTORE CALLVALUE ISZERO PUSH2 @unpaid JUMPI PUSH0 PUSH0 REVERT
        unpaid: PUSH1 4 CALLDATASIZE LT PUSH2 @fail JUMPI
        PUSH0 CALLDATALOAD PUSH1 224 SHR DUP1 PUSH4 {SELECTOR} EQ PUSH2 @transfer JUMPI
        fail: PUSH0 PUSH0 REVERT
        transfer: POP PUSH1 36 CALLDATALOAD
        PUSH1 4 CALLDATALOAD PUSH20 0x{"ff" * 20} AND
        CALLER PUSH0 MSTORE PUSH0 PUSH1 32 MSTORE PUSH1 64 PUSH0 KECCAK256
        DUP1 SLOAD DUP4 DUP2 LT PUSH2 @fail JUMPI
        DUP4 SWAP1 SUB SWAP1 SSTORE
        DUP1 PUSH0 MSTORE PUSH1 64 PUSH0 KECCAK256
        DUP1 SLOAD DUP4 ADD SWAP1 SSTORE
        DUP2 PUSH0 MSTORE
        DUP1 CALLER PUSH32 {TRANSFER_TOPIC} PUSH1 32 PUSH0 LOG3
        PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN"""
)


def balance_slot(account: bytes) -> int:
    """Where ``TOKEN`` keeps the balance of an account."""
    return int.from_bytes(keccak256(account.rjust(32, b"\0") + bytes(32)), "big")


def _signed(seed: int, tx: Transaction) -> tuple[bytes, bytes]:
    """A transaction with a signature that somebody could have made: its bytes, and who that is."""
    attempt = 0
    while True:
        digest = keccak256(b"bench" + seed.to_bytes(4, "big") + attempt.to_bytes(4, "big"))
        tried = replace(tx, r=int.from_bytes(digest, "big") >> 1, s=seed + 1)
        try:
            return encode_transaction(tried), sender(tried)
        except InvalidError:  # half of all numbers are no x of a point
            attempt += 1


def _transaction(to: bytes, gas_limit: int, value: int = 0, data: bytes = b"") -> Transaction:
    return Transaction(2, 1, 0, TIP, 10 * BASE_FEE, gas_limit, to, value, data, v=0, r=0, s=0)


def _block(name: str, accounts: Mapping[bytes, WorkAccount], transactions: list[bytes]) -> Workload:
    return Workload(
        name=name,
        fork=FORK,
        chain_id=1,
        coinbase=COINBASE,
        number=20_000_000,
        timestamp=1_718_000_000,
        gas_limit=BLOCK_GAS,
        base_fee=BASE_FEE,
        prev_randao=keccak256(b"randao"),
        excess_blob_gas=0,
        parent_hash=keccak256(b"parent"),
        parent_beacon_root=keccak256(b"beacon"),
        deposit_contract=bytes(20),
        accounts=accounts,
        transactions=tuple(transactions),
    )


def _contract_loop(name: str, code: bytes) -> Workload:
    raw, origin = _signed(0, _transaction(CONTRACT, LOOP_GAS))
    accounts = {
        origin: WorkAccount(balance=ETHER),
        CONTRACT: WorkAccount(nonce=1, code=code, storage={slot: slot + 7 for slot in range(0, 1000, 2)}),
        CALLEE: WorkAccount(nonce=1, code=CALLED),
    }
    return _block(name, accounts, [raw])


def _full_block(name: str) -> Workload:
    """Half of the gas for plain transfers, half for token transfers, in turn; everybody sends once."""
    accounts: dict[bytes, WorkAccount] = {}
    balances: dict[int, int] = {}
    transactions: list[bytes] = []
    used = 0
    while True:
        i = len(transactions)
        # 21,000 and 34,500 gas: so many of each that both kinds use as much
        is_token = i * 21 // 55 != (i + 1) * 21 // 55
        limit = TOKEN_GAS if is_token else TRANSFER_GAS
        to = keccak256(b"to" + i.to_bytes(4, "big"))[12:]
        if used + limit > BLOCK_GAS:
            break
        if is_token:
            data = SELECTOR.to_bytes(4, "big") + to.rjust(32, b"\0") + (12345 + i).to_bytes(32, "big")
            raw, origin = _signed(i, _transaction(CONTRACT, limit, data=data))
            balances[balance_slot(origin)] = TOKENS
            balances[balance_slot(to)] = TOKENS
            used += 34_600
        else:
            raw, origin = _signed(i, _transaction(to, limit, value=12345 + i))
            accounts[to] = WorkAccount(balance=1)
            used += limit
        accounts[origin] = WorkAccount(balance=ETHER)
        transactions.append(raw)
    accounts[CONTRACT] = WorkAccount(nonce=1, code=TOKEN, storage=balances)
    return _block(name, accounts, transactions)


WORKLOADS: Final[Mapping[str, Callable[[], Workload]]] = {
    "arithmetic": lambda: _contract_loop("arithmetic", ARITHMETIC),
    "memory": lambda: _contract_loop("memory", MEMORY),
    "keccak": lambda: _contract_loop("keccak", KECCAK),
    "storage": lambda: _contract_loop("storage", STORAGE),
    "calls": lambda: _contract_loop("calls", CALLS),
    "block-30m": lambda: _full_block("block-30m"),
}
"""By name, made when asked for: the full block has 1,100 signatures to recover."""
