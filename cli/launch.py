"""Start one process, wait for it, and say its exit code, time and memory:  python -I -S launch.py COMMAND…

A small process of its own, because Linux counts the memory of whoever starts a process into that process's
peak (``ru_maxrss``): started by a large one, everything would seem as large. So it loads nothing of this
program.
"""

import json
import os
import sys
import time


def main(command: list[str]) -> None:
    """Run ``command`` without its output and print ``{"code", "seconds", "cpu_seconds", "peak_bytes"}``."""
    nothing = os.open(os.devnull, os.O_RDWR)
    quiet = [(os.POSIX_SPAWN_DUP2, nothing, stream) for stream in (0, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    said = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": time.perf_counter() - start,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1:])
