"""A made-up comparison of the shape of ``stateless/compare/1``: sizes and times by simple laws."""

from __future__ import annotations

import math
from typing import Any

SIZES = (1 << 10, 1 << 16, 1 << 20, 1 << 28, 1 << 32)
WORK = (4, 7, 12, 19, 26, 40, 61, 90, 130, 188, 260, 410)
"""Leaves that each block touches."""


def document(work: tuple[int, ...] = WORK, sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    results = [row for i, touched in enumerate(work) for row in _block(i, touched, sizes)]
    return {
        "schema": "stateless/compare/1",
        "version": "0.1.0",
        "exit_code": 0,
        "provenance": {
            "command": "stateless compare fixtures/blocks --keys 2^10,2^16,2^20,2^28,2^32 --html report.html",
            "seed": 1,
            "machine": {
                "cpu": "AMD EPYC",
                "cores_usable": 2,
                "architecture": "x86_64",
                "temperature_c": None,
            },
            "python": {"version": "3.11.7", "implementation": "CPython"},
            "libraries": {"py_arkworks_bls12381": "0.5.0", "blake3": "1.0.11", "zstandard": None},
            "fixtures": {f"fixtures/blocks/block-{i}.json": "ab" * 32 for i in range(len(work))},
        },
        "results": [*results, *_quoted()],
    }


def _block(index: int, touched: int, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    own = 800 + 37 * index
    code = 0 if index % 4 == 0 else 900 + 700 * index
    rows = []
    for keys in (own, *sizes):
        here = {"block": f"block-{index}.json", "keys": keys, "own_size": keys == own}
        here["keys_touched"] = touched
        rows += [_verkle(here, touched, code), *_patricia(here, touched, code), *_binary(here, touched, code)]
    return rows


def _row(here: dict[str, Any], **members: Any) -> dict[str, Any]:
    total = sum(members[f"{part}_bytes"] for part in ("proof", "values", "code", "header"))
    row: dict[str, Any] = {
        "block_digest": "cd" * 32,
        "group_bits": None,
        "total_bytes": total,
        "commitments": None,
        "stems": None,
        "other_stems": None,
        "openings": None,
        "nodes": None,
        "siblings": None,
        "executed": False,
        "gas_used": None,
        "pre_state_root": None,
        "post_state_root": "0x" + "12" * 32,
        "execute_ms": None,
        "peak_memory_bytes": 31_000_000,
        "assumptions": 0,
        "assumption_bytes": None,
        "source": None,
        "note": None,
    }
    row |= {"kind": "measured" if here["own_size"] else "modelled", "verified": True, **here, **members}
    row.setdefault(
        "encodings",
        {
            "own": total,
            "ssz": None,
            "cbor": int(total * 1.05),
            "snappy": int(total * 0.95),
            "zstd": int(total * 0.9),
        },
    )
    return row


def _verkle(here: dict[str, Any], touched: int, code: int) -> dict[str, Any]:
    stems = max(touched // 4, 1)
    depth = 1 + max(math.log(here["keys"] / 4, 256), 0)
    commitments = int(stems * (depth + 1.2))
    chunks = int(code * 0.2)
    total = 576 + 32 * commitments + stems
    return _row(
        here,
        tree="verkle",
        code_policy="chunks",
        proof_bytes=total,
        values_bytes=40 * touched,
        code_bytes=chunks,
        header_bytes=0,
        commitments=commitments,
        stems=stems,
        other_stems=stems // 5,
        openings=3 * commitments,
        depths=_around(depth, stems),
        prove_ms=30 + 0.3 * commitments,
        verify_ms=14 + 0.09 * commitments,
        rebuild_ms=2 + 0.1 * commitments,
        operations={"point_additions": 9000 + 90 * commitments, "hashes": None, "inversions": 300},
        encodings={
            "own": total,
            "ssz": int(total * 2.2),
            "cbor": int(total * 1.1),
            "snappy": total,
            "zstd": total - 9,
        },
    )


def _patricia(here: dict[str, Any], touched: int, code: int) -> list[dict[str, Any]]:
    depth = 1 + max(math.log(here["keys"], 16), 0)
    return [
        _row(
            here,
            tree="patricia",
            code_policy=policy,
            proof_bytes=int(touched * (depth * 380 + 60)),
            values_bytes=30 * touched,
            code_bytes=code if policy == "whole" else code // 5,
            header_bytes=600,
            nodes=int(touched * depth * 0.7),
            siblings=int(touched * depth * 10),
            depths=_around(depth, touched),
            prove_ms=0.2 + 0.05 * touched,
            verify_ms=0.3 + 0.03 * touched,
            rebuild_ms=0.3 + 0.04 * touched,
            operations={"point_additions": 0, "hashes": int(touched * depth), "inversions": 0},
        )
        for policy in ("whole", "chunks")
    ]


def _binary(here: dict[str, Any], touched: int, code: int) -> list[dict[str, Any]]:
    depth = 1 + math.log2(here["keys"])
    stems = max(touched // 4, 1)
    rows = []
    for bits in (1, 2, 4):
        for policy in ("whole", "chunks"):
            siblings = int(stems * (depth + 6) * (2**bits - 1) / bits)
            counted = {"kind": "modelled", "prove_ms": None, "verify_ms": None, "verified": False}
            made = {"prove_ms": 0.5 + 0.02 * touched, "verify_ms": 0.4 + 0.02 * touched}
            row = _row(
                here,
                tree="binary",
                code_policy=policy,
                group_bits=bits,
                proof_bytes=32 * siblings + 31 * stems,
                values_bytes=40 * touched,
                code_bytes=code if policy == "whole" else code // 5,
                header_bytes=0,
                stems=stems,
                nodes=siblings,
                siblings=siblings,
                depths=_around(depth, stems),
                rebuild_ms=0.3 + 0.03 * touched,
                operations={"point_additions": 0, "hashes": siblings * 2, "inversions": 0},
                **(counted if bits > 1 else made),
            )
            rows.append(row)
    return rows


def _quoted() -> list[dict[str, Any]]:
    names = _row(
        {"own_size": False},
        tree="snark",
        code_policy="none",
        proof_bytes=343_580,
        values_bytes=0,
        code_bytes=0,
        header_bytes=0,
        depths={},
        operations={},
    )
    nulls = dict.fromkeys(names)
    return [
        nulls
        | {
            "block": "500 mainnet blocks, 23533500 to 23533999 (ethrex, ZisK)",
            "tree": "snark",
            "kind": "quoted",
            "proof_bytes": 343_580,
            "total_bytes": 343_580,
            "prove_ms": 17_000.0,
            "verify_ms": 8.0,
            "source": "zkevm-benchmark-runs, 8 × RTX 5090",
        }
    ]


def _around(depth: float, count: int) -> dict[str, int]:
    low = int(depth)
    high = round(count * (depth - low))
    return {str(d): n for d, n in ((low, count - high), (low + 1, high)) if n}
