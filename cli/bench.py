"""``stateless bench``: how long the work takes here, beside other implementations where they can be had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import bench_device, examples
from cli.commands import QuickCommand
from cli.exit_codes import ExitCode
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import warn

if TYPE_CHECKING:
    from cli.bench_workloads import Workload
    from cli.measuring import Measured
    from cli.peers import PeerReport, PeersUnavailable

SCHEMA: Final = "stateless/bench/1"
LEAST_RUNS: Final = 5

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

Runs = Annotated[str, typer.Option("--runs", metavar="N", help="Measured runs, 5 or more.")]
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
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("multiproof", cls=QuickCommand, help=HELP_MULTIPROOF, short_help="One multiproof.")
@with_settings
def multiproof(
    settings: Settings,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A multiproof as go-ipa's vectors have it.")],
    runs: Runs = str(LEAST_RUNS),
    peers: Peers = False,
    peers_dir: PeersDir = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_MULTIPROOF``."""
    from cli.bench_work import bench_name, measure_multiproof

    bench = _Bench(_runs(runs), peers, peers_dir)
    name = bench_name("multiproof", file)
    bench.results += measure_multiproof(name, _read(settings, file), bench.runs)
    bench.ask_peer(name, "multiproof", file, [()])
    bench.finish(settings, as_json)


