"""The parts of a transaction's gas add up to what its receipt says, on every block that there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stateless.evm.access import AccessLog, Place
from stateless.gas_report import gas_report
from stateless.verifier import verify_block
from tests.stateless.gas_checks import blocks_of, check
from tests.vectors import PROJECT, vector_files
from verkle.errors import StatelessError

MASK = (1 << 64) - 1
BLOCKS = sorted((PROJECT / "fixtures" / "blocks").glob("*.json*"))


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What every single event cost, as it was answered to whoever charged for it."""
    found: list[int] = []

    def watched(original: Callable[[AccessLog, Place, int], int]) -> Callable[[AccessLog, Place, int], int]:
        def touch(self: AccessLog, place: Place, available: int) -> int:
            cost = original(self, place, available)
            found.append(cost)
            return cost

        return touch

    for name in ("touch", "write"):
        monkeypatch.setattr(AccessLog, name, watched(getattr(AccessLog, name)))
    return found


def check_file(path: Path, paid: list[int], *, odd: bool = False) -> int:
    """The reports of a file's blocks, held against their receipts; how many transactions they have. ``odd``:
    no verdict on them is expected, but one that cannot be run has no report either."""
    seen = 0
    for block in blocks_of(path):
        verdict = verify_block(block)
        assert odd or verdict.valid or block.expect_exception is not None
        if not verdict.executed:
            assert verdict.error is not None
            with pytest.raises(StatelessError):
                gas_report(block)
            continue
        paid.clear()
        report = gas_report(block)
        check(report, paid)
        used = [row.gas.used & MASK for row in report.transactions]
        assert [receipt["gas_used"] for receipt in verdict.receipts or ()] == used
        assert not verdict.valid or report.total.used & MASK == report.header_gas_used
        seen += len(report.transactions)
    return seen


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.name)
def test_parts_add_up_on_fixtures(path: Path, paid: list[int]) -> None:
    assert check_file(path, paid) or path.name in {"empty-block.json", "withdrawals-zero.json"}


@pytest.mark.parametrize("path", vector_files("verkle-geth/*.json", every=25))
def test_parts_add_up(path: Path, paid: list[int]) -> None:
    check_file(path, paid)


@pytest.mark.slow
def test_parts_add_up_everywhere(vectors: Path, paid: list[int]) -> None:
    seen = sum(check_file(path, paid) for path in sorted((vectors / "verkle-geth").glob("*.json")))
    assert seen > 4000


@pytest.mark.parametrize("path", vector_files("verkle-geth/odd/[!e]*.json", "verkle-geth/odd/e[dmx]*.json"))
def test_parts_add_up_on_odd_blocks(path: Path, paid: list[int]) -> None:
    """All but the program that never ends, of which there is no block."""
    check_file(path, paid, odd=True)


@pytest.mark.parametrize("path", vector_files("verkle-blocks/kaustinen*.json"))
def test_parts_add_up_on_blocks_of_devnets(path: Path, paid: list[int]) -> None:
    """Kaustinen-2 to 6; of two of the files there is no whole header."""
    check_file(path, paid, odd=True)


# What each of the devnets since Kaustinen-2 asks for the same block of Kaustinen-6, all told.
DEVNETS = {
    "kaustinen2": 5_266_644, "kaustinen3": 4_522_144, "kaustinen4": 4_505_944, "kaustinen6": 4_488_344,
    "kaustinen7": 4_452_644, "shanghai": 4_328_144,
}  # fmt: skip


@pytest.mark.parametrize("other", DEVNETS)
def test_one_block_under_the_rules_of_every_devnet(vectors: Path, other: str) -> None:
    """None of them changes what became of any of its 100 transactions, and none lacks a leaf."""
    (block,) = blocks_of(vectors / "verkle-blocks" / "kaustinen6-block73.json")
    report = gas_report(block, other=other)
    assert report.comparison is not None
    assert report.comparison.other.used == DEVNETS[other]
    assert report.comparison.transactions == 100
    assert {row.other.changed for row in report.transactions if row.other is not None} == {()}


@pytest.mark.parametrize("path", vector_files("verkle-eest/filled/eip4762*/**/*.json", every=9))
def test_parts_add_up_on_execution_spec_tests(path: Path, paid: list[int]) -> None:
    check_file(path, paid)
