"""What the peers written in Python share: reading a workload, the clock, and the report.

The report has the members that ``run.py`` wants of every peer, and ``gas_used``.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

Workload = dict[str, Any]
SCHEMA = "stateless/evm-workload/1"
EXIT_ACCEPTED, EXIT_REFUSED, EXIT_USAGE = 0, 1, 2


class Peer(Protocol):
    """An implementation with one workload. ``prepare`` makes what ``run`` uses up."""

    name: str
    distribution: str

    def prepare(self) -> Any: ...

    def run(self, prepared: Any) -> int: ...


def main(make: Callable[[Workload], Peer], argv: Sequence[str] | None = None) -> int:
    """Once unmeasured, then ``--runs`` times measured; garbage is collected before each run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(argv)
    try:
        workload = json.loads(options.file.read_bytes())
        if workload["schema"] != SCHEMA:
            raise ValueError(f"its schema is {workload['schema']!a}, not {SCHEMA}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"{options.file}: {error}")
    start = perf_counter()
    peer = make(workload)
    setup_ms = 1000 * (perf_counter() - start)
    times: list[float] = []
    gas_used: int | None = None
    reason: str | None = None
    try:
        gas_used = peer.run(peer.prepare())
        for _ in range(options.runs):
            prepared = peer.prepare()
            gc.collect()
            start = perf_counter()
            peer.run(prepared)
            times.append(1000 * (perf_counter() - start))
    except Exception as error:  # noqa: BLE001 (whatever a peer raises is its refusal)
        reason = f"{type(error).__name__}: {error}"[:500]
    print(
        json.dumps(
            {
                "implementation": peer.name,
                "version": importlib.metadata.version(peer.distribution),
                "toolchain": f"{platform.python_implementation()} {platform.python_version()}",
                "threads": 1,
                "setup_ms": setup_ms,
                "accepted": reason is None,
                "reason": reason,
                "gas_used": gas_used,
                "phases": {"execution": times},
            }
        )
    )
    return EXIT_ACCEPTED if reason is None else EXIT_REFUSED
