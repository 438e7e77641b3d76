"""The worst inputs that can be made within the limits: what each costs in time and memory, what bounds it.

    python -m tests.fuzz.worst [--json] [--code] [NAME…]

Each input is judged in a process of its own, so that its memory is its own. ``--code`` measures the slowest
contracts instead (``tests.fuzz.worst_code``). docs/11-attacks.md has the figures and says what they mean.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from stateless.verifier import verify, verify_all
from tests.fuzz.mutate_block import with_body_roots
from tests.fuzz.seeds import FIXTURES, dumped, first_block, patricia_document
from tests.fuzz.worst_code import paces
from verkle.diff import IpaProof, StemDiff, SuffixDiff, VerkleProof
from verkle.errors import StatelessError
from verkle.openings import ABSENT_EMPTY, PRESENT, lay_out
from verkle.proof import verify_proof
from verkle.prover import prove_keys
from verkle.tree import Tree
from witness.binary.container import BinaryProof, PathEnd
from witness.binary.proof import verify_proof as verify_binary
from witness.binary.rules import DEFAULT
from witness.block_json import block_to_json
from witness.cbor import witness_to_cbor
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks
from witness.limits import MAX_KEYS, MAX_STEMS
from witness.ssz import witness_to_ssz

Judged = Callable[[], str]
"""Judges an input that was made before; returns what was answered."""
G_0 = bytes.fromhex("01587ad1336675eb912550ec2a28eb8923b824b490dd2ba82e48f14590a298a0")
ZERO = bytes(32)
FALSE_IPA = IpaProof((G_0,) * 8, (G_0,) * 8, ZERO)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one input: seconds of the processor, bytes of memory beyond those of the input, the answer."""

    name: str
    input_bytes: int
    seconds: float
    memory: int
    answer: str
    limit: str


def _answer(judged: Callable[[], object]) -> str:
    try:
        judged()
    except StatelessError as error:
        return error.code
    return "valid"


def _verified(data: bytes, **options: Any) -> Judged:
    def judged() -> str:
        verdicts = verify_all(data, "input", **options)
        last = verdicts[-1]
        return f"{len(verdicts)} × {last.error.code if last.error else 'valid'}"

    return judged


def _proof(data: bytes, root: bytes, format: str) -> Judged:
    def judged() -> str:
        def check() -> None:
            [block] = decode_blocks(data, "input", format=format)
            if block.witness is not None:
                verify_proof(root, block.witness.state_diff, block.witness.proof)

        return _answer(check)

    return judged


def deepest_tree() -> tuple[bytes, Judged, str]:
    """An honest witness of pairs of stems that share 30 of their 31 bytes: 30 inner nodes for each pair."""
    random = Random(1)
    items: dict[bytes, bytes] = {}
    for i in range(32):
        front = bytes([i]) + random.randbytes(29)
        items |= {front + bytes([last]) + b"\0": random.randbytes(32) for last in (0, 255)}
    tree = Tree()
    tree.put(items)
    diff, proof = prove_keys(tree, list(items))
    data = witness_to_cbor(ExecutionWitness(diff, proof, tree.root))
    return data, _proof(data, tree.root, "cbor"), "33 commitments a stem; bytes of the input"


def deep_claims() -> tuple[bytes, Judged, str]:
    """As many stems as there may be, each said to be absent at depth 31, and no commitment for them."""
    random = Random(2)
    stems = sorted({random.randbytes(31) for _ in range(MAX_STEMS)})
    diff = tuple([StemDiff(stem, (SuffixDiff(0, None, None),)) for stem in stems])
    proof = VerkleProof((), bytes([31 << 3 | ABSENT_EMPTY]) * len(stems), (), G_0, FALSE_IPA)
    data = witness_to_cbor(ExecutionWitness(diff, proof, ZERO))
    return (
        data,
        _proof(data, G_0, "cbor"),
        "paths are counted against the commitments before they are laid out",
    )


