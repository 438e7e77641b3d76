"""How long the binary tree takes to build, prove, verify and change, and what a proof of it weighs.

    python -m benchmarks.binary                     100,000 random leaves, one a stem; 372 keys that are there
    python -m benchmarks.binary --leaves 10000 --keys 40 --absent 10 --rules eip7864b-sha256 --runs 20

Medians and minima of the runs; counts of hashes do not depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from random import Random
from typing import Any

from witness.binary.container import BinaryWitness
from witness.binary.grouped import grouped_sizes
from witness.binary.post import post_root
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, rules_named
from witness.binary.sizes import binary_sizes
from witness.binary.tree import BinaryTree

SEED = 1


def timed(work: Callable[[], object], runs: int) -> dict[str, float]:
    """Milliseconds of a call."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return {"median_ms": round(statistics.median(took), 2), "min_ms": round(min(took), 2)}


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--leaves", type=int, default=100_000)
    options.add_argument("--keys", type=int, default=372, help="that are there")
    options.add_argument("--absent", type=int, default=0, help="and that are not")
    options.add_argument("--rules", default=DEFAULT.name)
    options.add_argument("--runs", type=int, default=9)
    given = options.parse_args()
    rules, random = rules_named(given.rules), Random(SEED)
    items = {random.randbytes(32): random.randbytes(32) for _ in range(given.leaves)}
    keys = [*random.sample(list(items), given.keys), *(random.randbytes(32) for _ in range(given.absent))]
    writes = {key: random.randbytes(32) for key in keys}

    start = time.perf_counter()
    tree = BinaryTree(rules, items)
    root = tree.root
    build_s = time.perf_counter() - start
    made = prove_keys(tree, keys, writes)
    proven = verify_proof(root, made.diff, made.proof, rules)
    after = post_root(proven)
    phases: dict[str, dict[str, Any]] = {
        "prove": timed(lambda: prove_keys(tree, keys, writes), given.runs),
        "verify": timed(lambda: verify_proof(root, made.diff, made.proof, rules), given.runs),
        "post_root": timed(lambda: post_root(proven), given.runs),
    }
    for phase, hashes in (("prove", made.hashes), ("verify", proven.hashes), ("post_root", after.hashes)):
        phases[phase]["hashes"] = hashes
    # the levels of a grouped node
    grouped = {bits: grouped_sizes(tree, keys, bits).total_bytes for bits in (1, 2, 4)}  # type: ignore[arg-type]
    sizes = binary_sizes(BinaryWitness(made.diff, made.proof, rules.name))
    print(
        json.dumps(
            {
                "rules": rules.name,
                "leaves": given.leaves,
                "build_s": round(build_s, 2),
                **phases,
                "sizes": sizes.to_json(),
                "grouped_bytes": grouped,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
