"""``bench device``: what a report holds, in which forms, and what ends it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from cli import bench_device, device_report, machine
from cli.device_report import EMULATED, markdown, plain
from cli.device_work import LOOPS, MADE, OPENINGS, Peaks, counted, measure, peak_bytes, reset_peak
from cli.exit_codes import ExitCode
from tests.cli import calling
from tests.cli.calling import Said, call
from tests.cli.test_bench import RESULT
from verkle.banderwagon import decode_many
from verkle.errors import StatelessError
from witness.keccak import keccak256

KEYS = [
    "schema", "exit_code", "version", "emulated", "python", "machine", "tables", "backend", "compiled",
    "libraries", "conditions", "runs", "processes", "results", "operations",
]  # fmt: skip
CONDITIONS = {
    "temperature_c", "frequency_mhz", "memory_available_bytes", "swap_used_bytes", "governor", "throttled",
    "load",
}  # fmt: skip
MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("device")


@pytest.fixture(scope="module")
def report(folder: Path) -> Said:
    return call("bench", "device", calling.TRANSFER, "--report", folder / "mine.md", "--json")


def test_json(report: Said) -> None:
    said = report.json()
    assert list(said) == KEYS
    assert said["schema"] == "stateless/device/1"
    assert said["exit_code"] == report.code == ExitCode.VALID
    assert [said["conditions"][when].keys() for when in ("before", "after")] == [CONDITIONS] * 2
    assert [one["name"] for one in said["processes"]] == ["--version", "verify address-high-bits"]
    for one in said["processes"]:
        assert one["code"] == 0
        assert one["cpu_seconds"] > 0
        assert 5 * MIB < one["peak_bytes"] < 128 * MIB


def test_phases_and_operations(report: Said) -> None:
    said = report.json()
    phases = {(one["name"], one["phase"]): one for one in said["results"]}
    assert list(phases) == [
        *(("multiproof", phase) for phase in ("prove", "decode", "verify")),
        *(("execution", loop) for loop in LOOPS),
        *(("address-high-bits", phase) for phase in ("decode", "shape", "proof", "rebuild", "verdict")),
    ]
    for one in phases.values():
        assert list(one)[: len(RESULT)] == RESULT
        assert one["runs"] == said["runs"] == 5
        assert 5 * MIB < one["peak_bytes"] < 512 * MIB
    assert phases["multiproof", "verify"]["openings"] == OPENINGS
    assert set(said["operations"]) == {*MADE, "address-high-bits"}
    assert said["operations"]["multiproof"]["points decoded"] == 64
    block = call("verify", "--json", calling.TRANSFER).json()["results"][0]
    assert phases["address-high-bits", "verdict"]["keys"] == block["sizes"]["keys"]
    assert said["operations"]["address-high-bits"]["senders recovered"] == block["block"]["transactions"]


def test_both_files_are_written_and_name_no_place(report: Said, folder: Path) -> None:
    text = (folder / "mine.md").read_text()
    assert json.loads((folder / "mine.json").read_text()) == report.json()
    assert sorted(path.name for path in folder.iterdir()) == ["mine.json", "mine.md"]
    for content in (text, report.out):
        assert str(calling.PROJECT) not in content
        assert str(folder) not in content
        assert socket.gethostname() not in content.split()
    assert text.startswith("# ")
    assert "| address-high-bits: rebuild |" in text
    for heading in ("Whole processes", "Phases", "Operations of one run"):
        assert f"\n## {heading}\n" in text


def test_in_words(report: Said) -> None:
    lines = plain(report.json())
    assert any(line.startswith("tables ") for line in lines)
    assert max(map(len, lines)) <= 110
    assert EMULATED not in lines


def test_an_emulated_machine_is_labelled(report: Said) -> None:
    said = report.json() | {"emulated": True}
    assert EMULATED in plain(said)
    assert f"**{EMULATED}.**" in markdown(said)
    assert "emulated on" in markdown(said).splitlines()[0]


def test_who_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    for architecture, line, expected in (
        ("aarch64", "vendor_id : AuthenticAMD", True),
        ("armv7l", "vendor_id : GenuineIntel", True),
        ("aarch64", "CPU implementer : 0x41", False),
        ("x86_64", "vendor_id : AuthenticAMD", False),
    ):
        monkeypatch.setattr("platform.machine", lambda architecture=architecture: architecture)
        monkeypatch.setattr(machine, "_lines", lambda _, line=line: [line])
        assert machine.emulated() is expected


def test_a_busy_machine_is_told() -> None:
    said: dict[str, Any] = dict.fromkeys(CONDITIONS) | {"load": 6.1, "throttled": 0}
    assert device_report._condition(said, 4) == ("load 6.1 on too few cores: times are spoilt, not throttled")
    assert device_report._condition(said, 8) == "load 6.1, not throttled"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (0, "not throttled"),
        (0x50005, "under-voltage, throttled, under-voltage since the start, throttled since the start"),
        (0x80000, "too warm since the start"),
        (None, "temperature, frequency and throttling unknown"),
    ],
)
def test_throttling_in_words(said: int | None, words: str) -> None:
    nothing = dict.fromkeys(CONDITIONS) | {"throttled": said}
    assert device_report._condition(nothing, 4) == words


def test_swap_and_temperature_in_words() -> None:
    said: dict[str, Any] = dict.fromkeys(CONDITIONS) | {
        "temperature_c": 61.3, "frequency_mhz": 1500.0, "governor": "ondemand", "swap_used_bytes": 3 * MIB,
    }  # fmt: skip
    assert device_report._condition(said, 4) == (
        "61 degrees C, 1500 MHz, governor ondemand, 3.0 MiB of swap in use: times may be spoilt"
    )


def test_the_firmware_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_lines", lambda _: ["50000"])
    assert machine.throttling() == 0x50000
    monkeypatch.setattr(machine, "_lines", lambda _: [])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.throttling() is None
    program = tmp_path / "vcgencmd"
    for answer, expected in (("throttled=0x20002", 0x20002), ("VCHI initialization failed", None)):
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        assert machine.throttling() == expected


@pytest.mark.parametrize(
    ("file", "code", "error"),
    [
        (calling.FALSE_PROOF, ExitCode.INVALID, "PROOF_IPA_FALSE"),
        (calling.TRUNCATED, ExitCode.MALFORMED, "JSON_SYNTAX"),
        (calling.NO_WITNESS, ExitCode.INCOMPLETE, "NO_WITNESS"),
    ],
    ids=str,
)
def test_a_block_that_does_not_hold_is_not_measured(
    file: Path, code: ExitCode, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.device_work.MADE", ())
    monkeypatch.setattr(bench_device, "LEAST_RUNS", 1)
    said = call("bench", "device", file, "--json", "--runs", "1")
    assert said.code == said.json()["exit_code"] == code
    assert error in said.err
    assert said.json()["results"] == []


def test_a_process_that_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'MemoryError' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(bench_device.sys, "executable", str(program))
    said = bench_device._in_process("multiproof", "-", 5)
    assert said == {"error": {"code": "PROCESS_ENDED", "message": "MemoryError"}, "exit_code": 70}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("-",), "not on standard input"), (("no/such.json",), "no such file"), (("--runs", "4"), "below 5")],
    ids=str,
)
def test_wrong_calls(arguments: tuple[str, ...], says: str) -> None:
    said = call("bench", "device", *arguments)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert says in said.err


def test_a_folder_that_is_not_there_is_missed_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench_device, "_measure", lambda *_: pytest.fail("measured"))
    said = call("bench", "device", "--report", tmp_path / "no" / "folder")
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert "there is no folder" in said.err


def test_counted() -> None:
    def work() -> None:
        decode_many([bytes(32)] * 3)
        keccak256(b"")
        keccak256(b"")

    said = counted(work)
    assert (said["points decoded"], said["Keccak-256 digests"]) == (3, 2)


def test_peaks_are_of_their_phase() -> None:
    peaks = Peaks()
    block = bytearray(64 * MIB)
    peaks.lap("large")
    del block
    peaks.lap("between")
    peaks.lap("small")
    assert peaks.peaks["large"] > 64 * MIB
    if reset_peak():
        assert peaks.peaks["small"] < peaks.peaks["large"] - 32 * MIB
    assert peak_bytes() > 0


def test_measuring_refuses_what_does_not_hold() -> None:
    with pytest.raises(StatelessError):
        measure("broken", str(calling.FALSE_PROOF), 1)


def test_a_merkle_patricia_block() -> None:
    file = calling.FIXTURES / "patricia" / "three-transactions.json"
    said = measure("block", str(file), 1)
    assert [one["phase"] for one in said["results"]] == ["verdict"]
    assert said["operations"]["senders recovered"] == 3
