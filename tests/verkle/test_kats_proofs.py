"""Known answers for the transcript, the inner-product argument and the multiproof."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.oracles import curve, ipa, multiproof
from tests.oracles.transcript import Transcript
from tests.vectors import vector_files
from tests.verkle import kats
from tests.verkle.implementations import FAST, ORACLE, Implementation, RefusalError

F = kats.ONE_TO_32
F_BACK = F[::-1]


def load(vectors: Path, name: str) -> Any:
    return json.loads((vectors / "verkle-crypto" / name).read_text())


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def little(text: str) -> int:
    return int.from_bytes(raw(text), "little")


@pytest.mark.parametrize(("operations", "expected"), kats.TRANSCRIPTS, ids=range(len(kats.TRANSCRIPTS)))
def test_challenges(
    impl: Implementation, operations: list[tuple[str, int | str, str]], expected: str
) -> None:
    (challenge,) = impl.challenges("simple_protocol", operations, "simple_challenge", 1)
    assert challenge == little(expected)


def test_a_challenge_leaves_itself_behind(impl: Implementation) -> None:
    first, second = impl.challenges("simple_protocol", [], "simple_challenge", 2)
    assert first == little(kats.TRANSCRIPTS[0][1])
    label = b"simple_challenge"
    buffer = label + first.to_bytes(32, "little") + label
    assert second == int.from_bytes(hashlib.sha256(buffer).digest(), "little") % curve.R


def test_the_file_of_transcripts(impl: Implementation, vectors: Path) -> None:
    names = {"scalar": "scalar", "domain_sep": "separator", "point": "point"}
    for case in load(vectors, "ipa_banderwagon_kats.json")["transcript"]:
        (_, protocol), *middle, (_, label) = case["ops"]
        operations = []
        for name, *arguments in middle:
            argument = kats.GENERATOR_DOUBLINGS[0] if arguments[0] == "G" else arguments[0]
            operations.append((names[name], argument, arguments[-1]))
        assert impl.challenges(protocol, operations, label, 1) == [little(case["challenge_le"])]


def test_ipa_of_the_oracle_is_go_ipas(vectors: Path) -> None:
    transcript = Transcript("test")
    proof = ipa.prove(transcript, curve.commit(F), F, kats.IPA_POINT)
    assert transcript.challenge("state") == little(kats.IPA_STATE)
    assert hashlib.sha256(proof.to_bytes()).hexdigest() == kats.IPA_PROOF_SHA256
    facts = load(vectors, "ipa_banderwagon_kats.json")["ipa"]
    assert proof.to_bytes().hex() == facts["serialized_proof"]
    assert (facts["eval_le"], facts["challenge_state_le"]) == (kats.IPA_VALUE, kats.IPA_STATE)


def test_ipa(impl: Implementation, vectors: Path) -> None:
    """The challenge after the argument shows that the whole transcript was go-ipa's."""
    facts = load(vectors, "ipa_banderwagon_kats.json")["ipa"]
    proof = raw(facts["serialized_proof"])
    commitment = impl.commit(dict(enumerate(F)))
    value = little(kats.IPA_VALUE)
    accepted, state = impl.check_ipa("test", commitment, kats.IPA_POINT, value, proof)
    assert accepted
    assert state == little(kats.IPA_STATE)
    assert not impl.check_ipa("test", commitment, kats.IPA_POINT, value + 1, proof)[0]
    assert not impl.check_ipa("test", commitment, kats.IPA_POINT + 1, value, proof)[0]
    assert not impl.check_ipa("tests", commitment, kats.IPA_POINT, value, proof)[0]


def test_jsign_ipa_inside_the_domain(impl: Implementation, vectors: Path) -> None:
    data = load(vectors, "jsign/012_in_domain_ipa_proof_verification.json")["testData"]
    commitment = impl.decode(raw(data["pedersenCommitment"]))
    value = int(data["evaluationResultFr"], 16)
    proof = raw(data["ipaSerializedProof"])
    assert impl.check_ipa("ipa", commitment, data["evaluationPoint"], value, proof)[0]
    assert not impl.check_ipa("ipa", commitment, data["evaluationPoint"] + 1, value, proof)[0]


def test_multiproof_of_the_oracle_is_go_ipas() -> None:
    transcript = Transcript("test")
    queries = [
        multiproof.Query(curve.commit(F), 0, 1, tuple(F)),
        multiproof.Query(curve.commit(F_BACK), 0, 32, tuple(F_BACK)),
    ]
    proof = multiproof.prove(transcript, queries).to_bytes()
    assert transcript.challenge("state") == little(kats.MULTIPROOF_STATE)
    assert hashlib.sha256(proof).hexdigest() == kats.MULTIPROOF_SHA256
    assert proof == bytes.fromhex(kats.MULTIPROOF)
    transcript = Transcript("test")
    assert multiproof.verify(transcript, queries, multiproof.multiproof_from_bytes(proof))
    assert transcript.challenge("state") == little(kats.MULTIPROOF_STATE)


def test_multiproof(impl: Implementation) -> None:
    proof = bytes.fromhex(kats.MULTIPROOF)
    one, two = (impl.commit(dict(enumerate(f))) for f in (F, F_BACK))
    assert impl.check_multiproof("test", [(one, 0, 1), (two, 0, 32)], proof)
    assert not impl.check_multiproof("test", [(two, 0, 32), (one, 0, 1)], proof)
    assert not impl.check_multiproof("test", [(one, 0, 1)], proof)
    assert not impl.check_multiproof("test", [(one, 0, 1), (two, 0, 31)], proof)
    assert not impl.check_multiproof("test", [(one, 1, 1), (two, 0, 32)], proof)
    assert not impl.check_multiproof("vt", [(one, 0, 1), (two, 0, 32)], proof)


