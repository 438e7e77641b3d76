"""A block's own witness: bytes that others wrote, what their producers carry too much, and how large a state
it tells of."""

from __future__ import annotations

from pathlib import Path

import pytest

from stateless.compare.patricia_rows import modelled_bytes
from stateless.compare.size import own_size, parse_sizes
from tests.compare.samples import CLEARS, PATRICIA, compared, source_of
from tests.vectors import vector_files
from witness.errors import UsageError


@pytest.mark.parametrize(
    ("path", "proof", "ssz"),
    [
        (param.values[0], proof, ssz)
        for name, proof, ssz in (("72", 997, 2211), ("73", 3433, 14808))
        for param in vector_files(f"verkle-blocks/kaustinen6-block{name}.json")
    ],
)
def test_verkle_bytes_are_those_of_the_network(path: Path, proof: int, ssz: int) -> None:
    if not path.is_file():
        pytest.skip("vectors not found")
    own = compared(path, (None,), "kaustinen6").rows[0]
    assert (own.tree, own.kind, own.code_policy) == ("verkle", "measured", "chunks")
    assert (own.proof_bytes, own.encodings.ssz) == (proof, ssz)
    assert own.post_state_root == compared(path, (None,), "kaustinen6").block["post_state_root"]


@pytest.mark.parametrize(
    ("pattern", "surplus_nodes", "surplus_bytes"),
    [
        ("mainnet-22615247.zkpi.json", 5, 2436),
        ("mainnet-23587691.sbv.json", 4, 616),
        ("holesky-2971844.sbv-legacy.json", 6, 2807),
    ],
)
def test_patricia_bytes_are_those_that_are_needed(
    vectors: Path, pattern: str, surplus_nodes: int, surplus_bytes: int
) -> None:
    own = source_of(vectors / "patricia-blocks" / pattern).patricia
    assert own is not None
    assert set(own.needed.nodes) <= set(own.given.nodes)
    assert len(set(own.given.nodes)) - len(own.needed.nodes) == surplus_nodes
    given, needed = (sum(map(len, set(nodes))) for nodes in (own.given.nodes, own.needed.nodes))
    assert given - needed == surplus_bytes


def test_a_measured_patricia_row_has_the_bytes_of_the_needed_nodes() -> None:
    own = source_of(PATRICIA).patricia
    rows = [row for row in compared(PATRICIA).rows if row.kind == "measured"]
    assert own is not None
    assert [row.code_policy for row in rows] == ["whole", "none"]
    for row in rows:
        assert row.proof_bytes == sum(map(len, own.needed.nodes))
        assert row.post_state_root == compared(PATRICIA).block["post_state_root"]
    assert rows[0].code_bytes == sum(map(len, own.needed.codes))


@pytest.mark.parametrize(
    "path",
    vector_files("patricia-blocks/mainnet-22615247.zkpi.json", "patricia-blocks/mainnet-23587691.sbv.json"),
)
def test_the_model_is_near_what_is_measured(path: Path) -> None:
    own = source_of(path).patricia
    assert own is not None
    measured = sum(map(len, own.needed.nodes))
    assert modelled_bytes(source_of(path), b"a seed") == pytest.approx(measured, rel=0.06)


def test_the_size_of_the_main_network_is_told_from_a_block(vectors: Path) -> None:
    size = own_size(source_of(vectors / "patricia-blocks" / "mainnet-22615247.zkpi.json"))
    # some 300 million accounts in the middle of 2025; 61 of them tell it within a factor of two
    assert 150_000_000 < size.model.accounts < 600_000_000


def test_a_small_state_is_told_to_be_small() -> None:
    assert own_size(source_of(CLEARS)).keys < 2000


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("own", (None,)),
        ("1024", (1024,)),
        ("2^20", (1 << 20,)),
        ("2**20", (1 << 20,)),
        ("2^32, own,2^10", (None, 1 << 10, 1 << 32)),
        ("1024,2^10", (1024,)),
        ("10^6", (10**6,)),
    ],
)
def test_sizes_as_they_are_written(text: str, sizes: tuple[int | None, ...]) -> None:
    assert parse_sizes(text) == sizes


@pytest.mark.parametrize(
    "text",
    ["", "own,", "1023", "2^9", "2^37", "99999999999999", "-1024", "2^", "1e6", "2^2^2", "0x400", "1^20"],
)
def test_sizes_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_sizes(text)
    assert caught.value.code == "COMPARE_KEYS"
