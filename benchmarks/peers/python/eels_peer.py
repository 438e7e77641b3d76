"""EELS, the executable specification, on one workload: prints one JSON object, the result of the peer.

Runs in the environment that ``run.py`` makes, never in ours::

    python eels_peer.py WORKLOAD.json --runs N

In the clock is ``apply_body``: transactions decoded, checked, their senders recovered, run; system calls,
withdrawals, requests, receipts with blooms. Outside: filling the state (anew for each run), tries and roots.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ethereum_types.bytes import Bytes, Bytes20, Bytes32
from ethereum_types.numeric import U64, U256, Uint
from report import Workload, main

HASHES_KEPT = 256


class Eels:
    """The modules of one fork, and a block made of the workload."""

    name = "eels"
    distribution = "ethereum-execution"

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        base = f"ethereum.forks.{workload['fork']}"
        self.fork = importlib.import_module(f"{base}.fork")
        self.state = importlib.import_module(f"{base}.state")
        self.types = importlib.import_module(f"{base}.fork_types")
        self.vm = importlib.import_module(f"{base}.vm")
        self.blocks = importlib.import_module(f"{base}.blocks")
        self.transactions = tuple(map(self._transaction, workload["transactions"]))
        self.withdrawals = tuple(
            self.blocks.Withdrawal(
                U64(each["index"]),
                U64(each["validator_index"]),
                Bytes20(bytes.fromhex(each["address"])),
                U256(each["amount"]),
            )
            for each in workload["withdrawals"]
        )

    def prepare(self) -> Any:
        """The block's environment on a state of its own."""
        said = self.workload
        return self.vm.BlockEnvironment(
            chain_id=U64(said["chain_id"]),
            state=self._filled(),
            block_gas_limit=Uint(said["gas_limit"]),
            block_hashes=self._hashes(),
            coinbase=Bytes20(bytes.fromhex(said["coinbase"])),
            number=Uint(said["number"]),
            base_fee_per_gas=Uint(said["base_fee"]),
            time=U256(said["timestamp"]),
            prev_randao=Bytes32(bytes.fromhex(said["prev_randao"])),
            excess_blob_gas=U64(said["excess_blob_gas"]),
            parent_beacon_block_root=Bytes32(bytes.fromhex(said["parent_beacon_root"])),
        )

    def run(self, block: Any) -> int:
        """What is timed; returns the gas used."""
        return int(self.fork.apply_body(block, self.transactions, self.withdrawals).block_gas_used)

    def _filled(self) -> Any:
        state = self.state.State()
        for hexed, account in self.workload["accounts"].items():
            address = Bytes20(bytes.fromhex(hexed))
            made = self.types.Account(
                Uint(account["nonce"]), U256(int(account["balance"])), Bytes(bytes.fromhex(account["code"]))
            )
            self.state.set_account(state, address, made)
            for slot, value in account["storage"].items():
                key = Bytes32(int(slot).to_bytes(32, "big"))
                self.state.set_storage(state, address, key, U256(int(value)))
        return state

    def _hashes(self) -> list[Bytes32]:
        """Of the blocks before, oldest first; those that nothing asks for are zeros."""
        hashes = [Bytes32(bytes(32))] * HASHES_KEPT
        for number, digest in self.workload["block_hashes"].items():
            hashes[int(number) - self.workload["number"]] = Bytes32(bytes.fromhex(digest))
        hashes[-1] = Bytes32(bytes.fromhex(self.workload["parent_hash"]))
        return hashes

    def _transaction(self, hexed: str) -> Any:
        """As a block body has it: typed ones as bytes, legacy ones decoded."""
        raw = bytes.fromhex(hexed)
        if raw[0] < 0xC0:
            return Bytes(raw)
        from ethereum_rlp import rlp

        module = importlib.import_module(f"{self.fork.__package__}.transactions")
        return rlp.decode_to(module.LegacyTransaction, raw)


if __name__ == "__main__":
    sys.exit(main(Eels))
