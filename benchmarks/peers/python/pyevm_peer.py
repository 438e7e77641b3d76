"""py-evm on one workload: prints one JSON object, the result of the peer.

Runs in the environment that ``run.py`` makes, never in ours::

    python pyevm_peer.py WORKLOAD.json --runs N

In the clock, as for EELS: transactions decoded, checked, their senders recovered, run, and their receipts
with blooms. Outside: filling the state (anew for each run, into the journal, so that nothing is read from its
trie), tries and roots.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from eth.consensus.context import ConsensusContext
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.db.chain import ChainDB
from eth.vm.chain_context import ChainContext
from report import Workload, main


class PyEvm:
    """One virtual machine for each run."""

    name = "py-evm"
    distribution = "py-evm"

    def __init__(self, workload: Workload) -> None:
        fork = workload["fork"]
        module = importlib.import_module(f"eth.vm.forks.{fork}")
        blocks = importlib.import_module(f"eth.vm.forks.{fork}.blocks")
        self.workload = workload
        self.vm_class = getattr(module, f"{fork.capitalize()}VM").configure(consensus_class=NoProofConsensus)
        self.header_class = getattr(blocks, f"{fork.capitalize()}BlockHeader")
        self.raw = [bytes.fromhex(hexed) for hexed in workload["transactions"]]

    def prepare(self) -> Any:
        """A virtual machine on a state of its own."""
        said = self.workload
        header = self.header_class(
            difficulty=0,
            block_number=said["number"],
            gas_limit=said["gas_limit"],
            timestamp=said["timestamp"],
            coinbase=bytes.fromhex(said["coinbase"]),
            parent_hash=bytes.fromhex(said["parent_hash"]),
            mix_hash=bytes.fromhex(said["prev_randao"]),
            base_fee_per_gas=said["base_fee"],
            excess_blob_gas=said["excess_blob_gas"],
            parent_beacon_block_root=bytes.fromhex(said["parent_beacon_root"]),
        )
        database = AtomicDB()
        vm = self.vm_class(
            header=header,
            chaindb=ChainDB(database),
            chain_context=ChainContext(said["chain_id"]),
            consensus_context=ConsensusContext(database),
        )
        context = vm.create_execution_context(header, (), vm.chain_context)
        vm._state = state = vm.get_state_class()(database, context, header.state_root)
        for hexed, account in said["accounts"].items():
            address = bytes.fromhex(hexed)
            state.set_balance(address, int(account["balance"]))
            state.set_nonce(address, account["nonce"])
            state.set_code(address, bytes.fromhex(account["code"]))
            for slot, value in account["storage"].items():
                state.set_storage(address, int(slot), int(value))
        state.lock_changes()
        return vm

    def run(self, vm: Any) -> int:
        """What is timed; returns the gas used."""
        transactions = [vm.get_transaction_builder().decode(raw) for raw in self.raw]
        header, _, _ = vm.apply_all_transactions(transactions, vm.get_header())
        return int(header.gas_used)


if __name__ == "__main__":
    sys.exit(main(PyEvm))
