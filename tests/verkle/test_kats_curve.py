"""Known answers for the group, its encoding and the basis, asked of the oracle and of the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles import curve
from tests.verkle import kats
from tests.verkle.implementations import Implementation, RefusalError

P, R = curve.P, curve.R


def load(vectors: Path, name: str) -> Any:
    return json.loads((vectors / "verkle-crypto" / name).read_text())


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def test_doublings_of_the_generator(impl: Implementation) -> None:
    point = impl.generator
    for expected in kats.GENERATOR_DOUBLINGS:
        assert impl.encode(point).hex() == expected
        assert impl.equal(impl.decode(raw(expected)), point)
        point = impl.double(point)


def test_multiples_of_the_generator(impl: Implementation) -> None:
    for k, expected in kats.GENERATOR_MULTIPLES.items():
        assert impl.encode(impl.multiply(k, impl.generator)).hex() == expected


def test_the_order_of_the_group(impl: Implementation) -> None:
    assert impl.encode(impl.multiply(R, impl.generator)) == bytes(32)
    assert impl.equal(impl.multiply(R - 1, impl.generator), impl.negate(impl.generator))


def test_image_of_the_generator(impl: Implementation) -> None:
    assert impl.image(impl.generator).to_bytes(32, "little").hex() == kats.GENERATOR_IMAGE


def test_identity(impl: Implementation) -> None:
    assert impl.encode(impl.identity) == bytes(32)
    assert impl.image(impl.identity) == 0
    decoded = impl.decode(bytes(32))  # (0, −1)
    assert impl.equal(decoded, impl.identity)
    assert impl.image(decoded) == 0
    assert impl.equal(impl.add(decoded, impl.generator), impl.generator)


@pytest.mark.parametrize("encoded", kats.OUTSIDE_SUBGROUP)
def test_outside_the_subgroup(impl: Implementation, encoded: str) -> None:
    with pytest.raises(RefusalError, match="POINT_NOT_IN_SUBGROUP"):
        impl.decode(raw(encoded))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (P, "POINT_NOT_CANONICAL"),
        (P + 1, "POINT_NOT_CANONICAL"),
        (2**256 - 1, "POINT_NOT_CANONICAL"),
        (P + int(kats.GENERATOR_DOUBLINGS[3], 16), "POINT_NOT_CANONICAL"),
        (P - 2, "POINT_NOT_ON_CURVE"),
        (2, "POINT_NOT_ON_CURVE"),
        (7, "POINT_NOT_IN_SUBGROUP"),
    ],
)
def test_refused_numbers(impl: Implementation, number: int, code: str) -> None:
    with pytest.raises(RefusalError, match=code):
        impl.decode(number.to_bytes(32, "big"))


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_refused_lengths(impl: Implementation, length: int) -> None:
    with pytest.raises(RefusalError, match="POINT_LENGTH"):
        impl.decode(bytes(length))


def test_basis(impl: Implementation) -> None:
    encoded = [impl.encode(point) for point in impl.basis()]
    for i, expected in kats.BASIS.items():
        assert encoded[i].hex() == expected
    assert len(encoded) == 256
    assert hashlib.sha256(b"".join(encoded)).hexdigest() == kats.BASIS_SHA256


def test_commitments(impl: Implementation) -> None:
    assert impl.encode(impl.commit(dict(enumerate(kats.ONE_TO_32)))).hex() == kats.COMMIT_ONE_TO_32
    assert impl.encode(impl.commit({0: 2 + 256 * 64})).hex() == kats.TREE_KEY_CONSTANT
    assert impl.encode(impl.commit({})) == bytes(32)


def test_both_representatives_are_one_element() -> None:
    """ser(P) = ser(P + (0, −1)); only the oracle lets one choose the representative."""
    for encoded in kats.GENERATOR_DOUBLINGS:
        x, y = curve.affine(curve.deserialise(raw(encoded)))
        other = curve.affine_sum((x, y), (0, P - 1))
        assert other == (P - x, P - y)
        assert curve.serialise(curve.extended(other)).hex() == encoded
        assert curve.map_to_field(curve.extended(other)) == curve.map_to_field(curve.extended((x, y)))


# Files of other teams


def test_file_of_go_ipa(impl: Implementation, vectors: Path) -> None:
    """The same facts as above, from the file; a slip in either copy would show."""
    facts = load(vectors, "ipa_banderwagon_kats.json")
    assert facts["banderwagon_serialize_generator_doublings"]["hex"] == kats.GENERATOR_DOUBLINGS
    assert facts["banderwagon_invalid_encodings"]["hex"] == kats.OUTSIDE_SUBGROUP
    assert (facts["curve"]["p"], facts["curve"]["r"]) == (P, R)
    x, y = (int(facts["curve"][f"generator_{c}"], 16) for c in "xy")
    assert (x, y) == curve.GENERATOR_AFFINE
    assert impl.image(impl.generator) == x * pow(y, -1, P) % P % R
    assert facts["crs"]["sha256_of_all_256_compressed"] == kats.BASIS_SHA256


def test_wasm(impl: Implementation, vectors: Path) -> None:
    """verkle-cryptography-wasm: its uncompressed form is arkworks', x ‖ y little-endian."""
    facts = load(vectors, "ipa_banderwagon_kats.json")["wasm_fixed"]
    scalar = int.from_bytes(bytes([*range(1, 32), 0]), "little")
    one = impl.commit({0: scalar})
    assert impl.encode(one).hex() == facts["serializeCommitment_one_scalar"]
    assert impl.image(one).to_bytes(32, "little").hex() == facts["hashCommitment_one_scalar"]
    both = raw(facts["commitToScalars_two_equal_uncompressed"])
    point = curve.extended((int.from_bytes(both[:32], "little"), int.from_bytes(both[32:], "little")))
    assert impl.encode(impl.commit({0: scalar, 1: scalar})) == curve.serialise(point)


