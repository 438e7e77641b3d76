"""Three encodings of a binary witness: round trips, one way to write each, no byte that does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import cbor2
import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.witness.strategies import stem_diffs
from tests.witness.strategies import stems as any_stems
from tests.witness_binary.samples import DIFF, ITEMS, PROOF, ROOT, TREE, WITNESS, doubtful
from tests.witness_binary.strategies import loose_hash, raw
from verkle.diff import StemDiff, SuffixDiff
from verkle.errors import MalformedError, StatelessError, UnsupportedError
from witness.binary.container import BinaryProof, BinaryWitness, DeepSibling, PathEnd, ShownValue
from witness.binary.encoding import (
    MAX_SIBLINGS,
    check_witness,
    diff_to_bytes,
    proof_from_bytes,
    proof_to_bytes,
    witness_from_bytes,
    witness_to_bytes,
)
from witness.binary.proof import verify_proof
from witness.binary.prover import prove_keys
from witness.binary.rules import DEFAULT, RULES
from witness.binary.witness_cbor import is_binary_cbor, witness_from_cbor, witness_to_cbor
from witness.binary.witness_json import is_binary_witness, witness_from_json, witness_to_json
from witness.cbor_items import decode
from witness.limits import MAX_KEYS, MAX_STEMS

__all__ = ["loose_hash"]  # a fixture: pytest finds it by its name here

nodes = raw(32) | st.just(bytes(32))
shown = st.none() | st.builds(ShownValue, st.integers(0, 255), raw(32))
ends = st.one_of(
    st.builds(PathEnd, st.sampled_from(["empty", "own"]), st.integers(0, 248), st.none(), shown),
    st.builds(PathEnd, st.just("named"), st.integers(0, 248), any_stems, shown),
)
deep = st.builds(
    DeepSibling,
    st.integers(0, MAX_SIBLINGS - 1),
    st.lists(st.none() | nodes, min_size=9, max_size=9).map(tuple),
    raw(32),
)
proofs = st.builds(
    BinaryProof,
    st.lists(ends, max_size=4).map(tuple),
    st.lists(nodes, max_size=20).map(tuple),
    st.lists(nodes, max_size=9).map(tuple),
    st.lists(deep, max_size=2).map(tuple),
)
witnesses = st.builds(
    BinaryWitness,
    st.lists(stem_diffs, max_size=4).map(tuple),
    proofs,
    st.sampled_from(list(RULES)),
    st.none() | raw(32),
    st.none() | raw(32),
)


@given(witnesses)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read(witness: BinaryWitness) -> None:
    """Honest or not."""
    assert witness_from_bytes(witness_to_bytes(witness)) == witness
    assert proof_from_bytes(proof_to_bytes(witness.proof)) == witness.proof
    assert witness_from_json(json.loads(json.dumps(witness_to_json(witness)))) == witness
    assert witness_from_cbor(witness_to_cbor(witness)) == witness


def test_told_apart() -> None:
    assert is_binary_witness(witness_to_json(WITNESS))
    assert not is_binary_witness({"stateDiff": []})
    assert is_binary_cbor(witness_to_cbor(WITNESS))
    assert not is_binary_cbor(b"\xd9\xd9\xf7\x86\x69stateless")


def flips(data: bytes) -> list[bytes]:
    """The data with each byte changed: each bit of it by itself, and all of them."""
    return [
        data[:i] + bytes([data[i] ^ mask]) + data[i + 1 :]
        for i in range(len(data))
        for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255)
    ]


def refused(root: bytes, diff: tuple[StemDiff, ...], data: bytes) -> bool:
    try:
        verify_proof(root, diff, proof_from_bytes(data), DEFAULT)
    except StatelessError:
        return True
    return False


def test_every_byte_of_a_proof_counts() -> None:
    small = prove_keys(TREE, [min(ITEMS)])
    for diff, proof in ((DIFF, PROOF), (small.diff, small.proof)):
        data = proof_to_bytes(proof)
        assert not refused(ROOT, diff, data)
        assert [changed for changed in flips(data) if not refused(ROOT, diff, changed)] == []


def test_every_byte_of_a_proof_with_deep_siblings_counts(loose_hash: Callable[[bytes], bytes]) -> None:
    for root, witness in islice(doubtful(), 3):
        data = proof_to_bytes(witness.proof)
        assert not refused(root, witness.state_diff, data)
        assert [changed for changed in flips(data) if not refused(root, witness.state_diff, changed)] == []


def test_every_cut_and_every_byte_more_is_refused() -> None:
    data = witness_to_bytes(WITNESS)
    for end in range(len(data)):
        with pytest.raises(StatelessError):
            witness_from_bytes(data[:end])
    with pytest.raises(MalformedError) as caught:
        witness_from_bytes(data + b"\0")
    assert caught.value.code == "BINARY_TRAILING_BYTES"


@given(st.binary(max_size=200) | st.sampled_from(flips(witness_to_bytes(WITNESS))))
def test_what_is_read_is_written_the_same(data: bytes) -> None:
    try:
        witness = witness_from_bytes(data)
    except StatelessError:
        return
    assert witness_to_bytes(witness) == data


START = b"\x0feip7864b-blake3"
HEX = b"\x11" * 32


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "BINARY_TRUNCATED"),
        (b"\x0feip7864", "BINARY_TRUNCATED"),
        (b"\x03eip\0", "BINARY_RULES"),
        (b"\xff" + bytes(255), "BINARY_RULES"),
        (START + b"\4", "BINARY_NOT_CANONICAL"),
        (START + b"\1" + HEX[:31], "BINARY_TRUNCATED"),
        (START + b"\0" + b"\x81\0", "BINARY_NOT_CANONICAL"),
        (START + b"\0" + b"\xff\xff\xff\xff\1", "BINARY_NOT_CANONICAL"),
        (START + b"\0" + b"\x81\x80\4", "WITNESS_COUNT"),  # 2^16 + 1 stems
        (START + b"\0\1" + HEX[:31] + b"\x81\2", "WITNESS_COUNT"),  # 257 suffixes
        (START + b"\0\1" + HEX[:31] + b"\1\0\4", "BINARY_NOT_CANONICAL"),
        (START + b"\0\0\x81\x80\4", "WITNESS_COUNT"),  # ends
        (START + b"\0\0\1\3\0", "BINARY_END_UNKNOWN"),
        (START + b"\0\0\1\x10\0", "BINARY_END_UNKNOWN"),
        (START + b"\0\0\0\x81\x80\x80\2", "WITNESS_COUNT"),  # siblings
        (START + b"\0\0\0\1\x40" + HEX, "BINARY_NOT_CANONICAL"),
        (START + b"\0\0\0\1\x80" + bytes(32), "BINARY_NOT_CANONICAL"),
        (START + b"\0\0\0\x80\x80\x80\1", "BINARY_TRUNCATED"),
        (START + b"\0\0\0\0\0\x81\x80\4", "WITNESS_COUNT"),  # deep
        (START + b"\0\0\0\0\0\1\x81\x80\x80\2", "WITNESS_COUNT"),
        (START + b"\0\0\0\0\0\1\0\4\0\0" + HEX, "BINARY_NOT_CANONICAL"),
        (START + b"\0\0\0\0\0\1\0\0\0\3" + HEX, "BINARY_NOT_CANONICAL"),
        (START + b"\0\0\0\0\0\1\0\0\0\2" + bytes(32) + HEX, "BINARY_NOT_CANONICAL"),
    ],
)
def test_refused_bytes(data: bytes, code: str) -> None:
    with pytest.raises(StatelessError) as caught:
        witness_from_bytes(data)
    assert caught.value.code == code


def test_limits_and_mistakes() -> None:
    stem = StemDiff(bytes(31), tuple([SuffixDiff(i, None, None) for i in range(256)]))
    too_many: list[BinaryWitness] = [
        replace(WITNESS, state_diff=(StemDiff(bytes(31), ()),) * (MAX_STEMS + 1)),
        replace(WITNESS, state_diff=(stem,) * (MAX_KEYS // 256 + 1)),
        replace(WITNESS, state_diff=(replace(stem, suffixes=stem.suffixes * 2),)),
        replace(WITNESS, proof=BinaryProof(ends=(PathEnd("empty", 0),) * (MAX_STEMS + 1))),
        replace(WITNESS, proof=BinaryProof(siblings=(HEX,) * (MAX_SIBLINGS + 1))),
    ]
    for witness in too_many:
        with pytest.raises(MalformedError) as caught:
            check_witness(witness)
        assert caught.value.code == "WITNESS_COUNT"
    keys = diff_to_bytes(too_many[1].state_diff)
    with pytest.raises(MalformedError) as keys_caught:
        witness_from_bytes(START + b"\0" + keys)
    assert keys_caught.value.code == "WITNESS_COUNT"
    with pytest.raises(UnsupportedError):
        witness_to_bytes(replace(WITNESS, rules="x"))
    wrong = [
        BinaryProof(siblings=(b"\1",)),
        BinaryProof(ends=(PathEnd("named", 0),)),
        BinaryProof(ends=(PathEnd("own", 0, bytes(31)),)),
        BinaryProof(ends=(PathEnd("named", 0, bytes(30)),)),
        BinaryProof(ends=(PathEnd("own", 256),)),
        BinaryProof(ends=(PathEnd("own", 0, None, ShownValue(256, HEX)),)),
        BinaryProof(deep=(DeepSibling(0, (None,) * 8, HEX),)),
        BinaryProof(deep=(DeepSibling(0, (b"\1",) * 9, HEX),)),
    ]
    for proof in wrong:
        with pytest.raises(ValueError, match="length that its container promises"):
            check_witness(replace(WITNESS, proof=proof))
    with pytest.raises(ValueError, match="length"):
        check_witness(replace(WITNESS, pre_root=b"\1"))


# --- JSON -------------------------------------------------------------------------------------------------


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(witness_to_json(WITNESS)))
    change(document)
    return document


def end(name: str, value: Any, number: int = 0) -> Callable[[dict[str, Any]], object]:
    return lambda d: d["binaryProof"]["ends"][number].__setitem__(name, value)


def part(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda d: d["binaryProof"].__setitem__(name, value)


DEEP: dict[str, Any] = {"sibling": 0, "steps": ["left"] * 9, "bottom": "0x" + "11" * 32}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.pop("binaryRules"), "FIELD_MISSING"),
        (lambda d: d.__setitem__("binaryRules", "eip7864"), "BINARY_RULES"),
        (lambda d: d.__setitem__("binaryRules", 7), "FIELD_TYPE"),
        (lambda d: d.pop("stateDiff"), "FIELD_MISSING"),
        (lambda d: d.__setitem__("binaryProof", []), "FIELD_TYPE"),
        (lambda d: d["binaryProof"].pop("deep"), "FIELD_MISSING"),
        (lambda d: d.__setitem__("parentStateRoot", "0x11"), "HEX_LENGTH"),
        (lambda d: d.__setitem__("postStateRoot", "0x11"), "HEX_LENGTH"),
        (end("kind", "other"), "FIELD_TYPE"),
        (end("kind", "named"), "FIELD_TYPE"),
        (end("depth", 249), "FIELD_RANGE"),
        (end("depth", -1), "FIELD_RANGE"),
        (end("depth", "2"), "HEX_SYNTAX"),
        (end("stem", "0x" + "11" * 30, 1), "HEX_LENGTH"),
        (end("shown", {"suffix": 256, "value": "0x" + "11" * 32}), "FIELD_RANGE"),
        (end("shown", {"suffix": 2}), "FIELD_MISSING"),
        (part("siblings", ["0x" + "00" * 32]), "FIELD_TYPE"),
        (part("siblings", ["0x" + "11" * 31]), "HEX_LENGTH"),
        (part("ends", [{}] * (MAX_STEMS + 1)), "WITNESS_COUNT"),
        (part("stemSiblings", [7]), "FIELD_TYPE"),
        (part("deep", [{**DEEP, "steps": ["left"] * 8}]), "WITNESS_COUNT"),
        (part("deep", [{**DEEP, "sibling": MAX_SIBLINGS}]), "FIELD_RANGE"),
        (part("deep", [{**DEEP, "steps": ["right"] * 9}]), "HEX_SYNTAX"),
        (part("deep", [{**DEEP, "bottom": None}]), "FIELD_TYPE"),
    ],
)
def test_refused_json(change: Callable[[dict[str, Any]], object], code: str) -> None:
    with pytest.raises(StatelessError) as caught:
        witness_from_json(changed(change))
    assert caught.value.code == code


def test_json_ignores_other_names_and_takes_missing_as_null() -> None:
    document = changed(lambda d: d.__setitem__("other", 1))
    del document["binaryProof"]["ends"][0]["stem"]
    assert witness_from_json(document) == WITNESS
    del document["parentStateRoot"]
    assert witness_from_json(document) == replace(WITNESS, pre_root=None)


# --- CBOR -------------------------------------------------------------------------------------------------


def members() -> list[Any]:
    found = decode(witness_to_cbor(WITNESS), 3)
    assert isinstance(found, list)
    return found


def seal(items: list[Any]) -> bytes:
    body = b"\xd9\xd9\xf7" + cbor2.dumps([*items[:-1], bytes(32)], canonical=True)[:-32]
    return body + blake3(body).digest()


def with_member(number: int, value: Any) -> bytes:
    items = members()
    items[number] = value
    return seal(items)


def with_column(number: int, value: Any) -> bytes:
    items = members()
    items[5][number] = value
    return seal(items)


def test_sealing_is_right() -> None:
    assert seal(members()) == witness_to_cbor(WITNESS)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "CBOR_SCHEMA"),
        (with_member(0, "stateless"), "CBOR_SCHEMA"),
        (with_member(1, 0), "CBOR_SCHEMA"),
        (with_member(1, 2), "CBOR_SCHEMA_NEWER"),
        (with_member(2, b"\1"), "FIELD_LENGTH"),
        (with_member(3, b"\1"), "FIELD_LENGTH"),
        (with_member(4, "eip7864"), "BINARY_RULES"),
        (with_member(4, 7), "FIELD_TYPE"),
        (with_member(5, []), "FIELD_LENGTH"),
        (with_member(6, []), "FIELD_LENGTH"),
        (with_member(6, [None] * 9), "FIELD_TYPE"),
        (with_member(6, [None] * 8 + [[]]), "CBOR_NOT_CANONICAL"),
        (with_column(0, [b"\1\0\0"]), "CBOR_COLUMN"),
        (with_column(5, b""), "BINARY_TRUNCATED"),
        (with_column(5, 7), "FIELD_TYPE"),
        (witness_to_cbor(WITNESS)[:-1] + b"\0", "CBOR_DIGEST"),
        (witness_to_cbor(WITNESS) + b"\0", "CBOR_TRAILING_BYTES"),
        (witness_to_cbor(WITNESS)[:-40], "CBOR_TRUNCATED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused_cbor(data: bytes, code: str) -> None:
    with pytest.raises(StatelessError) as caught:
        witness_from_cbor(data)
    assert caught.value.code == code


def test_a_shape_with_an_extension_byte_is_not_canonical() -> None:
    items = members()
    items[5][0] = [b"\x12" + shape for shape in items[5][0]]
    with pytest.raises(MalformedError) as caught:
        witness_from_cbor(seal(items))
    assert caught.value.code == "CBOR_NOT_CANONICAL"


def test_every_byte_of_a_file_is_in_its_digest() -> None:
    data = witness_to_cbor(WITNESS)
    for i in range(len(data)):
        with pytest.raises(StatelessError):
            witness_from_cbor(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :])