@app.command("verify", cls=QuickCommand, help=HELP_VERIFY, short_help="The witnesses of blocks.")
@with_settings
def verify(
    settings: Settings,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Blocks with Verkle witnesses.")],
    runs: Runs = str(LEAST_RUNS),
    peers: Peers = False,
    peers_dir: PeersDir = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_VERIFY``."""
    from cli.bench_work import bench_name, has_patricia, measure_verify

    bench = _Bench(_runs(runs), peers, peers_dir)
    for file in files:
        name = bench_name("verify", file)
        data = _read(settings, file)
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
    bench.finish(settings, as_json)


@app.command("evm", cls=QuickCommand, help=HELP_EVM, short_help="Running blocks on a state in memory.")
@with_settings
def evm(
    settings: Settings,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Blocks with Merkle-Patricia witnesses.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="This workload alone; several are given one by one."),
    ] = None,
    runs: Runs = str(LEAST_RUNS),
    peers: EvmPeers = False,
    peers_dir: PeersDir = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_EVM``."""
    from cli.bench_evm import EVM_PEERS, can_run, measure_workloads, workloads_of

    bench = _Bench(_runs(runs), peers, peers_dir)
    inputs = [(file, _read(settings, file)) for file in files or ()]
    for name, workloads in workloads_of(only, inputs):
        results = measure_workloads(name, workloads, bench.runs)
        bench.results += results
        for peer in EVM_PEERS:
            if all(can_run(peer, workload) for workload in workloads):
                bench.ask_evm_peer(name, peer, workloads, results[0].facts["gas_used"])
    bench.finish(settings, as_json)


@app.command("tree", cls=QuickCommand, help=HELP_TREE, short_help="A tree built in memory.")
@with_settings
def tree(
    settings: Settings,
    source: Annotated[
        str | None, typer.Argument(metavar="SRC", help="Genesis, alloc, CSV, or store.")
    ] = None,
    leaves: Annotated[
        str, typer.Option("--leaves", metavar="N", help="Random leaves, without SRC.")
    ] = "1000",
    rules: Annotated[str | None, typer.Option("--rules", metavar="NAME", help="Rule set of SRC.")] = None,
    runs: Runs = str(LEAST_RUNS),
    peers: Peers = False,
    peers_dir: PeersDir = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_TREE``."""
    from cli.bench_tree import measure_tree, peer_file, random_rows, source_rows
    from cli.bench_work import bench_name
    from cli.options import rules_name
    from stateless.state_source import StateSource

    bench = _Bench(_runs(runs), peers, peers_dir)
    if source is None:
        number = whole_number(leaves, "--leaves", 1)
        name, rows = f"tree/random-{number}", random_rows(number)
    else:
        named = None if rules is None else rules_name(rules)
        with StateSource(source, rules=named, max_bytes=settings.max_bytes) as state:
            name, rows = bench_name("tree", source), source_rows(state)
    results, root = measure_tree(name, rows, bench.runs)
    bench.results += results
    bench.ask_about(name, "tree", peer_file(rows, ()), root)
    bench.finish(settings, as_json)


@app.command("prove", cls=QuickCommand, help=HELP_PROVE, short_help="Keys proven out of a state.")
@with_settings
def prove(
    settings: Settings,
    state: Annotated[str, typer.Option("--state", metavar="SRC", help="Genesis, alloc, CSV, or store.")],
    keys: Annotated[str, typer.Option("--keys", metavar="N", help="How many keys.")] = "1000",
    rules: Annotated[str | None, typer.Option("--rules", metavar="NAME", help="Rule set of SRC.")] = None,
    runs: Runs = str(LEAST_RUNS),
    peers: Peers = False,
    peers_dir: PeersDir = None,
    as_json: AsJson = False,
) -> None:
    """See ``HELP_PROVE``."""
    from cli.bench_tree import MOST_PEER_LEAVES, measure_prove, peer_file, random_keys
    from cli.bench_work import bench_name
    from cli.options import rules_name
    from stateless.state_source import StateSource
    from stateless.states import tree_of
    from verkle.leaf_sort import Row

    bench = _Bench(_runs(runs), peers, peers_dir)
    number = whole_number(keys, "--keys", 1)
    named = None if rules is None else rules_name(rules)
    with StateSource(state, rules=named, max_bytes=settings.max_bytes) as source:
        full = tree_of(source)
        name = bench_name("prove", state)
        chosen = random_keys(full, number)
        results, document = measure_prove(name, full, chosen, bench.runs)
        bench.results += results
        bench.ask_about(name, "witness", document, full.root)
        if bench.asks and (source.store is None or source.store.state.leaves <= MOST_PEER_LEAVES):
            rows = [Row(key, value) for key, value in full.items()]
            bench.ask_about(f"{name}, in memory", "tree", peer_file(rows, chosen), full.root)
    bench.finish(settings, as_json)


app.command("device", cls=QuickCommand, help=bench_device.HELP, short_help="A report of this machine.")(
    bench_device.command
)


class _Bench:
    """Results of ours and of the peers, gathered; the exit code that they deserve."""

    def __init__(self, runs: int, peers: bool, folder: str | None) -> None:
        self.runs = runs
        self.results: list[Measured] = []
        self._ask = peers or folder is not None
        self._folder = None if folder is None else Path(folder)
        self._absent: PeersUnavailable | None = None
        self._code = ExitCode.VALID

    def ask_peer(
        self,
        name: str,
        command: str,
        file: str,
        each: Sequence[Sequence[str]],
        roots: Sequence[bytes | None] | None = None,
    ) -> None:
        """Have a peer do the same work: once for each of ``each``, the blocks of the file; their times are
        added up run by run. ``roots``: the state roots that it must come to."""
        if not self._ask or self._absent is not None:
            return
        from cli.peers import PeersUnavailable, measure

        if file == "-":
            raise typer.BadParameter("peers read files, not standard input", param_hint="--peers")
        reports = []
        try:
            for arguments in each:
                options = [*arguments, "--runs", str(self.runs)]
                reports.append(measure(self._folder, command, Path(file), options))
        except PeersUnavailable as error:
            self._absent = error
            self._code = ExitCode.UNSUPPORTED
            return
        for report, root in zip(reports, roots or [None] * len(reports), strict=True):
            self._compare(name, report, root)
        if all(report.accepted for report in reports):
            self.results += _added_up(name, reports)

    @property
    def asks(self) -> bool:
        """Whether peers are to be asked, and there are any as far as is known."""
        return self._ask and self._absent is None

    def ask_about(self, name: str, command: str, document: object, root: bytes) -> None:
        """As :meth:`ask_peer`, about something that is in no file; the peer must come to ``root``."""
        if not self.asks:
            return
        import json
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            file = Path(folder) / "input.json"
            file.write_text(json.dumps(document), encoding="ascii")
            self.ask_peer(name, command, str(file), [()], [root])

    def ask_evm_peer(self, name: str, peer: str, workloads: Sequence[Workload], gas_used: int) -> None:
        """Have a peer run the same blocks; ``gas_used``: what it must come to in all."""
        if not self._ask or self._absent is not None:
            return
        import json
        from tempfile import TemporaryDirectory

        from cli.peers import PeersUnavailable, measure

        reports = []
        try:
            with TemporaryDirectory() as folder:
                file = Path(folder) / "workload.json"
                for workload in workloads:
                    file.write_text(json.dumps(workload.to_json()), encoding="ascii")
                    options = ["--peer", peer, "--runs", str(self.runs)]
                    reports.append(measure(self._folder, "evm", file, options))
        except PeersUnavailable as error:
            self._absent = error
            self._code = ExitCode.UNSUPPORTED
            return
        for report in reports:
            self._compare(name, report, None)
        if not all(report.accepted for report in reports):
            return
        used = sum(report.gas_used or 0 for report in reports)
        if used != gas_used:
            warn(f"{peer} uses {used:,} gas for {name}, we {gas_used:,}")
            self._code = ExitCode.CROSS_CHECK
        self.results += _added_up(name, reports)

    def _compare(self, name: str, report: PeerReport, root: bytes | None) -> None:
        """A peer that comes to another answer is news, not a measurement."""
        if not report.accepted:
            warn(f"{report.implementation} refuses {name}: {report.reason}")
            self._code = ExitCode.CROSS_CHECK
        elif root is not None and report.post_state_root not in (None, f"0x{root.hex()}"):
            warn(f"{report.implementation} comes to the root {report.post_state_root}, we to 0x{root.hex()}")
            self._code = ExitCode.CROSS_CHECK

    def finish(self, settings: Settings, as_json: bool) -> None:
        """Print everything and end the command."""
        from cli.bench_report import show, to_json

        if as_json:
            print(to_json(self.results, self._absent, self._code))
        else:
            show(settings, self.results)
        if self._absent is not None:
            warn(f"no peers: {self._absent.message}\nnext: {self._absent.next_step}")
        raise typer.Exit(self._code)


def _added_up(name: str, reports: Sequence[PeerReport]) -> list[Measured]:
    from cli.measuring import Measured

    first = reports[0]
    return [
        Measured(
            name,
            first.implementation,
            phase,
            tuple(sum(run) for run in zip(*(report.phases_ms[phase] for report in reports), strict=True)),
            {"version": first.version}
            | (
                {}
                if first.gas_used is None
                else {"gas_used": sum(report.gas_used or 0 for report in reports)}
            ),
        )
        for phase in sorted(first.phases_ms, key=_place)
    ]


def _place(phase: str) -> int:
    """The order of the work; what is not known before the sum."""
    order = ("decode", "pre_tree", "insert", "commit", "proof", "prove", "verify", "post_root")
    return order.index(phase) if phase in order else len(order) + (phase == "total")


def _runs(text: str) -> int:
    return whole_number(text, "--runs", LEAST_RUNS)


def _read(settings: Settings, file: str) -> bytes:
    from witness.source import Source

    return Source(file, None if file == "-" else Path(file), named=True).read(settings.max_bytes)
