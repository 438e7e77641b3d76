"""``bench evm``: running blocks on a state in memory; ``bench verify`` of Merkle-Patricia blocks, by phase.

In the time of ``execution``, here and in every peer that is asked: transactions from their bytes, their
static rules, their senders from the signatures, system calls, running them, withdrawals, requests, receipts
encoded with their blooms. Not in it: filling the state, tries and roots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from cli.bench_state import MemoryView, RecordingView
from cli.bench_work import EXECUTION, bench_name
from cli.bench_workloads import FORK, WORKLOADS, Workload
from cli.measuring import Measured, Phases, ours, repeat, summed
from stateless.blobs import blob_base_fee
from stateless.blockrun import BlockBody, Execution, execute_block
from stateless.evm.environment import BlockContext
from stateless.forks import FORKS, Fork
from stateless.headers import headers_by_hash
from stateless.patricia_steps import Shaped, check_proof, check_shape, compare, execute, rebuild
from stateless.patricia_view import PatriciaView
from stateless.receipts import bloom_of
from stateless.report import Options, Report, Subject
from stateless.signatures import recover_senders
from stateless.transaction_checks import check_transaction
from stateless.transaction_decode import decode_transaction
from stateless.view import StateView
from verkle.errors import IncompleteError, UnsupportedError
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.errors import UsageError

EVM_PEERS: Final = ("eels", "py-evm")
EELS_FORKS: Final = frozenset({"shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2"})


def can_run(peer: str, workload: Workload) -> bool:
    """Whether a peer does the whole work of a block here: py-evm is given transactions alone, no withdrawals,
    requests or earlier blocks."""
    if peer == "eels":
        return workload.fork in EELS_FORKS
    return workload.fork == FORK and not workload.withdrawals and not workload.block_hashes


def run_workload(workload: Workload, view: StateView) -> Execution:
    """What is timed as ``execution``.

    Raises ``StatelessError`` if the block cannot be run as it is.
    """
    fork = FORKS[workload.fork]
    transactions = [decode_transaction(raw, i) for i, raw in enumerate(workload.transactions)]
    for tx in transactions:
        check_transaction(tx, fork, workload.chain_id)
    body = BlockBody(
        list(zip(transactions, recover_senders(transactions), strict=True)),
        workload.withdrawals,
        workload.parent_hash,
        workload.parent_beacon_root,
        workload.deposit_contract,
    )
    execution = execute_block(view, context_of(workload, fork, view), body, fork)
    for receipt in execution.receipts:
        receipt.encode(bloom_of(receipt.logs))
    return execution


def context_of(workload: Workload, fork: Fork, view: StateView) -> BlockContext:
    """The block as code sees it."""
    return BlockContext(
        chain_id=workload.chain_id,
        coinbase=workload.coinbase,
        number=workload.number,
        timestamp=workload.timestamp,
        gas_limit=workload.gas_limit,
        base_fee=workload.base_fee,
        prev_randao=workload.prev_randao,
        blob_base_fee=blob_base_fee(workload.excess_blob_gas, fork.blobs) if fork.blobs else 0,
        block_hash=view.block_hash,
    )


def workloads_of(
    only: Sequence[str] | None, inputs: Sequence[tuple[str, bytes]]
) -> Iterator[tuple[str, list[Workload]]]:
    """The workloads of these names (``None``: all, or none of them beside ``inputs``), each with the name of
    its results, then the blocks of each input.

    Raises ``UsageError`` for a name that is none; ``StatelessError`` for a block that does not hold.
    """
    wanted = list(only) if only else [] if inputs else list(WORKLOADS)
    for unknown in set(wanted) - set(WORKLOADS):
        raise UsageError(
            "WORKLOAD_UNKNOWN", f"no workload is called {unknown}; there are {', '.join(WORKLOADS)}"
        )
    for name in wanted:
        yield f"evm/{name}", [WORKLOADS[name]()]
    for file, data in inputs:
        name = bench_name("evm", file)
        yield name, record_workloads(name, decode_blocks(data, file))


def measure_workloads(name: str, workloads: Sequence[Workload], runs: int) -> list[Measured]:
    """Phase ``execution`` of some blocks, one after the other; the facts hold the gas that they use."""
    views = [MemoryView(workload) for workload in workloads]
    used = sum(run_workload(*each).gas_used for each in zip(workloads, views, strict=True))

    def work(phases: Phases) -> None:
        for workload, view in zip(workloads, views, strict=True):
            view.forget_code()  # decoding it is part of every run
            run_workload(workload, view)
        phases.lap(EXECUTION)

    return ours(name, repeat(work, runs), _facts(workloads, used))


def _facts(workloads: Sequence[Workload], gas_used: int) -> dict[str, int]:
    return {
        "blocks": len(workloads),
        "transactions": sum(len(workload.transactions) for workload in workloads),
        "gas_used": gas_used,
    }


def record_workloads(name: str, blocks: Sequence[BlockInput]) -> list[Workload]:
    """Blocks with Merkle-Patricia witnesses as workloads: what running each reads is its state.

    Raises:
        IncompleteError: a block with another witness, or none.
        StatelessError: a block that does not hold.
    """
    workloads: list[Workload] = []
    for block in blocks:
        shaped, view = _proven(block)
        workload = _bare(name, shaped)
        recording = RecordingView(view)
        run_workload(workload, recording)
        workloads.append(
            replace(workload, accounts=recording.accounts(), block_hashes=recording.block_hashes)
        )
    return workloads


def _proven(block: BlockInput) -> tuple[Shaped, PatriciaView]:
    if block.patricia is None:
        raise IncompleteError("NO_WITNESS", "the input holds no Merkle-Patricia witness for this block")
    report = Report()
    shaped = check_shape(Subject(block, headers_by_hash(block.headers), None, Options()), report)
    return shaped, check_proof(shaped, report)


def _bare(name: str, shaped: Shaped) -> Workload:
    """The workload of a block, without a state."""
    header, selected = shaped.header, shaped.selected
    if selected is None:
        raise shaped.refusal or UnsupportedError("RULES_NOT_NAMED", "nothing names the rules of this block")
    return Workload(
        name=name,
        fork=selected.fork.name,
        chain_id=shaped.chain_id,
        coinbase=header.coinbase or b"",
        number=header.number or 0,
        timestamp=header.timestamp or 0,
        gas_limit=header.gas_limit or 0,
        base_fee=header.base_fee_per_gas or 0,
        prev_randao=header.prev_randao or b"",
        excess_blob_gas=header.excess_blob_gas or 0,
        parent_hash=header.parent_hash or b"",
        parent_beacon_root=header.parent_beacon_block_root or bytes(32),
        deposit_contract=selected.deposit_contract,
        accounts={},
        transactions=shaped.subject.block.transactions or (),
        withdrawals=shaped.subject.block.withdrawals or (),
    )


def measure_patricia(name: str, file: str, data: bytes, runs: int) -> tuple[list[Measured], list[Workload]]:
    """A whole verification of every block of an input, phase by phase: ``decode`` (JSON, hex, RLP),
    ``shape`` (header, transactions, ancestors, rules), ``proof`` (the nodes by hash), ``execution`` (which
    reads the trie as it goes), ``rebuild`` (the root after the block), ``compare`` (all that the header
    says), ``total``.

    Returns also the blocks as workloads for peers. Raises ``StatelessError`` if one of
    them does not hold.
    """
    blocks = decode_blocks(data, file)
    workloads = record_workloads(name, blocks)

    def work(phases: Phases) -> None:
        decoded = decode_blocks(data, file)
        phases.lap("decode")
        for block in decoded:
            report = Report()
            shaped = check_shape(Subject(block, headers_by_hash(block.headers), None, Options()), report)
            phases.lap("shape")
            view = check_proof(shaped, report)
            phases.lap("proof")
            executed = execute(shaped, view, report)
            phases.lap(EXECUTION)
            root = rebuild(executed, report)
            phases.lap("rebuild")
            compare(executed, root, report)
            phases.lap("compare")

    laps = repeat(work, runs)
    laps["total"] = summed(laps, tuple(laps))
    facts = _facts(workloads, sum(run_workload(each, MemoryView(each)).gas_used for each in workloads))
    return ours(name, laps, facts), workloads
