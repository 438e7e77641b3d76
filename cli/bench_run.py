"""One call of ``stateless bench``: what was measured of ours and of the peers, and the exit code for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import typer

from cli.exit_codes import ExitCode
from cli.inputs import STDIN, read_input
from cli.settings import Settings
from cli.terminal import warn

if TYPE_CHECKING:
    from cli.bench_workloads import Workload
    from cli.measuring import Measured
    from cli.peers import PeerReport, PeersUnavailable

_PHASES: Final = ("decode", "pre_tree", "insert", "commit", "proof", "prove", "verify", "post_root")
"""Of peers, in the order of the work."""


class Bench:
    """Results gathered, the peers asked, everything printed at the end.

    ``peers``: ask them; so does ``folder``, where their ``run.py`` is.
    """

    def __init__(self, settings: Settings, runs: int, peers: bool, folder: str | None) -> None:
        self.settings = settings
        self.runs = runs
        self.results: list[Measured] = []
        self._ask = peers or folder is not None
        self._folder = None if folder is None else Path(folder)
        self._absent: PeersUnavailable | None = None
        self._code = ExitCode.VALID

    def read(self, file: str) -> bytes:
        """The bytes of an input. Raises as ``witness.source``."""
        return read_input(file, self.settings.max_bytes)

    @property
    def asks(self) -> bool:
        """Whether peers are to be asked, and there are any as far as is known."""
        return self._ask and self._absent is None

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
        if not self.asks:
            return
        if file == STDIN:
            raise typer.BadParameter("peers read files, not standard input", param_hint="--peers")
        reports = self._reports(command, ((Path(file), arguments) for arguments in each))
        for report, root in zip(reports, roots or [None] * len(reports), strict=False):
            self._compare(name, report, root)
        self._take(name, reports)

    def ask_about(self, name: str, command: str, document: object, root: bytes) -> None:
        """As :meth:`ask_peer`, about something that is in no file; the peer must come to ``root``."""
        if not self.asks:
            return
        with TemporaryDirectory() as folder:
            file = Path(folder) / "input.json"
            file.write_text(json.dumps(document), encoding="ascii")
            self.ask_peer(name, command, str(file), [()], [root])

    def ask_evm_peer(self, name: str, peer: str, workloads: Sequence[Workload], gas_used: int) -> None:
        """Have a peer run the same blocks; ``gas_used``: what it must come to in all."""
        if not self.asks:
            return

        def inputs(file: Path) -> Iterator[tuple[Path, Sequence[str]]]:
            for workload in workloads:
                file.write_text(json.dumps(workload.to_json()), encoding="ascii")
                yield file, ("--peer", peer)

        with TemporaryDirectory() as folder:
            reports = self._reports("evm", inputs(Path(folder) / "workload.json"))
        for report in reports:
            self._compare(name, report, None)
        used = sum(report.gas_used or 0 for report in reports)
        if self._take(name, reports) and used != gas_used:
            warn(f"{peer} uses {used:,} gas for {name}, we {gas_used:,}")
            self._code = ExitCode.CROSS_CHECK

    def _reports(self, command: str, inputs: Iterable[tuple[Path, Sequence[str]]]) -> list[PeerReport]:
        """What a peer says of each input; of none if it is not to be had."""
        from cli.peers import PeersUnavailable, measure

        try:
            return [
                measure(self._folder, command, file, [*arguments, "--runs", str(self.runs)])
                for file, arguments in inputs
            ]
        except PeersUnavailable as error:
            self._absent = error
            self._code = ExitCode.UNSUPPORTED
            return []

    def _compare(self, name: str, report: PeerReport, root: bytes | None) -> None:
        """A peer that comes to another answer is news, not a measurement."""
        if not report.accepted:
            warn(f"{report.implementation} refuses {name}: {report.reason}")
            self._code = ExitCode.CROSS_CHECK
        elif root is not None and report.post_state_root not in (None, f"0x{root.hex()}"):
            warn(f"{report.implementation} comes to the root {report.post_state_root}, we to 0x{root.hex()}")
            self._code = ExitCode.CROSS_CHECK

    def _take(self, name: str, reports: Sequence[PeerReport]) -> bool:
        """Put the peer's times among the results, if it accepts every block; whether it does."""
        if not reports or not all(report.accepted for report in reports):
            return False
        self.results += _added_up(name, reports)
        return True

    def finish(self, as_json: bool) -> None:
        """Print everything and end the command."""
        from cli.bench_report import show, to_json

        if as_json:
            print(to_json(self.results, self._absent, self._code))
        else:
            show(self.settings, self.results)
        if self._absent is not None:
            warn(f"no peers: {self._absent.message}\nnext: {self._absent.next_step}")
        raise typer.Exit(self._code)


def _added_up(name: str, reports: Sequence[PeerReport]) -> list[Measured]:
    """Each phase of a peer, the times of all blocks added up run by run."""
    from cli.measuring import Measured

    first = reports[0]
    facts: dict[str, str | int] = {"version": first.version}
    if first.gas_used is not None:
        facts["gas_used"] = sum(report.gas_used or 0 for report in reports)
    return [
        Measured(
            name,
            first.implementation,
            phase,
            tuple(sum(run) for run in zip(*(report.phases_ms[phase] for report in reports), strict=True)),
            facts,
        )
        for phase in sorted(first.phases_ms, key=_place)
    ]


def _place(phase: str) -> int:
    """The order of the work; what is not known before the sum."""
    return _PHASES.index(phase) if phase in _PHASES else len(_PHASES) + (phase == "total")