def most_commitments() -> tuple[bytes, Judged, str]:
    """A made-up witness with a commitment for every node of its long paths: each is decoded."""
    random = Random(3)
    stems = sorted({random.randbytes(31) for _ in range(256)})
    diff = tuple([StemDiff(stem, (SuffixDiff(0, None, None),)) for stem in stems])
    claims = [(ABSENT_EMPTY, 31)] * len(stems)
    paths = len(lay_out(diff, claims, ()).paths) - 1
    proof = VerkleProof((), bytes([31 << 3 | ABSENT_EMPTY]) * len(stems), (G_0,) * paths, G_0, FALSE_IPA)
    data = witness_to_ssz(ExecutionWitness(diff, proof))
    return data, _proof(data, G_0, "ssz"), "bytes of the input: 32 a commitment"


def _openings(keys: int) -> tuple[bytes, Judged, str]:
    random = Random(4)
    stems = sorted({bytes([i % 256, i // 256]) + random.randbytes(29) for i in range(keys // 256)})
    leaves = tuple([SuffixDiff(suffix, None, None) for suffix in range(256)])
    diff = tuple([StemDiff(stem, leaves) for stem in stems])
    depth = 2 if len(stems) > 256 else 1
    claims = [(PRESENT, depth)] * len(stems)
    paths = len(lay_out(diff, claims, ()).paths) - 1
    proof = VerkleProof((), bytes([depth << 3 | PRESENT]) * len(stems), (G_0,) * paths, G_0, FALSE_IPA)
    data = witness_to_cbor(ExecutionWitness(diff, proof, ZERO))
    return data, _proof(data, G_0, "cbor"), "524,288 keys (WITNESS_COUNT)"


def most_openings_an_eighth() -> tuple[bytes, Judged, str]:
    """A stem of which 256 absent leaves are asked opens 516 places, for 130 bytes; an eighth of the limit."""
    return _openings(MAX_KEYS // 8)


def most_openings() -> tuple[bytes, Judged, str]:
    """The same, up to the limit on keys."""
    return _openings(MAX_KEYS)


def binary_siblings() -> tuple[bytes, Judged, str]:
    """Paths of the binary tree that are as deep as a stem is long, and whose siblings are hashes."""
    random = Random(5)
    stems = sorted({random.randbytes(31) for _ in range(2000)})
    diff = tuple([StemDiff(stem, (SuffixDiff(0, None, None),)) for stem in stems])
    ends = tuple([PathEnd("empty", 248) for _ in stems])

    def fits(count: int) -> bool:
        proof = BinaryProof(ends, (G_0,) * count)
        return _answer(lambda: verify_binary(ZERO, diff, proof, DEFAULT)) != "BINARY_SIBLING_MISSING"

    low, high = 200 * len(stems), 248 * len(stems)
    while low < high:  # as many as the ends need
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    proof = BinaryProof(ends, (G_0,) * low)
    judged = lambda: _answer(lambda: verify_binary(ZERO, diff, proof, DEFAULT))  # noqa: E731
    return bytes(32 * low), judged, "4,194,304 siblings; a hash each"


def json_nesting() -> tuple[bytes, Judged, str]:
    """Brackets, and nothing in them."""
    data = b"[" * (3 << 20)
    return data, _verified(data), "depth 64 (JSON_TOO_DEEP)"


def json_values() -> tuple[bytes, Judged, str]:
    """As many values as may be, in a document that no format knows."""
    data = b"[" + b"0," * 3_999_000 + b"0]"
    return data, _verified(data), "4,000,000 values (JSON_TOO_LARGE)"


def json_objects() -> tuple[bytes, Judged, str]:
    """Empty objects, which weigh more than numbers."""
    data = b"[" + b"{}," * 1_999_000 + b"{}]"
    return data, _verified(data), "4,000,000 values (JSON_TOO_LARGE)"


def tiny_blocks() -> tuple[bytes, Judged, str]:
    """A chain of as many blocks as may be, with nothing in them: each has its verdict."""
    data = b'{"genesis":{},"blocks":[' + b",".join([b"{}"] * 4096) + b"]}"
    return data, _verified(data), "4,096 blocks (BLOCKS_TOO_MANY)"


def rlp_items() -> tuple[bytes, Judged, str]:
    """A list of empty lists."""
    payload = b"\xc0" * 1_990_000
    data = b"\xfa" + len(payload).to_bytes(3, "big") + payload
    return data, _verified(data), "2,000,000 items (RLP_TOO_LARGE)"


def cbor_items() -> tuple[bytes, Judged, str]:
    """An array of empty arrays where the witness should be."""
    head = b"\xd9\xd9\xf7\x86\x69stateless\x01"
    data = head + b"\x9a" + (1_040_000).to_bytes(4, "big") + b"\x80" * 1_040_000 + b"\xf6" * 3
    return data, _verified(data), "1,048,576 items (CBOR_TOO_LARGE)"


def gzip_bomb() -> tuple[bytes, Judged, str]:
    """Zeros that unpack to sixteen times the limit."""
    data = gzip.compress(bytes(1 << 20)) * 1024

    def judged() -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bomb.json.gz"
            path.write_bytes(data)
            verdict = verify(path)
            return verdict.error.code if verdict.error else "valid"

    return data, judged, "64 MiB unpacked (INPUT_TOO_LARGE), 4,096 members"


def many_transactions() -> tuple[bytes, Judged, str]:
    """A block full of one transaction, under a header that says so: signers are recovered, one nonce fits."""
    _, block = first_block("transfer-new")
    block = with_body_roots(replace(block, transactions=(block.transactions or ())[:1] * 40_000))
    data = dumped(block_to_json(block))
    return data, _verified(data), "bytes of the input; gas of the block, once it is run"


def surplus_nodes() -> tuple[bytes, Judged, str]:
    """A Merkle-Patricia witness with half a million nodes that nothing asks for: each is hashed."""
    [block] = decode_blocks((FIXTURES / "patricia/three-transactions.json").read_bytes(), "input")
    document = patricia_document(block)
    document["witness"]["state"] += [f"0x{i:064x}" for i in range(500_000)]
    data = dumped(document)
    return data, _verified(data), "bytes of the input; 4,000,000 JSON values"


INPUTS: Mapping[str, Callable[[], tuple[bytes, Judged, str]]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        deepest_tree,
        deep_claims,
        most_commitments,
        most_openings_an_eighth,
        most_openings,
        binary_siblings,
        json_nesting,
        json_values,
        json_objects,
        tiny_blocks,
        rlp_items,
        cbor_items,
        gzip_bomb,
        many_transactions,
        surplus_nodes,
    )
}


def _resident(name: str) -> int:
    """VmRSS or VmHWM (its peak) of this process, in bytes; as Linux tells it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
    raise ValueError(f"no {name}")


def _in_process(name: str, results: Any) -> None:
    data, judged, limit = INPUTS[name]()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _resident("VmRSS")
    start = process_time()
    answer = judged()
    seconds = process_time() - start
    results.send(Cost(name, len(data), seconds, _resident("VmHWM") - before, answer, limit))


def cost(name: str) -> Cost:
    """Make an input, and judge it, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_in_process, args=(name, there))
    process.start()
    there.close()
    try:
        found: Cost = here.recv()
    except EOFError:
        found = Cost(name, 0, 0.0, 0, "the process died", "")
    process.join()
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.worst")
    parser.add_argument("names", nargs="*", help="of inputs; all without")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--code", action="store_true")
    wishes = parser.parse_args()
    say = sys.stdout.write
    if wishes.code:
        for pace in paces():
            if wishes.json:
                say(json.dumps([pace.name, pace.rules, pace.gas, pace.seconds, pace.nanoseconds]) + "\n")
            else:
                say(f"{pace.name:32}{pace.rules:14}{pace.gas:>12,} gas{pace.nanoseconds:>9.1f} ns a gas\n")
        return 0
    for name in wishes.names or INPUTS:
        each = cost(name)
        if wishes.json:
            row = {key: getattr(each, key) for key in Cost.__slots__}
            say(json.dumps(row) + "\n")
        else:
            size, memory = each.input_bytes / 1024, each.memory / (1 << 20)
            say(f"{each.name:26}{size:>10,.0f} KiB{each.seconds:>9.2f} s{memory:>8,.0f} MiB  {each.answer}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
