"""The precompiles on inputs of others' state tests, without the interpreter.

Many of those tests are one contract that hands its input to a precompile with a fixed amount of gas and
stores whether that succeeded, the length of the output and its hash. So input, gas and result can be read out
of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stateless.evm.halts import Halt
from stateless.precompiles import address, precompiles
from witness.keccak import keccak256

# CALLDATACOPY of all, or no input; the call's arguments, with or without a value; number, gas and the call.
SHAPE = re.compile(
    r"(?:366000600037(?:5a)?60[04]06000366000(?:6000)?|(?P<empty>60006000600060006000))"
    r"(?:60(?P<short>..)|61(?P<long>....))(?P<push>6.|7.)(?P<rest>.*)"
)
CALLS = ("f1", "f2", "f4", "fa")
FOLDERS = {
    "prague/eip2537_bls_12_381_precompiles": 18,
    "osaka/eip7823_modexp_upper_bounds": 10,
    "osaka/eip7883_modexp_gas_increase": 35,
    "osaka/eip7951_p256verify_precompiles": 60,
    "cancun/eip4844_blobs": 30,
}


class Case(NamedTuple):
    fork_name: str
    number: int
    gas: int
    data: bytes
    succeeded: bool
    output_bytes: int | None
    output_hash: int | None
    gas_used: int | None
    name: str


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def cases_of(name: str, test: dict[str, Any]) -> Iterator[Case]:
    fields = test["transaction"]
    shape = SHAPE.fullmatch(test["pre"].get(fields["to"], {}).get("code", "0x")[2:])
    if shape is None or len(fields["data"]) > 1:
        return
    pushed = 2 * (int(shape["push"], 16) - 0x5F)
    gas, call, tail = shape["rest"][:pushed], shape["rest"][pushed : pushed + 2], shape["rest"][pushed + 2 :]
    if call not in CALLS or int(gas, 16) > int(fields["gasLimit"][0], 16):
        return
    for fork_name, (post,) in test["post"].items():
        if fork_name not in {"Shanghai", "Cancun", "Prague", "Osaka"}:
            continue
        stored = {
            int(slot, 16): int(value, 16)
            for slot, value in post["state"].get(fields["to"], {}).get("storage", {}).items()
        }
        hashed_at = next((slot for slot in (2, 3) if tail.endswith(f"3d60002060{slot:02x}55")), None)
        yield Case(
            fork_name=fork_name.lower(),
            number=int(shape["short"] or shape["long"], 16),
            gas=int(gas, 16),
            data=b"" if shape["empty"] else unhex(fields["data"][0]),
            succeeded=stored.get(0, 0) == 1,
            output_bytes=stored.get(1, 0) if "3d600155" in tail else None,
            output_hash=None if hashed_at is None else stored[hashed_at],
            gas_used=stored[2] if hashed_at == 3 else None,
            name=name,
        )


@pytest.mark.parametrize("folder", FOLDERS)
def test_state_tests(folder: str, vectors: Path) -> None:
    seen = 0
    for path in sorted((vectors / "eest/eest-v5.4.0/state_tests" / folder).glob("*.json")):
        for name, test in json.loads(path.read_bytes()).items():
            for case in cases_of(name, test):
                seen += 1
                check(case)
    assert seen >= FOLDERS[folder], "the corpus is there, and yet little was looked at"


def check(case: Case) -> None:
    table = precompiles(case.fork_name)  # type: ignore[arg-type]
    precompile = table.get(address(case.number))
    if precompile is None:  # an empty account: the call succeeds and returns nothing
        assert (case.succeeded, case.output_bytes) == (True, 0), case.name
        return
    try:
        used, output = precompile(case.data, case.gas)
    except Halt:
        assert not case.succeeded, case.name
        return
    assert case.succeeded, case.name
    if case.output_bytes is not None:
        assert len(output) == case.output_bytes, case.name
    if case.output_hash is not None:
        assert int.from_bytes(keccak256(output), "big") == case.output_hash, case.name
    if case.gas_used is not None:
        assert used == case.gas_used, case.name
