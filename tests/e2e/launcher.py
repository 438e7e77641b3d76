"""Starts one process, waits for it, and writes down its exit code, time and memory.

    python launcher.py REPORT COMMAND…

A small process of its own, because Linux counts the memory of whoever started a process into that process's
peak (``ru_maxrss``): started by pytest itself, everything would seem as large as pytest.
"""

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> None:
    """Run ``command`` and write ``{"code", "seconds", "cpu_seconds", "peak_bytes"}`` to ``report``."""
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    said = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with open(report, "w", encoding="utf-8") as stream:  # noqa: PTH123 (no pathlib: it stays small)
        json.dump(said, stream)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
