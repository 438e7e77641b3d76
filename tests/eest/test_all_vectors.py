"""Every state and blockchain test at hand passes; what is skipped is of another network, by name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from stateless.eest.run import Kind, run_tests
from tests.vectors import vector_files

OTHER_NETWORKS = {
    "Amsterdam",
    "ArrowGlacierToParisAtDiffC0000",
    "Berlin",
    "BerlinToLondonAt5",
    "ByzantiumToConstantinopleFixAt5",
    "EIP158ToByzantiumAt5",
    "FrontierToHomesteadAt5",
    "HomesteadToDaoAt5",
    "HomesteadToEIP150At5",
    "London",
    "Paris",
    "ParisToShanghaiAtTime15k",
}
# Two fixtures that take seconds each: 50,000 calls.
LONG = "static_Call50000"


def run_files(paths: list[Path], kind: Kind) -> Counter[str]:
    """Counts by status; fails with what failed."""
    counts: Counter[str] = Counter()
    failed: list[str] = []
    for path in paths:
        for result in run_tests(path.read_bytes(), kind):
            counts[result.status] += 1
            if result.status == "skipped":
                assert result.fork in OTHER_NETWORKS
            if result.error is not None:
                failed.append(f"{path.name} {result.name} {result.fork}: {result.error.code} {result.error}")
    assert not failed, "\n".join(failed)
    return counts


def files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.json")) if not path.stem.startswith(LONG)]


@pytest.mark.parametrize("folder", vector_files("eest/eest-v5.4.0/state_tests/*"))
def test_state_tests(folder: Path) -> None:
    assert run_files(files(folder), "state")["passed"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", vector_files(f"eest/eest-v5.4.0/state_tests/static/state_tests/*/{LONG}*.json")
)
def test_long_state_tests(path: Path) -> None:
    assert run_files([path], "state")["passed"]


@pytest.mark.parametrize(
    "folder",
    vector_files(
        "eest/eest-v5.4.0/blockchain_tests/*",
        "eest/ethereum-tests/BlockchainTests/InvalidBlocks",
        "eest/ethereum-tests/BlockchainTests/ValidBlocks",
    ),
)
def test_block_tests(folder: Path) -> None:
    assert run_files(files(folder), "block")["passed"]


@pytest.mark.parametrize(
    "folder", vector_files("eest/ethereum-tests/BlockchainTests/TransitionTests", "eest/eest-zkevm-v0.3.3")
)
def test_networks_that_are_skipped(folder: Path) -> None:
    counts = run_files(files(folder), "block")
    assert counts["skipped"]
    assert counts["passed"] == 0
