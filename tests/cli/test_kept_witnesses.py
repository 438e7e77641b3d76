"""``compare --keep``: files that ``verify`` accepts; and what the other commands make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.binary import of_fork
from stateless.compare.keeping import Kept
from tests.cli.calling import FIXTURES, call
from verkle.errors import UnsupportedError
from witness.block import BlockInput
from witness.decode import decode_blocks

PATRICIA = FIXTURES / "patricia" / "three-transactions.json"
HASHES = FIXTURES / "verkle" / "block-hashes.json"
BINARY = FIXTURES / "binary" / "three-transactions.json"
OTHER = FIXTURES / "binary" / "other-write.json"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_every_witness_is_kept_and_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    said = call("compare", PATRICIA, HASHES, "--keys", "own,2^10", "--keep", folder, "--json")
    assert (said.code, "not kept" in said.err) == (0, False)
    names = sorted(path.name for path in folder.iterdir())
    blocks = ["three-transactions", "block-hashes-1", "block-hashes-2", "block-hashes-3"]
    expected = [
        f"{name}-{tree}-{keys}.cbor"
        for name in blocks
        for tree in ("binary", "verkle")
        for keys in ("own", "1024")
    ]
    assert names == sorted(expected)
    binary = call("verify", *folder.glob("*-binary-*"), "--json").json()["results"]
    assert [(each["verdict"], each["tree"], each["executed"]) for each in binary] == [
        ("valid", "binary", True)
    ] * 8
    # the own Verkle witness has its block; one of a sampled state, or of a block of another tree, none
    own = call("verify", *folder.glob("block-hashes-*-verkle-own*"), "--json").json()["results"]
    assert [(each["verdict"], each["executed"]) for each in own] == [("valid", True)] * 3
    alone = [*folder.glob("*-verkle-1024*"), *folder.glob("three-transactions-verkle-*")]
    assert call("verify", *alone, "--proof-only").code == 0
    assert call("verify", *alone).code == 5


def test_what_was_kept_before_is_made_again(tmp_path: Path) -> None:
    """A result in the cache has no witness with it."""
    assert call("compare", PATRICIA, "--trees", "binary").code == 0
    assert call("compare", PATRICIA, "--trees", "binary", "--keep", tmp_path / "kept").code == 0
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["three-transactions-binary-own.cbor"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    said = call("compare", PATRICIA, "--keep", tmp_path / "no" / "such")
    assert said.code == 2
    assert "cannot make" in said.err
    (tmp_path / "file").write_text("")
    assert call("compare", PATRICIA, "--keep", tmp_path / "file").code == 2


def test_what_does_not_verify_is_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cli.kept_witnesses import write_witnesses

    (block,) = decode_blocks(OTHER.read_bytes(), "../a b/other#1.json")
    write_witnesses(str(tmp_path), [Kept("binary", "own", block)])
    assert list(tmp_path.iterdir()) == []
    assert "not kept: other-1-binary-own.cbor is invalid: WRITE_DIFFERS" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["..", "/", "...", "a" * 300, "\u2028"])
def test_names_of_files(name: str) -> None:
    from cli.kept_witnesses import file_name

    found = file_name(Kept("binary", "own", BlockInput(name)))
    assert found.endswith("-binary-own.cbor")
    assert found.isascii()
    assert not found.startswith((".", "-"))
    assert "/" not in found
    assert len(found) < 130


def test_explain_and_diff() -> None:
    contract = next(key for key in of_fork().asked if key[31] == 128 and key in of_fork().leaves)
    said = call("explain", BINARY, "0x" + contract.hex(), "--json").json()
    assert (said["tree"], said["status"], said["proof"]) == ("binary", "present", "holds")
    same = call("diff", BINARY, BINARY)
    assert same.code == 0
    changed = call("diff", BINARY, OTHER, "--json")
    assert changed.code == 1
    parts = {each["part"] for each in changed.json()["blocks"][0]["differences"]}
    assert parts == {"values after", "state root after"}
    assert call("diff", BINARY, PATRICIA).code == 1


@pytest.mark.parametrize("command", ["inspect", "lint", "gas", "compare"])
def test_commands_that_do_not_take_it(command: str) -> None:
    said = call(command, BINARY)
    assert said.code == 4
    assert "FORMAT_UNSUPPORTED" in said.out + said.err


def test_it_is_not_converted() -> None:
    from stateless.conversion import witness_of

    with pytest.raises(UnsupportedError):
        witness_of(decode_blocks(BINARY.read_bytes(), "n")[0])
