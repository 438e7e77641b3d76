"""``stateless bench``: how long the work takes here, beside other implementations where they can be had."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import examples
from cli.commands import QuickCommand
from cli.exit_codes import ExitCode
from cli.settings import Settings, whole_number, with_settings
from cli.terminal import warn

if TYPE_CHECKING:
    from cli.measuring import Measured
    from cli.peers import PeerReport, PeersUnavailable

SCHEMA: Final = "stateless/bench/1"
LEAST_RUNS: Final = 5

HELP = f"""Measure: medians of repeated runs, with the peers of benchmarks/peers beside them.

{examples.block(examples.BENCH)}

Only what holds is measured: a false proof ends the command with 1."""
HELP_MULTIPROOF = f"""Decode and verify one multiproof (a file with C, z, y and proof).

{examples.block(examples.BENCH_MULTIPROOF)}"""
HELP_VERIFY = f"""Decode and verify the witnesses of blocks, without execution.

{examples.block(examples.BENCH)}

Phases: decode (JSON), shape, proof, rebuild (the root after the block); check is the last three, which
is what peers time; total is all four; verdict is `verify --proof-only`, with the header's hash and rules."""

app = typer.Typer(rich_markup_mode=None, help=HELP)

Runs = Annotated[str, typer.Option("--runs", metavar="N", help="Measured runs, 5 or more.")]
Peers = Annotated[bool, typer.Option("--peers", help="Measure go-ipa and go-verkle too (needs Go).")]
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
    from cli.bench_work import bench_name, measure_verify

    bench = _Bench(_runs(runs), peers, peers_dir)
    for file in files:
        name = bench_name("verify", file)
        results, verdicts = measure_verify(name, file, _read(settings, file), bench.runs)
        bench.results += results
        each: list[tuple[str, ...]] = [
            ("--pre-root", f"0x{(verdict.pre_state_root or b'').hex()}") for verdict in verdicts
        ]
        if len(each) > 1:
            each = [(*arguments, "--block", str(number)) for number, arguments in enumerate(each)]
        bench.ask_peer(name, "witness", file, each, [verdict.post_state_root for verdict in verdicts])
    bench.finish(settings, as_json)


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
            {"version": first.version},
        )
        for phase in sorted(first.phases_ms, key=_place)
    ]


def _place(phase: str) -> int:
    """The order of the work; what is not known before the sum."""
    order = ("decode", "pre_tree", "proof", "verify", "post_root")
    return order.index(phase) if phase in order else len(order) + (phase == "total")


def _runs(text: str) -> int:
    return whole_number(text, "--runs", LEAST_RUNS)


def _read(settings: Settings, file: str) -> bytes:
    from witness.source import Source

    return Source(file, None if file == "-" else Path(file), named=True).read(settings.max_bytes)
