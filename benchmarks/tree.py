"""How long trees take to build, how much memory and disk, and how that grows.

    python -m benchmarks.tree growth                       10^3, 10^4, 10^5 random leaves, one process each
    python -m benchmarks.tree growth --leaves 1000000 --jobs 2 --keep million.store
    python -m benchmarks.tree growth --leaves 1000000 --as-they-come   the same root in another order
    python -m benchmarks.tree accounts --count 100000      addresses → tree keys → tree on disk
    python -m benchmarks.tree insert --store million.store 1,000 and 10,000 leaves into a copy of a large tree
    python -m benchmarks.tree combs                        commitments with and without combs
    python -m benchmarks.tree --help

Every measurement runs in a process of its own, so that its peak memory is its own. ``cpu_s`` is the processor
time of it and its workers, which a busy machine changes little; ``wall_s`` is what passed.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

Result = dict[str, Any]
SEED = 1
UNSORTED_BATCH = 20_000


def random_rows(count: int, seed: int = SEED) -> Iterator[Any]:
    """Random keys, one leaf a stem: the most work for each."""
    from verkle.leaf_sort import Row

    random = Random(seed)
    for _ in range(count):
        yield Row(random.randbytes(32), random.randbytes(32))


def account_rows(count: int, seed: int = SEED) -> Iterator[Any]:
    """Accounts at random addresses, with nonce, balance and the hash of no code (Kaustinen 7)."""
    from stateless.genesis import AllocAccount, alloc_leaves
    from stateless.rules import RULE_SETS
    from verkle.leaf_sort import Row

    random = Random(seed)
    accounts = (
        AllocAccount(random.randbytes(20), random.randrange(10**20), random.randrange(1000), b"", {})
        for _ in range(count)
    )
    return (Row(key, value) for key, value in alloc_leaves(accounts, RULE_SETS["kaustinen7"]))


def measured(work: Callable[[], Result]) -> Result:
    """Run ``work``; its result with times and memory."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = {
        name: resource.getrusage(who).ru_maxrss * unit >> 20
        for name, who in (("peak_mib", resource.RUSAGE_SELF), ("worker_peak_mib", resource.RUSAGE_CHILDREN))
    }
    times = {"wall_s": time.perf_counter() - wall, "cpu_s": cpu_seconds() - cpu}
    return result | {name: round(seconds, 2) for name, seconds in times.items()} | peaks


def cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


# Measurements


def build_store(rows: Iterator[Any], jobs: int, keep: str | None, as_they_come: bool = False) -> Result:
    from verkle.build import build
    from verkle.lmdb_store import LmdbStore
    from verkle.tree import Tree

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        with LmdbStore(path, write=True) as store:
            if as_they_come:
                tree = Tree(store)
                while batch := {row.key: row.value for row in islice(rows, UNSORTED_BATCH)}:
                    tree.put(batch)
            else:
                build(store, rows, jobs=jobs)
            state = store.state
        if keep is not None:
            shutil.move(path, keep)
            path = Path(keep)
        size = sum(file.stat().st_size for file in path.iterdir())
    return {"leaves": state.leaves, "stems": state.stems, "root": state.root.hex(), "store_bytes": size}


def growth(options: argparse.Namespace) -> Result:
    return _built(random_rows(options.count, options.seed), options)


def accounts(options: argparse.Namespace) -> Result:
    """From the addresses on: tree keys included."""
    return _built(account_rows(options.count, options.seed), options)


def _built(rows: Iterator[Any], options: argparse.Namespace) -> Result:
    result = measured(lambda: build_store(rows, options.jobs, options.keep, options.as_they_come))
    return result | {"cpu_us_each": round(1e6 * result["cpu_s"] / options.count)}


def insert(options: argparse.Namespace) -> Result:
    """Into a copy: the store stays as it is."""
    from verkle.build import build
    from verkle.lmdb_store import LmdbStore

    with tempfile.TemporaryDirectory(dir=Path(options.store).parent) as folder:
        path = Path(folder) / "store"
        shutil.copytree(options.store, path)
        with LmdbStore(path, write=True) as store:
            before = store.state.leaves

            def work() -> Result:
                build(store, random_rows(options.count, seed=SEED + 1), jobs=options.jobs)
                return {"leaves_before": before, "leaves": store.state.leaves}

            return measured(work)


def combs(options: argparse.Namespace) -> Result:
    """Vectors as new accounts have them: four halves of values, then the stem and an image."""
    from verkle import pedersen
    from verkle.field import R

    random = Random(SEED)
    vectors: list[dict[int, int]] = []
    for _ in range(options.count):
        vectors.append({i: random.randrange(1 << 128) for i in range(4)})
        vectors.append({0: 1, 1: random.randrange(1 << 248), 2: random.randrange(R)})
    result: Result = {"vectors": len(vectors)}
    never = {"NARROW_FROM": 1 << 60, "WIDE_FROM": 1 << 60}
    for name, thresholds in (("with", {}), ("without", never)):
        for threshold, value in thresholds.items():
            setattr(pedersen, threshold, value)
        cpu = cpu_seconds()
        pedersen.Committer("default").commit_many(vectors)
        result[f"{name}_combs_us"] = round(1e6 * (cpu_seconds() - cpu) / len(vectors))
    return result


# Running them


MEASUREMENTS: dict[str, Callable[[argparse.Namespace], Result]] = {
    "growth": growth,
    "accounts": accounts,
    "insert": insert,
    "combs": combs,
}
COUNTS = {"growth": "1000,10000,100000", "accounts": "100000", "insert": "1000,10000", "combs": "20000"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tree",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("measurement", choices=MEASUREMENTS)
    parser.add_argument("--count", "--leaves", metavar="N,N", help="leaves, accounts or pairs of vectors")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="of the leaves")
    parser.add_argument("--keep", metavar="STORE", help="keep the store that was built")
    parser.add_argument("--store", metavar="STORE", help="for insert: the tree to insert into")
    parser.add_argument("--as-they-come", action="store_true", help="unsorted, 20,000 leaves at a time")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measurement == "insert" and options.store is None:
        parser.error("insert needs --store")
    counts = [int(text) for text in (options.count or COUNTS[options.measurement]).split(",")]
    if options.here:
        options.count = counts[0]
        print(json.dumps(MEASUREMENTS[options.measurement](options)))
        return 0
    for count in counts:
        print(json.dumps(_apart(options, count)), flush=True)
    return 0


def _apart(options: argparse.Namespace, count: int) -> Result:
    """One measurement in a process of its own."""
    words = [options.measurement, "--here", "--count", str(count), "--jobs", str(options.jobs)]
    words += ["--seed", str(options.seed)]
    words += ["--as-they-come"] * options.as_they_come
    for name in ("keep", "store"):
        if getattr(options, name) is not None:
            words += [f"--{name}", getattr(options, name)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.tree", *words], stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout)
    return {"measurement": options.measurement, "count": count, "jobs": options.jobs} | found


if __name__ == "__main__":
    sys.exit(main())
