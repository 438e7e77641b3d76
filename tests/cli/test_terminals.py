"""Every command on every kind of terminal: narrow, without colours, light or dark, in ASCII alone.

Colours are the terminal's own eight without white and black, and no backgrounds: readable on light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import app
from tests.cli import calling
from tests.cli.calling import FIXTURES, Said, call

BLOCKS = FIXTURES / "blocks"
PATRICIA = FIXTURES / "patricia" / "three-transactions.json"
PASSES = FIXTURES / "verkle" / "empty.json"
FAILS = FIXTURES / "patricia" / "node-missing.json"
TX_TYPES = BLOCKS / "tx-types.json"
TRANSFER = BLOCKS / "transfer-new.json"
CONTRACT = "0x99ea1d0f499916e51a8a73e421c18e351978235e"
KEY = "0x" + "00" * 32
NARROW = 60
# What cannot be broken: hashes, keys, names of files and commands to copy.
LONG_WORD = 34

# Words of a command → the calls that show what it draws. "{folder}" is a folder of the test's own.
CALLS: dict[str, tuple[tuple[str | Path, ...], ...]] = {
    "verify": (
        (TX_TYPES,),
        ("-v", PATRICIA),
        (calling.FALSE_PROOF,),
        (TRANSFER, calling.FALSE_PROOF, calling.TRUNCATED),
    ),
    "inspect": ((TX_TYPES,), (PATRICIA,), ("--all", TRANSFER)),
    "explain": ((TX_TYPES, f"{CONTRACT}:0"), ("--error", "PROOF_IPA_FALSE")),
    "diff": ((TRANSFER, FIXTURES / "broken" / "new-value.json", "--pick", "1"), (TX_TYPES, TX_TYPES)),
    "lint": ((TX_TYPES,), ("--strict", PATRICIA), (calling.FALSE_PROOF,)),
    "gas": ((TX_TYPES,),),
    "compare": (("--fresh", TX_TYPES),),
    "convert": ((TX_TYPES, "--sizes"), (TX_TYPES, "-o", "{folder}/out.cbor", "--to", "cbor")),
    "prove": (("--state", TRANSFER, "--keys", "{folder}/keys", "-o", "{folder}/proof.json"),),
    "fetch": (("--rpc", "http://127.0.0.1:9", "--block", "1", "-o", "-"),),
    "blocktest": (("-v", PASSES), (FAILS,)),
    "statetest": ((PASSES,),),
    "doctor": ((),),
    "state build": ((TRANSFER, "-o", "{folder}/store"),),
    "state root": ((TRANSFER,),),
    "state get": ((TRANSFER, KEY),),
    "state stats": ((TRANSFER,),),
    "fixtures list": ((),),
    "fixtures check": (("--run", "transfer"),),
    "fixtures build": (("{folder}/nowhere",),),
    "bench multiproof": ((calling.TRUNCATED,),),
    "bench verify": ((TX_TYPES,),),
    "bench evm": (("--only", "storage"),),
    "bench tree": (("--leaves", "20"),),
    "bench prove": (("--state", TRANSFER, "--keys", "2"),),
    "bench device": ((calling.NO_WITNESS,),),
}  # fmt: skip
EXAMPLES = [(name, number) for name, calls in CALLS.items() for number in range(len(calls))]
examples = pytest.mark.parametrize(("name", "number"), EXAMPLES)

_ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([a-zA-Z])")
_ESCAPED = re.compile(r"\\(x[89a-f]|u[0-9a-f]{4}|U[0-9a-f]{8})")
# Reset, bold, dim, italic, underlined, reversed and their ends; red to cyan; the default colour.
READABLE = {"", "0", "1", "2", "3", "4", "7", "22", "23", "24", "27", "39", *map(str, range(31, 37))}
COLOURS = re.compile(r"[34]\d|9\d|10\d")


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name))


def test_every_command_is_looked_at() -> None:
    assert set(CALLS) == set(commands(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("terminals")
    (made / "keys").write_text(KEY + "\n")
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often a thing is measured changes nothing of how it looks."""
    monkeypatch.setattr("cli.bench.LEAST_RUNS", 1)
    monkeypatch.setattr("cli.bench_device.LEAST_RUNS", 1)
    monkeypatch.setattr("cli.device_work.MADE", ())


def run(name: str, number: int, folder: Path, *options: str, **how: Any) -> Said:
    arguments = [str(argument).replace("{folder}", str(folder)) for argument in CALLS[name][number]]
    if name.startswith("bench"):
        arguments += ["--runs", "1"]
    store = folder / "store"
    if name == "state build" and store.exists():
        for path in store.iterdir():
            path.unlink()
        store.rmdir()
    said = call(*name.split(), *arguments, *options, **how)
    assert (said.code == 70) == (name == "fetch"), said.err  # nobody answers there
    assert said.out + said.err
    return said


def codes(text: str) -> set[str]:
    """The parts of all sequences that set how characters look."""
    return {part for parts, kind in _ESCAPE.findall(text) if kind == "m" for part in parts.split(";")}


@examples
def test_60_columns(name: str, number: int, folder: Path) -> None:
    said = run(name, number, folder, terminal=True, env={"COLUMNS": str(NARROW)})
    for line in _ESCAPE.sub("", said.out).splitlines():
        assert len(line) <= NARROW or has_long_word(line), line


def has_long_word(line: str) -> bool:
    return any(len(word) > LONG_WORD for word in line.split())


def test_an_error_is_broken_between_words() -> None:
    """On a terminal; a pipe gets each part of it in one line."""
    said = call("gas", PATRICIA, terminal=True, env={"COLUMNS": str(NARROW)})
    lines = said.err.splitlines()
    assert all(len(line) <= NARROW for line in lines)
    assert any(line.startswith(" " * 12) for line in lines)
    plain = call("gas", PATRICIA).err
    assert " ".join(plain.split()) == " ".join(said.err.split())
    assert len(plain.splitlines()) == 5


@examples
def test_colours_are_readable_on_light_and_on_dark(name: str, number: int, folder: Path) -> None:
    said = run(name, number, folder, terminal=True)
    assert codes(said.out + said.err) <= READABLE


@examples
@pytest.mark.parametrize(
    ("options", "env"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {})], ids=["NO_COLOR", "never"]
)
def test_without_colours(
    name: str, number: int, options: tuple[str, ...], env: dict[str, str], folder: Path
) -> None:
    said = run(name, number, folder, *options, terminal=True, env=env)
    found = codes(said.out + said.err)
    assert not {code for code in found if COLOURS.fullmatch(code)}


@examples
@pytest.mark.parametrize(
    ("encoding", "env"), [("ascii", {}), ("utf-8", {"TERM": "dumb"})], ids=["ascii", "dumb"]
)
def test_ascii_alone(name: str, number: int, encoding: str, env: dict[str, str], folder: Path) -> None:
    """No sign that the terminal lacks, nor its number in its place; no sequences."""
    said = run(name, number, folder, terminal=True, encoding=encoding, env=env)
    for text in (said.out, said.err):
        assert text.isascii(), re.findall(r"[^\x00-\x7f]", text)
        assert "\x1b" not in text
        assert not _ESCAPED.search(text), text


@examples
def test_a_pipe_gets_plain_text(name: str, number: int, folder: Path) -> None:
    said = run(name, number, folder)
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("columns", [NARROW, 80])
def test_help(name: str, columns: int) -> None:
    said = call(*name.split(), "--help", terminal=True, env={"COLUMNS": str(columns)}, encoding="ascii")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert not _ESCAPED.search(said.out)
