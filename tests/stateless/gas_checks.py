"""What holds of every report of gas, for tests."""

from __future__ import annotations

from pathlib import Path

from stateless.gas_parts import Events
from stateless.gas_report import GasReport
from witness.block import BlockInput
from witness.decode import decode_blocks
from witness.source import read_path


def blocks_of(path: Path) -> tuple[BlockInput, ...]:
    """The blocks of a file, packed or not."""
    return decode_blocks(read_path(path, 1 << 26), path.name)


def check(report: GasReport, paid: list[int] | None = None) -> None:
    """All parts there are, none below zero, and their sum is what the receipts have."""
    for row in report.transactions:
        parts = row.gas.to_json()
        used = parts.pop("used")
        assert min(parts.values()) >= 0, (row.index, parts)
        back = parts.pop("stipends") + parts.pop("refund")
        assert sum(parts.values()) - back == used == row.gas.used
    assert report.total.used == sum(row.gas.used for row in report.transactions)
    assert report.total_events == sum((row.events for row in report.transactions), Events())
    if paid is not None:
        assert sum(row.gas.witness for row in report.transactions) == sum(paid)
