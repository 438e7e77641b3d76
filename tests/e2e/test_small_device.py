"""A block of a hundred transactions within 128 MiB: the limit of the address space is a hard one, set before
the interpreter starts, so that its own maps and the libraries' count too. No headroom had to be given."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, FIXTURES, Done, stateless

MIB = 1 << 20
LIMIT = 128 * MIB
BLOCK = FIXTURES / "blocks" / "big-100-txs.json.gz"
BLOCK_73 = "kaustinen6-block73.json"


def limited(*command: str | Path, limit: int = LIMIT) -> Done:
    """A command that may use so much address space."""
    return stateless(
        command=("/bin/sh", "-c", f'ulimit -v {limit // 1024}; exec "$@"', "sh", *map(str, command))
    )


@pytest.mark.parametrize("tables", ["auto", "small", "default", "large"])
def test_a_block_of_a_hundred_transactions_is_executed(tables: str) -> None:
    done = limited(*COMMAND, "--tables", tables, "verify", "--json", BLOCK)
    assert done.code == 0, done.err
    (result,) = done.json()["results"]
    assert (result["verdict"], result["executed"]) == ("valid", True)
    assert result["block"]["transactions"] == 100
    assert result["sizes"]["keys"] >= 370
    assert done.peak_bytes < LIMIT


def test_block_73_of_kaustinen_6(vectors: Path) -> None:
    done = limited(*COMMAND, "verify", "--json", vectors / "verkle-blocks" / BLOCK_73)
    assert done.code == 0, done.err
    (result,) = done.json()["results"]
    assert (result["verdict"], result["block"]["transactions"], result["sizes"]["keys"]) == (
        "valid",
        100,
        372,
    )
    assert done.peak_bytes < LIMIT


def test_a_machine_so_small_gets_small_tables() -> None:
    said = limited(*COMMAND, "doctor", "--json").json()
    assert said["machine"]["memory_limit_bytes"] == LIMIT
    assert said["tables"] == {"mode": "small", "named": False}
    assert said["exit_code"] == 0


def test_the_limit_bites() -> None:
    done = limited(sys.executable, "-c", f"bytearray({LIMIT})")
    assert done.code == 1
    assert "MemoryError" in done.err
