"""How the cost of a multiproof grows: n openings of n commitments, and of 16, for n = 1 … 4096.

    python -m benchmarks.growth [--runs N] [--largest N] [--json]

Each proof is made here by the project's own prover over sparse vectors, so that every n has one; the verifier
does not see how full a vector is. Two shapes, since a verifier decodes and multiplies each *commitment* but
only adds up the coefficients of each *opening*:

- ``wide``: n commitments, one opening each;
- ``deep``: 16 commitments at most, n / 16 openings each.

Beside the measured cost stands what a line through all cases (the median of the slopes between them)
foretells: cost = fixed + n · per opening. The program ends with 1 if a doubling of n costs more than 2.4
times as much anywhere (2 is linear; the rest is noise and cache), so that a quadratic step cannot slip in.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median

from cli.machine import backends, machine, summary
from cli.measuring import Phases, repeat, summed
from verkle import multiproof
from verkle.banderwagon import decode_many, encode_many
from verkle.pedersen import commit_many

PROTOCOL = b"multiproof"
SIZES = tuple(2**k for k in range(13))
SHAPES = ("wide", "deep")
ROWS = 16
FILLED = 4  # entries of a vector that are not zero
WORST_DOUBLING = 2.4

Case = tuple[list[bytes], list[multiproof.Opening], bytes]


def make(shape: str, n: int) -> Case:
    """Commitments, openings and proof of one case; the same on every machine."""
    chance = random.Random(f"{shape} {n}")
    rows = n if shape == "wide" else min(n, ROWS)
    vectors = [{i: chance.getrandbits(128) for i in chance.sample(range(256), FILLED)} for _ in range(rows)]
    encoded = encode_many(commit_many(vectors))
    openings: list[multiproof.Opening] = []
    for i, vector in enumerate(vectors):
        filled = list(vector)
        others = [z for z in range(256) if z not in vector]
        openings += [(i, z, vector.get(z, 0)) for z in sorted((filled + others)[: n // rows])]
    proof = multiproof.prove(PROTOCOL, vectors, encoded, openings)
    return encoded, openings, multiproof.proof_to_bytes(proof)


def work(case: Case, phases: Phases) -> None:
    encoded, openings, data = case
    points = decode_many(encoded, lambda i: {"commitment": i})
    proof = multiproof.proof_from_bytes(data)
    phases.lap("decode")
    if not multiproof.verify(PROTOCOL, points, encoded, openings, proof):
        raise SystemExit("a proof made here is refused here")
    phases.lap("verify")


def measure(shape: str, n: int, runs: int) -> dict[str, object]:
    case = make(shape, n)
    laps = repeat(lambda phases: work(case, phases), runs)
    total = summed(laps, ("decode", "verify"))
    medians = {name: sorted(ms)[len(ms) // 2] for name, ms in (*laps.items(), ("total", total))}
    return {
        "shape": shape,
        "openings": len(case[1]),
        "commitments": len(case[0]),
        "runs": runs,
        **{f"{name}_ms": round(ms, 3) for name, ms in medians.items()},
        "total_min_ms": round(min(total), 3),
    }


def worst_doubling(rows: Sequence[dict[str, object]]) -> float:
    """The largest ratio of the least times of one n and of half of it."""
    times = [float(str(row["total_min_ms"])) for row in rows]
    return max((after / before for before, after in pairwise(times)), default=1.0)


def line(rows: Sequence[dict[str, object]]) -> tuple[float, float]:
    """(fixed ms, ms an opening): medians over all pairs of cases, which a few disturbed runs do not move."""
    points = [(int(str(row["openings"])), float(str(row["total_min_ms"]))) for row in rows]
    slope = median((t2 - t1) / (n2 - n1) for (n1, t1), (n2, t2) in combinations(points, 2))
    return median(t - slope * n for n, t in points), slope


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.growth", description="How the cost of a multiproof grows."
    )
    parser.add_argument("--runs", type=int, default=5, help="measured runs a case (default 5)")
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="largest n (default 4096)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args(argv)
    sizes = [n for n in SIZES if n <= max(4, options.largest)]
    tables = {shape: [measure(shape, n, options.runs) for n in sizes] for shape in SHAPES}
    said = {
        "schema": "stateless/growth/1",
        "machine": machine(),
        "backend": backends(),
        "results": [row for rows in tables.values() for row in rows],
        "growth": {
            shape: {
                "fixed_ms": round(line(rows)[0], 3),
                "per_opening_us": round(1000 * line(rows)[1], 3),
                "worst_doubling": round(worst_doubling(rows), 3),
            }
            for shape, rows in tables.items()
        },
    }
    if options.json:
        print(json.dumps(said, indent=2))
    else:
        show(tables)
    return int(any(worst_doubling(rows) > WORST_DOUBLING for rows in tables.values()))


def show(tables: dict[str, list[dict[str, object]]]) -> None:
    for shape, rows in tables.items():
        fixed, slope = line(rows)
        print(f"{shape}: {fixed:.1f} ms + {1000 * slope:.1f} us an opening")
        print(f"worst doubling: {worst_doubling(rows):.2f} times")
        headings = f"{'decode':>10} {'verify':>10} {'total':>10} {'foretold':>10}"
        print(f"  {'openings':>9} {'commitments':>12} {headings}")
        for row in rows:
            foretold = fixed + slope * int(str(row["openings"]))
            print(
                f"  {row['openings']:>9,} {row['commitments']:>12,} {row['decode_ms']:>7.2f} ms"
                f" {row['verify_ms']:>7.2f} ms {row['total_ms']:>7.2f} ms {foretold:>7.2f} ms"
            )
    print(summary())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
