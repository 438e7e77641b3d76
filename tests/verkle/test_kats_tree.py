"""Known answers for node commitments and roots (of the oracle's whole tree), tree keys and code chunks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracles import curve, keys
from tests.oracles.tree import Tree
from tests.verkle import kats
from tests.verkle.implementations import Implementation

MAIN_STORAGE = 256**31


def raw(text: str) -> bytes:
    return bytes.fromhex(text.strip().removeprefix("0x"))


def rows(path: Path) -> list[tuple[bytes, bytes]]:
    lines = [line.split(",")[:2] for line in path.read_text().splitlines() if line.strip()]
    return [(raw(key), raw(value)) for key, value in lines]


@pytest.mark.parametrize(
    ("items", "nodes", "root"), [t[1:] for t in kats.TREES], ids=[t[0] for t in kats.TREES]
)
def test_small_trees(items: dict[str, str], nodes: dict[str, str], root: str) -> None:
    tree = Tree.of({raw(key): raw(value) for key, value in items.items()})
    for path, expected in nodes.items():
        assert curve.serialise(tree.nodes[raw(path)].commitment).hex() == expected
    if root:
        assert tree.root().hex() == root


def test_image_of_a_leaf() -> None:
    _, items, _, _ = kats.TREES[2]
    tree = Tree.of({raw(key): raw(value) for key, value in items.items()})
    image = curve.map_to_field(tree.nodes[b"\0"].commitment)
    assert image.to_bytes(32, "little").hex() == kats.BOTH_HALVES_IMAGE


def test_jsign_mutations(vectors: Path) -> None:
    """Their short values are padded on the right."""
    data = json.loads((vectors / "verkle-crypto/jsign/003_tree_mutation.json").read_text())["testData"]
    tree = Tree()
    for mutation in data["mutations"]:
        tree.put(raw(mutation["key"]), raw(mutation["value"]).ljust(32, b"\0"))
    assert tree.root() == raw(data["expectedRootHash"])


def test_reference_tree(vectors: Path) -> None:
    facts = json.loads((vectors / "verkle-crypto/ipa_banderwagon_kats.json").read_text())["tree_roots"]
    key = bytes(range(1, 33))
    root = Tree.of({key: key}).nodes[b""].commitment
    image, compressed = facts["python ref single key 0102..20 value=key"].split(" / ")
    assert curve.map_to_field(root).to_bytes(32, "little") == raw(image.split()[0])
    assert curve.serialise(root) == raw(compressed.split()[0])
    leaves = {raw(leaf["key"]): raw(leaf["value"]) for leaf in facts["rust/go interop leaves"]}
    assert leaves == {raw(key): raw(value) for key, value in kats.TREES[4][1].items()}


def test_devnet_7(vectors: Path) -> None:
    """The genesis state and seven blocks on it."""
    folder = vectors / "verkle-trees"
    expected = json.loads((folder / "expected_roots.json").read_text())
    tree = Tree.of(rows(folder / "gen-devnet-7.csv"))
    assert tree.root() == raw(expected["genesis_roots"]["gen-devnet-7"])
    (blocks,) = (roots for name, roots in expected.items() if name.startswith("devnet7_block_roots"))
    for number, root in blocks.items():
        for key, value in rows(folder / f"devnet-7-block-{number}.csv"):
            tree.put(key, value)
        if number in ("1", "7"):  # the oracle starts from nothing each time
            assert tree.root() == raw(root)


def test_devnet_6(vectors: Path) -> None:
    folder = vectors / "verkle-trees"
    expected = json.loads((folder / "expected_roots.json").read_text())["genesis_roots"]
    assert Tree.of(rows(folder / "gen-devnet-6.csv")).root() == raw(expected["gen-devnet-6"])


# Tree keys


@pytest.mark.parametrize(("address", "what", "number", "expected"), kats.TREE_KEYS)
def test_tree_keys(impl: Implementation, address: str, what: str, number: int, expected: str) -> None:
    if what == "slot":
        position = impl.storage_position(number, MAIN_STORAGE)
    else:
        position = impl.chunk_position(number) if what == "chunk" else (0, number)
    assert impl.tree_key(raw(address), *position).hex() == expected


def test_pedersen_hash(impl: Implementation, vectors: Path) -> None:
    assert impl.pedersen_hash(bytes(64)).hex() == kats.PEDERSEN_HASH_OF_64_ZEROS
    facts = json.loads((vectors / "verkle-crypto/ipa_banderwagon_kats.json").read_text())
    for case in facts["pedersen_hash64"]:
        assert impl.pedersen_hash(raw(case["in"])) == raw(case["out"])
    # geth's tree index is little-endian in the hash; this entry's bytes are reversed before they go in
    (case,) = facts["get_tree_key"]
    index = raw(case["tree_index_le_bytes"])[::-1]
    assert impl.pedersen_hash(raw(case["address32"]) + index)[:31] == raw(case["key"])[:31]


def test_pedersen_hash_with_a_large_index(impl: Implementation) -> None:
    data = raw("00ff" * 16) + (2**129 + 3).to_bytes(32, "little")
    stem = raw("6ede905763d5856cd2d67936541e82aa78f7141bf8cd5ff6c962170f3e9dc2")
    assert impl.pedersen_hash(data)[:31] == stem


def test_keys_of_older_devnets(impl: Implementation, vectors: Path) -> None:
    """Kaustinen 2 to 5 take the reversed point; the header stems of their blocks' coinbase show it."""
    block = json.loads((vectors / "verkle-blocks/kaustinen4-block353.json").read_text())
    stems = {entry["stem"] for entry in block["executionWitness"]["stateDiff"]}
    coinbase = next(
        block["header"][name] for name in ("coinbase", "miner", "feeRecipient") if name in block["header"]
    )
    key = impl.tree_key(raw(coinbase), 0, 0, reversed_point=True)
    assert "0x" + key[:31].hex() in stems
    assert "0x" + impl.tree_key(raw(coinbase), 0, 0)[:31].hex() not in stems


