"""What witness gas costs the interpreter: the same code, state and instructions under EIP-2929 and under it.

    python -m benchmarks.witness_gas [--runs N] [--json]

The workloads are those of ``stateless bench evm``. Both runs of a pair read one state in dictionaries, so
that what is compared is the policy alone: its charges and its record of what was touched. The program ends
with 1 if witness gas takes more than 1.3 times as long on any of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from time import perf_counter

from cli.bench_evm import context_of
from cli.bench_state import MemoryView
from cli.bench_workloads import WORKLOADS, Workload
from cli.machine import machine
from stateless.blockrun import BlockBody, Execution, execute_block
from stateless.evm.witness_gas import WitnessGas
from stateless.forks import FORKS, Fork
from stateless.rules import RULE_SETS
from stateless.signatures import recover_senders
from stateless.transaction_decode import decode_transaction
from stateless.witness_rules import PackedRules

BAR = 1.3
RULES = RULE_SETS["kaustinen7"]


def witness_fork(fork: Fork) -> Fork:
    """The same fork with witness gas in the place of EIP-2929."""
    exempt = frozenset(fork.execution.precompiles)
    return replace(fork, policy=partial(WitnessGas, RULES, PackedRules(), exempt))


def measure(workload: Workload, forks: Sequence[Fork], runs: int) -> list[tuple[list[float], int]]:
    """Times in milliseconds and gas used, under each fork, in turn."""
    transactions = [decode_transaction(raw, i) for i, raw in enumerate(workload.transactions)]
    signed = list(zip(transactions, recover_senders(transactions), strict=True))
    body = BlockBody(signed, workload.withdrawals, workload.parent_hash, None, workload.deposit_contract)
    times: list[list[float]] = [[] for _ in forks]
    done: list[Execution | None] = [None for _ in forks]
    for _ in range(runs):
        for i, fork in enumerate(forks):
            view = MemoryView(workload)
            context = context_of(workload, fork, view)
            start = perf_counter()
            done[i] = execute_block(view, context, body, fork, keep_logs=False)
            times[i].append(1000 * (perf_counter() - start))
    return [(times[i], execution.gas_used if execution else 0) for i, execution in enumerate(done)]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.witness_gas")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for name, make in WORKLOADS.items():
        workload = replace(make(), gas_limit=10**9)  # room for what costs more under witness gas
        fork = replace(FORKS[workload.fork], beacon_roots=None)
        (warm, warm_gas), (witness, witness_gas) = measure(workload, (fork, witness_fork(fork)), options.runs)
        rows.append(
            {
                "name": name,
                "warm_cold_ms": round(median(warm), 2),
                "witness_ms": round(median(witness), 2),
                "ratio": round(median(b / a for a, b in zip(warm, witness, strict=True)), 3),
                "warm_cold_gas": warm_gas,
                "witness_gas": witness_gas,
            }
        )
    if options.json:
        print(json.dumps({"machine": machine(), "runs": options.runs, "results": rows}, indent=1))
    else:
        print(f"{'workload':<12}{'EIP-2929':>12}{'witness gas':>14}{'ratio':>8}")
        for row in rows:
            print(f"{row['name']:<12}{row['warm_cold_ms']:>9} ms{row['witness_ms']:>11} ms{row['ratio']:>8}")
    return int(any(float(str(row["ratio"])) > BAR for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
