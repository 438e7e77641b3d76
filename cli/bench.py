"""``stateless bench``: how long the work takes here, beside other implementations where they can be had."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cli import bench_device, examples
from cli.bench_run import Bench
from cli.commands import QuickCommand
from cli.inputs import open_state
from cli.parameters import LEAST_RUNS, AsJson, Runs
from cli.settings import Settings, call_as, option, whole_number, with_settings

HELP = f"""Measure: medians of repeated runs, with the peers of benchmarks/peers beside them.

{examples.block(examples.BENCH)}

Only what holds is measured: a false proof ends the command with 1."""
HELP_MULTIPROOF = f"""Decode and verify one multiproof (a file with C, z, y and proof).

{examples.block(examples.BENCH_MULTIPROOF)}"""
HELP_VERIFY = f"""Decode and verify the witnesses of blocks.

{examples.block(examples.BENCH)}

Verkle witnesses, without execution: decode (JSON), shape, proof, rebuild (the root after the block); check
is the last three, which is what peers time; total is all four; verdict is `verify --proof-only`, with the
header's hash and rules.

Merkle-Patricia witnesses: decode, shape, proof, execution, rebuild, compare; total is all of them. The peer
is EELS, for execution only, on the state that the block reads."""
HELP_EVM = f"""Run blocks made for it, and those of the files, on a state in memory.

{examples.block(examples.BENCH_EVM)}

Workloads: arithmetic, memory, keccak, storage, calls (loops, one transaction each), block-30m (a full block
of plain and token transfers). FILE: blocks with a Merkle-Patricia witness; the state is what they read of it.
In the time: transactions from their bytes, senders, execution, receipts. Not in it: filling the state,
roots."""
HELP_TREE = f"""Build a tree in memory, from leaves in no order to the root, tables included.

{examples.block(examples.BENCH_TREE)}

SRC: a genesis, an alloc, a CSV or a store; without one, random leaves, each under a stem of its own."""
HELP_PROVE = f"""Prove random keys out of a state, and verify the proof.

{examples.block(examples.BENCH_PROVE)}

