"""``convert``: what is written, where, whole or not at all; what is said; the table of sizes."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import stat
from pathlib import Path

import pytest

from cli import examples, output
from cli.exit_codes import ExitCode
from cli.sizes_table import HEADINGS
from stateless.conversion import encode_block, encoded_sizes
from tests.cli.calling import CHAIN, NO_WITNESS, PACKED, PROJECT, TRUNCATED, call
from tests.vectors import vector_files
from verkle.prover import prove_keys
from verkle.tree import Tree
from witness.cbor import witness_to_cbor
from witness.containers import ExecutionWitness
from witness.decode import decode_blocks

ONE = PROJECT / "fixtures" / "blocks" / "tx-types.json"
BARE = PROJECT / "fixtures" / "node-kinds" / "absence-of-present.json"
(BLOCK,) = decode_blocks(ONE.read_bytes(), "tx-types")


def written(to: str) -> bytes:
    return encode_block(BLOCK, to).data  # type: ignore[arg-type]


@pytest.mark.parametrize("to", ["json", "ssz", "cbor"])
def test_by_the_name_of_the_output_or_as_asked(tmp_path: Path, to: str) -> None:
    named, asked = tmp_path / f"out.{to.upper()}", tmp_path / "out.bin"
    for arguments in ((named,), (asked, "--to", to)):
        said = call("convert", ONE, "-o", *arguments)
        assert (said.code, said.out) == (0, "")
        assert arguments[0].read_bytes() == written(to)  # type: ignore[union-attr]
        assert f"{len(written(to)):,} B" in said.err
    assert {path.name for path in tmp_path.iterdir()} == {"out.bin", named.name}


@pytest.mark.parametrize("to", ["json", "ssz", "cbor"])
def test_through_pipes(to: str) -> None:
    said = call(
        "convert", "-", "-o", "-", "--to", to, stdin=gzip.compress(ONE.read_bytes()), encoding="latin-1"
    )
    assert said.code == 0
    assert said.out.encode("latin-1") == written(to)
    assert ("warning" in said.err) == (to == "ssz")


def test_every_direction_by_the_command(tmp_path: Path) -> None:
    """JSON to CBOR to SSZ and, with the state root given again, the witness is the one it was."""
    for source, target in ((ONE, "a.cbor"), (tmp_path / "a.cbor", "b.json"), (tmp_path / "b.json", "c.ssz")):
        assert call("convert", source, "-o", tmp_path / target).code == 0
    assert (tmp_path / "b.json").read_bytes() == written("json")
    assert (tmp_path / "c.ssz").read_bytes() == written("ssz")
    assert call("convert", tmp_path / "b.json", "-o", tmp_path / "d.cbor").code == 0
    assert (tmp_path / "d.cbor").read_bytes() == (tmp_path / "a.cbor").read_bytes()
    assert BLOCK.witness is not None
    assert BLOCK.witness.parent_state_root is not None
    root = "0x" + BLOCK.witness.parent_state_root.hex()
    said = call("verify", "--proof-only", "--json", tmp_path / "c.ssz", "--pre-root", root)
    assert said.code == 0
    assert said.json()["results"][0]["block"] is None
    assert call("verify", "--proof-only", tmp_path / "c.ssz").code == ExitCode.INCOMPLETE


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    said = call("convert", ONE, "-o", tmp_path / "x.ssz")
    assert "ssz has no place for: header, block hash, transactions" in said.err
    assert "state root before the block; give them again at verify with --block" in said.err
    assert call("-q", "convert", ONE, "-o", tmp_path / "x.ssz").err == ""
    assert "no place" not in call("convert", ONE, "-o", tmp_path / "x.cbor").err


def test_one_of_several_blocks(tmp_path: Path) -> None:
    blocks = decode_blocks(CHAIN.read_bytes(), "chain")
    for number, block in enumerate(blocks, 1):
        assert call("convert", CHAIN, "--pick", str(number), "-o", tmp_path / "x.cbor").code == 0
        assert (tmp_path / "x.cbor").read_bytes() == encode_block(block, "cbor").data
    for pick in ((), ("--pick", "3")):
        said = call("convert", CHAIN, *pick, "-o", tmp_path / "y.cbor")
        assert said.code == ExitCode.USAGE
        assert "--pick" in said.err
    assert not (tmp_path / "y.cbor").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "IN"),
        ((ONE,), "-o"),
        ((ONE, "-o", "x.txt"), "--to"),
        ((ONE, "-o", "-"), "--to"),
        ((ONE, "-o", "x.cbor", "--to", "xml"), "none of json, ssz, cbor"),
        ((ONE, "-o", "x.cbor", "--pick", "0"), "below 1"),
        ((ONE, "-o", "x.cbor", "--format", "xml"), "--format"),
        ((ONE, "-o", "x.cbor", "--json"), "--json is for --sizes"),
        ((ONE, "--sizes", "--to", "cbor"), "--to is for -o"),
        ((ONE, "--sizes", "-o", "-", "--to", "cbor"), "mixed"),
        ((ONE, BARE, "-o", "x.cbor"), "one input only"),
        (("no/such.json", "-o", "x.cbor"), "no such file"),
        (("no/such.json", "--sizes"), "no such file"),
        ((ONE, "-o", "no/such/x.cbor"), "cannot write no/such/x.cbor: No such file or directory"),
        ((ONE, "-o", "x\0.cbor"), "cannot write x\\x00.cbor"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(Path(str(part)).name for part in value),
)
def test_wrong_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str | Path, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("convert", *arguments)
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        (NO_WITNESS, ExitCode.INCOMPLETE, "NO_WITNESS"),
        (TRUNCATED, ExitCode.MALFORMED, "JSON_SYNTAX"),
    ],
)
def test_inputs_that_cannot_be_converted(tmp_path: Path, source: Path, code: int, says: str) -> None:
    target = tmp_path / "x.cbor"
    target.write_bytes(b"before")
    said = call("convert", source, "-o", target)
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert target.read_bytes() == b"before"


def test_kind_openings_stay_in_cbor(tmp_path: Path) -> None:
    leaves = {bytes([0x55, second]) + bytes(29) + b"\0": bytes([1] * 32) for second in (1, 2)}
    tree = Tree()
    tree.put(leaves)
    absent = bytes([0x55, 0x77]) + bytes(30)
    diff, proof = prove_keys(tree, [absent], {absent: b"\x07" * 32}, kinds="openings")
    source = tmp_path / "strict.cbor"
    source.write_bytes(witness_to_cbor(ExecutionWitness(diff, proof, tree.root)))
    assert call("verify", "--proof-only", "--strict", source).code == 0
    for to in ("json", "ssz"):
        said = call("convert", source, "-o", tmp_path / f"x.{to}")
        assert said.code == ExitCode.UNSUPPORTED
        assert "KINDS_UNWRITABLE" in said.err
    row = call("convert", "--sizes", source).out.splitlines()[1].split()
    assert row[2:4] == ["–", "–"]
    assert call("convert", "--sizes", "--json", source).json()["total"]["ssz"]["plain_bytes"] is None


# What SSZ lacks, given again.


def test_the_block_from_a_file_of_its_own(tmp_path: Path) -> None:
    """The verdict on the whole file and the one on SSZ with --block are the same, parent and all."""
    bare = tmp_path / "x.ssz"
    assert call("convert", ONE, "-o", bare).code == 0
    whole = call("verify", "--proof-only", "--json", ONE).json()["results"][0]
    for to in ("json", "cbor"):
        block = tmp_path / f"block.{to}"
        assert call("convert", ONE, "-o", block).code == 0
        (joined,) = call("verify", "--proof-only", "--json", bare, "--block", block).json()["results"]
        assert joined["verdict"] == "valid"
        for name in ("block", "rules", "rules_from", "pre_state_root", "pre_state_root_from", "sizes"):
            assert joined[name] == whole[name]
        assert [(check["name"], check["status"]) for check in joined["checks"]] == [
            (check["name"], check["status"]) for check in whole["checks"]
        ]
    said = call("verify", "--proof-only", "--jobs", "2", bare, bare, "--block", tmp_path / "block.cbor")
    assert said.code == 0


def test_the_block_of_another_witness(tmp_path: Path) -> None:
    """A witness that proves another state root, or the wrong one for the header, is refused."""
    bare, first, second = tmp_path / "x.ssz", tmp_path / "1.cbor", tmp_path / "2.cbor"
    assert call("convert", CHAIN, "--pick", "1", "-o", bare).code == 0
    assert call("convert", CHAIN, "--pick", "1", "-o", first).code == 0
    assert call("convert", CHAIN, "--pick", "2", "-o", second).code == 0
    assert call("verify", "--proof-only", bare, "--block", first).code == 0
    said = call("verify", "--proof-only", "--json", bare, "--block", second)
    assert said.code == ExitCode.INVALID
    assert said.json()["results"][0]["error"]["code"] == "PROOF_IPA_FALSE"
    said = call("verify", "--proof-only", "--json", first, "--block", second)
    assert said.code == ExitCode.INVALID
    assert said.json()["results"][0]["error"]["code"] == "PRE_ROOT_CONFLICT"
    assert said.json()["results"][0]["error"]["stage"] == "DECODE"


@pytest.mark.parametrize(
    ("block", "code", "says"),
    [
        ("no/such.json", ExitCode.USAGE, "no such file"),
        (CHAIN, ExitCode.USAGE, "convert --pick N"),
        (TRUNCATED, ExitCode.MALFORMED, "JSON_SYNTAX"),
    ],
)
def test_a_block_that_cannot_be_had(block: Path, code: int, says: str) -> None:
    said = call("verify", "--proof-only", BARE, "--block", block)
    assert (said.code, said.out) == (code, "")
    assert says in said.err


# Written whole or not at all.


def test_a_file_that_was_there_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    target, link = tmp_path / "x.cbor", tmp_path / "link.cbor"
    target.write_bytes(b"before")
    target.chmod(0o640)
    link.symlink_to(target.name)
    assert call("convert", ONE, "-o", link).code == 0
    assert link.is_symlink()
    assert target.read_bytes() == written("cbor")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert call("convert", ONE, "-o", tmp_path / "x.cbor").code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.cbor").stat().st_mode) == 0o640


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """A full disk, or Ctrl-C, between the first byte and the last."""
    target = tmp_path / "x.cbor"
    target.write_bytes(b"before")

    def fail(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr(output.os, "fsync", fail)
    said = call("convert", ONE, "-o", target)
    assert said.code == (ExitCode.INTERNAL if isinstance(failure, OSError) else ExitCode.INTERRUPTED)
    assert [path.name for path in tmp_path.iterdir()] == ["x.cbor"]
    assert target.read_bytes() == b"before"


def test_a_device_is_written_to(tmp_path: Path) -> None:
    assert call("convert", ONE, "-o", "/dev/null", "--to", "cbor").code == 0
    assert Path("/dev/null").is_char_device()
    said = call("convert", ONE, "-o", tmp_path, "--to", "cbor")
    assert said.code == ExitCode.USAGE
    assert "Is a directory" in said.err


# The table.


def test_sizes_in_plain_columns() -> None:
    said = call("convert", "--sizes", ONE, CHAIN)
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].split() == " ".join(HEADINGS).split()
    assert [line.split()[0] for line in lines[1:5]] == [
        "tx-types",
        "transfer-new#1",
        "transfer-new#2",
        "total",
    ]
    assert BLOCK.witness is not None
    sizes = encoded_sizes(BLOCK.witness)
    assert f"{sizes.ssz.plain_bytes:,}" in lines[1]
    assert f"{sizes.cbor.plain_bytes:,}" in lines[1]
    assert lines[5].startswith("(bytes;")


def test_sizes_as_json(tmp_path: Path) -> None:
    said = call("convert", "--sizes", "--json", ONE, "-o", tmp_path / "x.cbor").json()
    assert BLOCK.witness is not None
    sizes = encoded_sizes(BLOCK.witness)
    assert (said["schema"], said["exit_code"]) == ("stateless/sizes/1", 0)
    (result,) = said["results"]
    assert result == {
        "input": str(ONE),
        "name": "tx-types",
        "keys": sum(len(stem.suffixes) for stem in BLOCK.witness.state_diff),
        "json": {"plain_bytes": sizes.json.plain_bytes, "zlib_bytes": sizes.json.zlib_bytes},
        "ssz": {"plain_bytes": sizes.ssz.plain_bytes, "zlib_bytes": sizes.ssz.zlib_bytes},
        "cbor": {"plain_bytes": sizes.cbor.plain_bytes, "zlib_bytes": sizes.cbor.zlib_bytes},
        "cbor_witness_bytes": sizes.cbor_witness_bytes,
    }
    assert said["total"] == {name: result[name] for name in said["total"]}
    assert (tmp_path / "x.cbor").read_bytes() == written("cbor")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_sizes_drawn(columns: str) -> None:
    said = call("convert", "--sizes", PACKED, ONE, terminal=True, env={"COLUMNS": columns})
    assert said.code == 0
    assert "╭" in said.out
    assert "…" not in said.out
    assert ("+zlib" in said.out) == (columns == "120")


def test_sizes_in_ascii() -> None:
    said = call("convert", "--sizes", ONE, encoding="ascii")
    assert said.code == 0
    assert said.out.isascii()


def test_sizes_of_a_directory(tmp_path: Path) -> None:
    """What is found and is no witness is passed over; what is named, or broken, is said."""
    for to in ("json", "ssz", "cbor"):
        (tmp_path / f"{to}.{to}").write_bytes(written(to))
    (tmp_path / "other.json").write_text('{"a": 1}')
    said = call("convert", "--sizes", "--json", tmp_path)
    assert said.code == 0
    assert [Path(result["input"]).name for result in said.json()["results"]] == [
        "cbor.cbor", "json.json", "ssz.ssz",
    ]  # fmt: skip
    assert "skipped 1 file of another kind" in said.err
    (tmp_path / "broken.cbor").write_bytes(written("cbor")[:-1])
    said = call("convert", "--sizes", "--json", tmp_path, NO_WITNESS)
    assert said.code == ExitCode.MALFORMED
    assert len(said.json()["results"]) == 3
    assert "CBOR_TRUNCATED" in said.err
    assert "NO_WITNESS" in said.err
    said = call("convert", "--sizes", tmp_path / "other.json")
    assert (said.code, said.out) == (ExitCode.MALFORMED, "")


def test_sizes_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"a": 1}')
    said = call("convert", "--sizes", tmp_path)
    assert (said.code, said.out) == (ExitCode.USAGE, "")


@pytest.mark.parametrize("path", vector_files("verkle-blocks"))
def test_the_table_over_the_devnets_blocks(path: Path) -> None:
    said = call("convert", "--sizes", "--json", path).json()
    assert len(said["results"]) == 19
    total = said["total"]
    assert (total["json"]["plain_bytes"], total["ssz"]["plain_bytes"]) == (221171, 84461)
    assert (total["cbor"]["plain_bytes"], total["cbor_witness_bytes"]) == (45659, 44195)


# Examples.


def test_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fixtures").symlink_to(PROJECT / "fixtures")
    monkeypatch.chdir(tmp_path)
    shown = call("convert", "--help").out
    for example in examples.CONVERT:
        assert example in shown
        words = shlex.split(example.partition(" > ")[0])
        assert words[0] == "stateless"
        assert call(*words[1:], encoding="latin-1").code == 0
    assert json.loads(call("convert", "tx-types.cbor", "-o", "-", "--to", "json").out)["header"]
