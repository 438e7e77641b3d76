"""``stateless diff`` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli import calling
from tests.cli.calling import call
from witness import rlp
from witness.decode import decode_blocks
from witness.header import header_to_rlp
from witness.source import read_path

BLOCKS, BROKEN = calling.FIXTURES / "blocks", calling.FIXTURES / "broken"
PATRICIA = calling.FIXTURES / "patricia"
KEYS = ["schema", "version", "exit_code", "inputs", "same", "blocks", "error"]
BLOCK_KEYS = ["names", "trees", "same", "differences", "shared", "notes"]


def twins(vectors: Path, folder: Path) -> tuple[Path, Path, Path]:
    """geth's reply to debug_executionWitness for a devnet's block, and what it holds in two more dialects: as
    reth replies (sorted, headers in RLP, no keys), and as geth's ExtWitness."""
    witness = vectors / "patricia-blocks" / "devnet-1.witness.json"
    (block,) = decode_blocks(read_path(witness), "w")
    assert block.patricia is not None
    parts = block.patricia
    headers = [header_to_rlp(header) for header in parts.ancestors]
    reth = {
        "state": ["0x" + node.hex() for node in sorted(set(parts.nodes))],
        "codes": ["0x" + code.hex() for code in sorted(set(parts.codes))],
        "keys": [],
        "headers": ["0x" + header.hex() for header in headers],
    }
    as_json = folder / "reth.json"
    as_json.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "result": reth}))
    as_rlp = folder / "geth.rlp"
    listed: list[rlp.Item] = [
        [rlp.decode(header) for header in headers],
        list(parts.codes),
        list(parts.nodes),
        [],
    ]
    as_rlp.write_bytes(rlp.encode(listed))
    return witness, as_json, as_rlp


def test_three_dialects_of_one_witness_mean_the_same(vectors: Path, tmp_path: Path) -> None:
    geth, reth, ext = twins(vectors, tmp_path)
    block = vectors / "patricia-blocks" / "devnet-1.block.json"
    for one, other in ((geth, reth), (reth, ext), (ext, geth)):
        said = call("diff", one, other, "--block", block)
        assert said.code == ExitCode.VALID, said.out
        assert said.out.startswith("the same meaning")
        assert call("diff", one, other).code == ExitCode.VALID


def test_a_node_more_is_told(vectors: Path, tmp_path: Path) -> None:
    geth, reth, _ = twins(vectors, tmp_path)
    document = json.loads(reth.read_text())
    document["result"]["state"].pop(20)
    reth.write_text(json.dumps(document))
    said = call("diff", geth, reth, "--json")
    assert said.code == ExitCode.INVALID
    (block,) = said.json()["blocks"]
    (only,) = block["differences"]
    assert (only["part"], only["side"]) == ("nodes", "a")
    assert only["what"].startswith(("a branch of", "an extension of", "account", "slot"))


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        (BLOCKS / "tx-types.json", BLOCKS / "tx-types.json", 0),
        (calling.CHAIN, calling.CHAIN, 0),
        (PATRICIA / "three-transactions.json", PATRICIA / "three-transactions.json", 0),
        (PATRICIA / "three-transactions.json", PATRICIA / "code-missing.json", 1),
        (BLOCKS / "tx-types.json", PATRICIA / "three-transactions.json", 1),
        (BLOCKS / "tx-types.json", calling.TRUNCATED, 3),
        (BLOCKS / "tx-types.json", calling.NO_WITNESS, 5),
    ],
    ids=str,
)
def test_json_has_one_shape(a: Path, b: Path, code: int) -> None:
    said = call("diff", "--json", a, b)
    document = said.json()
    assert list(document) == KEYS
    assert said.code == code == document["exit_code"]
    assert document["same"] is (None if code > 1 else code == 0)
    for block in document["blocks"]:
        assert list(block) == BLOCK_KEYS
        assert block["same"] == (not block["differences"])
        for difference in block["differences"]:
            assert list(difference) == ["part", "side", "what", "key", "a", "b"]


def test_one_block_of_a_chain() -> None:
    said = call("diff", calling.CHAIN, BROKEN / "new-value.json", "--pick", "1")
    assert said.code == ExitCode.INVALID
    assert "values after" in said.out
    assert "(to of tx 2)" in said.out
    assert call("diff", calling.CHAIN, BROKEN / "new-value.json").code == ExitCode.USAGE
    assert call("diff", calling.CHAIN, calling.CHAIN, "--pick", "9").code == ExitCode.USAGE


def test_one_differs_and_several_differ() -> None:
    """Two blooms that end alike are shown from where they part."""
    said = call("diff", PATRICIA / "three-transactions.json", BLOCKS / "tx-types.json")
    assert "1 differs" in said.out
    assert "4 differ\n" in said.out
    assert "A is of a patricia tree, B of a verkle tree" in said.out
    (bloom,) = [line for line in said.out.splitlines() if "another logs bloom" in line]
    a, b = bloom.partition("  A ")[2].split(", B ")
    assert a != b
    assert "  from byte " in bloom


def test_long_lists_are_cut_unless_all_are_asked_for() -> None:
    arguments = ("diff", calling.PACKED, BLOCKS / "tx-types.json")
    short, whole = call(*arguments), call(*arguments, "--all")
    assert "more (--all)" in short.out
    assert "more (--all)" not in whole.out
    assert short.out.count("\n") < 150 < whole.out.count("\n")


def test_standard_input_once() -> None:
    data = (BLOCKS / "tx-types.json").read_bytes()
    assert call("diff", "-", BLOCKS / "tx-types.json", stdin=data).code == ExitCode.VALID
    assert call("diff", "-", "-", stdin=data).code == ExitCode.USAGE


def test_plain_and_drawn() -> None:
    arguments = ("diff", PATRICIA / "three-transactions.json", PATRICIA / "node-missing.json")
    plain = call(*arguments, encoding="ascii")
    assert plain.out.isascii()
    assert "`-- " in plain.out
    assert "\x1b[" in call(*arguments, terminal=True).out
    assert call("-q", "diff", calling.CHAIN, calling.CHAIN).out == ""


@pytest.mark.parametrize("file", sorted(BROKEN.glob("*.json")), ids=lambda path: path.name)
def test_broken_inputs_never_end_in_a_traceback(file: Path) -> None:
    for pair in ((file, calling.CHAIN), (calling.CHAIN, file), (file, file)):
        said = call("diff", *pair, "--pick", "1")
        assert said.code in {ExitCode.VALID, ExitCode.INVALID, ExitCode.MALFORMED, ExitCode.INCOMPLETE}
        assert "Traceback" not in said.err
