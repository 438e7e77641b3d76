"""States from genesis files, CSVs and stores: told apart, read whole or row by row, refused by code."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sys
from pathlib import Path
from random import Random

import lmdb
import pytest

from stateless.leaf_csv import read_rows
from stateless.rules import RULE_SETS
from stateless.state_source import StateSource, embedding_of
from stateless.states import build_store, state_root, state_shape, state_value, tree_of
from tests.verkle_tree.leaves import grown, random_leaves
from verkle.errors import InvalidError, MalformedError, StatelessError, UnsupportedError
from verkle.leaf_sort import Row
from verkle.lmdb_store import LmdbStore
from verkle.tree import EMPTY_ROOT
from witness.errors import UsageError

LEAVES = random_leaves(60, 1, stems=50)
ALLOC = {"00" * 20: {"balance": "1"}, "11" * 20: {"balance": "2", "code": "0x6000"}}
KEY, VALUE = "0x" + "01" * 32, "0x" + "02" * 32


def csv(leaves: dict[bytes, bytes]) -> bytes:
    return "".join(f"0x{key.hex()},0x{value.hex()}\n" for key, value in leaves.items()).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state"


def parsed(text: bytes) -> list[Row]:
    return list(read_rows(io.BytesIO(text)))


# CSV


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY},{VALUE}\n",
        f"{KEY},{VALUE}",
        f"{KEY},{VALUE},\r\n",
        f"{KEY[2:]},{VALUE[2:]}\n\n",
        f"{KEY.replace('1', 'A')},{VALUE}\n".replace("A", "1"),
    ],
)
def test_spellings_of_a_row(text: str) -> None:
    row = (b"\x01" * 32, b"\x02" * 32)
    assert parsed(text.encode()) == [Row(*row, 1)]
    assert parsed(b"key,value\n" + text.encode()) == [Row(*row, 2)]
    assert parsed(b"key,value\r\n\n" + text.encode()) == [Row(*row, 3)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{KEY}\n", "CSV_ROW"),
        (f"{KEY},{VALUE},x\n", "CSV_ROW"),
        (f"{KEY},{VALUE},,\n", "CSV_ROW"),
        (f"{KEY};{VALUE}\n", "CSV_ROW"),
        ("x" * 1000, "CSV_ROW"),
        ("\0" * 200, "CSV_ROW"),
        ("\n\n{}\n", "CSV_ROW"),
        ("key,value\nkey,value\n", "HEX_SYNTAX"),
        ("value,key\n", "HEX_SYNTAX"),
        (f"{KEY}, {VALUE}\n", "HEX_SYNTAX"),
        (f"0x{KEY},{VALUE}\n", "HEX_SYNTAX"),
        (f"{KEY[:-2]}zz,{VALUE}\n", "HEX_SYNTAX"),
        (f"{KEY[:-2]},{VALUE}\n", "KEY_LENGTH"),
        (f"{KEY[:-1]},{VALUE}\n", "KEY_LENGTH"),
        (f",{VALUE}\n", "KEY_LENGTH"),
        (f"{KEY},{VALUE}00\n", "VALUE_LENGTH"),
        (f"{KEY},0x\n", "VALUE_LENGTH"),
        ("\ufeff" + f"{KEY},{VALUE}\n", "HEX_SYNTAX"),
    ],
)
def test_rows_that_are_none(text: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parsed(f"{KEY},{VALUE}\n".encode() + text.encode())
    assert caught.value.code == code
    assert caught.value.where["line"] == (4 if text.startswith("\n\n") else 2)


def test_a_key_twice_in_a_csv(file: Path) -> None:
    file.write_bytes(b"key,value\n" + csv(LEAVES) + csv(dict([next(iter(LEAVES.items()))])))
    for question in (state_root, state_shape, tree_of, lambda source: state_value(source, bytes(32))):
        with StateSource(str(file)) as source, pytest.raises(InvalidError) as caught:
            question(source)
        assert caught.value.code == "KEY_REPEATED"
        assert caught.value.where == {"key": next(iter(LEAVES)), "line": 62, "earlier_line": 2}


# Kinds


@pytest.mark.parametrize("packed", [False, True])
def test_csv(file: Path, packed: bool) -> None:
    keys = list(LEAVES)
    Random(1).shuffle(keys)
    data = csv({key: LEAVES[key] for key in keys})
    file.write_bytes(gzip.compress(data) if packed else data)
    with StateSource(str(file)) as source:
        assert (source.kind, source.rules, source.embedding, source.store) == ("csv", None, None, None)
        assert state_root(source) == grown(LEAVES).root
    with StateSource(str(file), rules="kaustinen7") as source:
        assert source.embedding == embedding_of(RULE_SETS["kaustinen7"])
        assert dict(tree_of(source).items()) == LEAVES
    for key in (keys[0], bytes(32)):
        with StateSource(str(file)) as source:
            assert state_value(source, key) == LEAVES.get(key)


def test_the_devnet(vectors: Path) -> None:
    """Once as leaves, once as accounts; the CSV of the older one ends its rows with a comma."""
    expected = json.loads((vectors / "verkle-trees/expected_roots.json").read_text())["genesis_roots"]
    for number in (6, 7):
        for ending in (".csv", ".genesis.json"):
            with StateSource(str(vectors / f"verkle-trees/gen-devnet-{number}{ending}")) as source:
                assert f"0x{state_root(source).hex()}" == expected[f"gen-devnet-{number}"]


@pytest.mark.parametrize("packed", [False, True])
def test_json(file: Path, packed: bool) -> None:
    documents = [
        ("alloc", "kaustinen7", ALLOC),
        ("genesis", "kaustinen7", {"alloc": ALLOC}),
        ("genesis", None, {"alloc": ALLOC, "config": {"chainId": 69420, "verkleTime": 1730214060}}),
        ("genesis", None, {"genesis": {"alloc": ALLOC, "header": {}}, "rules": "kaustinen7", "blocks": []}),
    ]
    roots = set()
    for kind, rules, document in documents:
        data = b" \n" + json.dumps(document).encode()
        file.write_bytes(gzip.compress(data) if packed else data)
        with StateSource(str(file), rules=rules) as source:
            assert source.kind == kind
            assert source.rules is not None
            roots.add(state_root(source))
    assert len(roots) == 1


def test_fixtures_are_their_genesis() -> None:
    path = Path(__file__).parent.parent.parent / "fixtures/blocks/transfer-new.json"
    with StateSource(str(path)) as source:
        assert f"0x{state_root(source).hex()}" == json.loads(path.read_text())["genesis"]["stateRoot"]


def test_the_caller_goes_before_the_file(file: Path) -> None:
    document = {"alloc": ALLOC, "config": {"chainId": 69420, "verkleTime": 1730214060}}
    file.write_text(json.dumps(document))
    with StateSource(str(file), rules="kaustinen6") as source:
        assert source.rules is RULE_SETS["kaustinen6"]
        assert len(list(source.rows())) == 4 + 6  # the contract has a code size and a chunk


@pytest.mark.parametrize(
    ("name", "data"), [("csv", csv(LEAVES)), ("json", json.dumps({"alloc": ALLOC}).encode())]
)
def test_store(tmp_path: Path, name: str, data: bytes) -> None:
    file, path = tmp_path / name, tmp_path / "store"
    file.write_bytes(data)
    rules = "kaustinen7" if name == "json" else None
    with StateSource(str(file), rules=rules) as source:
        before, after = build_store(source, path)
    with StateSource(str(file), rules=rules) as source:
        root = state_root(source)
    with StateSource(str(file), rules=rules) as source:
        leaves = {row.key: row.value for row in source.rows()}
    assert (before.leaves, before.root, after.leaves, after.root) == (0, EMPTY_ROOT, len(leaves), root)
    with StateSource(str(path)) as source:
        assert source.kind == "store"
        assert (source.embedding is None) == (rules is None)
        assert state_root(source) == root
        assert {row.key: row.value for row in source.rows()} == leaves
        assert tree_of(source).root == root
        key = min(leaves)
        assert state_value(source, key) == leaves[key]
        assert state_value(source, b"\xff" * 32) is None
        shape = state_shape(source)
    with StateSource(str(file), rules=rules) as source:
        assert state_shape(source) == shape
    # a store as the source of another
    copy = tmp_path / "copy"
    with StateSource(str(path)) as source:
        build_store(source, copy)
    with StateSource(str(copy)) as source:
        assert state_root(source) == root


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(csv(LEAVES))))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", stdin)
    with StateSource("-") as source:
        assert state_root(source) == grown(LEAVES).root
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError):
        StateSource("-")


# Refusals


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "INPUT_EMPTY"),
        (b"  \n", "INPUT_EMPTY"),
        (b'{"hello": 1}', "UNKNOWN_FORMAT"),
        (b'{"stateDiff": [], "verkleProof": {}}', "UNKNOWN_FORMAT"),
        (b'{"alloc": {}}', "ALLOC_WITHOUT_RULES"),
        (b"{}", "ALLOC_WITHOUT_RULES"),
        (b'{"alloc": {}, "config": {"chainId": 5}}', "CHAIN_CONFIG_UNKNOWN"),
        (b'{"genesis": {"alloc": {}}, "rules": "no such"}', "RULES_UNKNOWN"),
        (b'{"alloc": {"00": {}}}', "HEX_LENGTH"),
        (b"{", "JSON_SYNTAX"),
        (gzip.compress(csv(LEAVES))[:100], "GZIP_CORRUPT"),
        (gzip.compress(csv(LEAVES))[:-3] + b"xyz", "GZIP_CORRUPT"),
        (b"\x1f\x8b", "GZIP_CORRUPT"),
        (b"\x1f\x8b\x08" + b"\xff" * 50, "GZIP_CORRUPT"),
    ],
)
def test_refused(file: Path, data: bytes, code: str) -> None:
    file.write_bytes(data)
    with pytest.raises(StatelessError) as caught:
        _all_rows(str(file))
    assert caught.value.code == code


def _all_rows(name: str, **options: int) -> int:
    with StateSource(name, **options) as source:  # type: ignore[arg-type]
        return sum(1 for _ in source.rows())


def test_limits(file: Path) -> None:
    """JSON is bounded, also where it is packed; a CSV is read row by row and is not."""
    for data in (json.dumps(ALLOC).encode(), gzip.compress(json.dumps(ALLOC).encode() + b" " * 10_000)):
        file.write_bytes(data)
        with pytest.raises(MalformedError) as caught:
            _all_rows(str(file), max_bytes=100)
        assert caught.value.code == "INPUT_TOO_LARGE"
    file.write_bytes(csv(LEAVES))
    assert _all_rows(str(file), max_bytes=100) == len(LEAVES)


def test_no_such_path(tmp_path: Path) -> None:
    for name in ("nothing", "nothing/below", "a\0b"):
        with pytest.raises(UsageError):
            StateSource(str(tmp_path / name))


def test_no_such_rules() -> None:
    with pytest.raises(UnsupportedError):
        StateSource("any", rules="no such")


def test_a_store_of_other_rules(tmp_path: Path, file: Path) -> None:
    file.write_text(json.dumps(ALLOC))
    path = tmp_path / "store"
    with StateSource(str(file), rules="kaustinen7") as source:
        build_store(source, path)
    for name, store in ((str(path), None), (str(file), path)):
        with pytest.raises(UnsupportedError) as caught:
            _use(name, store)
        assert caught.value.code == "STORE_RULES"


def _use(name: str, store: Path | None) -> None:
    with StateSource(name, rules="kaustinen6") as source:
        if store is not None:
            build_store(source, store)


def test_a_store_that_lacks_a_leaf_or_a_node(tmp_path: Path, file: Path) -> None:
    file.write_bytes(csv(LEAVES))
    path = tmp_path / "store"
    with StateSource(str(file)) as source:
        build_store(source, path)
    sound = (path / "data.mdb").read_bytes()
    with LmdbStore(path) as store:
        deep = next(key for key, _ in store.scan(b"n") if len(key) > 1)
    for key in (b"l" + min(LEAVES)[:-1], deep):
        shutil.rmtree(path)
        path.mkdir()
        (path / "data.mdb").write_bytes(sound)
        with lmdb.open(str(path)) as environment, environment.begin(write=True) as transaction:
            assert transaction.delete(key)
        with StateSource(str(path)) as source, pytest.raises(MalformedError) as caught:
            state_shape(source)
        assert caught.value.code == "STORE_DAMAGED"