def test_jsign_commitment_and_image(impl: Implementation, vectors: Path) -> None:
    data = load(vectors, "jsign/001_vector_commitment.json")["testData"]
    commitment = impl.commit({i: int(text) for i, text in enumerate(data["scalars"])})
    assert impl.encode(commitment) == raw(data["serializedCommitment"])
    data = load(vectors, "jsign/002_map_to_field_element.json")["testData"]
    assert impl.image(impl.decode(raw(data["serializedPoint"]))) == int(data["fieldElement"])


def test_jsign_serialisation(impl: Implementation, vectors: Path) -> None:
    data = load(vectors, "jsign/003_serialize_lexicographically_highest.json")["testData"]
    x, y = (int(data[f"serialized{c}Coordinate"], 16) for c in "XY")
    assert curve.serialise(curve.extended((x, y))) == raw(data["expectedSerializedPoint"])
    assert impl.encode(impl.decode(raw(data["expectedSerializedPoint"]))) == raw(
        data["expectedSerializedPoint"]
    )


def test_jsign_the_lower_y_is_never_taken(impl: Implementation, vectors: Path) -> None:
    """Their "MUST fail" is of the uncompressed form, which no wire has; compressed, x names the other y."""
    data = load(vectors, "jsign/004_deserialize_lexicographically_lowest.json")["testData"]
    x, y = (int(data[f"serialized{c}Coordinate"], 16) for c in "XY")
    assert curve.on_curve((x, y))
    decoded = impl.decode(x.to_bytes(32, "big"))
    assert impl.image(decoded) == x * pow(P - y, -1, P) % P % R
    assert impl.encode(decoded) != curve.serialise(curve.extended((x, y)))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("006_deserialize_point_not_in_subgroup", "POINT_NOT_(IN_SUBGROUP|ON_CURVE)"),
        ("007_deserialize_point_x_bigger_than_field", "POINT_NOT_CANONICAL"),
    ],
)
def test_jsign_refused_points(impl: Implementation, vectors: Path, name: str, code: str) -> None:
    with pytest.raises(RefusalError, match=code):
        impl.decode(raw(load(vectors, f"jsign/{name}.json")["testData"]["serializedPoint"]))


def test_rust_commitments(impl: Implementation, vectors: Path) -> None:
    """rust-verkle writes the first file's scalars big-endian and its result as a point; in the second the
    scalars are little-endian and the result is the image of the commitment, little-endian.
    """
    (case,) = load(vectors, "commit_root_test.json")
    commitment = impl.commit({i: int(text, 16) for i, text in enumerate(case["frs"])})
    assert impl.encode(commitment).hex() == case["expected"]
    for case in load(vectors, "pedersen_commitment_test.json"):
        commitment = impl.commit(
            {i: int.from_bytes(raw(text), "little") for i, text in enumerate(case["frs"])}
        )
        assert impl.image(commitment).to_bytes(32, "little") == raw(case["commitment"])