def test_multiproof_in_the_file(vectors: Path) -> None:
    facts = load(vectors, "ipa_banderwagon_kats.json")["multiproof"]
    assert raw(facts["serialized_proof"]) == bytes.fromhex(kats.MULTIPROOF)
    assert facts["challenge_state_le"] == kats.MULTIPROOF_STATE


def test_jsign_one_point_of_the_domain(impl: Implementation, vectors: Path) -> None:
    """Their proof must hold at z = 8 and nowhere else; all 256 points once, with the slow tests."""
    data = load(vectors, "jsign/011_range_proof_verification.json")["testData"]["forgedEvaluationResult"]
    commitment = impl.decode(raw(data["pedersenCommitment"]))
    value = int(data["evaluationResultFr"], 16)
    proof = raw(data["serializedProof"])
    held = [
        z for z in (0, 7, 8, 9, 255) if impl.check_multiproof("multiproof", [(commitment, z, value)], proof)
    ]
    assert held == [data["evaluationPoint"]]


@pytest.mark.slow
def test_jsign_all_points_of_the_domain(vectors: Path) -> None:
    data = load(vectors, "jsign/011_range_proof_verification.json")["testData"]["forgedEvaluationResult"]
    commitment = FAST.decode(raw(data["pedersenCommitment"]))
    value = int(data["evaluationResultFr"], 16)
    proof = raw(data["serializedProof"])
    held = [z for z in range(256) if FAST.check_multiproof("multiproof", [(commitment, z, value)], proof)]
    assert held == [data["evaluationPoint"]]


def test_jsign_final_scalar_not_canonical(impl: Implementation, vectors: Path) -> None:
    data = load(vectors, "jsign/009_deserialize_proof_invalid_final_scalar.json")["testData"]
    with pytest.raises(RefusalError, match="SCALAR_NOT_CANONICAL"):
        impl.check_multiproof("test", [(impl.generator, 0, 0)], raw(data["serializedProof"]))


@pytest.mark.parametrize("path", vector_files("multiproof/n16.json", "multiproof/n256.json"))
def test_many_commitments(impl: Implementation, path: Path) -> None:
    _, queries, proof = _file(impl, path)
    assert impl.check_multiproof("multiproof", queries, proof)
    commitment, z, y = queries[7]
    queries[7] = commitment, z, y + 1
    assert not impl.check_multiproof("multiproof", queries, proof)


@pytest.mark.parametrize("path", vector_files("multiproof/n16.json"))
def test_every_value_counts(path: Path) -> None:
    facts, queries, proof = _file(FAST, path)
    for i, (commitment, z, y) in enumerate(queries):
        changed = [*queries[:i], (commitment, z, (y + 1) % curve.R), *queries[i + 1 :]]
        assert not FAST.check_multiproof("multiproof", changed, proof)
        changed = [*queries[:i], (commitment, z ^ 1, y), *queries[i + 1 :]]
        assert not FAST.check_multiproof("multiproof", changed, proof)
    assert len(facts["y"]) == 16


@pytest.mark.parametrize("path", vector_files("multiproof/n16.json"))
def test_go_ipas_basis(impl: Implementation, path: Path) -> None:
    """The larger files carry the basis that go-ipa used, uncompressed."""
    facts = json.loads((path.parent / "c1000x3.json").read_text())
    srs = raw(facts["srs"] if isinstance(facts["srs"], str) else "".join(facts["srs"]))
    for i, point in enumerate(impl.basis()):
        x, y = (int.from_bytes(srs[at : at + 32], "big") for at in (64 * i, 64 * i + 32))
        assert impl.encode(point) == curve.serialise(curve.extended((x, y)))


def _file(impl: Implementation, path: Path) -> tuple[Any, list[tuple[Any, int, int]], bytes]:
    facts = json.loads(path.read_text())
    points = [impl.decode(raw(text)) for text in facts["C"]]
    each = len(facts["z"]) // len(points)
    queries = [
        (points[i // each], z, little(y)) for i, (z, y) in enumerate(zip(facts["z"], facts["y"], strict=True))
    ]
    return facts, queries, raw(facts["proof"])


@pytest.mark.parametrize(
    ("path", "every"),
    [
        pytest.param(*vector_files("multiproof/c1000x3.json")[0].values, 1000, id="c1000x3"),
        pytest.param(*vector_files("multiproof/n4096.json")[0].values, 1500, id="n4096"),
    ],
)
def test_large_multiproofs(vectors: Path, path: Path, every: int) -> None:
    """Thousands of openings, and some values changed one at a time."""
    _, queries, proof = _file(FAST, path)
    assert FAST.check_multiproof("multiproof", queries, proof)
    for i in range(7, len(queries), every):
        commitment, z, y = queries[i]
        changed = [*queries[:i], (commitment, z, y ^ 1), *queries[i + 1 :]]
        assert not FAST.check_multiproof("multiproof", changed, proof)


@pytest.mark.slow
@pytest.mark.parametrize("path", vector_files("multiproof/c1000x3.json"))
def test_a_large_multiproof_with_the_oracle(path: Path) -> None:
    _, queries, proof = _file(ORACLE, path)
    assert ORACLE.check_multiproof("multiproof", queries, proof)
