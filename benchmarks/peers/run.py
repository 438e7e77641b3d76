"""Builds and runs the peers: other implementations, measured on the same input in the same run as ours.

Standard library only, and a program of its own: whoever measures starts it as a process and reads one JSON
object from its standard output, so that no peer runs inside the process that is being timed::

    python benchmarks/peers/run.py multiproof FILE… [--runs N]
    python benchmarks/peers/run.py witness FILE… [--runs N] [--pre-root HEX] [--block N]
    python benchmarks/peers/run.py tree FILE… [--runs N] [--witness OUT]
    python benchmarks/peers/run.py evm WORKLOAD… --peer eels|py-evm [--runs N]
    python benchmarks/peers/run.py build

    {"schema": "stateless/peers/1",
     "results": [{"input": "…", "implementation": "go-ipa", "version": "v0.0.0-…", "toolchain": "go1.…",
                  "threads": 1, "runs": 5, "accepted": true, "reason": null, "setup_ms": 1900.0,
                  "openings": 3000, "commitments": 1000, "post_state_root": null, "gas_used": null,
                  "phases": {"decode": [14.1, …], "verify": […], "total": […]}}],
     "error": null | {"code": "GO_ABSENT", "message": "…", "next_step": "…"}}

Times are milliseconds, one number a run, in order; medians are for the reader to take, as for our own.
Exit code: 0 all accepted · 1 a peer refused an input · 2 usage or an unreadable input · 4 no peer to be had
here (``error`` says why).

``evm`` needs Python 3.11 or 3.12, in which the peers' packages are installed once (``python_env.py``),
and reads the workloads that ``stateless bench evm`` writes. For the others only Go is needed, 1.22 or later.
The first build fetches the pinned modules (go.mod, go.sum) through the Go module proxy; the binary is kept in
the user's cache folder under a name made of the sources' digest.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = "stateless/peers/1"
HERE: Final = Path(__file__).resolve().parent
SOURCE: Final = HERE / "go"
EVM_PEERS: Final = {"eels": "eels_peer.py", "py-evm": "pyevm_peer.py"}
MINIMUM_GO: Final = (1, 22)
# Fetching and compiling go-ipa with an empty cache takes about half a minute on two slow cores.
BUILD_TIMEOUT_S: Final = 600.0
# Setup takes 2 s; the largest vector 0.1 s a run.
RUN_TIMEOUT_S: Final = 300.0
# EELS takes ten seconds for a mainnet block on a slow machine.
EVM_TIMEOUT_S: Final = 1200.0
EXIT_ACCEPTED, EXIT_REFUSED, EXIT_USAGE, EXIT_ABSENT = 0, 1, 2, 4


class PeerError(Exception):
    """No measurement could be taken. Says nothing about the input.

    Codes: ``GO_ABSENT``, ``GO_TOO_OLD``, ``MODULES_UNAVAILABLE`` (the module proxy cannot be reached or
    refuses), ``BUILD_FAILED``; those of ``python_env.EnvironmentMissing``; ``RUN_FAILED`` (the peer crashed,
    ran out of time, or printed something else than its report), ``INPUT_UNREADABLE`` (the peer cannot read
    the file: not its schema).
    """

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step

    @property
    def exit_code(self) -> int:
        return EXIT_USAGE if self.code == "INPUT_UNREADABLE" else EXIT_ABSENT

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "next_step": self.next_step}


@dataclass(frozen=True, slots=True)
class PeerResult:
    """What one peer said of one input, and how long each phase took in each run (milliseconds).

    ``phases`` is empty or partial when the input was refused: ``accepted`` is False, ``reason`` the peer's.
    """

    input: str
    implementation: str
    version: str
    toolchain: str
    threads: int
    runs: int
    accepted: bool
    reason: str | None
    setup_ms: float
    openings: int
    commitments: int
    post_state_root: str | None
    phases: Mapping[str, tuple[float, ...]]
    gas_used: int | None = None

    def to_json(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return fields | {"phases": {name: list(times) for name, times in self.phases.items()}}


def find_go() -> str:
    """Path of a Go new enough for the modules.

    Raises:
        PeerError: ``GO_ABSENT`` or ``GO_TOO_OLD``.
    """
    wanted = ".".join(map(str, MINIMUM_GO))
    step = f"install Go {wanted} or later (https://go.dev/dl) and put it on the PATH"
    # The second place is where Go's own archive is unpacked, on the PATH or not.
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise PeerError("GO_ABSENT", "Go is not installed, so go-ipa and go-verkle cannot be measured", step)
    said = _call([go, "env", "GOVERSION"], 60.0).stdout.strip()
    parts = re.match(r"go(\d+)\.(\d+)", said)
    if parts is None or (int(parts[1]), int(parts[2])) < MINIMUM_GO:
        raise PeerError("GO_TOO_OLD", f"{go} is {said or 'of no known version'}; {wanted} is needed", step)
    return go


def build(cache: Path | None = None) -> Path:
    """The peer's binary, built if this version of its sources has none yet.

    Raises:
        PeerError: ``GO_ABSENT``, ``GO_TOO_OLD``, ``MODULES_UNAVAILABLE`` or ``BUILD_FAILED``.
    """
    go = find_go()
    folder = cache or _cache_folder()
    binary = folder / f"peer-{_digest(go)}"
    if binary.is_file():
        return binary
    folder.mkdir(parents=True, exist_ok=True)
    fetched = _call([go, "mod", "download"], BUILD_TIMEOUT_S)
    if fetched.returncode != 0:
        raise PeerError(
            "MODULES_UNAVAILABLE",
            f"the Go modules of the peers cannot be had: {_last_line(fetched.stderr)}",
            "give this machine a Go module proxy (GOPROXY) once; afterwards they are in Go's cache",
        )
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch) / "peer"
        built = _call([go, "build", "-trimpath", "-buildvcs=false", "-o", str(made), "."], BUILD_TIMEOUT_S)
        if built.returncode != 0:
            raise PeerError(
                "BUILD_FAILED",
                f"the peers do not build: {_last_line(built.stderr)}",
                f"run `go build .` in {SOURCE} and read what it says",
            )
        made.replace(binary)  # whole or not at all, also when two builds race
    return binary


def measure(
    command: str,
    file: Path,
    *,
    runs: int = 5,
    pre_root: str | None = None,
    block: int | None = None,
    witness: Path | None = None,
    binary: Path | None = None,
) -> PeerResult:
    """Run a peer on one file: ``multiproof`` (go-ipa), ``witness`` or ``tree`` (go-verkle).

    ``pre_root`` (hex) and ``block`` (from 0) are for witnesses: the root to verify against where it is not
    the file's ``parentStateRoot``, and which block of a file that holds several. ``witness`` is for trees:
    where the proof of the file's keys is written.

    Raises:
        PeerError: no peer, or no measurement, or a file that the peer cannot read.
    """
    program = binary or build()
    arguments = [str(program), command, str(file.resolve()), "--runs", str(runs)]
    if pre_root is not None:
        arguments += ["--pre-root", pre_root]
    if block is not None:
        arguments += ["--block", str(block)]
    if witness is not None:
        arguments += ["--witness", str(witness.resolve())]
    done = _call(arguments, RUN_TIMEOUT_S)
    readable = "the peers read the vectors' own schemas, not every dialect that `stateless` does"
    return _report("the peer", done, file, runs, readable, f"{program} {command}")


def measure_evm(peer: str, file: Path, *, runs: int = 5, python: Path | None = None) -> PeerResult:
    """Run a peer written in Python (``eels``, ``py-evm``) on one workload.

    Raises:
        PeerError: no peer, or no measurement, or a file that is no workload.
    """
    program = str(python or peers_python())
    script = HERE / "python" / EVM_PEERS[peer]
    done = _call([program, str(script), str(file.resolve()), "--runs", str(runs)], EVM_TIMEOUT_S)
    readable = "`stateless bench evm` writes what it reads"
    return _report(peer, done, file, runs, readable, f"{program} {script}")


def _report(
    peer: str, done: subprocess.CompletedProcess[str], file: Path, runs: int, readable: str, call: str
) -> PeerResult:
    """What a peer that ended says. ``readable``: what it can read; ``call``: how to run it by hand."""
    if done.returncode == EXIT_USAGE:
        raise PeerError("INPUT_UNREADABLE", f"{peer} cannot read {file}: {_last_line(done.stderr)}", readable)
    try:
        return _result(str(file), runs, json.loads(done.stdout))
    except (ValueError, KeyError, TypeError) as error:
        raise PeerError(
            "RUN_FAILED",
            f"{peer} ended with {done.returncode} and no report: {_last_line(done.stderr)}",
            f"run `{call} {file}` by hand",
        ) from error


def peers_python() -> Path:
    """An interpreter with the Python peers (``python_env.interpreter``). Raises ``PeerError``."""
    spec = importlib.util.spec_from_file_location("stateless_peers_python_env", HERE / "python_env.py")
    if spec is None or spec.loader is None:
        raise PeerError(
            "RUN_FAILED", f"{HERE / 'python_env.py'} cannot be loaded", "check out the sources anew"
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        return Path(module.interpreter(_cache_folder()))
    except module.EnvironmentMissing as error:
        raise PeerError(error.code, error.message, error.next_step) from error


def _result(file: str, runs: int, said: Mapping[str, Any]) -> PeerResult:
    return PeerResult(
        input=file,
        implementation=said["implementation"],
        version=said["version"],
        toolchain=said["go"] if "go" in said else said["toolchain"],
        threads=said["threads"],
        runs=runs,
        accepted=said["accepted"],
        reason=said["reason"],
        setup_ms=said["setup_ms"],
        openings=said.get("openings", 0),
        commitments=said.get("commitments", 0),
        post_state_root=said.get("post_state_root"),
        phases={name: tuple(times) for name, times in said["phases"].items()},
        gas_used=said.get("gas_used"),
    )


def _call(arguments: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    # GOTOOLCHAIN: the Go that is here, never one that it would fetch. GOFLAGS and GOWORK of the user could
    # change what is built; go.sum then decides what may be linked.
    env = dict(os.environ) | {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    try:
        return subprocess.run(
            arguments, cwd=SOURCE, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(
            "RUN_FAILED", f"{arguments[0]} did not end within {timeout_s:.0f} s", "try again, with fewer runs"
        ) from error
    except OSError as error:
        raise PeerError("RUN_FAILED", f"{arguments[0]}: {error}", "look at that file") from error


def _digest(go: str) -> str:
    """Names a build: the sources, their pinned modules, and the compiler."""
    digest = hashlib.sha256(_call([go, "version"], 60.0).stdout.encode())
    for path in sorted(SOURCE.iterdir()):
        if path.suffix in {".go", ".mod", ".sum"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    if base:
        return Path(base) / "stateless" / "peers"
    try:
        return Path.home() / ".cache" / "stateless" / "peers"
    except RuntimeError:  # no home: a service account, a bare container
        return Path(tempfile.gettempdir()) / f"stateless-peers-{os.getuid()}"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description="Measure the peers on the given files.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the peers and print where the binary is")
    for name, text in (
        ("multiproof", "go-ipa on multiproofs"),
        ("witness", "go-verkle on blocks"),
        ("tree", "go-verkle on states"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("files", nargs="+", type=Path, metavar="FILE")
        command.add_argument("--runs", type=int, default=5, help="how often each is done (default 5)")
        command.set_defaults(pre_root=None, block=None, witness=None)
        if name == "witness":
            command.add_argument("--pre-root", metavar="HEX", help="instead of the file's parentStateRoot")
            command.add_argument("--block", type=int, metavar="N", help="which block of the file, from 0")
        if name == "tree":
            command.add_argument(
                "--witness", type=Path, metavar="OUT", help="where the proof of the file's keys is written"
            )
    command = commands.add_parser("evm", help="EELS or py-evm on workloads of `stateless bench evm`")
    command.add_argument("files", nargs="+", type=Path, metavar="WORKLOAD")
    command.add_argument("--peer", choices=sorted(EVM_PEERS), required=True)
    command.add_argument("--runs", type=int, default=5, help="how often each is done (default 5)")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Run as a program; see the head of this file."""
    options = _arguments(argv)
    results: list[PeerResult] = []
    failure: PeerError | None = None
    try:
        if options.command == "evm":
            python = peers_python()
            for file in options.files:
                results.append(measure_evm(options.peer, file, runs=options.runs, python=python))  # noqa: PERF401
        else:
            binary = build()
            if options.command == "build":
                print(binary)
                return EXIT_ACCEPTED
            for file in options.files:
                result = measure(
                    options.command,
                    file,
                    runs=options.runs,
                    pre_root=options.pre_root,
                    block=options.block,
                    witness=options.witness,
                    binary=binary,
                )
                results.append(result)  # one by one: an unreadable file does not lose those before it
    except PeerError as error:
        failure = error
        print(f"{error.code}: {error.message}\n  next: {error.next_step}", file=sys.stderr)
    if options.command != "build":
        said = {
            "schema": SCHEMA,
            "results": [result.to_json() for result in results],
            "error": failure.to_json() if failure else None,
        }
        print(json.dumps(said))
    if failure is not None:
        return failure.exit_code
    return EXIT_ACCEPTED if all(result.accepted for result in results) else EXIT_REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
