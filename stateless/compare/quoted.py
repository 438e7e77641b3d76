"""Figures of others, each with its source: what a proof by a SNARK of the same kind of work takes.

They stand in their own column: nothing was run here, their hardware is not this machine, and their blocks are
not these blocks.
"""

from __future__ import annotations

from typing import Final

from stateless.compare.rows import Row

__all__ = ["QUOTED"]

QUOTED: Final[tuple[Row, ...]] = (
    Row(
        tree="snark",
        kind="quoted",
        code_policy="none",
        proof_bytes=343_580,
        prove_ms=17_000.0,
        verify_ms=8.0,
        source="zkevm-benchmark-runs: ZisK with ethrex, mainnet blocks 23533500 to 23533999, 8 x RTX 5090",
        note="median over 500 blocks; a proof of a whole block's execution, not of its state alone",
    ),
    Row(
        tree="snark",
        kind="quoted",
        code_policy="none",
        proof_bytes=343_580,
        prove_ms=16_100.0,
        verify_ms=7.0,
        source="zkevm-benchmark-runs: ZisK with reth, mainnet blocks 23533500 to 23533999, 8 x RTX 5090",
        note="median over 500 blocks, the slowest 34.4 s; a proof of a whole block's execution",
    ),
    Row(
        tree="snark",
        kind="quoted",
        code_policy="none",
        verify_ms=5.6,
        peak_memory_bytes=11 << 20,
        source="zkboost issue 61, on a host with an RTX PRO 6000",
        note="a process that only verifies",
    ),
)
