"""``bench evm``: its blocks run as they should, and peers that come to other gas are news."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.bench_evm import measure_workloads, record_workloads, run_workload
from cli.bench_state import MemoryView
from cli.bench_workloads import CONTRACT, TRANSFER_TOPIC, WORKLOADS, assemble
from cli.exit_codes import ExitCode
from stateless.evm import interpreter
from stateless.evm.code import Code, Segment
from tests.cli.calling import call
from witness.decode import decode_blocks

MAINNET = "patricia-blocks/mainnet-23587691.sbv.json"
STORAGE_GAS = 4_273_603


@pytest.mark.parametrize("name", [name for name in WORKLOADS if name != "block-30m"])
def test_loops_run_to_their_end(name: str) -> None:
    workload = WORKLOADS[name]()
    execution = run_workload(workload, MemoryView(workload))
    assert [receipt.succeeded for receipt in execution.receipts] == [True]
    assert 1_000_000 < execution.gas_used < 5_000_000


def test_the_full_block() -> None:
    workload = WORKLOADS["block-30m"]()
    execution = run_workload(workload, MemoryView(workload))
    assert all(receipt.succeeded for receipt in execution.receipts)
    assert 29_000_000 < execution.gas_used <= workload.gas_limit
    plain = sum(receipt.gas_used for receipt in execution.receipts if not receipt.logs)
    assert 0.49 < plain / execution.gas_used < 0.51
    logs = [log for receipt in execution.receipts for log in receipt.logs]
    assert {log.address for log in logs} == {CONTRACT}
    assert {log.topics[0] for log in logs} == {TRANSFER_TOPIC.to_bytes(32, "big")}
    # what the senders paid, the recipients have
    before = sum(workload.accounts[CONTRACT].storage.values())
    after = dict(workload.accounts[CONTRACT].storage) | dict(execution.changes.storage[CONTRACT])
    assert len(execution.changes.storage[CONTRACT]) == 2 * len(logs)
    assert sum(after.values()) == before


def test_assembly() -> None:
    assert (
        assemble("PUSH2 0x102 here: PUSH2 @here JUMP STOP").hex() == "610102" + "5b" + "610003" + "56" + "00"
    )


def test_json() -> None:
    said = call("bench", "evm", "--only", "storage", "--json")
    (result,) = said.json()["results"]
    assert said.code == ExitCode.VALID
    assert (result["name"], result["implementation"], result["phase"]) == (
        "evm/storage",
        "stateless",
        "execution",
    )
    assert (result["transactions"], result["gas_used"]) == (1, STORAGE_GAS)


def test_an_unknown_workload() -> None:
    said = call("bench", "evm", "--only", "sorting")
    assert said.code == ExitCode.USAGE
    assert "arithmetic" in said.err


PEER = """
import json, sys
assert sys.argv[1] == "evm"
workload = json.load(open(sys.argv[2]))
assert workload["schema"] == "stateless/evm-workload/1"
peer = sys.argv[sys.argv.index("--peer") + 1]
result = {"implementation": peer, "version": "1", "accepted": True, "reason": None, "post_state_root": None,
          "gas_used": GAS, "phases": {"execution": [1000.0] * 5}} | CHANGES
print(json.dumps({"schema": "stateless/peers/1", "results": [result], "error": None}))
"""


def peer(folder: Path, gas: int, **changes: Any) -> Path:
    (folder / "run.py").write_text(PEER.replace("GAS", str(gas)).replace("CHANGES", repr(changes)))
    return folder


def test_peers_stand_beside_ours(tmp_path: Path) -> None:
    said = call("bench", "evm", "--only", "storage", "--peers-dir", peer(tmp_path, STORAGE_GAS))
    assert said.code == ExitCode.VALID
    assert "x eels, " in said.out
    assert "x py-evm" in said.out


def test_a_peer_that_comes_to_other_gas(tmp_path: Path) -> None:
    said = call("bench", "evm", "--only", "storage", "--peers-dir", peer(tmp_path, STORAGE_GAS + 1), "--json")
    assert said.code == said.json()["exit_code"] == ExitCode.CROSS_CHECK
    assert "eels uses 4,273,604 gas" in said.err


def test_a_peer_that_refuses(tmp_path: Path) -> None:
    folder = peer(tmp_path, 0, accepted=False, reason="no!", phases={})
    said = call("bench", "evm", "--only", "storage", "--peers-dir", folder)
    assert said.code == ExitCode.CROSS_CHECK
    assert "refuses evm/storage: no!" in said.err


def test_a_block_as_a_workload(vectors: Path) -> None:
    """What running reads is enough to run it again, and to write it down."""
    data = (vectors / MAINNET).read_bytes()
    (block,) = decode_blocks(data, MAINNET)
    (workload,) = record_workloads("x", [block])
    assert block.header
    assert run_workload(workload, MemoryView(workload)).gas_used == block.header.gas_used
    said = json.loads(json.dumps(workload.to_json()))
    assert len(said["transactions"]) == 40
    assert all(
        set(account) == {"nonce", "balance", "code", "storage"} for account in said["accounts"].values()
    )


def test_verify_by_phase(vectors: Path, tmp_path: Path) -> None:
    file = vectors / MAINNET
    said = call("bench", "verify", file, "--peers-dir", peer(tmp_path, 1_429_580), "--json")
    assert said.code == ExitCode.VALID
    results = said.json()["results"]
    assert [result["phase"] for result in results] == [
        "decode", "shape", "proof", "execution", "rebuild", "compare", "total", "execution",
    ]  # fmt: skip
    assert results[-1]["implementation"] == "eels"


def test_a_block_without_such_a_witness() -> None:
    from tests.cli import calling

    said = call("bench", "evm", calling.NO_WITNESS)
    assert said.code == ExitCode.INCOMPLETE
    assert "NO_WITNESS" in said.err


def test_every_run_decodes_the_code_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a block that comes: what is kept from run to run would flatter."""
    decoded: list[int] = []
    decode = interpreter.decode_segment

    def counting(code: Code, start: int, *rest: Any) -> Segment:
        decoded.append(start)
        return decode(code, start, *rest)

    monkeypatch.setattr(interpreter, "decode_segment", counting)
    workload = WORKLOADS["storage"]()
    counts = []
    for runs in (1, 3):
        decoded.clear()
        measure_workloads("storage", [workload], runs)
        counts.append(len(decoded))
    assert counts[1] > counts[0] > 0