@pytest.mark.parametrize("offset", [256 * 2**31, MAIN_STORAGE])
def test_storage_positions(impl: Implementation, offset: int) -> None:
    assert impl.storage_position(0, offset) == (0, 64)
    assert impl.storage_position(63, offset) == (0, 127)
    assert impl.storage_position(64, offset) == (offset // 256, 64)
    assert impl.storage_position(2**256 - 1, offset) == ((offset + 2**256 - 1) // 256, 255)
    assert impl.chunk_position(0) == (0, 128)
    assert impl.chunk_position(127) == (0, 255)
    assert impl.chunk_position(128) == (1, 0)


# Code


@pytest.mark.parametrize("name", ["chunkifyCode", "chukifyCodePush32on31stByte"])
def test_chunks_of_besu(impl: Implementation, vectors: Path, name: str) -> None:
    for case in json.loads((vectors / f"verkle-trees/{name}.json").read_text()):
        assert [chunk.hex() for chunk in impl.chunkify(raw(case["bytecode"]))] == case["chunks"]


def test_contract_of_besu(impl: Implementation, vectors: Path) -> None:
    """Chunks with the tree keys under which they lie."""
    for case in json.loads((vectors / "verkle-trees/contractCode.json").read_text()):
        chunks = impl.chunkify(raw(case["bytecode"]))
        assert [chunk.hex() for chunk in chunks] == [raw(entry["value"]).hex() for entry in case["chunks"]]
        for i in (0, 1, len(chunks) - 1):
            key = impl.tree_key(raw(case["address"]), *impl.chunk_position(i))
            assert key == raw(case["chunks"][i]["key"])


def test_chunk_edges(impl: Implementation) -> None:
    assert impl.chunkify(b"") == []
    assert impl.chunkify(b"\x00") == [bytes(32)]
    push32_last = b"\x01" * 30 + b"\x7f" + b"\x02" * 32 + b"\x01"
    assert [chunk[0] for chunk in impl.chunkify(push32_last)] == [0, 31, 1]
    # push data that run past the end, and push opcodes among push data
    assert [chunk[0] for chunk in impl.chunkify(b"\x01" * 30 + b"\x7f")] == [0]
    assert [chunk[0] for chunk in impl.chunkify(b"\x7f" + b"\x7f" * 60)] == [0, 2]
    assert keys.chunkify(b"\x60" * 62)[1][0] == impl.chunkify(b"\x60" * 62)[1][0]
    assert len(impl.chunkify(bytes(31))) == 1
    assert len(impl.chunkify(bytes(32))) == 2
