"""``docs/format.md`` §5 is enough to read and judge a binary witness, and its example is right.

The reader here was written from that section alone, recursively and without care for speed: it shares nothing
with the program but the hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracles.binary_tree import DIGESTS, Digest
from tests.witness.test_format_document import Column
from tests.witness_binary.samples import stem
from tests.witness_binary.strategies import ALL_RULES, Case, cases, loose, loose_hash
from witness.binary.container import BinaryWitness
from witness.binary.encoding import proof_to_bytes, witness_to_bytes
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, BinaryRules
from witness.binary.tree import BinaryTree
from witness.binary.witness_cbor import witness_to_cbor

__all__ = ["loose_hash"]  # a fixture: pytest finds it by its name here

ZERO = bytes(32)
End = dict[str, Any]
Diff = dict[bytes, dict[int, bytes | None]]


def bits(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


# --- 5.2 ----------------------------------------------------------------------------------------------------


def read_nodes(column: Column) -> list[bytes]:
    count = column.varint()
    bitmap = bits(column.take((count + 7) // 8))[:count]
    return [column.take(32) if bit == "1" else ZERO for bit in bitmap]


def read_proof(column: Column) -> dict[str, Any]:
    ends: list[End] = []
    for _ in range(column.varint()):
        kind, depth = column.byte(), column.byte()
        end: End = {"kind": ("empty", "own", "named")[kind & 3], "depth": depth}
        end["stem"] = column.take(31) if kind & 3 == 2 else None
        end["shown"] = (column.byte(), column.take(32)) if kind & 4 else None
        ends.append(end)
    siblings, within = read_nodes(column), read_nodes(column)
    deep = {}
    for _ in range(column.varint()):
        sibling = column.varint()
        steps = bits(column.take(3))[6:]
        codes = [int(steps[i : i + 2], 2) for i in range(0, 18, 2)]
        lefts = [column.take(32) if code == 2 else ZERO if code == 1 else None for code in codes]
        deep[sibling] = lefts, column.take(32)
    return {"ends": ends, "siblings": siblings, "within": within, "deep": deep}


def read_witness(
    data: bytes,
) -> tuple[str, bytes | None, Diff, dict[str, Any]]:
    column = Column(data)
    name = column.take(column.byte()).decode()
    roots = column.byte()
    assert roots < 4
    root = column.take(32) if roots & 1 else None
    if roots & 2:
        column.take(32)
    diff: Diff = {}
    for _ in range(column.varint()):
        of_stem = diff.setdefault(column.take(31), {})
        for _ in range(column.varint()):
            suffix, given_values = column.byte(), column.byte()
            of_stem[suffix] = column.take(32) if given_values & 1 else None
            if given_values & 2:
                column.take(32)
    proof = read_proof(column)
    assert not column.data
    return name, root, diff, proof


# --- 5.1 ----------------------------------------------------------------------------------------------------


class Judge:
    """Hashes a proof from the ends up, and asks each node for what shows its kind."""

    def __init__(self, diff: Diff, proof: dict[str, Any], digest: Digest) -> None:
        self.diff, self.proof, self.digest = diff, proof, digest
        self.siblings = iter(enumerate(proof["siblings"]))
        self.within = iter(proof["within"])
        self.deep_used: set[int] = set()
        stems = sorted(diff)
        self.ends: dict[str, tuple[End, list[bytes]]] = {}
        for end in proof["ends"]:
            path = bits(stems[0])[: end["depth"]]
            here = [one for one in stems if bits(one).startswith(path)]
            self.ends[path] = end, here
            stems = stems[len(here) :]
        assert not stems

    def judge(self) -> bytes:
        root, _, _ = self.node("")
        assert not list(self.siblings)
        assert not list(self.within)
        assert self.deep_used == self.proof["deep"].keys()
        return root

    def pair(self, left: bytes, right: bytes) -> bytes:
        return ZERO if left == right == ZERO else self.digest(left + right)

    def could_be_stem(self, node: bytes, path: str) -> bool:
        return node[31] == 0 and len(path) <= 248 and bits(node).startswith(path)

    def node(self, path: str) -> tuple[bytes, int, int | None]:
        """Hash, hashes known one within the other, and the first sibling below that is not empty."""
        if path in self.ends:
            return self.end(path)
        walked = [any(end.startswith(path + bit) for end in self.ends) for bit in "01"]
        assert any(walked)
        beside: tuple[bytes, int, int | None] = (ZERO, 0, None)
        if not all(walked):
            number, sibling = next(self.siblings)
            beside = sibling, 0, None if sibling == ZERO else number
        left = self.node(path + "0") if walked[0] else beside
        right = self.node(path + "1") if walked[1] else beside
        assert not left[0] == right[0] == ZERO
        if self.could_be_stem(left[0], path) and right[0] != ZERO and right[1] < 9:
            assert right[2] is not None
            self.deep(right[2])
            right = right[0], 9, right[2]
        firsts = [first for first in (left[2], right[2]) if first is not None]
        return self.pair(left[0], right[0]), 1 + max(left[1], right[1]), min(firsts, default=None)

    def deep(self, number: int) -> None:
        lefts, node = self.proof["deep"][number]
        assert node != ZERO
        for left in reversed(lefts):
            node = self.digest(node + ZERO if left is None else left + node)
        assert node == self.proof["siblings"][number]
        self.deep_used.add(number)

    def end(self, path: str) -> tuple[bytes, int, int | None]:
        end, stems = self.ends[path]
        there = {"empty": None, "own": stems[0], "named": end["stem"]}[end["kind"]]
        if end["kind"] == "own":
            assert len(stems) == 1
        assert there is None or bits(there).startswith(path)
        for one in stems:
            assert one == there or set(self.diff[one].values()) == {None}
        if there is None:
            return ZERO, 0, None
        return self.digest(there + b"\0" + self.top(path, end, self.diff.get(there, {}))), 9, None

    def top(self, path: str, end: End, asked: dict[int, bytes | None]) -> bytes:
        opened = dict(asked)
        if end["shown"] is not None:
            assert end["shown"][0] not in opened
            opened[end["shown"][0]] = end["shown"][1]
        # by the bits that lead to each node
        nodes = {f"{s:08b}": ZERO if v is None else self.digest(v) for s, v in opened.items()}
        level = sorted(nodes)
        while level[0]:
            for place in list(level):
                other = place[:-1] + ("0" if place[-1] == "1" else "1")
                if other not in nodes:
                    nodes[other] = next(self.within)
            level = sorted({place[:-1] for place in level})
            for place in level:
                nodes[place] = self.pair(nodes[place + "0"], nodes[place + "1"])

        def shows(suffix: int) -> bool:
            way = f"{suffix:08b}"
            return not any(
                way[at] == "0"
                and nodes[way[:at] + "1"] != ZERO
                and self.could_be_stem(nodes[way[: at + 1]], path + "1" + way[:at])
                for at in range(8)
            )

        by_asked = any(value is not None and shows(suffix) for suffix, value in asked.items())
        assert by_asked == (end["shown"] is None)
        if end["shown"] is not None:
            way = f"{end['shown'][0]:08b}"
            assert all(nodes[way[:at] + "1"] == ZERO for at in range(8) if way[at] == "0")
            assert max(s for s, v in opened.items() if v is not None) == end["shown"][0]
        return nodes[""]


def judged(data: bytes, digest: Digest) -> tuple[bytes, dict[bytes, bytes | None]]:
    _, root, diff, proof = read_witness(data)
    assert root is not None
    if diff:
        assert Judge(diff, proof, digest).judge() == root
    return root, {one + bytes([s]): v for one, values in diff.items() for s, v in values.items()}


def witness_of(case: Case, rules: BinaryRules) -> bytes:
    items, keys, writes = case
    tree = BinaryTree(rules, items)
    made = prove_keys(tree, keys, writes)
    return witness_to_bytes(BinaryWitness(made.diff, made.proof, rules.name, tree.root))


@given(cases(), ALL_RULES)
@settings(max_examples=60)
def test_the_document_is_enough(case: Case, rules: BinaryRules) -> None:
    _, values = judged(witness_of(case, rules), DIGESTS[rules.hash])
    assert values == {key: case[0].get(key) for key in case[1]}


@given(cases())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_document_is_enough_where_nodes_are_doubtful(
    loose_hash: Callable[[bytes], bytes], case: Case
) -> None:
    _, values = judged(witness_of(case, DEFAULT), loose)
    assert values == {key: case[0].get(key) for key in case[1]}


# --- 5.4 ----------------------------------------------------------------------------------------------------


def test_the_example(project: Path) -> None:
    document = (project / "docs" / "format.md").read_text(encoding="utf-8")
    section = document.split("### 5.4")[1].split("### 5.5")[0]
    one, other, third, absent = (bytes([byte]) * 31 for byte in (0x11, 0x80, 0xC0, 0x88))
    items = {
        one + b"\0": b"\1" * 32,
        one + b"\5": b"\2" * 32,
        other + b"\7": b"\3" * 32,
        third + b"\0": b"\4" * 32,
    }
    tree = BinaryTree(DEFAULT, items)
    made = prove_keys(tree, [one + b"\0"], {absent + b"\0": b"\x09" * 32})
    witness = BinaryWitness(made.diff, made.proof, DEFAULT.name, tree.root)
    data = witness_to_bytes(witness)
    totals = re.search(r"(\d+) bytes, of which (\d+) are the proof; (\d+) in CBOR", section)
    assert totals
    proof_bytes, cbor_bytes = len(proof_to_bytes(made.proof)), len(witness_to_cbor(witness))
    assert [int(number) for number in totals.groups()] == [len(data), proof_bytes, cbor_bytes]
    at = 0
    for row in re.finditer(r"^\| (\d+) \| (\d+) \| `([0-9a-f…]+)` \|", section, re.MULTILINE):
        start, length, shown = int(row[1]), int(row[2]), row[3]
        assert start == at
        at += length
        text = data[start:at].hex()
        first, _, last = shown.partition("…")
        assert text.startswith(first)
        assert text.endswith(last or first)
        assert last or text == first
    assert at == len(data)


def test_the_judge_refuses() -> None:
    """… or its assent would say nothing."""
    items = {stem(i) + b"\0": bytes([i]) * 32 for i in range(8)}
    data = witness_of((items, sorted(items)[:2], {}), DEFAULT)
    assert judged(data, DIGESTS["blake3"])
    with pytest.raises(AssertionError):
        judged(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], DIGESTS["blake3"])