Phases: prove (keys in, witness out); check (the verifier's, shape, proof and root), which is what the peer
times: go-verkle verifies the same witness."""

app = typer.Typer(rich_markup_mode=None, help=HELP)

Peers = Annotated[bool, typer.Option("--peers", help="Measure the peers too (needs Go).")]
EvmPeers = Annotated[
    bool, typer.Option("--peers", help="Measure EELS and py-evm too (needs Python 3.11 or 3.12).")
]
PeersDir = Annotated[
    str | None,
    typer.Option(
        "--peers-dir", metavar="D", help="Where run.py of the peers is. [default: benchmarks/peers]"
    ),
]
StateRules = Annotated[str | None, typer.Option("--rules", metavar="NAME", help="Rule set of SRC.")]


def with_bench(peers: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a measurement. It takes ``bench: Bench`` first, puts its results there,
    and leaves printing and the exit code to the decorator. ``peers``: which option asks for peers."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(settings: Settings, **arguments: Any) -> None:
            names = ("runs", "peers", "peers_dir", "as_json")
            runs, asked, folder, as_json = (arguments.pop(name) for name in names)
            bench = Bench(settings, whole_number(runs, "--runs", LEAST_RUNS), asked, folder)
            command(bench, **arguments)
            bench.finish(as_json)

        more = [
            option("runs", Runs, default=str(LEAST_RUNS)),
            option("peers", peers, default=False),
            option("peers_dir", PeersDir, default=None),
            option("as_json", AsJson, default=False),
        ]
        return call_as(run, command, ("settings", Settings), more)

    return decorate


@app.command("multiproof", cls=QuickCommand, help=HELP_MULTIPROOF, short_help="One multiproof.")
@with_settings
@with_bench(Peers)
def multiproof(
    bench: Bench,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A multiproof as go-ipa's vectors have it.")],
) -> None:
    """See ``HELP_MULTIPROOF``."""
    from cli.bench_work import bench_name, measure_multiproof

    name = bench_name("multiproof", file)
    bench.results += measure_multiproof(name, bench.read(file), bench.runs)
    bench.ask_peer(name, "multiproof", file, [()])


@app.command("verify", cls=QuickCommand, help=HELP_VERIFY, short_help="The witnesses of blocks.")
@with_settings
@with_bench(Peers)
def verify(
    bench: Bench,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Blocks with Verkle witnesses.")],
) -> None:
    """See ``HELP_VERIFY``."""
    from cli.bench_work import bench_name, has_patricia, measure_verify

    for file in files:
        name = bench_name("verify", file)
        data = bench.read(file)
        if has_patricia(data, file):
            from cli.bench_evm import measure_patricia

            results, workloads = measure_patricia(name, file, data, bench.runs)
            bench.results += results
            bench.ask_evm_peer(name, "eels", workloads, results[0].facts["gas_used"])
            continue
        results, verdicts = measure_verify(name, file, data, bench.runs)
        bench.results += results
        each: list[tuple[str, ...]] = [
            ("--pre-root", f"0x{(verdict.pre_state_root or b'').hex()}") for verdict in verdicts
        ]
        if len(each) > 1:
            each = [(*arguments, "--block", str(number)) for number, arguments in enumerate(each)]
        bench.ask_peer(name, "witness", file, each, [verdict.post_state_root for verdict in verdicts])


@app.command("evm", cls=QuickCommand, help=HELP_EVM, short_help="Running blocks on a state in memory.")
@with_settings
@with_bench(EvmPeers)
def evm(
    bench: Bench,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]", help="Blocks with Merkle-Patricia witnesses.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="This workload alone; several are given one by one."),
    ] = None,
) -> None:
    """See ``HELP_EVM``."""
    from cli.bench_evm import EVM_PEERS, can_run, measure_workloads, workloads_of

    inputs = [(file, bench.read(file)) for file in files or ()]
    for name, workloads in workloads_of(only, inputs):
        results = measure_workloads(name, workloads, bench.runs)
        bench.results += results
        for peer in EVM_PEERS:
            if all(can_run(peer, workload) for workload in workloads):
                bench.ask_evm_peer(name, peer, workloads, results[0].facts["gas_used"])


@app.command("tree", cls=QuickCommand, help=HELP_TREE, short_help="A tree built in memory.")
@with_settings
@with_bench(Peers)
def tree(
    bench: Bench,
    source: Annotated[
        str | None, typer.Argument(metavar="SRC", help="Genesis, alloc, CSV, or store.")
    ] = None,
    leaves: Annotated[
        str, typer.Option("--leaves", metavar="N", help="Random leaves, without SRC.")
    ] = "1000",
    rules: StateRules = None,
) -> None:
    """See ``HELP_TREE``."""
    from cli.bench_tree import measure_tree, peer_file, random_rows, source_rows
    from cli.bench_work import bench_name

    if source is None:
        number = whole_number(leaves, "--leaves", 1)
        name, rows = f"tree/random-{number}", random_rows(number)
    else:
        with open_state(bench.settings, source, rules) as state:
            name, rows = bench_name("tree", source), source_rows(state)
    results, root = measure_tree(name, rows, bench.runs)
    bench.results += results
    bench.ask_about(name, "tree", peer_file(rows, ()), root)


@app.command("prove", cls=QuickCommand, help=HELP_PROVE, short_help="Keys proven out of a state.")
@with_settings
@with_bench(Peers)
def prove(
    bench: Bench,
    state: Annotated[str, typer.Option("--state", metavar="SRC", help="Genesis, alloc, CSV, or store.")],
    keys: Annotated[str, typer.Option("--keys", metavar="N", help="How many keys.")] = "1000",
    rules: StateRules = None,
) -> None:
    """See ``HELP_PROVE``."""
    from cli.bench_tree import MOST_PEER_LEAVES, measure_prove, peer_file, random_keys
    from cli.bench_work import bench_name
    from stateless.states import tree_of
    from verkle.leaf_sort import Row

    number = whole_number(keys, "--keys", 1)
    with open_state(bench.settings, state, rules) as source:
        full = tree_of(source)
        name = bench_name("prove", state)
        chosen = random_keys(full, number)
        results, document = measure_prove(name, full, chosen, bench.runs)
        bench.results += results
        bench.ask_about(name, "witness", document, full.root)
        if bench.asks and (source.store is None or source.store.state.leaves <= MOST_PEER_LEAVES):
            rows = [Row(key, value) for key, value in full.items()]
            bench.ask_about(f"{name}, in memory", "tree", peer_file(rows, chosen), full.root)


app.command("device", cls=QuickCommand, help=bench_device.HELP, short_help="A report of this machine.")(
    bench_device.command
)
